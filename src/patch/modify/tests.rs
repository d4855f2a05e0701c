//! Two writers change random documents at random times. The server applies
//! their patches with a separate implementation.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, json};
use tokio::task::yield_now;

use super::*;
use crate::{operations, redact::Secrets, rfc6902};

/// The type of a property of the resource, like in a generated type.
enum Known {
    /// A required string.
    Text,
    /// A required boolean.
    Flag,
    /// A number that may be missing.
    Number,
    /// An array of strings, required or not.
    Texts(bool),
    /// A map of arrays of strings.
    Lists,
    /// An object that may be missing.
    Object(&'static [(&'static str, Known)]),
    /// A required array of objects.
    Objects(&'static [(&'static str, Known)]),
}

use Known::{Flag, Lists, Number, Object, Objects, Text, Texts};

const ITEM: &[(&str, Known)] = &[
    ("_id", Number),
    ("key", Number),
    ("on", Flag),
    ("notes", Texts(false)),
];
const RULE: &[(&str, Known)] = &[("effect", Text), ("actions", Texts(true))];
const RESOURCE: &[(&str, Known)] = &[
    ("_version", Number),
    ("name", Text),
    ("ratio", Number),
    ("tags", Texts(true)),
    ("labels", Texts(false)),
    ("settings", Lists),
    ("owner", Object(ITEM)),
    ("items", Objects(ITEM)),
    ("rules", Objects(RULE)),
];

/// Returns the JSON of the typed value: the known properties, with an empty
/// value for each required one that is null or missing.
fn typed(raw: &Value, known: &[(&str, Known)]) -> Value {
    let mut object = Map::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for (name, kind) in known {
        let value = &raw[*name];
        let read = match kind {
            Text => Some(json!(value.as_str().unwrap_or_default())),
            Flag => Some(json!(value.as_bool().unwrap_or_default())),
            Number => (!value.is_null()).then(|| value.clone()),
            Texts(required) => {
                let texts = list(value);
                (*required || !texts.is_empty()).then(|| texts.into())
            }
            Lists => {
                let lists = value.as_object().cloned().unwrap_or_default();
                let lists: Map<_, _> = lists
                    .iter()
                    .map(|(key, value)| (key.clone(), list(value).into()))
                    .collect();
                (!lists.is_empty()).then(|| lists.into())
            }
            Object(known) => value.is_object().then(|| typed(value, known)),
            Objects(known) => Some(
                list(value)
                    .iter()
                    .map(|value| typed(value, known))
                    .collect(),
            ),
        };
        if let Some(read) = read {
            object.insert((*name).to_owned(), read);
        }
    }
    object.into()
}

