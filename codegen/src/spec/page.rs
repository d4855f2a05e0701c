//! A documentation page: the OpenAPI document inside a fenced code block.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// Whether a line of the text opens a fenced code block.
pub(crate) fn has_fence(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("```") || line.starts_with("~~~")
    })
}

/// The text of the first fenced block that holds an OpenAPI document.
pub(crate) fn specification(page: &str) -> Result<String, String> {
    let mut block: Option<String> = None;
    for event in Parser::new(page) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => block = Some(String::new()),
            Event::Text(text) => {
                if let Some(block) = &mut block {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some(text) = block.take().filter(|text| states_a_version(text)) {
                    return Ok(text);
                }
            }
            _ => {}
        }
    }
    Err("is a page with no fenced code block that holds an OpenAPI document".into())
}

/// Whether a block has the `openapi` member, in YAML or in JSON.
fn states_a_version(block: &str) -> bool {
    block
        .lines()
        .any(|line| line.starts_with("openapi:") || line.trim_start().starts_with("\"openapi\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_with_the_document_is_found_among_others() {
        let page =
            "# T\n```python\nimport requests\n```\n\n~~~yaml\nopenapi: 3.1.0\na: |\n  ```\n~~~\n";
        assert_eq!(
            specification(page),
            Ok("openapi: 3.1.0\na: |\n  ```\n".into())
        );
    }

    #[test]
    fn a_page_without_such_a_block_is_refused() {
        assert!(specification("openapi: 3.1.0\n```sh\nls\n```\n").is_err());
    }
}
