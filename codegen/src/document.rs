//! Reading: a file in any form LaunchDarkly publishes becomes one JSON value.

use std::path::Path;

use jsonptr::PointerBuf;
use serde_json::Value;

use crate::{
    error::{Error, Result},
    normalize,
    spec::{json, page, yaml},
};

/// An OpenAPI document and the name of the file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    file: String,
    root: Value,
}

/// The forms a document comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Yaml,
    /// A documentation page whose fenced code block holds the document.
    Page,
}

impl Form {
    /// The form a file has: by the ending of its name, else by its text.
    fn of(file: &str, text: &str) -> Self {
        let ending = Path::new(file)
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            Some("md" | "mdx" | "markdown") => Self::Page,
            _ if text.trim_start().starts_with('{') => Self::Json,
            _ if page::has_fence(text) => Self::Page,
            _ => Self::Yaml,
        }
    }
}

/// Whether a text is an HTML page, such as a login page. A Markdown page may begin
/// with an element, but not with these.
fn is_html(text: &str, form: Form) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let begins_with = |start: &str| {
        text.get(..start.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    begins_with("<!doctype html")
        || begins_with("<html")
        || (form != Form::Page && text.starts_with('<'))
}

impl Document {
    /// Reads a file: YAML, JSON, or a documentation page (Markdown) with the
    /// document in a fenced code block.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is in none of these forms, or holds something
    /// other than an OpenAPI 3.0 or 3.1 document.
    pub fn read(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(file, &text),
            Err(error) => Err(Error::new(
                file,
                PointerBuf::new(),
                format!("cannot be read: {error}"),
            )),
        }
    }

    /// Reads a document from its text; `file` is the name used in errors, and
    /// its ending tells the form.
    ///
    /// # Errors
    ///
    /// As for [`Document::read`].
    pub fn parse(file: impl Into<String>, text: &str) -> Result<Self> {
        let file = file.into();
        let whole = |reason| Error::new(&file, PointerBuf::new(), reason);
        let form = Form::of(&file, text);
        if is_html(text, form) {
            return Err(whole(
                "is an HTML page, not an OpenAPI document: use the address or file of the document \
                 itself, in YAML, JSON or Markdown"
                    .to_owned(),
            ));
        }
        let root = match form {
            Form::Json => json(text).map_err(whole)?,
            Form::Yaml => yaml(text).map_err(whole)?,
            Form::Page => {
                let block = page::specification(text).map_err(whole)?;
                match Form::of("", &block) {
                    Form::Json => json(&block),
                    _ => yaml(&block),
                }
                .map_err(whole)?
            }
        };
        Self::new(file, root)
    }

    /// Takes a document that is already parsed; `file` is the name used in errors.
    ///
    /// # Errors
    ///
    /// The value is not an OpenAPI 3.0 or 3.1 document.
    pub fn new(file: impl Into<String>, root: Value) -> Result<Self> {
        let document = Self {
            file: file.into(),
            root,
        };
        document.check_version()?;
        Ok(document)
    }

    /// The name of the file, for errors.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The document itself.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The name of the file, and the document itself.
    pub(crate) fn into_parts(self) -> (String, Value) {
        (self.file, self.root)
    }

    /// The document as OpenAPI 3.0 has it, with every component but schemas
    /// written where it is used: what the crate's vendored document is made of.
    /// Keywords that 3.0 lacks and types depend on, such as `patternProperties`,
    /// stay: a correction can replace them.
    ///
    /// # Errors
    ///
    /// It holds what is no schema, or a reference that leads nowhere.
    pub fn unified(&self) -> Result<Value> {
        let mut root = self.root.clone();
        normalize::unify(&mut root).map_err(|fault| self.error(fault.pointer, fault.reason))?;
        Ok(root)
    }

    /// An error about a place in this document.
    pub(crate) fn error(&self, pointer: PointerBuf, reason: impl Into<String>) -> Error {
        Error::new(&self.file, pointer, reason)
    }

    fn check_version(&self) -> Result<()> {
        let at_root = |reason| Err(self.error(PointerBuf::new(), reason));
        let Value::Object(object) = &self.root else {
            return at_root("is no OpenAPI document: the root is not an object");
        };
        if object.contains_key("swagger") {
            return at_root("is a Swagger 2.0 document: OpenAPI 3.0 or 3.1 is needed");
        }
        match object.get("openapi") {
            None => at_root("is no OpenAPI document: it has no `openapi` version"),
            Some(Value::String(v)) if v.starts_with("3.0.") || v.starts_with("3.1.") => Ok(()),
            Some(other) => Err(self.error(
                PointerBuf::from_tokens(["openapi"]),
                format!("version {other} is not supported: OpenAPI 3.0.x and 3.1.x are"),
            )),
        }
    }
}