/// A change by the closure, if it has an effect. `u8`s are names.
#[derive(Debug, Clone)]
enum Change {
    Name(u8),
    Ratio(u8),
    AddText(&'static str, u8),
    RemoveText(&'static str, u8),
    RenameText(&'static str, u8),
    Clear(&'static str),
    Setting(u8, u8),
    RemoveSetting(u8),
    Owner(u8),
    RemoveOwner,
    Switch(u8),
    Note(u8, u8),
    RemoveNotes(u8),
    AddItem(u8, usize),
    RemoveItem(u8),
    MoveItem(u8, usize),
    AddRule(u8, usize),
    RemoveRule(u8),
    Action(u8, u8),
}

fn any_changes() -> impl Strategy<Value = Vec<Change>> {
    let changes = vec(any_change(), 1..4);
    changes.prop_filter("a rule is replaced", |changes| {
        !Change::replaces_a_rule(changes)
    })
}

fn any_change() -> impl Strategy<Value = Change> {
    use Change::*;
    let list = || select(vec!["tags", "labels"]);
    prop_oneof![
        any::<u8>().prop_map(Name),
        any::<u8>().prop_map(Ratio),
        (list(), any::<u8>()).prop_map(|(list, text)| AddText(list, text)),
        (list(), 0..6_u8).prop_map(|(list, text)| RemoveText(list, text)),
        (list(), 0..6_u8).prop_map(|(list, text)| RenameText(list, text)),
        list().prop_map(Clear),
        (0..4_u8, any::<u8>()).prop_map(|(key, text)| Setting(key, text)),
        (0..4_u8).prop_map(RemoveSetting),
        any::<u8>().prop_map(Owner),
        Just(RemoveOwner),
        (0..6_u8).prop_map(Switch),
        (0..6_u8, any::<u8>()).prop_map(|(item, text)| Note(item, text)),
        (0..6_u8).prop_map(RemoveNotes),
        (any::<u8>(), 0..6_usize).prop_map(|(item, place)| AddItem(item, place)),
        (0..6_u8).prop_map(RemoveItem),
        (0..6_u8, 0..6_usize).prop_map(|(item, place)| MoveItem(item, place)),
        (any::<u8>(), 0..6_usize).prop_map(|(rule, place)| AddRule(rule, place)),
        (0..6_u8).prop_map(RemoveRule),
        (0..6_u8, any::<u8>()).prop_map(|(rule, text)| Action(rule, text)),
    ]
}

fn array<'a>(value: &'a mut Value, name: &str) -> &'a mut Vec<Value> {
    let object = value.as_object_mut().unwrap();
    let array = object.entry(name).or_insert_with(|| json!([]));
    array.as_array_mut().unwrap()
}

/// Returns the index of the item or rule with this name.
fn place(objects: &[Value], name: u8) -> Option<usize> {
    let is_it = |object: &Value| {
        ["_id", "key"].iter().any(|id| object[*id] == name)
            || object["effect"] == format!("rule {name}")
    };
    objects.iter().position(is_it)
}

impl Change {
    /// Makes the change for a writer. Additions have the writer's name.
    fn make(&self, value: &mut Value, writer: &str) {
        let own = |text: &u8| json!(format!("{writer} {text}"));
        match self {
            Self::Name(text) => value["name"] = own(text),
            Self::Ratio(number) => value["ratio"] = json!(f64::from(*number) + 0.1),
            Self::AddText(list, text) => array(value, list).push(own(text)),
            Self::RemoveText(list, text) => {
                let (texts, text) = (array(value, list), text.to_string());
                if let Some(place) = texts.iter().position(|other| *other == text) {
                    texts.remove(place);
                }
            }
            Self::RenameText(list, text) => {
                let (mut texts, name) = (array(value, list).iter_mut(), text.to_string());
                if let Some(found) = texts.find(|other| **other == name) {
                    *found = own(text);
                }
            }
            Self::Clear(list) => array(value, list).clear(),
            Self::Setting(key, text) => value["settings"][key.to_string()] = json!([own(text)]),
            Self::RemoveSetting(key) => {
                if let Some(settings) = value["settings"].as_object_mut() {
                    settings.remove(&key.to_string());
                }
            }
            Self::Owner(id) => value["owner"] = json!({"_id": id, "on": true}),
            Self::RemoveOwner => drop(value.as_object_mut().unwrap().remove("owner")),
            Self::Switch(item) => {
                let items = array(value, "items");
                if let Some(place) = place(items, *item) {
                    items[place]["on"] = json!(true);
                }
            }
            Self::Note(item, text) => {
                let items = array(value, "items");
                if let Some(place) = place(items, *item) {
                    array(&mut items[place], "notes").push(own(text));
                }
            }
            Self::RemoveNotes(item) => {
                let items = array(value, "items");
                if let Some(place) = place(items, *item) {
                    array(&mut items[place], "notes").clear();
                }
            }
            Self::AddItem(item, place) => {
                let items = array(value, "items");
                items.insert(
                    *place.min(&items.len()),
                    json!({"key": own(item), "on": false}),
                );
            }
            Self::RemoveItem(item) => {
                let items = array(value, "items");
                if let Some(place) = place(items, *item) {
                    items.remove(place);
                }
            }
            Self::MoveItem(item, to) => {
                let items = array(value, "items");
                if let Some(place) = place(items, *item) {
                    let item = items.remove(place);
                    items.insert(*to.min(&items.len()), item);
                }
            }
            Self::AddRule(rule, place) => {
                let rules = array(value, "rules");
                let rule = json!({"effect": own(rule), "actions": []});
                rules.insert(*place.min(&rules.len()), rule);
            }
            Self::RemoveRule(rule) => {
                let rules = array(value, "rules");
                if let Some(place) = place(rules, *rule) {
                    rules.remove(place);
                }
            }
            Self::Action(rule, text) => {
                let rules = array(value, "rules");
                if let Some(place) = place(rules, *rule) {
                    array(&mut rules[place], "actions").push(own(text));
                }
            }
        }
        // Optional empty values are encoded like by the generated types.
        *value = typed(value, RESOURCE);
    }

    /// Whether a writer with these changes could replace a rule by a new one.
    /// Rules have no identity, so it would be the same rule.
    fn replaces_a_rule(changes: &[Self]) -> bool {
        let has = |is: fn(&Self) -> bool| changes.iter().any(is);
        has(|change| matches!(change, Self::AddRule(..)))
            && has(|change| matches!(change, Self::RemoveRule(_)))
    }

    /// Whether the change adds a property that the document lacks, the one case
    /// in which two writers can overwrite each other.
    fn adds_to_nothing(&self, raw: &Value) -> bool {
        match self {
            Self::AddText(list, _) => raw.get(*list).is_none(),
            Self::Setting(..) => raw.get("settings").is_none(),
            Self::AddItem(..) => raw.get("items").is_none(),
            Self::AddRule(..) => raw.get("rules").is_none(),
            Self::Action(rule, _) => {
                let rules = raw["rules"].as_array().map_or(&[][..], Vec::as_slice);
                place(rules, *rule).is_some_and(|rule| rules[rule].get("actions").is_none())
            }
            Self::Note(item, _) => {
                let items = raw["items"].as_array().map_or(&[][..], Vec::as_slice);
                place(items, *item).is_some_and(|item| items[item].get("notes").is_none())
            }
            _ => false,
        }
    }
}

/// A value, null, or nothing.
fn or_nothing(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![8 => value.prop_map(Some), 1 => Just(Some(Value::Null)), 1 => Just(None)]
}

fn texts() -> impl Strategy<Value = Value> {
    vec(0..6_u8, 0..6).prop_map(|texts| texts.iter().map(u8::to_string).collect())
}

fn object(members: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let members = members.into_iter();
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect())
}

/// Elements with different names, each with an unknown property.
fn items() -> impl Strategy<Value = Value> {
    let names = Just((0..6_u8).collect::<Vec<_>>()).prop_shuffle();
    let item = (
        any::<bool>(),
        or_nothing(any::<bool>().prop_map(Value::from)),
        or_nothing(texts()),
    );
    (names, vec(item, 0..6)).prop_map(|(names, items)| {
        let items = names.into_iter().zip(items);
        let items = items.map(|(name, (has_id, on, notes))| {
            let id = if has_id { "_id" } else { "key" };
            let unknown = Some(json!({"of": name, "list": [1]}));
            object([
                (id, Some(json!(name))),
                ("on", on),
                ("notes", notes),
                ("unknown", unknown),
            ])
        });
        items.collect()
    })
}

fn rules() -> impl Strategy<Value = Value> {
    let names = Just((0..6_u8).collect::<Vec<_>>()).prop_shuffle();
    (names, vec(or_nothing(texts()), 0..6)).prop_map(|(names, rules)| {
        let rules = names.into_iter().zip(rules).map(|(name, actions)| {
            let effect = Some(json!(format!("rule {name}")));
            let unknown = Some(json!({"of": name}));
            object([
                ("effect", effect),
                ("actions", actions),
                ("unknown", unknown),
            ])
        });
        rules.collect()
    })
}

fn any_document() -> impl Strategy<Value = Value> {
    let settings = proptest::collection::btree_map(0..4_u8, texts(), 0..4).prop_map(|settings| {
        let named: BTreeMap<String, Value> = settings
            .into_iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect();
        json!(named)
    });
    let owner = Just(json!({"_id": 7, "notes": null, "unknown": {"of": 7}}));
    let members = (
        or_nothing(Just(json!("name"))),
        or_nothing(Just(json!(0.1))),
        or_nothing(texts()),
        or_nothing(texts()),
        or_nothing(settings),
        or_nothing(owner),
        or_nothing(items()),
        or_nothing(rules()),
    );
    (any::<bool>(), members).prop_map(
        |(has_version, (name, ratio, tags, labels, settings, owner, items, rules))| {
            object([
                ("_version", has_version.then(|| json!(1))),
                ("name", name),
                ("ratio", ratio),
                ("tags", tags),
                ("labels", labels),
                ("settings", settings),
                ("owner", owner),
                ("items", items),
                ("rules", rules),
                ("unknown", Some(json!({"of": "all"}))),
            ])
        },
    )
}

/// A server with one resource.
struct Server {
    document: RefCell<Value>,
    /// The response to patches that fail.
    refusal: (u16, &'static str),
}

impl Server {
    fn read(&self) -> ResponseValue<Value> {
        let raw = self.document.borrow();
        ResponseValue::new(typed(&raw, RESOURCE), StatusCode::OK, HeaderMap::new())
            .with_body(Bytes::from(raw.to_string()))
    }

