//! Each schema has the name of the Rust type that it becomes.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use jsonptr::PointerBuf;
use serde_json::Value;

use crate::{
    error::Fault,
    overlay::{Acronyms, names::rename},
};

/// Renames the schemas. `published` has the published names by the name that a
/// schema has now, the result by the type's.
pub(super) fn apply(
    root: &mut Value,
    mut published: BTreeMap<String, Vec<String>>,
    acronyms: &Acronyms,
) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let schemas = root["components"]["schemas"].as_object();
    let renamed: BTreeMap<String, String> = schemas
        .into_iter()
        .flatten()
        .map(|(name, _)| (name.clone(), type_name(name, acronyms)))
        .collect();
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, ty) in &renamed {
        let names = published.remove(name).unwrap_or_default();
        if let Some(others) = types.insert(ty.clone(), names) {
            return Err(Fault::at(
                PointerBuf::from_tokens(["components", "schemas", name]),
                format!(
                    "has the type name `{ty}`, and so has `{}`",
                    others.join("`, `")
                ),
            ));
        }
    }
    rename(root, &renamed);
    Ok(types)
}

/// The name of a schema's type.
fn type_name(schema: &str, acronyms: &Acronyms) -> String {
    acronyms.join(&schema.to_snake_case()).to_upper_camel_case()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_renamed_where_they_are_used_and_keep_their_published_names() {
        let mut root = json!({"components": {"schemas": {
            "ABTest": {"type": "object"},
            "ab_list": {"items": {"$ref": "#/components/schemas/ABTest"}},
            "Both": {"type": "string"},
        }}});
        let published = [("ABTest", vec!["ABTest"]), ("Both", vec!["One", "Other"])];
        let published = published.map(|(name, names)| {
            let names = names.into_iter().map(str::to_owned).collect::<Vec<_>>();
            (name.to_owned(), names)
        });
        let types = apply(&mut root, published.into(), &Acronyms::default()).unwrap();
        assert_eq!(
            root["components"]["schemas"],
            json!({
                "AbTest": {"type": "object"},
                "AbList": {"items": {"$ref": "#/components/schemas/AbTest"}},
                "Both": {"type": "string"},
            })
        );
        assert_eq!(types["AbTest"], ["ABTest"]);
        assert_eq!(types["Both"], ["One", "Other"]);
        // One that the files beside the document name.
        assert_eq!(types["AbList"], [""; 0]);
    }

    #[test]
    fn two_schemas_of_one_type_are_refused_with_both_names() {
        let mut root = json!({"components": {"schemas": {"FooBar": {}, "fooBar": {}}}});
        let published = ["FooBar", "fooBar"].map(|name| (name.to_owned(), vec![name.to_owned()]));
        let fault = apply(&mut root, published.into(), &Acronyms::default()).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/components/schemas/fooBar");
        assert!(
            fault.reason.contains("type name `FooBar`"),
            "{}",
            fault.reason
        );
    }
}
