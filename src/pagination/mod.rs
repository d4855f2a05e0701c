//! Pagination.

use std::{
    collections::HashSet,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    iter,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use reqwest::{Method, Url};
use serde::Serialize;

use crate::{
    Client, Error, Operation, Paging, ResponseValue, UnixMillis,
    call::request_builder::RequestBuilder, codec::Value,
};

/// How many requests for pages are in flight at the most.
const MAX_PREFETCH: usize = 256;

/// An operation that answers a list: what a list needs to know of it. The
/// generated builders implement it.
pub(crate) trait List: Clone + Send + Sync + Sized + 'static {
    type Page: Value + Send + 'static;
    type Item: Send + 'static;

    const OPERATION: &'static Operation;

    fn client(&self) -> &Client;

    /// The page that the arguments ask for.
    fn fetch(self) -> impl Future<Output = Result<ResponseValue<Self::Page>, Error>> + Send;

    /// The page at an address that a link has given, which has the query in it already. The
    /// method and the body are those of the arguments.
    fn follow(
        self,
        url: Url,
    ) -> impl Future<Output = Result<ResponseValue<Self::Page>, Error>> + Send {
        RequestBuilder::for_url(self.client().clone(), Self::OPERATION, url).send_json()
    }

    /// Where the first page begins.
    fn offset(&self) -> i64 {
        0
    }

    /// How many items a page is to have, if that was said.
    fn limit(&self) -> Option<i64> {
        None
    }

    /// The same arguments for the page that begins there.
    fn at_offset(self, _offset: i64) -> Option<Self> {
        None
    }

    /// The same arguments for the page that an earlier one has told of.
    fn at_token(self, _token: String) -> Option<Self> {
        None
    }

    /// The same arguments for the items before a timestamp.
    fn at_time(self, _before: UnixMillis) -> Option<Self> {
        None
    }

    /// The timestamp of the oldest item.
    fn oldest(_page: &Self::Page) -> Option<UnixMillis> {
        None
    }

    /// The address of the next page, as the server gave it.
    fn next(page: &Self::Page) -> Option<String>;

    /// What the next page is requested for by.
    fn token(_page: &Self::Page) -> Option<String> {
        None
    }

    /// How many items all pages have, if the page tells.
    fn total(_page: &Self::Page) -> Option<i64> {
        None
    }

    fn count(page: &Self::Page) -> usize;

    fn into_items(page: Self::Page) -> Vec<Self::Item>;

    /// What tells an item from the others.
    fn identity(_item: &Self::Item) -> Option<&str> {
        None
    }
}

/// The pages of a list as a [`Stream`].
///
/// The client requests a page when the previous one has been taken, or earlier
/// with [`prefetch`](Self::prefetch). The stream ends after the last page or
/// the first error. Dropping it stops pagination.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Pages<P, I> {
    list: Box<dyn AnyList<P, I>>,
    stream: Option<BoxStream<'static, Result<ResponseValue<P>, Error>>>,
}

/// The items of a list as a [`Stream`].
///
/// [`try_next`](Self::try_next) returns the next item; futures' `TryStreamExt`
/// has more. The stream holds only one page at a time, plus prefetched pages.
/// If the list changes during pagination, an item that moves to the next page
/// is returned once; an item that moves to an earlier page is missed.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Items<I>(BoxStream<'static, Result<I, Error>>);

/// A list, whatever its operation.
trait AnyList<P, I>: Send {
    fn pages(&self, ahead: usize) -> BoxStream<'static, Result<ResponseValue<P>, Error>>;

    fn items_of(&self) -> fn(P) -> Vec<I>;

    fn identity(&self) -> fn(&I) -> Option<&str>;
}

struct Typed<L>(L);

impl<L: List> AnyList<L::Page, L::Item> for Typed<L> {
    fn pages(&self, ahead: usize) -> BoxStream<'static, Result<ResponseValue<L::Page>, Error>> {
        if ahead > 1 && self.0.clone().at_offset(0).is_some() {
            prefetched(self.0.clone(), ahead).boxed()
        } else {
            sequential(Cursor::new(self.0.clone())).boxed()
        }
    }

    fn items_of(&self) -> fn(L::Page) -> Vec<L::Item> {
        L::into_items
    }

    fn identity(&self) -> fn(&L::Item) -> Option<&str> {
        L::identity
    }
}

impl<P: 'static, I: Send + 'static> Pages<P, I> {
    pub(crate) fn new<L: List<Page = P, Item = I>>(list: L) -> Self {
        Self {
            list: Box::new(Typed(list)),
            stream: None,
        }
    }

    /// Requests up to this many pages concurrently, within the rate limits, and
    /// returns them in order. This takes effect for lists paginated by offset,
    /// once the first page has reported the total; other lists are fetched page
    /// by page. A page without items and without a next link is the last,
    /// whatever the total. Maximum: 256.
    pub fn prefetch(mut self, requests: usize) -> Self {
        self.stream = Some(self.list.pages(requests));
        self
    }

