//! Request bodies: progenitor reads those that are JSON. Patch documents and
//! forms are the model's ([`crate::api::Body`]), and go.

use serde_json::Value;

use crate::{
    error::Fault,
    model::{Content, JSON, content},
    spec::visit,
};

/// Removes from `root` what progenitor is not to read of the bodies. `whole` is
/// the document as it was normalized.
pub(super) fn apply(root: &mut Value, whole: &Value) -> Result<(), Fault> {
    visit::operations_mut(root, |place, operation| {
        let normalized = &whole["paths"][place.path][place.method];
        match content(whole, place.method, normalized) {
            Ok(None) => {}
            Ok(Some(Content::Json)) => {
                let content = operation
                    .get_mut("requestBody")
                    .and_then(|body| body.get_mut("content"))
                    .and_then(Value::as_object_mut);
                if let Some(content) = content {
                    content.retain(|media_type, _| media_type == JSON);
                }
            }
            Ok(Some(Content::Patch(_) | Content::Multipart(_))) => {
                operation.remove("requestBody");
            }
            Err(_) if !normalized["requestBody"]["content"].is_object() => {
                return Err(place.fault(&["requestBody"], "has no `content`"));
            }
            Err(types) => {
                return Err(place.fault(
                    &["requestBody", "content"],
                    format!("holds neither {JSON} nor multipart/form-data, but {types:?}"),
                ));
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_content(content: Value) -> Result<Value, Fault> {
        let body = json!({"content": content});
        let whole = json!({"paths": {"/p": {"post": {"requestBody": body}}}});
        let mut root = whole.clone();
        apply(&mut root, &whole).map(|()| root["paths"]["/p"]["post"].clone())
    }

    #[test]
    fn json_stays_and_a_form_goes() {
        assert_eq!(
            with_content(json!({"application/json": {}, "text/csv": {}})).unwrap(),
            json!({"requestBody": {"content": {"application/json": {}}}})
        );
        assert_eq!(
            with_content(json!({"multipart/form-data": {"schema": {"properties": {}}}})).unwrap(),
            json!({})
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
