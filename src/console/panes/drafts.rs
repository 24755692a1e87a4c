//! Owns the Drafts pane: replies that wait at the desk for the most urgent customers, and words half typed here. Does not
//! send: a draft is read, copied, or opened where it belongs.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{
            cut, frame,
            list::Cursor,
            rich::{self, Quotes},
            states, when,
        },
    },
    domain::{CustomerId, Draft},
    privacy::text,
};

/// How many of the queue's customers are asked after: one request each.
const COVERED: usize = 25;
/// Wide enough for the words beside the list.
const WIDE: u16 = 100;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Drafts {
    drafts: Remote<Vec<Draft>>,
    /// The customers asked after last.
    covered: Vec<CustomerId>,
    cursor: Cursor,
}

/// One line of the list.
enum Entry<'a> {
    /// A reply waiting at the desk.
    Desk(&'a Draft),
    /// Words half typed here: what for, and the words.
    Local(&'a str, &'a str),
}

impl Pane for Drafts {
    const SPEC: Spec =
        Spec { title: "Drafts", about: "replies waiting for the queue's most urgent customers", actions: &[] };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        let covered: Vec<_> = cx.shared.urgent.iter().take(COVERED).cloned().collect();
        if self.covered != covered || matches!(self.drafts, Remote::NotAsked | Remote::Failed(..)) {
            self.ask(covered, cx);
        }
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        if let Fetched::Drafts(answer) = answer {
            self.drafts.answer(answer, cx.shared.moment.now);
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let entries = self.entries(cx.shared);
        let len = entries.len();
        let chosen = self.cursor.chosen(len).map(|row| &entries[row]);
        match action {
            Action::Open => match chosen {
                Some(Entry::Desk(Draft { customer: Some(customer), conversation, .. })) => {
                    let target = Target::Timeline { customer: customer.clone(), conversation: conversation.clone() };
                    cx.open(target);
                }
                Some(Entry::Desk(_)) => return Err(Cannot("the desk does not say whose draft this is")),
                Some(Entry::Local(..)) => return Err(Cannot("half-typed words wait where they were typed")),
                None => return Err(Cannot("there is no draft to open")),
            },
            Action::Copy => {
                let words = match chosen.ok_or(Cannot("choose a draft first"))? {
                    Entry::Desk(draft) => draft.body.block().into_string(),
                    Entry::Local(_, words) => text::block(words).into_string(),
                };
                cx.effect(Effect::Copy(words));
                cx.say("the draft's words are on the clipboard");
            }
            Action::Reload => {
                let covered = cx.shared.urgent.iter().take(COVERED).cloned().collect();
                self.ask(covered, cx);
            }
            action if self.cursor.act(action, len) => {}
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.drafts.value().filter(|drafts| !drafts.is_empty()).map(|drafts| drafts.len().to_string())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 3 {
            return;
        }
        let (words, role) = self.coverage(cx.shared);
        frame::row(&Line::styled(cut::fit(&words, usize::from(inside.width)), cx.theme.style(role)), inside, 0, buf);
        let body = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        let entries = self.entries(cx.shared);
        if entries.is_empty() {
            if !self.covered.is_empty() && states::instead(cx.theme, &self.drafts, "drafts", body, buf) {
                return;
            }
            let lines = ["Drafts that people or the assistant leave at the desk stand here until somebody sends them."];
            states::message(cx.theme, ("No draft waits", Role::Dim), &lines, body, buf);
            return;
        }
        let (list, preview) = if body.width >= WIDE {
            let left = body.width * 2 / 5;
            let preview = Rect { x: body.x + left, width: body.width - left, ..body };
            (Rect { width: left, ..body }, preview)
        } else {
            let top = u16::try_from(entries.len()).unwrap_or(u16::MAX).min(body.height / 2);
            (Rect { height: top, ..body }, Rect { y: body.y + top, height: body.height - top, ..body })
        };
        self.view_list(cx, &entries, list, buf);
        if let Some(row) = self.cursor.chosen(entries.len()) {
            preview_of(cx, &entries[row], preview, buf);
        }
    }
}

impl Drafts {
    fn ask(&mut self, covered: Vec<CustomerId>, cx: &mut UpdateCx<'_>) {
        self.covered.clone_from(&covered);
        if covered.is_empty() {
            // Nobody to ask after is an answer, too; the queue may not be there yet.
            self.drafts = Remote::NotAsked;
            return;
        }
        self.drafts.ask();
        cx.fetch(Fetch::Drafts(covered));
    }

