//! Changes of a resource that keep the concurrent changes of others.

use std::any::Any;

use json_patch::Patch;
use serde::Serialize;
use serde_json::Value;

use super::{
    JsonPatch,
    diff::{self, Tests},
};
use crate::{Conflict, Error, ResponseValue, codec::decode};

/// How many times [`modify`] reads and writes, at most, before it returns a
/// conflict with a concurrent change.
pub const MODIFY_ATTEMPTS: u32 = 4;

/// Reads a resource, lets a closure change it, and sends the difference as the
/// smallest JSON Patch (RFC 6902), which fails if somebody else has changed the
/// same since. Then `modify` begins again with what is there now: it reads and
/// writes up to [`MODIFY_ATTEMPTS`] times. It sends nothing if nothing changes.
/// Returns the resource with the change.
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
/// It is a patch of what the server sent, not of what this crate knows of it:
///
/// - Properties that this crate does not know stay where they are. Only if the
///   closure removes an object or an element of an array, or puts another one
///   in its place, they go with it.
/// - Elements of arrays are matched by value, by `_id`, `id` or `key`, and
///   elements without one of these by their place and the properties they share.
///   An element whose `_id`, `id` or `key` the closure changes is a new element.
///   Elements that stay in their order are not written again, except in an
///   array without objects and arrays, if the patch that replaces it as a whole
///   is shorter.
/// - Where the server sent null or nothing, the patch adds the whole value.
///
/// # Concurrent changes
///
/// If the resource has a version (`_version` or `version`), the patch begins
/// with a `test` of it. Parts with a version of their own, such as a flag's
/// configuration in an environment, have a `test` too if they change.
///
/// If it has no version, the patch has a `test` of each value that it replaces
/// or removes. Before it uses the index of an array's element, it tests the
/// element: its identity, so that unrelated changes of the element do no harm,
/// or all of it if it has no identity or is removed. A new last element is
/// added at `-`, the end.
///
/// One case is left, as no `test` can say that something is missing: if a
/// resource without version lacks a property, and two writers add that property
/// at the same time, the value of the later one stays.
///
/// # Types
///
/// The PATCH of some resources, such as projects and flag defaults, returns
/// another type than the GET. After such a PATCH, `modify` reads the resource
/// once more and returns that.
///
/// If `read` changes the value of a response, or makes a response of a value,
/// the patch is a patch of that value. It must then be what the server has.
///
/// # Errors
///
/// Those of `read` and `write`. The conflict that ends the last attempt is
/// returned like any other error. A conflict that follows a retry is returned
/// too if the change may have been carried out
/// ([`outcome_unknown`](Error::outcome_unknown)): it may be a conflict with that
/// change. If the PATCH returns another type and the
/// read after it fails, the change has been made.
///
/// A conflict is 409 (except for a key that exists), 412, 422, or the code
/// `patch_failed`; after 400, `modify` reads again, and goes on only if the
/// resource has changed: LaunchDarkly documents 422 for failed patches of some
/// resources only (RFC 5789, section 2.2, allows each of these).
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
        // The change may be there already, and must not be made twice.
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
    /// What the server sent.
    raw: Value,
    /// What the type has of it.
    typed: Value,
}

impl Before {
    fn new<T: Serialize>(response: &ResponseValue<T>) -> Result<Self, Error> {
        let typed = JsonPatch::value("before", &**response)?;
        let raw = response
            .body()
            .and_then(|body| decode::from_slice(body).ok());
        Ok(Self {
            raw: raw.unwrap_or_else(|| typed.clone()),
            typed,
        })
    }

    /// The patch that changes the resource to what the type now has, if there is
    /// a difference.
    fn patch(&self, after: &Value) -> Option<JsonPatch> {
        let version = self.raw.as_object().and_then(diff::version);
        let tests = match version {
            Some(_) => Tests::Versions,
            None => Tests::Values,
        };
        let after = diff::with_change(&self.raw, &self.typed, after);
        let operations = diff::operations(&self.raw, &after, tests);
        (!operations.is_empty()).then(|| Patch(operations).into())
    }
}

/// The value, if its type is the one that is wanted.
fn same_type<T: 'static, U: 'static>(value: U) -> Option<T> {
    let value: &mut dyn Any = &mut Some(value);
    value.downcast_mut::<Option<T>>()?.take()
}

/// Why a patch was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// Somebody else was first, as far as the response tells.
    Overtaken,
    /// It can be that, or a change that is not valid.
    Unclear,
    /// Something else.
    Other,
}

impl Refusal {
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
