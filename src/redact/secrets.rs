//! The secrets of a request, and how they are found in the texts of a response.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    ops::Range,
};

use http::HeaderValue;
use serde_json::Value as Json;

use super::{
    REDACTED,
    document::{Sensitivity, for_each_secret},
    escapes::{Unit, has_spaces, levels, significant},
    known_tokens::KnownTokens,
    request::HookChanges,
};
use crate::{codec::decode, hashed_set::HashedSet};

/// A part of a secret with this many characters is redacted. A shorter part is
/// not, because servers show the first or last characters of a key to identify
/// it.
pub(super) const FRAGMENT: usize = 8;

/// A shorter secret is redacted only as a whole word, because it occurs inside
/// other words by chance.
const SHORTEST_IN_A_WORD: usize = 4;

/// The secrets of one request: the access tokens of the client, the strings and
/// numbers of the properties in its JSON body that `openapi/properties.yaml` lists as secret,
/// and the sensitive headers and the body that the attempt hook set. Path and
/// query parameters and form fields are never secret.
///
/// A server may repeat a secret in another form. [`redact`](Self::redact)
/// ignores case, whitespace and line breaks, and recognizes a secret that is
/// escaped as in JSON, C, Go, Rust, JavaScript, HTML or a URL, and each part of
/// it with [`FRAGMENT`] characters. It does not recognize other encodings
/// (base64, hashes), replaced characters, or a number in another notation.
///
/// The sets hold hashes. Two equal ones by chance would only redact too much.
#[derive(Default)]
pub(crate) struct Secrets {
    /// The hashes of the secrets of up to [`FRAGMENT`] characters.
    short: HashedSet,
    /// Those of the short secrets that contain whitespace. Otherwise the secret
    /// `sort` would match in `is or the`.
    spaced: HashedSet,
    /// The lengths of the short secrets.
    lengths: [bool; FRAGMENT + 1],
    /// The hashes of all parts of [`FRAGMENT`] characters of the longer secrets.
    fragments: HashedSet,
    seed: RandomState,
}

impl Secrets {
    pub(crate) fn of(tokens: &KnownTokens, body: Option<&[u8]>) -> Self {
        let mut secrets = Self::default();
        tokens.for_each(|token| secrets.add(token));
        secrets.add_body(body);
        secrets
    }

    fn add_body(&mut self, body: Option<&[u8]>) {
        if let Some(mut body) = body.and_then(decode::json) {
            for_each_secret(&mut body, Sensitivity::Public, &mut |secret| match secret {
                Json::String(text) => self.add(text),
                Json::Number(number) => {
                    let digits = number.to_string();
                    if digits.len() >= SHORTEST_IN_A_WORD {
                        self.add(&digits);
                    }
                }
                _ => {}
            });
        }
    }

    /// Adds the secrets that the attempt hook put into the request.
    pub(crate) fn and(mut self, changed: Option<&HookChanges>) -> Self {
        let Some(changed) = changed else { return self };
        self.add_body(changed.body.as_deref());
        self.and_headers(&changed.headers)
    }

    /// Adds the values of secret headers.
    pub(crate) fn and_headers(mut self, headers: &[HeaderValue]) -> Self {
        for header in headers {
            self.add(&String::from_utf8_lossy(header.as_bytes()));
        }
        self
    }

    fn hash(&self, characters: &[(usize, char)]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        for (_, character) in characters {
            hasher.write_u32(u32::from(*character));
        }
        hasher.finish()
    }

    fn add(&mut self, secret: &str) {
        // The scheme is not secret, and other URLs in the text have it too.
        let schemes = ["https://", "http://"];
        let secret = schemes
            .iter()
            .find_map(|scheme| secret.strip_prefix(scheme))
            .unwrap_or(secret);
        for level in levels(secret) {
            let characters = significant(&level);
            if characters.len() > FRAGMENT {
                for window in characters.windows(FRAGMENT) {
                    let fragment = self.hash(window);
                    self.fragments.insert(fragment);
                }
            } else if !characters.is_empty() {
                let short = self.hash(&characters);
                self.short.insert(short);
                if has_spaces(&level) {
                    self.spaced.insert(short);
                }
                self.lengths[characters.len()] = true;
            }
        }
    }

    /// Returns the text without the secrets, on one line.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for range in self.find(text) {
            shown.push_str(&text[end..range.start]);
            shown.push_str(REDACTED);
            end = range.end;
        }
        shown.push_str(&text[end..]);
        let mut line = String::with_capacity(shown.len());
        let mut starts_word = false;
        for c in shown.chars() {
            if c.is_whitespace() || c.is_control() {
                starts_word = true;
                continue;
            }
            if starts_word && !line.is_empty() {
                line.push(' ');
            }
            starts_word = false;
            line.push(c);
        }
        line
    }

    /// Whether the text contains a secret.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        !self.find(text).is_empty()
    }

    /// Returns the byte ranges of the secrets in the text: sorted and not
    /// adjacent.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut is_secret = vec![false; text.len()];
        for level in levels(text) {
            let significant = significant(&level);
            let mut hide = |units: Range<usize>| {
                let bytes = level[units.start].bytes.start..level[units.end - 1].bytes.end;
                is_secret[bytes].fill(true);
            };
            for window in significant.windows(FRAGMENT) {
                if self.fragments.contains(self.hash(window)) {
                    hide(units(window));
                }
            }
            for length in 1..=FRAGMENT {
                if !self.lengths[length] {
                    continue;
                }
                for window in significant.windows(length) {
                    let (short, units) = (self.hash(window), units(window));
                    if self.short.contains(short)
                        && fits(&level, &units, length, self.spaced.contains(short))
                    {
                        hide(units);
                    }
                }
            }
        }
        let mut found: Vec<Range<usize>> = Vec::new();
        for (index, is_secret) in is_secret.into_iter().enumerate() {
            match found.last_mut() {
                _ if !is_secret => {}
                Some(range) if range.end == index => range.end += 1,
                _ => found.push(index..index + 1),
            }
        }
        found
    }
}

/// The units of consecutive significant characters.
fn units(window: &[(usize, char)]) -> Range<usize> {
    match window {
        [(first, _), .., (last, _)] => *first..*last + 1,
        [(only, _)] => *only..*only + 1,
        [] => 0..0,
    }
}

/// Whether the characters here may be redacted as a secret of this length.
fn fits(level: &[Unit], at: &Range<usize>, length: usize, may_have_spaces: bool) -> bool {
    let ends_word = |next: Option<&Unit>| next.is_none_or(|unit| !unit.character.is_alphanumeric());
    (may_have_spaces || !has_spaces(&level[at.clone()]))
        && (length >= SHORTEST_IN_A_WORD
            || ends_word(level[..at.start].last()) && ends_word(level.get(at.end)))
}
