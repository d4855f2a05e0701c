//! Building the model: the normalized document, joined with the types that
//! progenitor makes of it by operation id, position of the parameter and name of
//! the component.

use std::collections::{BTreeMap, BTreeSet};

use jsonptr::PointerBuf;
use serde_json::Value;

use super::{
    Api, Body, Operation, Response, Secrets, Shape, Type, TypeDefinition, operations, pagination,
    secrets, servers, suspects,
};
use crate::{
    Document, Error, Result, Settings,
    error::Fault,
    lower,
    model::{break_cycles, contained, mark_requests, mark_responses, named},
    normalize::{self, areas, operation_ids},
    overlay::{InstructionModule, Properties},
    progenitor,
    spec::visit::{self, Object},
};

impl Api {
    /// Reads the API that a document describes, with what the files beside it
    /// say: the areas that are wanted, and everything that they use.
    ///
    /// # Errors
    ///
    /// No Rust can be made of something in the document. The error names the
    /// file, the place and the reason. A panic inside progenitor or typify is
    /// caught and returned in the same way.
    pub fn read(document: &Document, settings: &Settings) -> Result<Self> {
        let mut root = document.root().clone();
        Self::build(&mut root, settings)
            .map_err(|fault| document.error(fault.pointer, fault.reason))
    }

    /// Reads the API like [`Api::read`] and consumes the document: copying it is slow
    /// in a build script, and so is freeing it, which the end of the process does.
    ///
    /// # Errors
    ///
    /// Those of [`Api::read`].
    pub fn of(document: Document, settings: &Settings) -> Result<Self> {
        let (file, mut root) = document.into_parts();
        let api = Self::build(&mut root, settings)
            .map_err(|fault| Error::new(file, fault.pointer, fault.reason));
        std::mem::forget(root);
        api
    }

    fn build(root: &mut Value, settings: &Settings) -> Result<Self, Fault> {
        let schemas = normalize::apply(root, settings)?;
        Self::join(root, &schemas, settings).map_err(|fault| published(fault, &schemas))
    }

    fn join(
        root: &Value,
        schemas: &BTreeMap<String, Vec<String>>,
        settings: &Settings,
    ) -> Result<Self, Fault> {
        let acronyms = &settings.names.acronyms;
        let methods: BTreeMap<String, String> = visit::operations(root)
            .map(|(_, object)| {
                let id = operation_ids::published(object);
                (id, operation_ids::method_of(object).to_owned())
            })
            .collect();
        let mut indexes: BTreeMap<String, usize> =
            methods.values().map(|id| (id.clone(), 0)).collect();
        for (index, place) in indexes.values_mut().enumerate() {
            *place = index;
        }
        let wanted = settings.areas.as_ref();
        let servers = servers::read(root)?;
        let mut lowered = lower::apply(root, settings)?;
        let sent = used(&lowered.root, &["parameters", "requestBody"]);
        let received = used(&lowered.root, &["responses"]);
        let objects = suspects::objects(&lowered.root);
        lowered.keep(wanted)?;
        let mut output = progenitor::run(&lowered, acronyms)?;
        let mut operations = BTreeMap::new();
        let is_wanted =
            |object: &Object| wanted.is_none_or(|wanted| wanted.contains(areas::of(object)));
        for (place, object) in visit::operations(root).filter(|(_, object)| is_wanted(object)) {
            let id = operation_ids::method_of(object);
            let method = output
                .methods
                .remove(id)
                .ok_or_else(|| place.fault(&[], "has no method in progenitor's output"))?;
            operations.insert(
                id.to_owned(),
                operations::read(root, &place, object, method, acronyms)?,
            );
        }
        let instructions = settings
            .instructions
            .iter()
            .map(|module| {
                let id = operation_ids::method(&module.operation, acronyms);
                (id, module.clone())
            })
            .filter(|(id, _)| operations.contains_key(id))
            .collect::<Vec<(String, InstructionModule)>>();
        let mut types = output.types;
        break_cycles(&mut types);
        let used = operations.values().flat_map(Operation::types);
        let used = contained(&types, named(used));
        types.retain(|name, _| used.contains(name));
        mark_requests(
            &mut types,
            operations.values().flat_map(Operation::arguments),
            &sent,
        );
        let responses = operations
            .values()
            .filter_map(|operation| match &operation.response {
                Response::Json(ty) => Some(ty),
                _ => None,
            });
        mark_responses(&mut types, responses, &received);
        describe(&mut types, root, schemas);
        let suspects = suspects::find(root, &objects, &types, &settings.properties);
        mark_secrets(&mut types, &settings.properties, &suspects);
        let secrets: Secrets = secrets::read(root, &settings.properties, &suspects);
        let limits = settings.lists.iter().flat_map(|facts| &facts.limits);
        let limits: BTreeMap<String, Option<i64>> = limits
            .map(|(operation, limit)| (operation_ids::method(operation, acronyms), *limit))
            .collect();
        let identities = settings.lists.iter().flat_map(|facts| &facts.identities);
        let identities: BTreeMap<String, &[String]> = identities
            .map(|(operation, names)| (operation_ids::method(operation, acronyms), &names[..]))
            .collect();
        for (id, operation) in &mut operations {
            allow_empty_body(&types, operation);
            operation.list = pagination::list(
                &types,
                operation,
                limits.get(id).copied(),
                identities.get(id).copied(),
            );
        }
        Ok(Self {
            areas: super::areas::read(root, &operations),
            operations,
            methods,
            indexes,
            types,
            servers,
            secrets,
            suspects,
            instructions,
            integrations: settings.integrations.clone(),
        })
    }
}

