//! Header parameters that are the client's business, not an argument.
//!
//! `Authorization` is the security scheme's; `LD-API-Version` is decided per
//! operation from [`crate::facts`]. The rest stay arguments.

use serde_json::Value;

use crate::{error::Fault, spec::visit};

/// The headers the client sets itself (names compare without case, RFC 9110
/// section 5.1).
const OURS: [&str; 2] = ["Authorization", "LD-API-Version"];

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    if let Some(Value::Object(paths)) = root.get_mut("paths") {
        for item in paths.values_mut() {
            drop_ours(item.get_mut("parameters"));
        }
    }
    visit::operations_mut(root, |_, operation| {
        drop_ours(operation.get_mut("parameters"));
        Ok(())
    })
}

fn drop_ours(parameters: Option<&mut Value>) {
    if let Some(Value::Array(parameters)) = parameters {
        parameters.retain(|parameter| {
            parameter.get("in").and_then(Value::as_str) != Some("header")
                || !parameter
                    .get("name")
                    .and_then(Value::as_str)
                    .is_some_and(|name| OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name)))
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn authorization_and_version_are_no_arguments_and_other_parameters_are() {
        let mut root = json!({"paths": {"/p": {
            "parameters": [{"in": "header", "name": "Authorization"}],
            "get": {"parameters": [
                {"in": "header", "name": "authorization"},
                {"in": "header", "name": "LD-API-Version"},
                {"in": "header", "name": "If-Match"},
                {"in": "query", "name": "authorization"},
            ]}
        }}});
        apply(&mut root).unwrap();
        assert_eq!(root["paths"]["/p"]["parameters"], json!([]));
        assert_eq!(
            root["paths"]["/p"]["get"]["parameters"],
            json!([{"in": "header", "name": "If-Match"}, {"in": "query", "name": "authorization"}])
        );
    }
}
