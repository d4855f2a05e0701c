//! Redirects: the client follows those that stay in the origin and keep the
//! method.

use http::{Method, StatusCode, header};
use reqwest::{Response, Url};

/// Maximum number of redirects of an attempt.
pub(crate) const MAX_REDIRECTS: u32 = 10;

/// What the client does with a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// The response is not a redirect.
    None,
    /// Follow the redirect to this URL.
    Follow(Url),
    /// Do not follow the redirect, for this reason.
    Reject(String),
}

/// Classifies the response to a request with this method (RFC 9110, section
/// 15.4).
pub(crate) fn of(response: &Response, method: &Method) -> Redirect {
    let from = response.url();
    let location = response.headers().get(header::LOCATION).map(|location| {
        location
            .to_str()
            .ok()
            .and_then(|location| from.join(location).ok())
    });
    decide(response.status(), location, method, from)
}

fn decide(
    status: StatusCode,
    location: Option<Option<Url>>,
    method: &Method,
    from: &Url,
) -> Redirect {
    let keeps_method = match status {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
            matches!(*method, Method::GET | Method::HEAD)
        }
        _ => return Redirect::None,
    };
    let to = match location {
        None => return Redirect::Reject("redirect without a `Location` header".to_owned()),
        Some(None) => return Redirect::Reject("redirect to an invalid URL".to_owned()),
        Some(Some(to)) => to,
    };
    let origin = to.origin();
    if origin != from.origin() {
        return Redirect::Reject(format!(
            "redirect to {}, another origin, which must not get the access token: check the base URL",
            origin.ascii_serialization()
        ));
    }
    if !keeps_method {
        return Redirect::Reject(format!(
            "redirect that would change {method} to GET: check the base URL"
        ));
    }
    Redirect::Follow(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(status: u16, to: &str, method: Method) -> Redirect {
        let from = Url::parse("https://a.example/x").unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        decide(status, Some(from.join(to).ok()), &method, &from)
    }

    #[test]
    fn a_redirect_in_the_origin_that_keeps_the_method_is_followed() {
        let to = || Redirect::Follow(Url::parse("https://a.example/y").unwrap());
        assert_eq!(decided(302, "/y", Method::GET), to());
        assert_eq!(decided(308, "/y", Method::PATCH), to());
        assert_eq!(decided(304, "/y", Method::GET), Redirect::None);
    }

    #[test]
    fn a_redirect_to_another_origin_or_method_is_rejected() {
        for (status, to, method) in [
            (307, "https://b.example/y", Method::GET),
            (307, "http://a.example/y", Method::GET),
            (307, "https://a.example:8443/y", Method::GET),
            (302, "/y", Method::PATCH),
            (303, "/y", Method::POST),
            (307, "https://", Method::GET),
        ] {
            assert!(
                matches!(decided(status, to, method), Redirect::Reject(_)),
                "{status} {to}"
            );
        }
    }
}
