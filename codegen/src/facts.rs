//! The facts about each operation that outlive the document: what the client
//! decides by, and what the generated documentation says.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use jsonptr::PointerBuf;
use serde_json::Value;

use crate::{
    Settings,
    api::secrets::Secrets,
    emit,
    error::Fault,
    lower::bodies,
    overlay::{ConfigField, InstructionModule, Properties, corrections},
    spec::visit::{self, Object},
};

/// What the generated code needs to know of a document beside its types.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facts {
    /// By operation id, in `snake_case`.
    pub(crate) operations: BTreeMap<String, Operation>,
    /// By the name the wrapper knows a server by, in `UPPER_CASE`.
    pub(crate) servers: BTreeMap<&'static str, String>,
    pub(crate) properties: Properties,
    /// Where secrets are, in all areas; not read from the operations.
    pub(crate) secrets: Secrets,
    /// Whether there is to be a table of descriptions.
    pub(crate) descriptions: bool,
    pub(crate) instructions: Vec<InstructionModule>,
    pub(crate) integrations: BTreeMap<String, BTreeMap<String, ConfigField>>,
}

impl Facts {
    /// The properties of a type that hold secrets.
    pub(crate) fn is_secret(&self, ty: &str, property: &str) -> bool {
        self.properties.is_secret(ty, property)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) area: String,
    pub(crate) beta: bool,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Parameter>,
    /// The documented successes: status, and whether it has a body.
    pub(crate) successes: Vec<(u16, bool)>,
    /// The documented error responses: status and description.
    pub(crate) errors: Vec<(String, String)>,
    pub(crate) deprecated: bool,
    /// What is said of the request body.
    pub(crate) body: String,
    /// Whether a request must have a body.
    pub(crate) requires_body: bool,
    /// The fields of a body that is a form (`multipart/form-data`).
    pub(crate) form: Vec<FormField>,
    pub(crate) patches: Vec<PatchFormat>,
    pub(crate) paging: Option<Paging>,
    /// Whether a success may come without the body it is documented to have.
    pub(crate) may_answer_nothing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) required: bool,
    pub(crate) description: String,
    /// Whether an array's values are each a parameter (OpenAPI `explode`).
    pub(crate) explode: bool,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormField {
    pub(crate) name: String,
    pub(crate) ident: String,
    pub(crate) required: bool,
    pub(crate) is_file: bool,
    pub(crate) description: String,
}

/// How a change is written (LaunchDarkly documentation, "Updates").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatchFormat {
    Json,
    Merge,
    Semantic,
}

impl PatchFormat {
    fn named(name: &str) -> Option<Self> {
        match name {
            "json-patch" => Some(Self::Json),
            "merge-patch" => Some(Self::Merge),
            "semantic-patch" => Some(Self::Semantic),
            _ => None,
        }
    }

    /// How documentation calls it, and the type that it is.
    pub(crate) fn documented(&self) -> &'static str {
        match self {
            Self::Json => "A JSON Patch ([`JsonPatch`](crate::JsonPatch))",
            Self::Merge => "a JSON Merge Patch ([`MergePatch`](crate::MergePatch))",
            Self::Semantic => "a semantic patch ([`SemanticPatch`](crate::SemanticPatch))",
        }
    }

    pub(crate) fn variant(&self) -> &'static str {
        match self {
            Self::Json => "Json",
            Self::Merge => "Merge",
            Self::Semantic => "Semantic",
        }
    }
}

/// How a list goes on (LaunchDarkly documentation, "Pagination").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paging {
    Offset,
    BeforeAfter,
    ContinuationToken,
    NextLink,
}

impl Paging {
    pub(crate) fn variant(&self) -> &'static str {
        match self {
            Self::Offset => "Offset",
            Self::BeforeAfter => "BeforeAfter",
            Self::ContinuationToken => "ContinuationToken",
            Self::NextLink => "NextLink",
        }
    }
}

impl Operation {
    /// The names of the path's parameters, in the order they stand in it.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &str> {
        self.path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }
}

