//! Changing what is there without losing what others change meanwhile.

use serde::Serialize;
use serde_json::Value;

use crate::{Conflict, Error, JsonPatch, ResponseValue};

/// How often [`modify`] begins again, at most, the first time included.
pub const MODIFY_ATTEMPTS: u32 = 4;

/// The properties in which resources keep the number of their changes.
const VERSIONS: [&str; 2] = ["_version", "version"];

/// Reads a resource, lets a closure change it, and sends the difference as the
/// smallest JSON Patch (RFC 6902). If the resource has a version, the patch
/// begins with a `test` of it, so that it fails if somebody else has changed
/// the resource since; then all begins again, [`MODIFY_ATTEMPTS`] times in
/// all. Nothing is sent if nothing is changed. Answers the resource as it then
/// is.
///
/// The difference is one of the properties this crate knows. What a newer
/// server has beside them is not touched.
///
/// ```no_run
/// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
/// let flag = launchdarkly_api::modify(
///     || client.get_feature_flag().project_key("my-project").feature_flag_key("my-flag").send(),
///     |flag| flag.tags.push("reviewed".to_owned()),
///     |patch| {
///         client
///             .patch_feature_flag()
///             .project_key("my-project")
///             .feature_flag_key("my-flag")
///             .body(patch.comment("Reviewed"))
///             .send()
///     },
/// )
/// .await?;
/// assert!(flag.tags.iter().any(|tag| tag == "reviewed"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of reading and of writing. A conflict that the last attempt ends in
/// is told like any other.
pub async fn modify<T, R, W>(
    read: impl Fn() -> R,
    mut change: impl FnMut(&mut T),
    write: impl Fn(JsonPatch) -> W,
) -> Result<T, Error>
where
    T: Serialize + Clone,
    R: Future<Output = Result<ResponseValue<T>, Error>>,
    W: Future<Output = Result<ResponseValue<T>, Error>>,
{
    let mut attempt = 1;
    loop {
        let before = read().await?.into_inner();
        let mut after = before.clone();
        change(&mut after);
        let Some(patch) = difference(&before, &after)? else {
            return Ok(before);
        };
        match write(patch).await {
            Ok(written) => return Ok(written.into_inner()),
            Err(error) if attempt < MODIFY_ATTEMPTS && is_overtaken(&error) => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// The patch that makes one of the other, if they differ.
fn difference<T: Serialize>(before: &T, after: &T) -> Result<Option<JsonPatch>, Error> {
    let patch = JsonPatch::diff(before, after)?;
    if patch.operations().is_empty() {
        return Ok(None);
    }
    let before = serde_json::to_value(before)
        .map_err(|error| Error::config(format!("the resource is not JSON: {error}")))?;
    let version = VERSIONS
        .iter()
        .find_map(|name| Some((name, before.get(name).filter(|v| is_version(v))?)));
    Ok(Some(match version {
        Some((name, version)) => JsonPatch::new()
            .test(format!("/{name}"), version)
            .followed_by(patch),
        None => patch,
    }))
}

/// A version that was sent; what was corrected is no version to test for.
fn is_version(value: &Value) -> bool {
    value.as_i64().is_some_and(|version| version > 0)
}

/// Whether somebody else was first.
fn is_overtaken(error: &Error) -> bool {
    match error.conflict() {
        Some(Conflict::KeyExists) => false,
        Some(_) => true,
        // A `test` that fails.
        None => error.code() == Some("patch_failed") || error.status().is_some_and(|s| s == 422),
    }
}
