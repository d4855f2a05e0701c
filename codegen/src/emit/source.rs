//! Rust source as text.

use std::borrow::Cow;

/// Source that is being written, a line at a time.
#[derive(Debug, Default)]
pub(crate) struct Source {
    text: String,
    depth: usize,
}

impl Source {
    /// Adds a line. One that ends in an opening bracket indents those after
    /// it, one that begins with a closing bracket ends that.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        let bytes = line.as_bytes();
        if matches!(bytes, [b'}' | b')' | b']', ..]) {
            self.depth = self.depth.saturating_sub(1);
        }
        if !line.is_empty() {
            for _ in 0..self.depth {
                self.text.push_str("    ");
            }
            self.text.push_str(line);
        }
        self.text.push('\n');
        if matches!(bytes, [.., b'{' | b'(' | b'[']) && !line.starts_with("//") {
            self.depth += 1;
        }
    }

    /// Adds a module: its first line without the bracket, and what is in it.
    pub(crate) fn module(&mut self, line: impl AsRef<str>, content: impl FnOnce(&mut Self)) {
        self.line(format!("{} {{", line.as_ref()));
        content(self);
        self.line("}");
    }

    /// Adds documentation, which is Markdown, and wraps its lines.
    pub(crate) fn docs(&mut self, text: &str) {
        let width = WIDTH.saturating_sub(4 * self.depth + "/// ".len());
        let mut text = Cow::Borrowed(text.trim());
        // A comment is one line, whatever ends lines elsewhere.
        if text.contains('\r') {
            text = text.replace('\r', " ").into();
        }
        for line in wrapped(&text, width) {
            self.line(format!("/// {line}").trim_end());
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// The width of lines of documentation, with their indentation.
const WIDTH: usize = 100;

/// Wraps the paragraphs and list items of a Markdown text. Words longer than the
/// width, headings, tables and blocks of code stay as they are.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        let stays = in_code || is_fence || line.trim_start().starts_with(['#', '|']);
        if stays || line.chars().count() <= width {
            lines.push(line.to_owned());
            continue;
        }
        let text = line.trim_start();
        let indent = line.len() - text.len();
        let mut words = words(text).into_iter();
        let Some(first) = words.next() else { continue };
        // What follows a list's marker is indented like the item's text.
        let hanging = match first {
            "-" | "*" | "+" => indent + 2,
            _ if is_marker(first) => indent + first.len() + 1,
            _ => indent,
        };
        let mut current = format!("{}{first}", " ".repeat(indent));
        let mut column = current.chars().count();
        let mut is_first = true;
        for word in words {
            let length = word.chars().count();
            if column + 1 + length > width && !is_first {
                lines.push(std::mem::replace(&mut current, " ".repeat(hanging)));
                column = hanging;
            } else {
                current.push(' ');
                column += 1;
            }
            current.push_str(word);
            column += length;
            is_first = false;
        }
        lines.push(current);
    }
    lines
}

/// The words of a line. One that would be Markdown at the beginning of a line
/// stays with the word before it.
fn words(line: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    let mut at = 0;
    for word in line.split(' ') {
        let end = at + word.len();
        let is_second = words.len() == 1;
        match words.last_mut() {
            Some(before)
                if (word.is_empty() || is_markdown(word)) && !(is_second && is_marker(before)) =>
            {
                *before = &line[at - 1 - before.len()..end];
            }
            _ => words.push(word),
        }
        at = end + 1;
    }
    words
}

/// Whether a word is the marker of a list's item (CommonMark 0.31, "List items").
fn is_marker(word: &str) -> bool {
    let number = word.trim_end_matches(['.', ')']);
    matches!(word, "-" | "*" | "+")
        || (number.len() + 1 == word.len() && number.chars().all(|c| c.is_ascii_digit()))
}

/// Whether a word at the beginning of a line would be more than a word.
fn is_markdown(word: &str) -> bool {
    // Most words, and what follows is slow in a build script.
    if word.starts_with(char::is_alphabetic) {
        return false;
    }
    is_marker(word)
        || word.starts_with(['#', '>', '|', '=', '~', '<'])
        || word.starts_with("```")
        || word.starts_with("--")
        || word.starts_with("**")
        || word.starts_with("__")
}

/// The attribute of functions that are compiled where they are called. A build
/// without optimization would otherwise compile each of them with the crate, and
/// all that they need, such as the decoding of every list.
pub(crate) const INLINE: &str = "#[inline]";

/// A string literal.
pub(crate) fn literal(text: &str) -> String {
    // Most texts need no escapes, and to look for them letter by letter is slow in a
    // build script.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if text.as_bytes().iter().all(is_plain) {
        return format!("\"{text}\"");
    }
    proc_macro2::Literal::string(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_indented_by_the_brackets_around_them() {
        let mut source = Source::default();
        source.docs("What it is.\n\nAnd {");
        for line in ["pub struct A {", "b: u8,", "}", "f(", "1,", ");"] {
            source.line(line);
        }
        assert_eq!(
            source.finish(),
            "/// What it is.\n///\n/// And {\npub struct A {\n    b: u8,\n}\nf(\n    1,\n);\n"
        );
    }

    #[test]
    fn documentation_is_wrapped_and_is_the_same_markdown() {
        let mut source = Source::default();
        let sentence = "word ".repeat(25);
        source.docs(&format!(
            "{sentence}\n\n- {sentence}\n  1. {sentence}\n\n# {sentence}\n\n```\n{sentence}\n```\n\n{}",
            "- # > 1. ".repeat(20)
        ));
        insta::assert_snapshot!(source.finish());
    }

    proptest::proptest! {
        #[test]
        fn wrapped_lines_are_short_and_keep_every_word(
            text in "([a-z`*#>|=+.0-9-]{1,12} {1,2}){1,60}",
            width in 20_usize..100,
        ) {
            let lines = wrapped(&text, width);
            let all = lines.join(" ");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            proptest::prop_assert_eq!(words(&all), words(&text));
            for line in &lines[1..] {
                let first = line.split_whitespace().next().unwrap_or_default();
                proptest::prop_assert!(!is_markdown(first), "{}", line);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_leaves_its_literal_or_its_comment(text in "([ -~]|\\PC){0,40}[\n\r\"\\\\]{0,3}\\PC{0,10}") {
            let mut source = Source::default();
            source.docs(&text);
            source.line(format!("pub const TEXT: &str = {};", literal(&text)));
            let file: syn::File = syn::parse_str(&source.finish()).unwrap();
            proptest::prop_assert_eq!(file.items.len(), 1);
            let of_library = proc_macro2::Literal::string(&text).to_string();
            proptest::prop_assert_eq!(literal(&text), of_library);
        }
    }
}
