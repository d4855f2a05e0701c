//! What pagination needs to know of a list, and requests for its pages without
//! the types of the list: that keeps the rest of the code from being compiled
//! once for each operation.

use std::{
    any::Any,
    hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::Url;
use serde::Serialize;

use super::{Checkpoint, Tail, Wire, raw, requests::Options};
use crate::{
    Client, Error, Operation, ResponseValue, UnixMillis, call::request_builder::RequestBuilder,
    codec::Value,
};

/// An operation that returns a list. The generated builders implement it.
pub(crate) trait List: Clone + Sized + 'static {
    type Page: Value + Send + 'static;
    type Item: Send + 'static;

    const OPERATION: &'static Operation;

    /// The largest page.
    const LIMIT: Limit = Limit::None;

    /// The names of the properties that pagination reads.
    const WIRE: Wire;

    fn client(&self) -> &Client;

    /// A request for the page that the arguments select.
    fn request(self) -> RequestBuilder;

    /// A request for the page at a URL that a link gave, query included. The
    /// method and the body are those of the arguments.
    fn request_to(self, url: Url) -> RequestBuilder {
        RequestBuilder::for_url(self.client().clone(), Self::OPERATION, url)
    }

    /// Whether the arguments select the list from its beginning.
    fn is_whole(&self) -> bool {
        true
    }

    /// Where the first page begins.
    fn offset(&self) -> i64 {
        0
    }

    /// The caller's limit.
    fn limit(&self) -> Option<i64> {
        None
    }

    /// The caller's order.
    fn sort(&self) -> Option<&str> {
        None
    }

    /// The same arguments with another limit.
    fn at_limit(self, _limit: i64) -> Self {
        self
    }

    /// The same arguments for the page that begins there.
    fn at_offset(self, _offset: i64) -> Self {
        self
    }

    /// The same arguments for the page of a continuation token.
    fn at_token(self, _token: String) -> Self {
        self
    }

    /// The same arguments for the items before a timestamp.
    fn at_time(self, _before: UnixMillis) -> Self {
        self
    }

    /// The link to the next page.
    fn next(page: &Self::Page) -> Link<String>;

    /// The continuation token of the next page.
    fn token(_page: &Self::Page) -> Option<String> {
        None
    }

    /// The number of items of all pages.
    fn total(_page: &Self::Page) -> Option<i64> {
        None
    }

    fn items(page: &Self::Page) -> &[Self::Item];

    fn items_mut(page: &mut Self::Page) -> &mut Vec<Self::Item>;

    /// Hashes what identifies an item. Returns whether there is anything.
    fn identify(_item: &Self::Item, _hasher: &mut DefaultHasher) -> bool {
        false
    }

    /// The time of an item.
    fn date(_item: &Self::Item) -> Option<UnixMillis> {
        None
    }
}

/// A list of entries with times, to which new ones are added.
#[allow(dead_code, reason = "without the area of the audit log there is none")]
pub(crate) trait Log: List + Send + Sync {
    /// The same arguments for the entries after a timestamp.
    fn since(self, after: UnixMillis) -> Self;

    /// The entries since a time or checkpoint, and then new ones.
    fn follow_new(self, from: Checkpoint) -> Tail<Self::Item> {
        let pages = move |after, before: Option<UnixMillis>| {
            let list = self.clone().since(after);
            let list = match before {
                Some(before) => list.at_time(before),
                None => list,
            };
            raw::pages(Arc::new(list), Options::default())
        };
        Tail::new(pages, from)
    }
}

/// The largest page of a list, which pagination requests unless the caller sets
/// a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The operation takes no limit, or returns the whole list without one.
    None,
    /// LaunchDarkly documents it.
    Documented(i64),
    /// LaunchDarkly does not document it.
    Undocumented,
}

/// The limit that is requested where none is documented. A server that rejects
/// it is asked again without a limit.
const UNDOCUMENTED_LIMIT: i64 = 100;

impl Limit {
    pub(super) fn largest(self) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Documented(largest) => Some(largest),
            Self::Undocumented => Some(UNDOCUMENTED_LIMIT),
        }
    }
}

/// The link to the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link<T> {
    /// The page has no links.
    Unknown,
    /// The page has links, and none to a next page.
    None,
    Next(T),
}

impl<T> Link<T> {
    pub(super) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Link<U> {
        match self {
            Self::Unknown => Link::Unknown,
            Self::None => Link::None,
            Self::Next(next) => Link::Next(convert(next)),
        }
    }
}

/// The link to the next page among a page's links.
pub(crate) fn next_link(links: &impl Serialize) -> Link<String> {
    let links = serde_json::to_value(links).unwrap_or_default();
    // A link that is required and missing is decoded as an empty one.
    let is_given = |link: &serde_json::Value| match link {
        serde_json::Value::Null => false,
        serde_json::Value::Object(link) => link.get("href").is_some_and(|href| href != ""),
        _ => true,
    };
    let has_links = links
        .as_object()
        .is_some_and(|links| links.values().any(is_given));
    let next = links.get("next").and_then(|next| next.get("href"));
    match next.and_then(|href| href.as_str()) {
        Some(href) if !href.is_empty() => Link::Next(href.to_owned()),
        _ if has_links => Link::None,
        _ => Link::Unknown,
    }
}

/// Which page to request.
pub(super) enum Position {
    /// The one that the caller's arguments select.
    First,
    Offset(i64),
    Token(String),
    Before(UnixMillis),
    /// That of a link.
    Link(Url),
}

