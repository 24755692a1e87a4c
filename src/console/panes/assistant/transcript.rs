//! Owns how the dialogue looks: who said what, in which rows, and which of them are in view. Text from the model (`said`)
//! and from tools (`card`) is somebody else's: it passes `privacy::text`.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    card::{self, pretty_value},
    progress::Far,
    said,
};
use crate::{
    assistant::{CallState, Entry, ModelError, Notice, Turn},
    console::{
        pane::ViewCx,
        state::Shared,
        term::links,
        theme::Role,
        widgets::{cut, frame, marks, states},
    },
    domain::Text,
    privacy::text,
};

/// What of the dialogue is shown, and how.
pub struct Shown<'a> {
    /// The dialogue.
    pub turn: &'a Turn,
    /// How far calls are.
    pub far: &'a Far,
    /// The chosen entry; `None` follows the newest.
    pub chosen: Option<usize>,
    /// Calls shown whole.
    pub unfolded: &'a BTreeSet<usize>,
    /// Words that are looked for, in lower case; empty for none.
    pub needle: &'a str,
}

/// A row: words and their looks.
pub type Words = Vec<(String, Role)>;

/// Draws the dialogue, the chosen entry (or the newest) in view.
pub fn view(shown: &Shown<'_>, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
    let entries = shown.turn.entries();
    if entries.is_empty() {
        return empty(cx, area, buf);
    }
    let width = usize::from(area.width).saturating_sub(2);
    let mut lines: Vec<(usize, Words)> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let thought = shown.turn.thought(place);
        let thought = thought.map(|thought| thoughts(thought, shown.unfolded.contains(&place), width));
        lines.extend(thought.into_iter().flatten().map(|line| (place, line)));
        lines.extend(words(shown, (place, entry), width, cx.shared).into_iter().map(|line| (place, line)));
        let next_is_call = matches!(entries.get(place + 1), Some(Entry::Call(_)));
        if !(matches!(entry, Entry::Call(_)) && next_is_call) {
            lines.push((place, Vec::new()));
        }
    }
    let waits = matches!(entries.last(), Some(Entry::Call(call)) if matches!(call.state, CallState::Waiting(_)));
    if shown.turn.is_running() && !waits {
        let thought = shown.turn.thought(entries.len()).map(|thought| thoughts(thought, false, width));
        lines.extend(thought.into_iter().flatten().map(|line| (usize::MAX, line)));
        lines.push((usize::MAX, vec![shown.turn.waits().map_or(("working …".into(), Role::Running), waiting)]));
    }
    let top = top_line(&lines, shown, usize::from(area.height));
    for (row, (place, line)) in (0..area.height).zip(lines.iter().skip(top)) {
        draw(shown, cx, (line, shown.chosen == Some(*place)), row, area, buf);
    }
    links::never(area, buf);
}

/// Why nothing comes, and when it is tried again.
fn waiting(error: &ModelError) -> (String, Role) {
    let seconds = error.wait().map_or(0, |wait| wait.as_secs_f64().ceil() as u64);
    (format!("asking again in {seconds} s: {error}"), Role::Warning)
}

/// Reasoning, apart from what was said: its first words, or all of it.
fn thoughts(thought: &Text, unfolded: bool, width: usize) -> Vec<Words> {
    if unfolded {
        let mut lines = Vec::new();
        card::part("thought", thought.raw(), width, &mut lines);
        return lines;
    }
    let label = format!("thought, {} characters: ", thought.raw().chars().count());
    let words = cut::fit(&thought.line(), width.saturating_sub(cut::width(&label)));
    vec![vec![(label, Role::Dim), (words, Role::Dim)]]
}

fn draw(shown: &Shown<'_>, cx: &ViewCx<'_>, (line, chosen): (&Words, bool), row: u16, area: Rect, buf: &mut Buffer) {
    let mark = match (chosen, cx.shared.ascii) {
        (true, false) => "▌ ",
        (true, true) => "> ",
        (false, _) => "  ",
    };
    let needles = [shown.needle.to_owned()];
    let mut spans = vec![Span::styled(mark, cx.theme.style(Role::Accent))];
    for (words, role) in line {
        spans.extend(marks::marked(words, &needles, cx.theme.style(*role), cx.theme.style(Role::Match)));
    }
    frame::row(&Line::from(spans), area, row, buf);
}

