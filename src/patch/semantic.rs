//! LaunchDarkly's semantic patch.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    codec::{schema, to_json},
    redact::{self, Sensitivity},
    targeting::RolloutWeights,
};

/// A semantic patch (LaunchDarkly documentation, "Updates using semantic
/// patch"): a list of instructions, which the server applies in order, all or
/// none.
///
/// The instructions of each operation are functions in the
/// [`instructions`](crate::instructions) modules.
///
/// ```
/// use launchdarkly_api::{SemanticPatch, instructions::flags};
///
/// let patch = SemanticPatch::new()
///     .environment_key("production")
///     .comment("Launch day")
///     .instruction(flags::turn_flag_on());
/// assert_eq!(
///     patch.to_string(),
///     r#"{"comment":"Launch day","environmentKey":"production","instructions":[{"kind":"turnFlagOn"}]}"#,
/// );
/// ```
#[derive(Clone, PartialEq, Default)]
#[must_use = "a patch changes nothing by itself"]
pub struct SemanticPatch {
    environment_key: Option<String>,
    comment: Option<String>,
    instructions: Vec<Instruction>,
}

/// An instruction of a [`SemanticPatch`].
#[derive(Clone, PartialEq)]
#[must_use = "an instruction does nothing outside a patch"]
pub struct Instruction {
    kind: String,
    parameters: Map<String, Value>,
    needs_environment: bool,
    invalid: Option<String>,
}

/// An instruction with an invalid parameter: its kind and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidInstruction(String);

impl fmt::Display for InvalidInstruction {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidInstruction {}

impl SemanticPatch {
    /// Creates a patch without instructions.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the environment of the instructions. Some instructions require it.
    pub fn environment_key(mut self, key: impl Into<String>) -> Self {
        self.environment_key = Some(key.into());
        self
    }

    /// Sets a comment for the audit log and the integrations that get the
    /// change.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Adds an instruction.
    pub fn instruction(mut self, instruction: impl Into<Instruction>) -> Self {
        self.instructions.push(instruction.into());
        self
    }

    /// Returns the instructions, in order.
    #[inline]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Returns the document if it is valid.
    #[inline]
    pub(crate) fn into_value(self) -> Result<Value, String> {
        if self.instructions.is_empty() {
            return Err("a semantic patch without instructions changes nothing: add one".into());
        }
        for (index, instruction) in self.instructions.iter().enumerate() {
            let kind = &instruction.kind;
            if let Some(reason) = &instruction.invalid {
                return Err(format!("instruction {index} (`{kind}`) {reason}"));
            }
            if instruction.needs_environment && self.environment_key.is_none() {
                return Err(format!(
                    "instruction {index} (`{kind}`) requires an environment: set it with `.environment_key(…)`"
                ));
            }
        }
        Ok(self.document())
    }

    #[inline]
    fn document(&self) -> Value {
        let instructions: Vec<Value> = self.instructions.iter().map(Instruction::value).collect();
        let mut document = json!({"instructions": instructions});
        let words = [
            ("environmentKey", &self.environment_key),
            ("comment", &self.comment),
        ];
        for (name, value) in words {
            if let Some(value) = value {
                document[name] = json!(value);
            }
        }
        document
    }
}

/// Shows the document as JSON, with `[redacted]` in place of the strings and
/// numbers of secret properties, such as those of `config`.
impl fmt::Display for SemanticPatch {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut document = self.document();
        redact::mask(&mut document, Sensitivity::Public);
        fmt::Display::fmt(&document, f)
    }
}

/// Shows the environment and the instructions.
impl fmt::Debug for SemanticPatch {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SemanticPatch")
            .field("environment_key", &self.environment_key)
            .field("comment", &redact::shape(&self.comment))
            .field("instructions", &self.instructions)
            .finish()
    }
}

/// Shows the kind, and only the structure of the parameters.
impl fmt::Debug for Instruction {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruction")
            .field("kind", &self.kind)
            .field("parameters", &redact::shape(&self.parameters))
            .field("needs_environment", &self.needs_environment)
            .field("invalid", &self.invalid)
            .finish()
    }
}

impl Instruction {
    /// Creates an instruction of any kind, for those without a function. The
    /// parameters must serialize to an object.
    ///
    /// ```
    /// use launchdarkly_api::Instruction;
    ///
    /// let instruction = Instruction::custom("renameFlag", serde_json::json!({"value": "New name"}));
    /// assert_eq!(instruction.kind(), "renameFlag");
    /// ```
    pub fn custom(kind: impl Into<String>, parameters: impl Serialize) -> Self {
        let mut instruction = Self::of(kind);
        match to_json(&parameters) {
            Ok(Value::Object(parameters)) => instruction.parameters = parameters,
            Ok(Value::Null) => {}
            Ok(_) => instruction.reject("has parameters that are not an object".to_owned()),
            Err(error) => instruction.reject(format!("has parameters that are not JSON: {error}")),
        }
        instruction
    }

    /// Returns instructions as a JSON array, which a stage of a workflow takes.
    ///
    /// # Errors
    ///
    /// A parameter of an instruction is not valid.
    pub fn list(
        instructions: impl IntoIterator<Item = impl Into<Self>>,
    ) -> Result<Value, InvalidInstruction> {
        let objects = instructions
            .into_iter()
            .map(|instruction| Map::try_from(instruction.into()).map(Value::Object));
        objects.collect()
    }

