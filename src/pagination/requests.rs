//! Requests for the pages of a list, one kind of pagination each.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesOrdered};
use reqwest::{Method, StatusCode, Url};

use super::{
    by_time::{self, ByTime, Step},
    exact::{Exact, Failure, Reply, Verdict},
    list::{AnyList, AnyPage, Hashes, Link, Position},
};
use crate::{Error, Paging, UnixMillis, hashed_set::HashedSet};

/// How many requests for pages are in flight at most.
const MAX_PREFETCH: usize = 256;

/// The fields that an item has for good. A list that is sorted by these alone
/// keeps its order. A time of creation is none: a flag that is deleted and created
/// again has the same key and moves.
const FIXED_FIELDS: [&str; 2] = ["_id", "key"];

/// What the caller chose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// How many requests are in flight at most.
    pub(super) ahead: usize,
    /// Whether to detect changes.
    pub(super) verifies: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ahead: 1,
            verifies: true,
        }
    }
}

/// The requests for the pages of a list.
pub(super) struct Requests {
    pages: Pages,
    kind: Kind,
    /// Why there is no further page.
    failed: Option<Error>,
}

enum Kind {
    Offset(Box<OffsetRequests>),
    Time(TimeRequests),
    Linked(LinkedRequests),
}

/// What all kinds of pagination have in common.
struct Pages {
    list: Arc<dyn AnyList>,
    hashes: Hashes,
    /// The limit of the first request.
    limit: Option<i64>,
    /// Whether the caller chose it.
    is_callers_limit: bool,
    /// Whether no page has been received.
    is_first: bool,
    /// How many attempts the last page took.
    attempts: u32,
    /// What was requested by a link or token: a repetition would not end.
    requested: HashedSet,
}

impl Requests {
    pub(super) fn new(list: Arc<dyn AnyList>, options: Options) -> Self {
        let callers = list.limit();
        let pages = Pages {
            limit: callers.or(list.largest().largest()),
            is_callers_limit: callers.is_some(),
            hashes: Hashes::new(options.verifies),
            is_first: true,
            attempts: 0,
            requested: HashedSet::default(),
            list,
        };
        let kind = match pages.list.operation().paging() {
            Some(Paging::Offset) => Kind::Offset(Box::new(OffsetRequests::new(&pages, options))),
            Some(Paging::BeforeAfter) if options.verifies => Kind::Time(TimeRequests::default()),
            _ => Kind::Linked(LinkedRequests {
                verifies: options.verifies,
                ..LinkedRequests::default()
            }),
        };
        Self {
            pages,
            kind,
            failed: None,
        }
    }

    /// The next page that has new items, with these alone. The first page may
    /// be empty.
    pub(super) async fn next(&mut self) -> Result<Option<AnyPage>, Error> {
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let is_first = self.pages.is_first;
            let page = match &mut self.kind {
                Kind::Offset(requests) => requests.next(&mut self.pages).await,
                Kind::Time(requests) => requests.next(&mut self.pages).await,
                Kind::Linked(requests) => requests.next(&mut self.pages).await,
            };
            let (mut page, keep, failed) = match page {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(None),
                Err(error) if is_first && self.pages.may_lower_limit(&error) => continue,
                Err(error) => return Err(error),
            };
            self.failed = failed.map(|error| error.finish(page.attempts, false, ""));
            if page.retain(&keep) || is_first {
                return Ok(Some(page));
            }
        }
    }
}

/// A page, which of its items are new, and why there is no page after it.
type Page = (AnyPage, Vec<bool>, Option<Error>);

impl Pages {
    /// Whether the first request failed because its limit, which this client
    /// chose, is too large. The next request has none.
    fn may_lower_limit(&mut self, error: &Error) -> bool {
        let is_too_large = error.status() == Some(StatusCode::BAD_REQUEST)
            && !self.is_callers_limit
            && self.limit.is_some();
        if is_too_large {
            self.limit = None;
        }
        is_too_large
    }

