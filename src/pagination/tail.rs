//! New entries of a list by time, as they appear.

mod stored;

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use serde::de::DeserializeOwned;

use super::raw::RawItem;
use crate::{Error, UnixMillis, rate_limit};

/// How long the stream waits between two polls, unless the caller says.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// How late entries may appear, unless the caller says.
const WINDOW: Duration = Duration::from_secs(60);

/// Where a [`Tail`] continues: which entries it has returned.
///
/// It serializes to a small object (serde). Its size grows with the number of
/// entries in the window of late entries. It stays valid if the stream ends or
/// the process is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Entries before this time are not returned.
    floor: i64,
    /// The entries that were returned, with their times, in order. Those of a
    /// poll share it.
    returned: Arc<Vec<(i64, String)>>,
    /// How many of them this checkpoint includes.
    count: usize,
    /// Times of which entries are known to be missing.
    incomplete: Vec<i64>,
}

/// From this time on, which is included.
impl From<UnixMillis> for Checkpoint {
    fn from(time: UnixMillis) -> Self {
        Self {
            floor: time.get(),
            returned: Arc::default(),
            count: 0,
            incomplete: Vec::new(),
        }
    }
}

impl Checkpoint {
    /// Returns this checkpoint for a tail that does without the entries of this
    /// millisecond that cannot be requested: see
    /// [`Error::incomplete_time`]. It returns all other entries.
    #[must_use]
    pub fn skip_incomplete(mut self, time: UnixMillis) -> Self {
        self.incomplete.push(time.get());
        self
    }

    fn incomplete_since_floor(&self) -> Vec<i64> {
        let mut times = Vec::new();
        for time in &self.incomplete {
            if *time >= self.floor {
                times.push(*time);
            }
        }
        times
    }

    /// The new entries of a poll, in order, each with its checkpoint. Entries
    /// that are dated after `now` do not move the floor beyond the window
    /// before it.
    fn advance<I>(
        &mut self,
        entries: Vec<Entry<I>>,
        window: i64,
        now: Option<i64>,
    ) -> VecDeque<TailEntry<I>> {
        let mut floor = self.floor;
        let known = self.returned.iter().take(self.count);
        let mut returned: Vec<(i64, String)> =
            known.filter(|(time, _)| *time >= floor).cloned().collect();
        let known: HashSet<(i64, &str)> = returned
            .iter()
            .map(|(time, id)| (*time, id.as_str()))
            .collect();
        let mut new: Vec<Entry<I>> = entries
            .into_iter()
            .filter(|entry| !known.contains(&(entry.time, entry.id.as_str())))
            .collect();
        new.sort_by(|one, other| (one.time, &one.id).cmp(&(other.time, &other.id)));
        let incomplete = self.incomplete_since_floor();
        let before = returned.len();
        returned.extend(new.iter().map(|entry| (entry.time, entry.id.clone())));
        let returned = Arc::new(returned);
        let new: VecDeque<TailEntry<I>> = new
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                let newest = now.map_or(entry.time, |now| now.min(entry.time));
                floor = floor.max(newest.saturating_sub(window));
                TailEntry {
                    entry: entry.item,
                    checkpoint: Self {
                        floor,
                        returned: Arc::clone(&returned),
                        count: before + index + 1,
                        incomplete: incomplete.clone(),
                    },
                }
            })
            .collect();
        if let Some(last) = new.back() {
            *self = last.checkpoint.clone();
        }
        new
    }
}

/// An entry as a poll returns it.
struct Entry<I> {
    time: i64,
    id: String,
    item: I,
}

/// An entry that a [`Tail`] returns.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TailEntry<I> {
    /// The entry.
    pub entry: I,
    /// Where to continue after this entry. Store it once the entry has been
    /// processed.
    pub checkpoint: Checkpoint,
}

