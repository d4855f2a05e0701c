//! A call: from the arguments of an operation to its response.

pub(crate) mod argument;
pub(crate) mod file_part;
pub(crate) mod path;
pub(crate) mod redirect;
pub(crate) mod replayable_request;
pub(crate) mod request_builder;
pub(crate) mod retry_loop;
pub(crate) mod telemetry;
pub(crate) mod transport;

pub use argument::{IntoValue, InvalidValue};
pub use file_part::FilePart;
