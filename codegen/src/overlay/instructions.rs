//! `instructions.yaml`: the instructions of semantic patches.

use serde::Deserialize;

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
