//! Keeping secrets out of text: the text that a server sent, and the text that
//! `Debug` and `Display` write.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    ops::Range,
};

use bytes::Bytes;
use http::{HeaderValue, header};
use reqwest::Request;
use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    codec::Value,
    generated::secrets::{HOLDERS, PROPERTIES},
};

/// What replaces a secret.
const REDACTED: &str = "[redacted]";

/// A part of a secret that has this many characters is redacted even without
/// the rest. A part with fewer is not: servers show the first or last few
/// characters of a key so that people recognize it.
const FRAGMENT: usize = 8;

/// A secret with fewer characters is redacted only where it is a whole word,
/// because it occurs inside other words by chance.
const SHORTEST_IN_A_WORD: usize = 4;

/// How many levels of escapes are decoded: text that was encoded more often
/// than this is not recognized.
const LEVELS: usize = 4;

/// The secrets of one request: the access token, the strings and numbers of
/// the properties in its JSON body that `openapi/properties.yaml` lists as
/// secret, and the sensitive headers and body that the attempt hook gave it. No parameter of a path or a query and no field of a form is listed.
///
/// A server may repeat a secret in another form. [`redact`](Self::redact)
/// ignores case, whitespace and line breaks, and recognizes a secret that is
/// escaped as in JSON, C, Go, Rust, JavaScript, HTML or a URL, and each part of it
/// that has [`FRAGMENT`] characters. It does not recognize a secret that was
/// encoded otherwise (base64, a hash), whose characters were replaced, or a
/// number in another notation.
#[derive(Default)]
pub(crate) struct Secrets {
    /// The secrets with up to [`FRAGMENT`] characters, by these. The value says
    /// whether there is whitespace in one. Otherwise the secret `sort` would be
    /// found in `is or the`.
    short: HashMap<Vec<char>, bool>,
    /// All parts with [`FRAGMENT`] characters of the longer secrets.
    fragments: HashSet<[char; FRAGMENT]>,
}

impl Secrets {
    pub(crate) fn of(token: &str, body: Option<&[u8]>) -> Self {
        let mut secrets = Self::default();
        secrets.add(token);
        secrets.add_body(body);
        secrets
    }

    fn add_body(&mut self, body: Option<&[u8]>) {
        if let Some(Ok(mut body)) = body.map(serde_json::from_slice::<Json>) {
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

    /// The same, with what the attempt hook made secret in the request.
    pub(crate) fn and(mut self, changed: Option<&HookChanges>) -> Self {
        let Some(changed) = changed else { return self };
        for header in &changed.headers {
            self.add(&String::from_utf8_lossy(header.as_bytes()));
        }
        self.add_body(changed.body.as_deref());
        self
    }

    fn add(&mut self, secret: &str) {
        // Otherwise every URL in a text would be cut.
        let schemes = ["https://", "http://"];
        let secret = schemes
            .iter()
            .find_map(|scheme| secret.strip_prefix(scheme))
            .unwrap_or(secret);
        for level in levels(secret) {
            let characters: Vec<char> = significant(&level).map(|(_, c)| c).collect();
            if characters.len() > FRAGMENT {
                self.fragments.extend(
                    characters
                        .windows(FRAGMENT)
                        .map(|window| std::array::from_fn(|index| window[index])),
                );
            } else if !characters.is_empty() {
                *self.short.entry(characters).or_default() |= has_spaces(&level);
            }
        }
    }

    /// The text without the secrets, on one line.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for range in self.find(text) {
            shown.push_str(&text[end..range.start]);
            shown.push_str(REDACTED);
            end = range.end;
        }
        shown.push_str(&text[end..]);
        shown
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether the text holds a secret.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        !self.find(text).is_empty()
    }

