//! Reads response bodies, up to a limit.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

/// Why a body could not be read completely.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The body is larger than the limit.
    TooLarge,
    /// The connection broke, or a timeout was exceeded.
    Incomplete(reqwest::Error),
}

/// Reads a body of up to `limit` bytes.
#[expect(
    clippy::manual_async_fn,
    reason = "its future would hold the arguments twice"
)]
pub(crate) fn read(
    response: &mut Response,
    limit: u64,
) -> impl Future<Output = Result<Bytes, BodyError>> + Send {
    async move {
        // The header is only used to stop early.
        if response
            .content_length()
            .is_some_and(|length| length > limit)
        {
            return Err(BodyError::TooLarge);
        }
        let fits = |length: usize| u64::try_from(length).is_ok_and(|length| length <= limit);
        // Most bodies come in one chunk, which needs no copy.
        let mut whole = Bytes::new();
        let mut joined = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(BodyError::Incomplete)? {
            if !fits(whole.len() + joined.len() + piece.len()) {
                return Err(BodyError::TooLarge);
            }
            if !joined.is_empty() {
                joined.extend_from_slice(&piece);
            } else if !whole.is_empty() {
                joined = BytesMut::from(std::mem::take(&mut whole));
                joined.extend_from_slice(&piece);
            } else {
                whole = piece;
            }
        }
        Ok(if joined.is_empty() {
            whole
        } else {
            joined.freeze()
        })
    }
}

/// Reads the start of an error body, which is enough for its message.
pub(crate) async fn read_error_body(response: &mut Response) -> Bytes {
    const MOST: usize = 256 * 1024;
    let mut body = BytesMut::new();
    // The status is enough if the body breaks.
    while let Ok(Some(bytes)) = response.chunk().await {
        let room = MOST - body.len();
        body.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if body.len() == MOST {
            break;
        }
    }
    body.freeze()
}
