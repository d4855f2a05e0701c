//! A server on loopback that records requests and sends the given responses.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::rfc6902;

pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    response: (u16, Option<Value>),
    /// Whether the next request breaks the connection.
    breaks: bool,
    /// The resource that it patches, if it has one.
    resource: Option<Value>,
    /// The response to a PATCH, if it is not the resource.
    patched: Option<Value>,
    /// Makes the responses, instead of `response`.
    responder: Option<Responder>,
    requests: Vec<(Parts, Bytes)>,
}

/// Makes the body of the response to a request.
pub type Responder = Box<dyn FnMut(&Parts) -> Value + Send>;

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let state = Arc::clone(&shared);
                let service = service_fn(move |request| respond(Arc::clone(&state), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the response to the next requests.
    pub fn responds_with(&self, status: u16, body: Option<Value>) {
        self.state.lock().unwrap().response = (status, body);
    }

    /// Closes the connection after the next request, without a response.
    pub fn breaks_once(&self) {
        self.state.lock().unwrap().breaks = true;
    }

    /// Serves a resource: GET returns it, and PATCH changes it and returns it, or
    /// `patched` if that is given.
    pub fn holds(&self, resource: Value, patched: Option<Value>) {
        let mut state = self.state.lock().unwrap();
        (state.resource, state.patched) = (Some(resource), patched);
        state.requests.clear();
    }

    /// Serves bodies that a function makes.
    pub fn responds_by(&self, responder: Responder) {
        self.state.lock().unwrap().responder = Some(responder);
    }

    /// The current resource.
    pub fn resource(&self) -> Value {
        self.state.lock().unwrap().resource.clone().unwrap()
    }

    /// The requests since the last call of this method.
    pub fn take(&self) -> Vec<(Parts, Bytes)> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

async fn respond(
    state: Arc<Mutex<State>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut state = state.lock().unwrap();
    if let Some(resource) = &mut state.resource {
        let is_patch = parts.method == "PATCH";
        let result = match is_patch {
            true => rfc6902::apply(resource, &serde_json::from_slice(&body).unwrap()),
            false => Ok(()),
        };
        let patched = state.patched.clone().filter(|_| is_patch);
        state.response = match result {
            Ok(()) => (200, patched.or(state.resource.clone())),
            Err(reason) => (
                422,
                Some(json!({"code": "patch_failed", "message": reason})),
            ),
        };
    }
    if let Some(responder) = &mut state.responder {
        let body = responder(&parts);
        state.response = (200, Some(body));
    }
    state.requests.push((parts, body));
    if std::mem::take(&mut state.breaks) {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let (status, body) = &state.response;
    let response = Response::builder().status(*status);
    Ok(match body {
        Some(body) => response
            .header("content-type", "application/json")
            .body(Full::from(body.to_string())),
        None => response.body(Full::default()),
    }
    .unwrap())
}