/// Reads the facts from a document all dialects of which have been unified.
pub(crate) fn read(root: &mut Value, settings: &Settings) -> Result<Facts, Fault> {
    let whole = root.clone();
    let shared: BTreeMap<String, Vec<Parameter>> = root["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(path, item)| (path.clone(), parameters(item)))
        .collect();
    let mut operations = BTreeMap::new();
    visit::operations_mut(root, |place, operation| {
        let mut facts = operation_facts(&whole, place.method, place.path, operation);
        for parameter in shared.get(place.path).into_iter().flatten() {
            let told = |p: &Parameter| p.name == parameter.name && p.location == parameter.location;
            if !facts.parameters.iter().any(told) {
                facts.parameters.push(parameter.clone());
            }
        }
        // Each a setter of the operation's builder.
        let mut arguments = BTreeMap::new();
        let body = String::from("request body");
        if operation.contains_key("requestBody") && facts.form.is_empty() {
            arguments.insert("body".to_owned(), &body);
        }
        let parameters = facts
            .parameters
            .iter()
            .map(|p| (p.name.to_snake_case(), &p.name));
        let fields = facts
            .form
            .iter()
            .map(|field| (field.ident.clone(), &field.name));
        for (name, named) in parameters.chain(fields) {
            if let Some(other) = arguments.insert(name.clone(), named) {
                return Err(place.fault(
                    &[],
                    format!(
                        "has `{other}` and `{named}`, which would both be the argument `{name}`"
                    ),
                ));
            }
        }
        for name in facts.path_parameters() {
            let told = |p: &Parameter| p.name == name && p.location == "path" && p.required;
            if !facts.parameters.iter().any(told) {
                return Err(place.fault(
                    &[],
                    format!("has no required path parameter for {{{name}}} of its path"),
                ));
            }
        }
        operations.insert(text(operation, "operationId"), facts);
        Ok(())
    })?;
    Ok(Facts {
        operations,
        servers: servers(root)?,
        properties: settings.properties.clone(),
        secrets: Secrets::default(),
        descriptions: settings.descriptions,
        instructions: settings.instructions.clone(),
        integrations: settings.integrations.clone(),
    })
}

fn operation_facts(whole: &Value, method: &str, path: &str, operation: &Object) -> Operation {
    let value = Value::Object(operation.clone());
    let area = value["tags"][0].as_str().unwrap_or_default().to_owned();
    let responses = || value["responses"].as_object().into_iter().flatten();
    let successes: Vec<_> = responses().filter(|(s, _)| s.starts_with('2')).collect();
    let has_body = |response: &Value| response.get("content").is_some();
    Operation {
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        beta: area.ends_with("-beta") || asks_for_beta(&value),
        area,
        summary: text(operation, "summary"),
        description: text(operation, "description"),
        parameters: parameters(&value),
        errors: responses()
            .filter(|(status, _)| !status.starts_with('2'))
            .map(|(status, response)| {
                let description = response["description"].as_str().unwrap_or_default();
                (status.clone(), description.to_owned())
            })
            .collect(),
        deprecated: value["deprecated"] == true,
        body: value["requestBody"]["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        requires_body: value["requestBody"]["required"] == true,
        form: form(whole, &value),
        patches: patches(whole, method, &value),
        paging: paging(whole, method, &value),
        successes: successes
            .iter()
            .filter_map(|(status, response)| Some((status.parse().ok()?, has_body(response))))
            .collect(),
        may_answer_nothing: successes.iter().any(|(_, r)| has_body(r))
            && successes.iter().any(|(_, r)| !has_body(r)),
    }
}

/// The fields of an operation's form.
fn form(whole: &Value, operation: &Value) -> Vec<FormField> {
    let content = &operation["requestBody"]["content"];
    if !content[bodies::JSON].is_null() {
        return Vec::new();
    }
    let schema = resolved(whole, &content[bodies::MULTIPART]["schema"]);
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|other| other == name))
    };
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, property)| FormField {
            name: name.clone(),
            ident: field_ident(name),
            required: required(name),
            is_file: property["format"] == "binary",
            description: property["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        })
        .collect()
}

/// What the setter of a form's field is called.
fn field_ident(name: &str) -> String {
    let mut ident: String = name
        .to_snake_case()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    if !ident.starts_with(|first: char| first.is_ascii_alphabetic()) {
        ident.insert_str(0, "field_");
    }
    if emit::RESERVED.contains(&ident.as_str()) {
        ident.push_str("_parameter");
    } else if syn::parse_str::<syn::Ident>(&ident).is_err() {
        // A keyword.
        ident.push('_');
    }
    ident
}

/// The patch formats an operation takes: as it is marked, else as its body's
/// schema says.
fn patches(whole: &Value, method: &str, operation: &Value) -> Vec<PatchFormat> {
    if let Some(marked) = operation[corrections::PATCHES].as_array() {
        return marked
            .iter()
            .filter_map(|format| PatchFormat::named(format.as_str()?))
            .collect();
    }
    if method != "patch" {
        return Vec::new();
    }
    let schema = resolved(
        whole,
        &operation["requestBody"]["content"][bodies::JSON]["schema"],
    );
    let has = |name: &str| !schema["properties"][name].is_null();
    if is_json_patch(whole, schema) || has("patch") && has("comment") {
        vec![PatchFormat::Json]
    } else if resolved(whole, &schema["properties"]["instructions"])["type"] == "array" {
        vec![PatchFormat::Semantic]
    } else {
        Vec::new()
    }
}

fn is_json_patch(whole: &Value, schema: &Value) -> bool {
    let member = resolved(whole, &schema["items"]);
    let requires = |name: &str| {
        member["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|other| other == name))
    };
    schema["type"] == "array" && requires("op") && requires("path")
}

/// How the list that an operation returns continues. Requests for its pages
/// have the operation's method and body, so that it must be one that reads: a
/// GET, or a POST that selects a page by a query parameter.
fn paging(whole: &Value, method: &str, operation: &Value) -> Option<Paging> {
    let has = |name: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|parameters| {
                parameters
                    .iter()
                    .any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
            })
    };
    let answer = operation["responses"]
        .as_object()?
        .iter()
        .find_map(|(status, response)| {
            let schema = &response["content"][bodies::JSON]["schema"];
            (status.starts_with('2') && schema.is_object()).then(|| resolved(whole, schema))
        })?;
    let items = resolved(whole, &answer["properties"]["items"]);
    if items["type"] != "array" || !matches!(method, "get" | "post") {
        return None;
    }
    let links = resolved(whole, &answer["properties"]["_links"]);
    if has("continuationToken") {
        Some(Paging::ContinuationToken)
    } else if has("offset") {
        Some(Paging::Offset)
    } else if has("before") && has("after") {
        Some(Paging::BeforeAfter)
    } else if has("limit") || method == "get" && !links["properties"]["next"].is_null() {
        Some(Paging::NextLink)
    } else {
        None
    }
}

