//! Pagination: exact against plain, one page at a time and several in flight,
//! and the memory that a million items take. The server is another process, so
//! that its memory does not count.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write as _},
    process::{Child, Command, ExitCode, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use launchdarkly_api::Client;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const LATENCY: Duration = Duration::from_millis(20);
const FLAGS: usize = 10_000;
const PAGE: usize = 100;
/// ldcli's default.
const SMALL_PAGE: usize = 20;
const AHEAD: usize = 8;
/// How many more requests and items exact pagination may take.
const MOST_COST: f64 = 1.02;
/// How many bytes of memory an item may take, beyond the pages in flight.
const MOST_BYTES: f64 = 16.0;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// The requests for pages that the server has received.
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// A page of flags, as the request's target asks for it.
fn page(target: &str, total: usize) -> String {
    let parameter = |name: &str| {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
            .and_then(|value| value.parse::<usize>().ok())
    };
    let (offset, limit) = (
        parameter("offset").unwrap_or(0),
        parameter("limit").unwrap_or(20),
    );
    let end = (offset + limit).min(total);
    let mut body = String::from("{\"items\":[");
    for index in offset..end {
        let comma = if index > offset { "," } else { "" };
        write!(
            body,
            r#"{comma}{{"key":"flag-{index}","name":"Flag {index}","kind":"boolean","_version":3,"tags":["bench"],
                "creationDate":1700000000000,"temporary":true,"variations":[{{"value":true}},{{"value":false}}]}}"#
        )
        .unwrap();
    }
    write!(body, "],\"totalCount\":{total},\"_links\":{{").unwrap();
    if end < total {
        let path = target.split('?').next().unwrap();
        write!(
            body,
            r#""next":{{"href":"{path}?limit={limit}&offset={end}"}}"#
        )
        .unwrap();
    }
    body.push_str("}}");
    body
}

async fn answer(mut stream: TcpStream) {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        while !read.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(count) if count > 0 => read.extend_from_slice(&buffer[..count]),
                _ => return,
            }
        }
        let head = String::from_utf8(std::mem::take(&mut read)).unwrap();
        let target = head.split(' ').nth(1).unwrap().to_owned();
        if target == "/requests" {
            let count = REQUESTS.swap(0, Ordering::SeqCst);
            let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{count}");
            let _ = stream.write_all(answer.as_bytes()).await;
            return;
        }
        REQUESTS.fetch_add(1, Ordering::SeqCst);
        // The project's key is the number of its flags, and whether to be slow.
        let key = target.split(['/', '?']).nth(4).unwrap();
        let (total, slow) = key.split_once('-').unwrap();
        if slow == "slow" {
            tokio::time::sleep(LATENCY).await;
        }
        let body = page(&target, total.parse().unwrap());
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn serve() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
}

/// This program again, with an argument; its first line.
fn again(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(arguments)
        // It ends when its input does, also if this process is killed.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line.trim().to_owned())
}

fn client(url: &str) -> Client {
    Client::builder()
        .access_token("api-0")
        .base_url(url)
        .build()
        .unwrap()
}

/// The most memory this process has had, in KiB (Linux).
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|value| value.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

/// How many requests the server has received since the last time.
fn requests(url: &str) -> usize {
    let address = url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /requests HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.rsplit("\r\n").next().unwrap().parse().unwrap()
}

async fn list(url: &str, project: &str, size: usize, ahead: usize, exact: bool) -> usize {
    let pages = client(url)
        .get_feature_flags()
        .project_key(project)
        .limit(i64::try_from(size).unwrap())
        .pages()
        .prefetch(ahead);
    let pages = if exact { pages } else { pages.unverified() };
    pages
        .items()
        .try_fold(0, |count, _| async move { Ok(count + 1) })
        .await
        .unwrap()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--serve", ..] => {
            serve();
            return ExitCode::SUCCESS;
        }
        ["--list", url, total, ..] => {
            let count = runtime().block_on(list(url, &format!("{total}-fast"), PAGE, 1, true));
            assert_eq!(count.to_string(), *total);
            println!("{}", peak_memory());
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let (mut server, url) = again(&["--serve"]);
    println!("{FLAGS} flags, {LATENCY:?} of latency\n");
    println!("{:<34} {:>9} {:>9}", "", "requests", "seconds");
    let mut counts = Vec::new();
    for (name, size, ahead, exact) in [
        ("plain", PAGE, 1, false),
        ("exact", PAGE, 1, true),
        ("plain", PAGE, AHEAD, false),
        ("exact", PAGE, AHEAD, true),
        ("plain", SMALL_PAGE, 1, false),
        ("exact", SMALL_PAGE, 1, true),
    ] {
        let began = Instant::now();
        let count = runtime().block_on(list(&url, &format!("{FLAGS}-slow"), size, ahead, exact));
        let seconds = began.elapsed().as_secs_f64();
        assert_eq!(count, FLAGS);
        let sent = requests(&url);
        let name = format!("{name}, pages of {size}, {ahead} in flight");
        println!("{name:<34} {sent:>9} {seconds:>9.2}");
        #[allow(clippy::cast_precision_loss)]
        counts.push(sent as f64);
    }
    let rounds = 1 + (FLAGS / PAGE - 1).div_ceil(AHEAD);
    #[allow(clippy::cast_precision_loss)]
    let ideal = LATENCY.as_secs_f64() * rounds as f64;
    println!(
        "{:<34} {:>9} {ideal:>9.2}\n",
        format!("ideal, {AHEAD} in flight"),
        FLAGS / PAGE
    );

    let memory = [10_000_u32, 1_000_000].map(|total| {
        let (mut child, line) = again(&["--list", &url, &total.to_string()]);
        child.wait().unwrap();
        let kibibytes: f64 = line.parse().unwrap();
        println!(
            "{:<34} {:>9.1} MiB",
            format!("memory for {total} items"),
            kibibytes / 1024.0
        );
        kibibytes * 1024.0
    });
    let _ = server.kill();
    let bytes = (memory[1] - memory[0]) / 990_000.0;
    println!();
    let mut is_good = true;
    for (name, value, most) in [
        ("bytes of memory for an item", bytes, MOST_BYTES),
        ("the ratio of requests", counts[1] / counts[0], MOST_COST),
        ("the same in flight", counts[3] / counts[2], MOST_COST),
        (
            "the same with small pages",
            counts[5] / counts[4],
            MOST_COST,
        ),
    ] {
        let verdict = if value <= most { "ok  " } else { "FAIL" };
        println!("{verdict} {name}: {value:.3}, at most {most}");
        is_good &= value <= most;
    }
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
