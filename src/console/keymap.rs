//! Owns keys: what one is, how it is written, and which action it means where. Keys become actions here, once. Does not
//! read a terminal (`term`) nor perform actions.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use super::{
    actions::{Action, Context},
    panes::PaneId,
};

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are printed on the keys")]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// A key with what was held down. Shift is part of a character, and a modifier of the other keys only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Control was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held; never set for characters.
    pub shift: bool,
}

/// Why a key's name cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key; write for instance `x`, `ctrl-d`, `alt-enter`, `shift-tab`, `pgdn`, `space` or `f5`")]
pub struct BadKey(String);

const NAMES: [(&str, Code); 17] = [
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("insert", Code::Insert),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pgup", Code::PageUp),
    ("pgdn", Code::PageDown),
    ("space", Code::Char(' ')),
    ("minus", Code::Char('-')),
    ("plus", Code::Char('+')),
];

impl Key {
    /// A key with nothing held.
    pub fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// A key as a terminal reports it, in the one form keys are compared in.
    pub fn held(code: Code, ctrl: bool, alt: bool, shift: bool) -> Self {
        match code {
            Code::Char(c) if ctrl => Self { code: Code::Char(c.to_ascii_lowercase()), ctrl, alt, shift: false },
            Code::Char(_) => Self { code, ctrl, alt, shift: false },
            _ => Self { code, ctrl, alt, shift },
        }
    }