/// The entries of a list by time since a timestamp or [`Checkpoint`], and then
/// new ones as they appear: an endless [`Stream`].
///
/// The entries of a poll are in the order of their times. An entry that appears
/// late, dated before one that was returned, is returned when it appears, if it
/// is at most [`window`](Self::window) older than the newest. A stream that
/// continues from the checkpoint of an entry returns every entry after it, and
/// none before it again, whatever happened in between.
///
/// The times are the server's; the clock of this process does not matter. An
/// entry that is dated in the future is returned when it appears, and moves the
/// window no further than the `Date` of the server's response. An entry without
/// a time is not returned.
///
/// The client sends the polls within the rate limits and retries them by its
/// policy. An error that remains ends the stream; the last checkpoint stays
/// valid. So does an entry that does not decode ([`Error::is_decode`]), after the
/// entries before it; [`entries_as`](Self::entries_as) can return it as JSON.
/// The entries of a poll are held in memory, the first poll's too: a start far in
/// the past takes as much memory as its entries.
///
/// LaunchDarkly's API cannot return more entries of one millisecond than fit on
/// its largest page. If there are more, the stream returns the entries up to that
/// time, as many of that time as it can request, and then an error whose
/// [`incomplete_time`](Error::incomplete_time) is the time. The same error
/// follows from every checkpoint before; [`Checkpoint::skip_incomplete`]
/// continues:
///
/// ```no_run
/// # use launchdarkly_api::{Checkpoint, Client, Error};
/// # async fn example(client: Client, mut checkpoint: Checkpoint) -> Result<(), Error> {
/// let mut tail = client.get_audit_log_entries().tail(checkpoint.clone());
/// loop {
///     match tail.try_next().await {
///         Ok(Some(next)) => checkpoint = next.checkpoint, // and process next.entry
///         Ok(None) => return Ok(()),
///         Err(error) => {
///             let Some(time) = error.incomplete_time() else { return Err(error) };
///             eprintln!("some entries are missing: {error}");
///             checkpoint = checkpoint.skip_incomplete(time);
///             tail = client.get_audit_log_entries().tail(checkpoint.clone());
///         }
///     }
/// }
/// # }
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct Tail<I> {
    source: Option<Box<Source<RawItem>>>,
    stream: Option<BoxStream<'static, Result<TailEntry<I>, Error>>>,
}

/// The pages of a poll, the newest first.
type PolledPages<E> = BoxStream<'static, Result<Vec<E>, Error>>;

/// Requests the pages of the entries after a time and, if given, before one.
type RequestPages<E> = Box<dyn Fn(UnixMillis, Option<UnixMillis>) -> PolledPages<E> + Send>;

/// An entry before it is decoded.
trait Polled {
    /// The time and the id of an entry that has a time.
    fn key(&self) -> Option<(UnixMillis, String)>;

    /// The server's time when it returned the entry, in milliseconds.
    fn server_time(&self) -> Option<i64>;
}

impl Polled for RawItem {
    fn key(&self) -> Option<(UnixMillis, String)> {
        self.entry_key()
    }

    fn server_time(&self) -> Option<i64> {
        let time = UnixMillis::try_from(rate_limit::date(self.headers())?);
        time.ok().map(UnixMillis::get)
    }
}

struct Source<E> {
    request: RequestPages<E>,
    checkpoint: Checkpoint,
    interval: Duration,
    window: Duration,
    /// What the last poll returned, and was not taken yet.
    entries: VecDeque<TailEntry<E>>,
    /// Why nothing follows these entries.
    failed: Option<Error>,
    has_polled: bool,
}

impl<I> Tail<I> {
    pub(super) fn new(
        request: impl Fn(UnixMillis, Option<UnixMillis>) -> PolledPages<RawItem> + Send + 'static,
        from: Checkpoint,
    ) -> Self {
        Self {
            source: Some(Box::new(Source::new(request, from))),
            stream: None,
        }
    }

    /// Returns the entries in your own type, decoded by serde alone. With
    /// `Box<serde_json::value::RawValue>`, each entry is the exact JSON that the
    /// server sent, and no entry fails to decode. Call it before the first entry
    /// is taken.
    ///
    /// ```no_run
    /// # use launchdarkly_api::{Checkpoint, Client, Error};
    /// # async fn example(client: Client, stored: Checkpoint) -> Result<(), Error> {
    /// let tail = client.get_audit_log_entries().tail(stored);
    /// let mut tail = tail.entries_as::<serde_json::Value>();
    /// while let Some(next) = tail.try_next().await? {
    ///     println!("{}", next.entry["_id"]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn entries_as<T: DeserializeOwned + Send + 'static>(self) -> Tail<T> {
        Tail {
            source: self.source,
            stream: None,
        }
    }

    /// Sets how long the stream waits between two polls. Default: 10 seconds.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        if let Some(source) = &mut self.source {
            source.interval = interval;
        }
        self
    }

    /// Sets how much older than the newest returned entry an entry may be when
    /// it appears. Default: 60 seconds. Entries that appear later are missed.
    pub fn window(mut self, window: Duration) -> Self {
        if let Some(source) = &mut self.source {
            source.window = window;
        }
        self
    }
}

