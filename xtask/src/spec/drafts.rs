//! Drafts: descriptions derived from the facts, where nobody has written one.
//!
//! A draft says what names, types and uses say, and is rendered like any other
//! description. `x-drafts` beside it lists the keys whose texts are drafts. The
//! tool works on the document without its drafts, and derives them again each
//! time it writes the document, so that they always fit the facts.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::{Value, json};

use super::{
    canonical::{list, object},
    keep_descriptions::operations,
    semantic_equality::{references, schema_name},
    undocumented::{self, Place, Subject},
};

/// The key that lists which texts of an object are drafts.
pub(crate) const DRAFTS: &str = "x-drafts";

/// The document with a draft in each place that has no description.
pub(crate) fn filled(root: &Value) -> Value {
    let mut filled = root.clone();
    for (place, text) in of(root) {
        if let Some(object) = filled
            .pointer_mut(place.pointer.as_str())
            .and_then(Value::as_object_mut)
        {
            object.insert(place.key.to_owned(), json!(text));
            let drafts = object.entry(DRAFTS).or_insert_with(|| json!([]));
            if let Some(drafts) = drafts.as_array_mut() {
                drafts.push(json!(place.key));
            }
        }
    }
    filled
}

/// Removes the drafts, and leaves the descriptions that somebody has written.
pub(crate) fn remove(root: &mut Value) {
    remove_within(root);
    let items = root.get_mut("paths").and_then(Value::as_object_mut);
    let operations = items
        .into_iter()
        .flatten()
        .flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        let responses = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut);
        for (_, response) in responses.into_iter().flatten() {
            // OpenAPI requires one.
            if let Some(response) = response.as_object_mut() {
                response.entry("description").or_insert_with(|| json!(""));
            }
        }
    }
}

fn remove_within(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // A property may have that name.
            if object.get(DRAFTS).is_some_and(Value::is_array) {
                let drafts = object.remove(DRAFTS).unwrap_or_default();
                for key in list(&drafts).filter_map(Value::as_str) {
                    object.remove(key);
                }
            }
            object.values_mut().for_each(remove_within);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_within),
        _ => {}
    }
}

/// The places without a description, each with its draft.
pub(crate) fn of(root: &Value) -> impl Iterator<Item = (Place<'_>, String)> {
    let uses = uses(root);
    undocumented::places(root)
        .into_iter()
        .map(move |place| (place.clone(), draft(&uses, &place)))
}

fn draft(uses: &BTreeMap<&str, Uses>, place: &Place<'_>) -> String {
    match &place.subject {
        Subject::Tag(name) => {
            format!("The operations that LaunchDarkly's document lists under {name}.")
        }
        Subject::Operation {
            path,
            method,
            operation,
        } if place.key == "summary" => summary(path, method, operation),
        Subject::Operation { operation, .. } => effect(operation),
        Subject::Parameter { parameter, .. } => argument(parameter),
        Subject::Response { status, .. } => response(status),
        Subject::Schema(name) => {
            let noun = noun(name).join(" ");
            match uses.get(*name) {
                Some(uses) => match uses.text() {
                    Some(used) => format!("The {noun} in {used}."),
                    None => "The body of an error response.".to_owned(),
                },
                None => format!("The {noun}. No operation uses this schema."),
            }
        }
        Subject::Property {
            schema,
            place,
            property,
        } => {
            let (parent, name) = match place.rsplit_once('.') {
                Some((parent, name)) => {
                    let parent = parent.rsplit('.').next().unwrap_or(parent);
                    let each = parent.trim_end_matches(['[', ']', '{', '}']);
                    let mut words = words(each);
                    if each != parent
                        && let Some(last) = words.last_mut()
                        && is_plural(last)
                    {
                        *last = singular(last);
                    }
                    (words, name)
                }
                None => (noun(schema), place.as_str()),
            };
            value(name, property, &parent)
        }
    }
}

