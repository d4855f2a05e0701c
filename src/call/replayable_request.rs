//! A request as its operation has made it, kept for the next try.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Body, Request, Url};

/// A request, of which each try sends a copy.
pub(crate) struct Original {
    kept: Kept,
    /// Whether it has its body still, if it had one.
    complete: bool,
}

enum Kept {
    Whole(Request),
    /// What is kept of a request without a body, as most are: it costs less.
    Parts(Parts),
}

struct Parts {
    method: Method,
    url: Url,
    headers: Headers,
}

/// Headers; one alone, as most requests have of their own, without the memory
/// that a map takes.
enum Headers {
    One(HeaderName, HeaderValue),
    Map(HeaderMap),
}

impl Original {
    pub(crate) fn new(request: Request) -> Self {
        Self {
            kept: Kept::Whole(request),
            complete: true,
        }
    }

    /// The request of one try. A body that cannot be sent twice goes with it.
    pub(crate) fn request(&mut self) -> Request {
        let kept = match &self.kept {
            Kept::Parts(parts) => return parts.request(),
            Kept::Whole(request) if request.body().is_none() => Kept::Parts(Parts::of(request)),
            Kept::Whole(request) => match request.try_clone() {
                Some(copy) => Kept::Whole(copy),
                None => {
                    self.complete = false;
                    Kept::Parts(Parts::of(request))
                }
            },
        };
        match std::mem::replace(&mut self.kept, kept) {
            Kept::Whole(request) => request,
            Kept::Parts(parts) => parts.request(),
        }
    }

    /// The same request to another address, if its body can be sent again.
    pub(crate) fn elsewhere(&self, url: Url) -> Option<Request> {
        let mut request = match &self.kept {
            _ if !self.complete => None,
            Kept::Whole(request) => request.try_clone(),
            Kept::Parts(parts) => Some(parts.request()),
        }?;
        *request.url_mut() = url;
        Some(request)
    }

    /// Whether it can be sent again.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The body, if it can be sent again.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        match &self.kept {
            Kept::Whole(request) => request.body()?.as_bytes(),
            Kept::Parts(_) => None,
        }
    }

    /// The same, taken out of the request, which is not sent again.
    pub(crate) fn take_body(&mut self) -> Option<Body> {
        match &mut self.kept {
            Kept::Whole(request) => request.body_mut().take(),
            Kept::Parts(_) => None,
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
