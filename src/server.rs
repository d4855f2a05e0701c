//! LaunchDarkly's instances.

use std::fmt;

use reqwest::Url;

use crate::{Error, base_url::BaseUrl, generated::servers};

/// The instance of LaunchDarkly an account is on.
///
/// ```
/// use launchdarkly_api::Server;
///
/// assert_eq!(Server::default(), Server::Commercial);
/// assert_eq!(Server::Federal.to_string(), "https://app.launchdarkly.us");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// Another address, such as a proxy's. It may have a path, which is put
    /// before the API's own; it must not have credentials, a query or a
    /// fragment. `http` is for loopback addresses, unless
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

/// Shows the address.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instance_has_its_address() {
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
}
