//! Owns how a tool call looks: name, effect, state, time and size in one line; below it, folded, a line each of what went in
//! and what came out and whose words it repeats; unfolded, all of it, with what was asked of the desk and what it cost.

use serde_json::Value;

use super::{said, transcript::Words};
use crate::{
    approval::{Effect, Origin},
    assistant::{CallEntry, CallState, How, Turn},
    console::{overlays::approval::effect_role, theme::Role, widgets::cut},
    privacy::text,
    tools::{Outside, Tool},
};

/// Lines of an unfolded part that are drawn at most.
const LONGEST: usize = 400;
/// Characters of a token, about: what a result adds to the next question.
const TOKEN: usize = 4;

/// The card; `far` is what its server tells of how far it is.
pub fn rows(
    (call, far): (&CallEntry, Option<&str>),
    turn: &Turn,
    unfolded: bool,
    width: usize,
    ascii: bool,
) -> Vec<Words> {
    let mut lines = vec![head((call, far), turn, ascii)];
    if unfolded {
        whole(call, turn, width, &mut lines);
    } else {
        folded(call, turn, width, &mut lines);
    }
    lines
}

/// The source that offers a call's tool, where it is none of ours.
pub fn source<'a>(call: &CallEntry, turn: &'a Turn) -> Option<&'a Origin> {
    turn.shelf().by_name(call.name.raw()).and_then(Tool::outside).map(Outside::origin)
}

fn head((call, far): (&CallEntry, Option<&str>), turn: &Turn, ascii: bool) -> Words {
    let (sign, role) = state(call.state, ascii);
    let mut head = vec![
        (format!("{sign} "), role),
        (call.name.line().into_string(), Role::AssistantCall),
        ("  ".into(), Role::Text),
    ];
    if let Some(origin) = source(call, turn) {
        let role = if origin.is_reviewed { Role::Dim } else { Role::Warning };
        head.push((format!("of {}  ", origin.source), role));
    }
    if let Some(effect) = call.effect {
        head.push((format!(" {} ", effect.word()), effect_role(effect)));
    }
    head.push((format!("  {}", call.state.word()), role));
    if let Some(far) = far.filter(|_| matches!(call.state, CallState::Running | CallState::Performing)) {
        head.push((format!(", {far}"), Role::Untrusted));
    }
    if call.by_hand {
        head.push(("  run again by you".into(), Role::Accent));
    }
    if let Some(took) = call.took_ms {
        head.push((format!("  {took} ms"), Role::Dim));
    }
    if let Some(result) = call.result.as_ref().filter(|_| call.state == CallState::Done) {
        head.push((format!("  {}", size(result.to_string().len())), Role::Dim));
    }
    head
}

fn state(state: CallState, ascii: bool) -> (&'static str, Role) {
    let (sign, plain, role) = match state {
        CallState::Queued => ("·", ".", Role::Dim),
        CallState::Running | CallState::Performing => ("◌", "~", Role::Running),
        CallState::Waiting(_) => ("◆", "?", Role::Warning),
        CallState::Done => ("✓", "v", Role::Good),
        CallState::Refused => ("✗", "x", Role::Warning),
        CallState::Failed => ("✗", "x", Role::Error),
        CallState::Dropped => ("–", "-", Role::Dim),
    };
    (if ascii { plain } else { sign }, role)
}

/// Bytes as people read them.
fn size(bytes: usize) -> String {
    if bytes < 1_000 { format!("{bytes} B") } else { format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100) }
}

fn folded(call: &CallEntry, turn: &Turn, width: usize, lines: &mut Vec<Words>) {
    let mut brief = |label: &str, words: &str, role: Role| {
        let words = text::line(words).into_string();
        let room = width.saturating_sub(cut::width(label) + 5);
        lines.push(vec![(format!("    {label} "), Role::Dim), (cut::fit(&words, room), role)]);
    };
    brief("with", &said::plain(call.arguments.raw(), turn), Role::Dim);
    let is_read = call.effect == Some(Effect::Read);
    // What was read before every read goes without saying; words that came back in one do not.
    let telling = call.influences.iter().find(|influence| influence.how == How::Words || !is_read);
    if let Some(influence) = telling {
        let role = if influence.how == How::Words { Role::Warning } else { Role::Dim };
        brief("note", &influence.to_string(), role);
    }
    if let Some(result) = &call.result {
        brief("gave", &result.to_string(), Role::Dim);
    }
}

fn whole(call: &CallEntry, turn: &Turn, width: usize, lines: &mut Vec<Words>) {
    part("arguments", &said::plain(&pretty(call.arguments.raw()), turn), width, lines);
    if !call.sent.is_empty() {
        let label = if call.effect == Some(Effect::Read) { "asked of the desk" } else { "as it was proposed" };
        part(label, &said::plain(&call.sent.join("\n"), turn), width, lines);
    }
    if !call.influences.is_empty() {
        let told: Vec<String> = call.influences.iter().map(ToString::to_string).collect();
        part("may follow from", &told.join("\n"), width, lines);
    }
    if let Some(cost) = cost(call) {
        part("cost", &cost, width, lines);
    }
    if let Some(result) = &call.result {
        part("result", &pretty_value(result), width, lines);
    }
}

/// What it cost: the answer in which it was asked for, as the endpoint counted it, and what its result adds to the next.
fn cost(call: &CallEntry) -> Option<String> {
    let (read, written) = (call.usage.prompt, call.usage.completion);
    let asked =
        (read + written > 0).then(|| format!("asked for in an answer of {read} tokens read, {written} written"));
    let result = call.result.as_ref().map(|result| result.to_string().chars().count() / TOKEN);
    let adds = result.map(|tokens| format!("its result is about {tokens} tokens"));
    let parts: Vec<String> = asked.into_iter().chain(adds).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Words under a label, as far as they are shown at all.
pub fn part(label: &str, words: &str, width: usize, lines: &mut Vec<Words>) {
    lines.push(vec![(format!("    {label}"), Role::Dim)]);
    let body = cut::wrap(&text::block(words), width.saturating_sub(6));
    let more = body.len().saturating_sub(LONGEST);
    lines.extend(body.into_iter().take(LONGEST).map(|line| vec![(format!("      {line}"), Role::Text)]));
    if more > 0 {
        lines.push(vec![(format!("      … {more} more lines"), Role::Dim)]);
    }
}

fn pretty(raw: &str) -> String {
    serde_json::from_str::<Value>(raw).map_or_else(|_| raw.to_owned(), |value| pretty_value(&value))
}

/// JSON as it reads.
pub fn pretty_value(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
