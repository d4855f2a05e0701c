//! Changes of a resource that keep concurrent changes of others.

use std::any::Any;

use serde::Serialize;
use serde_json::Value;

use super::{
    JsonPatch,
    diff::{self, Tests},
};
use crate::{
    Conflict, Error, ResponseValue,
    codec::{decode, to_json},
};

/// The maximum number of attempts of [`modify`] before it returns a conflict
/// with a concurrent change.
pub const MODIFY_ATTEMPTS: u32 = 4;

/// Reads a resource, lets a closure change it, and sends the difference as the
/// smallest JSON Patch (RFC 6902). The patch fails if the same data has changed
/// since the read. Then `modify` starts again from the current resource, up to
/// [`MODIFY_ATTEMPTS`] times. Without a difference it sends nothing. Returns the
/// changed resource.
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
/// # The patch
///
/// The patch applies to the JSON that the server sent, not to the typed value:
///
/// - Unknown properties do not change, unless the closure removes or replaces
///   the object or the array element around them.
/// - Elements of arrays are matched by value, then by `_id`, `id` or `key`.
///   Elements without one of these are matched by their position and the
///   properties that they share. An element whose `_id`, `id` or `key` the
///   closure changes is a new element. Elements that stay in order are not sent
///   again, except in an array without objects and arrays if the patch that
///   replaces the whole array is shorter.
/// - Where the server sent null or nothing, the patch adds the whole value.
///
/// # Concurrent changes
///
/// If the resource has a version (`_version` or `version`), the patch starts
/// with a `test` of it. Parts with their own version, such as a flag's
/// configuration in an environment, also have a `test` if they change.
///
/// Without a version, the patch has a `test` of each value that it replaces or
/// removes. Before it uses the index of an array element, it tests the element:
/// its identity, so that unrelated changes of the element do not matter, or the
/// whole element if it has no identity or is removed. It adds a new last element
/// at `-`, the end.
///
/// One case remains, because no `test` can require that a property is missing:
/// if a resource without a version lacks a property, and two writers add it at
/// the same time, the later value wins.
///
/// # Types
///
/// The PATCH of some resources, such as projects and flag defaults, returns
/// another type than the GET. After such a PATCH, `modify` reads the resource
/// again and returns that.
///
/// If `read` changes the value of a response, or creates a response from a
/// value, the patch applies to that value, which must equal the resource on the
/// server.
///
/// # Errors
///
/// Those of `read` and `write`. `modify` returns the conflict of its last
/// attempt like any other error. It also returns a conflict after a retry if the
/// server may have applied the change
/// ([`outcome_unknown`](Error::outcome_unknown)), because the conflict may be
/// with that change. If the PATCH returns another type and the read after it
/// fails, the server has applied the change.
///
/// These are conflicts: 409 (except for a key that exists), 412, 422, and the
/// code `patch_failed`. After 400, `modify` reads again and continues only if the
/// resource has changed, because LaunchDarkly documents 422 for failed patches of
/// some resources only (RFC 5789, section 2.2, allows each of these).
pub async fn modify<T, U, R, W>(
    read: impl Fn() -> R,
    mut change: impl FnMut(&mut T),
    write: impl Fn(JsonPatch) -> W,
) -> Result<T, Error>
where
    T: Serialize + Clone + 'static,
    U: 'static,
    R: Future<Output = Result<ResponseValue<T>, Error>>,
    W: Future<Output = Result<ResponseValue<U>, Error>>,
{
    let mut attempt = 1;
    let mut response = read().await?;
    loop {
        let before = Before::new(&response)?;
        let mut value = (*response).clone();
        change(&mut value);
        let Some(patch) = before.patch(&JsonPatch::value("after", &value)?) else {
            return Ok(response.into_inner());
        };
        let error = match write(patch).await {
            Ok(written) => {
                return match same_type(written.into_inner()) {
                    Some(value) => Ok(value),
                    None => Ok(read().await?.into_inner()),
                };
            }
            Err(error) => error,
        };
        // The server may have applied the change, which must not be made twice.
        if error.outcome_unknown() {
            return Err(error);
        }
        let refusal = Refusal::of(&error);
        if attempt == MODIFY_ATTEMPTS || refusal == Refusal::Other {
            return Err(error);
        }
        response = match read().await {
            Ok(response) => response,
            Err(_) if refusal == Refusal::Unclear => return Err(error),
            Err(error) => return Err(error),
        };
        if refusal == Refusal::Unclear && Before::new(&response)?.raw == before.raw {
            return Err(error);
        }
        attempt += 1;
    }
}

/// A resource before the change.
struct Before {
    /// The JSON that the server sent.
    raw: Value,
    /// The JSON of the typed value, without unknown properties.
    typed: Value,
}

impl Before {
    fn new<T: Serialize>(response: &ResponseValue<T>) -> Result<Self, Error> {
        let typed = JsonPatch::value("before", &**response)?;
        let raw = response
            .body()
            .and_then(|body| decode::from_slice(body).ok())
            .or_else(|| to_json(&**response).ok());
        Ok(Self {
            raw: raw.unwrap_or_else(|| typed.clone()),
            typed,
        })
    }

    /// Returns the patch to the changed value, or `None` without a difference.
    #[inline]
    fn patch(&self, after: &Value) -> Option<JsonPatch> {
        let version = self.raw.as_object().and_then(diff::version);
        let tests = match version {
            Some(_) => Tests::Versions,
            None => Tests::Values,
        };
        let after = diff::with_change(&self.raw, &self.typed, after);
        let operations = diff::operations(&self.raw, &after, tests);
        (!operations.is_empty()).then(|| JsonPatch::from_operations(operations))
    }
}

/// Returns the value if it has this type.
fn same_type<T: 'static, U: 'static>(value: U) -> Option<T> {
    let value: &mut dyn Any = &mut Some(value);
    value.downcast_mut::<Option<T>>()?.take()
}

/// Why the server rejected a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// A concurrent change, as far as the response says.
    Overtaken,
    /// A concurrent change or an invalid change.
    Unclear,
    /// Another reason.
    Other,
}

impl Refusal {
    #[inline]
    fn of(error: &Error) -> Self {
        let status = error.status().map(|status| status.as_u16());
        match error.conflict() {
            Some(Conflict::KeyExists) => Self::Other,
            Some(_) => Self::Overtaken,
            None if error.code() == Some("patch_failed") => Self::Overtaken,
            None if matches!(status, Some(412 | 422)) => Self::Overtaken,
            None if status == Some(400) => Self::Unclear,
            None => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