    /// The bytes of the text that are secrets: in order, none adjacent.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for level in levels(text) {
            let significant: Vec<(usize, char)> = significant(&level).collect();
            let units = |window: &[(usize, char)]| match window {
                [(first, _), .., (last, _)] => *first..*last + 1,
                [(only, _)] => *only..*only + 1,
                [] => 0..0,
            };
            let bytes = |units: Range<usize>| {
                level[units.start].bytes.start..level[units.end - 1].bytes.end
            };
            for window in significant.windows(FRAGMENT) {
                let fragment = std::array::from_fn(|index| window[index].1);
                if self.fragments.contains(&fragment) {
                    found.push(bytes(units(window)));
                }
            }
            let lengths: BTreeSet<usize> = self.short.keys().map(Vec::len).collect();
            for length in lengths {
                let mut characters = Vec::with_capacity(length);
                for window in significant.windows(length) {
                    characters.clear();
                    characters.extend(window.iter().map(|(_, c)| *c));
                    let units = units(window);
                    if let Some(has_spaces) = self.short.get(&characters)
                        && fits(&level, &units, length, *has_spaces)
                    {
                        found.push(bytes(units));
                    }
                }
            }
        }
        found.sort_by_key(|range| range.start);
        found.dedup_by(|next, range| {
            let overlap = next.start <= range.end;
            if overlap {
                range.end = range.end.max(next.end);
            }
            overlap
        });
        found
    }
}

/// Whether a secret of this many characters can be redacted where they are.
fn fits(level: &[Unit], at: &Range<usize>, length: usize, may_have_spaces: bool) -> bool {
    let ends_word = |next: Option<&Unit>| next.is_none_or(|unit| !unit.character.is_alphanumeric());
    (may_have_spaces || !has_spaces(&level[at.clone()]))
        && (length >= SHORTEST_IN_A_WORD
            || ends_word(level[..at.start].last()) && ends_word(level.get(at.end)))
}

/// What a request sent that may hold secrets, kept for the case that the
/// response cannot be decoded.
#[derive(Default)]
pub(crate) struct SentRequest {
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) body: Option<reqwest::Body>,
    pub(crate) changed: Option<Box<HookChanges>>,
}

/// What the attempt hook put into a request that may be or hold a secret: the
/// headers that authenticate or are marked as sensitive, and the body.
pub(crate) struct HookChanges {
    headers: Vec<HeaderValue>,
    body: Option<Bytes>,
}

impl HookChanges {
    /// What differs from the token and body that the request had, if anything.
    pub(crate) fn of(
        request: &Request,
        authorization: &HeaderValue,
        body: Option<&[u8]>,
    ) -> Option<Box<Self>> {
        const SECRET: [header::HeaderName; 3] = [
            header::AUTHORIZATION,
            header::PROXY_AUTHORIZATION,
            header::COOKIE,
        ];
        let headers: Vec<_> = request
            .headers()
            .iter()
            .filter(|(name, value)| value.is_sensitive() || SECRET.contains(name))
            .filter(|(_, value)| *value != authorization)
            .map(|(_, value)| value.clone())
            .collect();
        let changed = request.body().and_then(reqwest::Body::as_bytes);
        let body = changed
            .filter(|changed| Some(*changed) != body)
            .map(Bytes::copy_from_slice);
        (!headers.is_empty() || body.is_some()).then(|| Box::new(Self { headers, body }))
    }
}

impl SentRequest {
    pub(crate) fn secrets(&self) -> Secrets {
        let token = self.authorization.as_ref().map(HeaderValue::to_str);
        let body = self.body.as_ref().and_then(reqwest::Body::as_bytes);
        Secrets::of(token.and_then(Result::ok).unwrap_or_default(), body)
            .and(self.changed.as_deref())
    }
}

/// A character, and the bytes of the text that stand for it.
#[derive(Clone)]
struct Unit {
    character: char,
    bytes: Range<usize>,
}

/// The text as it is, with its escapes decoded once, twice, and so on.
fn levels(text: &str) -> Vec<Vec<Unit>> {
    let mut level: Vec<Unit> = text
        .char_indices()
        .map(|(start, character)| Unit {
            character,
            bytes: start..start + character.len_utf8(),
        })
        .collect();
    let mut levels = Vec::new();
    while levels.len() < LEVELS {
        let next = unescape(&level);
        let is_last = next.len() == level.len();
        levels.push(std::mem::replace(&mut level, next));
        if is_last {
            return levels;
        }
    }
    levels.push(level);
    levels
}

