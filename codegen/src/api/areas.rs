//! The areas of the API: what a document calls each, and says of it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Operation;
use crate::normalize::areas::area;

/// An area of the API: a tag of the document, and a feature of the crate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Area {
    /// The tag's name, such as `Feature flags (beta)`.
    pub title: String,
    /// The documentation; empty if the document has none.
    pub description: String,
    /// The name of the area's module of request builders.
    pub module: String,
}

/// The areas of these operations, by feature.
pub(super) fn read(
    root: &Value,
    operations: &BTreeMap<String, Operation>,
) -> BTreeMap<String, Area> {
    let tags = root["tags"].as_array().into_iter().flatten();
    let tags: BTreeMap<String, &Value> = tags
        .filter_map(|tag| Some((area(tag["name"].as_str()?), tag)))
        .collect();
    operations
        .values()
        .map(|operation| {
            let name = operation.area.as_str();
            let text = |key: &str| tags.get(name)?[key].as_str();
            let area = Area {
                title: text("name").map_or_else(|| title(name), str::to_owned),
                description: text("description").unwrap_or_default().trim().to_owned(),
                module: module(name),
            };
            (name.to_owned(), area)
        })
        .collect()
}

/// The title of an area that has no tag object.
fn title(name: &str) -> String {
    let words = match name.strip_suffix("-beta") {
        Some(stable) => format!("{} (beta)", stable.replace('-', " ")),
        None => name.replace('-', " "),
    };
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The name of an area as a module.
fn module(name: &str) -> String {
    let name = name.replace('-', "_");
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("area_{name}")
    } else if typify::accept_as_ident(&name) {
        name
    } else {
        // A keyword.
        format!("{name}_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_without_a_tag_object_has_a_title_and_every_area_has_a_module() {
        for (area, expected_title, expected_module) in [
            ("feature-flags", "Feature flags", "feature_flags"),
            (
                "feature-flags-beta",
                "Feature flags (beta)",
                "feature_flags_beta",
            ),
            ("type", "Type", "type_"),
            ("2fa", "2fa", "area_2fa"),
        ] {
            assert_eq!(title(area), expected_title);
            assert_eq!(module(area), expected_module);
        }
    }
}
