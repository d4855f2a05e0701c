//! Each schema has the name of the Rust type that it becomes.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use jsonptr::PointerBuf;
use serde_json::Value;

use crate::{
    error::Fault,
    overlay::{
        Acronyms,
        names::{Named, refer, rename},
    },
};

/// Renames the schemas, where they stand and where they are used. The result has
/// the published names by the type's.
pub(super) fn apply(
    root: &mut Value,
    named: Named,
    acronyms: &Acronyms,
) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let Named {
        mut published,
        mut renamed,
        ..
    } = named;
    let schemas = root["components"]["schemas"].as_object();
    let type_names: BTreeMap<String, String> = schemas
        .into_iter()
        .flatten()
        .map(|(name, _)| (name.clone(), type_name(name, acronyms)))
        .collect();
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, ty) in &type_names {
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
    rename(root, &type_names);
    for name in renamed.values_mut() {
        if let Some(ty) = type_names.get(name) {
            name.clone_from(ty);
        }
    }
    for (name, ty) in type_names {
        renamed.entry(name).or_insert(ty);
    }
    refer(root, &renamed);
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

    fn named(published: &[(&str, &[&str])]) -> Named {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Named {
            published: published
                .iter()
                .map(|(name, all)| ((*name).to_owned(), names(all)))
                .collect(),
            renamed: BTreeMap::new(),
            stale: Vec::new(),
        }
    }

    #[test]
    fn schemas_are_renamed_where_they_are_used_and_keep_their_published_names() {
        let mut root = json!({"components": {"schemas": {
            "ABTest": {"type": "object"},
            "ab_list": {"items": {"$ref": "#/components/schemas/ABTest"}},
            "Both": {"type": "string"},
        }}});
        let named = named(&[("ABTest", &["ABTest"]), ("Both", &["One", "Other"])]);
        let types = apply(&mut root, named, &Acronyms::default()).unwrap();
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
        let named = named(&[("FooBar", &["FooBar"]), ("fooBar", &["fooBar"])]);
        let fault = apply(&mut root, named, &Acronyms::default()).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/components/schemas/fooBar");
        assert!(
            fault.reason.contains("type name `FooBar`"),
            "{}",
            fault.reason
        );
    }
}
