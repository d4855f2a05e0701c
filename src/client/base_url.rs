//! The base URL of the server, and the other origins that may get requests.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::Error;

/// An origin, perhaps with a path, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    text: String,
    url: Url,
}

impl BaseUrl {
    pub(crate) fn parse(text: &str, plain_http: bool) -> Result<Self, Error> {
        Self::checked("the base URL", &url("the base URL", text)?, plain_http)
    }

    pub(crate) fn new(url: &Url, plain_http: bool) -> Result<Self, Error> {
        Self::checked("the base URL", url, plain_http)
    }

    /// Parses another origin that requests may go to. It can be `http` on
    /// loopback only if the base URL is too, because the proxy is disabled for
    /// all requests of a client or for none.
    pub(crate) fn other_origin(&self, text: &str, plain_http: bool) -> Result<Self, Error> {
        const NAME: &str = "the allowed origin";
        let origin = url(NAME, text)?;
        let is_loopback = origin.scheme() == "http" && is_loopback(&origin);
        if is_loopback && !self.is_plain_loopback() {
            return Err(Error::config(format!(
                "{NAME} {} is http on loopback, where no proxy may be used: only a client whose \
                 base URL is http on loopback can allow it",
                presentable(&origin)
            )));
        }
        let origin = Self::checked(NAME, &origin, plain_http)?;
        if !origin.prefix().is_empty() {
            return Err(Error::config(format!(
                "{NAME} {} has a path: remove it",
                origin.as_str()
            )));
        }
        Ok(origin)
    }

