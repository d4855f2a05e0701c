//! Writes the code of the crate around the hand-written client, as text.

mod aliases;
mod examples;
mod files;
mod instructions;
mod integrations;
mod lists;
mod methods;
mod mocks;
mod operation_builders;
mod prose;
mod source;
mod tables;
mod type_builders;
mod types;

pub use prose::client_page;

use crate::{Settings, api::Api};
use source::Source;

impl Api {
    /// The code of the crate: the modules `types`, `builder`, `operations` and
    /// `servers`, the methods of `Client`, and the module `mocks` if
    /// [`Settings::mocks`] asks for it.
    ///
    /// The code stands inside the `launchdarkly-api` crate and uses its
    /// hand-written parts by `crate::` paths.
    #[must_use]
    pub fn code(&self, settings: &Settings) -> String {
        let mut source = Source::default();
        let acronyms = &settings.names.acronyms;
        let features = || self.areas.keys().map(String::as_str);
        let types = || self.types.keys().map(String::as_str);
        let with_builders = || types().filter(|name| type_builders::has(&self.types[*name]));
        for feature in features() {
            methods::write(&mut source, self, feature, settings);
        }
        source.line("");
        source.docs("The request builders: a module per area, a builder per operation.");
        source.module("pub mod builder", |source| {
            for feature in features() {
                source.line("");
                operation_builders::module_docs(source, self, feature);
                let module = format!("pub mod {}", self.areas[feature].module);
                source.module(module, |source| {
                    operation_builders::write(source, self, feature);
                });
            }
        });
        source.line("");
        types::module_docs(&mut source);
        source.module("pub mod types", |source| {
            source.line("use crate::codec;");
            types::write(source, self, types());
            if with_builders().next().is_some() {
                source.line("");
                type_builders::module_docs(source);
                source.module("pub mod builder", |source| {
                    source.line("use crate::call::argument;");
                    type_builders::write(source, self, with_builders(), &|_| None);
                });
            }
        });
        source.line("");
        instructions::module_docs(&mut source);
        source.module("pub mod instructions", |source| {
            for feature in features() {
                instructions::write(source, self, feature, acronyms);
            }
        });
        if integrations::any(self) {
            source.line("");
            integrations::write(&mut source, self, acronyms);
        }
        source.line("");
        tables::operations_docs(&mut source);
        source.module("pub mod operations", |source| {
            tables::OPERATION_IMPORTS
                .iter()
                .for_each(|import| source.line(import));
            source.line("");
            tables::all_operations(source, self, &|_| None);
            for feature in features() {
                tables::operations(source, self, feature);
            }
        });
        source.line("");
        tables::constants(&mut source, self);
        if settings.descriptions {
            source.line("");
            tables::descriptions_docs(&mut source);
            source.module("pub(crate) mod descriptions", |source| {
                source.docs("Each ordered by name.");
                source.line("pub(crate) static ALL: &[&[(&str, &str)]] = &[&[");
                tables::descriptions(source, self, types());
                source.line("]];");
            });
        }
        if settings.mocks {
            source.line("");
            mocks::module_docs(&mut source);
            source.module("pub mod mocks", |source| {
                source.line(mocks::IMPORTS);
                source.line("");
                mocks::operations_docs(source);
                source.module("pub mod operations", |source| {
                    features().for_each(|feature| mocks::operations(source, self, feature));
                });
                source.line("");
                mocks::methods(source, self, &|_| None);
                features().for_each(|feature| mocks::write(source, self, feature));
            });
        }
        source.finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Document, Settings,
        api::{Api, Shape},
        generate,
    };

