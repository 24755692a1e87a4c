//! Owns the palette: everything one can do or go to from the pane in front, found by a few letters, and the `:` commands
//! with their arguments. Does nothing itself: what is chosen goes to `update::commands`.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::choosing::Place;
use crate::{
    console::{
        actions::Action,
        commands::{COMMANDS, Command},
        keymap::{Key, Stack},
        msg::Target,
        state::State,
        theme::{Role, Theme},
        widgets::{cut, frame, input::Input},
    },
    domain::CustomerId,
    privacy::text,
};

/// Columns it takes at most.
const WIDEST: u16 = 76;

/// What choosing an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// An action.
    Act(Action),
    /// Going somewhere.
    Open(Target),
    /// A command line, as if it had been typed: `search refund`.
    Line(String),
    /// A command that still wants its argument.
    Begin(&'static Command),
}

/// Something the palette offers. Words from outside are made safe when drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is called: shown first, matched.
    pub name: String,
    /// What it is or does: shown dim, matched.
    pub about: String,
    /// What choosing it does.
    pub goal: Goal,
}

impl Entry {
    /// Whether it leads to this customer.
    pub fn is_of(&self, wanted: &CustomerId) -> bool {
        match &self.goal {
            Goal::Open(Target::Timeline { customer, .. } | Target::Kobjects { customer }) => customer == wanted,
            Goal::Open(_) | Goal::Act(_) | Goal::Line(_) | Goal::Begin(_) => false,
        }
    }
}

/// How many conversations of the queue are offered by their subjects.
const SUBJECTS: usize = 300;

/// The palette.
#[derive(Debug)]
pub struct Palette {
    stack: Stack,
    entries: Vec<Entry>,
    typed: Input,
    chosen: usize,
    /// What is wrong with what was typed.
    says: Option<String>,
}

impl Palette {
    /// An empty palette over the pane in front: what was done lately, what can be done, where one can go.
    pub fn new(state: &State) -> Self {
        let stack = Stack::Pane(state.focus);
        let can = |action: &Action| action.is_command() && stack.has(*action) && state.has_use_for(*action);
        let act = |action: &Action| Entry {
            name: action.name().to_owned(),
            about: action.help().to_owned(),
            goal: Goal::Act(*action),
        };
        let mut entries: Vec<Entry> = Action::ALL.iter().filter(|action| can(action)).map(act).collect();
        let place = |entry: &Entry| state.around.lately.iter().position(|name| *name == entry.name);
        entries.sort_by_key(|entry| place(entry).unwrap_or(usize::MAX));
        let begin = |command: &'static Command| Entry {
            name: format!("{} …", command.name),
            about: format!("{} ({})", command.help, command.wants),
            goal: Goal::Begin(command),
        };
        // Those that are an action too stand there already.
        let is_of_use = |command: &&Command| {
            Action::by_name(command.name).is_none() && command.action().is_none_or(|action| stack.has(action))
        };
        entries.extend(COMMANDS.iter().filter(is_of_use).map(begin));
        entries.extend(state.shared.searches.all.iter().map(|saved| Entry {
            name: saved.name.clone(),
            about: "saved search".to_owned(),
            goal: Goal::Open(Target::Search { context: saved.context.clone(), query: saved.query.clone() }),
        }));
        entries.extend(state.around.offers.values().flatten().cloned());
        entries.extend(state.around.customers.iter().cloned());
        entries.extend(subjects(state));
        Self { stack, entries, typed: Input::default(), chosen: 0, says: None }
    }

    /// Takes a key as text.
    pub fn key(&mut self, key: &Key) {
        self.typed.key(key);
        (self.chosen, self.says) = (0, None);
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.typed.paste(text);
        (self.chosen, self.says) = (0, None);
    }

    /// Puts a command's name before the cursor, to be given its argument.
    pub fn begin(&mut self, command: &Command) {
        self.typed = Input::with(&format!("{} ", command.name));
        (self.chosen, self.says) = (0, None);
    }

    /// Says what is wrong with what was typed.
    pub fn say(&mut self, words: String) {
        self.says = Some(words);
    }

    /// Moves among what matches.
    pub fn step(&mut self, by: isize) {
        let len = self.rows().len().max(1) as isize;
        self.chosen = (self.chosen as isize + by).rem_euclid(len).unsigned_abs();
    }

    /// Chooses the n-th of what matches; `false` if there are fewer.
    pub fn choose(&mut self, place: usize) -> bool {
        self.chosen = place;
        self.chosen().is_some()
    }

    /// Looks for these letters alone, and says how much matches.
    pub fn narrow(&mut self, words: &str) -> usize {
        self.typed = Input::with(words);
        (self.chosen, self.says) = (0, None);
        self.rows().len()
    }

    /// What matches, in words.
    pub fn spoken(&self) -> Vec<String> {
        self.rows().iter().map(|entry| format!("{}: {}", text::line(&entry.name), text::line(&entry.about))).collect()
    }

    /// What is chosen: an entry, or the line as typed where it is a command.
    pub fn chosen(&self) -> Option<Goal> {
        if Command::split(self.typed.words()).is_some() {
            return Some(Goal::Line(self.typed.words().to_owned()));
        }
        self.rows().get(self.chosen).map(|entry| entry.goal.clone())
    }

    /// What there is to choose: nothing once a command's argument is being typed, else what matches.
    fn rows(&self) -> Vec<Entry> {
        match Command::split(self.typed.words()) {
            Some(_) => Vec::new(),
            None => matching(&self.entries, self.typed.words().trim_start().trim_start_matches(':').trim()),
        }
    }

    /// Chooses the row at a cell, as far as there is one.
    pub fn choose_at(&mut self, screen: Rect, column: u16, row: u16) {
        let count = self.rows().len();
        let at = Place::new(count, self.chosen, WIDEST, screen).row_at(column, row);
        if let Some(row) = at.filter(|row| *row < count) {
            self.chosen = row;
        }
    }

    /// Draws it over the upper middle of the screen.
    pub fn view(&self, state: &State, theme: &Theme, screen: Rect, buf: &mut Buffer) {
        let rows = self.rows();
        let Place { area, list, top } = Place::new(rows.len(), self.chosen, WIDEST, screen);
        let looks = (Role::BorderFocused, Role::TitleFocused);
        let inside = frame::overlay(theme, state.shared.ascii, "Commands", looks, area, buf);
        self.typed.view(theme, "type a few letters", true, inside, buf);
        if let Some(words) = &self.says {
            let words = text::line(words);
            frame::row(&Line::styled(words.as_ref(), theme.style(Role::Warning)), inside, 1, buf);
        }
        if rows.is_empty() {
            let words = match Command::split(self.typed.words()) {
                Some((command, "")) => format!("{}: type {}", command.help, command.wants),
                Some((command, _)) => format!("Enter: {}", command.help),
                None => "nothing by that name here".to_owned(),
            };
            frame::row(&Line::styled(words, theme.style(Role::Dim)), list, 0, buf);
        }
        for (row, (place, entry)) in (0..list.height).zip(rows.iter().enumerate().skip(top)) {
            frame::row(&self.line(state, theme, entry, usize::from(list.width)), list, row, buf);
            if place == self.chosen {
                frame::under(theme.style(Role::Selected), list, row, buf);
            }
        }
    }

    fn line<'a>(&self, state: &State, theme: &Theme, entry: &Entry, room: usize) -> Line<'a> {
        let key = match &entry.goal {
            Goal::Act(action) => state.keymap.hint(self.stack, *action),
            Goal::Open(_) | Goal::Line(_) | Goal::Begin(_) => String::new(),
        };
        let keys = cut::width(&key);
        let left = room.saturating_sub(keys + 1);
        // A subject needs room, what it is does not.
        let names = if matches!(entry.goal, Goal::Open(_)) { left.saturating_sub(13) } else { 15.min(left) };
        Line::from(vec![
            Span::styled(cut::pad(&text::line(&entry.name), names), theme.style(Role::Strong)),
            Span::raw(" "),
            Span::styled(cut::pad(&text::line(&entry.about), left.saturating_sub(names + 1)), theme.style(Role::Dim)),
            Span::raw(" "),
            Span::styled(key, theme.style(Role::HintKey)),
        ])
    }
}

