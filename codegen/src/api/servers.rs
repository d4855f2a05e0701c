//! The servers of a document.

use std::collections::BTreeMap;

use jsonptr::PointerBuf;
use serde_json::Value;

use crate::error::Fault;

/// LaunchDarkly's instance in the European Union. The published documents
/// name it in their description ("EU environments") and not in `servers`.
const EU: &str = "https://app.eu.launchdarkly.com";

/// The document's servers by the name the wrapper knows each by. The dialects
/// describe them differently or not at all, so their addresses tell: `.us` is
/// the federal instance, `app.eu.` the European one ([`EU`] if there is none),
/// the first listed the commercial one (the default, OpenAPI 3.0.3, "Server
/// Object").
pub(super) fn read(root: &Value) -> Result<BTreeMap<&'static str, String>, Fault> {
    let mut found = BTreeMap::new();
    let urls = root["servers"].as_array().into_iter().flatten();
    for (index, server) in urls.enumerate() {
        let at = || PointerBuf::from_tokens(["servers", &index.to_string(), "url"]);
        let url = server["url"].as_str().unwrap_or_default();
        let Some(host) = url.strip_prefix("https://") else {
            return Err(Fault::at(at(), format!("{url:?} is not an https URL")));
        };
        let host = host.trim_end_matches('/');
        if host.is_empty() || host.contains(['/', '{', '?', '#', '@']) {
            return Err(Fault::at(
                at(),
                format!("{url:?} is more or less than an origin"),
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
    found.entry("EU").or_insert_with(|| EU.to_owned());
    for (name, what) in [
        ("COMMERCIAL", "a commercial server"),
        ("FEDERAL", "a federal server (.us)"),
    ] {
        if !found.contains_key(name) {
            let at = PointerBuf::from_tokens(["servers"]);
            return Err(Fault::at(at, format!("does not list {what}")));
        }
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
        for (urls, place) in [
            (vec![SERVERS[0]], "/servers"),
            (vec![SERVERS[1]], "/servers"),
            (vec!["http://a.us"], "/servers/0/url"),
            (vec!["https://{region}.a.us"], "/servers/0/url"),
        ] {
            assert_eq!(named(&urls).unwrap_err().pointer.as_str(), place);
        }
    }
}
