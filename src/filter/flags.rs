//! The filter and the sort order of `get_feature_flags`.

use super::{
    conditions::{Conditions, InvalidFilter},
    sort::sort_fields,
};
use crate::UnixMillis;

/// The `filter` of [`get_feature_flags`](crate::Client#method.get_feature_flags).
/// A flag must match all conditions.
///
/// ```
/// use launchdarkly_api::{UnixMillis, filter::{FlagFilter, FlagState}};
///
/// let filter = FlagFilter::new()
///     .state(FlagState::Live)
///     .tags(["beta", "checkout"])
///     .created_before(UnixMillis::new(1_700_000_000_000));
/// assert_eq!(
///     String::try_from(filter)?,
///     r#"state:live,tags:beta+checkout,creationDate:{"before":1700000000000}"#,
/// );
/// # Ok::<(), launchdarkly_api::filter::InvalidFilter>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "a filter does nothing until it is an argument of a request"]
pub struct FlagFilter(Conditions);

/// The lifecycle state of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlagState {
    /// Neither deprecated nor archived.
    Live,
    /// Deprecated, and not archived.
    Deprecated,
    /// Archived.
    Archived,
}

/// The state of a flag's guarded rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardedRollout {
    /// Any state.
    Any,
    /// Archived.
    Archived,
    /// Completed.
    Completed,
    /// Monitoring.
    Monitoring,
    /// A regression was found.
    Regressed,
    /// Rolled back after a regression.
    RolledBack,
}

/// The kinds of SDKs that a flag is available to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SdkAvailability {
    /// Client-side SDKs.
    Client,
    /// Mobile SDKs.
    Mobile,
    /// Client-side or mobile SDKs.
    AnyClient,
    /// Neither: server-side SDKs only.
    Server,
}

impl FlagFilter {
    /// Creates a filter without conditions. A call rejects it until it has one.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Matches text in the key or name, ignoring case. The text has no comma.
    #[inline]
    pub fn query(self, text: &str) -> Self {
        Self(self.0.with_text("query", text))
    }

    /// Matches flags that have all of the tags.
    pub fn tags(self, tags: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(self.0.with_list("tags", tags, '+'))
    }

    /// Matches flags in a lifecycle state.
    #[inline]
    pub fn state(self, state: FlagState) -> Self {
        let state = match state {
            FlagState::Live => "live",
            FlagState::Deprecated => "deprecated",
            FlagState::Archived => "archived",
        };
        Self(self.0.with("state", state))
    }

    /// Matches temporary flags.
    #[inline]
    pub fn temporary(self) -> Self {
        Self(self.0.with("type", "temporary"))
    }

    /// Matches permanent flags.
    #[inline]
    pub fn permanent(self) -> Self {
        Self(self.0.with("type", "permanent"))
    }

    /// Matches the flags that a member maintains.
    #[inline]
    pub fn maintainer_id(self, id: &str) -> Self {
        Self(self.0.with_text("maintainerId", id))
    }

    /// Matches the flags that a team maintains.
    #[inline]
    pub fn maintainer_team_key(self, key: &str) -> Self {
        Self(self.0.with_text("maintainerTeamKey", key))
    }

    /// Matches flags created before a timestamp.
    pub fn created_before(self, time: impl Into<UnixMillis>) -> Self {
        let time = time.into().get();
        Self(
            self.0
                .with("creationDate", format_args!("{{\"before\":{time}}}")),
        )
    }

    /// Matches flags evaluated after a timestamp. Requires
    /// [`environment`](Self::environment).
    pub fn evaluated_after(self, time: impl Into<UnixMillis>) -> Self {
        let time = time.into().get();
        Self(
            self.0
                .with("evaluated", format_args!("{{\"after\":{time}}}")),
        )
    }

    /// Sets the environment (`filterEnv`) of the conditions that depend on one.
    #[inline]
    pub fn environment(self, key: &str) -> Self {
        if self.0.has("filterEnv") {
            return Self(
                self.0
                    .invalid("`filterEnv` is set twice: a filter has one environment".to_owned()),
            );
        }
        Self(self.0.with_text("filterEnv", key))
    }

    /// Matches flags that an application evaluates.
    #[inline]
    pub fn application_evaluated(self, key: &str) -> Self {
        Self(self.0.with_text("applicationEvaluated", key))
    }

    /// Matches flags evaluated for all of the context kinds in the last 30 days.
    pub fn context_kinds_evaluated(self, kinds: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(self.0.with_list("contextKindsEvaluated", kinds, '+'))
    }

    /// Matches flags with at least this many code references.
    #[inline]
    pub fn code_references_min(self, count: u32) -> Self {
        Self(self.0.with("codeReferences.min", count))
    }

