//! Request bodies in a media type progenitor knows.
//!
//! A JSON body stays. A `multipart/form-data` body becomes a stream of octets
//! here, and a [`reqwest` form](https://docs.rs/reqwest/latest/reqwest/multipart/struct.Form.html)
//! in the generated code (`crate::rust::send`).

use serde_json::{Value, json};

use crate::{error::Fault, spec::visit};

pub(crate) const JSON: &str = "application/json";
pub(crate) const MULTIPART: &str = "multipart/form-data";

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::operations_mut(root, |place, operation| {
        let Some(body) = operation.get_mut("requestBody") else {
            return Ok(());
        };
        let Some(Value::Object(content)) = body.get_mut("content") else {
            return Err(place.fault(&["requestBody"], "has no `content`"));
        };
        if content.contains_key(JSON) {
            content.retain(|media_type, _| media_type == JSON);
        } else if content.contains_key(MULTIPART) {
            *content = visit::Object::new();
            content.insert(
                "application/octet-stream".into(),
                json!({"schema": {"type": "string", "format": "binary"}}),
            );
        } else {
            let types: Vec<_> = content.keys().map(String::as_str).collect();
            return Err(place.fault(
                &["requestBody", "content"],
                format!("holds neither {JSON} nor {MULTIPART}, but {types:?}"),
            ));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_content(content: Value) -> Result<Value, Fault> {
        let body = json!({"content": content});
        let mut root = json!({"paths": {"/p": {"post": {"requestBody": body}}}});
        apply(&mut root).map(|()| root["paths"]["/p"]["post"]["requestBody"]["content"].clone())
    }

    #[test]
    fn json_is_kept_and_a_form_becomes_octets() {
        assert_eq!(
            with_content(json!({"application/json": {}, "text/csv": {}})).unwrap(),
            json!({"application/json": {}})
        );
        assert_eq!(
            with_content(json!({"multipart/form-data": {"schema": {"properties": {}}}})).unwrap(),
            json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}})
        );
    }

    #[test]
    fn another_media_type_is_refused_by_name() {
        let fault = with_content(json!({"application/xml": {}})).unwrap_err();
        assert_eq!(
            fault.pointer.as_str(),
            "/paths/~1p/post/requestBody/content"
        );
        assert!(fault.reason.contains("application/xml"));
    }
}