    fn entries<'a>(&'a self, shared: &'a Shared) -> Vec<Entry<'a>> {
        let desk = self.drafts.value().into_iter().flatten().map(Entry::Desk);
        let local = shared.scratches.iter().filter(|(_, words)| !words.trim().is_empty());
        desk.chain(local.map(|(key, words)| Entry::Local(key, words))).collect()
    }

    /// What the list covers, in words: it is not every draft of the org.
    fn coverage(&self, shared: &Shared) -> (String, Role) {
        if let Some(stale) = states::staleness(&self.drafts) {
            return stale;
        }
        let of = shared.urgent.len();
        let words = match self.covered.len() {
            0 => "The queue is empty or not read yet: no customer to look for drafts of.".to_owned(),
            n if n < of => {
                format!("Drafts of the {n} most urgent customers of {of} in the queue, and words half typed here")
            }
            n => format!("Drafts of all {n} customers in the queue, and words half typed here"),
        };
        (words, Role::Dim)
    }

    fn view_list(&self, cx: &ViewCx<'_>, entries: &[Entry<'_>], area: Rect, buf: &mut Buffer) {
        let chosen = self.cursor.chosen(entries.len());
        let width = usize::from(area.width);
        for (y, index) in (0..).zip(self.cursor.rows(entries.len(), usize::from(area.height))) {
            let (words, role) = headline(cx, &entries[index]);
            frame::row(&Line::styled(cut::pad(&words, width), cx.theme.style(role)), area, y, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, y, buf);
            }
        }
    }
}

fn headline(cx: &ViewCx<'_>, entry: &Entry<'_>) -> (String, Role) {
    match entry {
        Entry::Desk(draft) => {
            let age = draft.at.map_or_else(|| "–".to_owned(), |at| when::age(at, cx.shared.moment.now));
            let first = draft.subject.as_ref().filter(|subject| !subject.is_blank()).unwrap_or(&draft.body).line();
            let channel = text::line(draft.channel.as_str());
            (format!(" {age:>4} {} {first}", cut::pad(&channel, 8)), Role::MessageDraft)
        }
        Entry::Local(key, words) => (format!(" here {} {}", cut::pad(&kind(key), 8), text::line(words)), Role::Text),
    }
}

/// What half-typed words were meant for.
fn kind(key: &str) -> String {
    let word = key.split(':').next().unwrap_or(key);
    text::line(word).into_string()
}

fn preview_of(cx: &ViewCx<'_>, entry: &Entry<'_>, area: Rect, buf: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let (title, body) = match entry {
        Entry::Desk(draft) => {
            let status = text::line(&draft.status);
            let sends = draft.send_at.map(|at| when::at(at, cx.shared.moment.now, &cx.shared.zone));
            let sends = sends.map(|at| format!(" · goes out {at}")).unwrap_or_default();
            let by = draft.by.as_ref().and_then(|by| cx.shared.directory.value()?.users.get(by));
            let by = by.map(|user| format!(" · {}", user.name.line())).unwrap_or_default();
            (format!("{} · not sent · {status}{sends}{by}", text::line(draft.channel.as_str())), draft.body.raw())
        }
        Entry::Local(key, words) => (format!("half typed here: {}", kind(key)), *words),
    };
    let inside = frame::titled(cx, &title, false, area, buf);
    let rows = rich::rows(body, usize::from(inside.width), Role::Text, Quotes::Folded);
    let height = usize::from(inside.height);
    let (shown, more) =
        if rows.len() > height { (height.saturating_sub(1), rows.len() - height + 1) } else { (height, 0) };
    for (y, row) in (0..).zip(rows.iter().take(shown)) {
        frame::row(&row.line(cx.theme, ""), inside, y, buf);
    }
    if more > 0 {
        let words = Line::styled(format!("▸ {more} more lines · Enter opens the timeline"), cx.theme.style(Role::Dim));
        frame::row(&words, inside, inside.height - 1, buf);
    }
}