    /// The character it types, if it types one.
    pub fn typed(&self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Reads `ctrl-p`, `shift-tab`, `space`, `G`.
    pub fn parse(name: &str) -> Result<Self, BadKey> {
        let bad = || BadKey(name.chars().filter(|c| !c.is_control()).take(24).collect());
        let mut rest = name;
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        loop {
            let (held, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (&mut ctrl, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (&mut alt, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (&mut shift, after)
            } else {
                break;
            };
            if std::mem::replace(held, true) {
                return Err(bad());
            }
            rest = after;
        }
        let code = code_named(rest).ok_or_else(bad)?;
        if shift && matches!(code, Code::Char(_)) {
            return Err(bad());
        }
        Ok(Self::held(code, ctrl, alt, shift))
    }
}

fn code_named(name: &str) -> Option<Code> {
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_control() && !c.is_whitespace() => Some(Code::Char(c)),
        (Some('f'), Some(_)) => {
            let number: u8 = name.strip_prefix('f')?.parse().ok()?;
            // `f01` would be a second spelling of `f1`.
            ((1..=24).contains(&number) && !name.starts_with("f0")).then_some(Code::F(number))
        }
        _ => None,
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, prefix) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(prefix)?;
            }
        }
        let name = NAMES.iter().find(|(_, code)| *code == self.code).map(|(name, _)| *name);
        match (name, self.code) {
            (Some(name), _) => f.write_str(name),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, Code::F(number)) => write!(f, "f{number}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

/// What a screen answers to, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stack {
    /// A pane, moving about in it.
    Pane(PaneId),
    /// A pane with the cursor in a text input: characters are text.
    Typing(PaneId),
    /// The approval card.
    Card,
    /// The line on the card that takes a refusal's reason: characters are text.
    Reason,
    /// The editor of a card's text: characters are text.
    Editor,
    /// The composer: characters are text.
    Compose,
    /// The palette: characters are text.
    Palette,
    /// A list to choose from: characters are text.
    Picker,
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
            Self::Pane(_) => &[Context::InPane, Context::Shared, Context::Moving, Context::Anywhere, Context::Always],
            Self::Typing(_) => &[Context::Typing, Context::Anywhere, Context::Always],
            Self::Compose => &[Context::Compose, Context::Typing, Context::Always],
            Self::Card => &[Context::Card, Context::Moving, Context::Always],
            Self::Reason => &[Context::Typing, Context::Always],
            Self::Editor => &[Context::Editor, Context::Always],
            Self::Palette => &[Context::Palette, Context::Overlay, Context::Always],
            Self::Picker => &[Context::Picker, Context::Overlay, Context::Always],
            Self::Help => &[Context::Help, Context::Overlay, Context::Moving, Context::Always],
            Self::Leaving => &[Context::Leaving, Context::Overlay, Context::Always],
            Self::Notice => &[Context::Overlay, Context::Moving, Context::Always],
        }
    }

    /// Whether a plain character is text here rather than a command.
    pub fn takes_text(self) -> bool {
        match self {
            Self::Typing(_) | Self::Compose | Self::Reason | Self::Editor | Self::Palette | Self::Picker => true,
            Self::Pane(_) | Self::Card | Self::Help | Self::Leaving | Self::Notice => false,
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
            Self::Typing(_)
            | Self::Compose
            | Self::Card
            | Self::Reason
            | Self::Editor
            | Self::Palette
            | Self::Picker
            | Self::Help
            | Self::Leaving
            | Self::Notice => true,
        }
    }

    /// Every stack there is.
    pub fn all() -> Vec<Self> {
        let panes = PaneId::ALL.iter().flat_map(|pane| [Self::Pane(*pane), Self::Typing(*pane)]);
        let cards = [Self::Card, Self::Reason, Self::Editor];
        let overlays = [Self::Compose, Self::Palette, Self::Picker, Self::Help, Self::Leaving, Self::Notice];
        panes.chain(cards).chain(overlays).collect()
    }
}

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
    /// One key for two things in one place.
    #[error("[keys] `{key}` would mean both `{first}` and `{second}` in the same place; give one of them another key")]
    Conflict {
        /// The key.
        key: Key,
        /// One action.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// An answer of the approval card without a key.
    #[error("[keys] `{0}` needs at least one key")]
    Unreachable(&'static str),
}

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Keymap {
    keys: HashMap<Action, Vec<Key>>,
}

/// Actions nobody may leave without a key: the way out, and the answers to a card.
const NEEDED: [Action; 6] =
    [Action::Quit, Action::Interrupt, Action::Approve, Action::Refuse, Action::Palette, Action::Leave];

impl Keymap {
    /// The defaults with `remapped` (action name to key names) laid over them. Keys given for an action replace its
    /// defaults. A key that would mean two things in one place is refused.
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
        for stack in Stack::all() {
            let mut taken: HashMap<Key, Action> = HashMap::new();
            for action in Action::ALL.iter().copied().filter(|action| stack.has(*action)) {
                for key in self.keys(action) {
                    if let Some(first) = taken.insert(*key, action) {
                        let (first, second) = (first.name(), action.name());
                        return Err(KeymapError::Conflict { key: *key, first, second });
                    }
                }
            }
        }
        Ok(())
    }

    /// What `key` means to this stack. A character that is text there means nothing.
    pub fn lookup(&self, stack: Stack, key: Key) -> Option<Action> {
        if stack.takes_text() && key.typed().is_some() {
            return None;
        }
        Action::ALL.iter().copied().find(|action| stack.has(*action) && self.keys(*action).contains(&key))
    }

    /// The keys of an action.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first key of an action that works in this stack, as hints show it; empty where none does.
    pub fn hint(&self, stack: Stack, action: Action) -> String {
        self.keys(action)
            .iter()
            .find(|key| !stack.takes_text() || key.typed().is_none())
            .map_or_else(String::new, Key::to_string)
    }
}

fn parsed<'a>(action: Action, names: impl Iterator<Item = &'a str>) -> Result<Vec<Key>, KeymapError> {
    names.map(|name| Key::parse(name).map_err(|source| KeymapError::BadKey { action: action.name(), source })).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn any_key() -> impl Strategy<Value = Key> {
        let named = (0..NAMES.len()).prop_map(|place| NAMES[place].1);
        let letter = any::<char>().prop_filter("a key", |c| !c.is_control() && !c.is_whitespace()).prop_map(Code::Char);
        let code = prop_oneof![named, letter, (1..=24u8).prop_map(Code::F)];
        (code, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(code, c, a, s)| Key::held(code, c, a, s))
    }

    proptest! {
        #[test]
        fn a_key_written_out_reads_as_itself(key in any_key()) {
            prop_assert_eq!(Key::parse(&key.to_string()), Ok(key));
        }

        #[test]
        fn no_name_makes_the_parser_stumble(name in ".{0,20}") {
            let _ = Key::parse(&name);
        }
    }
}
