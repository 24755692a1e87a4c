//! Owns how one conversation looks: as a row of the queue and as the preview beside it.

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, when},
    },
    domain::{Conversation, Direction, SlaState},
};

/// Columns: SLA, priority, subject (what is left), channel, assignee, queue, age. Zero: no room for it.
struct Columns {
    subject: usize,
    channel: usize,
    assignee: usize,
    queue: usize,
}

const SLA: usize = 17;
const PRIORITY: usize = 3;
const AGE: usize = 5;

fn columns(width: u16) -> Columns {
    let width = usize::from(width);
    let (channel, assignee, queue) = match width {
        0..50 => (0, 0, 0),
        50..74 => (10, 0, 0),
        74..96 => (10, 14, 0),
        _ => (10, 16, 16),
    };
    let rest = SLA + PRIORITY + AGE + channel + assignee + queue + 1;
    Columns { subject: width.saturating_sub(rest).max(8), channel, assignee, queue }
}

/// The headings.
pub fn head(cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
    let columns = columns(area.width);
    let words = [
        (" SLA", SLA),
        ("P", PRIORITY),
        ("Subject", columns.subject),
        ("Channel", columns.channel),
        ("Assignee", columns.assignee),
        ("Queue", columns.queue),
        ("Age", AGE),
    ];
    let line: String = words.iter().map(|(word, cells)| cell(word, *cells)).collect();
    frame::row(&Line::styled(line, cx.theme.style(Role::TableHead)), area, 0, buf);
}

/// A cell with a blank behind it; nothing without room.
fn cell(words: &str, cells: usize) -> String {
    match cells.checked_sub(1) {
        None => String::new(),
        Some(room) => format!("{} ", cut::pad(words, room)),
    }
}

