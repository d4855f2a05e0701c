//! Only formats that make a Rust type.
//!
//! LaunchDarkly's documents carry formats that say nothing (`string` on a
//! string) or stand where typify stops at any format (a boolean). A string
//! keeps none: the server does not promise that what it sends as `uuid` or
//! `date-time` parses, and one value that does not must not cost a page.

use serde_json::Value;

use crate::{error::Fault, spec::visit};

/// The formats that stay, by type (OpenAPI 3.0.3, "Data Types").
fn is_kept(kind: &str, format: &str) -> bool {
    match kind {
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        "string" => format == "binary",
        _ => false,
    }
}

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::schemas_mut(root, &mut |_, schema| {
        if let Value::Object(schema) = schema
            && let Some(format) = schema.get("format")
        {
            let kind = schema
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if !format.as_str().is_some_and(|format| is_kept(kind, format)) {
                schema.remove("format");
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn formats_that_make_a_type_stay_and_the_rest_go() {
        for (schema, stays) in [
            (json!({"type": "integer", "format": "int64"}), true),
            (json!({"type": "number", "format": "double"}), true),
            (json!({"type": "integer", "format": "int"}), false),
            (json!({"type": "boolean", "format": "boolean"}), false),
            (json!({"type": "string", "format": "string"}), false),
            (json!({"type": "string", "format": "uuid"}), false),
            (json!({"format": "x"}), false),
        ] {
            let mut root = json!({"components": {"schemas": {"S": schema}}});
            apply(&mut root).unwrap();
            let kept = root["components"]["schemas"]["S"].get("format").is_some();
            assert_eq!(kept, stays, "{schema}");
        }
    }
}
