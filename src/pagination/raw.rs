//! The items of a list in the caller's type. Pagination reads the JSON of the
//! page and of its items, so that no type of the list has to decode.

use std::{any::Any, hash::Hash, sync::Arc};

use bytes::Bytes;
use futures_util::{
    StreamExt, TryStreamExt,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use reqwest::header::HeaderMap;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value as Json, value::RawValue};

use super::{
    Link,
    list::{AnyList, AnyPage, Hashes, Limit, Position, next_link, older},
    requests::{Options, Requests},
};
use crate::{
    Client, Error, Operation, ResponseValue, UnixMillis,
    call::request_builder::RequestBuilder,
    codec::{
        Value,
        decode::{self, DecodeError},
        raw,
    },
};

/// The names of the properties that pagination reads.
pub(crate) struct Wire {
    /// The page's items.
    pub(crate) items: &'static str,
    /// The page's links.
    pub(crate) links: Option<&'static str>,
    /// Whether the document has a link to the next page among them.
    pub(crate) has_next: bool,
    /// The number of items of all pages.
    pub(crate) total: Option<&'static str>,
    /// The continuation token of the next page.
    pub(crate) token: Option<&'static str>,
    /// The item's time.
    pub(crate) date: Option<&'static str>,
    /// The properties that identify an item. Empty if the item is a string, which
    /// identifies itself.
    pub(crate) identity: Option<&'static [&'static str]>,
}

impl Wire {
    /// The link to the next page. Where the document has none, its absence does
    /// not make a page the last.
    pub(super) fn link(&self, link: Link<String>) -> Link<String> {
        match link {
            Link::None if !self.has_next => Link::Unknown,
            link => link,
        }
    }
}

/// Returns the items of a list in the caller's type.
pub(super) fn items<T: DeserializeOwned + Send + 'static>(
    list: Arc<dyn AnyList>,
    options: Options,
) -> BoxStream<'static, Result<T, Error>> {
    let items = pages(list, options)
        .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
        .try_flatten();
    let items = items.scan(false, |is_over, item| {
        let item = item.and_then(|item| item.decode());
        let next = (!*is_over).then(|| {
            *is_over = item.is_err();
            item
        });
        future::ready(next)
    });
    items.boxed()
}

/// Returns the items of each page.
pub(super) fn pages(
    list: Arc<dyn AnyList>,
    options: Options,
) -> BoxStream<'static, Result<Vec<RawItem>, Error>> {
    let requests = Requests::new(Arc::new(RawList(list)), options);
    let pages = stream::try_unfold(requests, |mut requests| async {
        let page = requests.next().await?;
        // Every page of this list has this type.
        let page = page.and_then(|page| page.response.downcast::<RawPage>().ok());
        Ok(page.map(|page| (page.items, requests)))
    });
    pages.boxed()
}

/// The items of a page that are returned.
struct RawPage {
    items: Vec<RawItem>,
}

pub(super) struct RawItem {
    json: Box<RawValue>,
    /// The position in the page.
    index: usize,
    wire: &'static Wire,
    response: Arc<ResponseValue<Bytes>>,
}

impl RawItem {
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        decode::from_str(self.json.get()).map_err(|failure| self.error(failure))
    }

    fn error(&self, failure: DecodeError) -> Error {
        let separator = match failure.path.as_str() {
            "" => "",
            path if path.starts_with('[') => "",
            _ => ".",
        };
        let place = format!("{}[{}]", self.wire.items, self.index);
        self.response.undecodable(DecodeError {
            path: format!("{place}{separator}{}", failure.path),
            ..failure
        })
    }

    /// What identifies the item.
    fn identity(&self) -> Option<Vec<Json>> {
        let mut values: Vec<Json> = Vec::new();
        match self.wire.identity? {
            [] => values.push(read(&self.json)?),
            names => {
                let names: Vec<_> = names.iter().copied().map(Some).collect();
                for value in self.properties(&names)? {
                    values.push(value.and_then(read).unwrap_or_default());
                }
            }
        }
        let is_given = |value: &Json| match value {
            Json::Null => false,
            Json::String(text) => !text.is_empty(),
            _ => true,
        };
        let is_identified = values.first()?.is_string() && values.iter().all(is_given);
        is_identified.then_some(values)
    }

    fn date(&self) -> Option<UnixMillis> {
        let date = self.wire.date?;
        UnixMillis::deserialize(read(self.properties(&[Some(date)])?.pop()??)?).ok()
    }

    fn properties(&self, names: &[Option<&str>]) -> Option<Vec<Option<&RawValue>>> {
        raw::properties(self.json.get(), names).ok()
    }

    /// The time and the id of an entry that has a time.
    pub(super) fn entry_key(&self) -> Option<(UnixMillis, String)> {
        // The epoch stands for a time that is missing.
        let time = self.date().filter(|time| time.get() != 0)?;
        let id = match self.identity().map(|mut values| values.swap_remove(0)) {
            Some(Json::String(id)) => id,
            _ => String::new(),
        };
        Some((time, id))
    }

    /// The headers of the item's response.
    pub(super) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }
}

