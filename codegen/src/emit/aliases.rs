//! Other names for an operation, by which the search of the documentation and the
//! compiler's suggestions find its method.

use std::collections::BTreeSet;

use crate::api::{Api, Operation};

/// Verbs that mean the same. The first is the one that people look for.
const VERBS: [&[&str]; 5] = [
    &["create", "post", "add"],
    &["list", "get", "find"],
    &["update", "patch"],
    &["delete", "remove"],
    &["set", "put"],
];

/// The aliases of an operation: its published id, and the method's name with other
/// verbs and with the noun of the path, such as `create_flag` for
/// `post_feature_flag`; all of them with spaces too. No alias is the name of a
/// method, of any area.
pub(super) fn of(api: &Api, id: &str, operation: &Operation) -> BTreeSet<String> {
    let mut aliases = BTreeSet::from([operation.id.clone()]);
    if let Some((verb, noun)) = id.split_once('_')
        && let Some(verbs) = VERBS.iter().find(|verbs| verbs.contains(&verb))
    {
        // A single resource is not listed.
        let is_many = operation.list.is_some() || noun.ends_with('s');
        let mut nouns = vec![noun.to_owned()];
        // `get_segment_membership_for_user` returns no user.
        if !noun.contains("_for_") {
            nouns.extend(noun_of_path(&operation.path, is_many));
        }
        let verbs = verbs.iter().filter(|other| is_many || **other != "list");
        for verb in verbs {
            aliases.extend(nouns.iter().map(|noun| format!("{verb}_{noun}")));
        }
    }
    aliases.retain(|alias| !api.indexes.contains_key(alias));
    // A search with spaces finds only aliases with spaces.
    let words: Vec<String> = aliases
        .iter()
        .map(String::as_str)
        .chain([id])
        .filter(|name| name.contains('_'))
        .map(|name| name.replace('_', " "))
        .collect();
    aliases.extend(words);
    aliases
}

/// The noun of the last fixed segment of the path.
fn noun_of_path(path: &str, is_many: bool) -> Option<String> {
    let mut segments = path.rsplit('/');
    let noun = segments.find(|segment| !segment.is_empty() && !segment.contains('{'))?;
    let noun = noun.replace('-', "_");
    Some(match noun.strip_suffix("ies") {
        _ if is_many => noun,
        Some(stem) => format!("{stem}y"),
        None => noun.strip_suffix('s').unwrap_or(&noun).to_owned(),
    })
}