/// Acronyms and names that are not written in lower case.
const WRITTEN: [(&str, &str); 35] = [
    ("ai", "AI"),
    ("api", "API"),
    ("arn", "ARN"),
    ("aws", "AWS"),
    ("cidr", "CIDR"),
    ("csv", "CSV"),
    ("hmac", "HMAC"),
    ("html", "HTML"),
    ("http", "HTTP"),
    ("https", "HTTPS"),
    ("id", "ID"),
    ("ids", "IDs"),
    ("ip", "IP"),
    ("json", "JSON"),
    ("jwt", "JWT"),
    ("launchdarkly", "LaunchDarkly"),
    ("ld", "LD"),
    ("llm", "LLM"),
    ("mau", "MAU"),
    ("mcp", "MCP"),
    ("mfa", "MFA"),
    ("oauth", "OAuth"),
    ("oauth2", "OAuth 2"),
    ("saml", "SAML"),
    ("scim", "SCIM"),
    ("sdk", "SDK"),
    ("sdks", "SDKs"),
    ("sql", "SQL"),
    ("sso", "SSO"),
    ("ttl", "TTL"),
    ("ui", "UI"),
    ("uri", "URI"),
    ("url", "URL"),
    ("urls", "URLs"),
    ("utc", "UTC"),
];

/// The words of an identifier: `maintainerId` is "maintainer ID".
fn words(identifier: &str) -> Vec<String> {
    // Each of these is one word, whose capitals would divide it.
    let whole = [
        ("IDs", "Ids"),
        ("SDKs", "Sdks"),
        ("URLs", "Urls"),
        ("OAuth", "Oauth"),
        ("LaunchDarkly", "Launchdarkly"),
    ];
    let identifier = whole
        .iter()
        .fold(identifier.to_owned(), |text, (from, to)| {
            text.replace(from, to)
        });
    let snake = identifier.to_snake_case();
    let written = |word: &str| {
        WRITTEN
            .iter()
            .find(|(plain, _)| *plain == word)
            .map_or(word, |(_, written)| written)
            .to_owned()
    };
    snake
        .split('_')
        .filter(|word| !word.is_empty())
        .map(written)
        .collect()
}

/// Words that say what a schema is for in the document, not what it describes.
const ROLES: [&str; 14] = [
    "body",
    "create",
    "input",
    "output",
    "params",
    "patch",
    "post",
    "put",
    "rep",
    "representation",
    "request",
    "response",
    "update",
    "list",
];

/// What a schema describes: `EnvironmentPost` describes an "environment".
fn noun(schema: &str) -> Vec<String> {
    let all = words(schema);
    // `SdkKeyForPutSdkKeyViews` names the operation that returns it.
    let operation = all.windows(2).position(|pair| {
        pair[0] == "for" && ["get", "patch", "post", "put"].contains(&pair[1].as_str())
    });
    let mut noun = &all[..operation.unwrap_or(all.len())];
    while let [rest @ .., last] = noun
        && !rest.is_empty()
        && ROLES.contains(&last.as_str())
    {
        noun = rest;
    }
    while let [first, rest @ ..] = noun
        && !rest.is_empty()
        && ROLES.contains(&first.as_str())
    {
        noun = rest;
    }
    noun.to_vec()
}

fn is_plural(word: &str) -> bool {
    word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end))
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Words that begin what is said of the things before them.
const PREPOSITIONS: [&str; 10] = [
    "after", "before", "by", "for", "from", "in", "of", "since", "to", "with",
];

/// An operation's summary, from its id: `getTags` is "List tags".
fn summary(path: &str, method: &str, operation: &Value) -> String {
    let mut id = words(operation["operationId"].as_str().unwrap_or_default());
    let action = words(path.rsplit('/').next().unwrap_or_default());
    // `postEnableTrigger` at `…/enable` enables something.
    if id.first().is_some_and(|verb| verb == "post")
        && id.len() > action.len() + 1
        && !action.is_empty()
        && id[1..].starts_with(&action)
    {
        id.remove(0);
    }
    let Some((verb, rest)) = id.split_first() else {
        return format!("{} {path}", method.to_uppercase());
    };
    let head = rest
        .iter()
        .position(|word| PREPOSITIONS.contains(&word.as_str()));
    let head = head.unwrap_or(rest.len());
    let plural = head > 0 && is_plural(&rest[head - 1]);
    let verb = match verb.as_str() {
        "get" if plural => "list",
        "post" => "create",
        "patch" => "update",
        "put" => "create or replace",
        other => other,
    };
    let article = match rest.first() {
        None => "",
        Some(_) if plural => "",
        Some(first) if verb == "create" => article(first),
        Some(_) => "the ",
    };
    capitalized(format!("{verb} {article}{}", rest.join(" ")).trim_end())
}

