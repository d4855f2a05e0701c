//! Rust source as text.

use std::fmt::Write;

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
        if line.starts_with(['}', ')', ']']) {
            self.depth = self.depth.saturating_sub(1);
        }
        if !line.is_empty() {
            (0..self.depth).for_each(|_| self.text.push_str("    "));
            self.text.push_str(line);
        }
        self.text.push('\n');
        if line.ends_with(['{', '(', '[']) && !line.starts_with("//") {
            self.depth += 1;
        }
    }

    /// Adds documentation.
    pub(crate) fn docs(&mut self, text: &str) {
        for line in text.trim().lines() {
            let mut comment = String::from("///");
            if !line.trim().is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(comment, " {}", line.trim_end());
            }
            // A comment is one line, whatever ends lines elsewhere.
            self.line(comment.replace('\r', " "));
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// A string literal.
pub(crate) fn literal(text: &str) -> String {
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

    proptest::proptest! {
        #[test]
        fn no_text_leaves_its_literal_or_its_comment(text in "\\PC{0,40}[\n\r\"\\\\]{0,3}\\PC{0,10}") {
            let mut source = Source::default();
            source.docs(&text);
            source.line(format!("pub const TEXT: &str = {};", literal(&text)));
            let file: syn::File = syn::parse_str(&source.finish()).unwrap();
            proptest::prop_assert_eq!(file.items.len(), 1);
        }
    }
}
