//! Whatever a document holds, importing it ends in an error or a document: no
//! panic.

use launchdarkly_api_codegen::Document;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{canonical, changes, drafts, keep_descriptions, merge};

fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Lamps", "version": "1"},
        "servers": [{"url": "https://app.launchdarkly.com"}],
        "tags": [{"name": "Lamps", "description": "All."}],
        "paths": {"/lamps/{key}": {
            "parameters": [{"name": "key", "in": "path", "required": true, "schema": {"type": "string"}}],
            "post": {
                "operationId": "post-lamp", "tags": ["subpackage_lamps"],
                "parameters": [{"name": "Authorization", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamp"}}}},
                "responses": {"200": {"description": "", "headers": {"X-A": {"schema": {"type": "string"}}}}}
            }
        }},
        "components": {"schemas": {
            "Kind": {"type": "string", "enum": ["a", "b"]},
            "Lamp": {"type": "object", "required": ["kind"], "properties": {
                "kind": {"$ref": "#/components/schemas/Kind"},
                "inner": {"type": "array", "items": {"$ref": "#/components/schemas/Lamp"}},
                "all": {"allOf": [{"$ref": "#/components/schemas/Kind"}]}
            }}
        }}
    })
}

/// Puts a value in the place of the node of that number, or drops the node.
/// Tells whether there was one.
fn mutate(value: &mut Value, number: &mut usize, put: &Option<Value>) -> bool {
    let mut dropped = None;
    match value {
        Value::Object(object) => {
            for (key, inner) in object.iter_mut() {
                if *number > 0 {
                    *number -= 1;
                    if mutate(inner, number, put) {
                        return true;
                    }
                    continue;
                }
                match put {
                    Some(put) => {
                        inner.clone_from(put);
                        return true;
                    }
                    None => dropped = Some(key.clone()),
                }
                break;
            }
            dropped.is_some_and(|key| object.remove(&key).is_some())
        }
        Value::Array(values) => values.iter_mut().any(|inner| mutate(inner, number, put)),
        _ => false,
    }
}

fn put() -> impl Strategy<Value = Option<Value>> {
    proptest::sample::select(vec![
        None,
        Some(json!(null)),
        Some(json!(7)),
        Some(json!("text")),
        Some(json!([])),
        Some(json!([1, "a", null])),
        Some(json!({})),
        Some(json!({"type": "object", "properties": 1})),
        Some(json!({"$ref": "#/components/schemas/Lamp"})),
        Some(json!({"$ref": "#/components/schemas/Nowhere"})),
        Some(json!({"$ref": 1})),
    ])
}

fn import(before: &Value, document: &Value) -> anyhow::Result<()> {
    let document = Document::new("mutated.json", document.clone())?.unified()?;
    let facts = canonical::facts(&document).root;
    let mut merged = merge::merge(before, &facts)?;
    keep_descriptions::words(before, &mut merged);
    let _ = (changes::between(before, &merged), drafts::filled(&merged));
    drafts::remove(&mut document.clone());
    let mut replaced = facts;
    keep_descriptions::words(before, &mut replaced);
    let _ = (
        changes::between(before, &replaced),
        drafts::filled(&replaced),
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_document_is_imported_or_refused(
        mutations in proptest::collection::vec((0..90_usize, put()), 1..4)
    ) {
        let before = canonical::facts(&document()).root;
        let mut mutated = document();
        for (mut number, put) in mutations {
            mutate(&mut mutated, &mut number, &put);
        }
        if let Err(error) = import(&before, &mutated) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
