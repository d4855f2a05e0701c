#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access_token;
mod attempt;
mod base_url;
mod body;
mod call;
mod client;
mod client_builder;
mod decode;
mod error;
mod generated;
mod json_patch;
mod limiter;
mod operation;
mod original;
mod path;
mod rate_limits;
mod redact;
mod redirect;
mod response;
mod retry;
mod retry_budget;
mod server;
mod server_clock;
mod telemetry;
mod transport;

pub use access_token::AccessToken;
pub use attempt::{Attempt, AttemptHook, Outcome};
pub use client::Client;
pub use client_builder::{ClientBuilder, default_http_client};
pub use error::Error;
pub use generated::{builder, operations, types};
pub use json_patch::{InvalidPatch, JsonPatch};
pub use operation::Operation;
pub use rate_limits::RateLimits;
pub use response::{ByteStream, ResponseValue};
pub use retry::RetryPolicy;
pub use server::Server;

// What of other crates stands in this crate's API.
pub use ::json_patch::{Patch, PatchOperation};
pub use reqwest;
