//! The arguments of a call, by location and name.

use std::collections::BTreeMap;

use futures_util::stream;
use launchdarkly_api::{
    Instruction, JsonPatch, MergePatch, SemanticPatch,
    reqwest::{
        Body,
        header::{CONTENT_TYPE, HeaderMap, HeaderValue},
        multipart::Part,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::table::{Fault, read};

/// The arguments of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    /// By location (`path`, `query`, `header`) and name.
    pub parameters: BTreeMap<(String, String), Value>,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The body, if it is a patch document. `body` then has its JSON.
    pub patch: Option<Patch>,
    /// The text fields of a form.
    pub texts: BTreeMap<String, String>,
    /// The files of a form.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A patch document.
#[derive(Debug, Clone, PartialEq)]
pub enum Patch {
    /// RFC 6902.
    Json(JsonPatch),
    /// RFC 7386.
    Merge(MergePatch),
    /// LaunchDarkly's semantic patch.
    Semantic(SemanticPatch),
}

impl Patch {
    /// A patch of the format with this name, and its JSON.
    #[must_use]
    pub fn example(format: &str, comment: Option<&str>) -> Option<(Self, Value)> {
        let text = "a `b\" / ü";
        let commented = |member: &str, document: Value| match comment {
            Some(comment) => json!({"comment": comment, member: document}),
            None => document,
        };
        Some(match format {
            "Json" => {
                let mut patch = JsonPatch::new().replace("/a~1b/0", text).remove("/c");
                if let Some(comment) = comment {
                    patch = patch.comment(comment);
                }
                let document = json!([
                    {"op": "replace", "path": "/a~1b/0", "value": text},
                    {"op": "remove", "path": "/c"},
                ]);
                (Self::Json(patch), commented("patch", document))
            }
            "Merge" => {
                let mut patch = MergePatch::new().set("a", text).delete("b");
                if let Some(comment) = comment {
                    patch = patch.comment(comment);
                }
                (
                    Self::Merge(patch),
                    commented("merge", json!({"a": text, "b": null})),
                )
            }
            "Semantic" => {
                let instruction = Instruction::custom("aKind", json!({"value": text}));
                let mut patch = SemanticPatch::new()
                    .environment_key("e")
                    .instruction(instruction);
                let mut document = json!({
                    "environmentKey": "e",
                    "instructions": [{"kind": "aKind", "value": text}],
                });
                if let Some(comment) = comment {
                    patch = patch.comment(comment);
                    document["comment"] = json!(comment);
                }
                (Self::Semantic(patch), document)
            }
            _ => return None,
        })
    }

    /// Reads a body as a semantic patch. Returns `None` if it is not one.
    #[must_use]
    pub fn semantic(body: &Value) -> Option<Self> {
        let mut patch = SemanticPatch::new();
        if let Some(key) = body["environmentKey"].as_str() {
            patch = patch.environment_key(key);
        }
        if let Some(comment) = body["comment"].as_str() {
            patch = patch.comment(comment);
        }
        for instruction in body["instructions"].as_array()? {
            let mut parameters = instruction.as_object()?.clone();
            let kind = parameters.remove("kind").unwrap_or_else(|| json!("aKind"));
            patch = patch.instruction(Instruction::custom(kind.as_str()?, parameters));
        }
        Some(Self::Semantic(patch))
    }

    /// The `content-type` of the format.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) | Self::Merge(_) => "application/json",
            Self::Semantic(_) => "application/json; domain-model=launchdarkly.semanticpatch",
        }
    }
}

/// The file name in each upload.
pub const FILE_NAME: &str = "list ü.csv";

impl Arguments {
    pub(crate) fn parameter<T: DeserializeOwned>(
        &self,
        location: &str,
        name: &str,
    ) -> Result<Option<T>, Fault> {
        let key = (location.to_owned(), name.to_owned());
        self.parameters.get(&key).map(read).transpose()
    }

    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<Option<T>, Fault> {
        self.body.as_ref().map(read).transpose()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// A file, sent as a stream of chunks.
    pub(crate) fn file(&self, name: &str) -> Option<Part> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv"));
        let chunks: Vec<Result<Vec<u8>, std::io::Error>> = self
            .files
            .get(name)?
            .chunks(1000)
            .map(|chunk| Ok(chunk.to_vec()))
            .collect();
        let body = Body::wrap_stream(stream::iter(chunks));
        Some(Part::stream(body).file_name(FILE_NAME).headers(headers))
    }
}