/// Hashes identities and pages, with a seed of its own.
#[derive(Clone)]
pub(super) struct Hashes {
    state: RandomState,
    /// Whether items have an identity at all.
    identifies: bool,
}

impl Hashes {
    pub(super) fn new(identifies: bool) -> Self {
        Self {
            state: RandomState::new(),
            identifies,
        }
    }

    pub(super) fn hash(&self, value: impl Hash) -> u64 {
        self.state.hash_one(value)
    }

    /// The hash of an identity. `write` returns whether there is one.
    pub(super) fn identity(&self, write: impl FnOnce(&mut DefaultHasher) -> bool) -> Option<u64> {
        let mut hasher = self.state.build_hasher();
        (self.identifies && write(&mut hasher)).then(|| hasher.finish())
    }

    /// The hash of a page's identities, or of its body if an item has none.
    pub(super) fn fingerprint(&self, identities: &[Option<u64>], body: Option<&Bytes>) -> u64 {
        match body {
            Some(body) if identities.contains(&None) => self.hash(body),
            _ => self.hash(identities),
        }
    }
}

/// A page of any list.
pub(super) struct AnyPage {
    /// The hashes of the identities of the items.
    pub(super) hashes: Vec<Option<u64>>,
    /// What the page is recognized by.
    pub(super) fingerprint: u64,
    /// The time of the oldest item.
    pub(super) oldest: Option<i64>,
    pub(super) total: Option<i64>,
    pub(super) link: Link<String>,
    pub(super) token: Option<String>,
    /// How many attempts the call made.
    pub(super) attempts: u32,
    /// A [`ResponseValue`] with the page, or the raw items.
    pub(super) response: Box<dyn Any + Send>,
    pub(super) retain: fn(&mut dyn Any, &[bool]),
}

impl AnyPage {
    /// Removes the items that are not to be kept. Returns whether any is left.
    pub(super) fn retain(&mut self, keep: &[bool]) -> bool {
        if keep.contains(&false) {
            (self.retain)(&mut *self.response, keep);
        }
        keep.contains(&true)
    }
}

/// A list of any operation.
pub(super) trait AnyList: Send + Sync {
    fn operation(&self) -> &'static Operation;

    fn client(&self) -> &Client;

    fn is_whole(&self) -> bool;

    fn offset(&self) -> i64;

    fn limit(&self) -> Option<i64>;

    fn sort(&self) -> Option<&str>;

    fn largest(&self) -> Limit;

    fn wire(&self) -> &'static Wire;

    /// A request for a page.
    fn request(&self, position: Position, limit: Option<i64>) -> RequestBuilder;

    /// Requests a page.
    fn page(
        &self,
        position: Position,
        limit: Option<i64>,
        hashes: &Hashes,
    ) -> BoxFuture<'static, Result<AnyPage, Error>>;
}

impl<L: List + Send + Sync> AnyList for L {
    fn operation(&self) -> &'static Operation {
        L::OPERATION
    }

    fn client(&self) -> &Client {
        List::client(self)
    }

    fn is_whole(&self) -> bool {
        List::is_whole(self)
    }

    fn offset(&self) -> i64 {
        List::offset(self)
    }

    fn limit(&self) -> Option<i64> {
        List::limit(self)
    }

    fn sort(&self) -> Option<&str> {
        List::sort(self)
    }

    fn largest(&self) -> Limit {
        L::LIMIT
    }

    fn wire(&self) -> &'static Wire {
        &L::WIRE
    }

    fn request(&self, position: Position, limit: Option<i64>) -> RequestBuilder {
        let list = match limit {
            Some(limit) => self.clone().at_limit(limit),
            None => self.clone(),
        };
        match position {
            Position::First => List::request(list),
            Position::Offset(offset) => List::request(list.at_offset(offset)),
            Position::Token(token) => List::request(list.at_token(token)),
            Position::Before(time) => List::request(list.at_time(time)),
            Position::Link(url) => list.request_to(url),
        }
    }

    fn page(
        &self,
        position: Position,
        limit: Option<i64>,
        hashes: &Hashes,
    ) -> BoxFuture<'static, Result<AnyPage, Error>> {
        let request = AnyList::request(self, position, limit);
        let hashes = hashes.clone();
        Box::pin(async move { Ok(any_page::<L>(request.send_json().await?, &hashes)) })
    }
}

/// The older of two times. The epoch stands for a time that is missing.
pub(super) fn older(oldest: Option<i64>, time: Option<UnixMillis>) -> Option<i64> {
    match (oldest, time.map(UnixMillis::get)) {
        (_, None | Some(0)) => oldest,
        (None, time) => time,
        (Some(oldest), Some(time)) => Some(oldest.min(time)),
    }
}

fn any_page<L: List>(response: ResponseValue<L::Page>, hashes: &Hashes) -> AnyPage {
    let items = L::items(&response);
    let identities: Vec<Option<u64>> = items
        .iter()
        .map(|item| hashes.identity(|hasher| L::identify(item, hasher)))
        .collect();
    AnyPage {
        fingerprint: hashes.fingerprint(&identities, response.body()),
        oldest: items.iter().map(L::date).fold(None, older),
        total: L::total(&response),
        link: L::WIRE.link(L::next(&response)),
        token: L::token(&response).filter(|token| !token.is_empty()),
        attempts: response.attempts,
        hashes: identities,
        response: Box::new(response),
        retain: |response, keep| {
            if let Some(response) = response.downcast_mut::<ResponseValue<L::Page>>() {
                let mut keep = keep.iter();
                L::items_mut(response).retain(|_| keep.next().copied().unwrap_or(true));
            }
        },
    }
}