    /// A document with one of everything that is written in a way of its own.
    const DOCUMENT: &str = r##"
openapi: 3.0.3
info: {title: LaunchDarkly REST API, version: "1"}
servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
paths:
  /api/v2/things/{projectKey}:
    parameters:
      - {name: projectKey, in: path, required: true, schema: {type: string}}
    get:
      operationId: getThings
      tags: [Things (beta)]
      summary: List the things
      parameters:
        - {name: limit, in: query, schema: {type: integer}}
        - {name: offset, in: query, schema: {type: integer}}
        - {name: send, in: query, schema: {type: string}}
        - {name: kinds, in: query, explode: false, schema: {type: array, items: {type: string}}}
      responses:
        "200":
          description: Some
          content: {application/json: {schema: {$ref: "#/components/schemas/Things"}}}
        "404": {description: None}
    post:
      operationId: postThing
      deprecated: true
      tags: [Things (beta)]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/ThingPost"}}}
      responses:
        "201": {description: Made, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
    patch:
      operationId: patchThing
      tags: [Things (beta)]
      requestBody:
        content: {application/json: {schema: {type: object, properties: {instructions: {type: array, items: {type: object}}}}}}
      responses:
        "204": {description: Done}
    put:
      operationId: uploadThings
      tags: [Things (beta)]
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              required: [file]
              properties: {file: {type: string, format: binary}, mode: {type: string}}
      responses:
        "204": {description: Done}
components:
  schemas:
    Things:
      properties:
        items: {type: array, items: {$ref: "#/components/schemas/Thing"}}
        totalCount: {type: integer}
        _links: {type: object, additionalProperties: {$ref: "#/components/schemas/Link"}}
    Link: {properties: {href: {type: string}}}
    Thing:
      description: A thing.
      required: [key, kind, createdAt]
      properties:
        key: {type: string, description: What tells it from the others.}
        kind: {type: string, enum: [new, unknown]}
        createdAt: {type: integer, format: int64}
        apiKey: {type: string}
        parent: {$ref: "#/components/schemas/Thing"}
        value: {oneOf: [{$ref: "#/components/schemas/Link"}, {type: string}]}
    ThingPost:
      required: [key]
      properties:
        key: {type: string}
        tags: {type: array, items: {type: string}}
        note: {type: string, nullable: true}
"##;

    fn settings() -> Settings {
        let mut settings = Settings::default();
        settings.properties.epoch_millis.insert("createdAt".into());
        settings.properties.secret.insert("*.apiKey".into());
        settings.instructions = crate::spec::yaml::from_str(
            r#"[{"module": "things", "operation": "patchThing", "instructions": [
                {"kind": "turnOn", "description": "Turns it on.", "environment": true},
                {"kind": "addType", "description": "Adds one.", "parameters": [
                    {"name": "type", "type": "string", "required": true, "description": "Which."},
                    {"name": "until", "type": "epoch-millis", "required": false, "description": "How long."}
                ]}
            ]}]"#,
        )
        .unwrap();
        settings
    }

    #[test]
    fn what_one_of_everything_is_written_as() {
        let document = Document::parse("things.yaml", DOCUMENT).unwrap();
        let code = generate(&document, &settings()).unwrap();
        syn::parse_file(&code).unwrap();
        insta::assert_snapshot!(code);
    }

    #[test]
    fn debug_is_derived_for_no_type_that_holds_json_without_a_schema() {
        let untyped = "
        anything: {}
        optional: {nullable: true}
        list: {type: array, items: {type: object}}
        map: {type: object, additionalProperties: {type: array, items: {}}}
        either: {oneOf: [{$ref: \"#/components/schemas/Link\"}, {type: object}]}";
        let document = DOCUMENT
            .replace(
                "        apiKey: {type: string}",
                untyped.trim_start_matches('\n'),
            )
            .replace(
                "    Link: {",
                "    Named: {type: array, items: {}}\n    Link: {",
            );
        let document = Document::parse("things.yaml", &document).unwrap();
        let code = generate(&document, &settings()).unwrap();
        let file = syn::parse_file(&code).unwrap();
        let types = file.items.iter().find_map(|item| match item {
            syn::Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
            _ => None,
        });
        let mut found = Vec::new();
        for item in &types.unwrap().1 {
            let (name, attributes) = match item {
                syn::Item::Struct(item) if !item.ident.to_string().ends_with("Builder") => {
                    (&item.ident, &item.attrs)
                }
                syn::Item::Enum(item) => (&item.ident, &item.attrs),
                _ => continue,
            };
            let text = |tokens: &dyn quote::ToTokens| tokens.to_token_stream().to_string();
            if text(item).contains("serde_json") {
                let derived: String = attributes.iter().map(|attribute| text(attribute)).collect();
                assert!(!derived.contains("Debug"), "{name}");
                found.push(name.to_string());
            }
        }
        assert_eq!(found, ["Thing", "ThingEither", "ThingValue"]);
    }

    #[test]
    fn every_name_in_the_model_is_one_in_the_code() {
        let document = Document::parse("things.yaml", DOCUMENT).unwrap();
        let mut settings = settings();
        settings.names = crate::spec::yaml::from_str("schemas: {Address: [Link]}").unwrap();
        let api = Api::read(&document, &settings).unwrap();
        let code = api.code(&settings);
        let has = |text: String| assert!(code.contains(&text), "{text}");
        for (id, operation) in &api.operations {
            has(format!("pub fn {id}(&self)"));
            for (setter, wire) in operation.setters() {
                has(format!("    pub fn {setter}"));
                assert_ne!(wire, "");
            }
        }
        assert_eq!(api.operations.len(), 4);
        for (name, definition) in &api.types {
            match &definition.shape {
                Shape::Struct(_) | Shape::Wrapper(_) => has(format!("pub struct {name} ")),
                Shape::Enum { unknown, .. } => has(format!("pub enum {name} or {unknown} ")),
                Shape::Union { .. } => has(format!("pub enum {name} ")),
            }
            for field in definition.fields() {
                has(format!("pub {}: {},", field.name, field.ty.text("")));
            }
            let builder =
                format!("impl crate::types::{name} {{\n            /// Returns a builder");
            assert_eq!(code.contains(&builder), definition.in_request, "{name}");
        }
        let schemas = |name: &str| api.types[name].schemas.as_slice();
        assert_eq!(schemas("Address"), ["Link"]);
        assert_eq!(schemas("ThingPost"), ["ThingPost"]);
        assert_eq!(schemas("ThingKind"), [""; 0]);
    }

    #[test]
    fn a_deprecated_method_names_its_replacement() {
        let document = Document::parse("things.yaml", DOCUMENT).unwrap();
        let mut settings = settings();
        let note = |code: &str, id: &str| {
            let (before, _) = code.split_once(&format!("pub fn {id}(&self)")).unwrap();
            before
                .trim_end()
                .rsplit('\n')
                .next()
                .unwrap()
                .trim()
                .to_owned()
        };
        let code = generate(&document, &settings).unwrap();
        assert_eq!(
            note(&code, "post_thing"),
            "#[deprecated = \"LaunchDarkly has deprecated this operation\"]"
        );
        settings.corrections = crate::spec::yaml::from_str(
            r#"
            - {what: a, evidence: a, deprecated: {postThing: 'use `put_thing`, "now"'}}
            - {what: b, evidence: b, removed: {getThings: use nothing}}
            "#,
        )
        .unwrap();
        let code = generate(&document, &settings).unwrap();
        syn::parse_file(&code).unwrap();
        assert_eq!(
            note(&code, "post_thing"),
            r#"#[deprecated = "use `put_thing`, \"now\""]"#
        );
        assert_eq!(
            note(&code, "get_things"),
            r#"#[deprecated = "use nothing"]"#
        );
        assert_eq!(
            settings.removed_operations().collect::<Vec<_>>(),
            ["getThings"]
        );
    }

    #[test]
    fn mocks_are_written_only_where_they_are_asked_for() {
        let document = Document::parse("things.yaml", DOCUMENT).unwrap();
        let mut settings = settings();
        let without = generate(&document, &settings).unwrap();
        settings.mocks = true;
        let code = generate(&document, &settings).unwrap();
        syn::parse_file(&code).unwrap();
        let mocks = code.strip_prefix(&without).unwrap();
        insta::assert_snapshot!(mocks);
    }

    #[test]
    fn descriptions_are_a_table_only_if_they_are_asked_for() {
        let document = Document::parse("things.yaml", DOCUMENT).unwrap();
        let mut settings = settings();
        let begin = "/// The descriptions of types";
        assert!(!generate(&document, &settings).unwrap().contains(begin));
        settings.descriptions = true;
        let code = generate(&document, &settings).unwrap();
        syn::parse_file(&code).unwrap();
        insta::assert_snapshot!(&code[code.find(begin).unwrap()..]);
    }

    #[test]
    fn an_entry_in_the_list_of_secrets_is_enough_for_redaction() {
        let document = Document::parse("things.yaml", DOCUMENT).unwrap();
        let mut settings = settings();
        let table = "pub(crate) static PROPERTIES: &[&str] = &";
        let before = generate(&document, &settings).unwrap();
        assert!(before.contains(&format!("{table}[\"apiKey\"];")));
        settings
            .properties
            .secret
            .insert("Elsewhere.passphrase".into());
        // Of no area that is on.
        settings.areas = Some(["other".to_owned()].into());
        let after = generate(&document, &settings).unwrap();
        assert!(after.contains(&format!("{table}[\"apiKey\", \"passphrase\"];")));
    }

    #[test]
    fn the_same_document_is_written_the_same_way_each_time() {
        let document = Document::parse("things.yaml", DOCUMENT).unwrap();
        let codes = [(); 2].map(|()| generate(&document, &settings()).unwrap());
        assert_eq!(codes[0], codes[1]);
    }
}
