//! The changes for a reader: what breaks first.

use std::fmt::Write as _;

use super::change::{Bump, Change, Effect, Kind, Report, Subject};

pub(super) fn text(report: &Report) -> String {
    let mut text = format!(
        "# What changes from `{}` to `{}`\n\n\
         {} breaking, {} additive, {} invisible to callers.\n",
        report.old, report.new, report.breaking, report.additive, report.invisible
    );
    for (effect, heading) in [
        (Effect::Breaking, "Breaking"),
        (Effect::Additive, "Additive"),
        (Effect::Invisible, "Invisible"),
    ] {
        let changes: Vec<&Change> = report
            .changes
            .iter()
            .filter(|c| c.effect == effect)
            .collect();
        if changes.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n## {heading}\n");
        for change in changes {
            let _ = writeln!(text, "- {}", line(change));
        }
    }
    let bump = match report.bump {
        Bump::Minor => "minor (`0.x` to `0.x+1`): some callers break.",
        Bump::Patch => "patch: the generated code differs, and no caller breaks.",
        Bump::None => "none: the generated code is the same.",
    };
    let _ = write!(text, "\n**Version bump:** {bump}\n");
    text
}

fn line(change: &Change) -> String {
    let subject = match change.subject {
        Subject::Area => "area",
        Subject::Operation => "operation",
        Subject::Parameter => "parameter",
        Subject::Schema => "schema",
        Subject::Property => "property",
        Subject::Value => "value",
        Subject::Document => return format!("{}: {}", change.place, change.reason),
    };
    let kind = match change.kind {
        Kind::Removed => "removed",
        Kind::Renamed => "renamed",
        Kind::Changed => "changed",
        Kind::Added => "added",
    };
    let when = match (change.effect, change.compiles) {
        (Effect::Breaking, true) => " (at run time)",
        _ => "",
    };
    format!(
        "{kind} {subject} `{}`{when}: {}",
        change.place, change.reason
    )
}
