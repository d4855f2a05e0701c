//! LaunchDarkly's instances.

use std::fmt;

use reqwest::Url;

use super::base_url::{self, BaseUrl};
use crate::{Error, generated::servers};

/// The LaunchDarkly instance that hosts an account.
///
/// ```
/// use launchdarkly_api::Server;
///
/// assert_eq!(Server::default(), Server::Commercial);
/// assert_eq!(Server::Federal.to_string(), "https://app.launchdarkly.us");
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Server {
    /// `https://app.launchdarkly.com`.
    #[default]
    Commercial,
    /// The federal instance, `https://app.launchdarkly.us` (LaunchDarkly
    /// documentation, "Federal environments").
    Federal,
    /// The instance in the European Union, `https://app.eu.launchdarkly.com`
    /// (LaunchDarkly documentation, "EU environments").
    Eu,
    /// Another address, such as that of a proxy. It may have a path, which
    /// precedes the path of the API. It must not have credentials, a query or a
    /// fragment. `http` is only for loopback, unless
    /// [`allow_plain_http`](crate::ClientBuilder::allow_plain_http) is set.
    Custom(Url),
}

impl Server {
    pub(crate) fn base_url(&self, plain_http: bool) -> Result<BaseUrl, Error> {
        match self {
            Self::Custom(url) => BaseUrl::new(url, plain_http),
            known => BaseUrl::parse(known.address(), plain_http),
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::Commercial => servers::COMMERCIAL,
            Self::Federal => servers::FEDERAL,
            Self::Eu => servers::EU,
            Self::Custom(url) => url.as_str(),
        }
    }
}

impl From<Url> for Server {
    fn from(url: Url) -> Self {
        Self::Custom(url)
    }
}

/// Shows the address without credentials, query and fragment.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(url) => f.write_str(&base_url::presentable(url)),
            known => f.write_str(known.address()),
        }
    }
}

/// Shows the address like `Display`.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_its_address() {
        let addresses = [Server::Commercial, Server::Federal, Server::Eu]
            .map(|server| server.base_url(false).unwrap().as_str().to_owned());
        assert_eq!(
            addresses,
            [
                "https://app.launchdarkly.com",
                "https://app.launchdarkly.us",
                "https://app.eu.launchdarkly.com",
            ]
        );
    }

    #[test]
    fn neither_display_nor_debug_shows_the_secrets_of_an_address() {
        let url = "https://user:s3cret@a.example/x?token=s3cret#s3cret";
        let server = Server::Custom(url.parse().unwrap());
        assert_eq!(
            format!("{server} {server:?}"),
            "https://a.example/x Server(https://a.example/x)"
        );
    }
}
