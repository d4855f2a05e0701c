//! Keeping secrets out of text: the text that a server sent, and the text that
//! `Debug` and `Display` write.

mod debug;
mod document;
mod escapes;
mod known_tokens;
mod request;
mod secrets;
#[cfg(test)]
mod tests;

pub(crate) use debug::{debug, presence, shape};
pub(crate) use document::{Sensitivity, mask};
pub(crate) use known_tokens::KnownTokens;
pub(crate) use request::{HookChanges, SentRequest, is_secret_header, secret_headers};
pub(crate) use secrets::Secrets;

/// What replaces a secret.
const REDACTED: &str = "[redacted]";
