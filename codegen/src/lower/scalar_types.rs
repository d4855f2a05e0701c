//! Scalars whose name says what they mean have a type of the crate's own:
//! timestamps are no bare integers.

use serde_json::{Value, json};

use super::{TypeOverride, TypeOverrides};
use crate::{
    error::Fault,
    model,
    normalize::aliases::is_timestamp,
    overlay::Properties,
    spec::visit::{self, At},
};

/// A timestamp in Unix epoch milliseconds.
const UNIX_MILLIS: TypeOverride = TypeOverride {
    rust: model::UNIX_MILLIS,
    schema: "integer",
};

/// Refers an integer whose property is known to hold epoch milliseconds to the type
/// for them.
pub(super) fn apply(
    at: &At<'_>,
    schema: &mut Value,
    properties: &Properties,
    overrides: &mut TypeOverrides,
) {
    if schema.get("type").is_none_or(|kind| kind != "integer") {
        return;
    }
    let tokens = at.tokens();
    let others = &properties.other_integers;
    let is_time = match tokens.as_slice() {
        [_, _, ty, .., _, name] if others.contains(&format!("{ty}.{name}")) => false,
        [.., name] if properties.epoch_millis.contains(*name) => tokens.len() > 4,
        [.., name] => is_timestamp(schema) && !others.contains(*name),
        [] => false,
    };
    if is_time {
        refer(schema, overrides);
    }
}

/// Refers the integers of parameters in the same way.
pub(super) fn parameters(
    root: &mut Value,
    properties: &Properties,
    overrides: &mut TypeOverrides,
) -> Result<(), Fault> {
    visit::operations_mut(root, |_, operation| {
        for parameter in operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let named = parameter
                .get("name")
                .and_then(Value::as_str)
                .is_some_and(|name| properties.epoch_millis.contains(name));
            if let Some(schema) = parameter.get_mut("schema")
                && named
                && schema.get("type").is_some_and(|kind| kind == "integer")
            {
                refer(schema, overrides);
            }
        }
        Ok(())
    })
}

fn refer(schema: &mut Value, overrides: &mut TypeOverrides) {
    let reference = overrides.reference(UNIX_MILLIS);
    // Beside a reference nothing can stand.
    *schema = match schema.get("description") {
        Some(description) => json!({"description": description, "allOf": [reference]}),
        None => reference,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_known_names_are_times_and_the_others_stay() {
        let integer = json!({"type": "integer", "format": "int64"});
        let mut root = json!({
            "paths": {"/p": {"get": {"parameters": [{"name": "after", "schema": integer}]}}},
            "components": {"schemas": {
                "A": {"properties": {"at": integer, "count": integer,
                    "after": {"description": "d", "type": "integer"}}},
                "B": {"properties": {"after": integer}}
            }}
        });
        let properties: Properties =
            crate::spec::yaml::from_str("{epoch_millis: [at, after], other_integers: [B.after]}")
                .unwrap();
        let mut overrides = TypeOverrides::of(&root);
        visit::schemas_mut(&mut root, &mut |at, schema| {
            apply(at, schema, &properties, &mut overrides);
            Ok(())
        })
        .unwrap();
        parameters(&mut root, &properties, &mut overrides).unwrap();
        let time = overrides.reference(UNIX_MILLIS);
        assert_eq!(overrides.iter().count(), 1);
        let schemas = &root["components"]["schemas"];
        assert_eq!(schemas["A"]["properties"]["at"], time);
        assert_eq!(
            schemas["A"]["properties"]["after"],
            json!({"description": "d", "allOf": [time]})
        );
        assert_eq!(schemas["A"]["properties"]["count"], integer);
        assert_eq!(schemas["B"]["properties"]["after"], integer);
        let parameter = &root["paths"]["/p"]["get"]["parameters"][0];
        assert_eq!(parameter["schema"], time);
    }
}