/// The indefinite article, by the sound of the word or of its first letter.
fn article(word: &str) -> &'static str {
    let is_acronym = word.chars().all(|letter| letter.is_ascii_uppercase());
    let vowels = if is_acronym { "AEFHILMNORSX" } else { "aeio" };
    let silent = ["one", "eu"].iter().any(|start| word.starts_with(start));
    let un = word.starts_with("un") && !word.starts_with("uni") || word.starts_with("up");
    let starts_with_vowel = word.starts_with(|first: char| {
        vowels.contains(first) || !is_acronym && vowels.contains(first.to_ascii_lowercase())
    });
    if starts_with_vowel && !silent || un {
        "an "
    } else {
        "a "
    }
}

/// An operation's description, from what it takes and returns.
fn effect(operation: &Value) -> String {
    let body = operation["requestBody"]["content"].as_object();
    let takes = body.and_then(|content| content.values().next());
    let success = object(&operation["responses"]).find(|(status, _)| status.starts_with('2'));
    let returns = success.and_then(|(_, response)| response["content"].as_object());
    let returns = match returns.and_then(|content| content.iter().next()) {
        Some((media_type, content)) => {
            format!("returns {}", of_content(content, media_type))
        }
        None => "returns no body".to_owned(),
    };
    match takes.map(|content| of_content(content, "the request body")) {
        Some(body) if body != "the request body" => {
            format!("Takes {body} and {returns}.")
        }
        Some(_) => format!("Takes a request body and {returns}."),
        None => format!("{}.", capitalized(&returns)),
    }
}

/// What a body holds; `other` if its schema has no name.
fn of_content(content: &Value, other: &str) -> String {
    let named = |schema: &Value| schema["$ref"].as_str().map(|_| schema["$ref"].clone());
    let schema = &content["schema"];
    if let Some(name) = named(schema).as_ref().and_then(schema_name) {
        return format!("the {}", noun(name).join(" "));
    }
    if let Some(name) = named(&schema["items"]).as_ref().and_then(schema_name) {
        return format!("a list: each item is the {}", noun(name).join(" "));
    }
    match schema["type"].as_str() {
        Some("array") => "a list".to_owned(),
        _ => other.to_owned(),
    }
}

/// What the parameters that most lists have mean.
const USUAL: [(&str, &str); 6] = [
    ("LD-API-Version", "The API version of the request."),
    ("expand", "The properties to expand in the response."),
    ("filter", "The filter to apply."),
    ("limit", "The maximum number of items to return."),
    ("offset", "The number of items to skip."),
    ("sort", "The property to sort by."),
];

fn argument(parameter: &Value) -> String {
    let name = parameter["name"].as_str().unwrap_or_default();
    match USUAL.iter().find(|(usual, _)| *usual == name) {
        Some((_, text)) => (*text).to_owned(),
        None => value(name, &parameter["schema"], &[]),
    }
}

/// A response's description, from its status (RFC 9110, section 15).
fn response(status: &str) -> String {
    let text = match status {
        "201" => "The resource was created.",
        "202" => "LaunchDarkly accepted the request and processes it later.",
        "204" => "The request succeeded. The response has no body.",
        "400" => "The request is malformed or contains an invalid value.",
        "401" => "The access token is missing or unknown.",
        "403" => "The access token's role does not allow this.",
        "404" => "A resource in the path does not exist, or the access token may not see it.",
        "405" => "The resource does not allow this method in its current state.",
        "409" => "The change conflicts with the current state or with a concurrent change.",
        "422" => "The body is well-formed, but LaunchDarkly cannot process it.",
        "429" => "Too many requests in too short a time.",
        "500" => "LaunchDarkly failed to process the request.",
        "503" => "LaunchDarkly is temporarily unable to process the request.",
        "default" => "Any other response.",
        success if success.starts_with('2') => "The request succeeded.",
        other => return format!("The response with status {other}."),
    };
    text.to_owned()
}

