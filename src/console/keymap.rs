//! Owns which action a key, or two in a row, means where. Keys become actions here, once. Does not read a terminal (`term`)
//! nor perform actions.
//!
//! A key that begins a sequence waits for the next one (`update/chords.rs`), so it may mean something alone only where
//! waiting loses nothing: to the action that pressing it on reaches too (`g` and `g g`).

mod key;

use std::collections::{BTreeMap, HashMap};

pub use key::{BadKey, Binding, Code, Key};

use super::{
    actions::{Action, Context},
    panes::PaneId,
};

/// What a screen answers to, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stack {
    /// A pane, moving about in it.
    Pane(PaneId),
    /// A pane with the cursor in a text input: characters are text.
    Typing(PaneId),
    /// The approval card.
    Card,
    /// The line on the card that takes words (a refusal's reason, what to change, a note): characters are text.
    Reason,
    /// The editor of a card's text: characters are text.
    Editor,
    /// The composer: characters are text.
    Compose,
    /// A form: characters are text.
    Form,
    /// A question of a server: characters are text.
    Question,
    /// The palette: characters are text.
    Palette,
    /// A list to choose from: characters are text.
    Picker,
    /// The list of everything that waits for approval.
    Waiting,
    /// The list of keys.
    Help,
    /// The question whether to quit.
    Leaving,
    /// A message that wants to be read.
    Notice,
}

impl Stack {
    /// The contexts, the nearest first.
    pub fn contexts(self) -> &'static [Context] {
        match self {
            Self::Pane(_) => &[
                Context::InPane,
                Context::Shared,
                Context::Splits,
                Context::Moving,
                Context::Anywhere,
                Context::Always,
            ],
            Self::Typing(_) => &[Context::Typing, Context::Anywhere, Context::Always],
            Self::Compose => &[Context::Compose, Context::Typing, Context::Always],
            Self::Form => &[Context::Form, Context::Compose, Context::Typing, Context::Moving, Context::Always],
            Self::Question => {
                &[Context::Question, Context::Form, Context::Compose, Context::Typing, Context::Moving, Context::Always]
            }
            Self::Card => &[Context::Card, Context::Moving, Context::Always],
            Self::Reason => &[Context::Typing, Context::Always],
            Self::Editor => &[Context::Editor, Context::Always],
            Self::Palette => &[Context::Palette, Context::Overlay, Context::Always],
            Self::Picker => &[Context::Picker, Context::Overlay, Context::Always],
            Self::Waiting => &[Context::Waiting, Context::Overlay, Context::Moving, Context::Always],
            Self::Help => &[Context::Help, Context::Overlay, Context::Moving, Context::Always],
            Self::Leaving => &[Context::Leaving, Context::Overlay, Context::Always],
            Self::Notice => &[Context::Overlay, Context::Moving, Context::Always],
        }
    }

    /// Whether a plain character is text here rather than a command.
    pub fn takes_text(self) -> bool {
        match self {
            Self::Typing(_)
            | Self::Compose
            | Self::Form
            | Self::Question
            | Self::Reason
            | Self::Editor
            | Self::Palette
            | Self::Picker => true,
            Self::Pane(_) | Self::Card | Self::Waiting | Self::Help | Self::Leaving | Self::Notice => false,
        }
    }

    /// Whether `action` works here.
    pub fn has(self, action: Action) -> bool {
        let context = action.context();
        if !action.is_available() || !self.contexts().contains(&context) {
            return false;
        }
        match self {
            Self::Pane(pane) => context != Context::InPane || pane.spec().actions.contains(&action),
            Self::Form => !matches!(context, Context::Compose | Context::Moving) || IN_FORM.contains(&action),
            Self::Question => matches!(context, Context::Question | Context::Always) || IN_QUESTION.contains(&action),
            Self::Typing(_)
            | Self::Compose
            | Self::Card
            | Self::Reason
            | Self::Editor
            | Self::Palette
            | Self::Picker
            | Self::Waiting
            | Self::Help
            | Self::Leaving
            | Self::Notice => true,
        }
    }

    /// Every stack there is.
    pub fn all() -> Vec<Self> {
        let panes = PaneId::ALL.iter().flat_map(|pane| [Self::Pane(*pane), Self::Typing(*pane)]);
        let cards = [Self::Card, Self::Reason, Self::Editor];
        let overlays = [
            Self::Compose,
            Self::Form,
            Self::Question,
            Self::Palette,
            Self::Picker,
            Self::Waiting,
            Self::Help,
            Self::Leaving,
            Self::Notice,
        ];
        panes.chain(cards).chain(overlays).collect()
    }
}