/// A schema, or the component it refers to.
fn resolved<'a>(whole: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    // A reference to a reference is one more step; circles have been refused.
    while let Some(name) = schema["$ref"].as_str().and_then(visit::schema_name) {
        schema = &whole["components"]["schemas"][&name];
    }
    schema
}

/// Whether the operation has the `LD-API-Version: beta` header parameter
/// (LaunchDarkly documentation, "Beta resources").
fn asks_for_beta(operation: &Value) -> bool {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|parameter| {
            parameter["in"] == "header"
                && parameter["name"]
                    .as_str()
                    .is_some_and(|name| name.eq_ignore_ascii_case("LD-API-Version"))
                && parameter["schema"]["enum"]
                    .as_array()
                    .is_some_and(|versions| versions.iter().any(|version| version == "beta"))
        })
}

fn parameters(holder: &Value) -> Vec<Parameter> {
    holder["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|parameter| Parameter {
            name: text(parameter, "name"),
            location: text(parameter, "in"),
            required: parameter.get("required") == Some(&Value::Bool(true)),
            description: text(parameter, "description"),
            explode: parameter.get("explode") != Some(&Value::Bool(false)),
        })
        .collect()
}

fn text(object: &Object, key: &str) -> String {
    object
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// LaunchDarkly's instance in the European Union. The published documents
/// name it in their description ("EU environments") and not in `servers`.
const EU: &str = "https://app.eu.launchdarkly.com";

/// The document's servers by the name the wrapper knows each by. The dialects
/// describe them differently or not at all, so their addresses tell: `.us` is
/// the federal instance, `app.eu.` the European one ([`EU`] if there is none),
/// the first listed the commercial one (the default, OpenAPI 3.0.3, "Server
/// Object").
fn servers(root: &Value) -> Result<BTreeMap<&'static str, String>, Fault> {
    let mut found = BTreeMap::new();
    let urls = root["servers"].as_array().into_iter().flatten();
    for (index, server) in urls.enumerate() {
        let at = || PointerBuf::from_tokens(["servers", &index.to_string(), "url"]);
        let url = server["url"].as_str().unwrap_or_default();
        let Some(host) = url.strip_prefix("https://") else {
            return Err(Fault::at(at(), format!("{url:?} is not an https URL")));
        };
        let host = host.trim_end_matches('/');
        if host.is_empty() || host.contains(['/', '{', '?', '#', '@']) {
            return Err(Fault::at(
                at(),
                format!("{url:?} is more or less than an origin"),
            ));
        }
        let name = if host.ends_with(".us") {
            "FEDERAL"
        } else if host.starts_with("app.eu.") {
            "EU"
        } else {
            "COMMERCIAL"
        };
        found
            .entry(name)
            .or_insert_with(|| format!("https://{host}"));
    }
    found.entry("EU").or_insert_with(|| EU.to_owned());
    for (name, what) in [
        ("COMMERCIAL", "a commercial server"),
        ("FEDERAL", "a federal server (.us)"),
    ] {
        if !found.contains_key(name) {
            let at = PointerBuf::from_tokens(["servers"]);
            return Err(Fault::at(at, format!("does not list {what}")));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SERVERS: [&str; 2] = [
        "https://app.launchdarkly.com",
        "https://app.launchdarkly.us",
    ];

    fn document(operation: &Value) -> Value {
        json!({
            "servers": SERVERS.map(|url| json!({"url": url})),
            "paths": {"/a/{b}": {
                "parameters": [{"name": "b", "in": "path", "required": true, "description": " The b. "}],
                "get": operation
            }}
        })
    }

    #[test]
    fn the_facts_of_an_operation_are_read_whole() {
        let mut root = document(&json!({
            "operationId": "get_a",
            "tags": ["flags"],
            "summary": "Get",
            "parameters": [
                {"name": "LD-API-Version", "in": "header", "required": true,
                 "schema": {"enum": ["beta"]}},
            ],
            "requestBody": {"content": {"multipart/form-data": {}}},
            "responses": {
                "200": {"content": {}}, "204": {},
                "404": {"description": "Not there"}
            }
        }));
        let facts = read(&mut root, &Settings::default()).unwrap();
        let operation = &facts.operations["get_a"];
        assert_eq!(
            (operation.method.as_str(), operation.path.as_str()),
            ("GET", "/a/{b}")
        );
        assert!(operation.beta && operation.may_answer_nothing);
        assert_eq!(
            operation.errors,
            [("404".to_owned(), "Not there".to_owned())]
        );
        assert_eq!(operation.path_parameters().collect::<Vec<_>>(), ["b"]);
        assert_eq!(operation.parameters[1].description, "The b.");
    }

    #[test]
    fn beta_is_told_by_area_or_header() {
        let beta = |tag: &str, parameters: Value| {
            let mut root = document(&json!({
                "operationId": "x", "tags": [tag], "parameters": parameters, "responses": {}
            }));
            read(&mut root, &Settings::default()).unwrap().operations["x"].beta
        };
        let header = |values: Value| json!([{"name": "ld-api-version", "in": "header", "schema": {"enum": values}}]);
        assert!(!beta("flags", json!([])));
        assert!(beta("flags-beta", json!([])));
        assert!(beta("flags", header(json!(["beta"]))));
        assert!(!beta("flags", header(json!(["20240415"]))));
    }

    #[test]
    fn only_what_reads_is_a_list_of_pages() {
        let paging = |method: &str, query: &[&str]| {
            let parameters = query
                .iter()
                .map(|name| json!({"name": name, "in": "query"}));
            let mut root = document(&json!({
                "operationId": "x", "tags": ["t"], "parameters": parameters.collect::<Vec<_>>(),
                "responses": {"200": {"content": {"application/json": {"schema": {"properties": {
                    "items": {"type": "array"}, "_links": {"properties": {"next": {}}}
                }}}}}}
            }));
            let operation = root["paths"]["/a/{b}"]["get"].take();
            root["paths"]["/a/{b}"][method] = operation;
            root["paths"]["/a/{b}"]
                .as_object_mut()
                .unwrap()
                .retain(|_, item| !item.is_null());
            let facts = read(&mut root, &Settings::default()).unwrap();
            facts.operations["x"].paging
        };
        for method in ["get", "post"] {
            assert_eq!(paging(method, &["limit", "offset"]), Some(Paging::Offset));
            assert_eq!(
                paging(method, &["after", "before"]),
                Some(Paging::BeforeAfter)
            );
            assert_eq!(
                paging(method, &["continuationToken"]),
                Some(Paging::ContinuationToken)
            );
            assert_eq!(paging(method, &["limit"]), Some(Paging::NextLink));
        }
        assert_eq!(paging("get", &[]), Some(Paging::NextLink));
        assert_eq!(paging("post", &[]), None);
        for method in ["put", "patch", "delete"] {
            assert_eq!(paging(method, &["limit", "offset"]), None);
        }
    }

    #[test]
    fn a_path_parameter_that_is_not_declared_is_refused() {
        let mut root = document(&json!({"operationId": "x", "tags": ["t"]}));
        root["paths"]["/a/{b}"]["parameters"] = json!([]);
        let fault = read(&mut root, &Settings::default()).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1a~1{b}/get");
        assert!(fault.reason.contains("{b}"));
    }

    #[test]
    fn what_would_be_one_argument_is_refused_with_both_names() {
        let named = |parameters: Value, content: Value| {
            let mut root = document(&json!({
                "operationId": "x", "tags": ["t"], "parameters": parameters,
                "requestBody": {"content": content}, "responses": {}
            }));
            read(&mut root, &Settings::default()).unwrap_err().reason
        };
        let query = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
        let json = json!({"application/json": {"schema": {"type": "string"}}});
        let reason = named(json!([query("fooBar"), query("foo_bar")]), json.clone());
        assert!(reason.contains("`fooBar` and `foo_bar`"), "{reason}");
        let reason = named(json!([query("body")]), json);
        assert!(reason.contains("`request body` and `body`"), "{reason}");
        let form =
            json!({"multipart/form-data": {"schema": {"properties": {"foo": {"type": "string"}}}}});
        let reason = named(json!([query("foo")]), form);
        assert!(reason.contains("`foo` and `foo`"), "{reason}");
    }

    #[test]
    fn a_forms_field_has_a_name_that_rust_takes() {
        for (name, ident) in [
            ("fileName", "file_name"),
            ("type", "type_"),
            ("send", "send_parameter"),
            ("2nd", "field_2nd"),
        ] {
            assert_eq!(field_ident(name), ident);
        }
    }

    #[test]
    fn servers_are_known_by_their_address() {
        let named = |urls: &[&str]| {
            let servers: Vec<_> = urls.iter().map(|url| json!({"url": url})).collect();
            read(
                &mut json!({"paths": {}, "servers": servers}),
                &Settings::default(),
            )
            .map(|facts| facts.servers)
        };
        let found = named(&[
            "https://app.launchdarkly.com/",
            "https://app.launchdarkly.us",
        ])
        .unwrap();
        assert_eq!(found["COMMERCIAL"], "https://app.launchdarkly.com");
        assert_eq!(found["FEDERAL"], "https://app.launchdarkly.us");
        assert_eq!(found["EU"], "https://app.eu.launchdarkly.com");
        let listed = [SERVERS[0], SERVERS[1], "https://app.eu.example"];
        assert_eq!(named(&listed).unwrap()["EU"], "https://app.eu.example");
        for (urls, place) in [
            (vec![SERVERS[0]], "/servers"),
            (vec![SERVERS[1]], "/servers"),
            (vec!["http://a.us"], "/servers/0/url"),
            (vec!["https://{region}.a.us"], "/servers/0/url"),
        ] {
            assert_eq!(named(&urls).unwrap_err().pointer.as_str(), place);
        }
    }
}
