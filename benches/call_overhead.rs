//! The CPU time a call takes through this crate, against the same call written
//! by hand on reqwest. The server is another process, so that its own time
//! does not count.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/it/simulator.rs"]
mod simulator;

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitCode, Stdio},
    time::Duration,
};

use cpu_time::ProcessTime;
use launchdarkly_api::{
    Client, default_http_client,
    reqwest::{
        self,
        header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue, USER_AGENT},
    },
    types::Integration,
};
use simulator::{Config, Simulator};

const TOKEN: &str = "api-01234567-89ab-cdef-0123-456789abcdef";
/// The argument that makes this program the server.
const SERVE: &str = "--serve";
/// Short blocks, and many: what else the machine does then falls on both.
const PAIRS: usize = 1_000;
const CALLS: usize = 100;
const WARM_UP: usize = 2_000;
/// How much more time than by hand a call may take.
const MOST: f64 = 1.05;

/// A subscription as LaunchDarkly answers one.
const SUBSCRIPTION: &str = r#"{
    "_links": {"self": {"href": "/api/v2/integrations/datadog/1234", "type": "application/json"}},
    "_id": "1234", "kind": "datadog", "name": "Flag changes", "config": {"apiKey": "0123456789abcdef"},
    "statements": [{"effect": "allow", "resources": ["proj/*:env/*:flag/*"], "actions": ["*"]}],
    "on": true, "tags": ["t"],
    "_access": {"denied": [], "allowed": [{"action": "updateOn", "reason": {"effect": "allow", "role_name": "writer"}}]},
    "_status": {"successCount": 2, "lastSuccess": 1699999999999, "errorCount": 1,
                "errors": [{"statusCode": 500, "responseBody": "no", "timestamp": 1699999999998}]}
}"#;

/// The server's process; it ends with this value.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn spawn() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(SERVE)
            // It ends when its input does, also if this process is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let url = url.trim().to_owned();
        Self { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn serve() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    runtime().block_on(async {
        let server = Simulator::start(Config {
            // Never reached; the answers tell of them.
            global_limit: Some(u32::MAX),
            route_limit: Some(u32::MAX),
            window: Duration::from_secs(10),
            subscription: SUBSCRIPTION.to_owned(),
            ..Config::default()
        })
        .await;
        println!("{}", server.url());
        std::future::pending::<()>().await;
    });
}

/// The call as somebody would write it for this one operation.
struct ByHand {
    http: reqwest::Client,
    base_url: String,
    authorization: HeaderValue,
    user_agent: HeaderValue,
}

impl ByHand {
    const API_VERSION: HeaderName = HeaderName::from_static("ld-api-version");

    fn new(base_url: &str) -> Self {
        let mut authorization = HeaderValue::from_static(TOKEN);
        authorization.set_sensitive(true);
        Self {
            http: default_http_client().build().unwrap(),
            base_url: base_url.to_owned(),
            authorization,
            user_agent: HeaderValue::from_static(concat!(
                "launchdarkly-api-rust/",
                env!("CARGO_PKG_VERSION")
            )),
        }
    }

    async fn get(&self, key: &str, id: &str) -> reqwest::Result<Integration> {
        self.http
            .get(format!("{}/api/v2/integrations/{key}/{id}", self.base_url))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(USER_AGENT, self.user_agent.clone())
            .header(Self::API_VERSION, HeaderValue::from_static("20240415"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}

async fn by_hand(http: &ByHand, calls: usize) -> Duration {
    let start = ProcessTime::now();
    for _ in 0..calls {
        let subscription = http.get("call-0", "1234").await.unwrap();
        assert_eq!(subscription.on, Some(true));
    }
    start.elapsed()
}

async fn through_the_crate(client: &Client, calls: usize) -> Duration {
    let start = ProcessTime::now();
    for _ in 0..calls {
        let subscription = client
            .get_subscription_by_id()
            .integration_key("call-0")
            .id("1234")
            .send()
            .await
            .unwrap();
        assert_eq!(subscription.on, Some(true));
    }
    start.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == SERVE) {
        serve();
        return ExitCode::SUCCESS;
    }
    let server = Server::spawn();
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(&server.url)
        .build()
        .unwrap();
    let http = ByHand::new(&server.url);

    let pairs: Vec<_> = runtime().block_on(async {
        by_hand(&http, WARM_UP).await;
        through_the_crate(&client, WARM_UP).await;
        let mut pairs = Vec::new();
        for pair in 0..PAIRS {
            let (hand, ours);
            if pair % 2 == 0 {
                hand = by_hand(&http, CALLS).await;
                ours = through_the_crate(&client, CALLS).await;
            } else {
                ours = through_the_crate(&client, CALLS).await;
                hand = by_hand(&http, CALLS).await;
            }
            let micros = |time: Duration| time.as_secs_f64() * 1e6 / CALLS as f64;
            pairs.push((micros(hand), micros(ours)));
        }
        pairs
    });

    let hand = median(pairs.iter().map(|(hand, _)| *hand).collect());
    let ours = median(pairs.iter().map(|(_, ours)| *ours).collect());
    let mut ratios: Vec<_> = pairs.iter().map(|(hand, ours)| ours / hand).collect();
    ratios.sort_by(f64::total_cmp);
    let quartiles = (ratios[PAIRS / 4], ratios[PAIRS * 3 / 4]);
    let ratio = ours / hand;
    println!("CPU time of one call on loopback, medians of {PAIRS} blocks of {CALLS} calls each\n");
    println!("{:<24} {hand:>8.1} µs", "by hand on reqwest");
    println!("{:<24} {ours:>8.1} µs", "through this crate");
    println!(
        "{:<24} {ratio:>8.3}    of the medians; half of the pairs of blocks from {:.3} to {:.3}\n",
        "ratio", quartiles.0, quartiles.1
    );
    let good = ratio <= MOST;
    println!(
        "{} the ratio is at most {MOST}",
        if good { "ok  " } else { "FAIL" }
    );
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