fn read(json: &RawValue) -> Option<Json> {
    json.get().parse().ok()
}

/// A list whose pages are not decoded.
struct RawList(Arc<dyn AnyList>);

impl AnyList for RawList {
    fn operation(&self) -> &'static Operation {
        self.0.operation()
    }

    fn client(&self) -> &Client {
        self.0.client()
    }

    fn is_whole(&self) -> bool {
        self.0.is_whole()
    }

    fn offset(&self) -> i64 {
        self.0.offset()
    }

    fn limit(&self) -> Option<i64> {
        self.0.limit()
    }

    fn sort(&self) -> Option<&str> {
        self.0.sort()
    }

    fn largest(&self) -> Limit {
        self.0.largest()
    }

    fn wire(&self) -> &'static Wire {
        self.0.wire()
    }

    fn request(&self, position: Position, limit: Option<i64>) -> RequestBuilder {
        self.0.request(position, limit)
    }

    fn page(
        &self,
        position: Position,
        limit: Option<i64>,
        hashes: &Hashes,
    ) -> BoxFuture<'static, Result<AnyPage, Error>> {
        let request = self.request(position, limit);
        let (wire, hashes) = (self.wire(), hashes.clone());
        Box::pin(async move { raw_page(request.send_bytes().await?, wire, &hashes) })
    }
}

fn raw_page(
    response: ResponseValue<Bytes>,
    wire: &'static Wire,
    hashes: &Hashes,
) -> Result<AnyPage, Error> {
    let response = Arc::new(response);
    let names = [Some(wire.items), wire.total, wire.links, wire.token];
    let page = decode::text(&response)
        .and_then(|page| raw::properties(page, &names))
        .map_err(|failure| response.undecodable(failure))?;
    let mut page = page.into_iter();
    let mut next = || page.next().flatten();
    let (items, total, links, token) = (next(), next(), next(), next());
    let json = match items.map(RawValue::get) {
        // As tolerant as the type of the page.
        None | Some("null") => Vec::new(),
        Some(json) => raw::elements(json).map_err(|failure| {
            response.undecodable(DecodeError {
                path: format!("{}{}", wire.items, failure.path),
                ..failure
            })
        })?,
    };
    let (mut items, mut identities, mut oldest) = (Vec::new(), Vec::new(), None);
    for (index, json) in json.into_iter().enumerate() {
        let item = RawItem {
            json,
            index,
            wire,
            response: Arc::clone(&response),
        };
        identities.push(hashes.identity(|hasher| match item.identity() {
            Some(values) => {
                values.hash(hasher);
                true
            }
            None => false,
        }));
        oldest = older(oldest, item.date());
        items.push(item);
    }
    let total = total.and_then(read);
    let links = links.and_then(read);
    Ok(AnyPage {
        fingerprint: hashes.fingerprint(&identities, Some(&response)),
        oldest,
        total: total.and_then(|total| i64::decode(total).ok()),
        link: wire.link(links.map_or(Link::Unknown, |links| next_link(&links))),
        token: match token.and_then(read) {
            Some(Json::String(token)) if !token.is_empty() => Some(token),
            _ => None,
        },
        attempts: response.attempts,
        hashes: identities,
        response: Box::new(RawPage { items }),
        retain: |page: &mut dyn Any, keep| {
            if let Some(page) = page.downcast_mut::<RawPage>() {
                let mut keep = keep.iter();
                page.items.retain(|_| keep.next().copied().unwrap_or(true));
            }
        },
    })
}
