//! Decodes the escapes in a text, and keeps the bytes that each character came
//! from.

use std::ops::Range;

/// How many levels of escapes are decoded. Text that was encoded more times is
/// not recognized.
const LEVELS: usize = 4;

/// A character, and its bytes in the text.
#[derive(Clone)]
pub(super) struct Unit {
    pub(super) character: char,
    pub(super) bytes: Range<usize>,
}

/// Returns the text as it is, and with its escapes decoded once, twice, and so
/// on.
pub(super) fn levels(text: &str) -> Vec<Vec<Unit>> {
    let mut level = Vec::with_capacity(text.len());
    for (start, character) in text.char_indices() {
        level.push(Unit {
            character,
            bytes: start..start + character.len_utf8(),
        });
    }
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

/// Decodes the escape at the beginning. Returns its character and its length in
/// characters.
fn escape(units: &[Unit]) -> Option<(char, usize)> {
    let at = |index: usize| units.get(index).map(|unit| unit.character);
    match at(0)? {
        // An HTML entity.
        '&' => {
            let end = find(';', units, 3, 12)?;
            let character = match (at(1)?, at(2)?) {
                ('#', 'x' | 'X') if end > 3 => character(units, 3..end, 16)?,
                ('#', _) => character(units, 2..end, 10)?,
                _ => match text(&units[1..end], &[]).as_str() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
                    "Tab" => '\t',
                    "NewLine" => '\n',
                    _ => return None,
                },
            };
            Some((character, end + 1))
        }
        // A line break of HTML.
        '<' => {
            let length = find('>', units, 1, 6)?;
            text(&units[1..length], &[' ', '/'])
                .eq_ignore_ascii_case("br")
                .then_some(('\n', length + 1))
        }
        '%' => byte_escapes(units),
        // An octal escape of C.
        '\\' if octal(units).is_some() => octal(units),
        '\\' => match at(1)? {
            'x' => byte_escapes(units),
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '0' => Some(('\n', 2)),
            'U' => Some((character(units, 2..10, 16)?, 10)),
            'u' if at(2) == Some('{') => {
                let end = find('}', units, 3, 10)?;
                Some((character(units, 3..end, 16)?, end + 1))
            }
            'u' => {
                let code = number(units, 2..6, 16)?;
                if matches!(code, 0xD800..0xDC00) && at(6) == Some('\\') && at(7) == Some('u') {
                    let low = number(units, 8..12, 16)?.checked_sub(0xDC00)?;
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

/// Decodes three octal digits to an ASCII character, as in `\012`.
fn octal(units: &[Unit]) -> Option<(char, usize)> {
    let character = character(units, 1..4, 8)?;
    character.is_ascii().then_some((character, 4))
}

/// Decodes a character whose UTF-8 bytes are escaped, as in `%41` or `\x41`.
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
        let end = prefix + 2;
        bytes.push(u8::try_from(number(rest, prefix..end, 16)?).ok()?);
        length += end;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            return text.chars().next().map(|character| (character, length));
        }
    }
    None
}

/// Parses the digits of a character's code.
fn character(units: &[Unit], digits: Range<usize>, radix: u32) -> Option<char> {
    char::from_u32(number(units, digits, radix)?)
}

/// Parses digits.
fn number(units: &[Unit], digits: Range<usize>, radix: u32) -> Option<u32> {
    let mut number: u32 = 0;
    for unit in units.get(digits)? {
        let digit = unit.character.to_digit(radix)?;
        number = number.checked_mul(radix)?.checked_add(digit)?;
    }
    Some(number)
}

/// Finds a character between two indexes.
fn find(character: char, units: &[Unit], start: usize, end: usize) -> Option<usize> {
    for index in start..end {
        if units.get(index)?.character == character {
            return Some(index);
        }
    }
    None
}

/// Returns the characters except for some.
fn text(units: &[Unit], without: &[char]) -> String {
    let mut text = String::new();
    for unit in units {
        if !without.contains(&unit.character) {
            text.push(unit.character);
        }
    }
    text
}

/// Returns the characters that all forms of a secret have, in lower case, with
/// their indexes. A URL may encode a space as `+`, and a backslash may be the
/// rest of an escape.
pub(super) fn significant(units: &[Unit]) -> Vec<(usize, char)> {
    let mut significant = Vec::with_capacity(units.len());
    for (index, unit) in units.iter().enumerate() {
        let c = unit.character;
        let ignored = c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '+' | '\\' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
            );
        if !ignored {
            significant.push((index, c.to_lowercase().next().unwrap_or(c)));
        }
    }
    significant
}

pub(super) fn has_spaces(units: &[Unit]) -> bool {
    units.iter().any(|unit| unit.character.is_whitespace())
}
