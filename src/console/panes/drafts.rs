//! Owns the Drafts pane: replies that wait at the desk for the most urgent customers, and words half typed in this console;
//! a list and a preview. Reads only: sending a draft is not done here.
//!
//! ```text
//! ┌ 5 Drafts ────────────────────────────────────────────────┐
//! │ 2 drafts of the 12 most urgent customers · 1 half typed   │
//! │ email   draft   Your second charge            3m         │
//! │ here    -       assistant                                │
//! ├ Your second charge ──────────────────────────────────────┤
//! │ Hi Nadia, …                                              │
//! └──────────────────────────────────────────────────────────┘
//! ```

mod linear;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, list, list::Cursor, states, when},
    },
    domain::{CustomerId, Draft},
    privacy::text,
};

/// Each customer costs the desk a call, so only so many are looked at.
const CUSTOMERS: usize = 20;
/// From this width on the preview stands beside the list instead of below.
const BESIDE: u16 = 100;
/// The preview shows so many characters; `y` copies all.
const PREVIEW: usize = 20_000;
/// Where the assistant's prompt is kept.
const PROMPT: &str = "assistant";
/// Where a note is kept: this, then the customer's id.
const NOTE: &str = "note:";

/// The pane's state.
#[derive(Debug, Default)]
pub struct Drafts {
    found: Remote<Vec<Draft>>,
    /// Whose drafts were asked for.
    covered: Vec<CustomerId>,
    cursor: Cursor,
    scroll: usize,
}

/// One line of the list.
#[derive(Clone, Copy)]
enum Entry<'a> {
    /// At the desk.
    Desk(&'a Draft),
    /// Half typed here: the key it is kept under, and the words.
    Here(&'a str, &'a str),
}

impl Pane for Drafts {
    const SPEC: Spec = Spec {
        title: "Drafts",
        about: "replies waiting unsent for the most urgent customers, and words half typed here; nothing is sent here",
        actions: &[],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        let missing = cx.shared.urgent.iter().take(CUSTOMERS).any(|customer| !self.covered.contains(customer));
        let failed = matches!(self.found, Remote::Failed(None, _));
        if missing || failed {
            self.ask(cx);
        }
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        if let Fetched::Drafts(answer) = answer {
            self.found.answer(answer, cx.shared.moment.now);
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match action {
            Action::HalfDown | Action::HalfUp | Action::PageDown | Action::PageUp => {
                self.scroll = list::moved(action, self.scroll, self.longest(cx.shared)).unwrap_or(self.scroll);
                return Ok(());
            }
            Action::Reload => {
                self.ask(cx);
                return Ok(());
            }
            _ => {}
        }
        let len = self.entries(cx.shared).len();
        if self.cursor.act(action, len) {
            self.scroll = 0;
            return Ok(());
        }
        let entries = self.entries(cx.shared);
        match (action, self.cursor.chosen(len).map(|at| entries[at])) {
            (Action::Open, Some(entry)) => open(entry, cx),
            (Action::Copy, Some(entry)) => {
                cx.effect(Effect::Copy(entry.words()));
                cx.say("the words are on the clipboard");
                Ok(())
            }
            (Action::Open | Action::Copy, None) => Err(Cannot("there is no draft here")),
            _ => Err(Cannot("nothing to do that to here")),
        }
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.found.value().map(Vec::len).filter(|waiting| *waiting > 0).map(|waiting| waiting.to_string())
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 4 {
            return;
        }
        frame::row(&self.summary(cx), inside, 0, buf);
        let rest = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        let entries = self.entries(cx.shared);
        if entries.is_empty() {
            self.view_nothing(cx, rest, buf);
            return;
        }
        let (list, preview) = if rest.width >= BESIDE {
            let left = rest.width / 2;
            (Rect { width: left, ..rest }, Rect { x: rest.x + left + 1, width: rest.width - left - 1, ..rest })
        } else {
            let rows = u16::try_from(entries.len()).unwrap_or(u16::MAX).clamp(1, rest.height / 2);
            (Rect { height: rows, ..rest }, Rect { y: rest.y + rows, height: rest.height - rows, ..rest })
        };
        self.view_list(cx, &entries, list, buf);
        if let Some(at) = self.cursor.chosen(entries.len()) {
            self.view_preview(cx, entries[at], preview, buf);
        }
    }
}

impl Entry<'_> {
    /// The words themselves, clean.
    fn words(self) -> String {
        match self {
            Self::Desk(draft) => draft.body.block().into_string(),
            Self::Here(_, words) => text::block(words).into_string(),
        }
    }

