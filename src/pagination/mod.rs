//! Pagination: the pages and the items of a list as streams.

mod by_time;
mod exact;
mod list;
mod raw;
mod requests;
mod tail;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};

use serde::de::DeserializeOwned;

use list::AnyList;
pub(crate) use list::{Limit, Link, List, Log, next_link};
pub(crate) use raw::Wire;
use requests::{Options, Requests};
pub use tail::{Checkpoint, Tail, TailEntry};

use crate::{Error, ResponseValue};

/// The pages of a list as a [`Stream`].
///
/// The client requests a page when the previous one has been taken, or earlier
/// with [`prefetch`](Self::prefetch). The stream ends after the last page or
/// the first error. Dropping it stops pagination.
///
/// Each item is returned once, even if the list changes: see [`Items`]. A page
/// lacks the items that were returned before, and may therefore be shorter than
/// the server's. Its links and total are those of the server.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Pages<P, I> {
    list: Arc<dyn AnyList>,
    into_items: fn(P) -> Vec<I>,
    options: Options,
    stream: Option<BoxStream<'static, Result<ResponseValue<P>, Error>>>,
}

/// The items of a list as a [`Stream`].
///
/// [`try_next`](Self::try_next) returns the next item; futures' `TryStreamExt`
/// has more. The stream holds only one page at a time, plus prefetched pages,
/// and at most 16 bytes for each item.
///
/// # Lists that change
///
/// A list that is paginated by offset shifts when something is created or
/// deleted: the next page skips or repeats an item. These streams request each
/// page from the last item of the page before. If that item is elsewhere, the
/// list has shifted, and the client steps back until the pages overlap. Every
/// item that exists throughout is returned exactly once.
///
/// An item can also move, where the list is sorted by a name or time that
/// changes. If anything shows that the list changed, the client requests it
/// again and returns what it missed, until nothing changes or, from the second
/// pass on, no item is missing from the total. After four passes, or if the list
/// changes faster than its pages are requested, it returns an error,
/// [`Error::is_list_changed`]. A list whose `sort` is a key keeps its order and
/// needs one pass. Two things are not detected: changes between two requests that
/// cancel each other exactly and move an item back, and an item that moves back in
/// every pass while another is deleted.
///
/// A list without an identity (`_id`, `id` or `key`) is requested without
/// overlap; the documentation of its `items()` says so. Pages of one item
/// cannot overlap either.
///
/// A list that ends before its total is an error, and so is a server that
/// returns the same page for every offset.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Items<I>(BoxStream<'static, Result<I, Error>>);

impl<P: Send + 'static, I: Send + 'static> Pages<P, I> {
    pub(crate) fn new<L: List<Page = P, Item = I> + Send + Sync>(list: L) -> Self {
        Self {
            list: Arc::new(list),
            into_items: |mut page| std::mem::take(L::items_mut(&mut page)),
            options: Options::default(),
            stream: None,
        }
    }

    /// Requests up to this many pages concurrently, within the rate limits, and
    /// returns them in order. This takes effect for lists paginated by offset,
    /// once the first page has reported the total; other lists are requested
    /// page by page. Maximum: 256.
    pub fn prefetch(mut self, requests: usize) -> Self {
        self.options.ahead = requests;
        self
    }

    /// Requests pages without overlap, once, and takes the list to end where
    /// the server ends it, whatever its total. The items of each page are
    /// returned as they are: one is missed if something is deleted during
    /// pagination, and returned twice if something is created. For servers whose
    /// total counts something else, for items that share an identity, and to
    /// measure what exact pagination costs.
    pub fn unverified(mut self) -> Self {
        self.options.verifies = false;
        self
    }

    /// Returns the items of these pages.
    pub fn items(self) -> Items<I> {
        let into_items = self.into_items;
        let items = self
            .map_ok(move |page| stream::iter(into_items(page.into_inner()).into_iter().map(Ok)))
            .try_flatten();
        Items(items.boxed())
    }

    /// Returns the items of all pages in your own type, decoded by serde alone.
    /// With `Box<serde_json::value::RawValue>`, each item is the exact JSON that
    /// the server sent. The stream begins with the first page, whether or not it
    /// was returned before.
    ///
    /// An item that does not decode ends the stream with an error
    /// ([`Error::is_decode`]); the items before it are returned.
    ///
    /// ```no_run
    /// # async fn example(client: launchdarkly_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut file = Vec::new();
    /// use std::io::Write;
    ///
    /// let pages = client.get_audit_log_entries().pages();
    /// let mut entries = pages.items_as::<Box<serde_json::value::RawValue>>();
    /// while let Some(entry) = entries.try_next().await? {
    ///     writeln!(file, "{entry}")?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn items_as<T: DeserializeOwned + Send + 'static>(self) -> Items<T> {
        Items(raw::items(self.list, self.options))
    }

    fn start(
        list: &Arc<dyn AnyList>,
        options: Options,
    ) -> BoxStream<'static, Result<ResponseValue<P>, Error>> {
        let requests = Requests::new(Arc::clone(list), options);
        let pages = stream::try_unfold(requests, |mut requests| async {
            let page = requests.next().await?;
            // Every page of this list has this type.
            let page = page.and_then(|page| page.response.downcast().ok());
            Ok(page.map(|page| (*page, requests)))
        });
        pages.boxed()
    }
}

impl<P: Send + 'static, I: Send + 'static> Pages<P, I> {
    /// Returns the next page, or `None` after the last. It needs no other
    /// crate.
    ///
    /// # Errors
    ///
    /// Those of the operation's `send()`. The stream ends after an error.
    pub async fn try_next(&mut self) -> Result<Option<ResponseValue<P>>, Error> {
        self.next().await.transpose()
    }

    /// Returns the pages as an iterator, which blocks the thread while it waits:
    /// see [`blocking`](crate::blocking).
    #[cfg(feature = "blocking")]
    pub fn blocking(self) -> crate::blocking::Iter<Self> {
        crate::blocking::Iter::new(self)
    }
}

impl<I> Items<I> {
    /// Returns the next item, or `None` after the last. It needs no other
    /// crate.
    ///
    /// ```no_run
    /// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
    /// let mut flags = client.get_feature_flags().project_key("shop").items();
    /// while let Some(flag) = flags.try_next().await? {
    ///     println!("{}", flag.key);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the operation's `send()`. The stream ends after an error.
    pub async fn try_next(&mut self) -> Result<Option<I>, Error> {
        self.next().await.transpose()
    }

    /// Returns the items as an iterator, which blocks the thread while it waits:
    /// see [`blocking`](crate::blocking).
    ///
    /// ```no_run
    /// # fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
    /// for flag in client.get_feature_flags().project_key("shop").items().blocking() {
    ///     println!("{}", flag?.key);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "blocking")]
    pub fn blocking(self) -> crate::blocking::Iter<Self> {
        crate::blocking::Iter::new(self)
    }
}

impl<P: Send + 'static, I: Send + 'static> Stream for Pages<P, I> {
    type Item = Result<ResponseValue<P>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.stream
            .get_or_insert_with(|| Self::start(&this.list, this.options))
            .poll_next_unpin(context)
    }
}

impl<I> Stream for Items<I> {
    type Item = Result<I, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().0.poll_next_unpin(context)
    }
}

impl<P, I> fmt::Debug for Pages<P, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<I> fmt::Debug for Items<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}