/// What of the composer's keys, and of moving, works in a form.
const IN_FORM: [Action; 8] = [
    Action::PutUp,
    Action::OutsideEditor,
    Action::NextField,
    Action::PreviousField,
    Action::Down,
    Action::Up,
    Action::PageDown,
    Action::PageUp,
];

/// What of the keys of forms works in a question of a server.
const IN_QUESTION: [Action; 9] = [
    Action::FromList,
    Action::Submit,
    Action::NewLine,
    Action::NextField,
    Action::PreviousField,
    Action::Down,
    Action::Up,
    Action::PageDown,
    Action::PageUp,
];

/// Why a table of keys is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// No such action.
    #[error("[keys] names `{0}`, which is no action; `?` in the console lists them")]
    NoAction(String),
    /// No such key.
    #[error("[keys] {action}: {source}")]
    BadKey {
        /// Whose key.
        action: &'static str,
        /// What is wrong with it.
        source: BadKey,
    },
    /// A key nobody can press, or that is text where the action works.
    #[error("[keys] {action}: `{binding}` would never act: {why}")]
    Unbindable {
        /// Whose.
        action: &'static str,
        /// What was asked for.
        binding: Binding,
        /// Why it cannot be.
        why: &'static str,
    },
    /// One key, or sequence, for two things in one place.
    #[error(
        "[keys] `{binding}` would mean both `{first}` and `{second}` in the same place; give one of them another key"
    )]
    Conflict {
        /// What is pressed.
        binding: Binding,
        /// One action.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A key that acts alone where it also begins a sequence of another action.
    #[error(
        "[keys] `{key}` means `{alone}`, and begins `{longer}` for `{other}` in the same place; give one of them another key"
    )]
    Begins {
        /// The key.
        key: Key,
        /// What it means alone.
        alone: &'static str,
        /// The sequence.
        longer: Binding,
        /// What the sequence means.
        other: &'static str,
    },
    /// An answer of the approval card without a key.
    #[error("[keys] `{0}` needs at least one key")]
    Unreachable(&'static str),
}

/// What a key means in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This action.
    Act(Action),
    /// The first of two keys: what it means is settled by the next one, or by waiting.
    Begins,
    /// Text, where a text takes it; else nothing.
    Text,
}

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Keymap {
    keys: HashMap<Action, Vec<Binding>>,
}

/// Actions nobody may leave without a key: the way out, and the answers to a card and to a question.
const NEEDED: [Action; 9] = [
    Action::Quit,
    Action::Interrupt,
    Action::Approve,
    Action::Refuse,
    Action::Palette,
    Action::Leave,
    Action::SendAnswer,
    Action::DeclineQuestion,
    Action::CancelQuestion,
];

impl Keymap {
    /// The defaults with `remapped` (action name to key names) laid over them. Keys given for an action replace its
    /// defaults.
    ///
    /// # Errors
    /// [`KeymapError`]: no such action or key, a key that would never act, one that would mean two things in one place.
    pub fn with(remapped: &BTreeMap<String, Vec<String>>) -> Result<Self, KeymapError> {
        let mut keys = HashMap::new();
        for action in Action::ALL {
            keys.insert(*action, parsed(*action, action.default_keys().iter().copied())?);
        }
        for (name, wanted) in remapped {
            let action = Action::by_name(name)
                .ok_or_else(|| KeymapError::NoAction(name.chars().filter(|c| !c.is_control()).take(40).collect()))?;
            keys.insert(action, parsed(action, wanted.iter().map(String::as_str))?);
        }
        let keymap = Self { keys };
        keymap.check()?;
        Ok(keymap)
    }

