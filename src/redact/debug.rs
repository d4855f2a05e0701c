//! `Debug` of the generated types, without secrets.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use super::REDACTED;
use crate::codec::{Extra, Value};

/// Writes `Debug` of a struct from the names and values of its fields, and the
/// names of its unknown properties if there are any. It is one call, because
/// each call in each generated type costs compile time.
pub(crate) fn debug(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    fields: &[&str],
    values: &[&dyn fmt::Debug],
    extra: &Extra,
) -> fmt::Result {
    let mut debug = f.debug_struct(name);
    for (field, value) in fields.iter().zip(values) {
        debug.field(field, value);
    }
    if !extra.is_empty() {
        debug.field("extra", extra);
    }
    debug.finish()
}

/// Shows whether a secret property is present, but not its value.
pub(crate) fn presence<T: Value>(secret: &T) -> impl fmt::Debug {
    struct Shown(&'static str);

    impl fmt::Debug for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    Shown(if secret.is_absent() {
        "[absent]"
    } else {
        REDACTED
    })
}

/// Shows the structure of JSON: property names, `true`, `false` and `null`.
/// Hides strings and numbers, because without a schema any of them may be
/// secret.
pub(crate) fn shape<T: Serialize>(value: &T) -> impl fmt::Debug {
    struct Shape<'a>(&'a Json);

    impl fmt::Debug for Shape<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0 {
                Json::Null => f.write_str("null"),
                Json::Bool(value) => write!(f, "{value}"),
                Json::Number(_) => f.write_str("number"),
                Json::String(_) => f.write_str("string"),
                Json::Array(values) => f.debug_list().entries(values.iter().map(Shape)).finish(),
                Json::Object(object) => f
                    .debug_map()
                    .entries(object.iter().map(|(key, value)| (key, Shape(value))))
                    .finish(),
            }
        }
    }

    struct Shaped<'a, T>(&'a T);

    impl<T: Serialize> fmt::Debug for Shaped<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match serde_json::to_value(self.0) {
                Ok(value) => Shape(&value).fmt(f),
                Err(_) => f.write_str("not JSON"),
            }
        }
    }

    Shaped(value)
}
