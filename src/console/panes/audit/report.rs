//! Owns the handover report as the Audit pane shows it: line by line, the chosen one in full below, each leading to its
//! entry. Makes no report (`approval::handover`).

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::{
    approval::handover::Handover,
    console::{
        actions::Action,
        pane::ViewCx,
        remote::{Problem, Remote},
        theme::Role,
        widgets::{cut, frame, list::Cursor, states},
    },
    privacy::text,
};

/// Lines below for the chosen one in full.
const FOOT: u16 = 4;

/// The report, once it was asked for.
#[derive(Debug, Default)]
pub struct Report {
    /// Whether it stands in place of the entries.
    pub is_shown: bool,
    made: Remote<Handover>,
    cursor: Cursor,
}

/// A row of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// In words, made safe.
    pub words: String,
    /// The first entry it rests on.
    pub entry: Option<u64>,
    is_title: bool,
}

impl Report {
    /// It is being made.
    pub fn ask(&mut self) {
        self.is_shown = true;
        self.made.ask();
    }

    /// It was made, or could not be.
    pub fn take(&mut self, answer: Result<Handover, Problem>, now: Timestamp) {
        self.made.answer(answer, now);
    }

    /// Whether there is one to go back to.
    pub fn is_there(&self) -> bool {
        !self.is_shown && self.made.value().is_some()
    }

    /// As it was made, or what keeps it from being there.
    pub fn made(&self) -> &Remote<Handover> {
        &self.made
    }

    /// Moves in it.
    pub fn act(&mut self, action: Action) -> bool {
        let len = self.rows().len();
        self.cursor.act(action, len)
    }

    /// Where its cursor stands.
    pub fn chosen(&self) -> Option<usize> {
        self.cursor.chosen(self.rows().len())
    }

    /// The entry its cursor stands on.
    pub fn chosen_entry(&self) -> Option<u64> {
        self.rows().get(self.chosen()?)?.entry
    }

    /// All of it, as text.
    pub fn words(&self) -> String {
        self.made.value().map(Handover::markdown).unwrap_or_default()
    }

    /// Its rows.
    pub fn rows(&self) -> Vec<Row> {
        let Some(report) = self.made.value() else { return Vec::new() };
        let title = |words: &str| Row { words: words.to_owned(), entry: None, is_title: true };
        let plain = |words: &str, entry| Row { words: text::line(words).into_string(), entry, is_title: false };
        let mut rows = vec![plain(&format!("{} to {} (UTC)", report.since, report.until), None)];
        for section in &report.sections {
            rows.push(title(section.title));
            if section.lines.is_empty() {
                rows.push(plain(section.none, None));
            }
            rows.extend(section.lines.iter().map(|line| plain(&line.linked(), line.entries.first().copied())));
        }
        rows
    }

    /// Draws it.
    pub fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if area.height < 2 || states::instead(cx.theme, &self.made, "the handover report", area, buf) {
            return;
        }
        let rows = self.rows();
        let foot = if area.height > 3 * FOOT { FOOT } else { 0 };
        let width = usize::from(area.width);
        let chosen = self.chosen();
        for (y, index) in (0..).zip(self.cursor.rows(rows.len(), usize::from(area.height - foot))) {
            let row = &rows[index];
            let (words, role) = match (row.is_title, row.entry) {
                (true, _) => (row.words.clone(), Role::Strong),
                (false, Some(_)) => (format!("  {}", row.words), Role::Text),
                (false, None) => (format!("  {}", row.words), Role::Dim),
            };
            frame::row(&Line::styled(cut::fit(&words, width), cx.theme.style(role)), area, y, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, y, buf);
            }
        }
        let Some(row) = chosen.and_then(|index| rows.get(index)).filter(|_| foot > 0) else { return };
        let foot = Rect { y: area.bottom() - foot, height: foot, ..area };
        let rule = if cx.shared.ascii { "-" } else { "─" }.repeat(width);
        frame::row(&Line::styled(rule, cx.theme.style(Role::Border)), foot, 0, buf);
        for (y, line) in (1..foot.height).zip(cut::wrap(&row.words, width)) {
            frame::row(&Line::styled(line, cx.theme.style(Role::Text)), foot, y, buf);
        }
    }
}