    /// Matches flags with at most this many code references.
    #[inline]
    pub fn code_references_max(self, count: u32) -> Self {
        Self(self.0.with("codeReferences.max", count))
    }

    /// Matches flags with an experiment, or without one.
    #[inline]
    pub fn has_experiment(self, has_one: bool) -> Self {
        Self(self.0.with("hasExperiment", has_one))
    }

    /// Matches flags whose guarded rollout is in a state.
    #[inline]
    pub fn guarded_rollout(self, state: GuardedRollout) -> Self {
        let state = match state {
            GuardedRollout::Any => "any",
            GuardedRollout::Archived => "archived",
            GuardedRollout::Completed => "completed",
            GuardedRollout::Monitoring => "monitoring",
            GuardedRollout::Regressed => "regressed",
            GuardedRollout::RolledBack => "rolledBack",
        };
        Self(self.0.with("guardedRollout", state))
    }

    /// Matches flags that are, or were, in a release pipeline.
    #[inline]
    pub fn release_pipeline(self, key: &str) -> Self {
        Self(self.0.with_text("releasePipeline", key))
    }

    /// Matches flags that are available to a kind of SDK.
    #[inline]
    pub fn sdk_availability(self, kind: SdkAvailability) -> Self {
        let kind = match kind {
            SdkAvailability::Client => "client",
            SdkAvailability::Mobile => "mobile",
            SdkAvailability::AnyClient => "anyClient",
            SdkAvailability::Server => "server",
        };
        Self(self.0.with("sdkAvailability", kind))
    }

    /// Adds a condition on a field that has no method here.
    #[inline]
    pub fn field(self, name: &str, value: &str) -> Self {
        Self(self.0.with_text(name, value))
    }
}

impl TryFrom<FlagFilter> for String {
    type Error = InvalidFilter;

    #[inline]
    fn try_from(filter: FlagFilter) -> Result<Self, InvalidFilter> {
        if filter.0.has("evaluated") && !filter.0.has("filterEnv") {
            return Err(InvalidFilter(
                "`evaluated` requires an environment: set it with `.environment(…)`".to_owned(),
            ));
        }
        filter.0.into_text()
    }
}

sort_fields! {
    /// The fields of the sort order of
    /// [`get_feature_flags`](crate::Client#method.get_feature_flags).
    FlagSort {
        CreationDate = "creationDate": "When the flag was created.",
        Key = "key": "The key.",
        MaintainerId = "maintainerId": "The ID of the maintainer.",
        Name = "name": "The name.",
        Tags = "tags": "The tags.",
        TargetingModifiedDate = "targetingModifiedDate": "When the targeting was last changed. \
            Requires the argument `env`, and cannot be combined with other fields.",
        Type = "type": "Temporary or permanent.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_has_the_documented_syntax() {
        let filter = FlagFilter::new()
            .query("dark mode")
            .tags(["beta", "test"])
            .state(FlagState::Deprecated)
            .permanent()
            .maintainer_id("5f0f")
            .maintainer_team_key("ops")
            .created_before(1)
            .evaluated_after(2)
            .environment("production")
            .application_evaluated("shop")
            .context_kinds_evaluated(["user", "org"])
            .code_references_min(1)
            .code_references_max(9)
            .has_experiment(false)
            .guarded_rollout(GuardedRollout::RolledBack)
            .release_pipeline("main")
            .sdk_availability(SdkAvailability::AnyClient)
            .field("newField", "x");
        assert_eq!(
            String::try_from(filter).unwrap(),
            "query:dark mode,tags:beta+test,state:deprecated,type:permanent,maintainerId:5f0f,\
             maintainerTeamKey:ops,creationDate:{\"before\":1},evaluated:{\"after\":2},\
             filterEnv:production,applicationEvaluated:shop,contextKindsEvaluated:user+org,\
             codeReferences.min:1,codeReferences.max:9,hasExperiment:false,\
             guardedRollout:rolledBack,releasePipeline:main,sdkAvailability:anyClient,newField:x"
        );
    }

    #[test]
    fn a_filter_that_needs_an_environment_or_has_two_is_an_error() {
        let error = |filter: FlagFilter| String::try_from(filter).unwrap_err().to_string();
        assert_eq!(
            error(FlagFilter::new().evaluated_after(1)),
            "`evaluated` requires an environment: set it with `.environment(…)`"
        );
        assert_eq!(
            error(FlagFilter::new().environment("a").environment("b")),
            "`filterEnv` is set twice: a filter has one environment"
        );
        for name in ["", "a,state", "a:b"] {
            let reason = error(FlagFilter::new().field(name, "x"));
            assert!(reason.contains("cannot be a field"), "{reason}");
        }
    }
}
