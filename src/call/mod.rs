//! A call: from the arguments of an operation to its response.

pub(crate) mod argument;
mod failure;
mod file_part;
pub(crate) mod path;
mod raw_request;
mod redirect;
mod replayable_request;
pub(crate) mod request_builder;
mod response_future;
mod retry_loop;
mod telemetry;
mod template;
mod transport;

pub use argument::{IntoValue, InvalidValue};
pub use file_part::FilePart;
pub use raw_request::RawRequest;
pub use response_future::ResponseFuture;
