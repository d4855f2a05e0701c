//! Only formats that make a Rust type.
//!
//! LaunchDarkly's documents carry formats that say nothing (`string` on a
//! string) or stand where typify stops at any format (a boolean). A string
//! keeps none: the server does not promise that what it sends as `uuid` or
//! `date-time` parses, and one value that does not must not cost a page.

use serde_json::Value;

use crate::spec::visit::Object;

/// The formats that stay, by type (OpenAPI 3.0.3, "Data Types").
fn is_kept(kind: &str, format: &str) -> bool {
    match kind {
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        "string" => format == "binary",
        _ => false,
    }
}

pub(super) fn apply(schema: &mut Object) {
    if let Some(format) = schema.get("format") {
        let kind = schema
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !format.as_str().is_some_and(|format| is_kept(kind, format)) {
            schema.remove("format");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn formats_that_make_a_type_stay_and_the_rest_go() {
        for (mut schema, stays) in [
            (json!({"type": "integer", "format": "int64"}), true),
            (json!({"type": "number", "format": "double"}), true),
            (json!({"type": "integer", "format": "int"}), false),
            (json!({"type": "boolean", "format": "boolean"}), false),
            (json!({"type": "string", "format": "string"}), false),
            (json!({"type": "string", "format": "uuid"}), false),
            (json!({"format": "x"}), false),
        ] {
            apply(schema.as_object_mut().unwrap());
            assert_eq!(schema.get("format").is_some(), stays, "{schema}");
        }
    }
}