    /// Returns the items of these pages.
    pub fn items(mut self) -> Items<I>
    where
        P: Send,
    {
        let (into_items, identity) = (self.list.items_of(), self.list.identity());
        let pages = self.stream.take().unwrap_or_else(|| self.list.pages(1));
        // Those of the page before.
        let mut before: HashSet<String> = HashSet::new();
        let items = pages.flat_map(move |page| {
            let items: Vec<Result<I, Error>> = match page {
                Ok(page) => {
                    let items = into_items(page.into_inner());
                    let seen = items
                        .iter()
                        .filter_map(|item| identity(item).map(str::to_owned))
                        .collect();
                    let earlier = std::mem::replace(&mut before, seen);
                    items
                        .into_iter()
                        .filter(|item| !identity(item).is_some_and(|id| earlier.contains(id)))
                        .map(Ok)
                        .collect()
                }
                Err(error) => vec![Err(error)],
            };
            stream::iter(items)
        });
        Items(items.boxed())
    }
}

impl<P: 'static, I: Send + 'static> Pages<P, I> {
    /// Returns the next page, or `None` after the last. It needs no other
    /// crate.
    ///
    /// # Errors
    ///
    /// Those of the operation's `send()`. The stream ends after an error.
    pub async fn try_next(&mut self) -> Result<Option<ResponseValue<P>>, Error> {
        self.next().await.transpose()
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
}

impl<P: 'static, I: Send + 'static> Stream for Pages<P, I> {
    type Item = Result<ResponseValue<P>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let list = &this.list;
        this.stream
            .get_or_insert_with(|| list.pages(1))
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

/// How a page is requested for.
enum Step {
    /// By the caller's arguments.
    First,
    Offset(i64),
    Token(String),
    Time(UnixMillis),
    Link(Url),
    /// It is not: the page before leads nowhere.
    Failed(Error),
    /// It is not: there is none.
    End,
}

struct Cursor<L> {
    list: L,
    step: Step,
    /// Where the page begins that is requested for.
    offset: i64,
    /// What has been requested for by a link or token, lest the list goes round.
    requested: HashSet<u64>,
    /// Whether a page had a link to the next one.
    has_links: bool,
}

impl<L: List> Cursor<L> {
    fn new(list: L) -> Self {
        let offset = list.offset();
        Self {
            list,
            step: Step::First,
            offset,
            requested: HashSet::new(),
            has_links: false,
        }
    }

    async fn page(&mut self) -> Result<Option<ResponseValue<L::Page>>, Error> {
        let list = self.list.clone();
        let page = match std::mem::replace(&mut self.step, Step::End) {
            Step::End => return Ok(None),
            Step::Failed(error) => return Err(error),
            Step::First => list.fetch().await?,
            Step::Offset(offset) => match list.at_offset(offset) {
                Some(list) => list.fetch().await?,
                None => return Ok(None),
            },
            Step::Token(token) => match list.at_token(token) {
                Some(list) => list.fetch().await?,
                None => return Ok(None),
            },
            Step::Time(before) => match list.at_time(before) {
                Some(list) => list.fetch().await?,
                None => return Ok(None),
            },
            Step::Link(url) => list.follow(url).await?,
        };
        self.step = self
            .next_step(&page)
            .unwrap_or_else(|error| Step::Failed(error.finish(page.attempts, false, "")));
        Ok(Some(page))
    }

    /// How the page after this one is requested for.
    fn next_step(&mut self, page: &L::Page) -> Result<Step, Error> {
        let count = length::<L>(page);
        let end = self.offset.saturating_add(count);
        self.offset = end;
        let token = || L::token(page).filter(|token| !token.is_empty());
        let link = L::next(page).filter(|_| {
            // Of a search, the arguments in the body are certain to go on with the token.
            L::OPERATION.method == Method::GET || token().is_none()
        });
        if let Some(next) = link {
            let url = self.address(&next)?;
            self.record(url.as_str(), "the server repeated a next link")?;
            self.has_links = true;
            return Ok(Step::Link(url));
        }
        if let Some(token) = token() {
            self.record(&token, "the server repeated a continuation token")?;
            return Ok(Step::Token(token));
        }
        // Without a link: if the total is larger than the items so far; without
        // a total, if the page was full. A search may have no links at all: if
        // the size of a full page is unknown too, only an empty page is the last.
        let is_more = match total::<L>(page, end) {
            Some(total) => end < total,
            None => match self.list.limit() {
                Some(limit) => count >= limit,
                None => L::OPERATION.method != Method::GET && !self.has_links,
            },
        };
        if count == 0 || !is_more {
            return Ok(Step::End);
        }
        match (L::OPERATION.paging, L::oldest(page)) {
            (Some(Paging::Offset), _) => Ok(Step::Offset(end)),
            (Some(Paging::BeforeAfter), Some(oldest)) => {
                self.record(&oldest.to_string(), "the items do not get older")?;
                Ok(Step::Time(oldest))
            }
            _ => Ok(Step::End),
        }
    }

