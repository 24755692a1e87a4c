//! Owns the Audit pane: who saw or changed what, on whose yes, newest first. Reads the trail; does not write or verify it
//! (`shiftdeck audit verify` does, apart from the code that writes).

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    approval::Entry,
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        msg::Fetched,
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        theme::Role,
        widgets::{cut, frame, list::Cursor, states},
    },
    privacy::text,
};

/// The pane's state.
#[derive(Debug, Default)]
pub struct Audit {
    entries: Remote<Vec<Entry>>,
    cursor: Cursor,
    open: bool,
}

impl Pane for Audit {
    const SPEC: Spec =
        Spec { title: "Audit", about: "every yes, every no, every reveal, and what came of it", actions: &[] };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.reload(cx);
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        if let Fetched::Audit(answer) = answer {
            self.entries.answer(answer, cx.shared.moment.now);
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let len = self.rows().len();
        if self.cursor.act(action, len) {
            return Ok(());
        }
        match action {
            Action::Reload => self.reload(cx),
            Action::Open if len > 0 => self.open = !self.open,
            Action::Back => self.open = false,
            Action::Copy => {
                let entry = self.chosen().ok_or(Cannot("there is no entry to copy"))?;
                cx.effect(Effect::Copy(serde_json::to_string(entry).unwrap_or_default()));
                cx.say("the entry is on the clipboard");
            }
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if states::instead(cx.theme, &self.entries, "the audit trail", inside, buf) || inside.height < 3 {
            return;
        }
        if self.rows().is_empty() {
            let lines = ["Every approval, refusal and reveal is written here before it takes effect."];
            states::message(cx.theme, ("Nothing was approved or refused yet", Role::Dim), &lines, inside, buf);
            return;
        }
        let detail_rows = if self.open { (inside.height / 2).max(3) } else { 0 };
        let table = Rect { height: inside.height - detail_rows - 1, ..inside };
        let detail = Rect { y: table.bottom(), height: detail_rows, ..inside };
        self.view_table(cx, table, buf);
        self.view_detail(cx, detail, buf);
        let verify = Line::styled("shiftdeck audit verify checks the whole chain", cx.theme.style(Role::Dim));
        frame::row(&verify, inside, inside.height - 1, buf);
    }
}

impl Audit {
    fn reload(&mut self, cx: &mut UpdateCx<'_>) {
        self.entries.ask();
        cx.fetch(Fetch::Audit);
    }

    fn rows(&self) -> &[Entry] {
        self.entries.value().map_or(&[], Vec::as_slice)
    }

    fn chosen(&self) -> Option<&Entry> {
        self.rows().get(self.cursor.chosen(self.rows().len())?)
    }

    fn view_table(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let head = format!("{:>5}  {:<19}  {:<8}  {:<7}  WHAT", "#", "WHEN", "EVENT", "EFFECT");
        frame::row(&Line::styled(head, cx.theme.style(Role::TableHead)), area, 0, buf);
        let rows = self.rows();
        let chosen = self.cursor.chosen(rows.len());
        let shown = self.cursor.rows(rows.len(), usize::from(area.height.saturating_sub(1)));
        for (line, index) in (1..).zip(shown) {
            frame::row(&row(cx, &rows[index], usize::from(area.width)), area, line, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, line, buf);
            }
        }
    }

    fn view_detail(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(entry) = self.chosen().filter(|_| area.height > 0) else { return };
        let fields = [
            ("who", &entry.who),
            ("wanted by", &entry.author),
            ("operation", &entry.operation),
            ("reason", &entry.reason),
            ("customer", &entry.customer),
            ("conversation", &entry.conversation),
            ("requests", &entry.requests.join(", ")),
            ("made", &entry.object),
            ("digest", &entry.digest),
            ("desk", &entry.org),
        ];
        let room = usize::from(area.width).saturating_sub(15).max(1);
        let mut row = 0;
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            for (part, words) in cut::wrap(&text::line(value), room).into_iter().enumerate() {
                let name = if part == 0 { name } else { "" };
                let spans = vec![
                    Span::styled(format!("  {name:<12} "), cx.theme.style(Role::Dim)),
                    Span::styled(words, cx.theme.style(Role::Text)),
                ];
                frame::row(&Line::from(spans), area, row, buf);
                row += 1;
            }
        }
    }
}

fn row(cx: &ViewCx<'_>, entry: &Entry, width: usize) -> Line<'static> {
    let at = entry.at.parse::<jiff::Timestamp>().map_or_else(
        |_| text::line(&entry.at).into_string(),
        |at| at.to_zoned(cx.shared.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    );
    let why = if entry.reason.is_empty() { String::new() } else { format!(" — {}", entry.reason) };
    let what = text::line(&format!("{}{why}", entry.summary));
    let event = match entry.event.as_str() {
        "approved" | "done" => Role::Good,
        "refused" | "failed" => Role::Error,
        "unknown" => Role::Warning,
        _ => Role::Text,
    };
    let style = |role| cx.theme.style(role);
    Line::from(vec![
        Span::styled(format!("{:>5}  ", entry.seq), style(Role::Dim)),
        Span::styled(format!("{}  ", cut::pad(&cut::fit(&at, 19), 19)), style(Role::Dim)),
        Span::styled(format!("{}  ", cut::pad(&cut::fit(&text::line(&entry.event), 8), 8)), style(event)),
        Span::styled(format!("{}  ", cut::pad(&cut::fit(&text::line(&entry.effect), 7), 7)), style(Role::Text)),
        Span::styled(cut::fit(&what, width.saturating_sub(47)), style(Role::Text)),
    ])
}
