//! Providers of the access token that authenticates the requests of a client.
//!
//! Pass one to [`ClientBuilder::credentials`](crate::ClientBuilder::credentials):
//! a [`file`](file()), a function ([`from_fn`]) or your own [`Credentials`].

mod access_token;
mod file;
mod from_fn;
mod provider;
mod refresh;
mod token;
mod token_source;

pub use access_token::AccessToken;
pub use file::file;
pub use from_fn::from_fn;
pub use provider::{BoxError, BoxFuture, Credentials};

pub(crate) use token::Token;
pub(crate) use token_source::TokenSource;
