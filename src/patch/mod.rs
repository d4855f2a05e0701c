//! Patch documents: JSON Patch, JSON Merge Patch and semantic patch.

mod diff;
mod json;
#[cfg(feature = "json-patch")]
mod json_patch_crate;
mod merge;
mod modify;
mod operation;
mod semantic;

use serde::Serialize;
use serde_json::json;

pub use json::{InvalidPatch, JsonPatch};
pub use merge::MergePatch;
pub use modify::{MODIFY_ATTEMPTS, modify};
pub use operation::PatchOperation;
pub use semantic::{Instruction, InvalidInstruction, SemanticPatch};

/// A patch document (RFC 5789), the request body of a change: a [`JsonPatch`],
/// a [`MergePatch`] or a [`SemanticPatch`]. The type decides the `Content-Type`
/// header. With the feature `json-patch`, a `json_patch::Patch` is one too.
pub trait PatchDocument: sealed::Sealed {
    /// The format, one of [`mod@format`].
    type Format;
}

/// Implemented by each builder for the patch formats that its operation
/// accepts. A patch in another format does not compile:
///
/// ```compile_fail
/// # async fn example(client: launchdarkly_api::Client) {
/// use launchdarkly_api::SemanticPatch;
///
/// let call = client.update_subscription().body(SemanticPatch::new());
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not accept a patch of the format `{F}`",
    note = "the operation's documentation names the formats it accepts: JSON Patch (`JsonPatch`), \
            JSON Merge Patch (`MergePatch`), semantic patch (`SemanticPatch`)"
)]
pub trait AcceptsPatch<F> {}

/// The formats of patch documents (LaunchDarkly documentation, "Updates").
pub mod format {
    /// JSON Patch (RFC 6902).
    #[derive(Debug)]
    pub enum Json {}

    /// JSON Merge Patch (RFC 7386).
    #[derive(Debug)]
    pub enum Merge {}

    /// LaunchDarkly's semantic patch.
    #[derive(Debug)]
    pub enum Semantic {}
}

/// An encoded patch document. It has no `Debug`, because it may contain
/// secrets.
#[derive(Clone)]
pub struct PatchBody {
    pub(crate) content_type: &'static str,
    pub(crate) json: Vec<u8>,
}

const JSON: &str = "application/json";
const SEMANTIC: &str = "application/json; domain-model=launchdarkly.semanticpatch";

pub(crate) mod sealed {
    pub trait Sealed {
        /// Encodes the document.
        fn into_body(self) -> Result<super::PatchBody, String>;
    }
}

/// Encodes a document, inside an object with the comment if there is one
/// (LaunchDarkly documentation, "Updates with comments").
fn commented(
    comment: Option<String>,
    member: &str,
    document: impl Serialize,
) -> Result<Vec<u8>, String> {
    match comment {
        Some(comment) => serde_json::to_vec(&json!({"comment": comment, member: document})),
        None => serde_json::to_vec(&document),
    }
    .map_err(|error| error.to_string())
}

impl PatchDocument for JsonPatch {
    type Format = format::Json;
}

impl sealed::Sealed for JsonPatch {
    #[inline]
    fn into_body(self) -> Result<PatchBody, String> {
        self.check().map_err(|reason| reason.to_string())?;
        let (operations, comment) = self.into_parts();
        Ok(PatchBody {
            content_type: JSON,
            json: commented(comment, "patch", operations)?,
        })
    }
}

impl PatchDocument for MergePatch {
    type Format = format::Merge;
}

impl sealed::Sealed for MergePatch {
    #[inline]
    fn into_body(self) -> Result<PatchBody, String> {
        let (document, comment) = self.into_parts()?;
        Ok(PatchBody {
            content_type: JSON,
            json: commented(comment, "merge", document)?,
        })
    }
}

impl PatchDocument for SemanticPatch {
    type Format = format::Semantic;
}

impl sealed::Sealed for SemanticPatch {
    #[inline]
    fn into_body(self) -> Result<PatchBody, String> {
        Ok(PatchBody {
            content_type: SEMANTIC,
            json: commented(None, "", self.into_value()?)?,
        })
    }
}

#[cfg(all(test, feature = "schemars"))]
mod tests {
    use schemars::SchemaGenerator;

    use super::*;

    #[test]
    #[inline]
    fn the_patch_documents_have_the_schemas_of_their_bodies() {
        let mut generator = SchemaGenerator::default();
        generator.subschema_for::<JsonPatch>();
        generator.subschema_for::<MergePatch>();
        generator.subschema_for::<SemanticPatch>();
        let definitions = generator.take_definitions(true);
        insta::assert_snapshot!(serde_json::to_string_pretty(&definitions).unwrap());
    }
}
