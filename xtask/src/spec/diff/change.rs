//! A change, and what it does to callers.

use serde::Serialize;

/// What a change does to callers of the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Effect {
    /// Some callers no longer compile, or are refused what they were not.
    Breaking,
    /// There is more that they can use.
    Additive,
    /// They cannot tell.
    Invisible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Removed,
    Renamed,
    Changed,
    Added,
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Subject {
    Area,
    Operation,
    Parameter,
    Schema,
    Property,
    Value,
    Document,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Change {
    pub(super) effect: Effect,
    pub(super) subject: Subject,
    pub(super) kind: Kind,
    /// In Rust: `operation`, `operation.argument`, `Type`, `Type.field` or
    /// `Type::Variant`.
    pub(super) place: String,
    pub(super) reason: String,
    /// Whether every caller still compiles. A change can break one that does.
    pub(super) compiles: bool,
}

impl Change {
    /// A change; one that breaks callers does so in the compiler.
    pub(super) fn new(
        effect: Effect,
        kind: Kind,
        subject: Subject,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            effect,
            subject,
            kind,
            place: place.into(),
            reason: reason.into(),
            compiles: effect != Effect::Breaking,
        }
    }

    /// A change that breaks callers when they run.
    pub(super) fn breaking_at_run_time(
        kind: Kind,
        subject: Subject,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            compiles: true,
            ..Self::new(Effect::Breaking, kind, subject, place, reason)
        }
    }
}

/// The version that a release needs, by Cargo's rules for 0.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Bump {
    /// Something breaks.
    Minor,
    /// The generated code differs.
    Patch,
    /// It is the same.
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Report {
    pub(super) old: String,
    pub(super) new: String,
    pub(super) bump: Bump,
    pub(super) breaking: usize,
    pub(super) additive: usize,
    pub(super) invisible: usize,
    pub(super) changes: Vec<Change>,
}

impl Report {
    pub(super) fn new(bump: Bump, changes: Vec<Change>) -> Self {
        let count = |effect| changes.iter().filter(|c| c.effect == effect).count();
        Self {
            old: String::new(),
            new: String::new(),
            bump,
            breaking: count(Effect::Breaking),
            additive: count(Effect::Additive),
            invisible: count(Effect::Invisible),
            changes,
        }
    }
}
