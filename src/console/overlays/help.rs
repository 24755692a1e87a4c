//! Owns the list of keys that work in a place and have something to act on now, made from the table of actions and the live
//! keymap: by groups, in two columns where the screen is wide.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::{
    actions::{Action, Context},
    keymap::{Binding, Stack},
    state::State,
    theme::{Role, Theme},
    widgets::{cut, frame},
};

/// Room for an action's keys.
const KEYS: usize = 22;
/// From this width on there are two columns.
const WIDE: u16 = 110;

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Head(String),
    Key(Action),
    Gap,
}

/// What a group of actions is called; groups come in the order of a place's contexts, going somewhere last.
fn group(of: Stack, action: Action) -> (usize, String) {
    let context = action.context();
    let place = of.contexts().iter().position(|there| *there == context).unwrap_or_default();
    let name = match (context, of) {
        (Context::Shared, _) if action.pane().is_some() => return (usize::MAX, "Panes".to_owned()),
        (Context::InPane, Stack::Pane(pane)) => format!("In {}", pane.spec().title),
        (Context::Anywhere | Context::Always | Context::Shared, Stack::Pane(_) | Stack::Typing(_)) => {
            return (1, "Everywhere".to_owned());
        }
        (Context::Moving, _) => "Moving".to_owned(),
        (Context::Splits, _) => return (usize::MAX - 1, "Parts of the screen".to_owned()),
        (Context::Typing | Context::Editor, _) => "While typing".to_owned(),
        (Context::Card, _) => "On the card".to_owned(),
        _ => "Here".to_owned(),
    };
    (place, name)
}

/// The lines, group by group.
fn entries(state: &State, of: Stack) -> Vec<Entry> {
    let works =
        |action: &Action| of.has(*action) && state.has_use_for(*action) && !state.keymap.hint(of, *action).is_empty();
    let mut all: Vec<(usize, String, Action)> = Action::ALL
        .iter()
        .copied()
        .filter(works)
        .map(|action| {
            let (place, name) = group(of, action);
            (place, name, action)
        })
        .collect();
    all.sort_by_key(|(place, ..)| *place);
    let mut entries = Vec::new();
    let mut last = String::new();
    for (_, name, action) in all {
        if name != last {
            if !entries.is_empty() {
                entries.push(Entry::Gap);
            }
            entries.push(Entry::Head(name.clone()));
            last = name;
        }
        entries.push(Entry::Key(action));
    }
    entries
}

/// Where the list stands and how many columns it has.
fn place((columns, lines): (u16, u16), entries: usize) -> (Rect, usize) {
    let count = if columns >= WIDE { 2 } else { 1 };
    let width = columns.min(if count == 2 { 124 } else { 76 });
    let height = u16::try_from(entries.div_ceil(count))
        .unwrap_or(u16::MAX)
        .saturating_add(2)
        .min(lines.saturating_sub(2).max(3))
        .min(lines.saturating_sub(1));
    (Rect { x: (columns - width) / 2, y: ((lines - height) / 2).max(1).min(lines), width, height }, count)
}

/// The last line that can stand at the top.
pub fn last_top(state: &State, of: Stack) -> usize {
    let all = entries(state, of).len();
    let (area, columns) = place(state.size, all);
    all.saturating_sub(usize::from(area.height.saturating_sub(2)) * columns)
}

/// Draws it.
pub fn view(state: &State, of: Stack, top: usize, theme: &Theme, buf: &mut Buffer) {
    let all = entries(state, of);
    let (area, columns) = place(state.size, all.len());
    let title = match of {
        Stack::Pane(pane) | Stack::Typing(pane) => format!("Keys in {}", pane.spec().title),
        Stack::Compose => "Keys in the composer".to_owned(),
        Stack::Form => "Keys in a form".to_owned(),
        Stack::Question => "Keys in a question of a server".to_owned(),
        _ => "Keys".to_owned(),
    };
    let looks = (Role::BorderFocused, Role::TitleFocused);
    let inside = frame::overlay(theme, state.shared.ascii, &title, looks, area, buf);
    let top = top.min(last_top(state, of));
    let rows = usize::from(inside.height).max(1);
    let wide = inside.width / u16::try_from(columns).unwrap_or(1);
    for (at, entry) in all.iter().skip(top).take(rows * columns).enumerate() {
        let x = u16::try_from(at / rows).unwrap_or(0) * wide;
        let cell = Rect { x: inside.x + x, width: wide, ..inside };
        frame::row(
            &line(state, theme, entry, usize::from(wide)),
            cell,
            u16::try_from(at % rows).unwrap_or(u16::MAX),
            buf,
        );
    }
    more(theme, (top, rows * columns, all.len()), area, buf);
}

fn line<'a>(state: &State, theme: &Theme, entry: &Entry, room: usize) -> Line<'a> {
    match entry {
        Entry::Gap => Line::default(),
        Entry::Head(name) => Line::styled(name.clone(), theme.style(Role::Heading)),
        Entry::Key(action) => {
            let keys: Vec<String> = state.keymap.keys(*action).iter().map(Binding::to_string).collect();
            Line::from(vec![
                Span::styled(cut::pad_left(&keys.join("  "), KEYS), theme.style(Role::HintKey)),
                Span::raw("  "),
                Span::styled(cut::fit(action.help(), room.saturating_sub(KEYS + 3)), theme.style(Role::Text)),
            ])
        }
    }
}

/// Says in the frame that there is more than fits.
fn more(theme: &Theme, (top, shown, all): (usize, usize, usize), area: Rect, buf: &mut Buffer) {
    let words = match (top > 0, top + shown < all) {
        (false, false) => return,
        (false, true) => " more below ",
        (true, true) => " more above and below ",
        (true, false) => " more above ",
    };
    let wide = u16::try_from(words.len()).unwrap_or(u16::MAX);
    if area.height > 0 && area.width > wide + 4 {
        buf.set_string(area.right() - wide - 2, area.bottom() - 1, words, theme.style(Role::Hint));
    }
}