    fn patch(&self, patch: JsonPatch) -> Result<ResponseValue<Value>, Error> {
        let patch = serde_json::to_value(patch.operations()).unwrap();
        let mut document = self.document.borrow_mut();
        if rfc6902::apply(&mut document, &patch).is_err() {
            let (status, code) = self.refusal;
            return Err(Error::unsuccessful(
                &operations::PATCH_FEATURE_FLAG,
                StatusCode::from_u16(status).unwrap(),
                HeaderMap::new(),
                Bytes::from(json!({"code": code, "message": "no"}).to_string()),
                &Secrets::default(),
            ));
        }
        if let Some(version) = document["_version"].as_u64() {
            document["_version"] = json!(version + 1);
        }
        drop(document);
        Ok(self.read())
    }
}

/// Changes the resource by a writer that pauses before each of its requests.
async fn write(server: Rc<Server>, writer: &str, changes: &[Change], pauses: Vec<u8>) -> Value {
    let pauses = RefCell::new(pauses.into_iter());
    let pause = async || {
        let turns = pauses.borrow_mut().next().unwrap_or_default();
        for _ in 0..turns {
            yield_now().await;
        }
    };
    let modified = modify(
        async || {
            pause().await;
            Ok(server.read())
        },
        |value| changes.iter().for_each(|change| change.make(value, writer)),
        async |patch: JsonPatch| {
            pause().await;
            server.patch(patch)
        },
    );
    modified.await.unwrap()
}

/// Returns the changes that have an effect.
fn with_effect(raw: &Value, changes: Vec<Change>, writer: &str) -> Vec<Change> {
    let mut value = typed(raw, RESOURCE);
    let has_effect = |change: &Change| {
        let before = value.clone();
        change.make(&mut value, writer);
        value != before
    };
    changes.into_iter().filter(has_effect).collect()
}

/// Applies the changes of one writer, then those of the other.
fn in_turn(raw: &Value, first: (&str, &[Change]), second: (&str, &[Change])) -> Value {
    let mut value = typed(raw, RESOURCE);
    for (writer, changes) in [first, second] {
        changes
            .iter()
            .for_each(|change| change.make(&mut value, writer));
    }
    value
}

/// Returns the value without its version and, if the writers did not wait for
/// each other, with sorted arrays.
fn comparable(value: &Value, is_ordered: bool) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "_version");
            let members =
                members.map(|(name, value)| (name.clone(), comparable(value, is_ordered)));
            Value::Object(members.collect())
        }
        Value::Array(elements) => {
            let elements = elements.iter().map(|value| comparable(value, is_ordered));
            let mut elements: Vec<Value> = elements.collect();
            if !is_ordered {
                elements.sort_by_key(Value::to_string);
            }
            elements.into()
        }
        other => other.clone(),
    }
}