    /// Returns the kind, such as `turnFlagOn`.
    #[must_use]
    #[inline]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the parameters by name.
    #[must_use]
    #[inline]
    pub fn parameters(&self) -> &Map<String, Value> {
        &self.parameters
    }

    pub(crate) fn of(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            parameters: Map::new(),
            needs_environment: false,
            invalid: None,
        }
    }

    /// Requires that the patch names an environment.
    #[inline]
    pub(crate) fn in_environment(mut self) -> Self {
        self.needs_environment = true;
        self
    }

    /// Adds a parameter.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        match to_json(&value) {
            Ok(value) => {
                self.parameters.insert(name.to_owned(), value);
            }
            Err(error) => self.reject(format!("has a `{name}` that is not JSON: {error}")),
        }
        self
    }

    /// Adds the weights of a rollout, which must add up to 100 %.
    pub(crate) fn with_rollout_weights(
        mut self,
        name: &str,
        weights: impl Into<RolloutWeights>,
    ) -> Self {
        match weights.into().checked() {
            Ok(weights) => self.with(name, weights),
            Err(reason) => {
                self.reject(reason);
                self
            }
        }
    }

    /// Adds a parameter that is a list of strings.
    pub(crate) fn with_list(
        self,
        name: &str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        self.with(name, values)
    }

    #[inline]
    fn reject(&mut self, reason: String) {
        self.invalid.get_or_insert(reason);
    }

    #[inline]
    fn value(&self) -> Value {
        let mut value = Value::Object(self.parameters.clone());
        value["kind"] = json!(self.kind);
        value
    }
}

/// An instruction outside a semantic patch: in an approval request or a scheduled
/// change, which name the environment themselves. For a stage of a workflow use
/// [`Instruction::list`].
///
/// ```
/// use launchdarkly_api::{Instruction, instructions::flags};
/// use serde_json::{Map, Value};
///
/// let on: Map<String, Value> = flags::turn_flag_on().try_into()?;
/// assert_eq!(on["kind"], "turnFlagOn");
/// # Ok::<(), launchdarkly_api::InvalidInstruction>(())
/// ```
impl TryFrom<Instruction> for Map<String, Value> {
    type Error = InvalidInstruction;

    #[inline]
    fn try_from(instruction: Instruction) -> Result<Self, InvalidInstruction> {
        if let Some(reason) = instruction.invalid {
            let kind = &instruction.kind;
            return Err(InvalidInstruction(format!(
                "the instruction `{kind}` {reason}"
            )));
        }
        let mut value = instruction.parameters;
        value.insert("kind".to_owned(), instruction.kind.into());
        Ok(value)
    }
}

schema::named!(SemanticPatch, |generator| {
    let instruction = generator.subschema_for::<Instruction>();
    schemars::json_schema!({
        "description": "A semantic patch: instructions that are carried out in order.",
        "type": "object",
        "properties": {
            "comment": {"type": "string"},
            "environmentKey": {"type": "string"},
            "instructions": {"type": "array", "items": instruction},
        },
        "required": ["instructions"],
    })
});

schema::named!(Instruction, |_| schemars::json_schema!({
    "description": "An instruction of a semantic patch, with its parameters beside its kind.",
    "type": "object",
    "properties": {"kind": {"type": "string"}},
    "required": ["kind"],
}));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_outside_a_patch_is_an_object_and_an_invalid_one_an_error() {
        let object = |weight| -> Result<Map<String, Value>, _> {
            Instruction::of("updateFallthroughVariationOrRollout")
                .with_rollout_weights("rolloutWeights", [("a", 60_000), ("b", weight)])
                .try_into()
        };
        insta::assert_snapshot!(
            Value::from(object(40_000).unwrap()),
            @r#"{"kind":"updateFallthroughVariationOrRollout","rolloutWeights":{"a":60000,"b":40000}}"#
        );
        assert_eq!(
            Instruction::list([Instruction::of("turnFlagOn"), Instruction::of("x")]).unwrap(),
            json!([{"kind": "turnFlagOn"}, {"kind": "x"}])
        );
        insta::assert_snapshot!(
            object(1).unwrap_err(),
            @"the instruction `updateFallthroughVariationOrRollout` has rollout weights that add up to 60001: they must add up to 100000 (100 %)"
        );
    }

    #[test]
    fn an_invalid_patch_is_an_error_with_the_instruction_and_the_fix() {
        let reasons = [
            SemanticPatch::new(),
            SemanticPatch::new().instruction(Instruction::of("turnFlagOn").in_environment()),
            SemanticPatch::new()
                .instruction(Instruction::custom("a", ()))
                .instruction(Instruction::custom("b", [1])),
        ]
        .map(|patch| patch.into_value().unwrap_err());
        insta::assert_snapshot!(reasons.join("\n"), @r"
        a semantic patch without instructions changes nothing: add one
        instruction 0 (`turnFlagOn`) requires an environment: set it with `.environment_key(…)`
        instruction 1 (`b`) has parameters that are not an object
        ");
    }
}
