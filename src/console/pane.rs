//! Owns what a pane is and what it may see and ask for. A pane is one file in `panes/` and one line in the table there; the
//! tab bar, help, palette and key hints are made from that table. Panes never name each other: they ask through
//! [`UpdateCx::open`].

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::Value;

use super::{
    actions::Action,
    compose::About,
    effect::{Effect, Fetch, Own, Wish},
    keymap::Key,
    linear::spoken::Spoken,
    msg::{Fetched, Target},
    overlays::{palette::Entry, picker::Picker},
    remote::Problem,
    state::Shared,
    theme::Theme,
    widgets::picture::Picture,
};
use crate::{
    approval::Change,
    domain::CustomerId,
    kustomer::{Editing, Receipt},
};

/// What the tables say about a pane.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its title: one of the contract's screen words.
    pub title: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// The actions it answers besides those every pane shares, in the order hints show them.
    pub actions: &'static [Action],
}

/// One of the console's places.
pub trait Pane: Default {
    /// What the tables say about it.
    const SPEC: Spec;

    /// The person went to it: load what it needs, if it was not loaded yet.
    fn enter(&mut self, cx: &mut UpdateCx<'_>);

    /// It was opened on something; called before [`Self::enter`]. Panes no target leads to have nothing to do.
    fn visit(&mut self, _target: &Target, _cx: &mut UpdateCx<'_>) {}

    /// Takes in the answer to one of its fetches (see [`Fetch::pane`]); stale answers never come here.
    fn fetched(&mut self, _fetch: &Fetch, _answer: Fetched, _cx: &mut UpdateCx<'_>) {}

    /// Performs an action; `Err` says in words why it cannot now.
    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot>;

    /// Something was chosen from a list it had asked for (see [`UpdateCx::pick`]): the id of a choice, or what was typed
    /// where the list takes free text.
    fn picked(&mut self, _purpose: &'static str, _chosen: &str, _cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        Ok(())
    }

    /// A moment passed while it is the pane in front: what has to be looked up by now is asked for.
    fn tick(&mut self, _cx: &mut UpdateCx<'_>) {}

    /// An approved change is on its way, whoever wanted it: a pane may show what it will make of its records.
    fn performing(&mut self, _change: &Change, _shared: &Shared) {}

    /// An approved change ended, whoever wanted it: every pane hears of it and keeps what it shows true.
    fn performed(&mut self, _change: &Change, _result: Result<&Receipt, &Problem>, _cx: &mut UpdateCx<'_>) {}

    /// Whether keys are text here now (an input has the cursor).
    fn is_typing(&self) -> bool {
        false
    }

    /// Takes a key as text. Called only while [`Self::is_typing`]; keys that leave or submit came as actions before.
    fn type_key(&mut self, _key: &Key, _cx: &mut UpdateCx<'_>) {}

    /// Takes pasted text. Called only while [`Self::is_typing`].
    fn paste(&mut self, _text: &str, _cx: &mut UpdateCx<'_>) {}

    /// The left button went down at a cell of it; `area` is where it was drawn.
    fn click(&mut self, _area: Rect, _column: u16, _row: u16, _cx: &mut UpdateCx<'_>) {}

    /// Where it stands when nothing led there, for the way back from somewhere else in it.
    fn stands(&self) -> Option<Target> {
        None
    }

    /// What its cursor stands on, for a timeline beside it to show.
    fn under(&self, _shared: &Shared) -> Option<Target> {
        None
    }

    /// What it wants to find again after a restart: what is chosen, filtered, sorted, scrolled to. Ids and settings only, no
    /// customer's data; `Null` for nothing.
    fn remember(&self) -> Value {
        Value::Null
    }

    /// What it remembered, maybe by another version: whatever does not fit is left out. Called before it is first entered.
    fn recall(&mut self, _remembered: &Value) {}

    /// A customer's unmasking window is closing: whatever it let through has to go, from memory too.
    fn forget(&mut self, _customer: &CustomerId) {}

    /// Whether something in it moves with the seconds, so that ticks redraw it.
    fn ticks(&self) -> bool {
        false
    }

    /// The picture it shows in this area and the cells that takes, for terminals that draw pictures themselves.
    fn pictured(&self, _shared: &Shared, _area: Rect) -> Option<(Rect, &Picture)> {
        None
    }

    /// How many of its conversations are past their time now: what the window's title and a call back to it count.
    fn breaches(&self, _shared: &Shared) -> usize {
        0
    }

    /// A few characters behind its name in the tab bar: how many rows, how many wait.
    fn badge(&self, _shared: &Shared) -> Option<String> {
        None
    }

    /// It in words, for linear mode. Without words of its own: what it would draw, without frames.
    fn spoken(&self, shared: &Shared) -> Spoken {
        Spoken::drawn(shared, Self::SPEC.title, |cx, area, buf| self.view(cx, area, buf))
    }

    /// Chooses the row that stands at this place of [`Self::spoken`]'s rows.
    fn choose(&mut self, place: usize, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        self.act(Action::Top, cx)?;
        (0..place).try_for_each(|_| self.act(Action::Down, cx))
    }

    /// Draws it, frame and all.
    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer);
}

/// Why an action cannot run now, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cannot(pub &'static str);

/// What a pane may see and ask for while it updates.
pub struct UpdateCx<'a> {
    /// What all panes share, to read.
    pub shared: &'a Shared,
    /// Filled by the methods below; the update drains it.
    pub out: &'a mut Out,
}

/// What is to be written.
#[derive(Debug, PartialEq)]
pub enum Writing {
    /// This.
    About(About),
    /// Whatever is kept under this key.
    Kept(String),
}

/// A form to open.
#[derive(Debug, PartialEq)]
pub struct Fill {
    /// On what.
    pub editing: Editing,
    /// The attribute to stand on.
    pub wanted: Option<String>,
}

/// What a pane asked for during one update.
#[derive(Debug, Default)]
pub struct Out {
    /// Reads to start.
    pub fetches: Vec<Fetch>,
    /// Other effects.
    pub effects: Vec<Effect>,
    /// Changes to put before the person.
    pub wishes: Vec<Wish>,
    /// The person's own small changes, approved by the key that asked for them.
    pub own: Vec<Own>,
    /// Something to write.
    pub compose: Option<Writing>,
    /// A form to fill in.
    pub form: Option<Fill>,
    /// A list to choose from.
    pub picker: Option<Picker>,
    /// Where to go.
    pub target: Option<Target>,
    /// A passing line for the status bar.
    pub notice: Option<String>,
    /// What to offer in the palette, by who offers it.
    pub offers: Vec<(&'static str, Vec<Entry>)>,
    /// The assistant's turn is to be stopped.
    pub stop_assistant: bool,
}

impl UpdateCx<'_> {
    /// Starts a read; its answer replaces an older one of the same task.
    pub fn fetch(&mut self, fetch: Fetch) {
        self.out.fetches.push(fetch);
    }

    /// Asks for an effect.
    pub fn effect(&mut self, effect: Effect) {
        self.out.effects.push(effect);
    }

    /// Puts a change before the person.
    pub fn wish(&mut self, wish: Wish) {
        self.out.wishes.push(wish);
    }

    /// Does a person's own small change: the key being handled approves it where the policy lets it, else it becomes a card.
    pub fn own(&mut self, own: Own) {
        self.out.own.push(own);
    }

    /// Opens the composer, with what was kept of an earlier try.
    pub fn compose(&mut self, about: About) {
        self.out.compose = Some(Writing::About(about));
    }

    /// Opens the composer on words kept under this key.
    pub fn take_up(&mut self, key: impl Into<String>) {
        self.out.compose = Some(Writing::Kept(key.into()));
    }

    /// Opens a form, with what was kept of an earlier try.
    pub fn fill(&mut self, editing: Editing, wanted: Option<String>) {
        self.out.form = Some(Fill { editing, wanted });
    }

    /// Lets the person choose from a list; the answer comes to [`Pane::picked`] of the pane in front.
    pub fn pick(&mut self, picker: Picker) {
        self.out.picker = Some(picker);
    }

    /// Offers these in the palette from now on, in place of what the same source offered before.
    pub fn offer(&mut self, source: &'static str, entries: Vec<Entry>) {
        self.out.offers.push((source, entries));
    }

    /// Goes somewhere else.
    pub fn open(&mut self, target: Target) {
        self.out.target = Some(target);
    }

    /// Keeps half-typed words under a key, so that they survive anything; empty words are forgotten.
    pub fn keep(&mut self, key: impl Into<String>, text: impl Into<String>) {
        self.out.effects.push(Effect::Keep { key: key.into(), text: text.into() });
    }

    /// Stops the assistant's turn: its stream and tools are dropped, its cards withdrawn.
    pub fn stop_assistant(&mut self) {
        self.out.stop_assistant = true;
    }

    /// Says something in passing.
    pub fn say(&mut self, words: impl Into<String>) {
        self.out.notice = Some(words.into());
    }
}

/// What a pane may see while it draws.
pub struct ViewCx<'a> {
    /// What all panes share.
    pub shared: &'a Shared,
    /// How things look.
    pub theme: &'a Theme,
    /// Whether this pane has the focus (and no overlay covers it).
    pub focused: bool,
    /// The title line with its number, as the frame should show it.
    pub title: String,
}
