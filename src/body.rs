//! Reading an answer's body, up to a limit.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

/// Why a body was not read whole.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It has more bytes than are read.
    TooLarge,
    /// It broke off, or did not come in time.
    Broken(reqwest::Error),
}

/// The body, if it has no more bytes than `most`.
pub(crate) async fn read(response: &mut Response, most: u64) -> Result<Bytes, Unread> {
    // What the header says is taken at its word only to stop early.
    if response
        .content_length()
        .is_some_and(|length| length > most)
    {
        return Err(Unread::TooLarge);
    }
    let mut next = async || response.chunk().await.map_err(Unread::Broken);
    let Some(first) = next().await? else {
        return Ok(Bytes::new());
    };
    let fits = |length: usize| u64::try_from(length).is_ok_and(|length| length <= most);
    if !fits(first.len()) {
        return Err(Unread::TooLarge);
    }
    // Most come in one piece, which need not be copied.
    let Some(second) = next().await? else {
        return Ok(first);
    };
    let mut body = BytesMut::from(first);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        if !fits(body.len() + bytes.len()) {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&bytes);
        piece = next().await?;
    }
    Ok(body.freeze())
}

/// As much of the body of an error as says what it is.
pub(crate) async fn beginning(response: &mut Response) -> Bytes {
    const MOST: usize = 256 * 1024;
    let mut body = BytesMut::new();
    // The status says what happened even if the body breaks off.
    while let Ok(Some(bytes)) = response.chunk().await {
        let room = MOST - body.len();
        body.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if body.len() == MOST {
            break;
        }
    }
    body.freeze()
}
