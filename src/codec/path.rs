//! The location of a value that does not decode.
//!
//! The visitors of this crate's types record it while an error passes through
//! them, so that it costs nothing until a body fails. `serde_path_to_error`, which
//! decodes types of other crates, would compile every type a second time.

use std::cell::RefCell;

thread_local! {
    /// The location, the innermost segment first; `None` while no body is decoded.
    static PATH: RefCell<Option<Vec<Segment>>> = const { RefCell::new(None) };
}

enum Segment {
    Property(String),
    Index(usize),
}

/// Begins to record the location of an error.
pub(super) fn begin() {
    PATH.set(Some(Vec::new()));
}

/// Ends the record and returns it, such as `items[3].config`. Empty for the whole
/// body.
pub(super) fn end() -> String {
    let mut path = String::new();
    for segment in PATH.take().into_iter().flatten().rev() {
        match segment {
            Segment::Index(index) => path.push_str(&format!("[{index}]")),
            Segment::Property(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&name);
            }
        }
    }
    path
}

/// An error passes through a property, or an entry of a map.
pub(super) fn in_property(name: &str) {
    add(|| Segment::Property(name.to_owned()));
}

/// An error passes through an element of an array.
pub(super) fn in_element(index: usize) {
    add(|| Segment::Index(index));
}

/// An error was handled: the value is something else.
pub(super) fn forget() {
    PATH.with_borrow_mut(|path| path.iter_mut().for_each(Vec::clear));
}

fn add(segment: impl FnOnce() -> Segment) {
    PATH.with_borrow_mut(|path| {
        if let Some(path) = path {
            path.push(segment());
        }
    });
}