impl<I: DeserializeOwned + Send + 'static> Tail<I> {
    /// Returns the next entry, and waits for it. It needs no other crate.
    ///
    /// # Errors
    ///
    /// Those of the operation's `send()`. The stream ends after an error.
    pub async fn try_next(&mut self) -> Result<Option<TailEntry<I>>, Error> {
        self.next().await.transpose()
    }

    /// Returns the entries as an iterator, which blocks the thread while it waits:
    /// see [`blocking`](crate::blocking).
    #[cfg(feature = "blocking")]
    pub fn blocking(self) -> crate::blocking::Iter<Self> {
        crate::blocking::Iter::new(self)
    }
}

impl<E: Polled> Source<E> {
    fn new(
        request: impl Fn(UnixMillis, Option<UnixMillis>) -> PolledPages<E> + Send + 'static,
        from: Checkpoint,
    ) -> Self {
        Self {
            request: Box::new(request),
            checkpoint: from,
            interval: POLL_INTERVAL,
            window: WINDOW,
            entries: VecDeque::new(),
            failed: None,
            has_polled: false,
        }
    }

    async fn next(&mut self) -> Result<TailEntry<E>, Error> {
        loop {
            if let Some(entry) = self.entries.pop_front() {
                return Ok(entry);
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if self.has_polled {
                tokio::time::sleep(self.interval).await;
            }
            self.poll().await?;
            self.has_polled = true;
        }
    }

    /// Requests the new entries.
    async fn poll(&mut self) -> Result<(), Error> {
        let floor = self.checkpoint.floor;
        let after = UnixMillis::new(floor.saturating_sub(1));
        let (mut entries, mut now) = (Vec::new(), None);
        let (mut before, mut incomplete): (Option<i64>, _) = (None, None);
        let mut pages = (self.request)(after, None);
        loop {
            let page = match pages.try_next().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) => {
                    let time = error.incomplete_time().map(UnixMillis::get);
                    let is_older = |time: &i64| before.is_none_or(|before| *time < before);
                    let Some(time) = time.filter(is_older) else {
                        return Err(error);
                    };
                    // The entries before that time can be requested; some may have
                    // been.
                    entries.retain(|entry: &Entry<E>| entry.time >= time);
                    before = Some(time);
                    pages = (self.request)(after, before.map(UnixMillis::new));
                    if !self.checkpoint.incomplete.contains(&time) {
                        incomplete = Some((time, error));
                    }
                    continue;
                }
            };
            // Entries may appear after the first page, which has the newest.
            now = now.or_else(|| page.first()?.server_time());
            let (count, mut is_older) = (entries.len(), false);
            for item in page {
                let Some((time, id)) = item.key() else {
                    continue;
                };
                let time = time.get();
                if time >= floor {
                    entries.push(Entry { time, id, item });
                } else {
                    is_older = true;
                }
            }
            // The server ignores `after`, and its other entries are older.
            if is_older && entries.len() == count {
                break;
            }
        }
        if let Some((time, error)) = incomplete {
            // In order: the entries after it follow once it is skipped.
            entries.retain(|entry| entry.time <= time);
            self.failed = Some(error);
        }
        let window = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX);
        self.entries = self.checkpoint.advance(entries, window, now);
        Ok(())
    }
}

impl TailEntry<RawItem> {
    fn decode<I: DeserializeOwned>(self) -> Result<TailEntry<I>, Error> {
        Ok(TailEntry {
            entry: self.entry.decode()?,
            checkpoint: self.checkpoint,
        })
    }
}

impl<I: DeserializeOwned + Send + 'static> Stream for Tail<I> {
    type Item = Result<TailEntry<I>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let source = &mut this.source;
        this.stream
            .get_or_insert_with(|| {
                stream::try_unfold(source.take(), |source| async {
                    let Some(mut source) = source else {
                        return Ok(None);
                    };
                    let entry = source.next().await?.decode()?;
                    Ok(Some((entry, Some(source))))
                })
                .boxed()
            })
            .poll_next_unpin(context)
    }
}

