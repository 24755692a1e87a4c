//! Owns the guided tour: ten steps through a shift, each waiting until the person has really done it. Data; it takes no key
//! and changes nothing, it only watches. Its box stands where it covers neither the chosen row nor a card.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::Line,
};

use super::{
    actions::Action,
    keymap::Stack,
    overlays,
    panes::PaneId,
    state::State,
    theme::{Role, Theme},
    widgets::{cut, frame},
};

/// Where the tour is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tour {
    /// The step, from 0.
    pub step: usize,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// One of these was done.
    Done(&'static [Action]),
    /// This pane is in front.
    At(PaneId),
    /// A card is on screen.
    Card,
    /// The card was answered.
    Answered,
}

struct Step {
    /// What to do and why; `{name}` stands for the key of that action.
    words: &'static str,
    goal: Goal,
}

const STEPS: [Step; 10] = [
    Step {
        words: "This is the queue: what breaches next stands on top. {down} goes down, {up} up. Go down one.",
        goal: Goal::Done(&[Action::Down]),
    },
    Step {
        words: "{open} opens the chosen conversation. Nothing is marked as seen by it.",
        goal: Goal::At(PaneId::Timeline),
    },
    Step {
        words: "All channels of one customer, the newest at the bottom. Look further up with {up} or {half-up}.",
        goal: Goal::Done(&[Action::Up, Action::HalfUp, Action::PageUp, Action::Top]),
    },
    Step { words: "{note} begins a private note. Only the team sees it.", goal: Goal::Done(&[Action::Note]) },
    Step { words: "Write a few words, then {submit}. Nothing is sent yet: it becomes a card.", goal: Goal::Card },
    Step {
        words: "The card shows the exact request. {bottom} reads to its end, {approve} approves, {refuse} refuses.",
        goal: Goal::Answered,
    },
    Step { words: "{search} goes to the search, over every customer of the desk.", goal: Goal::At(PaneId::Search) },
    Step { words: "Write a word or an address, then {submit}.", goal: Goal::Done(&[Action::Submit]) },
    Step {
        words: "{leave} leaves the text, {assistant} goes to the assistant: it reads by itself and asks before all else.",
        goal: Goal::At(PaneId::Assistant),
    },
    Step {
        words: "Everything has a name: {palette} and a few letters find it. Go to the audit trail that way.",
        goal: Goal::At(PaneId::Audit),
    },
];

/// The widest the box gets.
const WIDTH: u16 = 46;

/// Under which key it is kept how far one got; keys that begin with a dot hold no words of anybody.
pub const KEPT: &str = ".tour";

/// Why it cannot begin here.
pub const NEEDS_SANDBOX: &str = "the tour writes a note: it runs on the simulated desk only, start with --sandbox";

impl Tour {
    /// At the step that was kept, or the first.
    pub fn resumed(kept: Option<&str>) -> Self {
        let step = kept.and_then(|kept| kept.parse().ok()).filter(|step| *step < STEPS.len()).unwrap_or(0);
        Self { step }
    }

    /// The step after this one; `None` when this is the last.
    pub fn next(self) -> Option<Self> {
        Some(Self { step: self.step + 1 }).filter(|next| next.step < STEPS.len())
    }

    /// Whether what this step waits for was done.
    pub fn is_reached(self, state: &State, did: Option<Action>, had_card: bool) -> bool {
        STEPS.get(self.step).is_none_or(|step| match step.goal {
            Goal::Done(actions) => did.is_some_and(|did| actions.contains(&did)),
            Goal::At(pane) => state.focus == pane,
            Goal::Card => state.card.is_some(),
            Goal::Answered => had_card && state.card.is_none() && matches!(did, Some(Action::Approve | Action::Submit)),
        })
    }

    /// The step in words, with the keys as they are bound now.
    pub fn words(self, state: &State) -> String {
        let Some(step) = STEPS.get(self.step) else { return String::new() };
        let mut words = String::new();
        let mut rest = step.words;
        while let Some((before, (name, after))) = rest.split_once('{').and_then(|(b, r)| Some((b, r.split_once('}')?)))
        {
            words.push_str(before);
            words.push_str(&key(state, name));
            rest = after;
        }
        words.push_str(rest);
        words
    }

