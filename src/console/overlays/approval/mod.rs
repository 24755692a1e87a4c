//! Owns the approval card: what a person sees before they say yes, and how far they have seen it. The words come from the
//! immutable change (`content`), so what is shown is what is sent. Does not decide: `approval::Desk` does.
//!
//! ```text
//! ╭ Approval ─────────────────────────────────────────────╮
//! │ effect, on whom, why, warnings, before and after,     │  scrolls; "to the end" is told to the desk
//! │ the exact requests                                    │
//! │ what is missing for a yes, or the reason being typed  │
//! │ a approve  e edit  x refuse     2 waiting · 9:41 left │
//! ╰───────────────────────────────────────────────────────╯
//! ```

mod content;
pub mod plain;

pub use content::effect_role;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    approval::{Proposal, ProposalId},
    console::{
        actions::Action,
        keymap::Stack,
        state::State,
        theme::{Role, Theme},
        widgets::{composer::Composer, cut, frame, input::Input},
    },
};

/// The card on screen.
#[derive(Debug)]
pub struct Card {
    /// Whose card.
    pub proposal: ProposalId,
    /// The first line shown.
    pub top: usize,
    /// What the person is doing with it.
    pub mode: Mode,
    /// The number of records as typed so far, where one is asked for.
    pub count: Input,
    /// Why the last answer did not count.
    pub says: Option<String>,
}

/// What a person does with a card.
#[derive(Debug)]
pub enum Mode {
    /// Reads it.
    Reading,
    /// Types why not.
    Reason(Input),
    /// Types why, where the policy asks for it.
    Because(Input),
    /// Edits its main text.
    Editor(Box<Composer>),
}

impl Card {
    /// A card from its top, nothing typed.
    pub fn new(proposal: ProposalId) -> Self {
        Self { proposal, top: 0, mode: Mode::Reading, count: Input::default(), says: None }
    }

    /// What keys mean on it.
    pub fn stack(&self) -> Stack {
        match self.mode {
            Mode::Reading => Stack::Card,
            Mode::Reason(_) | Mode::Because(_) => Stack::Reason,
            Mode::Editor(_) => Stack::Editor,
        }
    }
}

/// Lines the foot of a card takes: a rule, what is missing or being typed, the answers.
const FOOT: u16 = 3;
/// The widest a card gets: longer lines are hard to read.
const WIDEST: u16 = 112;

/// Where the card stands on a screen of this size, and the room its text has.
fn places(size: (u16, u16), lines: impl Fn(usize) -> usize) -> (Rect, Rect) {
    let (columns, rows) = size;
    let width = columns.saturating_sub(if columns > 60 { 4 } else { 0 }).min(WIDEST);
    let inside = width.saturating_sub(4);
    let wanted = u16::try_from(lines(usize::from(inside))).unwrap_or(u16::MAX).saturating_add(2 + FOOT);
    let height = wanted.min(rows.saturating_sub(if rows > 20 { 2 } else { 0 }));
    // The header stays in view: it says whether this is simulated.
    let height = height.min(rows.saturating_sub(1));
    let y = (rows.saturating_sub(height) / 2).max(1).min(rows);
    let card = Rect { x: (columns - width) / 2, y, width, height };
    let text = Rect { x: card.x + 2, y: card.y + 1, width: inside, height: height.saturating_sub(2 + FOOT) };
    (card, text)
}

fn measured(state: &State, proposal: &Proposal) -> (Rect, Rect, usize) {
    let ascii = state.shared.ascii;
    let (card, text) = places(state.size, |width| content::lines(proposal, width, ascii).len());
    let lines = content::lines(proposal, usize::from(text.width), ascii).len();
    (card, text, lines)
}

/// The last line that can stand at the top.
pub fn last_top(state: &State) -> usize {
    state.desk.current().map_or(0, |proposal| {
        let (_, text, lines) = measured(state, proposal);
        lines.saturating_sub(usize::from(text.height))
    })
}

/// Which card a frame of this state shows, and whether its last line is in it.
pub fn painted(state: &State) -> Option<(ProposalId, bool)> {
    let card = state.card.as_ref()?;
    let proposal = state.desk.current().filter(|proposal| proposal.id() == card.proposal)?;
    let (_, text, lines) = measured(state, proposal);
    let is_reading = matches!(card.mode, Mode::Reading);
    let shown = card.top + usize::from(text.height);
    Some((card.proposal, is_reading && text.height > 0 && text.width > 0 && shown >= lines))
}

/// Where the card stands, while one is on screen.
pub fn area(state: &State) -> Option<Rect> {
    let proposal = state.card.as_ref().and(state.desk.current())?;
    Some(measured(state, proposal).0)
}

