//! The CPU time a call takes through this crate, against the same call written
//! by hand on reqwest: once doing the same work, which is to keep a deadline,
//! try again where that may help, and heed what the server says of its limits;
//! and once bare, which sends and decodes. The server is another process, so
//! that its own time does not count.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/it/simulator.rs"]
mod simulator;

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitCode, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use cpu_time::ProcessTime;
use launchdarkly_api::{
    Client, default_http_client,
    reqwest::{
        self,
        header::{
            ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT,
        },
    },
    types::Integration,
};
use simulator::{Config, Simulator};

const TOKEN: &str = "api-01234567-89ab-cdef-0123-456789abcdef";
/// The argument that makes this program the server.
const SERVE: &str = "--serve";
/// Short blocks, and many: what else the machine does then falls on all.
const ROUNDS: usize = 999;
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
    limits: Mutex<Limits>,
}

/// What the server last said of its limits.
#[derive(Clone, Copy, Default)]
struct Limits {
    global: Option<u64>,
    route: Option<u64>,
    reset: Option<u64>,
}

impl ByHand {
    const API_VERSION: HeaderName = HeaderName::from_static("ld-api-version");
    const DEADLINE: Duration = Duration::from_secs(120);
    const ATTEMPTS: u32 = 5;

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
            limits: Mutex::default(),
        }
    }

    fn request(&self, key: &str, id: &str) -> reqwest::RequestBuilder {
        self.http
            .get(format!("{}/api/v2/integrations/{key}/{id}", self.base_url))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(USER_AGENT, self.user_agent.clone())
            .header(Self::API_VERSION, HeaderValue::from_static("20240415"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
    }

    /// Sends and decodes, and nothing else.
    async fn bare(&self, key: &str, id: &str) -> reqwest::Result<Integration> {
        let response = self.request(key, id).send().await?;
        response.error_for_status()?.json().await
    }

    /// Within a deadline, again where that may help, and within the limits.
    async fn same_work(&self, key: &str, id: &str) -> Result<Integration, String> {
        let began = Instant::now();
        let request = self.request(key, id).build().map_err(|e| e.to_string())?;
        for attempt in 1.. {
            if let Some(wait) = self.wait_for_turn() {
                tokio::time::sleep(wait).await;
            }
            let copy = request.try_clone().ok_or("it cannot be copied")?;
            let exchange = async {
                let mut response = self.http.execute(copy).await?;
                let headers = std::mem::take(response.headers_mut());
                let status = response.status();
                Ok::<_, reqwest::Error>((status, headers, response.bytes().await?))
            };
            let left = Self::DEADLINE.saturating_sub(began.elapsed());
            let answer = tokio::time::timeout(left, exchange).await;
            let answer = answer.map_err(|_| "the deadline is over")?;
            let wait = match &answer {
                Ok((status, headers, body)) => {
                    self.learn(headers);
                    if status.is_success() {
                        return serde_json::from_slice(body).map_err(|e| e.to_string());
                    }
                    match status.as_u16() {
                        429 | 502..=504 | 408 => Self::asked(headers),
                        _ => return Err(format!("{status}: {body:?}")),
                    }
                }
                Err(_) => None,
            };
            if attempt == Self::ATTEMPTS {
                return Err(match answer {
                    Ok((status, ..)) => status.to_string(),
                    Err(error) => error.to_string(),
                });
            }
            tokio::time::sleep(wait.unwrap_or(Duration::from_millis(250 << attempt))).await;
        }
        unreachable!("there is a last attempt")
    }

    fn wait_for_turn(&self) -> Option<Duration> {
        let limits = *self.limits.lock().unwrap();
        if limits.global == Some(0) || limits.route == Some(0) {
            let now = std::time::UNIX_EPOCH.elapsed().ok()?;
            return Duration::from_millis(limits.reset?).checked_sub(now);
        }
        None
    }

    fn learn(&self, headers: &HeaderMap) {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
        *self.limits.lock().unwrap() = Limits {
            global: number("x-ratelimit-global-remaining"),
            route: number("x-ratelimit-route-remaining"),
            reset: number("x-ratelimit-reset"),
        };
    }

    fn asked(headers: &HeaderMap) -> Option<Duration> {
        let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

async fn bare(http: &ByHand, calls: usize) -> Duration {
    let start = ProcessTime::now();
    for _ in 0..calls {
        let subscription = http.bare("call-0", "1234").await.unwrap();
        assert_eq!(subscription.on, Some(true));
    }
    start.elapsed()
}

async fn by_hand(http: &ByHand, calls: usize) -> Duration {
    let start = ProcessTime::now();
    for _ in 0..calls {
        let subscription = http.same_work("call-0", "1234").await.unwrap();
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

    let rounds: Vec<[f64; 3]> = runtime().block_on(async {
        bare(&http, WARM_UP).await;
        by_hand(&http, WARM_UP).await;
        through_the_crate(&client, WARM_UP).await;
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            let mut times = [0.0; 3];
            // Each goes first, second and last as often as the others.
            for turn in 0..3 {
                let who = (round + turn) % 3;
                let time = match who {
                    0 => bare(&http, CALLS).await,
                    1 => by_hand(&http, CALLS).await,
                    _ => through_the_crate(&client, CALLS).await,
                };
                times[who] = time.as_secs_f64() * 1e6 / CALLS as f64;
            }
            rounds.push(times);
        }
        rounds
    });

    let middle = |who: usize| median(rounds.iter().map(|times| times[who]).collect());
    println!(
        "CPU time of one call on loopback, medians of {ROUNDS} blocks of {CALLS} calls each\n"
    );
    for (who, name) in ["reqwest, bare", "reqwest, same work", "this crate"]
        .into_iter()
        .enumerate()
    {
        println!("{name:<24} {:>8.1} µs", middle(who));
    }
    let ratio = |reference: usize| {
        let ratio = middle(2) / middle(reference);
        let mut each: Vec<_> = rounds
            .iter()
            .map(|times| times[2] / times[reference])
            .collect();
        each.sort_by(f64::total_cmp);
        let (low, high) = (each[ROUNDS / 4], each[ROUNDS * 3 / 4]);
        println!("{ratio:>33.3}    half of the rounds from {low:.3} to {high:.3}");
        ratio
    };
    println!("\nthis crate against the bare call");
    ratio(0);
    println!("this crate against the same work");
    let good = ratio(1) <= MOST;
    println!(
        "\n{} the ratio to the same work is at most {MOST}",
        if good { "ok  " } else { "FAIL" }
    );
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
