//! The calls of a run, and the log of the attempt hook.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use launchdarkly_api::{
    Attempt, AttemptHook, Client, Error, JsonPatch, Outcome, RetryPolicy, default_http_client,
    reqwest,
};
use tokio::task::{AbortHandle, JoinSet};

use crate::{
    simulator::{Config, Protocol, Route, Simulator},
    support::TOKEN,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    List,
    Get,
    Create,
    Update,
    Delete,
}

impl Operation {
    pub const ALL: [Self; 5] = [
        Self::List,
        Self::Get,
        Self::Create,
        Self::Update,
        Self::Delete,
    ];

    pub fn any(rng: &mut fastrand::Rng) -> Self {
        Self::ALL[rng.usize(..5)]
    }

    pub fn any_but(self, rng: &mut fastrand::Rng) -> Self {
        let place = Self::ALL.iter().position(|other| *other == self).unwrap();
        Self::ALL[(place + rng.usize(1..5)) % 5]
    }

    pub fn route(self) -> Route {
        match self {
            Self::List => ("GET", false),
            Self::Get => ("GET", true),
            Self::Create => ("POST", false),
            Self::Update => ("PATCH", true),
            Self::Delete => ("DELETE", true),
        }
    }

    pub fn writes(self) -> bool {
        !matches!(self, Self::List | Self::Get)
    }

    async fn call(self, client: Client, call: &str) -> Result<(), Error> {
        match self {
            Self::List => {
                let call = client.get_subscriptions().integration_key(call);
                call.send().await.map(|_| ())
            }
            Self::Get => {
                let call = client.get_subscription_by_id().integration_key(call);
                call.id("x").send().await.map(|_| ())
            }
            Self::Create => {
                let call = client.create_subscription().integration_key(call);
                let call =
                    call.body_map(|body| body.name("Flag changes").config(serde_json::Map::new()));
                call.send().await.map(|_| ())
            }
            Self::Update => {
                let call = client.update_subscription().integration_key(call);
                let call = call.id("x").body(JsonPatch::new().replace("/on", true));
                call.send().await.map(|_| ())
            }
            Self::Delete => {
                let call = client.delete_subscription().integration_key(call);
                call.id("x").send().await.map(|_| ())
            }
        }
    }
}

/// The hook's log of one call.
#[derive(Debug, Clone, Default)]
pub struct CallLog {
    pub attempts: u64,
    /// Attempts that ended without a connection, by a timeout or by a GOAWAY:
    /// their requests need not have been sent.
    pub maybe_unsent: u64,
    /// Whether an attempt timed out, which a busy machine can cause.
    pub timed_out: bool,
    /// The errors of the attempts without a response.
    pub failures: Vec<String>,
    /// When the latest attempt began.
    began: Option<Instant>,
}

tokio::task_local! {
    /// The log of the call that the task makes.
    static LOG: Arc<Mutex<CallLog>>;
}

/// Between the permit for an attempt and the hook lies nothing that waits, but
/// another thread can receive a response in between: such a response counts
/// only from this time on.
const GRACE: Duration = Duration::from_millis(100);

/// The hook that logs the attempts of all calls of a client.
#[derive(Clone, Default)]
struct Observer(Arc<Mutex<Observed>>);

#[derive(Default)]
struct Observed {
    requested: Vec<RequestedWait>,
    early: Vec<String>,
}

/// A `Retry-After` that was received.
struct RequestedWait {
    received: Instant,
    wait: Duration,
    /// No request may be sent before. It is counted from when the attempt
    /// began, which is before the response came.
    until: Instant,
}

impl AttemptHook for Observer {
    fn before(&self, attempt: &Attempt, _: &mut reqwest::Request) {
        let now = Instant::now();
        LOG.with(|log| {
            let mut log = log.lock().unwrap();
            log.attempts += 1;
            log.began = Some(now);
        });
        let mut observed = self.0.lock().unwrap();
        let early = observed
            .requested
            .iter()
            .filter(|wait| wait.received + GRACE < now && now < wait.until);
        let early = early.map(|wait| {
            let (operation, number) = (attempt.operation, attempt.number);
            let early = wait.until - now;
            format!("attempt {number} of {operation:?} is {early:?} before a Retry-After allows it")
        });
        let early = early.collect::<Vec<_>>();
        observed.early.extend(early);
    }

