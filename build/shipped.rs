//! Checks the generated code that ships with the crate: without the feature
//! `generate`.

use std::{collections::BTreeSet, error::Error, fs, path::Path};

use crate::{DOCUMENT, Enabled};

#[path = "openapi_digest.rs"]
mod openapi_digest;

/// A line for each fact: its name and its values.
const FACTS: &str = "src/generated/shipped/facts.txt";

/// Fails if the shipped code was generated from another document.
pub fn code(features: BTreeSet<String>) -> Result<Enabled, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FACTS}");
    let facts = fs::read_to_string(FACTS).map_err(|error| {
        format!("{FACTS} cannot be read ({error}): run `cargo xtask generate`, or enable the feature `generate`")
    })?;
    let values = |name: &str| -> BTreeSet<&str> {
        let mut lines = facts.lines().filter_map(|line| line.split_once(": "));
        let values = lines.find_map(|(other, values)| (other == name).then_some(values));
        values.unwrap_or_default().split(' ').collect()
    };
    let digest = openapi_digest::of(Path::new(DOCUMENT))
        .map_err(|error| format!("the files in `{DOCUMENT}/` cannot be read: {error}"))?;
    if !values("openapi").contains(&*digest) {
        return Err(format!(
            "the files in `{DOCUMENT}/` have changed since `src/generated/shipped/` was generated \
             from them: run `cargo xtask generate`, or enable the feature `generate`"
        )
        .into());
    }
    let any = |name: &str| values(name).iter().any(|area| features.contains(*area));
    Ok(Enabled {
        operations: any("operations"),
        audit_log_entry: any("AuditLogEntryRep"),
    })
}
