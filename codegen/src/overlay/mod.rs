//! What is known of the interface beside its document: the files next to
//! `openapi/openapi.yaml`.

pub(crate) mod corrections;
pub(crate) mod names;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use jsonptr::PointerBuf;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Error, Result};
use corrections::Correction;
use names::Names;

/// How a document is to be understood, and what of it is wanted.
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
    pub(crate) names: Names,
    pub(crate) properties: Properties,
    pub(crate) instructions: Vec<InstructionModule>,
    /// What configurations of audit log subscriptions hold, by integration key
    /// and property.
    pub(crate) integrations: BTreeMap<String, BTreeMap<String, ConfigField>>,
}

/// A property of an integration's configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ConfigField {
    pub(crate) r#type: String,
    pub(crate) optional: bool,
    pub(crate) secret: bool,
    #[serde(default)]
    pub(crate) default: Option<Value>,
    #[serde(default)]
    pub(crate) allowed_values: Vec<String>,
}

/// The instructions that an operation takes in semantic patches.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstructionModule {
    /// What the module is called.
    pub(crate) module: String,
    /// The operation's id.
    pub(crate) operation: String,
    pub(crate) instructions: Vec<Instruction>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instruction {
    pub(crate) kind: String,
    pub(crate) description: String,
    /// Whether it is about the environment that the patch names.
    #[serde(default)]
    pub(crate) environment: bool,
    #[serde(default)]
    pub(crate) deprecated: bool,
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) r#type: String,
    pub(crate) required: bool,
    pub(crate) description: String,
}

/// What properties mean that their types do not tell.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Properties {
    /// 64-bit integers that are points in time, by name.
    pub(crate) epoch_millis: BTreeSet<String>,
    /// Those that are something else.
    pub(crate) other_integers: BTreeSet<String>,
    /// Secrets: `Type.property`, or `*.property` wherever it is.
    pub(crate) secret: BTreeSet<String>,
    /// What looks like a secret and is none.
    pub(crate) public: BTreeSet<String>,
}

impl Settings {
    /// Reads the files of a folder: `corrections.yaml`, `instructions.yaml`,
    /// `integration-configs.json`, `names.yaml` and `properties.yaml`. One that is not there says nothing.
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
            names: file(&folder.join("names.yaml"))?,
            properties: file(&folder.join("properties.yaml"))?,
            instructions: file(&folder.join("instructions.yaml"))?,
            // JSON is YAML.
            integrations: file(&folder.join("integration-configs.json"))?,
        })
    }
}

fn file<T: DeserializeOwned + Default>(path: &Path) -> Result<T> {
    let name = path.display().to_string();
    let whole = |reason: String| Error::new(&name, PointerBuf::new(), reason);
    match std::fs::read_to_string(path) {
        Ok(text) => serde_saphyr::from_str(&text)
            .map_err(|error| whole(format!("is not what it should be: {error}"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(whole(format!("cannot be read: {error}"))),
    }
}

impl Properties {
    /// Whether a property of a type is a secret.
    pub(crate) fn is_secret(&self, ty: &str, property: &str) -> bool {
        self.secret.contains(&format!("*.{property}"))
            || self.secret.contains(&format!("{ty}.{property}"))
    }
}
