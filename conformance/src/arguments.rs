//! The arguments of a call, by where they are sent and by name.

use std::collections::BTreeMap;

use futures_util::stream;
use launchdarkly_api::reqwest::{
    Body,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
    multipart::Part,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::table::{Fault, read};

/// The arguments of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    /// By location (`path`, `query`, `header`) and name.
    pub parameters: BTreeMap<(String, String), Value>,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The texts of a form.
    pub texts: BTreeMap<String, String>,
    /// The files of a form.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// The name every file is sent under.
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

    /// A file that is read while it is sent.
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
