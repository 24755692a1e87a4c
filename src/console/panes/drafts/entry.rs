//! Owns one line of the list of drafts: where its words are, what they are called, and what is known about them. Draws no
//! frame.

use ratatui::text::{Line, Span};

use crate::{
    console::{
        compose::{Letter, view::guarded},
        pane::ViewCx,
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, when},
    },
    domain::Draft,
    privacy::text,
};

/// Where the assistant's prompt is kept.
const PROMPT: &str = "assistant";
/// Where words to people are kept: one of these and an id.
const KINDS: [(&str, &str); 4] =
    [("note", "note on"), ("reply", "reply in"), ("write", "message to"), ("draft", "change of draft")];
/// Cells of the columns before the name: channel, author, state.
const COLUMNS: [usize; 3] = [9, 8, 13];

/// One line of the list.
#[derive(Clone, Copy)]
pub enum Entry<'a> {
    /// At the desk.
    Desk(&'a Draft),
    /// Half typed here: the key it is kept under, and what is kept.
    Here(&'a str, &'a str),
}

impl<'a> Entry<'a> {
    /// Half-typed words, if these are some: other panes keep other things.
    pub fn here(key: &'a str, kept: &'a str) -> Option<Self> {
        let is_words = key.starts_with(PROMPT) && !key.contains(':')
            || key.split_once(':').is_some_and(|(kind, _)| KINDS.iter().any(|(known, _)| *known == kind));
        (is_words && !kept.trim().is_empty()).then_some(Self::Here(key, kept))
    }