/// Units that a name may end with.
const UNITS: [(&str, &str); 7] = [
    ("days", "days"),
    ("hours", "hours"),
    ("millis", "milliseconds"),
    ("milliseconds", "milliseconds"),
    ("minutes", "minutes"),
    ("ms", "milliseconds"),
    ("seconds", "seconds"),
];

/// A property or parameter, from its name, its schema and what it belongs to.
fn value(name: &str, schema: &Value, parent: &[String]) -> String {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let owner = match parent.join(" ") {
        owner if owner.is_empty() || words.join(" ") == owner => String::new(),
        owner => format!(" of the {owner}"),
    };
    let format = match schema["format"].as_str() {
        Some("date-time") => ", as a date and time (RFC 3339)",
        _ => "",
    };
    let is_time = matches!(
        schema["type"].as_str(),
        Some("integer" | "number" | "string")
    );
    let is_past = |word: &str| word.ends_with("ed") || matches!(word, "seen" | "run" | "sent");
    let subject = match parent {
        [] => "it".to_owned(),
        _ => format!("the {}", parent.join(" ")),
    };
    let is_boolean = schema["type"] == "boolean";
    match words.as_slice() {
        [] => format!("The value{owner}."),
        [verb @ ("is" | "has"), rest @ ..] if is_boolean && !rest.is_empty() => {
            format!("Whether {subject} {verb} {}.", rest.join(" "))
        }
        [.., last] if is_boolean && last.ends_with("ed") => {
            format!("Whether {subject} is {}.", words.join(" "))
        }
        _ if is_boolean => match parent {
            [] => format!("Whether `{name}` applies."),
            _ => format!("Whether `{name}` applies to {subject}."),
        },
        ["total", "count"] => "The total number of items.".to_owned(),
        [rest @ .., done, "at" | "on"] if is_time && is_past(done) => {
            let done = [rest, &[done]].concat().join(" ");
            format!("When {subject} was {done}{format}.")
        }
        [does, "at"] if is_time && does.ends_with('s') => {
            format!("When {subject} {does}{format}.")
        }
        ["last", done] if is_time && is_past(done) => {
            format!("When {subject} was last {done}{format}.")
        }
        [rest @ .., unit] if !rest.is_empty() && UNITS.iter().any(|(known, _)| known == unit) => {
            let unit = UNITS.iter().find(|(known, _)| known == unit);
            let unit = unit.map_or_else(String::new, |(_, unit)| format!(", in {unit}"));
            format!("The {}{owner}{unit}.", rest.join(" "))
        }
        [first, ..] if PREPOSITIONS.contains(first) => format!("The value of `{name}`{owner}."),
        [.., last] if PREPOSITIONS.contains(last) => format!("The value of `{name}`{owner}."),
        [rest @ .., of @ ("ID" | "key" | "name")] if !rest.is_empty() => {
            format!("The {of} of the {}.", rest.join(" "))
        }
        words => format!("The {}{owner}{format}.", words.join(" ")),
    }
}

/// Where a schema is used.
#[derive(Debug, Default)]
struct Uses {
    /// The ids of the operations whose requests have it.
    requests: Vec<String>,
    /// The ids of those whose successful responses have it.
    responses: Vec<String>,
    /// The properties that have it, as `Schema.property`.
    properties: Vec<String>,
    /// The schemas that are combined of it.
    schemas: Vec<String>,
}

