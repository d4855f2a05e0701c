//! The results of runs, and the guarantees.

use std::{collections::BTreeMap, fmt, ops::AddAssign, time::Duration};

use super::calls::{CallLog, Ended, Operation, Run};
use crate::simulator::{Counts, Fault};

#[derive(Default)]
pub struct Tally {
    pub runs: u64,
    pub limited_runs: u64,
    pub calls: u64,
    pub requests: u64,
    pub faults: BTreeMap<Fault, u64>,
    pub limited: u64,
    /// Of many calls at a server whose limits became lower: the requests from
    /// the third window on.
    pub lower_limits: Share,
    /// Of many calls at a server with a node that has another clock: all
    /// requests.
    pub other_clock: Share,
    pub twice: u64,
    pub unexplained: u64,
    pub outcome_unknown: u64,
    pub failed: u64,
    pub from_other_node: u64,
    pub without_limits: u64,
    pub under_lower_limits: u64,
    pub held: u64,
    pub http2_runs: u64,
    /// The broken guarantees.
    pub wrong: Vec<String>,
}

/// The number of requests, and of those over a limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Share {
    pub limited: u64,
    pub requests: u64,
}

impl AddAssign for Share {
    fn add_assign(&mut self, other: Self) {
        self.limited += other.limited;
        self.requests += other.requests;
    }
}

impl Share {
    /// From 0 to 1.
    pub fn of_requests(self) -> f64 {
        self.limited as f64 / self.requests as f64
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.limited, self.requests)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.limited_runs += other.limited_runs;
        self.calls += other.calls;
        self.requests += other.requests;
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        self.limited += other.limited;
        self.lower_limits += other.lower_limits;
        self.other_clock += other.other_clock;
        self.twice += other.twice;
        self.unexplained += other.unexplained;
        self.outcome_unknown += other.outcome_unknown;
        self.failed += other.failed;
        self.from_other_node += other.from_other_node;
        self.without_limits += other.without_limits;
        self.under_lower_limits += other.under_lower_limits;
        self.held += other.held;
        self.http2_runs += other.http2_runs;
        self.wrong.extend(other.wrong);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            runs,
            http2_runs,
            calls,
            requests,
            limited,
            limited_runs,
            twice,
            unexplained,
            failed,
            outcome_unknown,
            from_other_node,
            without_limits,
            under_lower_limits,
            held,
            lower_limits,
            other_clock,
            ..
        } = self;
        let faults: u64 = self.faults.values().sum();
        let count = |fault| self.faults.get(&fault).copied().unwrap_or_default();
        write!(
            f,
            "seeded runs: {runs} runs ({http2_runs} over HTTP/2), {calls} calls, {requests} \
             requests, {faults} faults ({} streams refused, {} lost to GOAWAY, {} times \
             Retry-After), {from_other_node} responses from a node with another clock, \
             {without_limits} without limit headers, {under_lower_limits} requests under lower \
             limits, {held} held back, {limited} answered 429 in {limited_runs} runs, {twice} \
             writes applied twice, {unexplained} unexplained failures, {failed} failed calls, \
             {outcome_unknown} of them with outcome unknown; over the limits were {lower_limits} \
             requests with lower limits and {other_clock} with another clock",
            count(Fault::Refused),
            count(Fault::GoAway),
            count(Fault::RetryAfter),
        )
    }
}

/// Exceptions for a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Excuses {
    /// Calls may wait for a permit until they fail: the client cannot know
    /// when a window ends, and takes it to last for ten seconds.
    pub unknown_windows: bool,
}

impl Tally {
    pub fn of_hanging() -> Self {
        Self {
            runs: 1,
            wrong: vec!["it hangs".to_owned()],
            ..Self::default()
        }
    }

    /// The tally of one run that has ended.
    pub fn of(run: &Run, excuses: Excuses) -> Self {
        let ledger = run.server.ledger();
        let peculiarities = run.server.peculiarities();
        let limited = run.server.answered_429();
        let mut tally = Self {
            runs: 1,
            limited_runs: u64::from(limited > 0),
            requests: ledger.came(),
            limited,
            from_other_node: peculiarities.from_other_node,
            without_limits: peculiarities.without_limits,
            under_lower_limits: peculiarities.under_lower_limits,
            held: peculiarities.held,
            wrong: [run.early(), run.panics.clone()].concat(),
            ..Self::default()
        };
        for fault in ledger.faults() {
            *tally.faults.entry(fault).or_default() += 1;
        }
        for started in &run.started {
            let counts = ledger.of(started.operation.route().0, &started.call);
            let log = started.log();
            let ended = run.ended.iter().find(|ended| ended.call == started.call);
            tally.check_requests(started.operation, ended, &counts, &log);
            if let Some(ended) = ended {
                tally.check(ended, &counts, &log, excuses, run.longest_wait());
            }
        }
        tally
    }

    /// Compares the attempts that the hook saw with the requests on the wire.
    fn check_requests(
        &mut self,
        operation: Operation,
        ended: Option<&Ended>,
        counts: &Counts,
        log: &CallLog,
    ) {
        let unsent = log.attempts.checked_sub(counts.came);
        let explained = match ended {
            Some(_) => log.maybe_unsent,
            // The caller dropped it, before or after the request was sent.
            None => log.attempts,
        };
        if unsent.is_none_or(|unsent| unsent > explained) {
            self.wrong.push(format!(
                "{operation:?} has not one request for each attempt: {log:?}; {counts:?}"
            ));
        }
    }

    /// Compares the result of a call with what the server did.
    fn check(
        &mut self,
        ended: &Ended,
        counts: &Counts,
        log: &CallLog,
        excuses: Excuses,
        longest_wait: Option<Duration>,
    ) {
        let Ended {
            operation, result, ..
        } = ended;
        let mut wrong = |what: &str| {
            let said = match result {
                Ok(()) => "Ok".to_owned(),
                Err(error) => format!("{error} (unknown: {})", error.outcome_unknown()),
            };
            self.wrong
                .push(format!("{operation:?} {what}: {said}; {counts:?}; {log:?}"));
        };
        self.calls += 1;
        if operation.writes() && counts.applied > 1 {
            self.twice += 1;
            wrong("was applied more than once");
        }
        match result {
            Ok(()) if counts.applied == 0 => wrong("was not applied"),
            Ok(()) => {}
            Err(error) => {
                self.failed += 1;
                let unknown = error.outcome_unknown();
                self.outcome_unknown += u64::from(unknown);
                if operation.writes() && counts.applied > 0 && !unknown {
                    wrong("was applied, and the error does not say that it may be");
                }
                let hides = |fault: &Fault| !fault.tells_the_outcome();
                if unknown && !counts.faults.iter().any(hides) && !log.timed_out {
                    wrong("cannot be unknown: the server said of each request what became of it");
                }
                let fault = counts.faults.iter().any(|fault| *fault != Fault::Delayed);
                let fits = |wait| {
                    error
                        .retry_after()
                        .is_some_and(|named| named + MARGIN > wait)
                };
                let explained = fault
                    || log.timed_out
                    || excuses.unknown_windows
                    || longest_wait.is_some_and(fits)
                    // A call that could be sent must not wait until its deadline.
                    || (counts.limited > 0 && !error.is_timeout());
                if !explained {
                    self.unexplained += 1;
                    wrong("failed without a reason");
                }
            }
        }
    }
}

/// How much shorter than `Retry-After` the wait is that an error names: it was
/// made later.
const MARGIN: Duration = Duration::from_secs(10);
