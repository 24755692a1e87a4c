//! Owns how one conversation looks: as a row of the queue and as the preview beside it.

use jiff::Timestamp;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{columns::Column, group};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::Role,
        widgets::{
            cut, frame,
            rich::{self, Quotes},
            when,
        },
    },
    domain::{Brief, Channel, Conversation, Direction, SlaState, Status, UserId},
};

/// What else is known of a row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks<'a> {
    /// Its customer, once read.
    pub brief: Option<&'a Brief>,
    /// It is marked.
    pub marked: bool,
    /// A change of it is on its way.
    pub pending: bool,
    /// It left the lane and stays until the person moves.
    pub left: bool,
}

/// Cells before the columns.
pub const GUTTER: usize = 2;

/// The headings.
pub fn head(cx: &ViewCx<'_>, columns: &[(Column, usize)], area: Rect, buf: &mut Buffer) {
    let words: String = columns.iter().map(|(column, cells)| cell(column.heading(), *cells)).collect();
    let line = format!("{}{words}", " ".repeat(GUTTER));
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
pub fn line(cx: &ViewCx<'_>, row: &Conversation, marks: Marks<'_>, columns: &[(Column, usize)]) -> Line<'static> {
    let ascii = cx.shared.ascii;
    let (sign, role) = match marks {
        Marks { pending: true, .. } => (if ascii { "~" } else { "…" }, Role::Running),
        Marks { marked: true, .. } => (if ascii { "*" } else { "●" }, Role::Accent),
        _ => (" ", Role::Text),
    };
    let mut spans = vec![Span::styled(cut::pad(sign, GUTTER), cx.theme.style(role))];
    for (column, cells) in columns {
        let (words, role) = match column {
            Column::Sla if marks.left => (whereto(row, ascii), Role::Dim),
            _ => content(*column, row, marks.brief, cx.shared),
        };
        let role = if marks.left { Role::Faint } else { role };
        spans.push(Span::styled(cell(&words, *cells), cx.theme.style(role)));
    }
    Line::from(spans)
}

/// Where a row went that is shown only until the person moves.
fn whereto(row: &Conversation, ascii: bool) -> String {
    let sign = |sign, plain| if ascii { plain } else { sign };
    match &row.status {
        Status::Done => format!("{} done", sign("✓", "x")),
        Status::Snoozed => format!("{} snoozed", sign("‖", "=")),
        Status::Open => format!("{} moved on", sign("→", ">")),
        Status::Other(word) => word.clone(),
    }
}

fn content(column: Column, row: &Conversation, brief: Option<&Brief>, shared: &Shared) -> (String, Role) {
    let now = shared.moment.now;
    match column {
        Column::Sla => clock(row, now, shared.ascii),
        Column::Priority => priority(row),
        Column::Customer => match brief {
            Some(brief) => (brief.name.line().trim().to_owned(), Role::Customer),
            None => ((if shared.ascii { "." } else { "·" }).to_owned(), Role::Faint),
        },
        Column::Tier => (tier(brief).unwrap_or_default(), Role::Text),
        Column::Subject => (subject(row), Role::Text),
        Column::Channel => (row.channels.last().map_or("", Channel::as_str).to_owned(), Role::Channel),
        Column::Assignee => (assignee(row, shared), Role::Dim),
        Column::Team => (group::team(row, shared).unwrap_or_default(), Role::Dim),
        Column::Queue => (group::queue(row, shared).unwrap_or_default(), Role::Dim),
        Column::Tags => (group::tags(row, shared).join(" "), Role::Tag),
        Column::Status => (row.status.as_str().to_owned(), Role::Text),
        Column::Messages => (row.message_count.to_string(), Role::Dim),
        Column::Age => {
            let since = row.last_message_at.or(row.created);
            (since.map(|at| when::age(at, now)).unwrap_or_default(), Role::Dim)
        }
    }
}

/// A selection's style without its foreground: the cells keep their colours, which carry meaning.
pub fn ground(style: Style) -> Style {
    Style { fg: None, ..style }
}

/// Its subject, else its newest words.
pub fn subject(row: &Conversation) -> String {
    let words = if row.name.is_blank() { &row.preview } else { &row.name };
    words.line().trim().to_owned()
}

fn tier(brief: Option<&Brief>) -> Option<String> {
    Some(brief?.tier.as_ref()?.line().into_string())
}

fn priority(row: &Conversation) -> (String, Role) {
    match row.priority {
        Some(high @ 4..) => (high.to_string(), Role::PriorityHigh),
        Some(other) => (other.to_string(), Role::Priority),
        None => (String::new(), Role::Priority),
    }
}

/// Who has it: the first user, else the first team.
fn assignee(row: &Conversation, shared: &Shared) -> String {
    group::user(row, shared).or_else(|| group::team(row, shared)).unwrap_or_else(|| "unassigned".to_owned())
}

/// Whether a conversation answers a filter, given in lower case.
pub fn matches(row: &Conversation, brief: Option<&Brief>, wanted: &str, shared: &Shared) -> bool {
    let holds = |words: &str| words.to_lowercase().contains(wanted);
    holds(row.name.raw())
        || holds(row.preview.raw())
        || holds(row.status.as_str())
        || holds(row.id.as_str())
        || holds(&assignee(row, shared))
        || brief.is_some_and(|brief| holds(brief.name.raw()))
        || tier(brief).is_some_and(|tier| holds(&tier))
        || group::queue(row, shared).is_some_and(|queue| holds(&queue))
        || row.channels.iter().any(|channel| holds(channel.as_str()))
        || group::tags(row, shared).iter().any(|tag| holds(tag))
}

