//! Owns how the states of something fetched look when there is nothing else to show: loading, empty, failed. One design
//! for all panes.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{cut, frame};
use crate::{
    console::{
        remote::{Problem, Remote},
        theme::{Role, Theme},
    },
    privacy::text,
};

/// Draws words in the middle of the room: a headline and quieter lines below it.
pub fn message(theme: &Theme, headline: (&str, Role), lines: &[&str], area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(4).clamp(1, 72);
    let mut all = vec![];
    for line in cut::wrap(headline.0, room) {
        all.push((line, headline.1));
    }
    for line in lines.iter().filter(|line| !line.is_empty()) {
        all.extend(cut::wrap(line, room).into_iter().map(|line| (line, Role::Dim)));
    }
    let top = usize::from(area.height).saturating_sub(all.len()) / 3;
    for (row, (line, role)) in (top..).zip(&all) {
        let indent = usize::from(area.width).saturating_sub(cut::width(line)) / 2;
        let spans = Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(line.as_str(), theme.style(*role))]);
        frame::row(&spans, area, u16::try_from(row).unwrap_or(u16::MAX), buf);
    }
}

/// Draws a failure: what, why, what next.
pub fn failed(theme: &Theme, problem: &Problem, area: Rect, buf: &mut Buffer) {
    message(theme, (&problem.what, Role::Error), &[&problem.why, "", &problem.next], area, buf);
}

/// One line over data that is not fresh: being reloaded, or kept after a failed reload. `None` when it is fresh.
pub fn staleness<T>(remote: &Remote<T>) -> Option<(String, Role)> {
    match remote {
        Remote::NotAsked | Remote::Ready(..) | Remote::Loading(None) | Remote::Failed(None, _) => None,
        Remote::Loading(Some(_)) => Some(("reloading …".to_owned(), Role::Running)),
        Remote::Failed(Some(_), problem) => {
            let words = format!("not reloaded, shown as last read: {} ({})", problem.what, problem.why);
            Some((text::line(&words).into_string(), Role::Warning))
        }
    }
}

/// Draws the state of something that has no value to show yet. `false` when there is one, and nothing was drawn.
pub fn instead<T>(theme: &Theme, remote: &Remote<T>, what: &str, area: Rect, buf: &mut Buffer) -> bool {
    match remote {
        Remote::NotAsked | Remote::Loading(None) => {
            message(theme, (&format!("Loading {what} …"), Role::Dim), &[], area, buf);
            true
        }
        Remote::Failed(None, problem) => {
            failed(theme, problem, area, buf);
            true
        }
        Remote::Loading(Some(_)) | Remote::Failed(Some(_), _) | Remote::Ready(..) => false,
    }
}
