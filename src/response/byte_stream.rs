//! A response body that the caller reads in chunks.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};

use crate::Error;

/// The body of a response as a [`Stream`] of chunks, in order.
///
/// The client does not retry after the body has started. If the connection
/// breaks, the stream returns an error and ends. Dropping the stream closes
/// the response.
#[must_use = "a stream does nothing unless it is polled"]
pub struct ByteStream(BoxStream<'static, Result<Bytes, Error>>);

impl ByteStream {
    pub(crate) fn new(chunks: impl Stream<Item = Result<Bytes, Error>> + Send + 'static) -> Self {
        // The stream ends after an error.
        let until_error = chunks.scan(false, |failed, chunk| {
            let ended = std::mem::replace(failed, chunk.is_err());
            std::future::ready((!ended).then_some(chunk))
        });
        Self(until_error.boxed())
    }

    pub(crate) fn empty() -> Self {
        Self(stream::empty().boxed())
    }

    /// Returns the next chunk, or `None` at the end of the body.
    ///
    /// # Errors
    ///
    /// The connection broke or the read timed out.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, Error> {
        self.next().await.transpose()
    }

    /// Returns the chunks as an iterator, which blocks the thread while it waits:
    /// see [`blocking`](crate::blocking).
    #[cfg(feature = "blocking")]
    pub fn blocking(self) -> crate::blocking::Iter<Self> {
        crate::blocking::Iter::new(self)
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().0.poll_next_unpin(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "blocking"))]
mod tests {
    use super::*;

    #[test]
    fn the_chunks_are_an_iterator_that_ends_after_an_error() {
        let chunks = [
            Ok(Bytes::from_static(b"a")),
            Err(Error::config("broken")),
            Ok(Bytes::from_static(b"b")),
        ];
        let stream = stream::iter(chunks).then(|chunk| async {
            tokio::task::yield_now().await;
            chunk
        });
        let mut chunks = ByteStream::new(stream).blocking();
        assert_eq!(chunks.next().unwrap().unwrap(), "a");
        assert_eq!(chunks.next().unwrap().unwrap_err().to_string(), "broken");
        assert!(chunks.next().is_none());
    }
}