fn unescape(mut units: &[Unit]) -> Vec<Unit> {
    let mut decoded = Vec::with_capacity(units.len());
    while let Some(first) = units.first() {
        let (character, length) = escape(units).unwrap_or((first.character, 1));
        let (escape, rest) = units.split_at(length);
        let end = escape.last().unwrap_or(first).bytes.end;
        decoded.push(Unit {
            character,
            bytes: first.bytes.start..end,
        });
        units = rest;
    }
    decoded
}

/// The character that an escape at the beginning stands for, and how many
/// characters the escape has.
fn escape(units: &[Unit]) -> Option<(char, usize)> {
    let at = |index: usize| units.get(index).map(|unit| unit.character);
    match at(0)? {
        // An HTML entity.
        '&' => {
            let length = units
                .iter()
                .take(12)
                .position(|unit| unit.character == ';')?;
            let name: String = units[1..length].iter().map(|unit| unit.character).collect();
            let code = match name.strip_prefix('#') {
                Some(number) => match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => number.parse().ok()?,
                },
                None => match name.as_str() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
                    "Tab" => '\t',
                    "NewLine" => '\n',
                    _ => return None,
                }
                .into(),
            };
            Some((char::from_u32(code)?, length + 1))
        }
        // A line break of HTML.
        '<' => {
            let length = units
                .iter()
                .take(6)
                .position(|unit| unit.character == '>')?;
            let name = units[1..length].iter().map(|unit| unit.character);
            let name: String = name.filter(|c| !matches!(c, ' ' | '/')).collect();
            name.eq_ignore_ascii_case("br")
                .then_some(('\n', length + 1))
        }
        '%' => byte_escapes(units),
        // An octal escape of C.
        '\\' if octal(units).is_some() => octal(units),
        '\\' => match at(1)? {
            'x' => byte_escapes(units),
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '0' => Some(('\n', 2)),
            'U' => Some((char::from_u32(hex(units, 2, 8)?)?, 10)),
            'u' if at(2) == Some('{') => {
                let digits = units
                    .iter()
                    .skip(3)
                    .take(7)
                    .position(|unit| unit.character == '}')?;
                Some((char::from_u32(hex(units, 3, digits)?)?, 4 + digits))
            }
            'u' => {
                let code = hex(units, 2, 4)?;
                if (0xD800..0xDC00).contains(&code) && at(6) == Some('\\') && at(7) == Some('u') {
                    let low = hex(units, 8, 4)?.checked_sub(0xDC00)?;
                    let code = 0x1_0000 + ((code - 0xD800) << 10) + low;
                    return Some((char::from_u32(code)?, 12));
                }
                Some((char::from_u32(code)?, 6))
            }
            '\\' => Some(('\\', 2)),
            _ => None,
        },
        _ => None,
    }
}

/// The ASCII character that three octal digits stand for, as in `\012`.
fn octal(units: &[Unit]) -> Option<(char, usize)> {
    let code = units.get(1..4)?.iter().try_fold(0, |number, unit| {
        Some(number * 8 + unit.character.to_digit(8)?)
    })?;
    let character = char::from_u32(code).filter(char::is_ascii)?;
    Some((character, 4))
}

/// The character whose UTF-8 bytes are escaped as `%41` or `\x41`.
fn byte_escapes(units: &[Unit]) -> Option<(char, usize)> {
    let mut bytes = Vec::with_capacity(4);
    let mut length = 0;
    while bytes.len() < 4 {
        let rest = units.get(length..)?;
        let prefix = match rest.first()?.character {
            '%' => 1,
            '\\' if rest.get(1)?.character == 'x' => 2,
            _ => return None,
        };
        bytes.push(u8::try_from(hex(rest, prefix, 2)?).ok()?);
        length += prefix + 2;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            return text.chars().next().map(|character| (character, length));
        }
    }
    None
}

/// The number that hexadecimal digits stand for.
fn hex(units: &[Unit], start: usize, length: usize) -> Option<u32> {
    units
        .get(start..start + length)?
        .iter()
        .try_fold(0, |number, unit| {
            Some(number * 16 + unit.character.to_digit(16)?)
        })
}

