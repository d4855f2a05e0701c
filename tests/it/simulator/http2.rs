//! HTTP/2 over cleartext. The crate `h2` speaks it with the client through a
//! relay, which can put frames of the simulator's own between those of `h2`:
//! `h2` cannot send a GOAWAY that leaves out a stream it has read.

use std::{future::poll_fn, io, sync::Arc, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use h2::{
    Reason, RecvStream,
    server::{SendResponse, handshake},
};
use launchdarkly_api::reqwest::StatusCode;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, copy, duplex, split},
    net::TcpStream,
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{Action, Call, Fault, Response, State};

/// The length of a frame's header (RFC 9113, section 4.1).
const FRAME_HEADER: usize = 9;
/// The type of the frame GOAWAY (RFC 9113, section 6.8).
const GOAWAY: u8 = 7;

/// Serves the streams of one connection, until the client closes it.
pub async fn serve(state: Arc<State>, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let (near, far) = duplex(64 * 1024);
    let (inject, injected) = mpsc::unbounded_channel();
    tokio::select! {
        _ = relay(stream, far, injected) => {}
        _ = serve_streams(state, near, inject) => {}
    }
}

async fn serve_streams(
    state: Arc<State>,
    io: DuplexStream,
    inject: mpsc::UnboundedSender<Bytes>,
) -> Result<(), h2::Error> {
    let mut connection = handshake(io).await?;
    // They end with the connection.
    let mut streams = JoinSet::new();
    // After GOAWAY: neither read nor responded to.
    let mut unprocessed = Vec::new();
    let mut last = 0;
    while let Some(accepted) = connection.accept().await {
        let (request, mut respond) = accepted?;
        let call = Call::parse(request.method().as_str(), request.uri().path());
        let Some(call) = call else {
            respond.send_reset(Reason::PROTOCOL_ERROR);
            continue;
        };
        let mut draw = state.draw(&call);
        if !unprocessed.is_empty() || draw.fault == Some(Fault::GoAway) {
            state.record_fault(&call, Fault::GoAway);
            if unprocessed.is_empty() {
                let _ = inject.send(go_away(last));
            }
            unprocessed.push((request, respond));
            continue;
        }
        last = respond.stream_id().into();
        let reset = match draw.fault {
            Some(Fault::Refused) => Some((Fault::Refused, Reason::REFUSED_STREAM)),
            Some(Fault::ResetUnread) => Some((Fault::ResetUnread, Reason::INTERNAL_ERROR)),
            _ => None,
        };
        if let Some((fault, reason)) = reset {
            state.record_fault(&call, fault);
            respond.send_reset(reason);
            continue;
        }
        let state = Arc::clone(&state);
        streams.spawn(async move {
            read(request.into_body()).await?;
            let action = state.process(&call, &mut draw).await;
            act(action, respond, state.config.faults.stall).await
        });
        while streams.try_join_next().is_some() {}
    }
    Ok(())
}

/// Reads a body to its end.
async fn read(mut body: RecvStream) -> Result<(), h2::Error> {
    while let Some(piece) = body.data().await {
        body.flow_control().release_capacity(piece?.len())?;
    }
    Ok(())
}

async fn act(
    action: Action,
    mut respond: SendResponse<Bytes>,
    stall: Duration,
) -> Result<(), h2::Error> {
    match action {
        Action::Respond(response) => {
            let is_empty = response.body.is_empty();
            let mut body = respond.send_response(head(&response), is_empty)?;
            if !is_empty {
                body.send_data(response.body.into(), true)?;
            }
        }
        // In the middle of the body; of a head there is no half.
        Action::Truncate(response) if !response.body.is_empty() => {
            let mut body = respond.send_response(head(&response), false)?;
            let half = response.body.len() / 2;
            body.send_data(response.body[..half].to_owned().into(), false)?;
            // A reset at once would discard the half that h2 still buffers.
            sleep(Duration::from_millis(2)).await;
            body.send_reset(Reason::INTERNAL_ERROR);
        }
        Action::Truncate(_) | Action::Reset => respond.send_reset(Reason::INTERNAL_ERROR),
        Action::Stall => {
            // Until the client gives up.
            let _ = timeout(stall, poll_fn(|context| respond.poll_reset(context))).await;
        }
    }
    Ok(())
}

fn head(response: &Response) -> http::Response<()> {
    let mut head = http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        head = head.header(*name, value);
    }
    if response.status != StatusCode::NO_CONTENT {
        head = head
            .header("content-type", response.media_type)
            .header("content-length", response.body.len());
    }
    head.body(()).expect("the headers are valid")
}

/// A GOAWAY with the code NO_ERROR: no stream above `last` was processed.
fn go_away(last: u32) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_uint(8, 3);
    frame.put_u8(GOAWAY);
    // Flags, and the connection's stream id.
    frame.put_bytes(0, 5);
    frame.put_u32(last);
    frame.put_u32(Reason::NO_ERROR.into());
    frame.freeze()
}

/// Copies what the client sends to `h2`, and the frames of `h2` to the client,
/// with injected frames between them. Ends when the client closes the
/// connection.
async fn relay(
    mut client: TcpStream,
    server: DuplexStream,
    mut injected: mpsc::UnboundedReceiver<Bytes>,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = split(server);
    let requests = copy(&mut from_client, &mut to_server);
    let responses = async {
        loop {
            let mut header = [0; FRAME_HEADER];
            tokio::select! {
                Some(frame) = injected.recv() => to_client.write_all(&frame).await?,
                // Of one byte: to be cancelled here loses nothing.
                read = from_server.read(&mut header[..1]) => {
                    if read? == 0 {
                        return Ok(());
                    }
                    to_client.write_all(&rest(header, &mut from_server).await?).await?;
                }
            }
        }
    };
    tokio::select! {
        result = requests => result.map(|_| ()),
        result = responses => result,
    }
}

/// The whole frame of which one byte has been read.
async fn rest(
    mut header: [u8; FRAME_HEADER],
    from: &mut (impl AsyncRead + Unpin),
) -> io::Result<Vec<u8>> {
    from.read_exact(&mut header[1..]).await?;
    let length =
        usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
    let mut frame = header.to_vec();
    frame.resize(FRAME_HEADER + length, 0);
    from.read_exact(&mut frame[FRAME_HEADER..]).await?;
    Ok(frame)
}
