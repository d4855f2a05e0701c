//! Exports the audit log as JSON lines, the newest entry first: each line is the
//! JSON of the server, with all that this version of the crate does not know.
//! Run it again after it was killed, and it continues. (The example
//! `tail_audit_log` follows new entries.)
//!
//! With an account: `LD_ACCESS_TOKEN=… cargo run --example export_audit_log -- audit.jsonl`.
//! Without one, against a mock server in this process: `cargo run --example export_audit_log`.

use std::{
    collections::HashSet,
    error::Error,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::Path,
};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use launchdarkly_api::{Client, UnixMillis};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "_id")]
    id: String,
    date: i64,
}

/// The oldest exported time, and the entries of this time. The file is the
/// checkpoint: no other can be lost or be of another time.
#[derive(Default)]
struct Position {
    oldest: Option<i64>,
    ids: HashSet<String>,
}

/// Opens the file at its end, without a line that was cut off.
fn open(path: &Path) -> Result<(File, Position), Box<dyn Error>> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path)?;
    let (mut position, mut end, mut line) = (Position::default(), 0, Vec::new());
    let mut lines = BufReader::new(&file);
    while lines.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        let entry: Entry = serde_json::from_slice(&line)?;
        if position.oldest.replace(entry.date) != Some(entry.date) {
            position.ids.clear();
        }
        position.ids.insert(entry.id);
        end += line.len() as u64;
        line.clear();
    }
    file.set_len(end)?;
    file.seek(SeekFrom::End(0))?;
    Ok((file, position))
}

/// Appends the entries that the file lacks, at most `limit`. Returns how many.
async fn export(client: &Client, path: &Path, limit: usize) -> Result<usize, Box<dyn Error>> {
    let (mut file, position) = open(path)?;
    let mut list = client.get_audit_log_entries();
    if let Some(oldest) = position.oldest {
        // More entries can have the time of the last one.
        list = list.before(UnixMillis::new(oldest + 1));
    }
    let mut entries = list.items_as::<Box<RawValue>>();
    let mut count = 0;
    while count < limit
        && let Some(entry) = entries.try_next().await?
    {
        let Entry { id, date } = serde_json::from_str(entry.get())?;
        if position.oldest == Some(date) && position.ids.contains(&id) {
            continue;
        }
        // A line break in JSON is between values: in strings it is escaped.
        let mut line = entry.get().replace(['\r', '\n'], " ");
        line.push('\n');
        file.write_all(line.as_bytes())?;
        count += 1;
    }
    file.sync_all()?;
    Ok(count)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(path) = std::env::args().nth(1) else {
        return without_account().await;
    };
    let count = export(&Client::from_env()?, Path::new(&path), usize::MAX).await?;
    println!("{count} entries added to {path}");
    Ok(())
}

/// Exports a log of a mock server in three runs, of which two are killed.
async fn without_account() -> Result<(), Box<dyn Error>> {
    // Two entries of one millisecond, and spaces and properties that only the
    // exact JSON keeps.
    let log: Vec<(i64, String)> = (0..50_i64)
        .map(|number| {
            let date = 1_700_000_000_000 + number / 2;
            (
                date,
                format!(r#"{{"_id": "{number}",  "date": {date}, "new": [1.0, "é"]}}"#),
            )
        })
        .rev()
        .collect();
    let expected: String = log.iter().map(|(_, json)| format!("{json}\n")).collect();
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| drop(then.respond_with(move |request| page(&log, request))))
        .await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("audit.jsonl");
    for (run, limit) in [(1, 11), (2, 22), (3, usize::MAX)] {
        let count = export(&client, &path, limit).await?;
        println!("run {run}: {count} entries");
        if run < 3 {
            // Killed while it wrote a line, in the middle of a character.
            let mut file = OpenOptions::new().append(true).open(&path)?;
            file.write_all(b"{\"_id\": \"\xc3")?;
        }
    }
    assert_eq!(std::fs::read_to_string(&path)?, expected);
    Ok(())
}

/// A page of the entries before a time.
fn page(log: &[(i64, String)], request: &HttpMockRequest) -> HttpMockResponse {
    let parameters = request.query_params();
    let parameter = |name| {
        let found = parameters.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| value.parse::<i64>().ok())
    };
    let before = parameter("before").unwrap_or(i64::MAX);
    let limit = usize::try_from(parameter("limit").unwrap_or(10)).unwrap_or(10);
    let entries = log.iter().filter(|(date, _)| *date < before).take(limit);
    let entries: Vec<&str> = entries.map(|(_, json)| json.as_str()).collect();
    let response = HttpMockResponse::builder().status(200);
    let body = format!("{{\"items\": [{}]}}", entries.join(","));
    response
        .header("content-type", "application/json")
        .body(body)
        .build()
}
