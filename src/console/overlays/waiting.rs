//! Owns the list of everything that waits for a yes, in the order it is asked: when its conversation breaches, what it does, on
//! whom, who wants it, how long it still waits. Answers nothing: a row leads to its card.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::approval::{effect_role, whom};
use crate::{
    approval::Proposal,
    console::{
        actions::Action,
        keymap::Stack,
        state::State,
        theme::{Role, Theme},
        widgets::{cut, frame, when},
    },
    privacy::text,
};

/// The widest the list gets.
const WIDEST: u16 = 150;

/// Draws it.
pub fn view(state: &State, chosen: usize, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    let all = state.desk.waiting();
    let width = screen.width.saturating_sub(if screen.width > 60 { 4 } else { 0 }).min(WIDEST);
    let wanted = u16::try_from(all.len()).unwrap_or(u16::MAX).saturating_add(5);
    let height = wanted.min(screen.height.saturating_sub(2));
    let y = screen.y + 1.max(screen.height.saturating_sub(height) / 3).min(screen.height.saturating_sub(height));
    let area = Rect { x: screen.x + (screen.width - width) / 2, y, width, height };
    let title = format!("Waiting for a yes: {}", all.len());
    let looks = (Role::Approval, Role::ApprovalTitle);
    let inside = frame::overlay(theme, state.shared.ascii, &title, looks, area, buf);
    let room = usize::from(inside.width);
    let head = columns(["SLA", "DOES", "WHAT", "WHOM", "WANTED BY", "LEFT"], room);
    frame::row(&Line::styled(head, theme.style(Role::TableHead)), inside, 0, buf);
    let rows = usize::from(inside.height.saturating_sub(2));
    let chosen = chosen.min(all.len().saturating_sub(1));
    let top = (chosen + 1).saturating_sub(rows);
    for (y, (at, proposal)) in (1..).zip(all.iter().enumerate().skip(top).take(rows)) {
        let cells = cells(state, proposal);
        let line = columns([&cells[0], &cells[1], &cells[2], &cells[3], &cells[4], &cells[5]], room);
        let resting = proposal.rests(state.shared.moment.elapsed).is_some();
        let role = if resting { Role::Dim } else { Role::Text };
        frame::row(&Line::styled(line, theme.style(role)), inside, y, buf);
        let does = Rect { x: inside.x + 9, width: 7.min(inside.width.saturating_sub(9)), ..inside };
        frame::row(
            &Line::styled(cut::fit(&cells[1], 7), theme.style(effect_role(proposal.change().effect()))),
            does,
            y,
            buf,
        );
        if at == chosen {
            frame::under(theme.style(Role::Selected), inside, y, buf);
        }
    }
    let key = |action| state.keymap.hint(Stack::Waiting, action);
    let foot = format!("{} to this card   {} back", key(Action::TakeCard), key(Action::Close));
    let foot = Line::styled(cut::fit(&foot, room), theme.style(Role::Hint));
    frame::row(&foot, inside, inside.height.saturating_sub(1), buf);
}

/// The rows in words.
pub fn spoken(state: &State) -> Vec<String> {
    let words = |proposal: &&Proposal| {
        let [sla, does, what, whom, by, left] = cells(state, proposal);
        format!("{does}: {what}; {whom}; wanted by {by}; SLA {sla}; {left}")
    };
    state.desk.waiting().iter().map(words).collect()
}

fn cells(state: &State, proposal: &Proposal) -> [String; 6] {
    let (change, moment) = (proposal.change(), state.shared.moment);
    let sla = match proposal.due() {
        Some(due) if due <= moment.now => format!("late {}", when::short(moment.now.duration_since(due))),
        Some(due) => when::short(due.duration_since(moment.now)),
        None => "none".to_owned(),
    };
    let left = match proposal.rests(moment.elapsed) {
        Some(rest) => format!("back in {}", clock(rest)),
        None => clock(proposal.remaining(moment.elapsed)),
    };
    [
        sla,
        change.effect().word().to_owned(),
        text::line(change.summary()).into_string(),
        whom(change),
        text::line(&proposal.author().to_string()).into_string(),
        left,
    ]
}

fn clock(left: std::time::Duration) -> String {
    format!("{}:{:02}", left.as_secs() / 60, left.as_secs() % 60)
}

/// A row's cells; where it is narrow the author gives way, then whom it is about is shortened.
fn columns(cells: [&str; 6], width: usize) -> String {
    let fixed = 8 + 1 + 7 + 1 + 13 + 1;
    let rest = width.saturating_sub(fixed);
    let by = if width >= 100 { 22 } else { 0 };
    let whom = (rest.saturating_sub(by + 2)) / 2;
    let what = rest.saturating_sub(by + whom + 2);
    let mut row = String::new();
    for (cell, wide) in cells.iter().zip([8, 7, what, whom, by]).filter(|(_, wide)| *wide > 0) {
        row.push_str(&cut::pad(cell, wide));
        row.push(' ');
    }
    row.push_str(cells[5]);
    cut::fit(&row, width)
}
