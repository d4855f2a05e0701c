//! One response an operation: what it answers when it succeeds.
//!
//! progenitor makes a type of every error response and stops when there are
//! two (290 of LaunchDarkly's operations have more). Documented or not, an
//! error response is `launchdarkly_api::Error`'s to read, so all of them go,
//! `default` too. Of several success responses the one with a body stays.

use serde_json::{Value, json};

use crate::{
    error::Fault,
    model::JSON,
    spec::{prose, visit},
};

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::operations_mut(root, |place, operation| {
        let Some(Value::Object(responses)) = operation.get_mut("responses") else {
            return Err(place.fault(&[], "has no `responses`"));
        };
        responses.retain(|status, _| status.starts_with('2'));
        let mut kept: Option<(String, Value)> = None;
        for (status, response) in &*responses {
            let mut response = response.clone();
            keep_json(&mut response);
            let schema = |response: &Value| {
                response
                    .pointer("/content/application~1json/schema")
                    .map(prose::without)
            };
            match &kept {
                Some((first, other)) if schema(&response).is_some() && schema(other).is_some() => {
                    if schema(&response) != schema(other) {
                        return Err(place.fault(
                            &["responses", status],
                            format!("differs from response {first}: one type cannot hold both"),
                        ));
                    }
                }
                Some(_) if schema(&response).is_none() => {}
                _ => kept = Some((status.clone(), response)),
            }
        }
        match kept {
            Some((status, mut response)) => {
                // OpenAPI requires it, and no Rust depends on it.
                if let Value::Object(response) = &mut response {
                    response.entry("description").or_insert_with(|| json!(""));
                }
                responses.clear();
                responses.insert(status, response);
                Ok(())
            }
            None => Err(place.fault(&["responses"], "has no success (2xx) response")),
        }
    })
}

/// Of a response's media types, JSON; a body in any other is bytes.
fn keep_json(response: &mut Value) {
    let Some(Value::Object(content)) = response.get_mut("content") else {
        return;
    };
    match content
        .remove(JSON)
        .filter(|media| media.get("schema").is_some())
    {
        Some(media) => {
            content.clear();
            content.insert(JSON.into(), media);
        }
        None if content.is_empty() => {}
        None => {
            content.clear();
            content.insert(
                "application/octet-stream".into(),
                json!({"schema": {"type": "string", "format": "binary"}}),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(responses: Value) -> Result<Value, Fault> {
        let mut root = json!({"paths": {"/p": {"get": {"responses": responses}}}});
        apply(&mut root).map(|()| root["paths"]["/p"]["get"]["responses"].clone())
    }

    fn body(name: &str) -> Value {
        json!({"description": "", "content": {"application/json": {"schema": {"$ref": name}}}})
    }

    #[test]
    fn error_responses_and_the_default_are_left_to_the_error_type() {
        assert_eq!(
            kept(
                json!({"200": body("#/A"), "400": body("#/B"), "404": body("#/C"), "default": {}})
            )
            .unwrap(),
            json!({"200": body("#/A")})
        );
    }

    #[test]
    fn of_several_successes_the_one_with_a_body_stays() {
        let empty = json!({"description": "nothing"});
        for (responses, expected) in [
            (
                json!({"200": body("#/A"), "204": empty}),
                json!({"200": body("#/A")}),
            ),
            (
                json!({"200": empty, "201": body("#/A")}),
                json!({"201": body("#/A")}),
            ),
            (
                json!({"201": body("#/A"), "207": body("#/A")}),
                json!({"201": body("#/A")}),
            ),
            (json!({"204": empty}), json!({"204": empty})),
        ] {
            assert_eq!(kept(responses).unwrap(), expected);
        }
    }

    #[test]
    fn two_different_bodies_and_no_success_are_refused() {
        let fault = kept(json!({"200": body("#/A"), "201": body("#/B")})).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1p/get/responses/201");
        assert!(kept(json!({"404": {}})).is_err());
    }
}