/// A row.
pub fn line(cx: &ViewCx<'_>, conversation: &Conversation, width: u16) -> Line<'static> {
    let columns = columns(width);
    let shared = cx.shared;
    let now = shared.moment.now;
    let (clock, role) = sla(conversation, now, shared.ascii);
    let (priority, urgent) = priority(conversation);
    let channel = conversation.channels.last().map_or("", |channel| channel.as_str()).to_owned();
    let age = conversation.last_message_at.or(conversation.created).map(|at| when::age(at, now)).unwrap_or_default();
    let style = |role| cx.theme.style(role);
    Line::from(vec![
        Span::styled(cell(&format!(" {clock}"), SLA), style(role)),
        Span::styled(cell(&priority, PRIORITY), style(urgent)),
        Span::styled(cell(&subject(conversation), columns.subject), style(Role::Text)),
        Span::styled(cell(&channel, columns.channel), style(Role::Channel)),
        Span::styled(cell(&assignee(conversation, shared), columns.assignee), style(Role::Dim)),
        Span::styled(cell(&queue(conversation, shared), columns.queue), style(Role::Dim)),
        Span::styled(cell(&age, AGE), style(Role::Dim)),
    ])
}

/// A selection's style without its foreground: the cells keep their colours, which carry meaning.
pub fn ground(style: Style) -> Style {
    Style { fg: None, ..style }
}

fn subject(conversation: &Conversation) -> String {
    let words = if conversation.name.is_blank() { &conversation.preview } else { &conversation.name };
    words.line().trim().to_owned()
}

fn priority(conversation: &Conversation) -> (String, Role) {
    match conversation.priority {
        Some(high @ 4..) => (high.to_string(), Role::PriorityHigh),
        Some(other) => (other.to_string(), Role::Priority),
        None => (String::new(), Role::Priority),
    }
}

/// Who has it: the first user, else the first team.
fn assignee(conversation: &Conversation, shared: &Shared) -> String {
    let directory = shared.directory.value();
    let user = conversation.assigned_users.first().map(|id| {
        directory.and_then(|d| d.users.get(id)).map_or_else(|| id.to_string(), |user| user.name.line().into_string())
    });
    let team = || {
        let id = conversation.assigned_teams.first()?;
        let name = directory.and_then(|d| d.teams.get(id));
        Some(name.map_or_else(|| id.to_string(), |name| name.line().into_string()))
    };
    user.or_else(team).unwrap_or_else(|| "unassigned".to_owned())
}

fn queue(conversation: &Conversation, shared: &Shared) -> String {
    let Some(id) = &conversation.queue else { return String::new() };
    let name = shared.directory.value().and_then(|directory| directory.queues.get(id));
    name.map_or_else(|| id.to_string(), |name| name.line().into_string())
}

fn tags(conversation: &Conversation, shared: &Shared) -> Vec<String> {
    let directory = shared.directory.value();
    let name = |id| directory.and_then(|d| d.tags.get(id)).map(|name| name.line().into_string());
    conversation.tags.iter().map(|id| name(id).unwrap_or_else(|| id.to_string())).collect()
}

/// Whether a conversation answers a filter, given in lower case.
pub fn matches(conversation: &Conversation, wanted: &str, shared: &Shared) -> bool {
    let mut words = vec![
        conversation.name.raw().to_owned(),
        conversation.preview.raw().to_owned(),
        conversation.status.as_str().to_owned(),
        assignee(conversation, shared),
        queue(conversation, shared),
        conversation.id.to_string(),
    ];
    words.extend(conversation.channels.iter().map(|channel| channel.as_str().to_owned()));
    words.extend(tags(conversation, shared));
    words.iter().any(|words| words.to_lowercase().contains(wanted))
}

fn sla(conversation: &Conversation, now: Timestamp, ascii: bool) -> (String, Role) {
    when::sla(conversation.sla.as_ref().map_or(SlaState::None, |sla| sla.state(now)), ascii)
}

/// The chosen conversation beside the list.
pub fn preview(cx: &ViewCx<'_>, conversation: &Conversation, area: Rect, buf: &mut Buffer) {
    let shared = cx.shared;
    let now = shared.moment.now;
    let room = usize::from(area.width).saturating_sub(2);
    let style = |role| cx.theme.style(role);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for line in cut::wrap(&subject(conversation), room) {
        lines.push(Line::styled(line, style(Role::Strong)));
    }
    lines.push(Line::default());
    let (clock, role) = sla(conversation, now, shared.ascii);
    let policy = conversation.sla.as_ref().and_then(|sla| sla.name.as_ref()).map(|name| name.line().into_string());
    let metric = conversation.sla.as_ref().and_then(|sla| sla.metric.clone()).unwrap_or_default();
    let channels: Vec<&str> = conversation.channels.iter().map(crate::domain::Channel::as_str).collect();
    let last = conversation.last_direction.map(|direction| match direction {
        Direction::In => "the customer",
        Direction::Out => "us",
    });
    let counts = format!("{} messages, {} notes", conversation.message_count, conversation.note_count);
    let facts = [
        ("SLA", format!("{clock}  {} {metric}", policy.unwrap_or_default()), role),
        ("status", conversation.status.as_str().to_owned(), Role::Text),
        ("priority", priority(conversation).0, priority(conversation).1),
        ("channels", channels.join(", "), Role::Channel),
        ("assignee", assignee(conversation, shared), Role::Text),
        ("queue", queue(conversation, shared), Role::Text),
        ("tags", tags(conversation, shared).join(", "), Role::Tag),
        ("so far", counts, Role::Text),
        ("last word", last.unwrap_or_default().to_owned(), Role::Text),
    ];
    for (label, value, role) in facts.into_iter().filter(|(_, value, _)| !value.trim().is_empty()) {
        let value = cut::fit(value.trim(), room.saturating_sub(11));
        let label = Span::styled(cut::pad(label, 11), style(Role::Dim));
        lines.push(Line::from(vec![label, Span::styled(value, style(role))]));
    }
    lines.push(Line::default());
    for line in cut::wrap(conversation.preview.block().trim(), room) {
        lines.push(Line::styled(line, style(Role::Text)));
    }
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    for (row, line) in (0..area.height).zip(&lines) {
        frame::row(line, area, row, buf);
    }
}
