#![doc = include_str!("../docs/guide.md")]
//!
//! # Areas
//!
#![doc = include_str!("../docs/areas.md")]
#![cfg_attr(feature = "schemars", doc = "# JSON Schemas\n")]
#![cfg_attr(feature = "schemars", doc = include_str!("../docs/schemas.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]
// What is used depends on the operations there are.
#![cfg_attr(no_operations, allow(dead_code, unused_imports, unused_macros))]

mod access_token;
mod attempt;
mod base_url;
mod body;
mod byte_stream;
mod call;
mod client;
mod client_builder;
mod decode;
mod diff;
#[allow(dead_code)]
mod draft;
mod error;
#[allow(dead_code)]
mod file_part;
mod generated;
mod json_patch;
mod merge_patch;
#[cfg(feature = "httpmock")]
#[cfg_attr(docsrs, doc(cfg(feature = "httpmock")))]
pub mod mock;
mod modify;
#[allow(dead_code, unused_imports, unused_macros)]
mod object;
mod operation;
mod original;
#[allow(dead_code)]
mod pages;
#[allow(dead_code)]
mod part;
mod patch;
mod path;
mod rate_limit;
mod redact;
mod redirect;
mod response;
mod retry;
mod retry_budget;
#[cfg(test)]
#[path = "../tests/it/rfc6902.rs"]
mod rfc6902;
#[allow(dead_code, unused_imports, unused_macros)]
mod schema;
#[allow(dead_code)]
mod semantic_patch;
mod server;
mod telemetry;
mod transport;
mod unix_millis;
#[cfg(feature = "webhooks")]
mod webhook;

pub use access_token::AccessToken;
pub use attempt::{Attempt, AttemptHook, Outcome};
pub use byte_stream::ByteStream;
pub use client::Client;
pub use client_builder::{ClientBuilder, default_http_client};
pub use error::{Conflict, Error};
pub use file_part::FilePart;
#[cfg(feature = "integration-audit-log-subscriptions")]
pub use generated::integrations;
pub use generated::{builder, instructions, operations, types};
pub use json_patch::{InvalidPatch, JsonPatch};
pub use merge_patch::MergePatch;
pub use modify::{MODIFY_ATTEMPTS, modify};
pub use operation::{Operation, Paging, PatchFormat};
pub use pages::{Items, Pages};
pub use part::{IntoValue, InvalidValue};
pub use patch::{AcceptsPatch, PatchDocument, format};
pub use rate_limit::RateLimits;
pub use response::ResponseValue;
pub use retry::RetryPolicy;
pub use semantic_patch::{Instruction, SemanticPatch};
pub use server::Server;
pub use unix_millis::{OutOfRange, UnixMillis};
#[cfg(feature = "webhooks")]
#[cfg_attr(docsrs, doc(cfg(feature = "webhooks")))]
pub use webhook::{SignatureError, UndecodablePayload, WebhookError, WebhookSecret};

/// The README's snippets are tried like the guide's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// What of other crates stands in this crate's API.
pub use ::json_patch::{Patch, PatchOperation};
#[cfg(feature = "httpmock")]
#[cfg_attr(docsrs, doc(cfg(feature = "httpmock")))]
pub use httpmock;
pub use reqwest;
