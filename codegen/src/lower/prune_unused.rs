//! Schemas no operation reaches are dropped: every type costs its users
//! compile time.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{error::Fault, spec::visit};

/// The names of the schemas that parts of a document use, directly or through
/// others.
pub(crate) fn reached<'a>(
    root: &Value,
    parts: impl IntoIterator<Item = &'a Value>,
) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = Vec::new();
    for part in parts {
        visit::referenced_schemas(part, &mut |name| open.push(name));
    }
    while let Some(name) = open.pop() {
        let schema = &root["components"]["schemas"][&name];
        if reached.insert(name) {
            visit::referenced_schemas(schema, &mut |name| open.push(name));
        }
    }
    reached
}

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    let reached = reached(root, root.get("paths"));
    if let Some(Value::Object(components)) = root.get_mut("components") {
        components.retain(|kind, _| matches!(kind.as_str(), "schemas" | "securitySchemes"));
        if let Some(Value::Object(schemas)) = components.get_mut("schemas") {
            schemas.retain(|name, _| reached.contains(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_operation_reaches_stays_and_the_rest_goes() {
        let mut root = json!({
            "paths": {"/p": {"get": {"schema": {"$ref": "#/components/schemas/A"}}}},
            "components": {"responses": {}, "schemas": {
                "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
                "B": {"items": {"$ref": "#/components/schemas/A"}},
                "C": {"items": {"$ref": "#/components/schemas/A"}},
            }}
        });
        apply(&mut root).unwrap();
        let components = root["components"].as_object().unwrap();
        assert_eq!(components.keys().collect::<Vec<_>>(), ["schemas"]);
        let left = components["schemas"].as_object().unwrap();
        assert_eq!(left.keys().collect::<Vec<_>>(), ["A", "B"]);
    }
}