/// Returns the unknown property of each object, by the index or name of the
/// object.
fn unknown(raw: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::from([("all".to_owned(), raw["unknown"].clone())]);
    for (list, id) in [("items", "_id"), ("items", "key"), ("rules", "effect")] {
        for object in raw[list].as_array().into_iter().flatten() {
            if let Some(name) = object.get(id) {
                found.insert(format!("{list} {name}"), object["unknown"].clone());
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn two_writers_lose_no_update_and_unknown_properties_keep_their_element(
        raw in any_document(),
        one in any_changes(),
        other in any_changes(),
        pauses in [vec(0..3_u8, 8), vec(0..3_u8, 8)],
        refusal in select(vec![
            (422, "patch_failed"), (409, "optimistic_locking_error"), (400, "invalid_request"), (412, ""),
        ]),
    ) {
        let is_versioned = raw.get("_version").is_some();
        let (mut one, mut other) = (one, other);
        if !is_versioned {
            // A change without effect has no operation and no test in the
            // patch.
            one = with_effect(&raw, one, "one");
            other = with_effect(&raw, other, "other");
            other.retain(|change| !change.adds_to_nothing(&raw));
        }
        let server = Rc::new(Server { document: RefCell::new(raw.clone()), refusal });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let [first, second] = pauses;
        runtime.block_on(async {
            tokio::join!(
                write(Rc::clone(&server), "one", &one, first),
                write(Rc::clone(&server), "other", &other, second),
            )
        });

        let end = server.document.borrow();
        let found = comparable(&typed(&end, RESOURCE), is_versioned);
        let (one, other) = (("one", one.as_slice()), ("other", other.as_slice()));
        let expected = [in_turn(&raw, one, other), in_turn(&raw, other, one)]
            .map(|value| comparable(&value, is_versioned));
        prop_assert!(expected.contains(&found), "{end}\nis neither of\n{}\n{}", expected[0], expected[1]);

        let before = unknown(&raw);
        for (owner, property) in unknown(&end) {
            let expected = before.get(&owner).cloned().unwrap_or_default();
            prop_assert_eq!(property, expected, "{}", owner);
        }
    }

    #[test]
    fn one_change_is_one_operation_and_its_tests(raw in any_document(), change in any_change()) {
        let before = Before { typed: typed(&raw, RESOURCE), raw: raw.clone() };
        let mut after = before.typed.clone();
        change.make(&mut after, "one");
        let patch = before.patch(&after);
        prop_assert_eq!(patch.is_none(), after == before.typed);
        let Some(patch) = patch else { return Ok(()) };
        let operations: Value = serde_json::to_value(patch.operations()).unwrap();
        let of_kind = |is_test: bool| {
            let operations = operations.as_array().unwrap().iter();
            operations.filter(|operation| (operation["op"] == "test") == is_test).count()
        };
        // The owner is replaced property by property.
        let most = if matches!(change, Change::Owner(_)) { 3 } else { 1 };
        prop_assert!(of_kind(false) <= most, "{}", operations);
        let most = if raw.get("_version").is_some() { 1 } else { 3 };
        prop_assert!(of_kind(true) <= most, "{}", operations);
        let mut changed = raw;
        rfc6902::apply(&mut changed, &operations).unwrap();
        prop_assert_eq!(typed(&changed, RESOURCE), after);
    }
}
