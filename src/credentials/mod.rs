//! Credentials: the access token that authenticates the requests.

mod access_token;

pub use access_token::AccessToken;
