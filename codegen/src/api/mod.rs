//! What a document and the files beside it say of the API.

pub(crate) mod secrets;
