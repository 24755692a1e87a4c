//! Owns what stands on one customer's timeline and the order it stands in, also while older entries are still coming. Does
//! not fold, wrap or page (the pane does).
//!
//! Invariant: entries are in order and none stands twice, so a place is found by halving.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::Timestamp;

use super::{
    Attachment, Channel, Conversation, ConversationId, CustomerId, Direction, DraftId, Guarded, Kobject, MessageId,
    NoteId, Text, UserId,
};

/// Who wrote something, as far as the desk tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorKind {
    /// The customer.
    Customer,
    /// A person of the org.
    Person,
    /// A machine user: an integration, an API key.
    Machine,
    /// A rule of the desk: sent without anybody's hand.
    Rule,
    /// The desk's AI agent: sent without anybody's hand where one is at work.
    Ai,
}

/// A message, in or out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Which conversation it belongs to.
    pub conversation: Option<ConversationId>,
    /// The channel it used.
    pub channel: Channel,
    /// Whose words.
    pub direction: Direction,
    /// The subject, for e-mail.
    pub subject: Option<Text>,
    /// The words: plain text, Markdown or HTML, as they came.
    pub body: Text,
    /// The sender's address, where the channel has one.
    pub from: Option<Guarded>,
    /// When it was sent (or, failing that, recorded).
    pub at: Option<Timestamp>,
    /// The user who wrote it, for outbound messages.
    pub by: Option<UserId>,
    /// Whether an automation sent it.
    pub auto: bool,
    /// Why delivery failed, if it did.
    pub error: Option<Text>,
    /// Its files, without an address to get them from. A file of which only the id is known is called `attachment`.
    pub attachments: Vec<Attachment>,
    /// -1, 0, 1 where the desk judged the mood.
    pub sentiment: Option<i8>,
    /// Whether words or files of it were removed for good (Kustomer API reference 12.1).
    pub redacted: bool,
    /// When somebody last changed it after it was made.
    pub edited: Option<Timestamp>,
}

/// An internal note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Which conversation it belongs to.
    pub conversation: Option<ConversationId>,
    /// The words.
    pub body: Text,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// Who wrote it.
    pub by: Option<UserId>,
    /// The caller's own id for it; proposals put theirs here so that an unclear write can be found again.
    pub external_id: Option<Text>,
    /// When somebody last changed it after it was written.
    pub edited: Option<Timestamp>,
}

/// A reply that has not been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Whom it is for.
    pub customer: Option<CustomerId>,
    /// Which conversation it answers.
    pub conversation: Option<ConversationId>,
    /// The channel it would use.
    pub channel: Channel,
    /// `draft`, `scheduled` …, as the desk has it.
    pub status: String,
    /// Whom it names; none where the desk takes the conversation's own.
    pub to: Vec<Guarded>,
    /// The subject, for e-mail.
    pub subject: Option<Text>,
    /// The words.
    pub body: Text,
    /// When the desk will send it, if it is scheduled.
    pub send_at: Option<Timestamp>,
    /// When it was written or last changed.
    pub at: Option<Timestamp>,
    /// Who wrote it.
    pub by: Option<UserId>,
}

/// Something that happened to a conversation: who changed which attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id; empty where the desk tells none.
    pub id: String,
    /// Which conversation it happened to.
    pub conversation: Option<ConversationId>,
    /// When.
    pub at: Option<Timestamp>,
    /// Who did it.
    pub by: Option<UserId>,
    /// One line a change: attribute, before, after.
    pub changes: Vec<(Text, Text, Text)>,
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A message.
    Message(Message),
    /// A note.
    Note(Note),
    /// A draft.
    Draft(Draft),
    /// A KObject, at the time it was last changed.
    Kobject(Kobject),
    /// A change of a conversation.
    Event(Event),
}

impl Item {
    /// When it stands on the timeline.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Message(message) => message.at,
            Self::Note(note) => note.at,
            Self::Draft(draft) => draft.at,
            Self::Kobject(kobject) => kobject.updated.or(kobject.created),
            Self::Event(event) => event.at,
        }
    }

    /// The conversation it belongs to.
    pub fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Message(message) => message.conversation.as_ref(),
            Self::Note(note) => note.conversation.as_ref(),
            Self::Draft(draft) => draft.conversation.as_ref(),
            Self::Kobject(_) => None,
            Self::Event(event) => event.conversation.as_ref(),
        }
    }

    /// Who wrote it, for what a person wrote or a machine did; messages of the customer have nobody.
    pub fn by(&self) -> Option<&UserId> {
        match self {
            Self::Message(message) => message.by.as_ref(),
            Self::Note(note) => note.by.as_ref(),
            Self::Draft(draft) => draft.by.as_ref(),
            Self::Kobject(_) => None,
            Self::Event(event) => event.by.as_ref(),
        }
    }

    /// Where it stands: the same after more entries came.
    pub fn place(&self) -> Place {
        let (at, kind, id) = self.order();
        Place { at, kind, id: id.to_owned() }
    }

    /// By time, then by kind and the desk's id, so that equal times do not dance.
    fn order(&self) -> (Option<Timestamp>, u8, &str) {
        let (kind, id) = match self {
            Self::Message(message) => (0, message.id.as_str()),
            Self::Note(note) => (1, note.id.as_str()),
            Self::Draft(draft) => (2, draft.id.as_str()),
            Self::Kobject(kobject) => (3, kobject.id.as_str()),
            Self::Event(event) => (4, event.id.as_str()),
        };
        (self.at(), kind, id)
    }
}

/// Where an entry stands on its timeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    at: Option<Timestamp>,
    kind: u8,
    id: String,
}

