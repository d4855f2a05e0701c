//! Values as JSON, exactly as they are sent.

use serde::Serialize;

/// A value as JSON, with the numbers that are written to the wire:
/// [`serde_json::to_value`] makes 0.10000000149011612 of an `f32` of 0.1.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<serde_json::Value> {
    serde_json::from_slice(&serde_json::to_vec(value)?)
}

/// An object as a map.
pub(crate) fn to_json_map(value: &impl Serialize) -> serde_json::Map<String, serde_json::Value> {
    match to_json(value) {
        Ok(serde_json::Value::Object(map)) => map,
        // An object is written as one, and its keys are text.
        _ => serde_json::Map::new(),
    }
}
