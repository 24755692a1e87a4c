//! Owns what a dialogue has read: which records stood in the answers of its tools, how much of each, whose words they hold.
//! Pure. Does not read anything and judges nothing: who cites what (`sources`) and what followed from what (`taint`) is
//! asked of it.
//!
//! An answer of ours is a tree in which records stand under their kind (`conversation`, `messages`, …) and carry an `id`;
//! `"sparse": true` beside them says that they are rows of a list whose detail was not read. A tool that is made tomorrow is
//! understood as long as it keeps to that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::words::{self, Prints};
use crate::assistant::CallId;

/// Records one dialogue remembers; beyond, an answer adds none.
const MOST: usize = 5_000;
/// Bytes of one record's texts that are looked at.
const TEXT: usize = 64 * 1024;

/// What a record is, by the word citations use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the field's own words")]
pub enum ItemKind {
    Customer,
    Conversation,
    Message,
    Note,
    Draft,
    Kobject,
    Company,
}

impl ItemKind {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Customer, "customer", "customers"),
        (Self::Conversation, "conversation", "conversations"),
        (Self::Message, "message", "messages"),
        (Self::Note, "note", "notes"),
        (Self::Draft, "draft", "drafts"),
        (Self::Kobject, "kobject", "kobjects"),
        (Self::Company, "company", "companies"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("record", |(_, word, _)| word)
    }

    /// The kind of this word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, one, _)| *one == word).map(|(kind, ..)| *kind)
    }

    fn by_field(field: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, one, many)| *one == field || *many == field).map(|(kind, ..)| *kind)
    }
}

/// One record of the desk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its id.
    pub id: String,
}

/// How much of a record was in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// A row of a list, or what stands on the person's screen.
    Listed,
    /// Itself.
    Read,
}

/// Whose words a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The customer's.
    Customer,
    /// Somebody else's: people of the org, machines, imports.
    Others,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Which.
    pub item: Item,
    /// How much of it.
    pub depth: Depth,
    /// Whose words it holds.
    pub whose: Whose,
    /// What it is called, veiled; may be empty.
    pub title: String,
    /// When it was written, as the desk says.
    pub at: Option<String>,
    /// The conversation it stands in (itself, for a conversation).
    pub conversation: Option<String>,
    /// The customer it belongs to (itself, for a customer).
    pub customer: Option<String>,
    /// The klass, for a KObject.
    pub klass: Option<String>,
    /// The call that brought it last; `None` for what was on screen.
    pub call: Option<CallId>,
    /// Its words, to know them again.
    pub(super) prints: Prints,
}

/// All a dialogue has read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Evidence {
    items: BTreeMap<Item, Seen>,
    /// In the order they were brought last, oldest first.
    order: Vec<Item>,
    /// Hosts of web addresses that stood in answers, on screen or in what the person typed.
    hosts: BTreeSet<String>,
}

/// What is known of the surroundings while a tree is walked.
#[derive(Clone, Default)]
struct Around {
    sparse: bool,
    conversation: Option<String>,
    customer: Option<String>,
    klass: Option<String>,
    call: Option<CallId>,
}

impl Evidence {
    /// What stands on the person's screen: named, not read.
    pub(super) fn on_screen(&mut self, context: &Value) {
        self.hosts.extend(hosts_of(context));
        self.walk(context, &Around { sparse: true, ..Around::default() });
    }

    /// What the person typed: their words vouch for an address.
    pub(super) fn typed(&mut self, words: &str) {
        self.hosts.extend(hosts(words));
    }

    /// The answer of a call.
    pub(super) fn answered(&mut self, call: CallId, klass: Option<&str>, value: &Value) {
        self.hosts.extend(hosts_of(value));
        self.walk(value, &Around { call: Some(call), klass: klass.map(str::to_owned), ..Around::default() });
    }

    /// One record, if it was read.
    pub(super) fn get(&self, item: &Item) -> Option<&Seen> {
        self.items.get(item)
    }

