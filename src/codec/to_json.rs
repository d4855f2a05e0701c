//! Encodes values as JSON.

use serde::Serialize;

/// Encodes a value with the numbers of the wire format.
/// [`serde_json::to_value`] makes 0.10000000149011612 of an `f32` of 0.1.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<serde_json::Value> {
    serde_json::from_str(&serde_json::to_string(value)?)
}

/// Encodes an object as a map.
pub(crate) fn to_json_map(value: &impl Serialize) -> serde_json::Map<String, serde_json::Value> {
    match to_json(value) {
        Ok(serde_json::Value::Object(map)) => map,
        // An object encodes as an object with strings as keys.
        _ => serde_json::Map::new(),
    }
}
