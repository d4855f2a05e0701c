#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access_token;
mod base_url;
mod client;
mod client_builder;
mod decode;
mod error;
mod generated;
mod json_patch;
mod operation;
mod path;
mod redact;
mod redirect;
mod response;
mod retry_after;
mod server;
mod transport;

pub use access_token::AccessToken;
pub use client::Client;
pub use client_builder::{ClientBuilder, default_http_client};
pub use error::Error;
pub use generated::{builder, operations, types};
pub use json_patch::{InvalidPatch, JsonPatch};
pub use operation::Operation;
pub use response::{ByteStream, ResponseValue};
pub use server::Server;

// What of other crates stands in this crate's API.
pub use ::json_patch::{Patch, PatchOperation};
pub use reqwest;
