//! Applies the change of a typed value to the JSON that the value was decoded
//! from.

use serde_json::{Map, Value};

use super::matching::{Source, sources};

/// Returns `raw` with the change from `before` to `after`.
///
/// `raw` is the JSON that the server sent, and `before` the JSON of the typed
/// value. So `raw` may have more properties, and null or nothing where `before`
/// has an empty value. Unchanged values stay as they are in `raw`.
#[inline]
pub(crate) fn with_change(raw: &Value, before: &Value, after: &Value) -> Value {
    if before == after {
        return raw.clone();
    }
    match (raw, before, after) {
        (Value::Object(raw), Value::Object(before), Value::Object(after)) => {
            object_with_change(raw, before, after).into()
        }
        // The typed value has all elements of an array, in order.
        (Value::Array(raw), Value::Array(before), Value::Array(after))
            if raw.len() == before.len() =>
        {
            let changed = |(source, new): (Source, &Value)| match source {
                Source::Same(index) => with_change(&raw[index], &before[index], new),
                Source::Replaces(_) | Source::New => new.clone(),
            };
            let sources = sources(before, after);
            sources.into_iter().zip(after).map(changed).collect()
        }
        _ => after.clone(),
    }
}

#[inline]
fn object_with_change(
    raw: &Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Map<String, Value> {
    let mut changed = Map::new();
    for (key, value) in raw {
        if after.contains_key(key) || !before.contains_key(key) {
            changed.insert(key.clone(), value.clone());
        }
    }
    for (key, new) in after {
        let value = match (raw.get(key), before.get(key)) {
            (_, Some(old)) if old == new => continue,
            (Some(raw), Some(old)) => with_change(raw, old, new),
            _ => new.clone(),
        };
        changed.insert(key.clone(), value);
    }
    changed
}
