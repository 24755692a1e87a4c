//! Owns one field of a form: what the desk has, what was typed, what is wrong with it, and what stands against it when the desk
//! moved meanwhile. Knows its attribute, not the form.
//!
//! Invariant: a masked value is never edited, only replaced whole, and what the mask shows is never sent.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{
    entry::Entry,
    value::{Place, Reading, read, words_of},
};
use crate::{
    console::{
        keymap::Key,
        widgets::{composer::Composer, input::Input},
    },
    domain::{Attribute, AttributeKind, FieldValue, Guarded},
    privacy::text,
};

/// From so many characters on a line is given several rows.
const LONG: usize = 1_000;
/// The longest text that is edited here; a longer one is left as it is.
const LONGEST: usize = 60_000;
/// What stands for a sensitive value.
const KEPT_BACK: &str = "********";

impl Entry {
    /// For an attribute with this value.
    fn of(place: Place, attribute: &Attribute, base: Option<&FieldValue>, zone: &TimeZone) -> Self {
        let open = match base {
            Some(FieldValue::Guarded(Guarded::Masked(shown))) => return Self::Masked(shown.line().into_string()),
            Some(FieldValue::Guarded(Guarded::Revealed(_))) => return Self::Masked(KEPT_BACK.to_owned()),
            Some(FieldValue::Open(value)) if attribute.sensitive && !value.is_null() => {
                return Self::Masked(KEPT_BACK.to_owned());
            }
            Some(FieldValue::Open(value)) => value,
            None => &Value::Null,
        };
        let words = words_of(attribute, open, zone).filter(|words| words.len() <= LONGEST);
        let Some(words) = words.filter(|_| place != Place::Custom || attribute.kind != AttributeKind::Unknown) else {
            let json = if open.is_null() { String::new() } else { open.to_string() };
            return Self::Fixed(json.chars().take(LONG).collect());
        };
        let is_long = words.contains('\n') || words.len() > LONG;
        match attribute.kind {
            _ if place == Place::Description || is_long => Self::Words(Box::new(Composer::with(&words))),
            AttributeKind::Txt if place == Place::Custom => Self::Words(Box::new(Composer::with(&words))),
            AttributeKind::Bool if open.is_boolean() || open.is_null() => Self::Flag(open.as_bool()),
            _ if !attribute.enumeration.is_empty() => Self::Choice(words),
            _ => Self::Line(Input::with(&words)),
        }
    }
}

/// One of the three sides of what moved at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What was typed here.
    Mine,
    /// What the desk has now.
    Theirs,
    /// What both began with.
    Base,
}

/// What the desk has now in place of what was edited; maybe nothing.
#[derive(Clone, Debug)]
struct Newer(Option<FieldValue>);

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Which attribute of the record it is.
    pub place: Place,
    /// What metadata says of it.
    pub attribute: Attribute,
    /// How it is filled in.
    pub entry: Entry,
    /// The name of the record that was chosen for an id.
    pub names: Option<String>,
    /// What the desk had when it was read last.
    base: Option<FieldValue>,
    /// What the entry began with.
    first: String,
    /// A mask is being replaced.
    replaces: bool,
    /// What the desk has now, where it moved away from `base` under what was typed.
    theirs: Option<Newer>,
    /// Metadata does not describe it any more.
    gone: bool,
}

impl Field {
    /// A field nobody touched.
    pub fn new(place: Place, attribute: Attribute, base: Option<FieldValue>, zone: &TimeZone) -> Self {
        let entry = Entry::of(place, &attribute, base.as_ref(), zone);
        let first = entry.words();
        Self { place, attribute, entry, names: None, base, first, replaces: false, theirs: None, gone: false }
    }

    /// By what it is kept and found again.
    pub fn key(&self) -> String {
        match self.place {
            Place::Custom => format!("custom.{}", self.attribute.name),
            Place::Title | Place::ExternalId | Place::Description => self.attribute.name.clone(),
        }
    }

    /// Its label, safe to show.
    pub fn label(&self) -> String {
        let label = self.attribute.label.line().into_string();
        if label.trim().is_empty() { text::line(&self.attribute.name).into_string() } else { label }
    }

    /// Whether a person changed what stands in it.
    pub fn is_touched(&self) -> bool {
        self.replaces || !self.is_closed() && self.entry.words() != self.first
    }

    /// Whether nothing can be typed into it as it is.
    pub fn is_closed(&self) -> bool {
        matches!(self.entry, Entry::Masked(_) | Entry::Fixed(_))
    }

    /// Whether a mask is being replaced.
    pub fn replaces(&self) -> bool {
        self.replaces
    }

    /// Whether the desk moved under what was typed, and nobody chose yet.
    pub fn is_torn(&self) -> bool {
        self.theirs.is_some()
    }

    /// What the entry began with, as it is kept.
    pub fn first(&self) -> &str {
        &self.first
    }

    /// What the desk had when it was read last.
    pub fn into_base(self) -> Option<FieldValue> {
        self.base
    }

    /// Whether its ids are a list.
    pub fn is_many(&self) -> bool {
        matches!(&self.base, Some(FieldValue::Open(Value::Array(_)))) || self.entry.words().contains(',')
    }