    fn check(&self) -> Result<(), KeymapError> {
        for action in NEEDED {
            if self.keys(action).is_empty() {
                return Err(KeymapError::Unreachable(action.name()));
            }
        }
        Stack::all().into_iter().try_for_each(|stack| self.check_place(stack))
    }

    fn check_place(&self, stack: Stack) -> Result<(), KeymapError> {
        let mut taken: HashMap<Binding, Action> = HashMap::new();
        let mut begun: HashMap<Key, Vec<(Binding, Action)>> = HashMap::new();
        for (binding, action) in self.of(stack) {
            if let Some(first) = taken.insert(binding, action) {
                let (first, second) = (first.name(), action.name());
                return Err(KeymapError::Conflict { binding, first, second });
            }
            if binding.then.is_some() {
                begun.entry(binding.first).or_default().push((binding, action));
            }
        }
        for (key, longer) in begun {
            let Some(alone) = taken.get(&Binding { first: key, then: None }) else { continue };
            if longer.iter().all(|(_, action)| action != alone)
                && let Some((longer, other)) = longer.first()
            {
                let (alone, longer, other) = (alone.name(), *longer, other.name());
                return Err(KeymapError::Begins { key, alone, longer, other });
            }
        }
        Ok(())
    }

    /// Everything bound in a place, in the order of the table.
    fn of(&self, stack: Stack) -> impl Iterator<Item = (Binding, Action)> {
        let here = Action::ALL.iter().copied().filter(move |action| stack.has(*action));
        here.flat_map(|action| self.keys(action).iter().map(move |binding| (*binding, action)))
    }

    /// What `key` means to this stack.
    pub fn meaning(&self, stack: Stack, key: Key) -> Meaning {
        if stack.takes_text() && key.typed().is_some() {
            return Meaning::Text;
        }
        let mut meaning = Meaning::Text;
        for (binding, action) in self.of(stack).filter(|(binding, _)| binding.first == key) {
            match binding.then {
                Some(_) => return Meaning::Begins,
                None => meaning = Meaning::Act(action),
            }
        }
        meaning
    }

    /// What `key` means to this stack when nothing follows it. A character that is text there means nothing.
    pub fn lookup(&self, stack: Stack, key: Key) -> Option<Action> {
        self.bound(stack, Binding { first: key, then: None })
    }

    /// What a whole binding means to this stack.
    pub fn bound(&self, stack: Stack, wanted: Binding) -> Option<Action> {
        if stack.takes_text() && wanted.first.typed().is_some() {
            return None;
        }
        self.of(stack).find(|(binding, _)| *binding == wanted).map(|(_, action)| action)
    }

    /// What can follow a key in this stack: each action with the second keys that reach it, in the order of the table.
    pub fn following(&self, stack: Stack, first: Key) -> Vec<(Vec<Key>, Action)> {
        let mut all: Vec<(Vec<Key>, Action)> = Vec::new();
        for (binding, action) in self.of(stack).filter(|(binding, _)| binding.first == first) {
            match (binding.then, all.last_mut()) {
                (Some(then), Some((keys, last))) if *last == action => keys.push(then),
                (Some(then), _) => all.push((vec![then], action)),
                (None, _) => {}
            }
        }
        all
    }

    /// What an action is bound to.
    pub fn keys(&self, action: Action) -> &[Binding] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first binding of an action that works in this stack, as hints show it; empty where none does.
    pub fn hint(&self, stack: Stack, action: Action) -> String {
        self.keys(action)
            .iter()
            .find(|binding| !stack.takes_text() || binding.first.typed().is_none())
            .map_or_else(String::new, Binding::to_string)
    }
}

