//! Owns what a key is, how one is written, and the one or two keys an action is bound to. Which action that is stands in
//! the table (`keymap`).

use std::fmt;

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
#[error(
    "`{0}` is no key; write for instance `x`, `ctrl-d`, `alt-enter`, `shift-tab`, `pgdn`, `space` or `f5`, or two with a \
     blank between them: `g q`"
)]
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
    ///
    /// # Errors
    /// [`BadKey`] with the name.
    pub fn parse(name: &str) -> Result<Self, BadKey> {
        let bad = || bad(name);
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

fn bad(name: &str) -> BadKey {
    BadKey(name.chars().filter(|c| !c.is_control()).take(24).collect())
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

/// What a person presses for an action: one key, or two one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Binding {
    /// The key, or the first of two.
    pub first: Key,
    /// The second of two.
    pub then: Option<Key>,
}

impl Binding {
    /// Reads `x` or `g q`.
    ///
    /// # Errors
    /// [`BadKey`] with what is no key, or with the whole where there are more than two.
    pub fn parse(name: &str) -> Result<Self, BadKey> {
        let mut names = name.split_whitespace();
        let (first, then, more) = (names.next(), names.next(), names.next());
        match (first, then, more) {
            (Some(first), then, None) => {
                Ok(Self { first: Key::parse(first)?, then: then.map(Key::parse).transpose()? })
            }
            _ => Err(bad(name)),
        }
    }

    /// Why no press could ever be this, if none can.
    pub fn never_pressed(&self) -> Option<&'static str> {
        const SAME: [(char, &str); 3] = [
            ('i', "a terminal sends ctrl-i as tab"),
            ('m', "a terminal sends ctrl-m as enter"),
            ('[', "a terminal sends ctrl-[ as esc"),
        ];
        if self.then.is_some_and(|then| then == Key::plain(Code::Esc)) {
            return Some("esc ends a sequence of keys");
        }
        let same = |key: Key| SAME.iter().find(|(c, _)| key == Key::held(Code::Char(*c), true, false, false));
        [Some(self.first), self.then].into_iter().flatten().find_map(same).map(|(_, why)| *why)
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.then {
            Some(then) => write!(f, "{} {then}", self.first),
            None => self.first.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
        fn a_binding_written_out_reads_as_itself(first in any_key(), then in proptest::option::of(any_key())) {
            let binding = Binding { first, then };
            prop_assert_eq!(Binding::parse(&binding.to_string()), Ok(binding));
        }

        #[test]
        fn no_name_makes_the_parser_stumble(name in ".{0,20}") {
            let _ = Binding::parse(&name);
        }
    }
}
