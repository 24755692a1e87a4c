//! Owns what a pane says in linear mode: a heading, its rows in words, what is open of the chosen one. Data; the screen
//! (`screen`) decides what of it is new.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        pane::ViewCx,
        remote::Remote,
        state::Shared,
        theme::{Depth, Theme},
    },
    privacy::text,
};

/// A pane in words. Every string is safe to print; a row may have several lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// What it is and how much of it: `Queue: 52 open conversations`.
    pub head: String,
    /// What can be chosen, in the order [`crate::console::pane::Pane::choose`] counts; what the head is when there are none.
    pub rows: Vec<String>,
    /// The chosen row.
    pub chosen: Option<usize>,
    /// What is open of the chosen row, line by line.
    pub detail: Vec<String>,
    /// What is being typed, and the words so far, where a text has the cursor.
    pub typing: Option<String>,
    /// What is wrong with what was typed.
    pub wrong: Option<String>,
    /// An answer is on its way.
    pub waits: bool,
    /// Rows are told as they come (a dialogue), rather than when asked for.
    pub grows: bool,
}

impl Spoken {
    /// A pane whose rows come from something fetched: its failure and its waiting are told in words.
    pub fn of<T>(remote: &Remote<T>, what: &str, rows: Vec<String>, chosen: Option<usize>) -> Self {
        let count = rows.len();
        let head = match remote {
            Remote::NotAsked => format!("{what}: nothing was asked for yet"),
            Remote::Loading(None) => format!("{what}: being read"),
            Remote::Loading(Some(_)) => format!("{what}: {count}, being read anew"),
            Remote::Failed(_, problem) => {
                let kept = if count > 0 { format!(" {count} from before.") } else { String::new() };
                format!("{what}: {}. {}. {}.{kept}", problem.what, problem.why, problem.next)
            }
            Remote::Ready(..) if count == 0 => format!("{what}: none"),
            Remote::Ready(..) => format!("{what}: {count}"),
        };
        let waits = remote.is_loading();
        Self { head: text::line(&head).into_string(), rows, chosen, waits, ..Self::default() }
    }

    /// A pane that has no words of its own: what it would draw, without frames. Its rows cannot be chosen by number.
    pub fn drawn(shared: &Shared, title: &str, draw: impl FnOnce(&ViewCx<'_>, Rect, &mut Buffer)) -> Self {
        let (theme, _) = Theme::named(Some("terminal"), Depth::Mono);
        let area = Rect::new(0, 0, 120, 120);
        let mut buffer = Buffer::empty(area);
        draw(&ViewCx { shared, theme: &theme, focused: false, title: title.to_owned() }, area, &mut buffer);
        let lines = buffer.content().chunks(usize::from(area.width)).map(|row| {
            let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            unframed(&line)
        });
        let detail = lines.filter(|line| !line.is_empty()).collect();
        Self { head: title.to_owned(), detail, ..Self::default() }
    }
}

/// A drawn line without the lines around it.
fn unframed(line: &str) -> String {
    let is_frame = |c: char| ('\u{2500}'..='\u{259f}').contains(&c) || c == '|' || c == '+';
    let kept: String = line.chars().map(|c| if is_frame(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = kept.split_whitespace().filter(|word| !word.chars().all(|c| c == '-' || c == '=')).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_not_words() {
        assert_eq!(unframed("+- Queue -----+"), "Queue");
        assert_eq!(unframed("│ a-b   │ c    ▐"), "a-b c");
        assert_eq!(unframed("├──────┤"), "");
    }
}
