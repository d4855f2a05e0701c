//! Calls without async code: `send_blocking()` and iterators.
//!
//! The feature `blocking` adds `send_blocking()` to every request builder and to
//! [`Client::request`](crate::Client::request), and `blocking()` to [`Items`],
//! [`Pages`], [`Tail`] and [`ByteStream`], which returns an [`Iter`]. The program
//! needs no tokio. [`block_on`] runs everything else, such as
//! [`modify`](crate::modify()).
//!
//! ```no_run
//! # fn main() -> Result<(), launchdarkly_api::Error> {
//! let client = launchdarkly_api::Client::from_env()?;
//! let flag = client
//!     .get_feature_flag()
//!     .project_key("shop")
//!     .feature_flag_key("new-checkout")
//!     .send_blocking()?;
//! println!("{}", flag.name);
//! for flag in client.get_feature_flags().project_key("shop").items().blocking() {
//!     println!("{}", flag?.key);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Threads
//!
//! The first blocking call starts one thread for the process, which drives the
//! connections and timers of all clients. It runs until the process ends, so
//! connections are reused, and a client can be dropped anywhere. The work of a
//! call itself, such as decoding, runs on the thread that calls.
//!
//! # In async code
//!
//! A blocking call in async code would block a thread of the runtime. In a task
//! of tokio or in its `block_on`, it returns an error ([`Error::is_invalid_input`])
//! before anything is sent. It works in `tokio::task::spawn_blocking`, in
//! `tokio::task::block_in_place` and on threads of your own. In the async code of
//! other runtimes, and in `tokio::task::unconstrained`, the client does not
//! notice, and blocks the thread.
//!
//! [`Items`]: crate::Items
//! [`Pages`]: crate::Pages
//! [`Tail`]: crate::Tail
//! [`ByteStream`]: crate::ByteStream

use std::{
    fmt,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use futures_util::{Stream, StreamExt};
use tokio::{
    runtime::{Builder, Handle},
    task::coop,
};

use crate::Error;

const IN_ASYNC_CODE: &str = "a blocking call in async code would block the runtime: await `send()` \
                             instead, or move the call into tokio::task::spawn_blocking";

/// Runs a future to its end on this thread: for calls that have no blocking
/// form of their own.
///
/// ```no_run
/// # fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
/// use launchdarkly_api::blocking::block_on;
///
/// let call = client.get_feature_flag().project_key("shop").feature_flag_key("new-checkout");
/// let body = block_on(call.send_bytes())?;
/// println!("{} bytes", body.len());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of the future. In async code, and if the thread for the connections
/// cannot be started, the future does not run, and
/// [`Error::is_invalid_input`] is true.
pub fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    wait(pin!(future))?
}

/// The items of a stream as an iterator, created by the `blocking` methods of
/// [`Items`](crate::Items), [`Pages`](crate::Pages), [`Tail`](crate::Tail) and
/// [`ByteStream`](crate::ByteStream).
///
/// It ends after the first error, including the error for use in async code.
#[must_use = "an iterator does nothing unless it is used"]
pub struct Iter<S>(Option<S>);

impl<S> Iter<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self(Some(stream))
    }
}

impl<S, T> Iterator for Iter<S>
where
    S: Stream<Item = Result<T, Error>> + Unpin,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = wait(pin!(self.0.as_mut()?.next()));
        if !matches!(next, Ok(Some(Ok(_)))) {
            self.0 = None;
        }
        next.unwrap_or_else(|error| Some(Err(error)))
    }
}

impl<S> fmt::Debug for Iter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

/// Polls a future until it is ready, unless that would block async code.
///
/// tokio's `block_on` would panic in a future of `unconstrained`, which
/// [`is_async`] does not recognize.
fn wait<T>(mut future: Pin<&mut dyn Future<Output = T>>) -> Result<T, Error> {
    if is_async() {
        return Err(Error::config(IN_ASYNC_CODE));
    }
    let runtime = runtime()?;
    let _entered = runtime.enter();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return Ok(value),
            // It returns at once if the waker was called since the poll.
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Whether a task or a `block_on` of tokio is running on this thread: only
/// these have a budget that ends. `Handle::try_current` also succeeds in
/// `spawn_blocking`, where blocking is fine.
fn is_async() -> bool {
    // A budget has at most this many units.
    const LARGEST_BUDGET: usize = u8::MAX as usize + 1;
    let mut context = Context::from_waker(Waker::noop());
    Handle::try_current().is_ok()
        && (0..LARGEST_BUDGET).any(|_| match coop::poll_proceed(&mut context) {
            Poll::Ready(unit) => {
                unit.made_progress();
                false
            }
            Poll::Pending => true,
        })
}

/// Returns the runtime of all blocking calls, which the first one starts.
fn runtime() -> Result<Handle, Error> {
    static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);
    let mut started = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = &*started {
        return Ok(runtime.clone());
    }
    let failed = |error| {
        Error::config(format!(
            "the thread for blocking calls cannot be started: {error}"
        ))
    };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("launchdarkly-api".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(failed)?;
    Ok(started.insert(handle).clone())
}