/// Draws the card.
pub fn view(state: &State, theme: &Theme, buf: &mut Buffer) {
    let (Some(card), Some(proposal)) = (&state.card, state.desk.current()) else { return };
    let (area, text, lines) = measured(state, proposal);
    frame::overlay(theme, state.shared.ascii, "Approval", (Role::Approval, Role::ApprovalTitle), area, buf);
    if let Mode::Editor(composer) = &card.mode {
        composer.view(theme, "", true, text, buf);
    } else {
        let all = content::lines(proposal, usize::from(text.width), state.shared.ascii);
        let top = card.top.min(lines.saturating_sub(usize::from(text.height)));
        for (row, line) in (0..text.height).zip(all.iter().skip(top)) {
            let spans = line.iter().map(|(words, role)| Span::styled(words.as_str(), theme.style(*role)));
            frame::row(&spans.collect::<Line<'_>>(), text, row, buf);
        }
    }
    let foot = Rect { y: text.bottom(), height: FOOT.min(area.height.saturating_sub(2)), ..text };
    foot_view(state, theme, card, proposal, lines.saturating_sub(usize::from(text.height)), foot, buf);
}

fn foot_view(
    state: &State,
    theme: &Theme,
    card: &Card,
    proposal: &Proposal,
    last: usize,
    area: Rect,
    buf: &mut Buffer,
) {
    let rule = if state.shared.ascii { "-" } else { "─" }.repeat(usize::from(area.width));
    frame::row(&Line::styled(rule, theme.style(Role::Border)), area, 0, buf);
    middle_view(state, theme, card, proposal, last, Rect { y: area.y + 1, height: 1, ..area }, buf);
    let answers = answers(state, theme, card, proposal);
    let left = proposal.remaining(state.shared.moment.elapsed).as_secs();
    let waiting = state.desk.len();
    let more = if waiting > 1 { format!("{waiting} waiting · ") } else { String::new() };
    let right = format!("{more}{}:{:02} left", left / 60, left % 60);
    let room = usize::from(area.width);
    frame::row(&answers, area, 2, buf);
    if answers.width() + cut::width(&right) + 2 <= room {
        let x = area.x + u16::try_from(room - cut::width(&right)).unwrap_or(0);
        let right = Line::styled(right, theme.style(Role::Dim));
        frame::row(&right, Rect { x, width: area.right() - x, ..area }, 2, buf);
    }
}

/// The line above the answers: what is being typed, or what is missing for a yes.
fn middle_view(
    state: &State,
    theme: &Theme,
    card: &Card,
    proposal: &Proposal,
    last: usize,
    area: Rect,
    buf: &mut Buffer,
) {
    let labelled = |label: &str, input: &Input, hint: &str, buf: &mut Buffer| {
        frame::row(&Line::styled(label.to_owned(), theme.style(Role::Strong)), area, 0, buf);
        let used = u16::try_from(cut::width(label)).unwrap_or(0).min(area.width);
        input.view(theme, hint, true, Rect { x: area.x + used, width: area.width - used, ..area }, buf);
    };
    match &card.mode {
        Mode::Because(input) => {
            return labelled("Why do you approve? ", input, "needed; the audit trail keeps it", buf);
        }
        Mode::Reason(input) => return labelled("Why not? ", input, "optional; the author is told", buf),
        Mode::Editor(composer) => {
            let limit = proposal.change().editable_text().and_then(|(_, limit)| limit);
            let (words, role) = counted(composer.count(), limit);
            let words = card.says.clone().unwrap_or(words);
            return frame::row(&Line::styled(words, theme.style(role)), area, 0, buf);
        }
        Mode::Reading => {}
    }
    if let Some(says) = &card.says {
        frame::row(&Line::styled(says.as_str(), theme.style(Role::Warning)), area, 0, buf);
    } else if card.top < last && !proposal.was_read() {
        let key = state.keymap.hint(Stack::Card, Action::Bottom);
        let words = format!("more below: read on to the end before you approve ({key} goes there)");
        frame::row(&Line::styled(words, theme.style(Role::Warning)), area, 0, buf);
    } else if let Some(count) = proposal.confirm().count() {
        labelled(&format!("Type {count}, the number of records: "), &card.count, "", buf);
    }
}

/// How long a text is, against what the desk takes.
pub fn counted(count: usize, limit: Option<usize>) -> (String, Role) {
    match limit {
        Some(limit) if count > limit => (format!("{count} of {limit} characters: too long"), Role::Error),
        Some(limit) => (format!("{count} of {limit} characters"), Role::Dim),
        None => (format!("{count} characters"), Role::Dim),
    }
}

fn answers(state: &State, theme: &Theme, card: &Card, proposal: &Proposal) -> Line<'static> {
    let stack = card.stack();
    let button = |action: Action, word: &str, role: Role| {
        let key = state.keymap.hint(stack, action);
        [Span::styled(format!(" {key} {word} "), theme.style(role)), Span::raw("  ")]
    };
    let hint = |action: Action, word: &str| {
        let key = state.keymap.hint(stack, action);
        [Span::styled(key, theme.style(Role::HintKey)), Span::styled(format!(" {word}  "), theme.style(Role::Hint))]
    };
    let mut spans = Vec::new();
    match card.mode {
        Mode::Reading => {
            spans.extend(button(Action::Approve, "approve", Role::ButtonApprove));
            if proposal.change().editable_text().is_some() {
                spans.extend(button(Action::Edit, "edit", Role::ButtonEdit));
            }
            spans.extend(button(Action::Refuse, "refuse", Role::ButtonRefuse));
            spans.extend(hint(Action::Park, "later"));
        }
        Mode::Reason(_) => {
            spans.extend(button(Action::Submit, "refuse", Role::ButtonRefuse));
            spans.extend(hint(Action::Leave, "back to the card"));
        }
        Mode::Because(_) => {
            spans.extend(button(Action::Submit, "approve", Role::ButtonApprove));
            spans.extend(hint(Action::Leave, "back to the card"));
        }
        Mode::Editor(_) => {
            spans.extend(button(Action::UseText, "use this text", Role::ButtonEdit));
            spans.extend(hint(Action::DropText, "back, text unchanged"));
        }
    }
    Line::from(spans)
}
