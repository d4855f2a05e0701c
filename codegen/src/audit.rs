//! What a document leaves open that the files next to it could answer: which
//! integers are timestamps, which properties are secrets, which equal
//! schemas are one. For whoever brings a new document in.

// Inline: the build script calls none of it and does not compile it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    Document, Result, Settings,
    api::{Api, TypeDefinition},
    normalize,
    overlay::names,
    spec::visit,
};

/// What settings and document leave open, a line each: settings there is no
/// occasion for, 64-bit integers and names like those of secrets that are in
/// no list, and schemas that are equal and in no list.
///
/// # Errors
///
/// Those of [`generate`](crate::generate).
#[inline]
pub fn audit(document: &Document, settings: &Settings) -> Result<Vec<String>> {
    let mut root = document.unified()?;
    let stale = normalize::correct(&mut root, settings)
        .map_err(|fault| document.error(fault.pointer, fault.reason))?;
    let mut findings: Vec<String> = stale
        .into_iter()
        .map(|reason| format!("corrections.yaml: {reason}"))
        .collect();
    bodies(&mut root, &mut findings);
    integers(&mut root, settings, &mut findings);
    repeated(&root, settings, &mut findings);
    let stale = names::apply(&mut root, &settings.names).stale;
    findings.extend(
        stale
            .into_iter()
            .map(|reason| format!("names.yaml: {reason}")),
    );
    areas(&root, settings, &mut findings);
    let api = Api::read(document, settings)?;
    secrets(&api, settings, &mut findings);
    identities(&api, settings, &mut findings);
    Ok(findings)
}

/// A renamed area that the document does not have, or has under both names.
#[inline]
fn areas(root: &Value, settings: &Settings, findings: &mut Vec<String>) {
    let areas: BTreeSet<String> = visit::operations(root)
        .filter_map(|(_, operation)| operation.get("tags")?.get(0)?.as_str())
        .map(crate::area)
        .collect();
    for (old, new) in settings.renamed_areas() {
        if !areas.contains(new) {
            findings.push(format!(
                "names.yaml: {old}: there is no area `{new}`: remove it from `areas`"
            ));
        }
    }
}

/// A GET request is for a representation (RFC 9110, section 9.3.1): without a
/// body in the document, the generated method would return `()`.
#[inline]
fn bodies(root: &mut Value, findings: &mut Vec<String>) {
    // The closure returns no fault.
    let _ = visit::operations_mut(root, |place, operation| {
        let has_body = operation
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .any(|(status, response)| status.starts_with('2') && response.get("content").is_some());
        if place.method == "get" && !has_body {
            findings.push(format!(
                "corrections.yaml: what does `GET {}` return? The document declares no body",
                place.path
            ));
        }
        Ok(())
    });
}

#[inline]
fn integers(root: &mut Value, settings: &Settings, findings: &mut Vec<String>) {
    let known = &settings.properties;
    let mut unknown = BTreeSet::new();
    // Nothing is refused while looking.
    let _ = visit::schemas_mut(root, &mut |at, schema| {
        let tokens = at.tokens();
        let [.., properties, name] = tokens.as_slice() else {
            return Ok(());
        };
        if *properties == "properties"
            && schema.get("format").is_some_and(|format| format == "int64")
            && !known.epoch_millis.contains(*name)
            && !known.other_integers.contains(*name)
        {
            unknown.insert((*name).to_owned());
        }
        // Documents made from a client's code lack formats.
        if let [_, _, ty, properties, name] = tokens.as_slice()
            && *properties == "properties"
            && schema.get("type").is_some_and(|ty| ty == "integer")
            && schema.get("format").is_none()
            && known.epoch_millis.contains(*name)
            && !known.other_integers.contains(&format!("{ty}.{name}"))
        {
            findings.push(format!(
                "corrections.yaml: is the integer `{ty}.{name}` a timestamp (`int64`) or not (`other_integers` in properties.yaml)?"
            ));
        }
        Ok(())
    });
    findings.extend(unknown.into_iter().map(|name| {
        format!("properties.yaml: is the 64-bit integer `{name}` a timestamp (`epoch_millis`) or not (`other_integers`)?")
    }));
}