/// A conversation as far as a timeline tells about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its record.
    pub conversation: Conversation,
    /// Whether the desk's AI agent is at work in it (Kustomer API reference 10.3, `aiAgent`).
    pub ai: bool,
}

/// What of a timeline has not been read yet: the next page of each list, and what is here already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// The next page of messages, from 1.
    pub messages: Option<usize>,
    /// The next page of notes, from 1.
    pub notes: Option<usize>,
    /// Entries read so far.
    pub entries: usize,
    /// Bytes of words read so far.
    pub bytes: usize,
}

/// All channels of one customer, merged: oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The entries, oldest first; entries without a time stand first.
    pub items: Vec<Item>,
    /// What could not be read, in words for the person (`events: the key lacks event.read`).
    pub gaps: Vec<String>,
    /// The conversations its entries belong to, as far as they were read.
    pub threads: BTreeMap<ConversationId, Thread>,
    /// What is still to be read; `None` when everything that will come is here.
    pub rest: Option<Rest>,
}

impl Timeline {
    /// Merges entries into order, each once.
    pub fn merged(mut items: Vec<Item>, gaps: Vec<String>) -> Self {
        items.sort_by(|a, b| a.order().cmp(&b.order()));
        items.dedup_by(|a, b| is_same(a, b));
        Self { items, gaps, ..Self::default() }
    }

    /// Takes a further part in: where both have an entry, the part's is the newer. What is left to read is what the part
    /// says.
    pub fn absorb(&mut self, part: Self) {
        let mut all = Vec::with_capacity(self.items.len() + part.items.len());
        let mut old = std::mem::take(&mut self.items).into_iter().peekable();
        for new in part.items {
            while let Some(item) = old.next_if(|item| item.order() < new.order()) {
                all.push(item);
            }
            old.next_if(|item| is_same(item, &new));
            all.push(new);
        }
        all.extend(old);
        self.items = all;
        for gap in part.gaps {
            if !self.gaps.contains(&gap) {
                self.gaps.push(gap);
            }
        }
        self.threads.extend(part.threads);
        self.rest = part.rest;
    }

    /// Where an entry stands now, or would stand if it has gone.
    pub fn index_of(&self, place: &Place) -> usize {
        let wanted = (place.at, place.kind, place.id.as_str());
        self.items.partition_point(|item| item.order().cmp(&wanted) == Ordering::Less)
    }

    /// The first entry later than this.
    pub fn first_after(&self, at: Timestamp) -> usize {
        self.items.partition_point(|item| item.at().is_none_or(|its| its <= at))
    }

    /// Who wrote an entry. A machine is known by the directory, an AI by the conversation it answers in.
    pub fn author(&self, item: &Item, is_machine: impl Fn(&UserId) -> bool) -> AuthorKind {
        let (inbound, auto) = match item {
            Item::Message(message) => (message.direction == Direction::In, message.auto),
            Item::Note(_) | Item::Draft(_) | Item::Kobject(_) | Item::Event(_) => (false, false),
        };
        let ai = || item.conversation().and_then(|id| self.threads.get(id)).is_some_and(|thread| thread.ai);
        match item.by() {
            _ if inbound => AuthorKind::Customer,
            _ if auto && ai() => AuthorKind::Ai,
            _ if auto => AuthorKind::Rule,
            Some(user) if is_machine(user) => AuthorKind::Machine,
            None if matches!(item, Item::Event(_) | Item::Kobject(_)) => AuthorKind::Rule,
            Some(_) | None => AuthorKind::Person,
        }
    }
}

/// Whether two entries are one record read twice. Those without an id are told apart by all they say.
fn is_same(a: &Item, b: &Item) -> bool {
    let ((_, _, id), same_place) = (a.order(), a.order() == b.order());
    same_place && (!id.is_empty() || a == b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn note(id: u8, second: u8) -> Item {
        Item::Note(Note {
            id: NoteId::new(id.to_string()),
            conversation: None,
            body: Text::from("x"),
            at: Some(Timestamp::from_second(i64::from(second)).expect("a time")),
            by: None,
            external_id: None,
            edited: None,
        })
    }

    fn notes() -> impl Strategy<Value = Vec<Item>> {
        // A record's time follows from its id: the same record never stands in two places.
        prop::collection::vec(any::<u8>().prop_map(|id| note(id, id / 3)), 0..40)
    }

    proptest! {
        #[test]
        fn parts_in_any_order_make_the_timeline_read_at_once(a in notes(), b in notes()) {
            let whole = Timeline::merged([a.clone(), b.clone()].concat(), Vec::new());
            let mut parts = Timeline::merged(a, Vec::new());
            parts.absorb(Timeline::merged(b, Vec::new()));
            prop_assert_eq!(&parts, &whole);
            for (index, item) in whole.items.iter().enumerate() {
                prop_assert_eq!(whole.index_of(&item.place()), index);
            }
        }
    }

    #[test]
    fn what_was_sent_without_a_hand_is_a_rule_or_an_ai() {
        let event = |by: Option<&str>| {
            Item::Event(Event {
                id: String::new(),
                conversation: None,
                at: None,
                by: by.map(UserId::new),
                changes: Vec::new(),
            })
        };
        let timeline = Timeline::default();
        let machine = |user: &UserId| user.as_str() == "m";
        assert_eq!(timeline.author(&event(None), machine), AuthorKind::Rule);
        assert_eq!(timeline.author(&event(Some("m")), machine), AuthorKind::Machine);
        assert_eq!(timeline.author(&event(Some("u")), machine), AuthorKind::Person);
    }
}
