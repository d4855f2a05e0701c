//! The transport: one attempt, from the request to the response.

use http::{HeaderName, HeaderValue, Method, header};
use reqwest::{Request, Url};

use super::{
    failure::{Failure, body_failure, class_of, failure},
    redirect::{self, Redirect},
    replayable_request::ReplayableRequest,
};
use crate::{
    Client, Error, Operation,
    credentials::Token,
    hook::{Attempt, AttemptHook},
    operation::OperationRef,
    rate_limit::Permit,
    redact::{HookChanges, Secrets},
    response::{RawResponse, body},
    retry::RetryClass,
};

const API_VERSION: HeaderName = HeaderName::from_static("ld-api-version");
/// The API version of operations in beta.
const BETA: HeaderValue = HeaderValue::from_static("beta");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Who reads the body of a successful response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyMode {
    /// The client reads it within the call, so that an incomplete body can be
    /// retried.
    Buffered,
    /// The caller reads it.
    Streaming,
}

impl Client {
    /// Adds the headers that every request has, and the method override.
    pub(crate) fn add_headers(&self, request: &mut Request, operation: &Operation, token: &Token) {
        let inner = self.inner();
        let headers = request.headers_mut();
        headers.reserve(4);
        headers.insert(header::AUTHORIZATION, token.authorization.clone());
        // The caller may have set these two.
        headers
            .entry(header::USER_AGENT)
            .or_insert_with(|| inner.user_agent.clone());
        headers.entry(API_VERSION).or_insert_with(|| {
            if operation.beta {
                BETA
            } else {
                inner.api_version.clone()
            }
        });
        if inner.method_override
            && matches!(
                *request.method(),
                Method::PUT | Method::PATCH | Method::DELETE
            )
            && let Ok(method) = HeaderValue::from_str(operation.method.as_str())
        {
            request.headers_mut().insert(METHOD_OVERRIDE, method);
            *request.method_mut() = Method::POST;
        }
    }

    /// Sends a request after the hook has changed it. The future holds less
    /// than the request.
    fn send(
        &self,
        operation: &OperationRef,
        attempt: &Attempt<'_>,
        token: &Token,
        mut request: Request,
        replayable: &ReplayableRequest,
        permit: &mut Permit<'_>,
    ) -> Result<
        (
            impl Future<Output = reqwest::Result<reqwest::Response>> + Send + use<>,
            Option<Box<HookChanges>>,
        ),
        Error,
    > {
        self.add_headers(&mut request, operation, token);
        let mut changed = None;
        let hooks = &self.inner().attempt_hooks;
        if !hooks.is_empty() {
            for hook in hooks {
                self.apply(&**hook, operation, attempt, &mut request)?;
            }
            changed = HookChanges::of(&request, &token.authorization, replayable.body());
        }
        permit.record_send();
        Ok((self.http().execute(request), changed))
    }

    /// Lets the hook change the request. The access token must stay in the
    /// allowed origins, and the retry loop depends on the method.
    fn apply(
        &self,
        hook: &dyn AttemptHook,
        operation: &OperationRef,
        attempt: &Attempt<'_>,
        request: &mut Request,
    ) -> Result<(), Error> {
        let method = request.method().clone();
        let overridden = request.headers().get(METHOD_OVERRIDE).cloned();
        hook.before(attempt, request);
        let reject = |reason: String| Err(Error::argument(operation, reason));
        if request.headers().get(METHOD_OVERRIDE) != overridden.as_ref() {
            return reject(
                "the attempt hook changed the header `x-http-method-override`: a hook must keep \
                 the method (`method_override` of the client's builder sets the header)"
                    .to_owned(),
            );
        }
        if *request.method() != method {
            return reject(format!(
                "the attempt hook changed the method from {method} to {}: a hook must keep it \
                 (`method_override` sends PUT, PATCH and DELETE as POST)",
                request.method()
            ));
        }
        let inner = self.inner();
        let is_allowed = |url: &Url| {
            let others = &inner.allowed_origins;
            inner.base_url.is_origin_of(url) || others.iter().any(|other| other.is_origin_of(url))
        };
        if !is_allowed(request.url()) {
            return reject(format!(
                "the attempt hook changed the origin of the request from {} to {}, which must not \
                 get the access token: allow it with `ClientBuilder::allow_origin`",
                inner.base_url.origin(),
                request.url().origin().ascii_serialization()
            ));
        }
        // A proxy or a shared server delivers the request to this host.
        if let Some(host) = request.headers().get(header::HOST)
            && !origin_of_host(request.url().scheme(), host).is_some_and(|url| is_allowed(&url))
        {
            return reject(format!(
                "the attempt hook set the header `host` to a host other than that of {}, which must \
                 not get the access token: remove the header, or allow the origin with \
                 `ClientBuilder::allow_origin`",
                inner.base_url.origin()
            ));
        }
        Ok(())
    }

