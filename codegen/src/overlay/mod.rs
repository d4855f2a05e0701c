//! The files beside `openapi/openapi.yaml`: what the document does not say, or
//! says wrongly.

mod acronyms;
pub(crate) mod corrections;
mod examples;
mod instructions;
mod integrations;
mod list_facts;
pub(crate) mod names;
mod properties;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use jsonptr::PointerBuf;
use serde::de::DeserializeOwned;

pub(crate) use acronyms::Acronyms;
use corrections::{Change, Correction};
pub(crate) use examples::Examples;
pub(crate) use instructions::{Instruction, InstructionModule, Parameter};
pub(crate) use integrations::ConfigField;
pub(crate) use list_facts::ListFacts;
use names::Names;
pub(crate) use properties::Properties;

use crate::{Error, Result, spec::yaml};

/// What the files beside a document say, and which part of the document to
/// generate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// The areas whose operations are generated; all if `None`.
    pub areas: Option<BTreeSet<String>>,
    /// Whether mocks of the operations are generated too.
    pub mocks: bool,
    /// Whether the descriptions of types and properties are written as a table
    /// too, beside the documentation: the schemas of the types have them.
    pub descriptions: bool,
    pub(crate) corrections: Vec<Correction>,
    pub(crate) examples: Examples,
    pub(crate) names: Names,
    pub(crate) properties: Properties,
    pub(crate) instructions: Vec<InstructionModule>,
    /// What configurations of audit log subscriptions hold, by integration key
    /// and property.
    pub(crate) integrations: BTreeMap<String, BTreeMap<String, ConfigField>>,
    /// The largest pages of lists, and what identifies their items.
    pub(crate) lists: Vec<ListFacts>,
}

impl Settings {
    /// Reads the files of a folder: `corrections.yaml`, `examples.yaml`, `instructions.yaml`,
    /// `integration-configs.json`, `names.yaml`, `pagination.yaml` and
    /// `properties.yaml`. A file that does not exist is like an empty one.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or holds something else than it should.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            areas: None,
            mocks: false,
            descriptions: false,
            corrections: file(&folder.join("corrections.yaml"))?,
            examples: file(&folder.join("examples.yaml"))?,
            names: file(&folder.join("names.yaml"))?,
            properties: file(&folder.join("properties.yaml"))?,
            instructions: file(&folder.join("instructions.yaml"))?,
            lists: file(&folder.join("pagination.yaml"))?,
            // JSON is YAML.
            integrations: file(&folder.join("integration-configs.json"))?,
        })
    }

    /// Returns the renamed areas: the feature of the old name, and that of the new
    /// one.
    pub fn renamed_areas(&self) -> &BTreeMap<String, String> {
        &self.names.areas
    }

    /// Returns whether a property is a secret whatever type has it.
    #[must_use]
    pub fn is_secret_everywhere(&self, property: &str) -> bool {
        self.properties.is_secret("*", property)
    }

    /// Returns the ids of the operations that the default API version no longer
    /// has, although the document still lists them.
    pub fn removed_operations(&self) -> impl Iterator<Item = &str> {
        self.corrections
            .iter()
            .filter_map(|correction| match &correction.change {
                Change::Removed(operations) => Some(operations.keys().map(String::as_str)),
                _ => None,
            })
            .flatten()
    }
}

fn file<T: DeserializeOwned + Default>(path: &Path) -> Result<T> {
    let name = path.display().to_string();
    let whole = |reason: String| Error::new(&name, PointerBuf::new(), reason);
    match std::fs::read_to_string(path) {
        Ok(text) => yaml::from_str(&text)
            .map_err(|reason| whole(format!("is not what it should be: {reason}"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(whole(format!("cannot be read: {error}"))),
    }
}
