//! The servers of a document.

use std::collections::BTreeMap;

use jsonptr::PointerBuf;
use serde_json::Value;

use crate::error::Fault;

/// LaunchDarkly's instances beside the commercial one, which exist whether or not
/// a document lists them: no document lists the European one (LaunchDarkly
/// documentation, "EU environments" and "Federal environments").
const KNOWN: [(&str, &str); 2] = [
    ("EU", "https://app.eu.launchdarkly.com"),
    ("FEDERAL", "https://app.launchdarkly.us"),
];

/// The servers of a document by the name of the constant for each. The dialects
/// describe them differently or not at all, so the host decides: one that ends
/// with `.us` is the federal instance, one that begins with `app.eu.` the European
/// one, and the first other one the commercial one (OpenAPI 3.0.3, "Server
/// Object").
pub(super) fn read(root: &Value) -> Result<BTreeMap<&'static str, String>, Fault> {
    let mut found = BTreeMap::new();
    let urls = root["servers"].as_array().into_iter().flatten();
    for (index, server) in urls.enumerate() {
        let fault = |reason: &str| {
            let at = PointerBuf::from_tokens(["servers", &index.to_string(), "url"]);
            Fault::at(at, format!("{} {reason}", server["url"]))
        };
        let url = server["url"].as_str().unwrap_or_default();
        let Some(rest) = url.strip_prefix("https://") else {
            return Err(fault("is no URL that begins with https://"));
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('{') || path.contains('{') {
            return Err(fault(
                "has a variable: list a server for each of its values",
            ));
        }
        if host.is_empty() || host.contains(['?', '#', '@']) {
            return Err(fault("has no host, or more than a host and a port"));
        }
        if !path.trim_end_matches('/').is_empty() {
            return Err(fault(
                "has a path: remove it from the servers and put it in front of each path of the \
                 document",
            ));
        }
        let name = if host.ends_with(".us") {
            "FEDERAL"
        } else if host.starts_with("app.eu.") {
            "EU"
        } else {
            "COMMERCIAL"
        };
        found
            .entry(name)
            .or_insert_with(|| format!("https://{host}"));
    }
    if !found.contains_key("COMMERCIAL") {
        return Err(Fault::at(
            PointerBuf::from_tokens(["servers"]),
            "lists no commercial server: add https://app.launchdarkly.com",
        ));
    }
    for (name, url) in KNOWN {
        found.entry(name).or_insert_with(|| url.to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SERVERS: [&str; 2] = [
        "https://app.launchdarkly.com",
        "https://app.launchdarkly.us",
    ];

    #[test]
    fn servers_are_known_by_their_address() {
        let named = |urls: &[&str]| {
            let servers: Vec<_> = urls.iter().map(|url| json!({"url": url})).collect();
            read(&json!({"paths": {}, "servers": servers}))
        };
        let found = named(&[
            "https://app.launchdarkly.com/",
            "https://app.launchdarkly.us",
        ])
        .unwrap();
        assert_eq!(found["COMMERCIAL"], "https://app.launchdarkly.com");
        assert_eq!(found["FEDERAL"], "https://app.launchdarkly.us");
        assert_eq!(found["EU"], "https://app.eu.launchdarkly.com");
        let listed = [SERVERS[0], SERVERS[1], "https://app.eu.example"];
        assert_eq!(named(&listed).unwrap()["EU"], "https://app.eu.example");
        // Without a federal server, the client has the known one.
        assert_eq!(
            named(&SERVERS[..1]).unwrap()["FEDERAL"],
            "https://app.launchdarkly.us"
        );
        for (url, reason) in [
            ("http://a.us", "is no URL that begins with https://"),
            ("https://{region}.a.us", "has a variable"),
            ("https://a.com/{version}", "has a variable"),
            ("https://a.com/api/v2/", "has a path"),
            ("https://", "has no host"),
            ("https://user@a.com", "has no host, or more"),
        ] {
            let fault = named(&[SERVERS[0], url]).unwrap_err();
            assert_eq!(fault.pointer.as_str(), "/servers/1/url");
            let reason = format!("{url:?} {reason}");
            assert!(fault.reason.starts_with(&reason), "{}", fault.reason);
        }
        for urls in [&SERVERS[1..], &[]] {
            let fault = named(urls).unwrap_err();
            assert_eq!(fault.pointer.as_str(), "/servers");
            assert!(fault.reason.starts_with("lists no commercial server"));
        }
    }
}
