//! Example values for the mocks (the feature `httpmock`).

/// Implements `ExampleValue` by a function. Expands to nothing without the
/// feature.
macro_rules! impl_example {
    ($name:ident, $example:expr) => {
        #[cfg(feature = "httpmock")]
        impl $crate::codec::example::ExampleValue for $name {
            fn example(
                context: &mut $crate::codec::example::ExampleContext,
            ) -> ::std::option::Option<Self> {
                let make: fn(
                    &mut $crate::codec::example::ExampleContext,
                ) -> ::std::option::Option<Self> = $example;
                make(context)
            }
        }
    };
}

pub(crate) use impl_example;

#[cfg(feature = "httpmock")]
pub use enabled::ExampleContext;
#[cfg(feature = "httpmock")]
pub(crate) use enabled::{ExampleValue, of_object, of_union};

/// A type with example values. Every type, without the feature.
#[cfg(not(feature = "httpmock"))]
pub(crate) trait ExampleValue {}

#[cfg(not(feature = "httpmock"))]
impl<T> ExampleValue for T {}

#[cfg(feature = "httpmock")]
mod enabled {
    use std::{any::type_name, collections::BTreeMap};

    use serde::Serialize;
    use serde_json::{Map, Value as Json};

    use crate::codec::{Alternatives, Extra, ReadProperty, Union, Value, WriteProperties};

    /// A type with example values.
    pub(crate) trait ExampleValue: Sized {
        /// Makes an example with all properties, or returns `None` for a type
        /// inside itself.
        fn example(context: &mut ExampleContext) -> Option<Self>;
    }

    impl<T: ExampleValue> ExampleValue for Option<T> {
        fn example(context: &mut ExampleContext) -> Option<Self> {
            Some(T::example(context))
        }
    }

    impl<T: ExampleValue> ExampleValue for Box<T> {
        fn example(context: &mut ExampleContext) -> Option<Self> {
            T::example(context).map(Self::new)
        }
    }

    impl<T: ExampleValue> ExampleValue for Vec<T> {
        fn example(context: &mut ExampleContext) -> Option<Self> {
            Some(context.members(|context| T::example(context)))
        }
    }

    impl<T: ExampleValue> ExampleValue for BTreeMap<String, T> {
        fn example(context: &mut ExampleContext) -> Option<Self> {
            Some(context.members(|context| Some((context.text(), T::example(context)?))))
        }
    }

    macro_rules! examples {
        ($($type:ty: $example:expr,)+) => {$(
            impl ExampleValue for $type {
                fn example(context: &mut ExampleContext) -> Option<Self> {
                    let make: fn(&mut ExampleContext) -> Self = $example;
                    Some(make(context))
                }
            }
        )+};
    }

    examples! {
        bool: |_| true,
        String: |context| context.text(),
        Json: |context| context.text().into(),
        Map<String, Json>: |context| {
            context.members(|context| Some((context.text(), context.text().into())))
        },
        f32: |_| 1.5,
        f64: |_| 1.5,
        i8: |_| 1,
        i16: |_| 1,
        i32: |_| 1,
        i64: |_| 1,
        u8: |_| 1,
        u16: |_| 1,
        u32: |_| 1,
        u64: |_| 1,
    }

    /// The position in the example that is being made.
    #[derive(Debug)]
    pub struct ExampleContext {
        /// The number of elements of each list and map.
        items: usize,
        /// Whether optional properties are set.
        optional: bool,
        /// The value of all timestamps, in milliseconds since the Unix epoch.
        time: i64,
        /// The property of the value.
        name: &'static str,
        /// The position in each list around the value, from 1.
        members: Vec<usize>,
        /// The types around the value.
        inside: Vec<&'static str>,
    }

    impl ExampleContext {
        pub(crate) fn new(items: usize, optional: bool, time: i64) -> Self {
            Self {
                items,
                optional,
                time,
                name: "value",
                members: Vec::new(),
                inside: Vec::new(),
            }
        }

        pub(crate) fn time(&self) -> i64 {
            self.time
        }

        pub(crate) fn text(&self) -> String {
            let mut text = self.name.to_owned();
            if self.members.iter().any(|&place| place > 1) {
                for place in &self.members {
                    text.push_str(&format!("-{place}"));
                }
            }
            text
        }

        /// Makes the elements of a list or map.
        pub(crate) fn members<T, C: FromIterator<T>>(
            &mut self,
            mut make: impl FnMut(&mut Self) -> Option<T>,
        ) -> C {
            (1..=self.items)
                .map_while(|place| {
                    self.members.push(place);
                    let member = make(self);
                    self.members.pop();
                    member
                })
                .collect()
        }

        /// Makes a value of a type, unless the position is inside one already.
        pub(crate) fn inside<T>(&mut self, make: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
            let name = type_name::<T>();
            if self.inside.contains(&name) {
                return None;
            }
            self.inside.push(name);
            let value = make(self);
            self.inside.pop();
            value
        }
    }

    /// Makes an object with an example for each property.
    pub(crate) fn of_object<T: Value>(context: &mut ExampleContext) -> Option<T> {
        context.inside(|context| {
            let mut object = T::error_corrected_default();
            let mut names = Names {
                optional: context.optional,
                names: Vec::new(),
            };
            object.write_properties(&mut names);
            for name in names.names {
                let outer = std::mem::replace(&mut context.name, name);
                object.read_property(name, &mut Filling(context));
                context.name = outer;
            }
            Some(object)
        })
    }

    /// Collects the names of the properties of an object.
    struct Names {
        optional: bool,
        names: Vec<&'static str>,
    }

    impl WriteProperties for Names {
        fn required<T: Value + Serialize>(&mut self, name: &'static str, _: &T) {
            self.names.push(name);
        }

        fn optional<T: Value + Serialize>(&mut self, name: &'static str, _: &T) {
            if self.optional {
                self.names.push(name);
            }
        }

        fn extra(&mut self, _: &Extra) {}
    }

    /// Sets a property to an example.
    struct Filling<'a>(&'a mut ExampleContext);

    impl ReadProperty for Filling<'_> {
        fn read_into<T: Value>(&mut self, field: &mut T) {
            if let Some(value) = T::example(self.0) {
                *field = value;
            }
        }

        fn keep(&mut self, _: &str, _: &mut Extra) {}

        fn ignore(&mut self) {}
    }

    /// Makes an example of the first alternative that has one.
    pub(crate) fn of_union<T: Union>(context: &mut ExampleContext) -> Option<T> {
        context.inside(|context| {
            let mut first = First {
                context,
                found: None,
            };
            T::alternatives(&mut first);
            first.found
        })
    }

    struct First<'a, U> {
        context: &'a mut ExampleContext,
        found: Option<U>,
    }

    impl<U> Alternatives<U> for First<'_, U> {
        fn add<T: Value>(&mut self, variant: fn(T) -> U) {
            if self.found.is_none() {
                self.found = T::example(self.context).map(variant);
            }
        }
    }
}
