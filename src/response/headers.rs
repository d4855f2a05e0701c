//! The values of response headers, of successes and errors.

use super::ResponseValue;
use crate::{Error, RateLimits};

impl<T> ResponseValue<T> {
    /// Returns the rate limits that the response reports.
    pub fn rate_limits(&self) -> RateLimits {
        RateLimits::read(self.headers())
    }
}

impl Error {
    /// Returns the rate limits that the response reports, if there was a
    /// response.
    #[must_use]
    pub fn rate_limits(&self) -> Option<RateLimits> {
        self.headers().map(RateLimits::read)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use bytes::Bytes;
    use http::{HeaderMap, Method, StatusCode};

    use super::*;
    use crate::{Operation, redact::Secrets};

    static OPERATION: Operation = Operation {
        id: Cow::Borrowed("an_operation"),
        index: None,
        method: Method::GET,
        path: Cow::Borrowed("/"),
        area: "area",
        beta: false,
        deprecated: false,
        patches: &[],
        paging: None,
    };

    #[test]
    fn a_success_and_an_error_return_the_values_of_their_headers() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-route-remaining", "3".parse().unwrap());
        let success = ResponseValue::new((), StatusCode::OK, headers.clone());
        assert_eq!(success.rate_limits().route_remaining(), Some(3));
        let secrets = Secrets::default();
        let status = StatusCode::NOT_FOUND;
        let error = Error::unsuccessful(&OPERATION, status, headers, Bytes::new(), &secrets);
        let limits = error.rate_limits().map(|limits| limits.route_remaining());
        assert_eq!(limits, Some(Some(3)));
        assert_eq!(Error::config("no response").rate_limits(), None);
    }
}
