//! One name an area, whichever dialect the document is in: the tags
//! `Integration audit log subscriptions` and
//! `subpackage_integrationAuditLogSubscriptions` are the area
//! `integration-audit-log-subscriptions`.

use std::collections::BTreeSet;

use heck::ToKebabCase;
use serde_json::{Value, json};

use crate::{
    error::Fault,
    spec::visit::{self, Object},
};

/// What LaunchDarkly's documentation site puts before its tags.
const PACKAGE_PREFIX: &str = "subpackage_";

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::operations_mut(root, |place, operation| {
        let tag = match operation.get("tags") {
            Some(Value::Array(tags)) => match tags.first() {
                Some(Value::String(tag)) => area(tag),
                _ => return Err(place.fault(&["tags"], "holds no tag to tell the area by")),
            },
            _ => return Err(place.fault(&[], "has no `tags` to tell the area by")),
        };
        // It names a feature and a module.
        if !tag.is_ascii() || !tag.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(place.fault(
                &["tags", "0"],
                "makes no name of an area: it needs ASCII letters and digits, and a letter first",
            ));
        }
        operation.insert("tags".into(), json!([tag]));
        Ok(())
    })
}

/// The area of an operation of a normalized document.
pub(crate) fn of(operation: &Object) -> &str {
    operation["tags"][0].as_str().unwrap_or_default()
}

/// Drops the operations of all other areas.
pub(crate) fn keep(root: &mut Value, areas: &BTreeSet<String>) -> Result<(), Fault> {
    let mut others = Vec::new();
    visit::operations_mut(root, |place, operation| {
        if !areas.contains(of(operation)) {
            others.push((place.path.to_owned(), place.method.to_owned()));
        }
        Ok(())
    })?;
    for (path, method) in others {
        if let Some(item) = root["paths"][&path].as_object_mut() {
            item.remove(&method);
        }
    }
    Ok(())
}

/// Returns the name of a tag's area, which is also the name of its feature.
///
/// `(deprecated)` is not part of the name, so that a deprecation breaks no
/// program.
#[must_use]
pub fn area(tag: &str) -> String {
    let name = tag.strip_prefix(PACKAGE_PREFIX).unwrap_or(tag);
    // One word, despite its capitals.
    let name = name.replace("OAuth", "Oauth").replace("oAuth", "Oauth");
    let name = name.to_kebab_case();
    match name.strip_suffix("-deprecated") {
        Some(name) => name.to_owned(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_name_an_area_alike() {
        for tag in [
            "Integration audit log subscriptions",
            "subpackage_integrationAuditLogSubscriptions",
        ] {
            assert_eq!(area(tag), "integration-audit-log-subscriptions");
        }
        assert_eq!(area("OAuth2 Clients"), "oauth2-clients");
        assert_eq!(area("Feature flags (beta)"), "feature-flags-beta");
        assert_eq!(area("subpackage_featureFlagsBeta"), "feature-flags-beta");
    }

    #[test]
    fn a_deprecated_area_keeps_its_name() {
        for tag in [
            "Release pipelines",
            "Release pipelines (deprecated)",
            "subpackage_releasePipelinesDeprecated",
        ] {
            assert_eq!(area(tag), "release-pipelines");
        }
    }

    #[test]
    fn an_operation_without_a_tag_is_refused_with_its_place() {
        for (tags, place) in [
            (json!(null), "/paths/~1p/get"),
            (json!([]), "/paths/~1p/get/tags"),
            (json!(["()"]), "/paths/~1p/get/tags/0"),
            (json!(["2nd"]), "/paths/~1p/get/tags/0"),
            (json!(["\u{1369}"]), "/paths/~1p/get/tags/0"),
            (json!(["\u{e9}t\u{e9}"]), "/paths/~1p/get/tags/0"),
        ] {
            let mut root = json!({"paths": {"/p": {"get": {"tags": tags}}}});
            assert_eq!(apply(&mut root).unwrap_err().pointer.as_str(), place);
        }
    }
}