    /// What stands above the words.
    pub fn title(self) -> String {
        format!("Tour {} of {}", self.step + 1, STEPS.len())
    }
}

/// The key of an action by name; in linear mode, and where it has none, its name.
fn key(state: &State, name: &str) -> String {
    let keys = Action::by_name(name).map_or(&[][..], |action| state.keymap.keys(action));
    match keys.first().filter(|_| state.dialogue.is_none()) {
        Some(key) => format!("[{key}]"),
        None => format!(":{name}"),
    }
}

/// Draws the box over what is drawn already, where it is in nobody's way; where there is no such place, its words take the
/// bottom line.
pub fn view(state: &State, tour: Tour, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    let words = tour.words(state);
    let width = WIDTH.min(screen.width);
    let lines = cut::wrap(&words, usize::from(width.saturating_sub(4)).max(1));
    let leave = match state.stack() {
        Stack::Pane(_) => format!("{} leaves the tour", state.keymap.hint(state.stack(), Action::Back)),
        _ => String::new(),
    };
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2 + u16::from(!leave.is_empty()));
    let Some(area) = place(state, theme, (width, height), screen, buf) else {
        let bottom = Rect { y: screen.bottom().saturating_sub(1), height: screen.height.min(1), ..screen };
        let words = cut::pad(&format!(" {}: {words}", tour.title()), usize::from(screen.width));
        return frame::row(&Line::styled(words, theme.style(Role::Notice)), bottom, 0, buf);
    };
    let looks = (Role::Accent, Role::TitleFocused);
    let inside = frame::overlay(theme, state.shared.ascii, &tour.title(), looks, area, buf);
    let all = lines.into_iter().map(|line| Line::styled(line, theme.style(Role::Text)));
    let all = all.chain((!leave.is_empty()).then(|| Line::styled(leave, theme.style(Role::Dim))));
    for (row, line) in (0..inside.height).zip(all) {
        frame::row(&line, inside, row, buf);
    }
}

/// What the Timeline marks the chosen entry with.
const MARK: &str = "▌";

/// The first corner beside neither the chosen row, nor the cursor, nor a card.
fn place(state: &State, theme: &Theme, size: (u16, u16), screen: Rect, buf: &Buffer) -> Option<Rect> {
    let (width, height) = size;
    let body = super::layout::areas(screen).body;
    if width > body.width || height + 2 > body.height {
        return None;
    }
    let (left, right) = (body.x + 1, body.right() - width.min(body.width - 1) - 1);
    let (top, bottom) = (body.y + 1, body.bottom() - height - 1);
    let corners = [(right, bottom), (right, top), (left, bottom), (left, top)];
    let card = overlays::approval::area(state);
    let marks = [Role::Selected, Role::Cursor].map(|role| theme.style(role));
    let is_marked = |at: Position| {
        buf.cell(at).is_some_and(|cell| {
            let style = cell.style();
            cell.symbol() == MARK
                || marks.iter().any(|mark| match mark.bg {
                    Some(bg) => style.bg == Some(bg),
                    None => !mark.add_modifier.is_empty() && style.add_modifier.contains(mark.add_modifier),
                })
        })
    };
    let in_the_way = |area: &Rect| Rect { x: body.x, width: body.width, ..*area }.positions().any(is_marked);
    corners
        .into_iter()
        .map(|(x, y)| Rect { x, y, width, height })
        .find(|area| card.is_none_or(|card| !card.intersects(*area)) && !in_the_way(area))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_a_step_names_is_an_action_with_a_key() {
        for step in &STEPS {
            for name in step.words.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let action = Action::by_name(name).expect("a step names an action");
                assert!(!action.default_keys().is_empty(), "{name} has no key");
            }
        }
    }

    #[test]
    fn what_was_kept_is_taken_up_where_it_fits() {
        assert_eq!(Tour::resumed(Some("4")).step, 4);
        for odd in [None, Some("10"), Some("-1"), Some("x")] {
            assert_eq!(Tour::resumed(odd).step, 0);
        }
    }
}
