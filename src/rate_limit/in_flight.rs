//! The calls in flight, by round trip.

/// The calls of a bucket that were sent and have no response.
///
/// The server counts a call when it arrives, not when it responds. So a report
/// includes every call that was sent a round trip or more before the call that
/// brought it. A new round trip begins with the first response to a call of the
/// current one.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    round: u32,
    /// Sent in this round trip.
    current: u64,
    /// Sent in the previous round trip.
    previous: u64,
    /// Sent earlier.
    counted: u64,
}

impl InFlight {
    /// Returns the calls that the latest reports may not have counted.
    pub(super) fn uncounted(&self) -> u64 {
        self.current + self.previous
    }

    /// Returns the calls of this round trip.
    pub(super) fn latest(&self) -> u64 {
        self.current
    }

    pub(super) fn all(&self) -> u64 {
        self.uncounted() + self.counted
    }

    pub(super) fn round(&self) -> u32 {
        self.round
    }

    /// Adds a call and returns its round trip.
    pub(super) fn start(&mut self) -> u32 {
        self.current += 1;
        self.round
    }

    pub(super) fn end(&mut self, round: u32) {
        let calls = match self.round.wrapping_sub(round) {
            0 => &mut self.current,
            1 => &mut self.previous,
            _ => &mut self.counted,
        };
        *calls = calls.saturating_sub(1);
    }

    /// Ends a call with a response.
    pub(super) fn respond(&mut self, round: u32) {
        self.end(round);
        if round == self.round {
            self.advance();
        }
    }

    /// Starts a window. The previous one has counted all calls but the latest.
    pub(super) fn begin_window(&mut self) {
        self.advance();
    }

    fn advance(&mut self) {
        self.round = self.round.wrapping_add(1);
        self.counted += self.previous;
        self.previous = std::mem::take(&mut self.current);
    }
}