#[inline]
fn repeated(root: &Value, settings: &Settings, findings: &mut Vec<String>) {
    let mut classes: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    let schemas = root["components"]["schemas"].as_object();
    let schemas = schemas.into_iter().flatten();
    let schemas = schemas
        .map(|(name, schema)| (name.as_str(), schema))
        .collect();
    for (name, class) in names::classes(&schemas) {
        let schema = schemas[name];
        // Scalars, arrays and maps get no type, nor do JSON Patches.
        let has_type = schema["properties"]
            .as_object()
            .is_some_and(|p| !p.is_empty())
            || schema.get("enum").is_some();
        if has_type && !is_patch_operation(schema) {
            classes.entry(class).or_default().push(name);
        }
    }
    let names = &settings.names;
    let groups: Vec<&Vec<String>> = names.schemas.values().chain(&names.distinct).collect();
    for class in classes.values().filter(|class| class.len() > 1) {
        let is_listed = groups.iter().any(|group| {
            class
                .iter()
                .all(|name| group.iter().any(|known| known == name))
        });
        if !is_listed {
            findings.push(format!(
                "names.yaml: are these equal schemas one (`schemas`) or not (`distinct`)? {}",
                class.join(", ")
            ));
        }
    }
}

#[inline]
fn is_patch_operation(schema: &Value) -> bool {
    !schema["properties"]["op"].is_null() && !schema["properties"]["path"].is_null()
}

/// Entries for secrets that the document does not have, which may have another name
/// now, and properties that look like secrets and are in no list.
#[inline]
fn secrets(api: &Api, settings: &Settings, findings: &mut Vec<String>) {
    let stale = settings.properties.secret.iter().filter_map(|entry| {
        let (ty, property) = entry.split_once('.')?;
        let has = |ty: &TypeDefinition| ty.fields().iter().any(|field| field.wire == property);
        let missing = match (ty, api.types.get(ty)) {
            ("*", _) => {
                let in_configs = api.integrations.values().any(|c| c.contains_key(property));
                let is_there = in_configs || api.types.values().any(has);
                (!is_there).then(|| format!("no type has a property `{property}`"))
            }
            (_, Some(definition)) => {
                (!has(definition)).then(|| format!("`{ty}` has no property `{property}`"))
            }
            (_, None) => Some(format!("there is no type `{ty}`")),
        };
        missing.map(|missing| {
            format!(
                "properties.yaml: {entry}: {missing}: if it was renamed, put the new name in \
                 `secret`, else remove the entry"
            )
        })
    });
    findings.extend(stale);
    findings.extend(api.suspects.iter().map(|((ty, property), reason)| {
        format!(
            "properties.yaml: is `{ty}.{property}` a secret (`secret`) or not (`public`)? It is redacted because of {reason}"
        )
    }));
}