/// The schemas that these parts of operations use, of all areas: a type that
/// requests or responses of another area contain has the same form in this one.
fn used(root: &Value, parts: &[&str]) -> BTreeSet<String> {
    let parts = visit::operations(root)
        .flat_map(|(_, operation)| parts.iter().filter_map(|part| operation.get(*part)));
    lower::reached(root, parts)
}

/// A fault at the place that the published document has, whose schemas have
/// other names.
fn published(fault: Fault, schemas: &BTreeMap<String, Vec<String>>) -> Fault {
    let mut tokens: Vec<String> = fault
        .pointer
        .tokens()
        .map(|token| token.decoded().into_owned())
        .collect();
    if let [components, kind, name, ..] = tokens.as_mut_slice()
        && (components.as_str(), kind.as_str()) == ("components", "schemas")
        && let Some(first) = schemas.get(name).and_then(|names| names.first())
    {
        name.clone_from(first);
    }
    Fault::at(PointerBuf::from_tokens(tokens), fault.reason)
}

/// A body without required properties can be left out: an empty object is sent.
fn allow_empty_body(types: &BTreeMap<String, TypeDefinition>, operation: &mut Operation) {
    if let Some(Body::Json {
        ty: Type::Generated(name),
        required,
        or_empty,
        ..
    }) = &mut operation.body
        && *required
        && let Some(Shape::Struct(fields)) = types.get(name).map(|ty| &ty.shape)
        && fields.iter().all(|field| !field.required)
    {
        (*required, *or_empty) = (false, true);
    }
}

/// Marks the properties that are secret, or look so and are in no list.
fn mark_secrets(
    types: &mut BTreeMap<String, TypeDefinition>,
    known: &Properties,
    suspects: &BTreeMap<(String, String), String>,
) {
    for (name, definition) in types {
        for field in definition.fields_mut() {
            field.secret = known.is_secret(name, &field.wire)
                || suspects.contains_key(&(name.clone(), field.wire.clone()));
        }
    }
}

