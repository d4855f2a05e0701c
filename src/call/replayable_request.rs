//! A request that can be sent again, for retries and redirects.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Body, Request, Url};

use crate::redact::{is_secret_header, secret_headers};

/// A request of which each attempt sends a copy.
pub(crate) struct ReplayableRequest {
    stored: Stored,
    /// Whether a copy has all of the request: not after a stream was sent.
    replayable: bool,
}

enum Stored {
    Full(Request),
    /// A request without a body. It takes less memory than a [`Request`], and
    /// most requests have no body.
    Parts(Parts),
}

struct Parts {
    method: Method,
    url: Url,
    headers: Headers,
}

/// The headers. Most requests have one of their own, which takes no map.
enum Headers {
    One(HeaderName, HeaderValue),
    Map(HeaderMap),
}

impl ReplayableRequest {
    pub(crate) fn new(request: Request) -> Self {
        Self {
            stored: Stored::Full(request),
            replayable: true,
        }
    }

    /// Returns the request of the next attempt. A stream moves into it.
    pub(crate) fn request(&mut self) -> Request {
        let stored = match &self.stored {
            Stored::Parts(parts) => return parts.request(),
            Stored::Full(request) if request.body().is_none() => Stored::Parts(Parts::of(request)),
            Stored::Full(request) => match request.try_clone() {
                Some(copy) => Stored::Full(copy),
                None => {
                    self.replayable = false;
                    Stored::Parts(Parts::of(request))
                }
            },
        };
        match std::mem::replace(&mut self.stored, stored) {
            Stored::Full(request) => request,
            Stored::Parts(parts) => parts.request(),
        }
    }

    /// Returns the request for another URL, unless its body was a stream.
    pub(crate) fn redirected_to(&self, url: Url) -> Option<Request> {
        let mut request = match &self.stored {
            _ if !self.replayable => None,
            Stored::Full(request) => request.try_clone(),
            Stored::Parts(parts) => Some(parts.request()),
        }?;
        *request.url_mut() = url;
        Some(request)
    }

    /// Whether the request can be sent again.
    pub(crate) fn is_replayable(&self) -> bool {
        self.replayable
    }

    /// Returns the body if it can be sent again.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        match &self.stored {
            Stored::Full(request) => request.body()?.as_bytes(),
            Stored::Parts(_) => None,
        }
    }

    /// Returns the values of the headers that may be secret.
    pub(crate) fn secret_headers(&self) -> Vec<HeaderValue> {
        match &self.stored {
            Stored::Full(request) => secret_headers(request.headers()),
            Stored::Parts(parts) => match &parts.headers {
                Headers::One(name, value) if is_secret_header(name, value) => vec![value.clone()],
                Headers::One(..) => Vec::new(),
                Headers::Map(headers) => secret_headers(headers),
            },
        }
    }

    /// Takes the body out of the request, after the last attempt.
    pub(crate) fn take_body(&mut self) -> Option<Body> {
        match &mut self.stored {
            Stored::Full(request) => request.body_mut().take(),
            Stored::Parts(_) => None,
        }
    }
}

impl Parts {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        Self {
            method: request.method().clone(),
            url: request.url().clone(),
            headers: match headers.iter().next() {
                Some((name, value)) if headers.len() == 1 => {
                    Headers::One(name.clone(), value.clone())
                }
                _ => Headers::Map(headers.clone()),
            },
        }
    }

    fn request(&self) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = match &self.headers {
            Headers::One(name, value) => HeaderMap::from_iter([(name.clone(), value.clone())]),
            Headers::Map(headers) => headers.clone(),
        };
        request
    }
}
