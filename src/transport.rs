//! From a request to its answer: what is the same for every operation.

use http::{HeaderName, HeaderValue, header};
use reqwest::Request;

use crate::{
    Client, Error, Operation, redact,
    redirect::{self, Redirect},
    response::Response,
};

const API_VERSION: HeaderName = HeaderName::from_static("ld-api-version");
/// The version of the API this crate is written for (LaunchDarkly
/// documentation, "Versioning").
const STABLE: HeaderValue = HeaderValue::from_static("20240415");
/// What operations in beta ask for.
const BETA: HeaderValue = HeaderValue::from_static("beta");

impl Client {
    /// Sends a request that an operation's builder has put together. An answer
    /// that is not a success is an error.
    pub(crate) async fn exec(
        &self,
        mut request: Request,
        operation: &'static Operation,
    ) -> Result<Response, Error> {
        self.add_headers(&mut request, operation);
        let mut redirects = 0;
        loop {
            let method = request.method().clone();
            let url = request.url().clone();
            let copy = request.try_clone();
            let response = self
                .http()
                .execute(request)
                .await
                .map_err(|error| Error::transport(operation, error))?;
            if response.status().is_success() {
                return Ok(Response::new(response, operation));
            }
            let refusal = match (redirect::of(&response, &method, &url), copy) {
                (Redirect::None, copy) => {
                    return Err(self.failure(response, copy.as_ref(), operation).await);
                }
                (Redirect::Follow(_), _) if redirects == redirect::MOST => {
                    format!("redirects, after {redirects} redirects: is it a circle?")
                }
                (Redirect::Follow(to), Some(copy)) => {
                    redirects += 1;
                    request = copy;
                    *request.url_mut() = to;
                    continue;
                }
                (Redirect::Follow(_), None) => {
                    "redirects, but the body cannot be sent twice".to_owned()
                }
                (Redirect::Refuse(reason), _) => reason,
            };
            let error = self.failure(response, None, operation).await;
            return Err(error.with_note(refusal));
        }
    }

    fn add_headers(&self, request: &mut Request, operation: &Operation) {
        let inner = self.inner();
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, inner.authorization.clone());
        headers.insert(header::USER_AGENT, inner.user_agent.clone());
        headers.insert(API_VERSION, if operation.beta { BETA } else { STABLE });
    }

    /// The error an answer that is not a success stands for.
    async fn failure(
        &self,
        response: reqwest::Response,
        request: Option<&Request>,
        operation: &'static Operation,
    ) -> Error {
        let body = request
            .and_then(Request::body)
            .and_then(reqwest::Body::as_bytes);
        let in_body = redact::secrets_of(body);
        let secrets = in_body
            .iter()
            .map(String::as_str)
            .chain([self.inner().access_token.expose()]);
        Error::answer(operation, response, secrets).await
    }
}
