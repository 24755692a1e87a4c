//! Owns the Audit pane: what was approved, refused and done, newest first, and on whose yes. Does not write the trail
//! nor check its chain (`approval`): it says how to have it checked.

mod linear;
mod report;
mod sieve;

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use self::{report::Report, sieve::Sieve};
use crate::{
    approval::{Entry, Recorded},
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        keymap::Key,
        linear::spoken::Spoken,
        msg::Fetched,
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, list::Cursor, rich::Row, states, when},
    },
    privacy::text,
};

/// How to prove that the trail is whole.
const VERIFY: &str =
    "each entry seals the one before: `shiftdeck audit verify` proves that none was changed or removed";

/// The pane's state.
#[derive(Debug, Default)]
pub struct Audit {
    entries: Remote<Vec<Entry>>,
    sieve: Sieve,
    cursor: Cursor,
    open: bool,
    report: Report,
}

impl Pane for Audit {
    const SPEC: Spec = Spec {
        title: "Audit",
        about: "who (person or model) saw or changed what, when, and on whose yes",
        actions: &[Action::Filter, Action::Handover],
    };

    /// Every visit reads anew: the trail grows with each decision.
    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.entries.ask();
        cx.fetch(Fetch::Audit);
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match answer {
            Fetched::Audit(answer) => {
                self.entries.answer(answer.map(newest_first), cx.shared.moment.now);
                self.sift(cx.shared);
            }
            Fetched::Handover(answer) => self.report.take(answer, cx.shared.moment.now),
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.report.is_shown && self.in_report(action, cx)? {
            return Ok(());
        }
        if self.cursor.act(action, self.rows().len()) {
            return Ok(());
        }
        match action {
            Action::Handover => {
                self.report.ask();
                cx.fetch(Fetch::Handover);
            }
            Action::Filter => self.sieve.is_typing = true,
            Action::Submit | Action::Leave => self.sieve.is_typing = false,
            Action::Open => {
                self.chosen().ok_or(Cannot("there is no entry to open"))?;
                self.open = !self.open;
            }
            Action::Back if self.open => self.open = false,
            Action::Back if self.report.is_there() => self.report.is_shown = true,
            Action::Back if self.sieve.clear() => self.sift(cx.shared),
            Action::Reload => self.enter(cx),
            Action::Copy => {
                let entry = self.chosen().ok_or(Cannot("choose an entry first"))?;
                let words: Vec<String> = facts(entry, cx.shared).iter().map(|(k, v)| format!("{k}: {v}")).collect();
                cx.effect(Effect::Copy(words.join("\n")));
                cx.say("the entry is on the clipboard");
            }
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn is_typing(&self) -> bool {
        self.sieve.is_typing
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        self.sieve.input.key(key);
        self.sift(cx.shared);
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        self.sieve.input.paste(text);
        self.sift(cx.shared);
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if self.report.is_shown {
            return self.report.view(cx, inside, buf);
        }
        if inside.height < 2 || states::instead(cx.theme, &self.entries, "the audit trail", inside, buf) {
            return;
        }
        let inside = self.sieve.view(cx, inside, buf);
        if self.entries.value().is_none_or(Vec::is_empty) {
            let lines = ["Approvals, refusals and what came of them will stand here, each with who decided."];
            states::message(cx.theme, ("Nothing was decided yet", Role::Dim), &lines, inside, buf);
            return;
        }
        if self.rows().is_empty() {
            let lines = [
                "Esc lets everything through again. Only the newest entries are here: `shiftdeck audit list` has all.",
            ];
            states::message(cx.theme, ("No entry matches the filter", Role::Dim), &lines, inside, buf);
            return;
        }
        let foot = inside.height - 1;
        let stale = states::staleness(&self.entries);
        let (words, role) = stale.unwrap_or_else(|| (VERIFY.to_owned(), Role::Dim));
        let line = Line::styled(cut::fit(&words, usize::from(inside.width)), cx.theme.style(role));
        frame::row(&line, inside, foot, buf);
        let body = Rect { height: foot, ..inside };
        let detail = if self.open { (body.height * 3 / 5).min(14) } else { 0 };
        self.view_list(cx, Rect { height: body.height - detail, ..body }, buf);
        self.view_detail(cx, Rect { y: body.bottom() - detail, height: detail, ..body }, buf);
    }
}

impl Audit {
    /// The entries the filter leaves.
    fn rows(&self) -> Vec<&Entry> {
        let all = self.entries.value().map_or(&[][..], Vec::as_slice);
        self.sieve.left().iter().filter_map(|place| all.get(*place)).collect()
    }

    fn chosen(&self) -> Option<&Entry> {
        let rows = self.rows();
        rows.get(self.cursor.chosen(rows.len())?).copied()
    }

    fn sift(&mut self, shared: &Shared) {
        let all = self.entries.value().map_or(&[][..], Vec::as_slice);
        self.sieve.sift(all, shared.moment.now);
    }

    /// An action while the report is on screen; `false` leaves it to the list.
    fn in_report(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<bool, Cannot> {
        if self.report.act(action) {
            return Ok(true);
        }
        match action {
            Action::Open => {
                let seq = self.report.chosen_entry().ok_or(Cannot("this line names no entry"))?;
                self.sieve.clear();
                self.sift(cx.shared);
                match self.rows().iter().position(|entry| entry.seq == seq) {
                    Some(row) => {
                        self.cursor.choose(row);
                        self.open = true;
                        self.report.is_shown = false;
                    }
                    None => cx.say(format!("#{seq} is not among the newest: shiftdeck audit list --entry {seq}")),
                }
            }
            Action::Back => self.report = Report::default(),
            Action::Reload => cx.fetch(Fetch::Handover),
            Action::Copy => {
                cx.effect(Effect::Copy(self.report.words()));
                cx.say("the report is on the clipboard");
            }
            Action::Filter => return Err(Cannot("the report is whole; Esc goes back to the entries")),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn view_list(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        let width = usize::from(area.width);
        let head = columns(["WHEN", "EVENT", "EFFECT", "WHO", "WANTED BY", "WHAT"], width);
        frame::row(&Line::styled(head, cx.theme.style(Role::TableHead)), area, 0, buf);
        let rows = self.rows();
        let chosen = self.cursor.chosen(rows.len());
        for (y, index) in (1..).zip(self.cursor.rows(rows.len(), usize::from(area.height - 1))) {
            let entry = rows[index];
            let at = moment(entry, cx.shared);
            let what = if entry.summary.is_empty() { &entry.operation } else { &entry.summary };
            let cells = columns([&at, &entry.event, &entry.effect, &entry.who, &entry.author, what], width);
            frame::row(&Line::styled(cells, cx.theme.style(look(&entry.event))), area, y, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, y, buf);
            }
        }
    }

    fn view_detail(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(entry) = self.chosen().filter(|_| area.height > 2) else { return };
        let inside = frame::titled(cx, &format!("entry {}", entry.seq), false, area, buf);
        let width = usize::from(inside.width);
        let mut rows = Vec::new();
        for (label, value) in facts(entry, cx.shared) {
            for (at, line) in cut::wrap(&value, width.saturating_sub(14).max(8)).into_iter().enumerate() {
                let label = if at == 0 { label } else { "" };
                rows.push(Row::of(cut::pad(label, 14), Role::Dim).and(line, Role::Text));
            }
        }
        for (y, row) in (0..inside.height).zip(&rows) {
            frame::row(&row.line(cx.theme, ""), inside, y, buf);
        }
    }
}

/// What the policy asked for, with the rules that made it.
fn asked(facts: &Recorded) -> String {
    if facts.rules.is_empty() { facts.asked.clone() } else { format!("{} ({})", facts.asked, facts.rules.join(", ")) }
}

fn newest_first(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
    entries
}

fn moment(entry: &Entry, shared: &Shared) -> String {
    entry
        .at
        .parse::<Timestamp>()
        .map_or_else(|_| text::line(&entry.at).into_string(), |at| when::at(at, shared.moment.now, &shared.zone))
}

/// A row's cells: fixed columns that leave the rest to the last; the author gives way first when it is narrow.
fn columns(cells: [&str; 6], width: usize) -> String {
    let widths = if width >= 100 { [16, 9, 7, 18, 20] } else { [12, 9, 7, 14, 0] };
    let mut row = String::new();
    for (cell, wide) in cells.iter().zip(widths).filter(|(_, wide)| *wide > 0) {
        row.push_str(&cut::pad(&text::line(cell), wide));
        row.push(' ');
    }
    row.push_str(&text::line(cells[5]));
    cut::fit(&row, width)
}

fn look(event: &str) -> Role {
    match event {
        "done" => Role::Good,
        "failed" => Role::Error,
        "unknown" | "missed" => Role::Warning,
        "refused" => Role::Dim,
        "first yes" | "caught" => Role::Accent,
        _ => Role::Text,
    }
}

/// All that an entry says, empty fields left out. Made safe: it holds names and reasons others wrote.
fn facts(entry: &Entry, shared: &Shared) -> Vec<(&'static str, String)> {
    let count = if entry.count == 0 { String::new() } else { entry.count.to_string() };
    let at = entry.at.parse().map_or_else(|_| entry.at.clone(), |at| when::full(at, &shared.zone));
    let all = [
        ("when", at),
        ("event", entry.event.clone()),
        ("who", entry.who.clone()),
        ("wanted by", entry.author.clone()),
        ("effect", entry.effect.clone()),
        ("operation", entry.operation.clone()),
        ("summary", entry.summary.clone()),
        ("reason", entry.reason.clone()),
        ("told", entry.note.clone()),
        ("ends entry", if entry.about == 0 { String::new() } else { entry.about.to_string() }),
        ("approved for", entry.because.clone()),
        ("canary", entry.canary.clone()),
        ("policy asked", entry.facts.as_ref().map(asked).unwrap_or_default()),
        ("customer", entry.customer.clone()),
        ("conversation", entry.conversation.clone()),
        ("source", entry.source.clone()),
        ("requests", entry.requests.join(", ")),
        ("records", count),
        ("made", entry.object.clone()),
        ("proposal", entry.proposal.clone()),
        ("digest", entry.digest.clone()),
        ("proposed as", entry.edited.clone()),
        ("seal", entry.seal.clone()),
        ("desk", entry.org.clone()),
    ];
    let safe = all.into_iter().filter(|(_, value)| !value.is_empty());
    safe.map(|(label, value)| (label, text::line(&value).into_string())).collect()
}