    /// What it is called: the subject, else how it begins; for half-typed words, where they were typed.
    fn name(self) -> String {
        match self {
            Self::Desk(draft) => match &draft.subject {
                Some(subject) if !subject.is_blank() => subject.line().into_string(),
                Some(_) | None => {
                    let begins: String = draft.body.raw().trim_start().chars().take(100).collect();
                    if begins.is_empty() { "(empty)".to_owned() } else { text::line(&begins).into_string() }
                }
            },
            Self::Here(PROMPT, _) => "to the assistant".to_owned(),
            Self::Here(key, _) => match key.strip_prefix(NOTE) {
                Some(customer) => format!("note on customer {}", text::line(customer)),
                None => format!("in {}", text::line(key)),
            },
        }
    }
}

impl Drafts {
    fn ask(&mut self, cx: &mut UpdateCx<'_>) {
        let customers: Vec<CustomerId> = cx.shared.urgent.iter().take(CUSTOMERS).cloned().collect();
        if customers.is_empty() {
            cx.say("the queue tells whose drafts to look for: it has not been read yet");
            return;
        }
        self.covered.clone_from(&customers);
        self.found.ask();
        cx.fetch(Fetch::Drafts(customers));
    }

    /// Drafts in the order of their customers' urgency, then what was typed here.
    fn entries<'a>(&'a self, shared: &'a Shared) -> Vec<Entry<'a>> {
        let desk = self.found.value().into_iter().flatten().map(Entry::Desk);
        let typed = shared.scratches.iter().filter(|(key, words)| is_typed(key, words));
        desk.chain(typed.map(|(key, words)| Entry::Here(key, words))).collect()
    }

    /// How far the preview may be scrolled: about its lines when narrow. The view keeps the last ones in sight.
    fn longest(&self, shared: &Shared) -> usize {
        let entries = self.entries(shared);
        let chosen = self.cursor.chosen(entries.len()).map(|at| entries[at]);
        chosen.map_or(0, |entry| cut::wrap(&entry.words(), 40).len())
    }

    /// What the list covers, said plainly: it is not every draft of the org.
    fn summary(&self, cx: &ViewCx<'_>) -> Line<'static> {
        let waiting = match (&self.found, self.found.value()) {
            (Remote::Failed(None, problem), _) => format!("drafts at the desk not read: {}", text::line(&problem.why)),
            (_, Some(drafts)) => {
                let s = if drafts.len() == 1 { "" } else { "s" };
                format!("{} draft{s} of the {} most urgent customers", drafts.len(), self.covered.len())
            }
            (Remote::Loading(_), None) => format!("reading drafts of {} customers …", self.covered.len()),
            (_, None) => "drafts at the desk not read yet".to_owned(),
        };
        let typed = cx.shared.scratches.iter().filter(|(key, words)| is_typed(key, words)).count();
        let role = if matches!(self.found, Remote::Failed(None, _)) { Role::Warning } else { Role::Dim };
        let mut spans = vec![
            Span::styled(waiting, cx.theme.style(role)),
            Span::styled(format!(" · {typed} half typed here"), cx.theme.style(Role::Dim)),
        ];
        if let Some((stale, role)) = states::staleness(&self.found) {
            spans.push(Span::styled(format!("  {stale}"), cx.theme.style(role)));
        }
        Line::from(spans)
    }

    fn view_nothing(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if matches!(self.found, Remote::NotAsked) {
            let lines = ["The queue tells whose drafts to look for: go there first, then reload."];
            states::message(cx.theme, ("Drafts not read yet", Role::Dim), &lines, area, buf);
        } else if !states::instead(cx.theme, &self.found, "drafts", area, buf) {
            let lines = [
                "Only the most urgent customers of the queue are looked at, not the whole org.",
                "Words left half typed in this console are kept and listed here too.",
            ];
            states::message(cx.theme, ("No drafts waiting", Role::Dim), &lines, area, buf);
        }
    }

    fn view_list(&self, cx: &ViewCx<'_>, entries: &[Entry<'_>], area: Rect, buf: &mut Buffer) {
        let chosen = self.cursor.chosen(entries.len());
        for (line, index) in (0..).zip(self.cursor.rows(entries.len(), usize::from(area.height))) {
            frame::row(&row(cx, entries[index], usize::from(area.width)), area, line, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, line, buf);
            }
        }
    }

    fn view_preview(&self, cx: &ViewCx<'_>, entry: Entry<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::titled(cx, &entry.name(), false, area, buf);
        let width = usize::from(inside.width);
        let mut lines: Vec<(String, Role)> = Vec::new();
        for fact in facts(cx, entry) {
            lines.extend(cut::wrap(&fact, width).into_iter().map(|line| (line, Role::Dim)));
        }
        lines.push((String::new(), Role::Text));
        let words = entry.words();
        let shown: String = words.chars().take(PREVIEW).collect();
        lines.extend(cut::wrap(&shown, width).into_iter().map(|line| (line, Role::MessageDraft)));
        if shown.len() < words.len() {
            lines.push(("… cut here; y copies all".to_owned(), Role::Warning));
        }
        let height = usize::from(inside.height);
        let top = self.scroll.min(lines.len().saturating_sub(height));
        for (row, (line, role)) in (0..).zip(lines.iter().skip(top).take(height)) {
            frame::row(&Line::styled(line.as_str(), cx.theme.style(*role)), inside, row, buf);
        }
    }
}

