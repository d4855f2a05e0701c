//! Where a document to import comes from: a file or the web.

use std::{fs::File, io::Read, path::Path, time::Duration};

use anyhow::{Context, ensure};
use launchdarkly_api_codegen::Document;

/// What LaunchDarkly publishes.
pub(crate) const PUBLISHED: &str = "https://app.launchdarkly.com/api/v2/openapi.json";

/// The limit of a document's size, in bytes: ten times the size of 2026.
const LARGEST: u64 = 32 << 20;

const PATIENCE: Duration = Duration::from_secs(120);

/// Reads a document from a file or an https URL.
pub(crate) fn read(source: &str) -> anyhow::Result<Document> {
    match source.split_once("://") {
        None => {
            eprintln!("reading {source}");
            let text = read_file(Path::new(source), LARGEST)
                .with_context(|| format!("{source} cannot be read"))?;
            Ok(Document::parse(source, &text)?)
        }
        Some((scheme, _)) => {
            ensure!(
                scheme.eq_ignore_ascii_case("https"),
                "{source} is not fetched: only https authenticates the server"
            );
            eprintln!("fetching {source}");
            let text =
                fetch(source, LARGEST).with_context(|| format!("{source} was not fetched"))?;
            // Only the path has an ending that tells the form.
            let name = source.split(['?', '#']).next().unwrap_or(source);
            Ok(Document::parse(name, &text)?)
        }
    }
}

fn read_file(path: &Path, largest: u64) -> anyhow::Result<String> {
    let mut text = String::new();
    // Not the size that the file system reports: a pipe has none.
    File::open(path)?
        .take(largest + 1)
        .read_to_string(&mut text)?;
    ensure!(
        text.len() as u64 <= largest,
        "it has more than {largest} bytes, the limit for a document"
    );
    Ok(text)
}

fn fetch(url: &str, largest: u64) -> anyhow::Result<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut response = agent.get(url).call()?;
    Ok(response
        .body_mut()
        .with_config()
        .limit(largest)
        .read_to_string()?)
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpListener};

    use super::*;

    /// The URL of a server that gives one answer.
    fn answering(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/openapi.json", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        url
    }

    #[test]
    fn the_body_of_an_answer_is_the_document() {
        let url = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!(fetch(&url, 2).unwrap(), "{}");
    }

    #[test]
    fn an_answer_that_is_no_success_or_too_long_is_an_error() {
        let url = answering("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}");
        assert!(fetch(&url, 100).unwrap_err().to_string().contains("404"));
        let url = answering("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{ }");
        assert!(fetch(&url, 2).is_err());
    }

    #[test]
    fn a_file_beyond_the_limit_is_an_error_that_names_the_limit() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"{ }").unwrap();
        assert_eq!(read_file(file.path(), 3).unwrap(), "{ }");
        let error = read_file(file.path(), 2).unwrap_err();
        assert!(error.to_string().contains("more than 2 bytes"), "{error}");
    }

    #[test]
    fn nothing_is_fetched_without_tls() {
        let error = read("http://127.0.0.1:9/openapi.json").unwrap_err();
        assert!(error.to_string().contains("only https"), "{error}");
    }
}
