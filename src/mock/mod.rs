//! Typed mocks of LaunchDarkly's API, for tests without an account or a
//! network (the feature `httpmock`).
//!
//! [`MockServerExt`] adds a method per operation to the server of the crate
//! [`httpmock`]. The expected request has the setters of the client's builder,
//! and the response is typed:
//!
//! ```
//! use launchdarkly_api::{
//!     Client, RetryPolicy,
//!     httpmock::MockServer,
//!     mock::{Examples, MockServerExt},
//! };
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), launchdarkly_api::Error> {
//! let server = MockServer::start();
//! let tags = server.get_tags(|when, then| {
//!     when.kind(["flag"]);
//!     then.ok(&Examples::new().items(2).make());
//! });
//! server.get_tags(|_, then| then.forbidden());
//!
//! let client = Client::builder()
//!     .access_token("api-test")
//!     .base_url(server.base_url())
//!     .retry_policy(RetryPolicy::none())
//!     .build()?;
//! assert_eq!(client.get_tags().kind(["flag"]).send().await?.items.len(), 2);
//! assert!(client.get_tags().send().await.unwrap_err().is_forbidden());
//! tags.assert();
//! # Ok(())
//! # }
//! ```
//!
//! If several mocks match a request, the one created first responds. httpmock
//! responds with 404 and an explanation to a request that no mock matches.

mod examples;
mod route;
pub(crate) mod then;
pub(crate) mod when;

use httpmock::{Mock, MockServer};

use crate::Operation;

pub use crate::generated::mocks::{MockServerExt, operations};
pub use examples::{Example, Examples};
pub use then::Then;
pub use when::When;

/// Mocks an operation. The closure may return any value, so it can end with or
/// without a semicolon.
pub(crate) fn mock<'a, O, R>(
    server: &'a MockServer,
    operation: &'static Operation,
    mock: impl FnOnce(When<O>, Then<O>) -> R,
) -> Mock<'a> {
    server.mock(|when, then| drop(mock(When::new(when, operation), Then::new(then, operation))))
}

/// Fails the test that configured a mock with an invalid value.
#[track_caller]
pub(crate) fn fail(operation: &str, reason: &dyn std::fmt::Display) -> ! {
    panic!("the mock of {operation}: {reason}")
}