/// To where the words belong.
/// Whether what is kept under a key is words somebody typed: the times of last looks are kept there too.
fn is_typed(key: &str, words: &str) -> bool {
    !key.starts_with("look:") && !words.trim().is_empty()
}

fn open(entry: Entry<'_>, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
    let target = match entry {
        Entry::Desk(draft) => Target::Timeline {
            customer: draft.customer.clone().ok_or(Cannot("the desk does not tell whose draft this is"))?,
            conversation: draft.conversation.clone(),
        },
        Entry::Here(PROMPT, _) => Target::Assistant,
        Entry::Here(key, _) => match key.strip_prefix(NOTE) {
            Some(customer) => Target::Timeline { customer: CustomerId::new(customer), conversation: None },
            None => return Err(Cannot("go to that pane: the words are still there")),
        },
    };
    cx.open(target);
    Ok(())
}

fn row(cx: &ViewCx<'_>, entry: Entry<'_>, width: usize) -> Line<'static> {
    let (place, state, age) = match entry {
        Entry::Desk(draft) => {
            let age = draft.at.map(|at| when::age(at, cx.shared.moment.now)).unwrap_or_default();
            (text::line(draft.channel.as_str()).into_string(), text::line(&draft.status).into_string(), age)
        }
        Entry::Here(..) => ("here".to_owned(), "half typed".to_owned(), String::new()),
    };
    let name = width.saturating_sub(9 + 11 + 5);
    let role = if matches!(entry, Entry::Desk(_)) { Role::MessageDraft } else { Role::Dim };
    Line::from(vec![
        Span::styled(format!("{} ", cut::pad(&place, 8)), cx.theme.style(Role::Channel)),
        Span::styled(format!("{} ", cut::pad(&state, 10)), cx.theme.style(role)),
        Span::styled(cut::pad(&entry.name(), name), cx.theme.style(Role::Text)),
        Span::styled(cut::pad_left(&age, 5), cx.theme.style(Role::Dim)),
    ])
}

/// What is known about it besides its words.
fn facts(cx: &ViewCx<'_>, entry: Entry<'_>) -> Vec<String> {
    let draft = match entry {
        Entry::Desk(draft) => draft,
        Entry::Here(..) => {
            return vec!["half typed in this console, kept on this computer, not at the desk".to_owned()];
        }
    };
    let shared = cx.shared;
    let mut facts = vec![format!("not sent · {} · {}", text::line(draft.channel.as_str()), text::line(&draft.status))];
    if let Some(at) = draft.send_at {
        facts.push(format!("the desk sends it by itself at {}", when::minute(at, &shared.zone)));
    }
    if let Some(customer) = &draft.customer {
        facts.push(format!("for customer {customer}"));
    }
    let written = draft.at.map(|at| when::minute(at, &shared.zone));
    let by = draft.by.as_ref().map(|id| {
        let user = shared.directory.value().and_then(|directory| directory.users.get(id));
        user.map_or_else(|| format!("user {id}"), |user| user.name.line().into_string())
    });
    facts.extend(match (by, written) {
        (Some(by), Some(at)) => Some(format!("written by {by}, {at}")),
        (Some(by), None) => Some(format!("written by {by}")),
        (None, Some(at)) => Some(format!("written {at}")),
        (None, None) => None,
    });
    facts
}

#[cfg(test)]
mod tests;
