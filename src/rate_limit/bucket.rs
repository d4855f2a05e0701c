//! How many calls a window has left, and when the next one may go out.

use std::time::Duration;

use tokio::time::Instant;

use super::{LONGEST, UNKNOWN_IN_FLIGHT, WINDOW, server_clock::EpochMillis};

/// Calls left in a window.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub(super) knowledge: Knowledge,
    pub(super) in_flight: u64,
    /// The most calls a window was seen to have.
    pub(super) capacity: u64,
    /// How long a window was seen to be, from its end to the next one's.
    pub(super) window: Option<Duration>,
    /// How long it was seen to be at least, before two ends have been seen.
    pub(super) guess: Option<Duration>,
    /// Whether somebody had to wait in this window.
    pub(super) starved: bool,
    /// After a window that starved somebody: when the next call goes out.
    pub(super) next: Option<Instant>,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) enum Knowledge {
    /// No answer has come.
    #[default]
    Nothing,
    /// Answers come, and say nothing.
    Silence,
    /// `left` calls before `until`, the server's `id`.
    Window {
        id: EpochMillis,
        left: u64,
        until: Instant,
    },
    /// A window has ended; the next is taken to have as many calls as any had.
    Refilled { after: EpochMillis, left: u64 },
}

/// When a call may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Now,
    At(Instant),
    /// When something changes.
    Later,
}

impl Turn {
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Now, turn) | (turn, Self::Now) => turn,
            (Self::At(one), Self::At(another)) => Self::At(one.max(another)),
            (turn @ Self::At(_), Self::Later) | (Self::Later, turn @ Self::At(_)) => turn,
            (Self::Later, Self::Later) => Self::Later,
        }
    }
}

impl Bucket {
    /// When one more call may go out. A window that has ended is left behind.
    pub(super) fn turn(&mut self, now: Instant, random: &mut fastrand::Rng) -> Turn {
        if let Knowledge::Window { id, until, .. } = self.knowledge
            && now >= until
        {
            self.knowledge = Knowledge::Refilled {
                after: id,
                left: self.capacity,
            };
            // Clients of other processes wake at the same moment.
            let late = self.window().mul_f64(random.f64() / 50.0);
            self.next = self.starved.then(|| until + late);
            self.starved = false;
        }
        let turn = match self.knowledge {
            Knowledge::Silence => Turn::Now,
            Knowledge::Nothing if self.in_flight < UNKNOWN_IN_FLIGHT => Turn::Now,
            Knowledge::Nothing => Turn::Later,
            Knowledge::Window { left, .. } | Knowledge::Refilled { left, .. }
                if self.in_flight < left =>
            {
                match self.next {
                    Some(next) if next > now => Turn::At(next),
                    _ => Turn::Now,
                }
            }
            Knowledge::Window { until, .. } => Turn::At(until),
            // One call must go out to say what the new window has.
            Knowledge::Refilled { .. } if self.in_flight == 0 => Turn::Now,
            Knowledge::Refilled { .. } => Turn::Later,
        };
        if turn != Turn::Now && self.next.is_none_or(|next| next <= now) {
            self.starved = true;
        }
        turn
    }

    pub(super) fn reserve(&mut self, now: Instant, random: &mut fastrand::Rng) {
        self.in_flight += 1;
        if let Some(next) = self.next {
            // A tenth of the window, shared by its calls; a hundredth each at
            // most.
            let gap = self.window().as_secs_f64() / 10.0 / self.capacity.max(10) as f64;
            let gap = Duration::from_secs_f64(gap * 2.0 * random.f64());
            self.next = Some(next.max(now) + gap);
        }
    }

    /// One call that was on its way is no more.
    pub(super) fn release(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A call without an answer may have been counted.
    pub(super) fn forfeit(&mut self) {
        if let Knowledge::Window { left, .. } | Knowledge::Refilled { left, .. } =
            &mut self.knowledge
        {
            *left = left.saturating_sub(1);
        }
    }

    /// Learns what an answer says: calls left, and until when.
    pub(super) fn observe(
        &mut self,
        left: Option<u64>,
        reset: Option<(EpochMillis, Instant)>,
        now: Instant,
    ) {
        let Some(left) = left else {
            if matches!(self.knowledge, Knowledge::Nothing) {
                self.knowledge = Knowledge::Silence;
            }
            return;
        };
        self.capacity = self.capacity.max(left.saturating_add(1));
        // Without a window's end, as of now for as long as one lasts.
        let (id, until) = match (reset, self.knowledge) {
            (Some(reset), _) => reset,
            (None, Knowledge::Window { id, until, .. }) => (id, until),
            (None, _) => (0, now + self.window()),
        };
        // Resets in the past have been seen: such a one says nothing.
        if until <= now {
            if matches!(self.knowledge, Knowledge::Nothing) {
                self.knowledge = Knowledge::Silence;
            }
            return;
        }
        let until = until.min(now + LONGEST);
        match &mut self.knowledge {
            Knowledge::Window {
                id: known,
                left: known_left,
                until: known_until,
            } if *known == id => {
                // Answers overtake one another: the least is the latest.
                *known_left = left.min(*known_left);
                *known_until = until;
            }
            // An answer that was long on its way.
            Knowledge::Window { id: known, .. } if id < *known => {}
            Knowledge::Refilled { after, .. } if id != 0 && id <= *after => {}
            knowledge => {
                let before = match knowledge {
                    Knowledge::Window { id: before, .. }
                    | Knowledge::Refilled { after: before, .. } => *before,
                    Knowledge::Nothing | Knowledge::Silence => 0,
                };
                if before > 0 && id > before {
                    // Between two ends that were seen, others may have passed.
                    let between = Duration::from_millis(id.abs_diff(before)).min(WINDOW);
                    self.window = Some(self.window.map_or(between, |window| window.min(between)));
                } else {
                    self.guess = Some((until - now).min(WINDOW));
                }
                *knowledge = Knowledge::Window { id, left, until };
            }
        }
    }

    pub(super) fn window(&self) -> Duration {
        self.window.or(self.guess).unwrap_or(WINDOW)
    }
}
