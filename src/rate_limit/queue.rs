//! The queue for permits.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::{Limiter, State, bucket::Turn, permit::Permit};
use crate::Operation;

impl Limiter {
    /// Waits in line for the operation's turn. A dropped future has not been
    /// here.
    pub(crate) async fn acquire(&self, operation: &'static Operation) -> Permit<'_> {
        let (route, line) = {
            let mut state = self.state();
            let route = state.place(operation);
            state.in_line += 1;
            state.routes[route].waiting += 1;
            (route, Arc::clone(&state.routes[route].line))
        };
        let _in_line = Waiting(|| {
            let mut state = self.state();
            state.in_line -= 1;
            state.routes[route].waiting -= 1;
        });
        let _route = line.lock().await;
        self.until(|state, now| {
            let random = &mut state.random;
            state.routes[route].bucket.turn(now, random)
        })
        .await;
        self.state().waiting += 1;
        let _in_line = Waiting(|| self.state().waiting -= 1);
        let _account = self.account_line.lock().await;
        self.until(|state, now| state.try_reserve(route, now)).await;
        self.permit(route, Instant::now())
    }

    /// Tells whoever waits that something has changed.
    pub(super) fn tell(&self, state: &State) {
        if state.in_line > 0 {
            self.changed.notify_waiters();
        }
    }

    /// Waits until it is the time for something.
    async fn until(&self, mut turn: impl FnMut(&mut State, Instant) -> Turn) {
        loop {
            let changed = self.changed.notified();
            let turn = turn(&mut self.state(), Instant::now());
            match turn {
                Turn::Now => return,
                Turn::At(instant) => {
                    tokio::select! {
                        () = sleep_until(instant) => {}
                        () = changed => {}
                    }
                }
                Turn::Later => changed.await,
            }
        }
    }
}

/// Somebody in line, who leaves it in whatever way the wait ends.
struct Waiting<F: FnMut()>(F);

impl<F: FnMut()> Drop for Waiting<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