/// The queue's conversations, by their subjects.
fn subjects(state: &State) -> impl Iterator<Item = Entry> {
    state.panes.queue.conversations().iter().take(SUBJECTS).filter_map(|conversation| {
        let target =
            Target::Timeline { customer: conversation.customer.clone()?, conversation: Some(conversation.id.clone()) };
        Some(Entry {
            name: conversation.name.line().as_ref().to_owned(),
            about: "conversation".to_owned(),
            goal: Goal::Open(target),
        })
    })
}

/// The entries that match what is typed, the best first; all in their order while nothing is. An entry's own name, typed in
/// full, comes before all, and what can be done before what can be gone to.
fn matching(all: &[Entry], typed: &str) -> Vec<Entry> {
    if typed.is_empty() {
        return all.to_vec();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u8, u32, usize)> = Vec::new();
    for (place, entry) in all.iter().enumerate() {
        let words = format!("{} {}", entry.name, entry.about);
        let Some(score) = pattern.score(Utf32Str::new(&words, &mut buffer), &mut matcher) else { continue };
        let rank = match &entry.goal {
            _ if entry.name.eq_ignore_ascii_case(typed) => 0,
            _ if starts_with(&entry.name, typed) => 1,
            Goal::Act(_) | Goal::Begin(_) | Goal::Line(_) => 2,
            Goal::Open(_) => 3,
        };
        scored.push((rank, u32::MAX - score, place));
    }
    scored.sort_unstable();
    scored.into_iter().map(|(.., place)| all[place].clone()).collect()
}

fn starts_with(name: &str, typed: &str) -> bool {
    name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, about: &str, goal: Goal) -> Entry {
        Entry { name: name.into(), about: about.into(), goal }
    }

    fn entries() -> Vec<Entry> {
        let to = Target::Timeline { customer: CustomerId::new("c1"), conversation: None };
        let mut all = vec![entry("Reload broke my cart", "conversation", Goal::Open(to))];
        all.extend(
            [Action::GoAudit, Action::Reload, Action::Quit]
                .map(|action| entry(action.name(), action.help(), Goal::Act(action))),
        );
        all
    }

    #[test]
    fn a_full_name_wins_a_few_letters_find_and_doing_comes_before_going() {
        let first = |typed| matching(&entries(), typed).first().map(|entry| entry.name.clone());
        assert_eq!(first("quit").as_deref(), Some("quit"));
        assert_eq!(first("reload").as_deref(), Some("reload"));
        assert_eq!(first("rld").as_deref(), Some("reload"));
        assert_eq!(first("cart").as_deref(), Some("Reload broke my cart"));
        assert_eq!(first("zzzz"), None);
    }
}
