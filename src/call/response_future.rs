//! The future of a response.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;

use crate::{
    Error,
    response::{RawResponse, ResponseValue},
};

/// The future of a call, which `send()` of a request builder returns.
///
/// The request is sent when the future is first polled. Its output is a
/// [`ResponseValue`] or an [`Error`]. It is `Send`, `Unpin` and `'static`, but not
/// `Sync`. To cancel the call, drop the future; once it has been polled, the server
/// may already have applied the request. For a timeout, prefer
/// [`Client::with_deadline`](crate::Client::with_deadline): its error says whether
/// a write may have been applied.
///
/// ```no_run
/// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
/// use launchdarkly_api::{ResponseFuture, types::FeatureFlag};
///
/// let call: ResponseFuture<FeatureFlag> =
///     client.get_feature_flag().project_key("shop").feature_flag_key("new-checkout").send();
/// println!("{}", call.await?.name);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before the future is awaited"]
pub struct ResponseFuture<T> {
    response: BoxFuture<'static, Result<RawResponse, Error>>,
    decode: Decode<T>,
}

type Decode<T> = fn(RawResponse) -> Result<ResponseValue<T>, Error>;

impl<T> ResponseFuture<T> {
    pub(super) fn new(
        response: BoxFuture<'static, Result<RawResponse, Error>>,
        decode: Decode<T>,
    ) -> Self {
        Self { response, decode }
    }
}

/// Panics if it is polled after it has returned its output.
impl<T> Future for ResponseFuture<T> {
    type Output = Result<ResponseValue<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = self.response.as_mut().poll(context);
        response.map(|response| response.and_then(self.decode))
    }
}

impl<T> fmt::Debug for ResponseFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
