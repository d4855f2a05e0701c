//! Conflicts (409), and how they are classified.

use http::Method;

use super::has_any;

/// The kind of a conflict (409).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Conflict {
    /// A resource with this key already exists.
    KeyExists,
    /// The resource has changed since it was read, or is being changed.
    Version,
    /// Another conflict, or the response does not say.
    Undecidable,
}

impl Conflict {
    /// Classifies a 409 by its code. If the code is not specific (`conflict`,
    /// or none), the method and then the words of the message decide.
    ///
    /// LaunchDarkly's document defines one code for this,
    /// `optimistic_locking_error`.
    pub(crate) fn of(method: &Method, code: &str, message: &str) -> Self {
        let (code, message) = (code.to_lowercase(), message.to_lowercase());
        if has_any(&code, &["exists", "duplicate", "taken", "unique"]) {
            return Self::KeyExists;
        }
        if has_any(&code, &["optimistic", "version", "stale", "outdated"]) {
            return Self::Version;
        }
        let sets_keys = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
        let exists = [
            "already exists",
            "already in use",
            "already taken",
            "already used",
            "duplicate",
            "unique",
        ];
        // These words also describe changes, so they count only next to `key`.
        let key_exists = has_any(&message, &["key"])
            && has_any(&message, &[" exists", "existing", " in use"])
            && !has_any(&message, &["not exist"]);
        if sets_keys && (has_any(&message, &exists) || key_exists) {
            return Self::KeyExists;
        }
        let changed = [
            "optimistic",
            "modified since",
            "changed since",
            "out of date",
        ];
        // The message may be about a version of an application.
        let relations = [
            "match", "conflict", "stale", "latest", "newer", "older", "current", "expected",
            "changed", "modified",
        ];
        if has_any(&message, &changed)
            || (has_any(&message, &["version"]) && has_any(&message, &relations))
        {
            return Self::Version;
        }
        Self::Undecidable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_classified_by_code_then_method_then_message() {
        use Conflict::{KeyExists, Undecidable, Version};
        let (post, patch, delete) = (Method::POST, Method::PATCH, Method::DELETE);
        for (method, code, message, expected) in [
            // A specific code wins over the message.
            (
                &patch,
                "key_exists",
                "Duplicate application version key",
                KeyExists,
            ),
            (&post, "key_exists", "no", KeyExists),
            (&delete, "key_exists", "no", KeyExists),
            (&post, "duplicate_key", "", KeyExists),
            (&post, "keyAlreadyExists", "", KeyExists),
            (
                &post,
                "optimistic_locking_error",
                "The key already exists",
                Version,
            ),
            (&patch, "version_mismatch", "", Version),
            // Without a specific code the message decides.
            (
                &post,
                "conflict",
                "A flag with this key already exists",
                KeyExists,
            ),
            (
                &patch,
                "conflict",
                "Duplicate application version key",
                KeyExists,
            ),
            (&patch, "", "Key must be unique", KeyExists),
            // The key of a version is a key.
            (
                &post,
                "conflict",
                "Application version key is currently in use",
                KeyExists,
            ),
            (
                &post,
                "",
                "The version key conflicts with an existing version",
                KeyExists,
            ),
            (&post, "", "A version with this key exists", KeyExists),
            (
                &patch,
                "",
                "The version key does not match the current one",
                Version,
            ),
            (
                &patch,
                "",
                "The environment key does not exist",
                Undecidable,
            ),
            (
                &patch,
                "conflict",
                "Optimistic lock error. Try again later.",
                Version,
            ),
            (
                &patch,
                "",
                "The version does not match the current one",
                Version,
            ),
            (&delete, "", "It was modified since it was read", Version),
            // A method that sets no key cannot conflict with one.
            (
                &delete,
                "conflict",
                "A copy of it already exists",
                Undecidable,
            ),
            // A version of an application, not of the resource.
            (
                &delete,
                "conflict",
                "The application version has traffic",
                Undecidable,
            ),
            (
                &post,
                "data_export_project_identity_incomplete",
                "",
                Undecidable,
            ),
            (&post, "conflict", "", Undecidable),
            (&patch, "", "", Undecidable),
        ] {
            let found = Conflict::of(method, code, message);
            assert_eq!(found, expected, "{method} {code:?} {message:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_specific_code_wins_over_any_message(
            message in "\\PC{0,20}(version|optimistic|already exists|duplicate)?\\PC{0,20}",
        ) {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let of = |code| Conflict::of(&method, code, &message);
                proptest::prop_assert_eq!(of("key_exists"), Conflict::KeyExists);
                proptest::prop_assert_eq!(of("optimistic_locking_error"), Conflict::Version);
            }
        }
    }
}
