//! The address requests go to, checked before anything is sent there.

use reqwest::Url;

use crate::Error;

/// An origin and perhaps a path, without a slash at its end.
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

    /// Another origin that requests may go to. A loopback `http` origin is for
    /// a client whose base URL is one: that the client does not use a proxy
    /// holds for all of its requests or for none.
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
                "{NAME} {} has a path in it: remove it",
                origin.as_str()
            )));
        }
        Ok(origin)
    }

    fn checked(name: &str, url: &Url, plain_http: bool) -> Result<Self, Error> {
        let refuse = |reason: &str| {
            Err(Error::config(format!(
                "{name} {} {reason}",
                presentable(url)
            )))
        };
        match url.scheme() {
            "https" => {}
            "http" if plain_http || is_loopback(url) => {}
            "http" => {
                return refuse(
                    "would send the access token unencrypted: use https, or `allow_plain_http` if \
                     the network is trusted",
                );
            }
            _ => return refuse("is neither https nor http"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("has credentials in it: remove them, the access token authenticates");
        }
        if url.query().is_some() {
            return refuse("has a query in it: remove it");
        }
        if url.fragment().is_some() {
            return refuse("has a fragment in it: remove it");
        }
        Ok(Self {
            text: url.as_str().trim_end_matches('/').to_owned(),
            url: url.clone(),
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port (RFC 6454, section 6.2).
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Whether it is unencrypted because the bytes do not leave this machine.
    pub(crate) fn is_plain_loopback(&self) -> bool {
        self.url.scheme() == "http" && is_loopback(&self.url)
    }

    /// Whether a URL has the same scheme, host and port.
    pub(crate) fn is_origin_of(&self, url: &Url) -> bool {
        self.url.scheme() == url.scheme()
            && self.url.host() == url.host()
            && self.url.port_or_known_default() == url.port_or_known_default()
    }

    /// The path before the API's own, without a slash at its end.
    pub(crate) fn prefix(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// The URL with this path, which begins with the prefix. The rest of it
    /// has been parsed already.
    pub(crate) fn with_path(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
}

impl BaseUrl {
    /// The URL of a link that the server gave, if it leads to the same
    /// origin: a path from the root of the server's own, or a whole URL.
    pub(crate) fn resolve(&self, link: &str) -> Option<Url> {
        let mut url = self.url.join(link).ok()?;
        if url.origin() != self.url.origin()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return None;
        }
        url.set_fragment(None);
        // A proxy's prefix, which the server behind it does not know.
        if !url.path().starts_with(self.prefix()) {
            let path = format!("{}{}", self.prefix(), url.path());
            url.set_path(&path);
        }
        Some(url)
    }
}

fn url(name: &str, text: &str) -> Result<Url, Error> {
    Url::parse(text.trim()).map_err(|error| {
        // The text is not repeated: it may be the access token by mistake.
        Error::config(format!(
            "{name} is not a URL: {error}; it is written like https://app.launchdarkly.com"
        ))
    })
}

/// The URL without what may be secret in it.
fn presentable(url: &Url) -> String {
    let mut url = url.clone();
    // These fail for URLs that cannot have the part, and so do not.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

fn is_loopback(url: &Url) -> bool {
    use std::net::IpAddr;
    url.host_str().is_some_and(|host| {
        host == "localhost"
            || host.ends_with(".localhost")
            || host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
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
    fn a_path_is_kept_and_a_slash_at_the_end_is_not() {
        assert_eq!(parsed("https://a.example/"), "https://a.example");
        assert_eq!(parsed("https://a.example/ld/"), "https://a.example/ld");
    }

    #[test]
    fn plain_http_is_for_loopback() {
        for loopback in [
            "http://127.0.0.1:8080",
            "http://127.8.8.8",
            "http://[::1]:1",
            "http://localhost:1",
        ] {
            assert_eq!(parsed(loopback), loopback);
        }
        assert!(BaseUrl::parse("http://a.example", true).is_ok());
        assert!(BaseUrl::parse("http://127.0.0.1.example", false).is_err());
    }

    #[test]
    fn what_cannot_be_a_base_is_refused_without_its_secrets() {
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

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(https?://)?\\PC{0,60}") {
            let _ = BaseUrl::parse(&text, false);
        }
    }
}
