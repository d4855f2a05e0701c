#![doc = include_str!("../docs/guide.md")]
#![doc = include_str!("../docs/areas.md")]
#![cfg_attr(feature = "schemars", doc = "# JSON Schemas\n")]
#![cfg_attr(feature = "schemars", doc = include_str!("../docs/schemas.md"))]
// The guide links to parts of some areas. Without these areas, to docs.rs.
#![doc = ""]
#![cfg_attr(
    not(feature = "integration-audit-log-subscriptions"),
    doc = "[`integrations`]: https://docs.rs/launchdarkly-api/latest/launchdarkly_api/integrations/index.html"
)]
#![cfg_attr(
    not(feature = "webhooks"),
    doc = "[`WebhookSecret`]: https://docs.rs/launchdarkly-api/latest/launchdarkly_api/struct.WebhookSecret.html"
)]
#![cfg_attr(
    not(feature = "feature-flags"),
    doc = "[`types::FeatureFlagBody`]: https://docs.rs/launchdarkly-api/latest/launchdarkly_api/types/struct.FeatureFlagBody.html"
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The enabled areas decide which parts of the runtime are used. With all areas
// enabled, the compiler reports unused code.
#![cfg_attr(
    any(no_operations, not(feature = "full")),
    allow(dead_code, unused_imports, unused_macros)
)]

#[cfg(feature = "blocking")]
#[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
pub mod blocking;
mod call;
mod client;
mod codec;
pub mod credentials;
mod deviations;
mod error;
pub mod filter;
mod generated;
mod hashed_set;
mod hook;
mod json_pointer;
#[cfg(feature = "httpmock")]
#[cfg_attr(docsrs, doc(cfg(feature = "httpmock")))]
pub mod mock;
mod operation;
#[allow(dead_code)]
mod other_documents;
mod pagination;
mod patch;
mod rate_limit;
mod redact;
mod response;
mod retry;
#[cfg(test)]
#[path = "../tests/it/rfc6902.rs"]
mod rfc6902;
mod targeting;
mod unix_millis;
#[cfg(feature = "webhooks")]
mod webhook;

pub use call::{FilePart, IntoValue, InvalidValue, RawRequest, ResponseFuture};
pub use client::{Client, ClientBuilder, Server, default_http_client};
pub use codec::{Deviation, DeviationKind};
pub use credentials::{AccessToken, Credentials};
pub use deviations::{DocumentType, deviations};
pub use error::{Conflict, Error};
#[cfg(feature = "integration-audit-log-subscriptions")]
pub use generated::integrations;
pub use generated::{builder, instructions, operations, types};
pub use hook::{Attempt, AttemptHook, Outcome};
pub use operation::{Operation, Paging, PatchFormat};
pub use pagination::{Checkpoint, Items, Pages, Tail, TailEntry};
pub use patch::{
    AcceptsPatch, Instruction, InvalidInstruction, InvalidPatch, JsonPatch, MODIFY_ATTEMPTS,
    MergePatch, PatchDocument, PatchOperation, SemanticPatch, format, modify,
};
pub use rate_limit::RateLimits;
pub use response::{ByteStream, ResponseValue};
pub use retry::RetryPolicy;
pub use targeting::RolloutWeights;
pub use unix_millis::{OutOfRange, UnixMillis};
#[cfg(feature = "webhooks")]
#[cfg_attr(docsrs, doc(cfg(feature = "webhooks")))]
pub use webhook::{SignatureError, UndecodablePayload, WebhookError, WebhookSecret};

/// Runs the snippets of the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// Items of other crates that are part of this crate's API.
#[cfg(feature = "httpmock")]
#[cfg_attr(docsrs, doc(cfg(feature = "httpmock")))]
pub use httpmock;
#[cfg(feature = "json-patch")]
#[cfg_attr(docsrs, doc(cfg(feature = "json-patch")))]
pub use json_patch;
pub use reqwest;