    /// What would be sent.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self, reading: Reading<'_>) -> Result<Value, String> {
        if self.gone {
            return Err("the desk does not describe this attribute any more".to_owned());
        }
        read(self.place, &self.attribute, &self.entry.words(), self.is_many(), reading)
    }

    /// What is wrong with it as it stands; what nobody touched is only wrong where it has to be there.
    pub fn wrong(&self, reading: Reading<'_>) -> Option<String> {
        if self.is_torn() {
            return Some("the desk moved it too: choose one of the three".to_owned());
        }
        let has_to_be = self.place == Place::Title && !self.is_closed();
        (self.is_touched() || has_to_be).then(|| self.value(reading).err()).flatten()
    }

    /// What would be sent, where that is something else than the desk has.
    pub fn edit(&self, reading: Reading<'_>) -> Option<Value> {
        let value = self.value(reading).ok().filter(|_| self.is_touched())?;
        let same = match &self.base {
            None => value.is_null(),
            Some(FieldValue::Open(base)) => *base == value,
            Some(FieldValue::Guarded(_)) => false,
        };
        (!same).then_some(value)
    }

    /// Takes a key as text; whether it changed something.
    pub fn type_key(&mut self, key: &Key) -> bool {
        let typed = self.entry.type_key(key, &self.attribute.enumeration);
        if typed {
            self.names = None;
        }
        typed
    }

    /// Takes text at the cursor.
    pub fn paste(&mut self, words: &str) {
        if self.entry.paste(words, &self.attribute.enumeration) {
            self.names = None;
        }
    }

    /// Sets it in one go; a mask has to be let go of first.
    pub fn fill(&mut self, words: &str) {
        self.names = None;
        self.entry.fill(words, &self.attribute.enumeration);
    }

    /// Lets go of a mask, to write the whole value anew; `false` where there is none.
    pub fn replace(&mut self) -> bool {
        if !matches!(self.entry, Entry::Masked(_)) {
            return false;
        }
        self.replaces = true;
        self.entry = match self.attribute.kind {
            AttributeKind::Txt => Entry::Words(Box::default()),
            AttributeKind::Bool => Entry::Flag(None),
            _ if !self.attribute.enumeration.is_empty() => Entry::Choice(String::new()),
            _ => Entry::Line(Input::default()),
        };
        true
    }

    /// Back to what the desk has.
    pub fn revert(&mut self, zone: &TimeZone) {
        let now = self.theirs.take().map_or_else(|| self.base.take(), |newer| newer.0);
        *self = Self::new(self.place, self.attribute.clone(), now, zone);
    }

    /// The record was read again. Says whether something came over from the desk unasked.
    pub fn meet(&mut self, newest: Option<FieldValue>, reading: Reading<'_>) -> bool {
        if newest == self.base {
            self.theirs = None;
            return false;
        }
        let mine = self.edit(reading).map(FieldValue::Open);
        let is_mine = mine.is_some() && mine == newest;
        if is_mine || !self.is_touched() {
            *self = Self::new(self.place, self.attribute.clone(), newest, reading.zone);
            return !is_mine;
        }
        self.theirs = Some(Newer(newest));
        false
    }

    /// What was typed before something else came to stand at the desk: `was` is what was edited then.
    pub fn take_up(&mut self, words: &str, was: &str, replaced: bool, reading: Reading<'_>) {
        if replaced {
            self.replace();
        }
        let is_moved = !replaced && self.first != was && !self.is_closed();
        self.fill(words);
        if is_moved {
            let before = read(self.place, &self.attribute, was, self.is_many(), reading).ok();
            let before = before.filter(|value| !value.is_null()).map(FieldValue::Open);
            self.theirs = Some(Newer(std::mem::replace(&mut self.base, before)));
            was.clone_into(&mut self.first);
        }
    }

    /// The desk has it no more among what it describes.
    pub fn lose(&mut self) {
        self.gone = true;
    }

    /// The three sides in words, safe to show: mine, theirs, base.
    pub fn sides(&self, zone: &TimeZone) -> Option<[(Side, String); 3]> {
        let Newer(theirs) = self.theirs.as_ref()?;
        let said = |value: Option<&FieldValue>| {
            let words = Entry::of(self.place, &self.attribute, value, zone).words();
            let words = text::line(&words).into_string();
            if words.is_empty() { "(not set)".to_owned() } else { words }
        };
        let mine =
            if self.replaces { "(a new value)".to_owned() } else { text::line(&self.entry.words()).into_string() };
        let mine = if mine.is_empty() { "(not set)".to_owned() } else { mine };
        Some([(Side::Mine, mine), (Side::Theirs, said(theirs.as_ref())), (Side::Base, said(self.base.as_ref()))])
    }

    /// Whether a side can be chosen: what only a mask shows cannot be put back.
    pub fn has_side(&self, side: Side) -> bool {
        let is_masked =
            matches!(Entry::of(self.place, &self.attribute, self.base.as_ref(), &TimeZone::UTC), Entry::Masked(_));
        self.is_torn() && !(side == Side::Base && is_masked)
    }

    /// Takes one of the three sides.
    pub fn settle(&mut self, side: Side, zone: &TimeZone) {
        let Some(Newer(theirs)) = self.theirs.take() else { return };
        let mine = std::mem::replace(&mut self.entry, Entry::Fixed(String::new()));
        let (base, replaces) = (self.base.take(), self.replaces);
        *self = Self::new(self.place, self.attribute.clone(), theirs, zone);
        match side {
            Side::Theirs => {}
            Side::Mine => (self.entry, self.replaces) = (mine, replaces),
            Side::Base => self.entry = Entry::of(self.place, &self.attribute, base.as_ref(), zone),
        }
    }
}
