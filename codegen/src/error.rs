//! What is wrong with a document, and where.

use std::fmt;

use jsonptr::PointerBuf;

/// Why a document cannot be turned into Rust.
///
/// Displayed on one line as `file: at pointer: reason`, so that whoever
/// maintains the document can go straight to the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    file: String,
    pointer: PointerBuf,
    reason: String,
}

/// The result of everything here that reads a document.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(
        file: impl Into<String>,
        pointer: PointerBuf,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            pointer,
            reason: reason.into(),
        }
    }

    /// The file the document was read from, as it was named by the caller.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The place in the document (RFC 6901); the empty pointer is the whole
    /// document.
    #[must_use]
    pub fn pointer(&self) -> &jsonptr::Pointer {
        &self.pointer
    }

    /// What is wrong there.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if !self.pointer.is_root() {
            write!(f, "at {}: ", self.pointer)?;
        }
        // Reasons quote libraries, whose messages may run over several lines.
        let mut words = self.reason.split_whitespace();
        if let Some(first) = words.next() {
            f.write_str(first)?;
        }
        words.try_for_each(|word| write!(f, " {word}"))
    }
}

impl std::error::Error for Error {}

/// What is wrong at a place in a document: an [`Error`] without its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) pointer: PointerBuf,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn at(pointer: PointerBuf, reason: impl Into<String>) -> Self {
        Self {
            pointer,
            reason: reason.into(),
        }
    }
}
