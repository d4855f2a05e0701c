//! An OpenAPI document as plain JSON. It is read without the code generator, so
//! that the tests do not take their expectations from the tested code.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

use crate::table::Fault;

/// An OpenAPI document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    root: Value,
}

/// An operation of a document.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Operation<'a> {
    /// The HTTP method, in upper case.
    pub method: &'static str,
    /// The template of the path.
    pub path: &'a str,
    /// Its OpenAPI `Operation Object`.
    pub value: &'a Value,
}

/// The parts of an entry of `openapi/corrections.yaml` that concern requests
/// and responses.
#[derive(Deserialize)]
struct Correction {
    patch: Option<json_patch::Patch>,
    #[serde(default)]
    beta: Vec<String>,
}

/// The key of an operation that needs the beta version although the document
/// does not say so.
const BETA: &str = "x-beta";

/// A parameter of an operation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Parameter<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its location (OpenAPI `in`).
    pub location: &'a str,
    /// Whether it is required.
    pub required: bool,
    /// Whether a list is sent as several parameters.
    pub explode: bool,
    /// Its schema.
    pub schema: &'a Value,
}

const METHODS: [(&str, &str); 7] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
];

impl Document {
    /// The vendored document, with the corrections of requests and responses.
    ///
    /// # Errors
    ///
    /// A file cannot be read or is not YAML.
    pub fn vendored() -> Result<Self, Fault> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
        let mut document = Self::read(&folder.join("openapi.yaml"))?;
        let corrections = fs::read_to_string(folder.join("corrections.yaml"))?;
        for correction in serde_saphyr::from_str::<Vec<Correction>>(&corrections)? {
            document.correct(&correction);
        }
        Ok(document)
    }

    fn correct(&mut self, correction: &Correction) {
        if let Some(patch) = &correction.patch {
            // A document can be older or newer than the correction.
            let _ = json_patch::patch(&mut self.root, patch);
        }
        let items = self.root["paths"].as_object_mut().into_iter().flatten();
        let operations = items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
        for (_, operation) in operations {
            if correction
                .beta
                .iter()
                .any(|id| operation["operationId"] == **id)
            {
                operation[BETA] = true.into();
            }
        }
    }

    /// A document in YAML.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is not YAML.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let text = fs::read_to_string(path)?;
        // Thousands of aliases stand for a few dozen anchors.
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false },
        };
        let root = serde_saphyr::from_str_with_options(&text, options)?;
        Ok(Self { root })
    }

    /// The root object.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Its operations.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |(key, method)| {
                let value = item.get(key)?;
                Some(Operation {
                    method,
                    path,
                    value,
                })
            })
        })
    }

    /// Its schemas, by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        let schemas = self.root["components"]["schemas"].as_object();
        schemas
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), schema))
    }

    /// The target of a reference, or the value itself if it is not a reference.
    #[must_use]
    pub fn resolved<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        while let Some(target) = value["$ref"]
            .as_str()
            .and_then(|reference| self.root.pointer(reference.strip_prefix('#')?))
        {
            value = target;
        }
        value
    }

    /// The parameters of an operation.
    pub fn parameters<'a>(
        &'a self,
        operation: Operation<'a>,
    ) -> impl Iterator<Item = Parameter<'a>> {
        let item = &self.root["paths"][operation.path];
        [&operation.value["parameters"], &item["parameters"]]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .map(|parameter| {
                let parameter = self.resolved(parameter);
                Parameter {
                    name: parameter["name"].as_str().unwrap_or_default(),
                    location: parameter["in"].as_str().unwrap_or_default(),
                    required: parameter["required"] == true,
                    // OpenAPI 3.0.3, "Parameter Object": the style of a query
                    // parameter is `form`, for which the default is true.
                    explode: parameter["explode"] != false,
                    schema: &parameter["schema"],
                }
            })
    }

    /// The media type and the schema of a request's body.
    #[must_use]
    pub fn body<'a>(&'a self, operation: Operation<'a>) -> Option<(&'a str, &'a Value)> {
        media(self.resolved(&operation.value["requestBody"]))
    }

    /// Whether the body is required.
    #[must_use]
    pub fn requires_body(&self, operation: Operation<'_>) -> bool {
        self.resolved(&operation.value["requestBody"])["required"] == true
    }

    /// The success statuses, each with the schema of its body.
    pub fn successes<'a>(
        &'a self,
        operation: Operation<'a>,
    ) -> impl Iterator<Item = (u16, Option<&'a Value>)> {
        let responses = operation.value["responses"].as_object();
        responses
            .into_iter()
            .flatten()
            .filter_map(|(status, response)| {
                let status = status.parse().ok().filter(|status| *status / 100 == 2)?;
                let schema = media(self.resolved(response)).map(|(_, schema)| schema);
                Some((status, schema))
            })
    }
}

/// The media type JSON if there is one, otherwise the first.
fn media(holder: &Value) -> Option<(&str, &Value)> {
    let content = holder["content"].as_object()?;
    let (media, value) = content
        .get_key_value("application/json")
        .or_else(|| content.iter().next())?;
    Some((media, value.get("schema")?))
}

impl From<Value> for Document {
    fn from(root: Value) -> Self {
        Self { root }
    }
}

impl Operation<'_> {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap_or_default()
    }

    /// Whether the operation is in beta: its tag, its `LD-API-Version` parameter or a
    /// correction says so.
    #[must_use]
    pub fn is_beta(&self) -> bool {
        let tag = self.value["tags"][0].as_str().unwrap_or_default();
        tag.ends_with("(beta)")
            || self.value[BETA] == true
            || self.value["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|parameter| {
                    parameter["name"] == "LD-API-Version"
                        && parameter["schema"]["enum"][0] == "beta"
                })
    }
}