    /// All records, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Seen> {
        self.order.iter().rev().filter_map(|item| self.items.get(item))
    }

    /// Whether a host stood in the conversation.
    pub(super) fn knows_host(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }

    fn walk(&mut self, value: &Value, around: &Around) {
        match value {
            Value::Object(fields) => {
                let around = inside(fields, around);
                for (name, value) in fields {
                    match ItemKind::by_field(name) {
                        Some(kind) => self.records(kind, value, &around),
                        None => self.walk(value, &around),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, around)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn records(&mut self, kind: ItemKind, value: &Value, around: &Around) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.records(kind, item, around)),
            Value::Object(fields) => {
                if let Some(id) = word(fields, "id") {
                    self.keep(seen(Item { kind, id }, fields, around));
                }
                self.walk(value, around);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// A record read in full stays read when a list names it again.
    fn keep(&mut self, seen: Seen) {
        if self.items.len() >= MOST && !self.items.contains_key(&seen.item) {
            return;
        }
        self.order.retain(|item| *item != seen.item);
        self.order.push(seen.item.clone());
        match self.items.get_mut(&seen.item) {
            Some(old) if old.depth > seen.depth => old.call = seen.call.or(old.call),
            Some(old) => {
                let (conversation, customer) = (old.conversation.take(), old.customer.take());
                *old = seen;
                old.conversation = old.conversation.take().or(conversation);
                old.customer = old.customer.take().or(customer);
            }
            None => drop(self.items.insert(seen.item.clone(), seen)),
        }
    }
}

/// What the fields of an object say about everything in it.
fn inside(fields: &Map<String, Value>, around: &Around) -> Around {
    let of = |parent: &str, field: &str| fields.get(parent)?.as_object().and_then(|parent| word(parent, field));
    Around {
        sparse: around.sparse || fields.get("sparse").is_some_and(|sparse| *sparse == Value::Bool(true)),
        conversation: of("conversation", "id").or_else(|| around.conversation.clone()),
        customer: of("customer", "id")
            .or_else(|| of("conversation", "customer_id"))
            .or_else(|| around.customer.clone()),
        klass: word(fields, "klass").or_else(|| around.klass.clone()),
        call: around.call,
    }
}

fn seen(item: Item, fields: &Map<String, Value>, around: &Around) -> Seen {
    let own = |kind| (item.kind == kind).then(|| item.id.clone());
    let from = ["direction", "last_message_from"].iter().find_map(|field| fields.get(*field)?.as_str());
    let is_talk = matches!(item.kind, ItemKind::Message | ItemKind::Conversation);
    let whose = if is_talk && from != Some("out") { Whose::Customer } else { Whose::Others };
    Seen {
        depth: if around.sparse { Depth::Listed } else { Depth::Read },
        whose,
        title: ["subject", "name", "title"].iter().find_map(|field| word(fields, field)).unwrap_or_default(),
        at: ["at", "updated_at", "created_at"].iter().find_map(|field| word(fields, field)),
        conversation: own(ItemKind::Conversation)
            .or_else(|| word(fields, "conversation_id"))
            .or_else(|| around.conversation.clone()),
        customer: own(ItemKind::Customer).or_else(|| word(fields, "customer_id")).or_else(|| around.customer.clone()),
        klass: word(fields, "klass").or_else(|| around.klass.clone()).filter(|_| item.kind == ItemKind::Kobject),
        call: around.call,
        prints: Prints::of(texts(fields)),
        item,
    }
}

fn word(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().filter(|word| !word.is_empty()).map(str::to_owned)
}

/// The texts of a record that somebody wrote: not its ids, times and words of the API, and not those of records inside it.
fn texts(fields: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let mut all = Vec::new();
    let mut room = TEXT;
    for (name, value) in fields {
        let is_machinery = MACHINERY.contains(&name.as_str()) || name.ends_with("_id") || name.ends_with("_at");
        if !is_machinery && ItemKind::by_field(name).is_none() {
            gather(value, &mut room, &mut all);
        }
    }
    all.into_iter()
}

const MACHINERY: [&str; 10] =
    ["id", "status", "channel", "direction", "at", "sla", "last_message_from", "note", "type", "priority"];

fn gather<'v>(value: &'v Value, room: &mut usize, all: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.len() <= *room => {
            *room -= text.len();
            all.push(text);
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, room, all)),
        Value::Object(fields) => fields.values().for_each(|value| gather(value, room, all)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hosts_of(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => hosts(text).collect(),
        Value::Array(items) => items.iter().flat_map(hosts_of).collect(),
        Value::Object(fields) => fields.values().flat_map(hosts_of).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => BTreeSet::new(),
    }
}

fn hosts(text: &str) -> impl Iterator<Item = String> + '_ {
    words::addresses(text).map(|(_, host)| host)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(kind: ItemKind, id: &str) -> Item {
        Item { kind, id: id.to_owned() }
    }

    fn read(value: &Value) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.answered(CallId(1), None, value);
        evidence
    }

    #[test]
    fn rows_of_a_list_are_listed_and_what_was_opened_is_read() {
        let mut evidence = read(&json!({"conversations": [
            {"id": "c1", "customer_id": "u1", "subject": "Late parcel", "last_message": "where is it"},
            {"id": "c2", "customer_id": "u1", "subject": "Refund"}], "sparse": true}));
        evidence.answered(
            CallId(2),
            None,
            &json!({"conversation": {"id": "c1", "customer_id": "u1", "subject": "Late parcel"},
            "messages": [{"id": "m1", "direction": "in", "text": "Where is my parcel?"},
                {"id": "m2", "direction": "out", "text": "On its way."}]}),
        );
        let depth = |kind, id| evidence.get(&item(kind, id)).map(|seen| seen.depth);
        assert_eq!(depth(ItemKind::Conversation, "c1"), Some(Depth::Read));
        assert_eq!(depth(ItemKind::Conversation, "c2"), Some(Depth::Listed));
        assert_eq!(depth(ItemKind::Message, "c1"), None);
        let message = evidence.get(&item(ItemKind::Message, "m1")).expect("read");
        assert_eq!((message.conversation.as_deref(), message.customer.as_deref()), (Some("c1"), Some("u1")));
        let whose: Vec<Whose> =
            ["m1", "m2"].iter().filter_map(|id| Some(evidence.get(&item(ItemKind::Message, id))?.whose)).collect();
        assert_eq!(whose, [Whose::Customer, Whose::Others]);
        let newest: Vec<&str> = evidence.newest().map(|seen| seen.item.id.as_str()).collect();
        assert_eq!(newest[..2], ["m2", "m1"]);
    }

    #[test]
    fn what_was_read_stays_read_when_a_list_names_it_again() {
        let mut evidence = read(&json!({"customer": {"id": "u1", "name": "Mara Quill"}}));
        evidence.answered(CallId(2), None, &json!({"customers": [{"id": "u1", "name": "Mara Quill"}], "sparse": true}));
        let seen = evidence.get(&item(ItemKind::Customer, "u1")).expect("seen");
        assert_eq!((seen.depth, seen.call), (Depth::Read, Some(CallId(2))));
    }

    #[test]
    fn the_screen_names_and_the_person_vouches_for_addresses() {
        let mut evidence = Evidence::default();
        evidence.on_screen(&json!({"conversation": {"id": "c9", "subject": "see https://shop.example/x"}}));
        evidence.typed("compare with http://Status.example:8080/now");
        assert_eq!(evidence.get(&item(ItemKind::Conversation, "c9")).map(|seen| seen.depth), Some(Depth::Listed));
        let known = ["shop.example", "status.example", "evil.example"].map(|host| evidence.knows_host(host));
        assert_eq!(known, [true, true, false]);
    }

    #[test]
    fn odd_trees_do_no_harm() {
        let evidence =
            read(&json!({"messages": [[{"id": 7}, {"id": ""}, null]], "conversation": "c1", "kobjects": {"x": 1}}));
        assert_eq!(evidence.newest().count(), 0);
    }
}