/// The characters that two forms of a secret have in common, in lower case,
/// with their indexes. A form for URLs writes a space as `+`, and a backslash
/// is what is left of an escape.
fn significant(units: &[Unit]) -> impl Iterator<Item = (usize, char)> {
    units.iter().enumerate().filter_map(|(index, unit)| {
        let c = unit.character;
        let ignored = c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '+' | '\\' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
            );
        (!ignored).then(|| (index, c.to_lowercase().next().unwrap_or(c)))
    })
}

fn has_spaces(units: &[Unit]) -> bool {
    units.iter().any(|unit| unit.character.is_whitespace())
}

/// What the properties around a value say of it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sensitivity {
    /// Nothing.
    Public,
    /// It is an object whose `value` is secret, or a list of such.
    Holder,
    /// It is a secret.
    Secret,
}

impl Sensitivity {
    /// The sensitivity of the property with this name.
    fn within(self, name: &str) -> Self {
        match self {
            Self::Secret => Self::Secret,
            Self::Holder if name == "value" => Self::Secret,
            _ if PROPERTIES.binary_search(&name).is_ok() => Self::Secret,
            _ if HOLDERS.binary_search(&name).is_ok() => Self::Holder,
            _ => Self::Public,
        }
    }

    /// The sensitivity that a path of a JSON Patch leads to; an index says nothing
    /// new.
    pub(crate) fn at(self, path: &str) -> Self {
        path.split('/')
            .filter(|token| !token.is_empty() && *token != "-" && token.parse::<u32>().is_err())
            .fold(self, Self::within)
    }
}

/// Visits the strings and numbers of a document that are secret: of a resource
/// or of a patch of any format.
fn for_each_secret(value: &mut Json, sensitivity: Sensitivity, visit: &mut impl FnMut(&mut Json)) {
    match value {
        Json::String(_) | Json::Number(_) if sensitivity == Sensitivity::Secret => visit(value),
        Json::Array(values) => {
            for value in values {
                for_each_secret(value, sensitivity, visit);
            }
        }
        Json::Object(object) => {
            // An operation of a JSON Patch says by its path what its value is.
            let path = object.get("path").and_then(Json::as_str).map(str::to_owned);
            for (key, value) in object {
                let sensitivity = match &path {
                    Some(path) if key == "value" && sensitivity == Sensitivity::Public => {
                        sensitivity.at(path)
                    }
                    _ => sensitivity.within(key),
                };
                for_each_secret(value, sensitivity, visit);
            }
        }
        _ => {}
    }
}

/// Replaces the secrets of a document.
pub(crate) fn mask(document: &mut Json, sensitivity: Sensitivity) {
    for_each_secret(document, sensitivity, &mut |secret| {
        *secret = REDACTED.into()
    });
}

/// `Debug` of a struct, by the names of its fields. It is one call, because
/// the compiler needs time for each call in each generated type.
pub(crate) fn debug(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    fields: &[(&str, &dyn fmt::Debug)],
) -> fmt::Result {
    let mut debug = f.debug_struct(name);
    for (name, value) in fields {
        debug.field(name, value);
    }
    debug.finish()
}