    /// Makes an attempt: one request, and one more for each redirect. Returns
    /// the last response.
    #[expect(
        clippy::too_many_arguments,
        reason = "the retry loop lends them one by one"
    )]
    pub(crate) fn exchange(
        &self,
        operation: &OperationRef,
        attempt: &Attempt<'_>,
        token: &Token,
        request: Request,
        replayable: &ReplayableRequest,
        permit: &mut Permit<'_>,
        mode: BodyMode,
    ) -> impl Future<Output = Result<RawResponse, Failure>> + Send {
        let sending = self.send(operation, attempt, token, request, replayable, permit);
        async move {
            let mut redirects = 0;
            let (mut sending, mut changed) = sending.map_err(|error| Failure {
                error,
                class: RetryClass::NotSent,
            })?;
            loop {
                let mut response = match sending.await {
                    Ok(response) => response,
                    Err(error) => {
                        let class = class_of(&error);
                        if class != RetryClass::Unknown {
                            permit.record_unprocessed();
                        }
                        return Err(Failure {
                            error: Error::transport(
                                operation,
                                error,
                                &self.secrets(replayable, changed.as_deref()),
                            ),
                            class,
                        });
                    }
                };
                let status = response.status();
                permit.record_response(status, response.headers());
                if status.is_success() {
                    if mode == BodyMode::Streaming {
                        return Ok(RawResponse::streaming(response, operation));
                    }
                    let limit = || self.inner().max_body;
                    return match body::read(&mut response, limit()).await {
                        Ok(body) => Ok(RawResponse::buffered(response, body, operation, changed)),
                        Err(error) => Err(body_failure(
                            error,
                            &response,
                            operation,
                            limit(),
                            &self.secrets(replayable, changed.as_deref()),
                        )),
                    };
                }
                let again = self.follow_or_fail(
                    response,
                    replayable,
                    changed.as_deref(),
                    operation,
                    redirects,
                );
                let again = Box::pin(again).await?;
                redirects += 1;
                let attempt = Attempt {
                    redirects,
                    ..*attempt
                };
                (sending, changed) = self
                    .send(operation, &attempt, token, again, replayable, permit)
                    .map_err(|error| Failure {
                        error,
                        class: RetryClass::Final,
                    })?;
            }
        }
    }

    /// Returns the redirected request, or the failure of an unsuccessful
    /// response.
    async fn follow_or_fail(
        &self,
        mut response: reqwest::Response,
        replayable: &ReplayableRequest,
        changed: Option<&HookChanges>,
        operation: &OperationRef,
        redirects: u32,
    ) -> Result<Request, Failure> {
        let refusal = match redirect::of(&response, &operation.method) {
            Redirect::None => {
                let body = body::read_error_body(&mut response).await;
                return Err(Failure {
                    error: failure(
                        &response,
                        body,
                        operation,
                        &self.secrets(replayable, changed),
                    ),
                    class: RetryClass::of_status(response.status()),
                });
            }
            Redirect::Follow(_) if redirects == redirect::MAX_REDIRECTS => {
                format!("redirect limit exceeded after {redirects} redirects")
            }
            Redirect::Follow(to) => match replayable.redirected_to(to) {
                Some(again) => return Ok(again),
                None => "redirect not followed because the request body is a stream".to_owned(),
            },
            Redirect::Reject(reason) => reason,
        };
        let body = body::read_error_body(&mut response).await;
        let secrets = self.secrets(replayable, changed);
        Err(Failure {
            error: failure(&response, body, operation, &secrets).with_note(&refusal, &secrets),
            class: RetryClass::Final,
        })
    }

    /// Returns the secrets of a request, which its errors must not show.
    /// Computed only for a failed call.
    fn secrets(&self, replayable: &ReplayableRequest, changed: Option<&HookChanges>) -> Secrets {
        Secrets::of(self.inner().tokens.known(), replayable.body())
            .and(changed)
            .and_headers(&replayable.secret_headers())
    }
}

/// Returns the origin that a `Host` header names (RFC 9110, section 7.2).
fn origin_of_host(scheme: &str, host: &HeaderValue) -> Option<Url> {
    let host = host.to_str().ok()?;
    let is_host = !host.contains(['/', '\\', '?', '#', '@']);
    is_host.then(|| Url::parse(&format!("{scheme}://{host}")).ok())?
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    static BETA_OPERATION: Operation = Operation {
        id: Cow::Borrowed("an_operation"),
        index: Some(0),
        method: Method::GET,
        path: Cow::Borrowed("/api/v2/x"),
        area: "x-beta",
        beta: true,
        deprecated: false,
        patches: &[],
        paging: None,
    };

    #[test]
    fn a_beta_operation_requests_beta_with_any_api_version() {
        for builder in [Client::builder(), Client::builder().api_version("20220603")] {
            let client = builder.access_token("api-0").build().unwrap();
            let url = "http://127.0.0.1/".parse().unwrap();
            let mut request = Request::new(Method::GET, url);
            let token = client.inner().tokens.fixed_token().unwrap();
            client.add_headers(&mut request, &BETA_OPERATION, token);
            let versions: Vec<_> = request.headers().get_all("ld-api-version").iter().collect();
            assert_eq!(versions, ["beta"]);
        }
    }
}