    fn request(
        &self,
        position: Position,
        limit: Option<i64>,
    ) -> BoxFuture<'static, Result<AnyPage, Error>> {
        self.list.page(position, limit, &self.hashes)
    }

    /// The URL of a page's next link, or why there is none.
    fn url(&self, page: &AnyPage) -> (Option<Url>, Option<Error>) {
        match &page.link {
            Link::Next(link) => match self.resolve(link) {
                Ok(url) => (Some(url), None),
                Err(error) => (None, Some(error)),
            },
            Link::None | Link::Unknown => (None, None),
        }
    }

    /// The URL of a link, if the access token may be sent to it.
    fn resolve(&self, link: &str) -> Result<Url, Error> {
        let operation = self.list.operation();
        let base = &self.list.client().inner().base_url;
        base.resolve(link, operation.path())
            .map_err(|reason| self.error(reason))
    }

    fn error(&self, reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::pagination(self.list.operation(), reason)
    }

    /// Notes what is requested next.
    fn record(&mut self, next: &str, otherwise: &'static str) -> Result<(), Error> {
        match self.requested.insert(self.hashes.hash(next)) {
            true => Ok(()),
            false => Err(self.error(otherwise)),
        }
    }
}

/// The items of a list that the server pages by itself, and their number.
#[derive(Default)]
struct Count {
    items: i64,
    least_total: Option<i64>,
}

impl Count {
    fn add(&mut self, items: usize, total: Option<i64>) {
        let items = i64::try_from(items).unwrap_or(i64::MAX);
        self.items = self.items.saturating_add(items);
        // A total that is required and missing is decoded as 0.
        let total = total.filter(|total| *total >= items);
        self.least_total = match (self.least_total, total) {
            (Some(least), Some(total)) => Some(least.min(total)),
            (least, total) => least.or(total),
        };
    }