fn json(text: &str) -> Result<Value, String> {
    json::read(text).map_err(|reason| format!("is not JSON: {reason}"))
}

fn yaml(text: &str) -> Result<Value, String> {
    yaml::read(text).map_err(|reason| format!("is not YAML: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n";

    fn reason(file: &str, text: &str) -> String {
        Document::parse(file, text).unwrap_err().to_string()
    }

    #[test]
    fn yaml_json_and_a_page_give_the_same_document() {
        let yaml = Document::parse("a.yaml", MINIMAL).unwrap();
        let json = Document::parse("a.json", &yaml.root().to_string()).unwrap();
        let page = Document::parse("a.md", &format!("# T\n\n```yaml\n{MINIMAL}```\n")).unwrap();
        assert_eq!(yaml.root(), json.root());
        assert_eq!(yaml.root(), page.root());
    }

    #[test]
    fn only_true_and_false_are_booleans() {
        let words = ["y", "n", "yes", "No", "on", "OFF", "true", "false"];
        let text = format!("{MINIMAL}x-words: [{}]\n", words.join(", "));
        let document = Document::parse("a.yaml", &text).unwrap();
        let expected = words.map(|word| word.parse().map_or_else(|_| word.into(), Value::Bool));
        assert_eq!(document.root()["x-words"], Value::from(expected.to_vec()));
    }

    #[test]
    fn a_file_without_an_ending_is_recognised_by_its_text() {
        let yaml = Document::parse("spec", MINIMAL).unwrap();
        assert!(Document::parse("spec", &yaml.root().to_string()).is_ok());
        assert!(Document::parse("spec", &format!("```yaml\n{MINIMAL}```")).is_ok());
    }

    #[test]
    fn an_unusable_document_is_told_with_file_pointer_and_reason() {
        let reasons = [
            ("a.json", "{"),
            ("a.json", "{\"openapi\": \"3.0.3\", \"openapi\": \"3.1.0\"}"),
            ("a.yaml", "openapi: 3.0.3\nopenapi: 3.1.0"),
            ("a.yaml", "a: [1"),
            ("a.yaml", "- 1"),
            ("a.yaml", "info: {}"),
            ("a.yaml", "swagger: '2.0'"),
            ("a.yaml", "openapi: 3.2.0"),
            ("a.yaml", "openapi: 3.1"),
            ("a.md", "# nothing here"),
        ]
        .map(|(file, text)| reason(file, text));
        insta::assert_snapshot!(reasons.join("\n"));
    }

    #[test]
    fn an_html_page_is_an_error_that_says_so_whatever_the_file_is_called() {
        let pages = [
            "<!DOCTYPE html>\n<title>a</title>",
            "\u{feff} \n<html lang=en>",
            "<!doctype HTML>\n<pre>\n```yaml\nopenapi: 3.0.3\n```",
        ];
        for page in pages {
            for file in ["a.json", "a.yaml", "a.md", "a", "https://example.com/login"] {
                let reason = reason(file, page);
                assert!(
                    reason.starts_with(&format!("{file}: is an HTML page")),
                    "{reason}"
                );
            }
        }
        assert!(reason("a.yaml", "<!-- a --><html>").contains("HTML"));
        let mdx = format!("<Note>a</Note>\n\n```yaml\n{MINIMAL}```\n");
        assert!(Document::parse("a.mdx", &mdx).is_ok());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Document::read(Path::new("no/such.yaml")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no/such.yaml: cannot be read")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}", ending in "(yaml|json|md|)") {
            let _ = Document::parse(format!("f.{ending}"), &text);
        }
    }
}
