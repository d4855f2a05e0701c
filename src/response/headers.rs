//! The values of response headers, of successes and errors.

use super::ResponseValue;
use crate::RateLimits;

impl<T> ResponseValue<T> {
    /// Returns the rate limits that the response reports.
    pub fn rate_limits(&self) -> RateLimits {
        RateLimits::read(self.headers())
    }
}