    /// Whether the list may end with this page.
    fn end(&self, page: &AnyPage, is_first: bool, pages: &Pages) -> Result<(), Error> {
        let count = self.items;
        match self.least_total {
            Some(total) if count < total && pages.list.is_whole() => Err(pages.error(format!(
                "the list ended after {count} items, although its total is {total}; if the total \
                 counts something else, use `pages().unverified()`"
            ))),
            None if is_first
                && page.link == Link::Unknown
                && pages.limit.is_some_and(|limit| limit > 0 && count >= limit) =>
            {
                Err(pages.error(
                    "the page is full, and the server reports neither a next page nor a total; a \
                     higher `limit` or a filter may return the whole list",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// The URL with other values of query parameters. One that it does not have is
/// not added: the rest stays as the server wrote it.
fn with_query(mut url: Url, values: &[(&str, i64)]) -> Url {
    let mut query = Vec::new();
    for pair in url.query().unwrap_or_default().split('&') {
        let name = pair.split('=').next().unwrap_or_default();
        query.push(match values.iter().find(|(other, _)| *other == name) {
            Some((_, value)) => format!("{name}={value}"),
            None => pair.to_owned(),
        });
    }
    url.set_query(Some(&query.join("&")));
    url
}

fn query_number(url: &Url, name: &str) -> Option<i64> {
    let mut pairs = url.query_pairs();
    pairs.find(|(key, _)| key == name)?.1.parse().ok()
}

/// Pagination by offset.
struct OffsetRequests {
    exact: Exact,
    options: Options,
    /// The last next link: its other parameters are requested too.
    link: Option<Url>,
    /// The offsets that have been requested, in order.
    offsets: VecDeque<i64>,
    in_flight: FuturesOrdered<BoxFuture<'static, Result<AnyPage, Error>>>,
    /// Whether the server rejected one item more than the caller's limit.
    has_no_room: bool,
}

impl OffsetRequests {
    fn new(pages: &Pages, options: Options) -> Self {
        let start = pages.list.offset();
        let is_fixed = |sort: &str| {
            sort.split(',')
                .all(|field| FIXED_FIELDS.contains(&field.trim().trim_start_matches('-')))
        };
        let fixed_order = pages.list.sort().is_some_and(is_fixed);
        Self {
            exact: Exact::new(start, fixed_order, options.verifies),
            options,
            link: None,
            offsets: VecDeque::new(),
            in_flight: FuturesOrdered::new(),
            has_no_room: false,
        }
    }

    /// The limit of the requests after the first: one more item, for the
    /// overlap, up to the largest page.
    fn later_limit(&self, pages: &Pages) -> Option<i64> {
        let limit = pages.limit?;
        // Pages of one item cannot overlap.
        let largest = pages.list.largest().largest().unwrap_or(2);
        let has_room = (1..largest).contains(&limit) && !self.has_no_room;
        match self.options.verifies && has_room {
            true => Some(limit + 1),
            false => Some(limit),
        }
    }

    /// Whether a request failed because it was for one item more than the
    /// caller's limit. The next one is not.
    fn may_lower_limit(&mut self, error: &Error, pages: &Pages) -> bool {
        let is_too_large = error.status() == Some(StatusCode::BAD_REQUEST)
            && !pages.is_first
            && self.later_limit(pages) != pages.limit;
        if is_too_large {
            self.has_no_room = true;
            self.offsets.clear();
            self.in_flight = FuturesOrdered::new();
        }
        is_too_large
    }

    async fn next(&mut self, pages: &mut Pages) -> Result<Option<Page>, Error> {
        loop {
            let Some(offset) = self.exact.next() else {
                return match self.exact.failure() {
                    Some(failure) => {
                        Err(Self::error(failure, pages).finish(pages.attempts, false, ""))
                    }
                    None => Ok(None),
                };
            };
            self.request(offset, pages);
            let page = self.in_flight.next().await;
            self.offsets.pop_front();
            let page = match page.transpose() {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(None),
                Err(error) if self.may_lower_limit(&error, pages) => continue,
                Err(error) => return Err(error),
            };
            let limit = match pages.is_first {
                true => pages.limit,
                false => self.later_limit(pages),
            };
            pages.is_first = false;
            pages.attempts = page.attempts;
            let end = i64::try_from(page.hashes.len()).unwrap_or(i64::MAX);
            let end = offset.saturating_add(end);
            let (url, failed) = pages.url(&page);
            let next = match &url {
                Some(url) => Link::Next(query_number(url, "offset").unwrap_or(end)),
                None => page.link.clone().map(|_| end),
            };
            self.link = url.or(self.link.take());
            let verdict = self.exact.accept(&Reply {
                offset,
                limit: limit.filter(|limit| *limit > 0),
                hashes: &page.hashes,
                fingerprint: page.fingerprint,
                total: page.total,
                next,
            });
            match (verdict, failed) {
                (Verdict::Return(keep), failed) => return Ok(Some((page, keep, failed))),
                (Verdict::Discard, Some(failed)) => {
                    let keep = vec![false; page.hashes.len()];
                    return Ok(Some((page, keep, Some(failed))));
                }
                (Verdict::Discard, None) => {}
            }
        }
    }

    /// Requests the page at an offset, and those after it that may be in flight
    /// at the same time.
    fn request(&mut self, offset: i64, pages: &Pages) {
        if self.offsets.front() != Some(&offset) {
            self.offsets.clear();
            self.in_flight = FuturesOrdered::new();
        }
        let limit = self.later_limit(pages);
        while self.offsets.len() < self.options.ahead.clamp(1, MAX_PREFETCH) {
            let next = match self.offsets.back() {
                None => offset,
                Some(last) => match self.exact.after(*last, limit) {
                    Some(next) => next,
                    None => break,
                },
            };
            self.offsets.push_back(next);
            self.in_flight.push_back(self.page(next, limit, pages));
        }
    }

    fn page(
        &self,
        offset: i64,
        limit: Option<i64>,
        pages: &Pages,
    ) -> BoxFuture<'static, Result<AnyPage, Error>> {
        if pages.is_first {
            return pages.request(Position::First, pages.limit);
        }
        match &self.link {
            Some(url) if query_number(url, "offset").is_some() => {
                let mut values = vec![("offset", offset)];
                if let Some(limit) = limit {
                    values.push(("limit", limit));
                }
                let url = with_query(url.clone(), &values);
                pages.request(Position::Link(url), None)
            }
            _ => pages.request(Position::Offset(offset), limit),
        }
    }

    fn error(failure: Failure, pages: &Pages) -> Error {
        match failure {
            Failure::Repeated => pages.error(
                "the server returned the same page again: it may ignore the query parameter `offset`",
            ),
            Failure::RepeatedLink => pages.error("the server repeated a next link"),
            Failure::EndedEarly { count, total } => pages.error(format!(
                "the list ended after {count} items, although its total is {total}; if the total \
                 counts something else, use `pages().unverified()`"
            )),
            Failure::Changed { count } => Error::list_changed(pages.list.operation(), count),
        }
    }
}

/// Pagination by `before`.
#[derive(Default)]
struct TimeRequests {
    by_time: ByTime,
    /// The next request; the first if there is none.
    next: Option<(Position, Option<i64>)>,
    is_over: bool,
    count: Count,
}

impl TimeRequests {
    async fn next(&mut self, pages: &mut Pages) -> Result<Option<Page>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let (position, limit) = match self.next.take() {
            Some(next) => next,
            None => (Position::First, pages.limit),
        };
        let page = pages.request(position, limit).await?;
        let is_first = std::mem::take(&mut pages.is_first);
        let (url, failed) = pages.url(&page);
        let (keep, step) = self.by_time.accept(
            &by_time::Reply {
                limit: limit.or(pages.limit),
                hashes: &page.hashes,
                oldest: page.oldest,
                link: page.link.clone().map(|_| ()),
            },
            pages.list.largest().largest(),
        );
        let mut new = 0;
        for is_new in &keep {
            new += usize::from(*is_new);
        }
        self.count.add(new, page.total);
        let failed = match (failed, step) {
            (Some(error), _) => Some(error),
            // Without times, this is certain only of the last page.
            (None, Ok(Step::End)) if page.oldest.is_none() => {
                self.is_over = true;
                self.count.end(&page, is_first, pages).err()
            }
            (None, Ok(step)) => self.step(step, url, limit, pages).err(),
            (None, Err(by_time::Failure::SameTime(time))) => Some(Error::incomplete(
                pages.list.operation(),
                UnixMillis::new(time),
            )),
            (None, Err(by_time::Failure::Newer)) => Some(pages.error(
                "the server returned newer items than were requested: it may ignore the query \
                 parameter `before`",
            )),
        };
        Ok(Some((page, keep, failed)))
    }

    fn step(
        &mut self,
        step: Step,
        url: Option<Url>,
        limit: Option<i64>,
        pages: &mut Pages,
    ) -> Result<(), Error> {
        let limit = match step {
            Step::Largest(_) => pages.list.largest().largest(),
            _ => limit,
        };
        match (step, url) {
            (Step::End, _) => self.is_over = true,
            (Step::Before(time) | Step::Largest(time), Some(url))
                if query_number(&url, "before").is_some() =>
            {
                let mut values = vec![("before", time)];
                if let Some(limit) = limit {
                    values.push(("limit", limit));
                }
                let url = with_query(url, &values);
                self.next = Some((Position::Link(url), limit));
            }
            (Step::Before(_) | Step::Link, Some(url)) => {
                pages.record(url.as_str(), "the server repeated a next link")?;
                self.next = Some((Position::Link(url), limit));
            }
            (Step::Before(time) | Step::Largest(time), _) => {
                self.next = Some((Position::Before(UnixMillis::new(time)), limit));
            }
            (Step::Link, None) => self.is_over = true,
        }
        Ok(())
    }
}

/// Pagination by links or continuation tokens.
#[derive(Default)]
struct LinkedRequests {
    verifies: bool,
    next: Option<Position>,
    is_over: bool,
    seen: HashedSet,
    count: Count,
}

impl LinkedRequests {
    async fn next(&mut self, pages: &mut Pages) -> Result<Option<Page>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let position = self.next.take().unwrap_or(Position::First);
        let page = pages.request(position, pages.limit).await?;
        let is_first = std::mem::take(&mut pages.is_first);
        self.count.add(page.hashes.len(), page.total);
        let keep = self.seen.insert_all(&page.hashes);
        let failed = self.step(&page, is_first, pages).err();
        Ok(Some((page, keep, failed)))
    }

    fn step(&mut self, page: &AnyPage, is_first: bool, pages: &mut Pages) -> Result<(), Error> {
        let is_get = pages.list.operation().method() == Method::GET;
        match (&page.link, &page.token) {
            // Of a search, the arguments in the body are certain to continue
            // with the token.
            (Link::Next(link), token) if is_get || token.is_none() => {
                let url = pages.resolve(link)?;
                pages.record(url.as_str(), "the server repeated a next link")?;
                self.next = Some(Position::Link(url));
                return Ok(());
            }
            (_, Some(token)) => {
                pages.record(token, "the server repeated a continuation token")?;
                self.next = Some(Position::Token(token.clone()));
                return Ok(());
            }
            _ => self.is_over = true,
        }
        match self.verifies {
            true => self.count.end(page, is_first, pages),
            false => Ok(()),
        }
    }
}
