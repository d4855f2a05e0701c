//! The filter and the sort order of `get_members`.

use super::{
    conditions::{Conditions, InvalidFilter},
    sort::sort_fields,
};
use crate::UnixMillis;

/// The `filter` of [`get_members`](crate::Client#method.get_members). A member
/// must match all conditions.
///
/// ```
/// use launchdarkly_api::filter::{LastSeen, MemberFilter};
///
/// let filter = MemberFilter::new().roles(["admin", "deployer"]).last_seen(LastSeen::Never);
/// assert_eq!(String::try_from(filter)?, r#"role:admin|deployer,lastSeen:{"never":true}"#);
/// # Ok::<(), launchdarkly_api::filter::InvalidFilter>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "a filter does nothing until it is an argument of a request"]
pub struct MemberFilter(Conditions);

/// When a member was last active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LastSeen {
    /// Never, for example with a pending invitation.
    Never,
    /// Not since LaunchDarkly started to record it.
    NoData,
    /// Not since this timestamp.
    Before(UnixMillis),
}

impl MemberFilter {
    /// Creates a filter without conditions.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Matches text in the email address or name, ignoring case. The text has
    /// no comma.
    #[inline]
    pub fn query(self, text: &str) -> Self {
        Self(self.0.with_text("query", text))
    }

    /// Matches members with one of these roles or custom roles. An owner counts
    /// as an admin.
    pub fn roles(self, roles: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(self.0.with_list("role", roles, '|'))
    }

    /// Matches members with one of these IDs.
    pub fn ids(self, ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(self.0.with_list("id", ids, '|'))
    }

    /// Matches members with one of these email addresses.
    pub fn emails(self, emails: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(self.0.with_list("email", emails, '|'))
    }

    /// Matches the members of a team, by its key, ignoring case.
    #[inline]
    pub fn team(self, key: &str) -> Self {
        Self(self.0.with_text("team", key))
    }

    /// Matches members without a team (`false`), or with at least one (`true`).
    #[inline]
    pub fn has_team(self, has_one: bool) -> Self {
        Self(self.0.with("noteam", !has_one))
    }

    /// Matches members by when they were last active.
    #[inline]
    pub fn last_seen(self, when: LastSeen) -> Self {
        Self(match when {
            LastSeen::Never => self.0.with("lastSeen", "{\"never\":true}"),
            LastSeen::NoData => self.0.with("lastSeen", "{\"noData\":true}"),
            LastSeen::Before(time) => {
                let time = time.get();
                self.0
                    .with("lastSeen", format_args!("{{\"before\":{time}}}"))
            }
        })
    }

    /// Adds a condition on a field that has no method here.
    #[inline]
    pub fn field(self, name: &str, value: &str) -> Self {
        Self(self.0.with_text(name, value))
    }
}

impl TryFrom<MemberFilter> for String {
    type Error = InvalidFilter;

    #[inline]
    fn try_from(filter: MemberFilter) -> Result<Self, InvalidFilter> {
        filter.0.into_text()
    }
}

sort_fields! {
    /// The fields of the sort order of
    /// [`get_members`](crate::Client#method.get_members).
    MemberSort {
        DisplayName = "displayName": "The first and last name, or else the email address.",
        LastSeen = "lastSeen": "When the member was last active. Members who never were count as the oldest.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_has_the_documented_syntax() {
        let filter = MemberFilter::new()
            .query("ann")
            .roles(["admin", "custom"])
            .ids(["1", "2"])
            .emails(["a@example.com"])
            .team("ops")
            .has_team(true)
            .last_seen(LastSeen::NoData)
            .last_seen(LastSeen::Before(UnixMillis::new(3)))
            .field("new", "x");
        assert_eq!(
            String::try_from(filter).unwrap(),
            "query:ann,role:admin|custom,id:1|2,email:a@example.com,team:ops,noteam:false,\
             lastSeen:{\"noData\":true},lastSeen:{\"before\":3},new:x"
        );
    }
}