impl Uses {
    /// The first kind of use that there is, and how many more uses of the kind.
    /// `None` if only error responses have it.
    fn text(&self) -> Option<String> {
        let kinds = [
            ("the request of ", "operation", &self.requests),
            ("the response of ", "operation", &self.responses),
            ("", "property", &self.properties),
            ("", "schema", &self.schemas),
        ];
        for (before, kind, places) in kinds {
            if let Some((first, others)) = places.split_first() {
                let others = match others.len() {
                    0 => String::new(),
                    1 => format!(" and 1 other {kind}"),
                    many if kind == "property" => format!(" and {many} other properties"),
                    many => format!(" and {many} other {kind}s"),
                };
                return Some(format!("{before}`{first}`{others}"));
            }
        }
        None
    }
}

/// Where each schema is used, by name.
fn uses(root: &Value) -> BTreeMap<&str, Uses> {
    let mut uses: BTreeMap<&str, Uses> = BTreeMap::new();
    for (_, _, operation) in operations(root) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let mut each = |value, used: fn(&mut Uses) -> &mut Vec<String>| {
            references(value, &mut |name| {
                let places = used(uses.entry(name).or_default());
                if places.last().is_none_or(|last| last != id) {
                    places.push(id.to_owned());
                }
            });
        };
        each(&operation["parameters"], |uses| &mut uses.requests);
        each(&operation["requestBody"], |uses| &mut uses.requests);
        for (status, response) in object(&operation["responses"]) {
            if status.starts_with('2') {
                each(response, |uses| &mut uses.responses);
            }
        }
        for (status, response) in object(&operation["responses"]) {
            if !status.starts_with('2') {
                references(response, &mut |name| {
                    uses.entry(name).or_default();
                });
            }
        }
    }
    for (schema, definition) in object(&root["components"]["schemas"]) {
        for (property, value) in object(&definition["properties"]) {
            references(value, &mut |name| {
                let places = &mut uses.entry(name).or_default().properties;
                places.push(format!("{schema}.{property}"));
            });
        }
        for key in ["items", "additionalProperties", "oneOf", "anyOf", "allOf"] {
            references(&definition[key], &mut |name| {
                uses.entry(name).or_default().schemas.push(schema.clone());
            });
        }
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let json = |schema: Value| json!({"application/json": {"schema": schema}});
        json!({
            "tags": [{"name": "Lamps (beta)"}],
            "paths": {
                "/lamps": {
                    "get": {
                        "operationId": "getLamps", "tags": ["Lamps (beta)"],
                        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                        "responses": {
                            "200": {"description": "", "content": json(reference("Lamps"))},
                            "404": {"description": "", "content": json(reference("NotFoundRep"))}
                        }
                    },
                    "post": {
                        "operationId": "postLamp", "summary": "Add a lamp",
                        "requestBody": {"content": json(reference("LampPost"))},
                        "responses": {"201": {"description": "Our text.", "content": json(reference("Lamp"))}}
                    }
                },
                "/lamps/{lampId}/enable": {"post": {
                    "operationId": "postEnableLamp",
                    "parameters": [
                        {"name": "lampId", "in": "path", "schema": {"type": "string"}},
                        {"name": "createdAfter", "in": "query", "schema": {"type": "integer"}}
                    ],
                    "responses": {"204": {"description": ""}}
                }}
            },
            "components": {"schemas": {
                "Lamps": {"type": "object", "properties": {
                    "items": {"type": "array", "items": reference("Lamp")},
                    "totalCount": {"type": "integer"}
                }},
                "Lamp": {"type": "object", "properties": {
                    "_id": {"type": "string", "format": "uuid"},
                    "createdAt": {"type": "integer", "format": "int64"},
                    "expiresAt": {"type": "string", "format": "date-time"},
                    "lastSeen": {"type": "integer"},
                    "fadeDurationMs": {"type": "integer"},
                    "maintainerId": {"type": "string", "format": "uuid"},
                    "name": {"type": "string"},
                    "hasDimmer": {"type": "boolean"},
                    "permanentlyArchived": {"type": "boolean"},
                    "temporary": {"type": "boolean"},
                    "x-drafts": {"type": "number"},
                    "bulbs": {"type": "array", "items": {"properties": {"kind": {"type": "string", "enum": ["a"]}}}}
                }},
                "LampPost": {"type": "object", "description": "Ours."},
                "NotFoundRep": {"type": "object"},
                "UnusedAIConfig": {"type": "object"}
            }}
        })
    }

    #[test]
    fn each_place_without_a_description_has_a_draft_that_reads_as_a_sentence() {
        let root = document();
        let drafts: Vec<String> = of(&root).map(|(_, text)| text).collect();
        assert_eq!(
            drafts,
            [
                "The operations that LaunchDarkly's document lists under Lamps (beta).",
                // GET /lamps
                "List lamps",
                "Returns the lamps.",
                "The maximum number of items to return.",
                "The request succeeded.",
                "A resource in the path does not exist, or the access token may not see it.",
                // POST /lamps
                "Takes the lamp and returns the lamp.",
                // POST /lamps/{lampId}/enable
                "Enable the lamp",
                "Returns no body.",
                "The ID of the lamp.",
                "The value of `createdAfter`.",
                "The request succeeded. The response has no body.",
                // Lamp
                "The lamp in the response of `postLamp`.",
                "The ID of the lamp.",
                "The bulbs of the lamp.",
                "The kind of the bulb.",
                "When the lamp was created.",
                "When the lamp expires, as a date and time (RFC 3339).",
                "The fade duration of the lamp, in milliseconds.",
                "Whether the lamp has dimmer.",
                "When the lamp was last seen.",
                "The ID of the maintainer.",
                "The name of the lamp.",
                "Whether the lamp is permanently archived.",
                "Whether `temporary` applies to the lamp.",
                "The x drafts of the lamp.",
                // Lamps
                "The lamps in the response of `getLamps`.",
                "The items of the lamps.",
                "The total number of items.",
                "The body of an error response.",
                "The unused AI config. No operation uses this schema.",
            ]
        );
    }

    #[test]
    fn drafts_are_marked_and_are_removed_without_the_descriptions_of_ours() {
        let root = document();
        let filled = filled(&root);
        assert_eq!(undocumented::places(&filled), []);
        let operation = &filled["paths"]["/lamps"]["post"];
        assert_eq!(operation["summary"], "Add a lamp");
        assert_eq!(operation[DRAFTS], json!(["description"]));
        assert_eq!(
            filled["components"]["schemas"]["LampPost"].get(DRAFTS),
            None
        );
        let mut without = filled;
        remove(&mut without);
        assert_eq!(without, root);
    }

    #[test]
    fn nouns_leave_out_the_role_of_a_schema_and_its_operation() {
        for (schema, words) in [
            ("EnvironmentPost", "environment"),
            ("PatchAIConfigRequest", "AI config"),
            ("SdkKeyForPutSdkKeyViews", "SDK key"),
            ("OAuthClientRep", "OAuth client"),
            ("Patch", "patch"),
        ] {
            assert_eq!(noun(schema).join(" "), words);
        }
    }

    #[test]
    fn summaries_use_the_article_and_verb_that_the_id_asks_for() {
        let summary = |id: &str, path: &str| summary(path, "post", &json!({"operationId": id}));
        for (id, path, text) in [
            ("getSdkKeys", "/sdk-keys", "List SDK keys"),
            (
                "getEnvironmentsByProject",
                "/p",
                "List environments by project",
            ),
            (
                "getContextKindsByProjectKey",
                "/p/context-kinds",
                "List context kinds by project key",
            ),
            ("getStatus", "/p", "Get the status"),
            ("post-ai-config", "/p", "Create an AI config"),
            ("postUser", "/p", "Create a user"),
            ("postSDKKey", "/p", "Create an SDK key"),
            ("createOAuth2Client", "/p", "Create an OAuth 2 client"),
            ("patchTeam", "/p", "Update the team"),
            ("putBranch", "/p", "Create or replace the branch"),
            (
                "postDisableTrigger",
                "/t/{id}/disable",
                "Disable the trigger",
            ),
            (
                "evaluateContextInstance",
                "/p",
                "Evaluate the context instance",
            ),
            ("search", "/p", "Search"),
        ] {
            assert_eq!(summary(id, path), text);
        }
    }
}