    fn checked(name: &str, url: &Url, plain_http: bool) -> Result<Self, Error> {
        let reject = |reason: &str| {
            Err(Error::config(format!(
                "{name} {} {reason}",
                presentable(url)
            )))
        };
        match url.scheme() {
            "https" => {}
            "http" if plain_http || is_loopback(url) => {}
            "http" => {
                return reject(
                    "would send the access token unencrypted: use https, or `allow_plain_http` if \
                     the network is trusted",
                );
            }
            _ => return reject("is neither https nor http"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return reject("contains credentials: remove them and use the access token");
        }
        if url.query().is_some() {
            return reject("has a query: remove it");
        }
        if url.fragment().is_some() {
            return reject("has a fragment: remove it");
        }
        Ok(Self {
            text: url.as_str().trim_end_matches('/').to_owned(),
            url: url.clone(),
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns scheme, host and port (RFC 6454, section 6.2).
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Whether this is `http` on loopback, where the bytes do not leave the
    /// machine.
    pub(crate) fn is_plain_loopback(&self) -> bool {
        self.url.scheme() == "http" && is_loopback(&self.url)
    }

    /// Whether a URL has the same scheme, host and port.
    pub(crate) fn is_origin_of(&self, url: &Url) -> bool {
        self.url.scheme() == url.scheme()
            && self.url.host() == url.host()
            && self.url.port_or_known_default() == url.port_or_known_default()
    }

    /// Returns the path of the base URL, without a trailing slash.
    pub(crate) fn prefix(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Returns the URL with another path, which starts with the prefix.
    pub(crate) fn with_path(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
}

impl BaseUrl {
    /// Resolves a link of a response: a URL, or an absolute path. The URL must
    /// have the same origin and a path of the operation's `template`, such as
    /// `/api/v2/flags/{projectKey}`.
    ///
    /// A proxy may remove the prefix from requests, and then the links lack it,
    /// or it may rewrite the links, and then they have it. The template has a
    /// fixed number of segments, so these two cases cannot be confused.
    pub(crate) fn resolve(&self, link: &str, template: &str) -> Result<Url, &'static str> {
        let mut url = self
            .url
            .join(link)
            .map_err(|_| "the next link is not a URL")?;
        if url.origin() != self.url.origin()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err("the next link leads to another server");
        }
        url.set_fragment(None);
        if describes(template, url.path()) {
            let path = format!("{}{}", self.prefix(), url.path());
            url.set_path(&path);
        } else if !describes(&format!("{}{template}", self.prefix()), url.path()) {
            return Err("the next link leads to the path of another operation");
        }
        Ok(url)
    }
}

/// Whether a path has the segments of a template, with any text in place of a
/// parameter. Ignores percent-encoding.
fn describes(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(expected), Some(segment)) => {
                let is_parameter = expected.starts_with('{') && expected.ends_with('}');
                let fits = if is_parameter {
                    !segment.is_empty()
                } else {
                    decoded(expected) == decoded(segment)
                };
                if !fits {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

fn decoded(segment: &str) -> Cow<'_, [u8]> {
    percent_decode_str(segment).into()
}

fn url(name: &str, text: &str) -> Result<Url, Error> {
    Url::parse(text.trim()).map_err(|error| {
        // The error does not repeat the text, which may be an access token by
        // mistake.
        Error::config(format!(
            "{name} is not a URL: {error}; expected a URL such as https://app.launchdarkly.com"
        ))
    })
}

/// Returns the URL without the parts that may be secret.
pub(crate) fn presentable(url: &Url) -> String {
    let mut url = url.clone();
    // These fail only for URLs that cannot have the part.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

fn is_loopback(url: &Url) -> bool {
    use std::net::IpAddr;
    url.host_str().is_some_and(|host| {
        // A trailing dot does not change a name (RFC 1034, section 3.1).
        let name = host.strip_suffix('.').unwrap_or(host);
        name == "localhost"
            || name.ends_with(".localhost")
            || host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>()
                .is_ok_and(|address| address.to_canonical().is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        match BaseUrl::parse(text, false) {
            Ok(url) => url.as_str().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_path_is_kept_without_its_trailing_slash() {
        assert_eq!(parsed("https://a.example/"), "https://a.example");
        assert_eq!(parsed("https://a.example/ld/"), "https://a.example/ld");
    }

    #[test]
    fn plain_http_is_only_for_loopback() {
        for loopback in [
            "http://127.0.0.1:8080",
            "http://127.8.8.8",
            "http://[::1]:1",
            "http://localhost:1",
            "http://localhost.:1",
            "http://a.localhost.",
            "http://[::ffff:7f00:1]:1",
        ] {
            assert_eq!(parsed(loopback), loopback);
        }
        assert!(BaseUrl::parse("http://a.example", true).is_ok());
        for other in [
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://notlocalhost",
            "http://[::ffff:10.0.0.1]",
        ] {
            assert!(BaseUrl::parse(other, false).is_err(), "{other}");
        }
    }

    #[test]
    fn an_invalid_base_url_is_an_error_without_its_secrets() {
        let reasons = [
            "",
            "app.launchdarkly.com",
            "http://a.example",
            "ftp://a.example",
            "https://user:s3cret@a.example",
            "https://a.example/?token=s3cret",
            "https://a.example/#s3cret",
            "https://",
        ]
        .map(parsed)
        .join("\n");
        assert!(!reasons.contains("s3cret"), "{reasons}");
        insta::assert_snapshot!(reasons);
    }

    #[test]
    fn a_link_to_another_operation_is_rejected() {
        let template = "/api/v2/flags/{projectKey}";
        for prefix in ["", "/api", "/a", "/api/v2", "/api/v2/flags"] {
            let base = BaseUrl::parse(&format!("https://a.example{prefix}"), false).unwrap();
            for link in [
                "",
                "?offset=20",
                "next",
                "/api/v2/flags",
                "/api/v2/flags/",
                "/api/v2/flags/p/e",
                "/api/v2/flags/p/../../tokens/t",
                "/api/v2/flags/%2e%2e/tokens",
                "/api/v2/tokens/p",
                "/api/v2flags/p",
                "/api/v2%2Fflags/p",
                "/x/api/v2/flags/p",
                "https://a.example:444/api/v2/flags/p",
                "http://a.example/api/v2/flags/p",
                "//b.example/api/v2/flags/p",
                "https://user@a.example/api/v2/flags/p",
                "https://:1",
            ] {
                let resolved = base.resolve(link, template);
                assert!(resolved.is_err(), "{prefix} {link}: {resolved:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_link_stays_below_the_base_path_with_or_without_the_prefix(
            prefix in proptest::collection::vec("api|a|ap|v2|v|flags|p|%61pi|[a-z~]{1,3}", 0..5),
            arguments in proptest::collection::vec("api|v2|flags|[!-~&&[^/?#%\\\\{}]]{1,8}|%2F[a-z]", 2),
            whole in proptest::bool::ANY,
            query in "(\\?[a-z]=[a-z%+]{0,5})?",
        ) {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|argument| if argument.starts_with('.') { "x".to_owned() } else { argument.clone() })
                .collect();
            let prefix: String = prefix.iter().map(|segment| format!("/{segment}")).collect();
            let base = BaseUrl::parse(&format!("https://a.example{prefix}"), false).unwrap();
            for (template, path) in [
                ("/api/v2/tags", "/api/v2/tags".to_owned()),
                ("/api/v2/flags/{projectKey}", format!("/api/v2/flags/{}", arguments[0])),
                (
                    "/api/v2/projects/{projectKey}/environments/{environmentKey}",
                    format!("/api/v2/projects/{}/environments/{}", arguments[0], arguments[1]),
                ),
            ] {
                let expected = Url::parse(&format!("https://a.example{prefix}{path}{query}")).unwrap();
                for link in [format!("{path}{query}"), format!("{prefix}{path}{query}")] {
                    let link = if whole { format!("https://a.example{link}") } else { link };
                    proptest::prop_assert_eq!(base.resolve(&link, template), Ok(expected.clone()), "{}", link);
                }
                // The path of another operation, below the base path or not.
                for other in [format!("/api/v2/tokens/{path}"), format!("{prefix}{path}/x"), "/api/v2".to_owned()] {
                    proptest::prop_assert!(base.resolve(&other, template).is_err(), "{}", other);
                }
            }
        }

        #[test]
        fn no_text_panics(text in "(https?://)?\\PC{0,60}") {
            let _ = BaseUrl::parse(&text, false);
        }
    }
}
