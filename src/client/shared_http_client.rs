//! Checks an HTTP client that the program built: the access token must not
//! leave the server's origin unseen.

use super::base_url::BaseUrl;
use crate::Error;

/// Rejects a client that follows redirects, and one with proxies for an address
/// that is unencrypted because it is on loopback.
///
/// reqwest removes the token from a redirect to another origin, but sends it
/// again if that origin redirects to itself. It also turns a redirected POST into
/// a GET, whose response looks like that of the POST. So it must not follow any
/// redirect. Its clients show their settings only in `Debug`: if that changes,
/// every client is rejected.
pub(super) fn check(
    client: &reqwest::Client,
    base_url: &BaseUrl,
    plain_http: bool,
) -> Result<(), Error> {
    // The text contains the values of headers, whose quotes are escaped.
    let settings = format!("{client:?}");
    if !settings.contains("redirect_policy: \"Policy(None)\"") {
        return Err(Error::config(
            "the client passed to `reqwest_client` may follow redirects, which could send the \
             access token to another origin: build it with \
             `.redirect(reqwest::redirect::Policy::none())`",
        ));
    }
    if base_url.is_plain_loopback() && !plain_http && settings.contains("proxies: ") {
        return Err(Error::config(format!(
            "the client passed to `reqwest_client` may use a proxy, which could read the access \
             token because {} is http: build it with `.no_proxy()`, or set `allow_plain_http`",
            base_url.as_str()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use reqwest::{ClientBuilder, redirect::Policy};

    use super::*;

    fn checked(base_url: &str, builder: ClientBuilder, plain_http: bool) -> Result<(), Error> {
        let base_url = BaseUrl::parse(base_url, plain_http).unwrap();
        check(&builder.build().unwrap(), &base_url, plain_http)
    }

    #[test]
    fn only_a_client_that_follows_no_redirect_is_accepted() {
        let builder = || crate::default_http_client().no_proxy();
        let base_url = "https://a.example";
        checked(base_url, builder().redirect(Policy::none()), false).unwrap();
        // A header with the text of the policy does not stand for the policy.
        let header = ("x", "redirect_policy: \"Policy(None)\"");
        let headers = [(header.0.parse().unwrap(), header.1.parse().unwrap())];
        for builder in [
            builder(),
            builder().default_headers(headers.into_iter().collect()),
            builder().redirect(Policy::limited(0)),
            builder().redirect(Policy::custom(|attempt| attempt.stop())),
        ] {
            let error = checked(base_url, builder, false).unwrap_err();
            assert!(error.to_string().contains("Policy::none()"), "{error}");
        }
    }

    #[test]
    fn a_proxy_is_rejected_only_for_an_unencrypted_address() {
        let builder = || crate::default_http_client().redirect(Policy::none());
        let loopback = "http://127.0.0.1:1";
        checked(loopback, builder().no_proxy(), false).unwrap();
        checked(loopback, builder(), true).unwrap();
        checked("https://a.example", builder(), false).unwrap();
        let error = checked(loopback, builder(), false).unwrap_err();
        assert!(error.to_string().contains("no_proxy"), "{error}");
    }
}
