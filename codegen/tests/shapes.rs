//! Whatever schemas a document composes, they become sound Rust or an error.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;

use launchdarkly_api_codegen::{Settings, api::Api};
use proptest::prelude::*;
use quote::ToTokens;
use serde_json::{Map, Value, json};
use syn::{Item, visit::Visit};

use support::{document, read};

/// A schema of any shape that OpenAPI allows.
fn schema() -> impl Strategy<Value = Value> {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let leaf = proptest::sample::select(vec![
        json!({"type": "string"}),
        json!({"type": "string", "nullable": true}),
        json!({"type": "string", "enum": ["a", "b"]}),
        json!({"type": "string", "enum": ["a"]}),
        json!({"type": "string", "enum": ["b"]}),
        json!({"type": "integer", "format": "int64"}),
        json!({"type": "boolean"}),
        json!({"type": "object"}),
        json!({"required": ["kind"]}),
        json!({}),
        to("Error"),
        to("Lamp"),
        to("Alias"),
        to("Either"),
    ]);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let members = proptest::collection::vec(inner.clone(), 1..4);
        let kind = proptest::sample::select(vec!["oneOf", "anyOf", "allOf"]);
        let object = (
            proptest::collection::vec(
                (
                    proptest::sample::select(vec!["kind", "value", "of"]),
                    inner.clone(),
                    any::<bool>(),
                ),
                0..3,
            ),
            any::<bool>(),
        );
        let object = object.prop_map(|(properties, is_nullable)| {
            let mut object = json!({"type": "object"});
            let required: BTreeSet<&str> = properties
                .iter()
                .filter(|(_, _, is_required)| *is_required)
                .map(|(name, _, _)| *name)
                .collect();
            object["required"] = json!(required);
            let properties: Map<String, Value> = properties
                .into_iter()
                .map(|(name, schema, _)| (name.to_owned(), schema))
                .collect();
            object["properties"] = Value::Object(properties);
            if is_nullable {
                object["nullable"] = json!(true);
            }
            object
        });
        prop_oneof![
            3 => (kind, members).prop_map(|(kind, members)| json!({kind: members})),
            1 => inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            1 => inner.prop_map(|values| json!({"type": "object", "additionalProperties": values})),
            3 => object,
        ]
    })
}

/// The names that a module's types use and do not define.
struct Undefined {
    defined: BTreeSet<String>,
    found: BTreeSet<String>,
}

impl<'a> Visit<'a> for Undefined {
    fn visit_type_path(&mut self, ty: &'a syn::TypePath) {
        if let Some(ident) = ty.path.get_ident() {
            let name = ident.to_string();
            let is_primitive = ["bool", "f32", "f64", "i32", "i64"].contains(&name.as_str());
            if !is_primitive && name != "Self" && !self.defined.contains(&name) {
                self.found.insert(name);
            }
        }
        syn::visit::visit_type_path(self, ty);
    }
}

/// What does not compile, as far as a look at the types shows: a type that is not
/// there, two implementations of one trait, two variants of one name.
fn unsound(code: &str) -> Vec<String> {
    let file = syn::parse_file(code).unwrap_or_else(|error| panic!("{error} in\n{code}"));
    let types = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let items = &types.unwrap().1;
    let mut found = Vec::new();
    let mut undefined = Undefined {
        defined: BTreeSet::new(),
        found: BTreeSet::new(),
    };
    let mut implementations = BTreeSet::new();
    for item in items {
        let name = match item {
            Item::Struct(item) => item.ident.to_string(),
            Item::Enum(item) => {
                let mut variants = BTreeSet::new();
                for variant in &item.variants {
                    if !variants.insert(variant.ident.to_string()) {
                        found.push(format!("{}::{} twice", item.ident, variant.ident));
                    }
                }
                item.ident.to_string()
            }
            Item::Impl(item) => {
                let of = item
                    .trait_
                    .as_ref()
                    .map(|(path, _)| path.to_token_stream().to_string());
                let key = format!("{of:?} for {}", item.self_ty.to_token_stream());
                if of.is_some() && !implementations.insert(key.clone()) {
                    found.push(format!("{key} twice"));
                }
                continue;
            }
            // The enums of known strings.
            Item::Macro(item) => {
                let tokens = item.mac.tokens.to_string();
                match tokens.split_once("pub enum ") {
                    Some((_, name)) => name.split(' ').next().unwrap_or_default().to_owned(),
                    None => continue,
                }
            }
            _ => continue,
        };
        if !undefined.defined.insert(name.clone()) {
            found.push(format!("{name} twice"));
        }
    }
    for item in items {
        match item {
            Item::Struct(item) => undefined.visit_item_struct(item),
            Item::Enum(item) => undefined.visit_item_enum(item),
            _ => {}
        }
    }
    found.extend(
        undefined
            .found
            .into_iter()
            .map(|name| format!("{name} is not defined")),
    );
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn schemas_of_any_shape_become_sound_rust_or_an_error(
        answered in schema(), sent in schema(), either in schema(), body in schema(),
    ) {
        let mut root = document();
        let schemas = &mut root["components"]["schemas"];
        schemas["Alias"] = json!({"type": "string"});
        schemas["Either"] = either;
        schemas["Lamp"]["properties"]["answered"] = answered;
        schemas["LampPost"]["properties"]["sent"] = sent;
        root["paths"]["/lamps"]["post"]["responses"]["201"]["content"]["application/json"]["schema"] = body;
        let Some(document) = read(&root) else { return Ok(()) };
        match Api::read(&document, &Settings::default()) {
            Ok(api) => prop_assert_eq!(unsound(&api.code(&Settings::default())), Vec::<String>::new()),
            Err(error) => prop_assert!(!error.reason().is_empty()),
        }
    }
}
