//! A documentation page: the OpenAPI document inside a fenced code block.

/// A line that opens a fenced code block (`CommonMark` 0.31.2, section 4.5), in
/// a list too.
struct Fence<'a> {
    /// The characters: three or more backticks or tildes.
    mark: &'a str,
    indentation: usize,
}

impl<'a> Fence<'a> {
    fn opened_by(line: &'a str) -> Option<Self> {
        let trimmed = line.trim_start_matches(' ');
        let character = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let after = trimmed.trim_start_matches(character);
        let mark = &trimmed[..trimmed.len() - after.len()];
        // Backticks around a word in a text are no fence.
        (mark.len() >= 3 && !(character == '`' && after.contains('`'))).then_some(Self {
            mark,
            indentation: line.len() - trimmed.len(),
        })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        Fence::opened_by(line.trim_end())
            .is_some_and(|other| other.mark.starts_with(self.mark) && line.trim() == other.mark)
    }

    /// A line of the block, without the fence's indentation.
    fn unindented<'b>(&self, line: &'b str) -> &'b str {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        &line[spaces.min(self.indentation)..]
    }
}

/// Whether a line of the text opens a fenced code block.
pub(crate) fn has_fence(text: &str) -> bool {
    text.lines().any(|line| Fence::opened_by(line).is_some())
}

/// The text of the first fenced block that holds an OpenAPI document.
pub(crate) fn specification(page: &str) -> Result<String, String> {
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = Fence::opened_by(line) else {
            continue;
        };
        let mut block = String::new();
        for line in lines.by_ref().take_while(|line| !fence.is_closed_by(line)) {
            block.push_str(fence.unindented(line));
            block.push('\n');
        }
        if states_a_version(&block) {
            return Ok(block);
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
    fn a_block_ends_at_a_fence_of_its_kind_and_length_and_loses_its_indentation() {
        let page = "- T ```a``` \n\n  ````json\n  \"openapi\": 1\n    ```\n ~~~~\n  ```` x\n  `````  \nT\n";
        assert_eq!(
            specification(page),
            Ok("\"openapi\": 1\n  ```\n~~~~\n```` x\n".into())
        );
    }

    #[test]
    fn a_page_without_such_a_block_is_refused() {
        assert!(specification("openapi: 3.1.0\n```sh\nls\n```\n").is_err());
    }
}
