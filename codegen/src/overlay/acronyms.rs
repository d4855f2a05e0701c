//! Acronyms: words that a change of case splits, such as `OAuth` to `o_auth`.

use serde::Deserialize;

/// The acronyms that names contain, as LaunchDarkly writes them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Acronyms(Vec<String>);

impl Acronyms {
    /// Returns a name in snake case with each acronym as one word: `o_auth_clients`
    /// becomes `oauth_clients`.
    pub(crate) fn join(&self, name: &str) -> String {
        let words: Vec<&str> = name.split('_').collect();
        let mut joined = String::with_capacity(name.len());
        let mut rest = words.as_slice();
        loop {
            let mut count = 1;
            for acronym in &self.0 {
                count = count.max(word_count(acronym, rest).unwrap_or(1));
            }
            for word in &rest[..count] {
                joined.push_str(word);
            }
            rest = &rest[count..];
            if rest.is_empty() {
                return joined;
            }
            joined.push('_');
        }
    }
}

/// Returns how many of these words the acronym consists of, if they begin with it.
fn word_count(acronym: &str, words: &[&str]) -> Option<usize> {
    let mut rest = acronym;
    let mut words = words.iter();
    let mut count = 0;
    while !rest.is_empty() {
        let word = words.next().filter(|word| !word.is_empty())?;
        let (begin, end) = rest.split_at_checked(word.len())?;
        if !begin.eq_ignore_ascii_case(word) {
            return None;
        }
        (rest, count) = (end, count + 1);
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acronym_is_one_word_wherever_it_is_in_a_name() {
        let acronyms: Acronyms = crate::spec::yaml::from_str("[IDs, OAuth, OAuth2]").unwrap();
        for (name, joined) in [
            ("member_i_ds", "member_ids"),
            ("get_o_auth_clients", "get_oauth_clients"),
            ("create_o_auth2_client", "create_oauth2_client"),
            // The operation id of a documentation page: `create-o-auth-2-client`.
            ("create_o_auth_2_client", "create_oauth2_client"),
            ("o_auth", "oauth"),
            ("o_auth_", "oauth_"),
            ("o__auth", "o__auth"),
            ("x_axis", "x_axis"),
            ("_id", "_id"),
            ("", ""),
        ] {
            assert_eq!(acronyms.join(name), joined, "{name}");
        }
        assert_eq!(Acronyms::default().join("member_i_ds"), "member_i_ds");
    }
}