/// The first line drawn: the newest at the bottom, or the chosen entry's head, or what is looked for in it, in the upper part.
fn top_line(lines: &[(usize, Words)], shown: &Shown<'_>, height: usize) -> usize {
    let bottom = lines.len().saturating_sub(height);
    let Some(chosen) = shown.chosen else { return bottom };
    let is_found = |line: &Words| {
        let words: String = line.iter().map(|(words, _)| words.as_str()).collect();
        !shown.needle.is_empty() && words.to_lowercase().contains(shown.needle)
    };
    let found = lines.iter().position(|(place, line)| *place == chosen && is_found(line));
    match found.or_else(|| lines.iter().position(|(place, _)| *place == chosen)) {
        Some(first) => first.saturating_sub(height / 4).min(bottom),
        None => bottom,
    }
}

fn empty(cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
    let lines = [
        "It reads by itself: customers, conversations, KObjects. Whatever would unmask, write, send or start a job",
        "stops at a card first, and happens only if you say yes there.",
        "Masked values stay masked for it: it works with placeholders.",
    ];
    states::message(cx.theme, ("Ask the assistant.", Role::Strong), &lines, area, buf);
}

fn words(shown: &Shown<'_>, (place, entry): (usize, &Entry), width: usize, shared: &Shared) -> Vec<Words> {
    match entry {
        Entry::Person(words) => {
            let mut lines = vec![vec![("you".to_owned(), Role::AssistantPerson)]];
            let words = words.block();
            lines.extend(cut::wrap(words.trim_end(), width).into_iter().map(|line| vec![(line, Role::Text)]));
            lines
        }
        Entry::Model(words) => {
            let mut lines = vec![vec![("assistant".to_owned(), Role::AssistantCall)]];
            lines.extend(said::rows(shown.turn, place, &shared.vault.named(words.raw()), width));
            lines
        }
        Entry::Call(call) => {
            let far = shown.far.of(call.id);
            card::rows((call, far), shown.turn, shown.unfolded.contains(&place), width, shared.ascii)
        }
        Entry::Notice(notice) => {
            let role = if matches!(notice, Notice::Cancelled) { Role::Dim } else { Role::Warning };
            let words = text::block(&notice.to_string()).into_string();
            cut::wrap(&words, width).into_iter().map(|line| vec![(line, role)]).collect()
        }
    }
}

/// An entry as text, for the clipboard.
pub fn plain(entry: &Entry) -> String {
    match entry {
        Entry::Person(words) | Entry::Model(words) => words.block().into_string(),
        Entry::Call(call) => {
            let result = call.result.as_ref().map(pretty_value).unwrap_or_default();
            text::block(&format!("{} {}\n{result}", call.name.raw(), call.arguments.raw())).into_string()
        }
        Entry::Notice(notice) => text::line(&notice.to_string()).into_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn flat(lines: &[Words]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|(words, _)| words.as_str()).collect()).collect()
    }

    #[test]
    fn reasoning_is_folded_to_a_line_and_unfolds_whole_and_safe() {
        let thought = Text::from("They want the klasses.\nSo I\u{1b}[2J look them up, one after the other.");
        let folded = flat(&thoughts(&thought, false, 60));
        assert_eq!(folded.len(), 1);
        assert!(
            folded[0].starts_with("thought, 66 characters: They want") && cut::width(&folded[0]) <= 60,
            "{folded:?}"
        );
        let whole = flat(&thoughts(&thought, true, 60)).join("|");
        assert!(whole.contains("one after the other") && !whole.contains('\u{1b}'), "{whole}");
    }

    #[test]
    fn a_wait_says_how_long_before_it_says_why() {
        let error = ModelError::new(crate::assistant::ModelErrorKind::Limited).after(Duration::from_millis(1_200));
        assert_eq!(waiting(&error).0, "asking again in 2 s: the model's endpoint limits the rate");
    }
}
