//! YAML with the keys in the order a reader expects.

use std::{cell::RefCell, rc::Rc};

use serde::{Serialize, Serializer, ser::SerializeMap, ser::SerializeSeq};
use serde_json::Value;
use serde_saphyr::RcAnchor;

/// A value whose objects know the order of their keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ordered {
    Scalar(Value),
    List(Vec<Ordered>),
    Map(Vec<(String, Ordered)>),
    /// A value that is written once, with an anchor.
    Shared(Rc<Ordered>),
}

impl Ordered {
    /// The members of an object; others have none.
    pub(crate) fn members(&mut self) -> &mut [(String, Self)] {
        match self {
            Self::Map(members) => members,
            _ => &mut [],
        }
    }

    /// The member of an object with this key.
    pub(crate) fn member(&mut self, key: &str) -> Option<&mut Self> {
        let mut members = self.members().iter_mut();
        members.find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The text that a member of an object holds.
    pub(crate) fn text(&mut self, key: &str) -> Option<&str> {
        match self.member(key)? {
            Self::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Scalar(value) => value.serialize(serializer),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values
                    .iter()
                    .try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries
                    .iter()
                    .try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Shared(value) => RcAnchor(Rc::clone(value)).serialize(serializer),
        }
    }
}

thread_local! {
    /// The names of the anchors: the serializer takes a function without a context.
    static ANCHORS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The text of a document. `anchors` are the names of its shared values, in the
/// order in which they are written.
pub(crate) fn text(value: &Ordered, anchors: Vec<String>) -> anyhow::Result<String> {
    ANCHORS.set(anchors);
    let options = serde_saphyr::ser_options! {
        folded_wrap_chars: 96,
        yaml_12: false,
        anchor_generator: Some(|number| ANCHORS.with_borrow(|names| names[number - 1].clone())),
    };
    Ok(serde_saphyr::to_string_with_options(value, options)?)
}
