//! Owns what a typed line means in a place: a number, the name of an action, or text. Pure; does nothing.
//!
//! ```text
//! 3            the third row (or the third thing on offer)      3 done    that action on the third row
//! done         the action of that name; with `:` in front also while a text is being typed
//! filter bill  an action that asks for words, and the words
//! :subject Hi  in the composer: what a field is to hold
//! ? more list where        what can be done · the next rows · the rows again · where you are
//! ```

use crate::console::{actions::Action, compose::Field, keymap::Stack};

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// An empty line.
    Nothing,
    /// What can be done here.
    What,
    /// The next rows.
    More,
    /// The rows from the first.
    List,
    /// Where one is, and what is chosen.
    Where,
    /// The n-th, counted from 1; with an action on it, if one is named.
    Number(usize, Option<Action>),
    /// An action, and words for the text it begins.
    Do(Action, String),
    /// What a field of the composer is to hold.
    Fill(Field, String),
    /// What the n-th field of a form is to hold, counted from 1; without words: go there.
    FillNth(usize, String),
    /// Text for whoever has the cursor; `true`: it goes on in the next line.
    Text(String, bool),
    /// A word nobody knows.
    Unknown(String),
}

/// Words that stand for an action in one place, besides its name.
const ALIASES: [(&str, Action); 6] = [
    ("later", Action::Park),
    ("yes", Action::QuitNow),
    ("no", Action::Stay),
    ("keys", Action::Help),
    ("commands", Action::Palette),
    ("send", Action::Submit),
];

/// Reads a line. Characters of a place that takes text are text, unless a `:` leads them.
pub fn read(stack: Stack, line: &str) -> Meaning {
    let trimmed = line.trim();
    let command = trimmed.strip_prefix(':').filter(|rest| !rest.is_empty());
    if stack.takes_text() && command.is_none() {
        return match trimmed {
            "?" => Meaning::What,
            _ if is_list(stack) && trimmed.parse::<usize>().is_ok() => {
                Meaning::Number(trimmed.parse().unwrap_or(0), None)
            }
            _ => text(line),
        };
    }
    let words = command.unwrap_or(trimmed).trim();
    let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let rest = rest.trim();
    if let Some(field) = Field::by_word(first).filter(|_| stack == Stack::Compose) {
        return Meaning::Fill(field, rest.to_owned());
    }
    if let (Stack::Form | Stack::Question, Ok(number)) = (stack, first.parse::<usize>()) {
        return Meaning::FillNth(number, rest.to_owned());
    }
    match first {
        "" => Meaning::Nothing,
        "?" => Meaning::What,
        "more" => Meaning::More,
        "list" => Meaning::List,
        "where" => Meaning::Where,
        "send" if stack == Stack::Question => Meaning::Do(Action::SendAnswer, String::new()),
        "send" if matches!(stack, Stack::Compose | Stack::Form) => Meaning::Do(Action::PutUp, String::new()),
        _ => match (first.parse::<usize>(), named(first)) {
            (Ok(number), _) if rest.is_empty() => Meaning::Number(number, None),
            (Ok(number), _) => {
                named(rest).map_or_else(|| unknown(rest), |action| Meaning::Number(number, Some(action)))
            }
            (Err(_), Some(action)) => Meaning::Do(action, rest.to_owned()),
            (Err(_), None) => unknown(first),
        },
    }
}

/// Whether numbers choose here although characters are text.
fn is_list(stack: Stack) -> bool {
    matches!(stack, Stack::Palette | Stack::Picker)
}

fn text(line: &str) -> Meaning {
    match line.strip_suffix('\\') {
        Some(begun) => Meaning::Text(begun.to_owned(), true),
        None => Meaning::Text(line.to_owned(), false),
    }
}

fn named(word: &str) -> Option<Action> {
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == word).map(|(_, action)| *action);
    Action::by_name(word).or_else(alias).filter(|action| action.is_available())
}

fn unknown(word: &str) -> Meaning {
    Meaning::Unknown(word.chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::console::panes::PaneId;

    const QUEUE: Stack = Stack::Pane(PaneId::Queue);

    #[test]
    fn every_action_is_reached_by_its_name_wherever_it_works() {
        for stack in Stack::all() {
            for action in Action::ALL.iter().copied().filter(|action| stack.has(*action)) {
                let line = format!(":{}", action.name());
                assert_eq!(read(stack, &line), Meaning::Do(action, String::new()), "{} in {stack:?}", action.name());
                if !stack.takes_text() {
                    assert_eq!(read(stack, action.name()), Meaning::Do(action, String::new()), "{stack:?}");
                }
            }
        }
        let everywhere = Stack::all();
        for action in Action::ALL.iter().filter(|action| action.is_available()) {
            assert!(everywhere.iter().any(|stack| stack.has(*action)), "{} works nowhere", action.name());
        }
    }

    #[test]
    fn words_of_this_mode_hide_no_action() {
        for word in ["more", "list", "where"].into_iter().chain(ALIASES.iter().map(|(alias, _)| *alias)) {
            assert_eq!(Action::by_name(word), None, "{word} is an action's name");
        }
        let fields = Action::ALL.iter().filter(|action| Field::by_word(action.name()).is_some());
        assert_eq!(fields.count(), 0, "a field is called as an action");
    }

    #[test]
    fn lines_mean_what_they_say() {
        assert_eq!(read(QUEUE, " 3 "), Meaning::Number(3, None));
        assert_eq!(read(QUEUE, "3 copy"), Meaning::Number(3, Some(Action::Copy)));
        assert_eq!(read(QUEUE, "filter charged twice"), Meaning::Do(Action::Filter, "charged twice".into()));
        assert_eq!(read(QUEUE, "fly"), Meaning::Unknown("fly".into()));
        assert_eq!(read(QUEUE, ""), Meaning::Nothing);
        let typing = Stack::Typing(PaneId::Assistant);
        assert_eq!(read(typing, "queue"), Meaning::Text("queue".into(), false));
        assert_eq!(read(typing, "12"), Meaning::Text("12".into(), false));
        assert_eq!(read(typing, "one\\"), Meaning::Text("one".into(), true));
        assert_eq!(read(typing, ":queue"), Meaning::Do(Action::GoQueue, String::new()));
        assert_eq!(read(Stack::Compose, "subject to change"), Meaning::Text("subject to change".into(), false));
        assert_eq!(read(Stack::Compose, ":subject Your bill"), Meaning::Fill(Field::Subject, "Your bill".into()));
        assert_eq!(read(Stack::Compose, ":send"), Meaning::Do(Action::PutUp, String::new()));
        assert_eq!(read(QUEUE, "subject"), Meaning::Unknown("subject".into()));
        assert_eq!(read(Stack::Picker, "2"), Meaning::Number(2, None));
    }

    proptest! {
        #[test]
        fn no_line_makes_the_reader_stumble(line in "\\PC{0,60}") {
            for stack in Stack::all() {
                let _ = read(stack, &line);
            }
        }
    }
}