/// Shows whether a secret property is present, and not its value.
pub(crate) fn presence<T: Value>(secret: &T) -> impl fmt::Debug {
    struct Shown(&'static str);

    impl fmt::Debug for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    Shown(if secret.is_absent() {
        "[absent]"
    } else {
        REDACTED
    })
}

/// Shows the structure of JSON: the names of properties, `true`, `false` and
/// `null`. Of strings and numbers it shows only that they are there, because
/// the JSON has no schema that says which are secret.
pub(crate) fn shape<T: Serialize>(value: &T) -> impl fmt::Debug {
    struct Shape<'a>(&'a Json);

    impl fmt::Debug for Shape<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0 {
                Json::Null => f.write_str("null"),
                Json::Bool(value) => write!(f, "{value}"),
                Json::Number(_) => f.write_str("number"),
                Json::String(_) => f.write_str("string"),
                Json::Array(values) => f.debug_list().entries(values.iter().map(Shape)).finish(),
                Json::Object(object) => f
                    .debug_map()
                    .entries(object.iter().map(|(key, value)| (key, Shape(value))))
                    .finish(),
            }
        }
    }

    struct Shaped<'a, T>(&'a T);

    impl<T: Serialize> fmt::Debug for Shaped<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match serde_json::to_value(self.0) {
                Ok(value) => Shape(&value).fmt(f),
                Err(_) => f.write_str("not JSON"),
            }
        }
    }

    Shaped(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The secret strings and numbers of a body.
    fn secrets_of(body: &str) -> Vec<String> {
        let mut body = serde_json::from_str(body).unwrap();
        let mut secrets = Vec::new();
        for_each_secret(&mut body, Sensitivity::Public, &mut |secret| {
            secrets.push(secret.as_str().map_or(secret.to_string(), str::to_owned));
        });
        secrets
    }

    #[test]
    fn the_secrets_of_a_body_are_found_by_their_properties() {
        for (body, secrets) in [
            (
                r#"{"name": "public", "config": {"apiKey": "s3cret", "on": true, "pin": 12345}, "apiKey": "s3cret-2"}"#,
                &["s3cret-2", "s3cret", "12345"][..],
            ),
            (
                r#"[{"op": "replace", "path": "/config/url", "value": "s3cret"},
                    {"op": "replace", "path": "/name", "value": "public"},
                    {"op": "add", "path": "", "value": {"config": {"a": ["s3cret-2"]}}}]"#,
                &["s3cret", "s3cret-2"],
            ),
            (
                r#"{"comment": "public", "patch": [{"op": "test", "path": "/apiKey", "value": "s3cret"}]}"#,
                &["s3cret"],
            ),
            (
                r#"{"comment": "public", "merge": {"config": {"a": "s3cret"}}}"#,
                &["s3cret"],
            ),
            (
                r#"{"instructions": [{"kind": "public", "config": {"a": "s3cret"}}]}"#,
                &["s3cret"],
            ),
            // A header's value is secret, a variation's is not.
            (
                r#"{"headers": [{"name": "public", "value": "s3cret"}],
                    "variations": [{"name": "public", "value": "public"}]}"#,
                &["s3cret"],
            ),
            (
                r#"[{"op": "add", "path": "/endpoint/headers/-", "value": {"value": "s3cret"}},
                    {"op": "replace", "path": "/headers/0/value", "value": "s3cret-2"},
                    {"op": "replace", "path": "/variations/0/value", "value": "public"}]"#,
                &["s3cret", "s3cret-2"],
            ),
        ] {
            assert_eq!(secrets_of(body), secrets, "{body}");
        }
    }

    #[test]
    fn the_names_can_be_searched_for() {
        for names in [PROPERTIES, HOLDERS] {
            assert!(!names.is_empty() && names.is_sorted(), "{names:?}");
        }
    }

    fn redacted(secrets: &[&str], text: &str) -> String {
        let body = json!({"config": secrets}).to_string();
        Secrets::of("", Some(body.as_bytes())).redact(text)
    }

    #[test]
    fn a_text_loses_secrets_and_line_breaks_and_nothing_else() {
        for (secrets, text, expected) in [
            (
                &["s3cret-2", "s3cret"][..],
                "bad value\n  s3cret-2 (s3cret)\u{1b}",
                "bad value [redacted] ([redacted])",
            ),
            // Two secrets side by side, and one inside another.
            (&["abcdef", "ghijkl"], "abcdefghijkl", "[redacted]"),
            (
                &["long secret with key", "key"],
                "a long secret with key, a key",
                "a [redacted], a [redacted]",
            ),
            // A short one is found as a word, and not by chance.
            (
                &["us", "eu1"],
                "must: us, 'eu1', eu12",
                "must: [redacted], '[redacted]', eu12",
            ),
            (&["sort"], "is or the sorting", "is or the [redacted]ing"),
            // A part is redacted if it has enough characters.
            (
                &["0123456789abcdef"],
                "0123456, 01234567…, …789abcde…, cdef",
                "0123456, [redacted]…, …[redacted]…, cdef",
            ),
            // The scheme of a URL is no secret.
            (
                &["https://hooks.example/s3cret"],
                "https://other.invalid: use https://hooks.example/s3cret",
                "https://other.invalid: use https://[redacted]",
            ),
            (&["", " ", "+"], "a + b", "a + b"),
        ] {
            assert_eq!(redacted(secrets, text), expected, "{secrets:?}");
        }
    }

    #[test]
    fn a_secret_is_found_in_each_form_that_servers_write() {
        let secret =
            "-----BEGIN KEY-----\nMIIE\t<a&b> \"q\" 'é' 😀 50%+1/2\\n  c=\r\n-----END KEY-----";
        let json = json!(secret).to_string();
        for form in [
            secret.to_owned(),
            secret.split_whitespace().collect::<Vec<_>>().join(" "),
            secret.split_whitespace().collect(),
            secret.replace('\n', "\r\n").to_uppercase(),
            json.clone(),
            json!(json).to_string(),
            json.replace('/', "\\/")
                .replace('<', "\\u003c")
                .replace('é', "\\u00e9")
                .replace('😀', "\\ud83d\\ude00"),
            // Go's %+q, Rust's Debug, Python's bytes.
            json.replace('é', "\\u00e9").replace('😀', "\\U0001f600"),
            secret.escape_unicode().to_string(),
            json.replace('é', "\\xc3\\xa9")
                .replace('😀', "\\xf0\\x9f\\x98\\x80"),
            secret
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&#34;")
                .replace('\'', "&#x27;")
                .replace('+', "&#43;")
                .replace(' ', "&nbsp;"),
            percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC)
                .to_string(),
            percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
                .replace("%20", "+")
                .to_lowercase(),
        ] {
            let text = redacted(&[secret], &format!("before: {form}; after"));
            let found = text.replace(['"', '\\'], "");
            assert_eq!(found, "before: [redacted]; after", "{form}");
        }
    }

    #[test]
    fn a_secret_of_short_words_is_found_with_each_whitespace_between_them() {
        let secret = "one two\tthree\nfour";
        for space in [
            " ",
            "\n\n",
            "\r\n",
            "\t",
            "\u{85}",
            "\u{2028}",
            "\u{a0}",
            "\u{3000}",
            "+",
            "%20",
            "%0D%0A",
            "\\n",
            "\\\\n",
            "\\t",
            "\\u000a",
            "\\x0a",
            "\\012",
            "\\015\\012",
            "&#10;",
            "&#x0A;",
            "&nbsp;",
            "&Tab;",
            "&NewLine;",
            "&ensp;",
            "&emsp;",
            "&thinsp;",
            "<br>",
            "<br/>",
            "<BR />\n",
        ] {
            let form = secret.replace(char::is_whitespace, space);
            let text = redacted(&[secret], &format!("before {form} after"));
            assert_eq!(text, "before [redacted] after", "{space:?}");
        }
        let text = "<b> <br> a\\8 <brown> \\777";
        assert_eq!(redacted(&[secret], text), text);
    }

    #[test]
    fn many_short_secrets_cost_little_more_than_few() {
        let text = "m&a%20 lorem ipsum ".repeat(500);
        let cost_of = |count: usize| {
            let secrets: Vec<String> = (0..count).map(|number| format!("s{number}")).collect();
            let body = json!({"config": secrets}).to_string();
            let began = cpu_time::ThreadTime::now();
            Secrets::of("", Some(body.as_bytes())).redact(&text);
            began.elapsed()
        };
        let few = cost_of(100);
        assert!(cost_of(10_000) < few * 20, "{few:?}");
    }

    #[test]
    fn the_structure_of_json_is_shown_without_strings_and_numbers() {
        let value = json!({"a": ["s3cret", 17, 1.5, null, true], "b": {"c": {}}});
        let text = format!("{:?}", shape(&value));
        assert_eq!(
            text,
            r#"{"a": [string, number, number, null, true], "b": {"c": {}}}"#
        );
        assert_eq!(format!("{:?}", shape(&None::<Json>)), "null");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_search_panic(
            secret in "[\\\\%&#;xuU0-9a-f{}\\PC]{0,24}",
            text in "[\\\\%&#;xuU0-9a-f{}\\PC]{0,64}",
        ) {
            let secrets = Secrets::of(&secret, None);
            secrets.redact(&text);
            let shown = secrets.redact(&format!("{text}{secret}{text}"));
            if significant(&levels(&secret)[0]).count() > FRAGMENT {
                proptest::prop_assert!(shown.contains(REDACTED), "{}", shown);
            }
        }
    }
}