    /// What it is told by, across reloads.
    pub fn id(self) -> &'a str {
        match self {
            Self::Desk(draft) => draft.id.as_str(),
            Self::Here(key, _) => key,
        }
    }

    /// The draft that half-typed words change, if it is still there.
    pub fn draft_among(self, found: &Remote<Vec<Draft>>) -> Option<&Draft> {
        let (_, id) = self.id().split_once(':')?;
        found.value()?.iter().find(|draft| draft.id.as_str() == id)
    }

    /// The words themselves, clean.
    pub fn words(self) -> String {
        match self {
            Self::Desk(draft) => draft.body.block().into_string(),
            Self::Here(key, kept) if key.contains(':') && !key.starts_with("note:") => {
                text::block(&Letter::read(kept).body).into_string()
            }
            Self::Here(_, words) => text::block(words).into_string(),
        }
    }

    /// What it is called: the subject, else how it begins; for half-typed words, where they were typed.
    pub fn name(self) -> String {
        match self {
            Self::Desk(draft) => match &draft.subject {
                Some(subject) if !subject.is_blank() => subject.line().into_string(),
                Some(_) | None => {
                    let begins: String = draft.body.raw().trim_start().chars().take(100).collect();
                    if begins.is_empty() { "(empty)".to_owned() } else { text::line(&begins).into_string() }
                }
            },
            Self::Here(key, _) => match key.split_once(':') {
                None => "to the assistant".to_owned(),
                Some((kind, id)) => {
                    let what = KINDS.iter().find(|(known, _)| *known == kind).map_or("for", |(_, what)| what);
                    format!("{what} {}", text::line(id))
                }
            },
        }
    }

    /// Whether a filter lets it through.
    pub fn matches(self, wanted: &str, shared: &Shared) -> bool {
        let of_draft = |draft: &Draft| {
            draft.channel.as_str().contains(wanted) || author(draft, shared).to_lowercase().contains(wanted)
        };
        let is_about = match self {
            Self::Desk(draft) => of_draft(draft),
            Self::Here(..) => "here half typed".contains(wanted),
        };
        is_about || self.name().to_lowercase().contains(wanted) || self.words().to_lowercase().contains(wanted)
    }

    /// Its line at this width.
    pub fn row(self, cx: &ViewCx<'_>, width: usize) -> Line<'static> {
        let shared = cx.shared;
        let (place, by, state, age) = match self {
            Self::Desk(draft) => {
                let age = draft.at.map(|at| when::age(at, shared.moment.now)).unwrap_or_default();
                let channel = text::line(draft.channel.as_str()).into_string();
                (channel, kind(draft, shared), state(draft, shared), age)
            }
            Self::Here(..) => ("here".to_owned(), "you", "half typed".to_owned(), String::new()),
        };
        let name = width.saturating_sub(COLUMNS.iter().sum::<usize>() + 5);
        let role = if matches!(self, Self::Desk(_)) { Role::MessageDraft } else { Role::Dim };
        let cell = |words: &str, cells: usize| format!("{} ", cut::pad(words, cells - 1));
        Line::from(vec![
            Span::styled(cell(&place, COLUMNS[0]), cx.theme.style(Role::Channel)),
            Span::styled(cell(by, COLUMNS[1]), cx.theme.style(Role::Dim)),
            Span::styled(cell(&state, COLUMNS[2]), cx.theme.style(role)),
            Span::styled(cut::pad(&self.name(), name), cx.theme.style(Role::Text)),
            Span::styled(cut::pad_left(&age, 5), cx.theme.style(Role::Dim)),
        ])
    }

    /// What is known about it besides its words.
    pub fn facts(self, shared: &Shared) -> Vec<(String, Role)> {
        let Self::Desk(draft) = self else {
            let words = "half typed in this console, kept on this computer, not at the desk";
            return vec![(words.to_owned(), Role::Dim)];
        };
        let to: Vec<String> = draft.to.iter().map(|to| guarded(to).line().into_string()).collect();
        let to = if to.is_empty() { "the conversation's own recipient".to_owned() } else { to.join(", ") };
        let mut facts = vec![(format!("{} · to {to}", text::line(draft.channel.as_str())), Role::Dim)];
        let count = draft.body.raw().chars().count();
        facts.push(match draft.channel.body_limit() {
            Some(limit) if count > limit => {
                (format!("{count} of {limit} characters: {} too long to be sent", count - limit), Role::Error)
            }
            Some(limit) => (format!("{count} of {limit} characters"), Role::Dim),
            None => (format!("{count} characters"), Role::Dim),
        });
        if let Some(at) = draft.send_at {
            facts.push((format!("the desk sends it by itself at {}", when::minute(at, &shared.zone)), Role::Warning));
        }
        if let Some(customer) = &draft.customer {
            facts.push((format!("for customer {customer}"), Role::Dim));
        }
        let by = draft.by.as_ref().map(|_| format!("by {} ({})", author(draft, shared), kind(draft, shared)));
        let written = draft.at.map(|at| when::minute(at, &shared.zone));
        let facts_of_making: Vec<String> = by.into_iter().chain(written).collect();
        if !facts_of_making.is_empty() {
            facts.push((format!("written {}", facts_of_making.join(", ")), Role::Dim));
        }
        facts
    }
}

/// When it leaves by itself, else its state as the desk has it.
fn state(draft: &Draft, shared: &Shared) -> String {
    match draft.send_at {
        Some(at) => when::at(at, shared.moment.now, &shared.zone),
        None => text::line(&draft.status).into_string(),
    }
}

/// The author's name, else their id.
fn author(draft: &Draft, shared: &Shared) -> String {
    let Some(id) = &draft.by else { return String::new() };
    let user = shared.directory.value().and_then(|directory| directory.users.get(id));
    user.map_or_else(|| format!("user {id}"), |user| user.name.line().into_string())
}

/// What kind of author: a machine user's words want another look than a colleague's.
fn kind(draft: &Draft, shared: &Shared) -> &'static str {
    let Some(id) = &draft.by else { return "unknown" };
    if shared.me.value().is_some_and(|me| me.id == *id) {
        return "you";
    }
    match shared.directory.value().and_then(|directory| directory.users.get(id)) {
        Some(user) if user.machine => "machine",
        Some(_) => "person",
        None => "unknown",
    }
}
