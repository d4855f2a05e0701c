//! JSON Schemas of requests and responses (the feature `schemars`).
//!
//! Writing an empty value lists the properties of its type
//! ([`Value::write_properties`](crate::codec::Value::write_properties)), so
//! that no type needs code of its own for its schema.

/// Implements `JsonSchema` under the name of the type, by a function that makes
/// the schema. Expands to nothing without the feature.
macro_rules! named {
    ($name:ident, $schema:expr) => {
        #[cfg(feature = "schemars")]
        impl $crate::codec::schema::SchemaValue for $name {
            fn schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        #[cfg(feature = "schemars")]
        #[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let make: fn(&mut ::schemars::SchemaGenerator) -> ::schemars::Schema = $schema;
                $crate::codec::schema::described(make(generator), module_path!(), stringify!($name))
            }
        }
    };
}

pub(crate) use named;

#[cfg(feature = "schemars")]
pub(crate) use enabled::{SchemaValue, described, of_field, of_object, of_open_enum, of_union};

/// A type with a JSON Schema. Every type, without the feature.
#[cfg(not(feature = "schemars"))]
pub(crate) trait SchemaValue {}

#[cfg(not(feature = "schemars"))]
impl<T> SchemaValue for T {}

#[cfg(feature = "schemars")]
mod enabled {
    use std::collections::BTreeMap;

    use schemars::{Schema, SchemaGenerator, json_schema};
    use serde::Serialize;
    use serde_json::{Map, Value as Json, json};

    use crate::{
        codec::{Alternatives, Extra, Union, Value, WriteProperties},
        generated::descriptions::ALL,
    };

    /// A type with a JSON Schema.
    pub(crate) trait SchemaValue {
        /// Returns the schema of a value that is not null.
        fn schema(generator: &mut SchemaGenerator) -> Schema;
    }

    impl<T: SchemaValue> SchemaValue for Option<T> {
        fn schema(generator: &mut SchemaGenerator) -> Schema {
            or_null(T::schema(generator))
        }
    }

    impl<T: SchemaValue> SchemaValue for Box<T> {
        fn schema(generator: &mut SchemaGenerator) -> Schema {
            T::schema(generator)
        }
    }

    impl<T: SchemaValue> SchemaValue for Vec<T> {
        fn schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "array", "items": T::schema(generator)})
        }
    }

    impl<T: SchemaValue> SchemaValue for BTreeMap<String, T> {
        fn schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "object", "additionalProperties": T::schema(generator)})
        }
    }

    macro_rules! schemas {
        ($($type:ty),+) => {$(
            impl SchemaValue for $type {
                fn schema(generator: &mut SchemaGenerator) -> Schema {
                    generator.subschema_for::<Self>()
                }
            }
        )+};
    }

    schemas!(
        bool, String, Json, Map<String, Json>,
        f32, f64, i8, i16, i32, i64, u8, u16, u32, u64
    );

    /// Returns the schema of an object. It allows unknown properties.
    pub(crate) fn of_object<T: Value>(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = Properties {
            generator,
            schemas: Map::new(),
            required: Vec::new(),
        };
        T::error_corrected_default().write_properties(&mut properties);
        let Properties {
            schemas, required, ..
        } = properties;
        let mut schema = json_schema!({"type": "object"});
        if !schemas.is_empty() {
            schema.insert("properties".to_owned(), schemas.into());
        }
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
        schema
    }

    /// Collects the schemas of the properties of an object.
    struct Properties<'a> {
        generator: &'a mut SchemaGenerator,
        schemas: Map<String, Json>,
        required: Vec<&'static str>,
    }

    impl WriteProperties for Properties<'_> {
        fn required<T: Value + Serialize>(&mut self, name: &'static str, _: &T) {
            let schema = T::schema(self.generator);
            self.schemas.insert(name.to_owned(), schema.into());
            self.required.push(name);
        }

        fn optional<T: Value + Serialize>(&mut self, name: &'static str, _: &T) {
            let schema = or_null(T::schema(self.generator));
            self.schemas.insert(name.to_owned(), schema.into());
        }

        fn extra(&mut self, _: &Extra) {}
    }

    /// Returns the schema of a union: each known alternative, and any other
    /// value.
    pub(crate) fn of_union<T: Union>(generator: &mut SchemaGenerator) -> Schema {
        let mut known = Known {
            generator,
            schemas: Vec::new(),
        };
        T::alternatives(&mut known);
        let mut schemas = known.schemas;
        schemas.push(true.into());
        json_schema!({"anyOf": schemas})
    }

    struct Known<'a> {
        generator: &'a mut SchemaGenerator,
        schemas: Vec<Schema>,
    }

    impl<U> Alternatives<U> for Known<'_> {
        fn add<T: Value>(&mut self, _: fn(T) -> U) {
            self.schemas.push(T::schema(self.generator));
        }
    }

    /// Returns the schema of an open enumeration: the known values, and any
    /// other string.
    pub(crate) fn of_open_enum(known: &[&str]) -> Schema {
        json_schema!({"anyOf": [{"type": "string", "enum": known}, {"type": "string"}]})
    }

    /// Returns the schema of the type of a field.
    pub(crate) fn of_field<W, T: Value>(
        generator: &mut SchemaGenerator,
        _: fn(&W) -> &T,
    ) -> Schema {
        T::schema(generator)
    }

    /// Adds the descriptions of the document to the schema of a generated type.
    pub(crate) fn described(mut schema: Schema, module: &str, name: &str) -> Schema {
        let is_generated = module.contains("::generated::");
        if !is_generated || !module.split("::").any(|name| name == "types") {
            return schema;
        }
        let description_of = |name: &str| {
            ALL.iter().find_map(|table| {
                let at = table.binary_search_by(|(other, _)| (*other).cmp(name));
                Some(Json::from(table[at.ok()?].1))
            })
        };
        let properties = schema.get_mut("properties").and_then(Json::as_object_mut);
        for (property, schema) in properties.into_iter().flatten() {
            let Some(text) = description_of(&format!("{name}.{property}")) else {
                continue;
            };
            match schema {
                Json::Object(schema) => {
                    schema.insert("description".to_owned(), text);
                }
                // The schema `true` allows any value.
                schema => *schema = json!({"description": text}),
            }
        }
        if let Some(text) = description_of(name) {
            schema.insert("description".to_owned(), text);
        }
        schema
    }

    /// Returns the schema with null added.
    pub(super) fn or_null(mut schema: Schema) -> Schema {
        let null = json!({"type": "null"});
        let Some(object) = schema.as_object() else {
            // The schema `true` allows null too.
            return schema;
        };
        let (types, alternatives) = (object.get("type"), object.get("anyOf"));
        match (types, alternatives) {
            (Some(Json::Array(types)), _) if types.contains(&null["type"]) => schema,
            (_, Some(Json::Array(schemas))) if schemas.contains(&null) => schema,
            (Some(Json::String(kind)), None) => {
                let types = json!([kind, "null"]);
                schema.insert("type".to_owned(), types);
                schema
            }
            _ => json_schema!({"anyOf": [schema, {"type": "null"}]}),
        }
    }
}