    /// The address that a link stands for, if it is one the access token may
    /// be sent to.
    fn address(&self, link: &str) -> Result<Url, Error> {
        let base = &self.list.client().inner().base_url;
        base.resolve(link, L::OPERATION.path())
            .map_err(|reason| Error::pagination(L::OPERATION, reason))
    }

    fn record(&mut self, step: &str, otherwise: &'static str) -> Result<(), Error> {
        let mut hasher = DefaultHasher::new();
        step.hash(&mut hasher);
        if self.requested.insert(hasher.finish()) {
            Ok(())
        } else {
            Err(Error::pagination(L::OPERATION, otherwise))
        }
    }
}

/// How many items there are on all pages, unless that is less than there have
/// been by `end`: then it does not count them.
fn total<L: List>(page: &L::Page, end: i64) -> Option<i64> {
    L::total(page).filter(|total| *total >= end)
}

/// How many items a page has, as lists count them.
fn length<L: List>(page: &L::Page) -> i64 {
    i64::try_from(L::count(page)).unwrap_or(i64::MAX)
}

/// Each page when the one before has been taken.
fn sequential<L: List>(
    state: Cursor<L>,
) -> impl Stream<Item = Result<ResponseValue<L::Page>, Error>> + Send {
    stream::unfold(Some(state), |state| async {
        let mut state = state?;
        match state.page().await {
            Ok(page) => Some((Ok(page?), Some(state))),
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// Several pages at a time, in their order, once it is known how many there
/// are.
fn prefetched<L: List>(
    list: L,
    requests: usize,
) -> impl Stream<Item = Result<ResponseValue<L::Page>, Error>> + Send {
    let mut first = Cursor::new(list.clone());
    let beginning = list.offset();
    let pages = stream::once(async move {
        let page = match first.page().await {
            Ok(Some(page)) => page,
            Ok(None) => return stream::empty().boxed(),
            Err(error) => return stream::once(async { Err(error) }).boxed(),
        };
        // As large as the server made the first one.
        let step = length::<L>(&page);
        let second = beginning.saturating_add(step);
        let rest = match total::<L>(&page, second) {
            Some(total) if step > 0 => {
                let offsets =
                    iter::successors(Some(second), move |offset| offset.checked_add(step))
                        .take_while(move |offset| *offset < total);
                ended_early::<L>(
                    stream::iter(offsets)
                        .map(move |offset| {
                            let count = step.min(total.saturating_sub(offset));
                            span(list.clone(), offset, count)
                        })
                        .buffered(requests.min(MAX_PREFETCH))
                        .flat_map(stream::iter)
                        .boxed(),
                )
                .boxed()
            }
            _ => sequential(first).boxed(),
        };
        stream::once(async { Ok(page) }).chain(rest).boxed()
    });
    pages.flatten()
}

/// The pages up to the first error, or the first page without items and
/// without a link to the next. Requests that are still in flight then are
/// dropped.
fn ended_early<L: List>(
    pages: BoxStream<'static, Result<ResponseValue<L::Page>, Error>>,
) -> impl Stream<Item = Result<ResponseValue<L::Page>, Error>> + Send {
    stream::unfold(Some(pages), |pages| async {
        let mut pages = pages?;
        let page = pages.next().await?;
        let is_last = match &page {
            Ok(page) => L::count(page) == 0 && L::next(page).is_none(),
            Err(_) => true,
        };
        Some((page, (!is_last).then_some(pages)))
    })
}

/// As many items as there are to be from an offset on: one page, or several
/// where the server makes it shorter.
async fn span<L: List>(
    list: L,
    offset: i64,
    count: i64,
) -> Vec<Result<ResponseValue<L::Page>, Error>> {
    let mut pages = Vec::new();
    let mut at = offset;
    while at < offset.saturating_add(count) {
        let Some(list) = list.clone().at_offset(at) else {
            break;
        };
        match list.fetch().await {
            Ok(page) => {
                let found = length::<L>(&page);
                pages.push(Ok(page));
                if found == 0 {
                    break;
                }
                at = at.saturating_add(found);
            }
            Err(error) => {
                pages.push(Err(error));
                break;
            }
        }
    }
    pages
}

/// The address that links have for the next page.
pub(crate) fn next_link(links: &impl Serialize) -> Option<String> {
    let links = serde_json::to_value(links).ok()?;
    let href = links.get("next")?.get("href")?.as_str()?;
    (!href.is_empty()).then(|| href.to_owned())
}

/// The oldest of the timestamps of items. The epoch stands for one that is
/// missing.
pub(crate) fn oldest(times: impl Iterator<Item = UnixMillis>) -> Option<UnixMillis> {
    times.filter(|time| *time != UnixMillis::default()).min()
}
