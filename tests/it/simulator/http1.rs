//! HTTP/1.1, written by hand, so that a connection can be reset before its
//! request is read.

use std::{io, sync::Arc, time::Duration};

use launchdarkly_api::reqwest::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{Action, Call, Fault, Response, State};

/// Serves the requests of one connection, one after the other.
pub async fn serve(state: Arc<State>, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    while let Ok(Some((call, length))) = next_request(&stream).await {
        let mut draw = state.draw(&call);
        if draw.fault == Some(Fault::ResetUnread) {
            state.record_fault(&call, Fault::ResetUnread);
            return reset(stream);
        }
        if stream.read_exact(&mut vec![0; length]).await.is_err() {
            return;
        }
        match state.process(&call, &mut draw).await {
            Action::Respond(response) => {
                if stream.write_all(&bytes(&response)).await.is_err() {
                    return;
                }
            }
            Action::Truncate(response) => {
                let bytes = bytes(&response);
                // In the middle of the body, or of the head if there is none.
                let missing = match response.body.len() {
                    0 => bytes.len() / 2,
                    length => length.div_ceil(2),
                };
                let _ = stream.write_all(&bytes[..bytes.len() - missing]).await;
                let _ = stream.shutdown().await;
                return;
            }
            Action::Reset => return reset(stream),
            Action::Stall => {
                // Until the client gives up.
                let _ = timeout(state.config.faults.stall, stream.peek(&mut [0])).await;
                return;
            }
        }
    }
}

/// The next request, which is left unread, and its length in bytes.
async fn next_request(stream: &TcpStream) -> io::Result<Option<(Call, usize)>> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = stream.peek(&mut buffer).await?;
        if length == 0 {
            return Ok(None);
        }
        let head = buffer[..length]
            .windows(4)
            .position(|end| end == b"\r\n\r\n");
        if let Some(end) = head {
            return Ok(parse(&String::from_utf8_lossy(&buffer[..end]), end + 4));
        }
        if length == buffer.len() {
            return Ok(None);
        }
        // The rest of the head has not arrived.
        sleep(Duration::from_millis(1)).await;
    }
}

/// None for a request that this server does not know: it then closes the
/// connection.
fn parse(head: &str, length: usize) -> Option<(Call, usize)> {
    let mut lines = head.lines();
    let (method, rest) = lines.next()?.split_once(' ')?;
    let call = Call::parse(method, rest.strip_suffix(" HTTP/1.1")?)?;
    let body: usize = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Some(0), |(_, length)| length.parse().ok())?;
    Some((call, length + body))
}

fn bytes(response: &Response) -> Vec<u8> {
    let Response {
        status,
        media_type,
        headers,
        body,
    } = response;
    let mut head = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if *status != StatusCode::NO_CONTENT {
        head += &format!(
            "content-type: {media_type}\r\ncontent-length: {}\r\n",
            body.len()
        );
    }
    format!("{head}\r\n{body}").into_bytes()
}

fn reset(stream: TcpStream) {
    // Closing then sends RST.
    let _ = stream.set_zero_linger();
}