#[cfg(all(test, feature = "schemars"))]
mod tests {
    use schemars::schema_for;
    use serde_json::json;

    use super::enabled::or_null;
    use crate::{UnixMillis, codec};

    /// A recursive type.
    #[derive(Debug, PartialEq)]
    struct Tree {
        name: String,
        kind: Kind,
        children: Children,
        parent: Option<Box<Tree>>,
        planted: Option<UnixMillis>,
        notes: Vec<serde_json::Value>,
        fruit: Option<Fruit>,
    }

    impl codec::Value for Tree {
        fn error_corrected_default() -> Self {
            Self {
                name: codec::Value::error_corrected_default(),
                kind: codec::Value::error_corrected_default(),
                children: codec::Value::error_corrected_default(),
                parent: None,
                planted: None,
                notes: Vec::new(),
                fruit: None,
            }
        }

        fn read_property<R: codec::ReadProperty>(&mut self, _: &str, value: &mut R) {
            value.ignore();
        }

        fn write_properties<W: codec::WriteProperties>(&self, to: &mut W) {
            to.required("name", &self.name);
            to.required("kind", &self.kind);
            to.required("children", &self.children);
            to.optional("parent", &self.parent);
            to.optional("planted", &self.planted);
            to.optional("notes", &self.notes);
            to.optional("fruit", &self.fruit);
        }
    }

    codec::object!(Tree);

    #[derive(Debug, PartialEq)]
    struct Children(Vec<Tree>);

    codec::wrapper!(Children);

    codec::open_enum! {
        /// A kind of tree.
        pub enum Kind or Unknown {
            Apple = "apple",
            Pear = "pear",
        }
    }

    #[derive(Debug, PartialEq)]
    enum Fruit {
        Count(i64),
        Unknown(serde_json::Value),
    }

    impl codec::Union for Fruit {
        fn choose(value: serde_json::Value) -> Self {
            codec::alternative(&value, &[]).map_or(Self::Unknown(value), Self::Count)
        }

        fn write<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Count(value) => serde::Serialize::serialize(value, to),
                Self::Unknown(value) => serde::Serialize::serialize(value, to),
            }
        }

        fn alternatives<A: codec::Alternatives<Self>>(to: &mut A) {
            to.add::<i64>(Self::Count);
        }
    }

    codec::union!(Fruit);

    #[test]
    fn a_recursive_type_has_a_schema() {
        let schema = schema_for!(Tree);
        insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap());
    }

    #[test]
    fn null_is_added_to_a_schema_once() {
        for (schema, with_null) in [
            (json!(true), json!(true)),
            (
                json!({"type": "string"}),
                json!({"type": ["string", "null"]}),
            ),
            (
                json!({"type": ["string", "null"]}),
                json!({"type": ["string", "null"]}),
            ),
            (
                json!({"$ref": "#/$defs/A"}),
                json!({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}),
            ),
        ] {
            let once = or_null(schema.try_into().unwrap());
            assert_eq!(once.as_value(), &with_null);
            assert_eq!(or_null(once).as_value(), &with_null);
        }
    }
}