fn clock(row: &Conversation, now: Timestamp, ascii: bool) -> (String, Role) {
    if let (Status::Snoozed, Some(until)) = (&row.status, row.snoozed_until) {
        let left = if until > now { when::span(until.duration_since(now)) } else { "now".to_owned() };
        return (format!("{} {left}", if ascii { "=" } else { "‖" }), Role::SlaPaused);
    }
    when::sla(row.sla.as_ref().map_or(SlaState::None, |sla| sla.state(now)), ascii)
}

/// Lines of label and value; those without a value are left out.
fn facts<'a>(
    cx: &ViewCx<'_>,
    room: usize,
    facts: impl IntoIterator<Item = (&'static str, String, Role)>,
) -> Vec<Line<'a>> {
    let shown = facts.into_iter().filter(|(_, value, _)| !value.trim().is_empty());
    shown
        .map(|(label, value, role)| {
            let value = cut::fit(value.trim(), room.saturating_sub(12));
            let label = Span::styled(cut::pad(label, 12), cx.theme.style(Role::Dim));
            Line::from(vec![label, Span::styled(value, cx.theme.style(role))])
        })
        .collect()
}

/// What the SLA says, in lines.
pub fn deadlines<'a>(cx: &ViewCx<'_>, row: &Conversation, room: usize) -> Vec<Line<'a>> {
    let shared = cx.shared;
    let Some(sla) = &row.sla else {
        return vec![Line::styled("No SLA is stamped on it.", cx.theme.style(Role::Dim))];
    };
    let (words, role) = clock(row, shared.moment.now, shared.ascii);
    let due = sla.breach_at.map(|at| when::full(at, &shared.zone)).unwrap_or_default();
    let counted = if sla.breached { "yes, the desk counts it as breached" } else { "no" };
    facts(
        cx,
        room,
        [
            ("clock", words, role),
            ("deadline", due, Role::Text),
            ("for", sla.metric.clone().unwrap_or_default(), Role::Text),
            ("policy", sla.name.as_ref().map(|name| name.line().into_string()).unwrap_or_default(), Role::Text),
            ("status", sla.status.clone().unwrap_or_default(), Role::Text),
            ("breached", counted.to_owned(), if sla.breached { Role::SlaBreached } else { Role::Text }),
        ],
    )
}

/// Bytes of the newest words that are looked at for the preview.
const PREVIEWED: usize = 4 * 1024;

/// The chosen conversation beside the list.
pub fn preview(cx: &ViewCx<'_>, row: &Conversation, brief: Option<&Brief>, area: Rect, buf: &mut Buffer) {
    let shared = cx.shared;
    let now = shared.moment.now;
    let room = usize::from(area.width).saturating_sub(2);
    let style = |role| cx.theme.style(role);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for line in cut::wrap(&subject(row), room) {
        lines.push(Line::styled(line, style(Role::Strong)));
    }
    lines.push(Line::default());
    let (words, role) = clock(row, now, shared.ascii);
    let policy = row.sla.as_ref().and_then(|sla| sla.name.as_ref()).map(|name| name.line().into_string());
    let metric = row.sla.as_ref().and_then(|sla| sla.metric.clone()).unwrap_or_default();
    let channels: Vec<&str> = row.channels.iter().map(Channel::as_str).collect();
    let last = row.last_direction.map(|direction| match direction {
        Direction::In => "the customer",
        Direction::Out => "us",
    });
    let wakes = row.snoozed_until.filter(|_| row.status == Status::Snoozed).map(|at| when::at(at, now, &shared.zone));
    let status = wakes.map_or_else(|| row.status.as_str().to_owned(), |until| format!("snoozed until {until}"));
    let customer = brief.map(|brief| brief.name.line().into_string()).unwrap_or_default();
    lines.extend(facts(
        cx,
        room,
        [
            ("customer", customer, Role::Customer),
            ("tier", tier(brief).unwrap_or_default(), Role::Text),
            ("also here", present(brief, shared), Role::Warning),
            ("SLA", format!("{words}  {} {metric}", policy.unwrap_or_default()), role),
            ("status", status, Role::Text),
            ("priority", priority(row).0, priority(row).1),
            ("channels", channels.join(", "), Role::Channel),
            ("assignee", assignee(row, shared), Role::Text),
            ("team", group::team(row, shared).unwrap_or_default(), Role::Text),
            ("queue", group::queue(row, shared).unwrap_or_default(), Role::Text),
            ("tags", group::tags(row, shared).join(", "), Role::Tag),
            ("so far", format!("{} messages, {} notes", row.message_count, row.note_count), Role::Text),
            ("last word", last.unwrap_or_default().to_owned(), Role::Text),
        ],
    ));
    lines.push(Line::default());
    // Drawn with every frame: what does not fit the pane anyway is not looked at.
    let words = row.preview.raw().trim();
    let words = &words[..words.floor_char_boundary(PREVIEWED)];
    lines.extend(rich::rows(words, room, Role::Text, Quotes::Folded).iter().map(|row| row.line(cx.theme, "")));
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    for (place, line) in (0..area.height).zip(&lines) {
        frame::row(line, area, place, buf);
    }
}

/// Who else has the customer open, by name.
fn present(brief: Option<&Brief>, shared: &Shared) -> String {
    let me = shared.me.value().map(|me| &me.id);
    let directory = shared.directory.value();
    let name = |id: &UserId| {
        let user = directory.and_then(|directory| directory.users.get(id));
        user.map_or_else(|| id.to_string(), |user| user.name.line().into_string())
    };
    let others = brief.into_iter().flat_map(|brief| &brief.present).filter(|id| Some(*id) != me);
    others.map(name).collect::<Vec<_>>().join(", ")
}