/// Lists whose items do not have the properties that identify them. The lists of
/// other documents do not count.
#[inline]
fn identities(api: &Api, settings: &Settings, findings: &mut Vec<String>) {
    let stated = settings.lists.iter().flat_map(|facts| &facts.identities);
    for (id, names) in stated {
        let operation = api.operations.get(&normalize::method(id, settings));
        let list = operation.and_then(|operation| operation.list.as_ref());
        if list.is_some_and(|list| list.identity.is_none() && !names.is_empty()) {
            findings.push(format!(
                "pagination.yaml: {id}: the items do not have all of `{}`, or the first is no \
                 string: correct `identities`",
                names.join("`, `")
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_files_next_to_the_document_could_answer_is_asked() {
        let document = Document::parse(
            "d.yaml",
            r##"
openapi: 3.0.3
info: {title: LaunchDarkly REST API, version: "1"}
servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
paths:
  /api/v2/a:
    get:
      operationId: getA
      tags: [A]
      responses:
        "200": {description: A, content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
  /api/v2/b:
    get:
      operationId: getB
      tags: [A]
      responses:
        "200": {description: A body that is not declared}
    delete:
      operationId: deleteB
      tags: [A]
      responses:
        "204": {description: No body}
components:
  schemas:
    A:
      properties:
        at: {type: integer, format: int64}
        createdAt: {type: integer}
        newSecret: {type: string}
        one: {$ref: "#/components/schemas/One"}
        other: {$ref: "#/components/schemas/Other"}
    One: {description: One, properties: {a: {type: string}}}
    Other: {description: Other, properties: {a: {type: string}}}
"##,
        )
        .unwrap();
        let mut settings = Settings::default();
        settings.properties.epoch_millis.insert("createdAt".into());
        let asked = audit(&document, &settings).unwrap();
        insta::assert_snapshot!(asked.join("\n"));

        settings.corrections = crate::spec::yaml::from_str(
            r##"
            - what: a timestamp
              evidence: seen
              int64: {A: [createdAt]}
            - what: a body
              evidence: seen
              patch: [{op: add, path: /paths/~1api~1v2~1b/get/responses/200/content, value: {application/json: {schema: {}}}}]
            "##,
        )
        .unwrap();
        settings.properties.epoch_millis.insert("at".into());
        settings.properties.public.insert("A.newSecret".into());
        settings
            .names
            .distinct
            .push(vec!["One".into(), "Other".into()]);
        assert_eq!(audit(&document, &settings).unwrap(), Vec::<String>::new());
    }

    /// A document with these schemas, and an operation that takes an offset and returns `A`.
    fn get_a(schemas: &str) -> Document {
        let text = format!(
            r##"
openapi: 3.0.3
info: {{title: LaunchDarkly REST API, version: "1"}}
servers: [{{url: "https://app.launchdarkly.com"}}]
paths:
  /a:
    get:
      operationId: getA
      tags: [A]
      parameters: [{{name: offset, in: query, schema: {{type: integer}}}}]
      responses:
        "200": {{description: A, content: {{application/json: {{schema: {{$ref: "#/components/schemas/A"}}}}}}}}
components:
  schemas:
    {}
"##,
            schemas.trim()
        );
        Document::parse("d.yaml", &text).unwrap()
    }

    #[test]
    fn an_entry_for_a_secret_that_is_not_there_is_named_with_the_fix() {
        let document =
            get_a("A: {type: object, properties: {value: {type: string}, other: {type: string}}}");
        let mut settings = Settings::default();
        for entry in [
            "A.value",
            "A.gone",
            "Gone.value",
            "*.other",
            "*.gone",
            "*.configured",
        ] {
            settings.properties.secret.insert(entry.into());
        }
        let configs = "{one: {configured: {type: string, optional: true, secret: true}}}";
        settings.integrations = crate::spec::yaml::from_str(configs).unwrap();
        let fix = "if it was renamed, put the new name in `secret`, else remove the entry";
        assert_eq!(
            audit(&document, &settings).unwrap(),
            [
                ("*.gone", "no type has a property `gone`"),
                ("A.gone", "`A` has no property `gone`"),
                ("Gone.value", "there is no type `Gone`"),
            ]
            .map(|(entry, missing)| format!("properties.yaml: {entry}: {missing}: {fix}"))
        );
    }

    #[test]
    fn an_identity_that_the_items_do_not_have_is_named() {
        let document = get_a(
            r##"
    A: {type: object, properties: {items: {type: array, items: {$ref: "#/components/schemas/Item"}}}}
    Item: {type: object, properties: {name: {type: string}, count: {type: integer}}}
"##,
        );
        let findings = |identities: &str| {
            let lists = format!("[{{source: s, identities: {identities}}}]");
            let settings = Settings {
                lists: crate::spec::yaml::from_str(&lists).unwrap(),
                ..Settings::default()
            };
            audit(&document, &settings).unwrap()
        };
        for good in [
            "{getA: [name]}",
            "{getA: [name, count]}",
            "{getA: []}",
            "{getB: [gone]}",
        ] {
            assert_eq!(findings(good), Vec::<String>::new(), "{good}");
        }
        for (bad, names) in [("[name, gone]", "`name`, `gone`"), ("[count]", "`count`")] {
            let finding = format!(
                "pagination.yaml: getA: the items do not have all of {names}, or the first is no \
                 string: correct `identities`"
            );
            assert_eq!(findings(&format!("{{getA: {bad}}}")), [finding]);
        }
    }
}
