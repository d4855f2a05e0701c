//! Observes a decode: the location in the body, and where the body deviates
//! from the document.
//!
//! The observer belongs to the thread and is off by default. It is on while a
//! body is decoded again to locate an error, or for its deviations. A type
//! parameter instead would compile the decoding of every type twice; this is a
//! flag that each object and list reads once.

use std::{
    cell::{Cell, RefCell},
    fmt::Write,
};

use super::deviation::{Deviation, DeviationKind};
use crate::json_pointer;

thread_local! {
    static IS_ON: Cell<bool> = const { Cell::new(false) };
    static OBSERVER: RefCell<Observer> = const { RefCell::new(Observer::new()) };
}

/// What was observed. After an error, the path is that of the error.
pub(super) struct Observer {
    path: Vec<Token>,
    containers: Vec<Properties>,
    pub(super) deviations: Vec<Deviation>,
}

enum Token {
    Name(String),
    Index(usize),
}

/// The required properties of an object, and which of them are missing so far.
/// Arrays and maps are objects without known properties.
struct Properties {
    required: Option<&'static [&'static str]>,
    missing: Vec<&'static str>,
}

/// Decodes with the observer on.
pub(super) fn observe<T>(decode: impl FnOnce() -> T) -> (T, Observer) {
    struct Restore(bool, Option<Observer>);

    impl Drop for Restore {
        fn drop(&mut self) {
            IS_ON.set(self.0);
            if let Some(outer) = self.1.take() {
                OBSERVER.replace(outer);
            }
        }
    }

    let outer = OBSERVER.replace(Observer::new());
    let _restore = Restore(IS_ON.replace(true), Some(outer));
    let decoded = decode();
    (decoded, OBSERVER.replace(Observer::new()))
}

/// An object, map or array that is being decoded. Its methods do nothing while
/// the observer is off. They are inlined, because every property calls them, also
/// where a type is decoded in another crate.
pub(super) struct Container(bool);

impl Container {
    /// Begins an object with these required properties.
    #[inline]
    pub(super) fn object(required: &'static [&'static str]) -> Self {
        Self::begin(Some(required))
    }

    /// Begins a map or an array.
    #[inline]
    pub(super) fn collection() -> Self {
        Self::begin(None)
    }

    #[inline]
    fn begin(required: Option<&'static [&'static str]>) -> Self {
        let is_on = IS_ON.get();
        if is_on {
            observer(&mut |observer| observer.begin(required));
        }
        Self(is_on)
    }

    /// Begins the value of a property.
    #[inline]
    pub(super) fn enter(&self, name: &str) {
        if self.0 {
            observer(&mut |observer| observer.enter(name));
        }
    }

    /// Begins an element.
    #[inline]
    pub(super) fn enter_element(&self, index: usize) {
        if self.0 {
            observer(&mut |observer| observer.path.push(Token::Index(index)));
        }
    }

    /// Ends a value that has been decoded.
    #[inline]
    pub(super) fn leave(&self) {
        if self.0 {
            observer(&mut |observer| drop(observer.path.pop()));
        }
    }

    /// Ends the container.
    #[inline]
    pub(super) fn end(self) {
        if self.0 {
            observer(&mut Observer::end);
        }
    }
}

/// Notes that the current value deviates.
pub(crate) fn note(kind: DeviationKind) {
    if IS_ON.get() {
        observer(&mut |observer| observer.note(kind));
    }
}

/// Notes that the current value is null.
pub(super) fn note_null() {
    if IS_ON.get() {
        observer(&mut Observer::note_null);
    }
}

/// Decodes an alternative of the union that is the current value. Forgets what
/// was observed in the alternatives before it, and in this one if it fails.
pub(super) fn attempt<T>(decode: impl FnOnce() -> Option<T>) -> Option<T> {
    if !IS_ON.get() {
        return decode();
    }
    let (mut depth, mut containers) = (0, 0);
    observer(&mut |observer| {
        observer.forget_current();
        (depth, containers) = (observer.path.len(), observer.containers.len());
    });
    let decoded = decode();
    if decoded.is_none() {
        observer(&mut |observer| {
            observer.path.truncate(depth);
            observer.containers.truncate(containers);
            observer.forget_current();
        });
    }
    decoded
}

#[cold]
#[inline(never)]
fn observer(change: &mut dyn FnMut(&mut Observer)) {
    OBSERVER.with_borrow_mut(change);
}

impl Observer {
    const fn new() -> Self {
        Self {
            path: Vec::new(),
            containers: Vec::new(),
            deviations: Vec::new(),
        }
    }

    /// Returns the path of the current value, such as `items[3].config`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for token in &self.path {
            match token {
                Token::Index(index) => _ = write!(path, "[{index}]"),
                Token::Name(name) if path.is_empty() => path.push_str(name),
                Token::Name(name) => _ = write!(path, ".{name}"),
            }
        }
        path
    }

    /// Returns the JSON Pointer (RFC 6901) of the current value.
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for token in &self.path {
            match token {
                Token::Index(index) => _ = write!(pointer, "/{index}"),
                Token::Name(name) => {
                    _ = write!(pointer, "/{}", json_pointer::escape(name));
                }
            }
        }
        pointer
    }

    fn begin(&mut self, required: Option<&'static [&'static str]>) {
        self.containers.push(Properties {
            required,
            missing: required.unwrap_or_default().to_vec(),
        });
    }

    fn enter(&mut self, name: &str) {
        self.path.push(Token::Name(name.to_owned()));
        if let Some(container) = self.containers.last_mut() {
            container.missing.retain(|missing| *missing != name);
        }
    }

    fn end(&mut self) {
        let Some(ended) = self.containers.pop() else {
            return;
        };
        for name in ended.missing {
            self.path.push(Token::Name(name.to_owned()));
            self.note(DeviationKind::Missing);
            self.path.pop();
        }
    }

    fn note(&mut self, kind: DeviationKind) {
        self.deviations.push(Deviation {
            pointer: self.pointer(),
            kind,
        });
    }

    /// Null deviates in a required property, and in an element of an array or a
    /// map.
    fn note_null(&mut self) {
        let required = self.containers.last().map(|container| container.required);
        let deviates = match (required, self.path.last()) {
            (Some(Some(required)), Some(Token::Name(name))) => required.contains(&name.as_str()),
            (Some(None), _) => true,
            _ => false,
        };
        if deviates {
            self.note(DeviationKind::Null);
        }
    }

    /// Forgets the deviations of the current value and of the values in it.
    fn forget_current(&mut self) {
        let pointer = self.pointer();
        self.deviations.retain(|deviation| {
            let rest = deviation.pointer.strip_prefix(&pointer);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    }
}