/// Reads an action's keys and refuses those that would never act.
fn parsed<'a>(action: Action, names: impl Iterator<Item = &'a str>) -> Result<Vec<Binding>, KeymapError> {
    let mut all = Vec::new();
    for name in names {
        let binding = Binding::parse(name).map_err(|source| KeymapError::BadKey { action: action.name(), source })?;
        let is_text = binding.first.typed().is_some() && action.context().is_only_text();
        let why = binding.never_pressed().or_else(|| is_text.then_some("characters are text there"));
        if let Some(why) = why {
            return Err(KeymapError::Unbindable { action: action.name(), binding, why });
        }
        all.push(binding);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remap(action: &str, key: &str) -> Result<Keymap, KeymapError> {
        Keymap::with(&BTreeMap::from([(action.to_owned(), vec![key.to_owned()])]))
    }

    #[test]
    fn the_defaults_hold_no_conflict_in_any_place() {
        Keymap::with(&BTreeMap::new()).expect("the default keys do not conflict");
    }

    #[test]
    fn a_conflict_is_refused_with_both_names() {
        assert_eq!(
            remap("reload", "y").expect_err("y copies").to_string(),
            "[keys] `y` would mean both `reload` and `copy` in the same place; give one of them another key"
        );
    }

    #[test]
    fn a_remapped_key_replaces_the_default() {
        let keymap = remap("reload", "f5").expect("f5 is free");
        let stack = Stack::Pane(PaneId::Queue);
        assert_eq!(keymap.lookup(stack, Key::plain(Code::F(5))), Some(Action::Reload));
        assert_eq!(keymap.lookup(stack, Key::plain(Code::Char('r'))), None);
    }

    #[test]
    fn unknown_actions_bad_keys_and_lost_ways_out_are_refused() {
        assert!(matches!(remap("fly", "f"), Err(KeymapError::NoAction(_))));
        assert!(matches!(remap("reload", "hyper-x"), Err(KeymapError::BadKey { .. })));
        let none = BTreeMap::from([("approve".to_owned(), Vec::new())]);
        assert!(matches!(Keymap::with(&none), Err(KeymapError::Unreachable("approve"))));
    }

    #[test]
    fn characters_are_text_while_typing_and_enter_never_answers_a_card() {
        let keymap = Keymap::with(&BTreeMap::new()).expect("defaults");
        assert_eq!(keymap.lookup(Stack::Typing(PaneId::Search), Key::plain(Code::Char('q'))), None);
        assert_eq!(keymap.lookup(Stack::Typing(PaneId::Search), Key::plain(Code::Tab)), Some(Action::NextPane));
        assert_eq!(keymap.lookup(Stack::Card, Key::plain(Code::Enter)), None);
    }

    #[test]
    fn a_key_that_begins_a_sequence_acts_alone_only_for_the_action_it_leads_to_anyway() {
        let keymap = Keymap::with(&BTreeMap::new()).expect("defaults");
        let (stack, g) = (Stack::Pane(PaneId::Queue), Key::plain(Code::Char('g')));
        assert_eq!(keymap.meaning(stack, g), Meaning::Begins);
        assert_eq!(keymap.lookup(stack, g), Some(Action::Top));
        assert_eq!(keymap.meaning(Stack::Typing(PaneId::Search), g), Meaning::Text);
        let said = remap("reload", "g").expect_err("g begins").to_string();
        assert!(said.contains("`g` would mean both"), "{said}");
        let said = remap("reload", "1 x").expect_err("1 acts").to_string();
        assert_eq!(
            said,
            "[keys] `1` means `queue`, and begins `1 x` for `reload` in the same place; give one of them another key"
        );
    }

    #[test]
    fn what_can_never_be_pressed_is_said() {
        for (action, key, why) in [
            ("reload", "ctrl-i", "as tab"),
            ("reload", "g ctrl-m", "as enter"),
            ("reload", "g esc", "ends a sequence"),
            ("submit", "s", "text there"),
            ("close-split", "a b c", "is no key"),
        ] {
            let said = remap(action, key).expect_err(key).to_string();
            assert!(said.contains(why), "{said}");
        }
    }
}
