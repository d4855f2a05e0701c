//! Schemas for which the crate has a type of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// A type of the crate's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TypeOverride {
    /// The Rust type, as the generated code writes it.
    pub(crate) rust: &'static str,
    /// The `type` of the schemas that it stands for (OpenAPI 3.0.3, "Data
    /// Types").
    pub(super) schema: &'static str,
}

/// The components that have a type of the crate's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TypeOverrides {
    /// By name.
    components: BTreeMap<String, TypeOverride>,
    /// The names of the published components.
    published: BTreeSet<String>,
}

impl TypeOverride {
    /// A schema that the type stands for.
    pub(super) fn schema(self) -> Value {
        match self.schema {
            "array" => json!({"type": "array", "items": {}}),
            schema => json!({"type": schema}),
        }
    }
}

impl TypeOverrides {
    /// None, for a document with these components.
    pub(super) fn of(root: &Value) -> Self {
        let schemas = root["components"]["schemas"].as_object();
        Self {
            components: BTreeMap::new(),
            published: schemas
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }

    /// Overrides the type of a published component.
    pub(super) fn insert(&mut self, component: &str, ty: TypeOverride) {
        self.components.insert(component.to_owned(), ty);
    }

    /// Whether a component has a type of the crate's own.
    pub(super) fn contains(&self, component: &str) -> bool {
        self.components.contains_key(component)
    }

    /// The components and their types.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, TypeOverride)> {
        self.components
            .iter()
            .map(|(name, ty)| (name.as_str(), *ty))
    }

    /// A reference to a component with this type: a new one, with a name that no
    /// published component has, if there is none.
    pub(super) fn reference(&mut self, ty: TypeOverride) -> Value {
        let known = self.components.iter().find(|(_, other)| **other == ty);
        let name = match known {
            Some((name, _)) => name.clone(),
            None => {
                let mut names = (0_usize..).map(|number| format!("TypeOverride{number}"));
                names
                    .find(|name| !self.published.contains(name) && !self.contains(name))
                    .unwrap_or_default()
            }
        };
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        self.components.insert(name, ty);
        reference
    }

    /// Gives each component the schema that its type stands for.
    pub(super) fn define(&self, root: &mut Value) {
        for (name, ty) in &self.components {
            root["components"]["schemas"][name] = ty.schema();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Document, Settings, generate};

    #[test]
    fn a_published_schema_keeps_its_type_whatever_it_is_called() {
        let names = [
            "ClearableString",
            "ClearableBoolean",
            "JsonPatchDocument",
            "PatchDocument",
            "TypeOverride0",
            "TypeOverride1",
            "UnixMillis",
        ];
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let object = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string"}, "b": {"type": "string", "nullable": true},
            "c": {"type": "boolean", "nullable": true}, "d": {"type": "integer"},
            "e": {"type": "array", "items": {"type": "object", "required": ["op", "path"]}},
        }});
        let mut schemas: serde_json::Map<_, _> = names
            .iter()
            .map(|name| ((*name).to_owned(), object.clone()))
            .collect();
        let fields: serde_json::Map<_, _> = names
            .iter()
            .map(|name| (name.to_lowercase(), to(name)))
            .collect();
        schemas.insert(
            "All".into(),
            json!({"type": "object", "properties": fields}),
        );
        let body = json!({"application/json": {"schema": to("All")}});
        let servers = [
            "https://app.launchdarkly.com",
            "https://app.launchdarkly.us",
        ];
        let root = json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "servers": servers.map(|url| json!({"url": url})),
            "paths": {"/p": {"post": {
                "operationId": "postP", "tags": ["t"], "requestBody": {"content": body},
                "responses": {"200": {"description": "", "content": body}}
            }}},
            "components": {"schemas": schemas}
        });
        let document = Document::parse("d.json", &root.to_string()).unwrap();
        let mut settings = Settings::default();
        settings.properties.epoch_millis.insert("d".into());
        let code = generate(&document, &settings).unwrap();
        for name in names {
            let field = format!(
                "pub {}: ::std::option::Option<{name}>,",
                name.to_lowercase()
            );
            assert!(code.contains(&field), "{field}");
            let definition = code
                .split_once(&format!("pub struct {name} {{"))
                .and_then(|(_, rest)| rest.split_once('}'))
                .map(|(fields, _)| {
                    let fields = fields.lines().map(str::trim);
                    let fields = fields.filter(|line| !line.starts_with("///"));
                    fields.collect::<String>().replace(' ', "")
                });
            assert_eq!(
                definition.as_deref(),
                Some(
                    "puba:::std::string::String,\
                     pubb:::std::option::Option<::std::option::Option<::std::string::String>>,\
                     pubc:::std::option::Option<::std::option::Option<bool>>,\
                     pubd:::std::option::Option<crate::UnixMillis>,\
                     pube:::std::option::Option<::std::vec::Vec<::serde_json::Value>>,\
                     pub(crate)extra:codec::Extra,"
                ),
                "{name}"
            );
        }
    }

    #[test]
    fn a_published_schema_of_timestamps_is_the_crates_type() {
        let document = |unix_millis: serde_json::Value| {
            let content = json!({"application/json": {"schema": {"type": "object", "properties": {
                "a": {"$ref": "#/components/schemas/UnixMillis"}
            }}}});
            let servers = [
                "https://app.launchdarkly.com",
                "https://app.launchdarkly.us",
            ];
            let root = json!({
                "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
                "servers": servers.map(|url| json!({"url": url})),
                "paths": {"/p": {"get": {
                    "operationId": "getP", "tags": ["t"],
                    "responses": {"200": {"description": "", "content": content}}
                }}},
                "components": {"schemas": {"UnixMillis": unix_millis}}
            });
            let document = Document::parse("d.json", &root.to_string()).unwrap();
            generate(&document, &Settings::default()).unwrap()
        };
        let code = document(json!({"type": "integer", "format": "int64"}));
        assert!(code.contains("pub a: ::std::option::Option<crate::UnixMillis>,"));
        let code = document(json!({"type": "string"}));
        assert!(code.contains("pub a: ::std::option::Option<::std::string::String>,"));
    }
}
