//! The properties of an object that are unknown to this version of the crate.

use std::{cell::Cell, fmt, sync::LazyLock};

use serde_json::{Map, Value as Json};

/// The unknown properties of an object. Without any it is one null pointer.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Extra(Option<Box<Map<String, Json>>>);

impl Extra {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the properties with their values.
    pub(crate) fn map(&self) -> &Map<String, Json> {
        static EMPTY: LazyLock<Map<String, Json>> = LazyLock::new(Map::new);
        self.0.as_deref().unwrap_or_else(|| &EMPTY)
    }

    pub(super) fn insert(&mut self, name: &str, value: Json) {
        let properties = self.0.get_or_insert_default();
        properties.insert(name.to_owned(), value);
    }

    /// Returns the properties that are encoded: none in [`without_extra`].
    pub(super) fn encoded(&self) -> Option<&Map<String, Json>> {
        self.0.as_deref().filter(|_| !IS_OMITTED.get())
    }
}

/// Shows the names without the values, because any value may be a secret.
impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map().keys()).finish()
    }
}

thread_local! {
    static IS_OMITTED: Cell<bool> = const { Cell::new(false) };
}

/// Encodes values without their unknown properties. This is a property of the
/// thread, because serde passes no context to a value.
pub(crate) fn without_extra<T>(encode: impl FnOnce() -> T) -> T {
    struct Restore(bool);

    impl Drop for Restore {
        fn drop(&mut self) {
            IS_OMITTED.set(self.0);
        }
    }

    let _restore = Restore(IS_OMITTED.replace(true));
    encode()
}