    fn after(&self, _: &Attempt, outcome: &Outcome<'_>) {
        let began = LOG.with(|log| {
            let mut log = log.lock().unwrap();
            if let Outcome::Failure(error) = outcome {
                log.failures.push(error.to_string());
                log.timed_out |= error.is_timeout();
                log.maybe_unsent += u64::from(is_maybe_unsent(error));
            }
            log.began.unwrap()
        });
        if let Outcome::Response(status, headers) = outcome
            && *status == 429
            && let Some(seconds) = headers.get("retry-after")
        {
            let wait = Duration::from_secs(seconds.to_str().unwrap().parse().unwrap());
            self.0.lock().unwrap().requested.push(RequestedWait {
                received: Instant::now(),
                wait,
                until: began + wait,
            });
        }
    }
}

/// Whether the request of an attempt that ended with this error need not have
/// been sent. A connection that has received GOAWAY gives the same error to the
/// requests above its last stream and to those that it has not sent yet.
fn is_maybe_unsent(error: &Error) -> bool {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
    error.is_timeout()
        || error.is_connect()
        || causes.any(|cause| {
            let http2 = cause.downcast_ref::<h2::Error>();
            let http = cause.downcast_ref::<hyper::Error>();
            http2.is_some_and(h2::Error::is_go_away) || http.is_some_and(hyper::Error::is_canceled)
        })
}

/// The result of a call.
pub struct Ended {
    pub operation: Operation,
    pub call: String,
    pub result: Result<(), Error>,
}

/// A call that was started, ended or not.
pub struct Started {
    pub operation: Operation,
    pub call: String,
    log: Arc<Mutex<CallLog>>,
}

impl Started {
    pub fn log(&self) -> CallLog {
        self.log.lock().unwrap().clone()
    }
}

/// A server, a client and its calls.
pub struct Run {
    pub server: Simulator,
    pub started: Vec<Started>,
    pub ended: Vec<Ended>,
    pub panics: Vec<String>,
    client: Client,
    observer: Observer,
    calls: JoinSet<Ended>,
}

impl Run {
    /// Starts both. The client waits for a response as long as `timeout` says.
    pub async fn start(config: Config, timeout: Duration, policy: RetryPolicy) -> Self {
        let protocol = config.protocol;
        let server = Simulator::start(config).await;
        let observer = Observer::default();
        // Reading the machine's roots would take most of the time.
        let http = default_http_client().tls_certs_only([]).timeout(timeout);
        let http = match protocol {
            Protocol::Http1 => http,
            Protocol::Http2 => http.http2_prior_knowledge(),
        };
        let client = Client::builder()
            .access_token(TOKEN)
            .base_url(server.url())
            .http_client(http)
            .retry_policy(policy)
            .attempt_hook(observer.clone())
            .build()
            .unwrap();
        Self {
            server,
            started: Vec::new(),
            ended: Vec::new(),
            panics: Vec::new(),
            client,
            observer,
            calls: JoinSet::new(),
        }
    }

    pub fn call(&mut self, operation: Operation, call: impl Into<String>) -> AbortHandle {
        let (client, call) = (self.client.clone(), call.into());
        let log = Arc::<Mutex<CallLog>>::default();
        self.started.push(Started {
            operation,
            call: call.clone(),
            log: Arc::clone(&log),
        });
        self.calls.spawn(LOG.scope(log, async move {
            let result = operation.call(client, &call).await;
            Ended {
                operation,
                call,
                result,
            }
        }))
    }

    /// Waits until all calls have ended whose ids start with the prefix, also
    /// those that a caller dropped.
    pub async fn wait_for(&mut self, prefix: &str) {
        let open = |run: &Self| {
            let count = |calls: &mut dyn Iterator<Item = &String>| {
                calls.filter(|call| call.starts_with(prefix)).count()
            };
            let started = count(&mut run.started.iter().map(|started| &started.call));
            started > count(&mut run.ended.iter().map(|ended| &ended.call))
        };
        while open(self)
            && let Some(ended) = self.calls.join_next().await
        {
            match ended {
                Ok(ended) => self.ended.push(ended),
                Err(error) if error.is_cancelled() => {}
                Err(panic) => self.panics.push(format!("a call ended with {panic}")),
            }
        }
    }

    /// The attempts before the end of a `Retry-After`.
    pub fn early(&self) -> Vec<String> {
        self.observed().early.clone()
    }

    /// The longest `Retry-After` that was received.
    pub fn longest_wait(&self) -> Option<Duration> {
        let observed = self.observed();
        observed.requested.iter().map(|wait| wait.wait).max()
    }

    fn observed(&self) -> MutexGuard<'_, Observed> {
        self.observer.0.lock().unwrap()
    }
}
