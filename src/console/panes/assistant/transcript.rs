//! Owns how the dialogue looks: who said what, and each tool call as a small card with arguments, effect, state, time and
//! result. Text from the model and from tools is somebody else's: it passes `privacy::text`.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use serde_json::Value;

use crate::{
    assistant::{CallEntry, CallState, Entry, Notice},
    console::{
        overlays::approval::effect_role,
        pane::ViewCx,
        state::Shared,
        term::links,
        theme::{Role, Theme},
        widgets::{
            cut, frame,
            rich::{self, Quotes},
            states,
        },
    },
    privacy::text,
};

/// What of the dialogue is shown, and how.
pub struct Shown<'a> {
    /// The entries, oldest first.
    pub entries: &'a [Entry],
    /// The chosen one; `None` follows the newest.
    pub chosen: Option<usize>,
    /// Calls shown whole.
    pub unfolded: &'a BTreeSet<usize>,
    /// Whether something is still to come.
    pub is_running: bool,
}

/// Lines of an unfolded result that are drawn at most.
const LONGEST: usize = 400;

type Words = Vec<(String, Role)>;

/// Draws the dialogue, the chosen entry (or the newest) in view.
pub fn view(shown: &Shown<'_>, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
    if shown.entries.is_empty() {
        return empty(cx, area, buf);
    }
    let width = usize::from(area.width).saturating_sub(2);
    let mut lines: Vec<(usize, Words)> = Vec::new();
    for (place, entry) in shown.entries.iter().enumerate() {
        let unfolded = shown.unfolded.contains(&place);
        lines.extend(words(entry, unfolded, width, cx.shared).into_iter().map(|line| (place, line)));
        let next_is_call = matches!(shown.entries.get(place + 1), Some(Entry::Call(_)));
        if !(matches!(entry, Entry::Call(_)) && next_is_call) {
            lines.push((place, Vec::new()));
        }
    }
    let last_said = shown.entries.last();
    if shown.is_running && !matches!(last_said, Some(Entry::Call(call)) if matches!(call.state, CallState::Waiting(_)))
    {
        lines.push((usize::MAX, vec![("working …".into(), Role::Running)]));
    }
    let top = top_line(&lines, shown.chosen, usize::from(area.height));
    for (row, (place, line)) in (0..area.height).zip(lines.iter().skip(top)) {
        draw(cx.theme, line, shown.chosen == Some(*place), cx.shared.ascii, row, area, buf);
    }
    links::never(area, buf);
}

fn draw(theme: &Theme, line: &Words, chosen: bool, ascii: bool, row: u16, area: Rect, buf: &mut Buffer) {
    let mark = match (chosen, ascii) {
        (true, false) => "▌ ",
        (true, true) => "> ",
        (false, _) => "  ",
    };
    let mut spans = vec![Span::styled(mark, theme.style(Role::Accent))];
    spans.extend(line.iter().map(|(words, role)| Span::styled(words.as_str(), theme.style(*role))));
    frame::row(&Line::from(spans), area, row, buf);
}

/// The first line drawn: the newest at the bottom, or the chosen entry's head in the upper part.
fn top_line(lines: &[(usize, Words)], chosen: Option<usize>, height: usize) -> usize {
    let bottom = lines.len().saturating_sub(height);
    match chosen.and_then(|chosen| lines.iter().position(|(place, _)| *place == chosen)) {
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

fn words(entry: &Entry, unfolded: bool, width: usize, shared: &Shared) -> Vec<Words> {
    match entry {
        Entry::Person(words) => {
            let mut lines = vec![vec![("you".to_owned(), Role::AssistantPerson)]];
            let words = words.block();
            lines.extend(cut::wrap(words.trim_end(), width).into_iter().map(|line| vec![(line, Role::Text)]));
            lines
        }
        Entry::Model(words) => {
            let mut lines = vec![vec![("assistant".to_owned(), Role::AssistantCall)]];
            let rows = rich::rows(&shared.vault.named(words.raw()), width, Role::AssistantModel, Quotes::Shown);
            lines
                .extend(rows.into_iter().map(|row| row.0.into_iter().map(|piece| (piece.words, piece.role)).collect()));
            lines
        }
        Entry::Call(entry) => call(entry, unfolded, width, shared.ascii),
        Entry::Notice(notice) => {
            let role = if matches!(notice, Notice::Cancelled) { Role::Dim } else { Role::Warning };
            let words = text::block(&notice.to_string()).into_string();
            cut::wrap(&words, width).into_iter().map(|line| vec![(line, role)]).collect()
        }
    }
}

fn state(state: CallState, ascii: bool) -> (&'static str, Role) {
    let (sign, plain, role) = match state {
        CallState::Running | CallState::Performing => ("◌", "~", Role::Running),
        CallState::Waiting(_) => ("◆", "?", Role::Warning),
        CallState::Done => ("✓", "v", Role::Good),
        CallState::Refused => ("✗", "x", Role::Warning),
        CallState::Failed => ("✗", "x", Role::Error),
        CallState::Dropped => ("–", "-", Role::Dim),
    };
    (if ascii { plain } else { sign }, role)
}

fn call(call: &CallEntry, unfolded: bool, width: usize, ascii: bool) -> Vec<Words> {
    let (sign, role) = state(call.state, ascii);
    let mut head = vec![
        (format!("{sign} "), role),
        (call.name.line().into_string(), Role::AssistantCall),
        ("  ".into(), Role::Text),
    ];
    if let Some(effect) = call.effect {
        head.push((format!(" {} ", effect.word()), effect_role(effect)));
    }
    head.push((format!("  {}", call.state.word()), role));
    if let Some(took) = call.took_ms {
        head.push((format!("  {took} ms"), Role::Dim));
    }
    let mut lines = vec![head];
    if unfolded {
        lines.extend(whole("arguments", &pretty(call.arguments.raw()), width));
        if let Some(result) = &call.result {
            lines.extend(whole("result", &pretty_value(result), width));
        }
        return lines;
    }
    let brief = |label: &str, words: &str| {
        let words = text::line(words).into_string();
        vec![
            (format!("    {label} "), Role::Dim),
            (cut::fit(&words, width.saturating_sub(cut::width(label) + 5)), Role::Dim),
        ]
    };
    lines.push(brief("with", call.arguments.raw()));
    if let Some(result) = &call.result {
        lines.push(brief("gave", &result.to_string()));
    }
    lines
}

fn whole(label: &str, words: &str, width: usize) -> Vec<Words> {
    let mut lines = vec![vec![(format!("    {label}"), Role::Dim)]];
    let body = cut::wrap(&text::block(words), width.saturating_sub(6));
    let more = body.len().saturating_sub(LONGEST);
    lines.extend(body.into_iter().take(LONGEST).map(|line| vec![(format!("      {line}"), Role::Text)]));
    if more > 0 {
        lines.push(vec![(format!("      … {more} more lines"), Role::Dim)]);
    }
    lines
}

fn pretty(raw: &str) -> String {
    serde_json::from_str::<Value>(raw).map_or_else(|_| raw.to_owned(), |value| pretty_value(&value))
}

fn pretty_value(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
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
