//! Owns the table of panes: one line a pane. The macro makes the id, the state of all panes and the dispatch; it enumerates
//! and does nothing clever.

pub mod assistant;
pub mod audit;
pub mod bulk;
pub mod drafts;
pub mod kobjects;
pub mod queue;
pub mod search;
pub mod timeline;

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::{Map, Value};

use super::{
    actions::Action,
    effect::Fetch,
    keymap::Key,
    linear::spoken::Spoken,
    msg::{Fetched, Target},
    pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
    remote::Problem,
    state::Shared,
    widgets::picture::Picture,
};
use crate::{approval::Change, domain::CustomerId, kustomer::Receipt};

macro_rules! panes {
    ($($field:ident: $id:ident => $type:ty, $action:ident;)*) => {
        /// Names one of the console's panes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the variants are the contract's screen words")]
        pub enum PaneId { $($id),* }

        impl PaneId {
            /// Every pane, in the order of the tab bar.
            pub const ALL: &'static [Self] = &[$(Self::$id),*];

            /// What the tables say about it.
            pub fn spec(self) -> &'static Spec {
                match self { $(Self::$id => &<$type as Pane>::SPEC),* }
            }

            /// The action that goes to it.
            pub fn action(self) -> Action {
                match self { $(Self::$id => Action::$action),* }
            }
        }

        impl PaneId {
            /// The pane of this title, however its letters are written.
            pub fn titled(title: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|pane| pane.spec().title.eq_ignore_ascii_case(title))
            }
        }

        /// The state of every pane.
        #[derive(Debug, Default)]
        #[expect(missing_docs, reason = "one field a pane")]
        pub struct Panes { $(pub $field: $type),* }

        impl Panes {
            /// The person went to it.
            pub fn enter(&mut self, id: PaneId, cx: &mut UpdateCx<'_>) {
                match id { $(PaneId::$id => self.$field.enter(cx)),* }
            }

            /// It was opened on something.
            pub fn visit(&mut self, id: PaneId, target: &Target, cx: &mut UpdateCx<'_>) {
                match id { $(PaneId::$id => self.$field.visit(target, cx)),* }
            }

            /// One of its fetches was answered.
            pub fn fetched(&mut self, id: PaneId, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
                match id { $(PaneId::$id => self.$field.fetched(fetch, answer, cx)),* }
            }

            /// Performs an action.
            pub fn act(&mut self, id: PaneId, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
                match id { $(PaneId::$id => self.$field.act(action, cx)),* }
            }

            /// Something was chosen from a list it had asked for.
            pub fn picked(
                &mut self,
                id: PaneId,
                purpose: &'static str,
                chosen: &str,
                cx: &mut UpdateCx<'_>,
            ) -> Result<(), Cannot> {
                match id { $(PaneId::$id => self.$field.picked(purpose, chosen, cx)),* }
            }

            /// A moment passed.
            pub fn tick(&mut self, id: PaneId, cx: &mut UpdateCx<'_>) {
                match id { $(PaneId::$id => self.$field.tick(cx)),* }
            }

            /// An approved change is on its way: every pane hears of it.
            pub fn performing(&mut self, change: &Change, shared: &Shared) {
                $(self.$field.performing(change, shared);)*
            }

            /// An approved change ended: every pane hears of it.
            pub fn performed(&mut self, change: &Change, result: Result<&Receipt, &Problem>, cx: &mut UpdateCx<'_>) {
                $(self.$field.performed(change, result, cx);)*
            }

            /// The picture it shows in this area, and the cells that takes.
            pub fn pictured(&self, id: PaneId, shared: &Shared, area: Rect) -> Option<(Rect, &Picture)> {
                match id { $(PaneId::$id => self.$field.pictured(shared, area)),* }
            }

            /// How many conversations are past their time now, in all panes that know of some.
            pub fn breaches(&self, shared: &Shared) -> usize {
                0 $(+ self.$field.breaches(shared))*
            }

            /// Whether keys are text in it.
            pub fn is_typing(&self, id: PaneId) -> bool {
                match id { $(PaneId::$id => self.$field.is_typing()),* }
            }

            /// Takes a key as text.
            pub fn type_key(&mut self, id: PaneId, key: &Key, cx: &mut UpdateCx<'_>) {
                match id { $(PaneId::$id => self.$field.type_key(key, cx)),* }
            }

            /// Takes pasted text.
            pub fn paste(&mut self, id: PaneId, text: &str, cx: &mut UpdateCx<'_>) {
                match id { $(PaneId::$id => self.$field.paste(text, cx)),* }
            }

            /// The left button went down at a cell of it.
            pub fn click(&mut self, id: PaneId, area: Rect, (column, row): (u16, u16), cx: &mut UpdateCx<'_>) {
                match id { $(PaneId::$id => self.$field.click(area, column, row, cx)),* }
            }

            /// Where it stands.
            pub fn stands(&self, id: PaneId) -> Option<Target> {
                match id { $(PaneId::$id => self.$field.stands()),* }
            }

            /// What its cursor stands on.
            pub fn under(&self, id: PaneId, shared: &Shared) -> Option<Target> {
                match id { $(PaneId::$id => self.$field.under(shared)),* }
            }

            /// What every pane wants to find again after a restart, by its title.
            pub fn remember(&self) -> Value {
                let mut all = Map::new();
                $(all.insert(<$type as Pane>::SPEC.title.to_owned(), self.$field.remember());)*
                all.retain(|_, remembered| !remembered.is_null());
                Value::Object(all)
            }

            /// Gives every pane what it remembered.
            pub fn recall(&mut self, remembered: &Value) {
                $(if let Some(own) = remembered.get(<$type as Pane>::SPEC.title) {
                    self.$field.recall(own);
                })*
            }

            /// A customer's window is closing: every pane drops what it let through.
            pub fn forget(&mut self, customer: &CustomerId) {
                $(self.$field.forget(customer);)*
            }

            /// Whether seconds move something in it.
            pub fn ticks(&self, id: PaneId) -> bool {
                match id { $(PaneId::$id => self.$field.ticks()),* }
            }

            /// The characters behind its name.
            pub fn badge(&self, id: PaneId, shared: &Shared) -> Option<String> {
                match id { $(PaneId::$id => self.$field.badge(shared)),* }
            }

            /// It in words.
            pub fn spoken(&self, id: PaneId, shared: &Shared) -> Spoken {
                match id { $(PaneId::$id => self.$field.spoken(shared)),* }
            }

            /// Chooses one of its spoken rows.
            pub fn choose(&mut self, id: PaneId, place: usize, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
                match id { $(PaneId::$id => self.$field.choose(place, cx)),* }
            }

            /// Draws it.
            pub fn view(&self, id: PaneId, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
                match id { $(PaneId::$id => self.$field.view(cx, area, buf)),* }
            }
        }
    };
}

panes! {
    queue: Queue => queue::Queue, GoQueue;
    search: Search => search::Search, GoSearch;
    timeline: Timeline => timeline::TimelinePane, GoTimeline;
    kobjects: Kobjects => kobjects::Kobjects, GoKobjects;
    drafts: Drafts => drafts::Drafts, GoDrafts;
    bulk: Bulk => bulk::Bulk, GoBulk;
    assistant: Assistant => assistant::Assistant, GoAssistant;
    audit: Audit => audit::Audit, GoAudit;
}
