//! Owns how a form is drawn: a field a line, the one with the cursor with all that is known of it below. Colour is never the
//! only sign: what changed, what is wrong and what waits for a choice has a mark before it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use serde_json::Value;

use super::{
    Entry, Field, Form, Reading, Side,
    block::{self, Block, Parts},
};
use crate::{
    console::{
        state::Shared,
        theme::{Role, Theme},
        widgets::{cut, frame, states, when},
    },
    domain::{AttributeKind, until},
    privacy::text,
};

/// As wide as a form gets.
const WIDEST: u16 = 110;
/// As high as it is at least, if the screen is.
const LEAST: u16 = 9;

/// What moments are read against.
pub fn reading(shared: &Shared) -> Reading<'_> {
    Reading { now: shared.moment.now, zone: &shared.zone }
}

/// The word for a side.
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Mine => "mine",
        Side::Theirs => "theirs",
        Side::Base => "base",
    }
}

/// Draws it over the body of the screen.
pub fn view(form: &Form, shared: &Shared, theme: &Theme, focused: bool, body: Rect, buf: &mut Buffer) {
    let width = body.width.min(WIDEST);
    let blocks = blocks(form, shared, focused, width.saturating_sub(4));
    // Room for what stands below the field with the cursor, so that the frame does not jump from field to field.
    let steady = u16::try_from(blocks.len()).unwrap_or(u16::MAX).saturating_add(LEAST);
    let wanted = blocks.iter().fold(3_u16, |sum, block| sum.saturating_add(block.height())).max(steady);
    let height = body.height.min(wanted);
    let area = Rect { x: body.x + (body.width - width) / 2, width, height, ..body };
    let looks = if focused { (Role::BorderFocused, Role::TitleFocused) } else { (Role::Border, Role::Title) };
    let title = cut::fit(&form.title(), usize::from(area.width).saturating_sub(4));
    let inside = frame::overlay(theme, shared.ascii, &title, looks, area, buf);
    if inside.height < 2 || inside.width < 8 {
        return;
    }
    if states::instead(theme, form.loaded(), "the record and what describes it", inside, buf) {
        return;
    }
    frame::row(&summary(form, shared, theme), inside, 0, buf);
    let room = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    if form.fields().is_empty() {
        let lines = ["Metadata describes no attribute of it, or the key may not read metadata."];
        states::message(theme, ("There is nothing to fill in here", Role::Dim), &lines, room, buf);
        return;
    }
    let mut line = -i64::from(block::top(&blocks, form.at(), room.height));
    for block in &blocks {
        block.draw(theme, line, room, buf);
        line += i64::from(block.height());
    }
}

/// Every field with what stands below it, as wide as the room inside the frame.
fn blocks<'a>(form: &'a Form, shared: &Shared, focused: bool, width: u16) -> Vec<Block<'a>> {
    let fields = form.fields().iter().enumerate();
    fields.map(|(at, field)| block(field, focused && at == form.at(), at == form.at(), shared, width)).collect()
}

fn summary(form: &Form, shared: &Shared, theme: &Theme) -> Line<'static> {
    let (touched, wrong) = form.tally(reading(shared));
    let mut spans = vec![Span::styled(
        if touched == 0 { "nothing changed yet".to_owned() } else { format!("{touched} changed") },
        theme.style(if touched == 0 { Role::Dim } else { Role::Accent }),
    )];
    if wrong > 0 {
        spans.push(Span::styled(format!(" · {wrong} to mend"), theme.style(Role::Warning)));
    }
    let quiet = match form.rev() {
        Some(rev) => format!(" · {} fields · revision {rev}", form.fields().len()),
        None => format!(" · {} fields", form.fields().len()),
    };
    spans.push(Span::styled(quiet, theme.style(Role::Dim)));
    if form.is_checking() {
        spans.push(Span::styled(" · looking whether it moved …", theme.style(Role::Running)));
    }
    Line::from(spans)
}

/// A field with what stands below it.
fn block<'a>(field: &'a Field, has_cursor: bool, is_here: bool, shared: &Shared, width: u16) -> Block<'a> {
    let wrong = field.wrong(reading(shared));
    let mark = match (&wrong, field.is_torn()) {
        (_, true) => (if shared.ascii { "# " } else { "≠ " }, Role::Warning),
        (Some(_), _) => ("! ", Role::Error),
        (None, _) if field.is_touched() => ("* ", Role::Accent),
        (None, _) => ("  ", Role::Dim),
    };
    let instead = match (&field.entry, &field.names) {
        (Entry::Line(_) | Entry::Words(_), Some(name)) => {
            Some((format!("{name} ({})", field.entry.words()), Role::Link))
        }
        _ => None,
    };
    let below = below(field, is_here, wrong, shared, block::room(width));
    let parts = Parts { entry: Some(&field.entry), instead, hint: hint(field), has_cursor, is_here, mark, below };
    Block::new(parts, field.label(), width)
}

/// What stands below a field: the three sides where it is torn, what is wrong, and for the one with the cursor what it takes.
fn below(field: &Field, is_here: bool, wrong: Option<String>, shared: &Shared, room: usize) -> Vec<(String, Role)> {
    let mut lines = Vec::new();
    if let Some(sides) = field.sides(&shared.zone) {
        let role = |of: Side| match of {
            Side::Mine => Role::DiffNew,
            Side::Theirs => Role::Warning,
            Side::Base => Role::DiffOld,
        };
        lines.extend(sides.map(|(of, words)| (format!("{:<7}{words}", side(of)), role(of))));
    }
    if let Some(why) = wrong {
        lines.push((why, Role::Error));
    } else if is_here {
        lines.extend(meaning(field, reading(shared)).map(|words| (words, Role::Dim)));
    }
    lines.into_iter().map(|(words, role)| (cut::fit(&text::line(&words), room), role)).collect()
}

/// What a field takes, or what the words in it mean.
pub fn meaning(field: &Field, reading: Reading<'_>) -> Option<String> {
    let kind = field.attribute.kind;
    match &field.entry {
        Entry::Masked(_) => return Some("masked: it can be replaced whole, not edited".to_owned()),
        Entry::Fixed(_) => return Some("not edited here: it stays as it is".to_owned()),
        Entry::Choice(_) => {
            let values: Vec<String> =
                field.attribute.enumeration.iter().map(|value| value.line().into_string()).collect();
            return Some(format!("one of {}", values.join(", ")));
        }
        _ => {}
    }
    if let (AttributeKind::At, Ok(Value::String(at))) = (kind, field.value(reading)) {
        let at = at.parse().ok()?;
        return Some(format!("{}, {}", when::day(at, reading.zone), when::full(at, reading.zone)));
    }
    if field.replaces() {
        return Some("the masked value will be replaced by this".to_owned());
    }
    if let (AttributeKind::Id, Some(name)) = (kind, &field.names) {
        return Some(format!("this is {name}"));
    }
    None
}

/// What stands in an empty line.
fn hint(field: &Field) -> &'static str {
    match (field.place, field.attribute.kind) {
        (super::Place::ExternalId, _) => "the org's own id; a new record without one is given one",
        (super::Place::Custom, AttributeKind::At) => until::ANY_HINT,
        (super::Place::Custom, AttributeKind::Num) => "a number",
        (super::Place::Custom, AttributeKind::Url) => "https://…",
        (super::Place::Custom, AttributeKind::Id) => "words of its name, to be looked up",
        (super::Place::Custom, AttributeKind::Tree) => "a path, parted by dots",
        _ => "",
    }
}