/// Adds what progenitor does not know of the types: the published schemas and
/// descriptions. A property that refers to a schema
/// cannot have its own description (OpenAPI 3.0.3, "Reference Object"): it has the
/// one of the schema.
fn describe(
    types: &mut BTreeMap<String, TypeDefinition>,
    root: &Value,
    schemas: &BTreeMap<String, Vec<String>>,
) {
    for (name, definition) in types.iter_mut() {
        definition.schemas = schemas.get(name).cloned().unwrap_or_default();
        let description = &root["components"]["schemas"][name]["description"];
        if let Some(text) = description.as_str()
            && definition.docs.is_empty()
        {
            text.trim().clone_into(&mut definition.docs);
        }
    }
    let docs: BTreeMap<String, String> = types
        .iter()
        .map(|(name, definition)| (name.clone(), definition.docs.clone()))
        .collect();
    for definition in types.values_mut() {
        for field in definition.fields_mut() {
            if field.docs.is_empty()
                && let Some(text) = field.ty.generated().and_then(|name| docs.get(name))
            {
                field.docs.clone_from(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::{
        Document, Settings,
        api::{Api, Shape},
    };

    #[test]
    fn an_error_in_a_schema_that_has_another_name_is_at_its_published_place() {
        let text = r##"
            openapi: 3.0.3
            info: {title: t, version: "1"}
            servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
            paths:
              /p:
                get:
                  operationId: getP
                  tags: [P]
                  responses:
                    "200":
                      description: P
                      content: {application/json: {schema: {$ref: "#/components/schemas/ABTest"}}}
            components:
              schemas:
                ABTest: {type: object, properties: {a: {type: string, enum: [1]}}}
                Other: {type: object, properties: {b: {type: string}}}
            "##;
        let document = Document::parse("d.yaml", text).unwrap();
        for names in ["{}", "schemas: {Renamed: [ABTest]}"] {
            let settings = Settings {
                names: crate::spec::yaml::from_str(names).unwrap(),
                ..Settings::default()
            };
            let error = Api::read(&document, &settings).unwrap_err();
            let place = error.pointer().as_str();
            assert!(place.starts_with("/components/schemas/ABTest"), "{error}");
        }
    }

    #[test]
    fn a_type_is_the_same_whichever_areas_are_enabled() {
        let text = r##"
            openapi: 3.0.3
            info: {title: t, version: "1"}
            servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
            paths:
              /p:
                get:
                  operationId: getP
                  tags: [Read]
                  responses:
                    "200":
                      description: P
                      content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}
                put:
                  operationId: putP
                  tags: [Write]
                  requestBody:
                    content: {application/json: {schema: {$ref: "#/components/schemas/B"}}}
                  responses: {"204": {description: Put}}
                post:
                  operationId: postP
                  tags: [Keys]
                  responses:
                    "200":
                      description: P
                      content: {application/json: {schema: {$ref: "#/components/schemas/Key"}}}
            components:
              schemas:
                A: {type: object, properties: {b: {$ref: "#/components/schemas/B"}, list: {type: array, items: {type: string}}, keyOf: {$ref: "#/components/schemas/KeyOf"}}}
                B: {type: object, properties: {list: {type: array, items: {type: string}}, in: {type: object, properties: {map: {type: object, additionalProperties: {type: string}}}}}}
                Key: {type: object, properties: {value: {type: string}}}
                KeyOf: {type: object, properties: {value: {type: string}}}
            "##;
        let document = Document::parse("d.yaml", text).unwrap();
        let mut settings = Settings::default();
        settings.properties.secret.insert("Key.value".into());
        let all = Api::read(&document, &settings).unwrap();
        let ty = |ty: &str, field: &str| all.types[ty].field(field).unwrap().ty.to_string();
        assert_eq!(ty("A", "list"), "Vec<String>");
        assert_eq!(ty("B", "list"), "Option<Vec<String>>");
        assert_eq!(ty("BIn", "map"), "Option<BTreeMap<String, String>>");
        assert!(all.types["KeyOf"].field("value").unwrap().secret);
        for (area, count) in [("read", 4), ("write", 2), ("keys", 1)] {
            settings.areas = Some([area.to_owned()].into());
            let one = Api::read(&document, &settings).unwrap();
            assert_eq!(one.types.len(), count, "{area}");
            for (name, definition) in &one.types {
                assert_eq!(definition.shape, all.types[name].shape, "{area}: {name}");
                assert_eq!(definition.in_request, area == "write", "{area}: {name}");
            }
        }
    }

    #[test]
    fn an_acronym_is_one_word_in_every_name() {
        let text = r##"
            openapi: 3.0.3
            info: {title: t, version: "1"}
            servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
            paths:
              /p:
                post:
                  operationId: postOAuthClient
                  tags: [P]
                  parameters: [{name: memberIDs, in: query, schema: {type: string}}]
                  requestBody:
                    content: {multipart/form-data: {schema: {properties: {fileIDs: {type: string}}}}}
                  responses:
                    "200":
                      description: P
                      content: {application/json: {schema: {$ref: "#/components/schemas/OAuthClient"}}}
            components:
              schemas:
                OAuthClient: {type: object, properties: {memberIDs: {type: string}, oAuth: {type: string}}}
            "##;
        let document = Document::parse("d.yaml", text).unwrap();
        let settings = Settings {
            names: crate::spec::yaml::from_str("acronyms: [IDs, OAuth]").unwrap(),
            instructions: crate::spec::yaml::from_str(
                "[{module: p, operation: postOAuthClient, instructions: [{kind: addMemberIDs,
                description: d, parameters: [{name: memberIDs, type: string, required: true,
                description: d}]}]}]",
            )
            .unwrap(),
            ..Settings::default()
        };
        let api = Api::read(&document, &settings).unwrap();
        let operation = &api.operations["post_oauth_client"];
        let setters: Vec<_> = operation.setters().collect();
        assert_eq!(
            setters,
            [("member_ids", "memberIDs"), ("file_ids", "fileIDs")]
        );
        let fields: Vec<_> = api.types["OauthClient"]
            .fields()
            .iter()
            .map(|field| (field.name.as_str(), field.wire.as_str()))
            .collect();
        assert_eq!(fields, [("member_ids", "memberIDs"), ("oauth", "oAuth")]);
        let code = api.code(&settings);
        assert!(
            code.contains("-> crate::builder::p::PostOauthClient {"),
            "{code}"
        );
        assert!(code.contains("pub static POST_OAUTH_CLIENT: "), "{code}");
        assert!(
            code.contains("pub fn add_member_ids(member_ids: "),
            "{code}"
        );
    }

    #[test]
    fn every_type_and_field_of_the_vendored_document_has_a_description() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
        let document = Document::read(&folder.join("openapi.yaml")).unwrap();
        let api = Api::read(&document, &Settings::read(&folder).unwrap()).unwrap();
        let mut undescribed = Vec::new();
        let mut count = 0;
        for (name, definition) in &api.types {
            if definition.docs.is_empty() && !matches!(definition.shape, Shape::Enum { .. }) {
                undescribed.push(name.clone());
            }
            for field in definition.fields() {
                count += 1;
                if field.docs.is_empty() {
                    undescribed.push(format!("{name}.{}", field.wire));
                }
            }
        }
        assert_eq!(undescribed, [""; 0]);
        assert!(count > api.types.len(), "{count}");
    }
}