impl<I> fmt::Debug for Tail<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use fastrand::Rng;
    use tokio::time::Instant;

    use super::*;

    /// The server's entries as time and id, in the order they appeared.
    type Ledger = Arc<Mutex<Vec<(i64, String)>>>;

    impl Polled for (i64, String) {
        fn key(&self) -> Option<(UnixMillis, String)> {
            Some((UnixMillis::new(self.0), self.1.clone()))
        }

        fn server_time(&self) -> Option<i64> {
            None
        }
    }

    fn tail(ledger: &Ledger, from: Checkpoint) -> Source<(i64, String)> {
        let ledger = Arc::clone(ledger);
        let poll = move |after: UnixMillis, _| {
            let mut entries = ledger.lock().unwrap().clone();
            entries.retain(|(time, _)| *time > after.get());
            entries.sort();
            entries.reverse();
            let pages = entries.chunks(20).map(|page| Ok(page.to_vec()));
            stream::iter(pages.collect::<Vec<_>>()).boxed()
        };
        let mut tail = Source::new(poll, from);
        tail.window = Duration::from_millis(500);
        tail
    }

    /// Adds an entry: now, or up to 500 ms late. Many share a millisecond.
    fn add(ledger: &Ledger, random: &mut Rng, newest: &mut i64) {
        *newest += [0, 0, 1, 3, 200, 4000][random.usize(..6)];
        let late = if random.u8(..4) == 0 {
            random.i64(0..=500)
        } else {
            0
        };
        let mut ledger = ledger.lock().unwrap();
        let id = format!("{:x}-{}", random.u16(..), ledger.len());
        ledger.push(((*newest - late).max(1000), id));
    }

    #[tokio::test(start_paused = true)]
    async fn no_entry_is_lost_or_repeated_in_200_seeded_runs_with_kills() {
        for seed in 0..200 {
            let mut random = Rng::with_seed(seed);
            let (ledger, mut newest) = (Ledger::default(), 1000);
            let mut checkpoint = Checkpoint::from(UnixMillis::new(1000));
            let mut returned = Vec::new();
            while returned.len() < 300 {
                // A process, which is killed after some entries.
                let mut tail = tail(&ledger, checkpoint.clone());
                for _ in 0..random.usize(..20) {
                    for _ in 0..random.usize(..4) {
                        add(&ledger, &mut random, &mut newest);
                    }
                    let next = tokio::time::timeout(Duration::from_secs(60), tail.next());
                    let Ok(next) = next.await else {
                        break;
                    };
                    let TailEntry {
                        entry,
                        checkpoint: at,
                    } = next.unwrap();
                    returned.push(entry);
                    let stored = serde_json::to_string(&at).unwrap();
                    checkpoint = serde_json::from_str(&stored).unwrap();
                }
            }
            let mut tail = tail(&ledger, checkpoint);
            while returned.len() < ledger.lock().unwrap().len() {
                let next = tokio::time::timeout(Duration::from_secs(60), tail.next());
                match next.await {
                    Ok(next) => returned.push(next.unwrap().entry),
                    Err(_) => break,
                }
            }
            let mut expected = ledger.lock().unwrap().clone();
            expected.sort();
            returned.sort();
            assert_eq!(returned, expected, "{seed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn entries_are_in_order_and_polls_are_apart() {
        let ledger = Ledger::default();
        ledger.lock().unwrap().extend([
            (1003, "c".to_owned()),
            (1001, "b".to_owned()),
            (1001, "a".to_owned()),
            (999, "before".to_owned()),
        ]);
        let mut tail = tail(&ledger, UnixMillis::new(1000).into());
        tail.interval = Duration::from_secs(7);
        let began = Instant::now();
        for id in ["a", "b", "c"] {
            assert_eq!(tail.next().await.unwrap().entry.1, id);
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        ledger.lock().unwrap().push((1002, "late".to_owned()));
        ledger.lock().unwrap().push((100, "too late".to_owned()));
        assert_eq!(tail.next().await.unwrap().entry.1, "late");
        assert_eq!(began.elapsed(), Duration::from_secs(7));
    }
}
