//! Owns the approval card: what a person sees before they say yes, and how far they have seen it. The words come from the
//! immutable change (`content`), so what is shown is what is sent. Does not decide: `approval::Desk` does.
//!
//! ```text
//! ╭ Approval: 1 of 2, a more urgent one came ─────────────╮
//! │ effect, on whom, why, warnings, before and after,     │  scrolls; "to the end" is told to the desk
//! │ the exact requests                                    │
//! │ what is missing for a yes, or the words being typed   │
//! │ a approve  e edit  x refuse                 9:41 left │
//! │ c changes  n note  d defer  s same for 3  l list      │
//! ╰───────────────────────────────────────────────────────╯
//! ```

mod alike;
mod content;
mod edited;
pub mod plain;

use std::time::Duration;

pub use alike::whom;
use content::READING;
pub use content::effect_role;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    approval::{Author, Press, Proposal, ProposalId, Verdict},
    console::{
        actions::Action,
        keymap::Stack,
        state::{Overlay, State},
        theme::{Role, Theme},
        widgets::{composer::Composer, cut, frame, input::Input},
    },
    privacy::text,
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
    /// How many lines from the first on have been on screen: a list of all that are alike is to be seen without a gap.
    pub seen: usize,
    /// An answer that was pressed, until it is clear that it was not one of many keys at once.
    pub pending: Option<Pending>,
    /// The looks at the desk that are made while it is on screen.
    pub look: Look,
    /// A yes that waits for one: it counts if nothing moved.
    pub held: Option<(Verdict, Press)>,
}

/// How close two keys come only when they were not pressed by fingers: in a paste that the terminal does not mark, in what a
/// terminal answers, from a macro.
pub const BURST: Duration = Duration::from_millis(15);

/// An answer that waits for a moment without another key.
#[derive(Debug)]
pub struct Pending {
    /// Which.
    pub action: Action,
    /// The key that gave it.
    pub press: Press,
}

/// The looks at the desk that a card asks for: one for itself, or one for each that stands in its list, one after another.
#[derive(Debug, Default)]
pub struct Look {
    /// Around which proposal one is on its way.
    pub around: Option<ProposalId>,
    /// Around which there are to be more before all is known.
    pub left: Vec<ProposalId>,
    /// When the last of them ended (monotonic).
    pub ended: Option<Duration>,
}

/// What a person does with a card.
#[derive(Debug)]
pub enum Mode {
    /// Reads it.
    Reading,
    /// Types a line of words.
    Line(Ask, Input),
    /// Edits its main text.
    Editor(Box<Composer>),
    /// Reads the list of all that are alike, to give them the same answer.
    Alike,
}

/// What a line on the card asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Why not.
    Reason,
    /// Why, where the policy asks for it.
    Because,
    /// What is to be different.
    Changes,
    /// What its author is told with a yes.
    Note,
    /// For how many minutes it is put off.
    Minutes,
}

impl Ask {
    /// The question before the line, what stands in it while it is empty, and what Enter does.
    pub fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Reason => ("Why not? ", "optional; the author is told", "refuse"),
            Self::Because => ("Why do you approve? ", "needed; the audit trail keeps it", "approve"),
            Self::Changes => ("What is to be different? ", "nothing is done; the author is told", "ask for it"),
            Self::Note => ("Tell the author: ", "goes along with your yes", "keep the note"),
            Self::Minutes => ("Put it off for how many minutes? ", "1 to 60", "put it off"),
        }
    }
}

impl Card {
    /// A card from its top, nothing typed.
    pub fn new(proposal: ProposalId) -> Self {
        Self {
            proposal,
            top: 0,
            mode: Mode::Reading,
            count: Input::default(),
            says: None,
            seen: 0,
            pending: None,
            look: Look::default(),
            held: None,
        }
    }

    /// What keys mean on it.
    pub fn stack(&self) -> Stack {
        match self.mode {
            Mode::Reading | Mode::Alike => Stack::Card,
            Mode::Line(..) => Stack::Reason,
            Mode::Editor(_) => Stack::Editor,
        }
    }

    /// When a pressed answer has stood alone for long enough.
    pub fn settles_at(&self) -> Option<Duration> {
        self.pending.as_ref().map(|pending| pending.press.at() + BURST)
    }
}

/// Lines the foot of a card takes: a rule, what is missing or being typed, the answers, what else can be done.
const FOOT: u16 = 4;
/// The widest a card gets: longer lines are hard to read.
const WIDEST: u16 = 112;

/// Where the card stands on a screen of this size, and the room its text has.
fn places(size: (u16, u16), lines: impl FnOnce(usize) -> usize) -> (Rect, Rect) {
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

/// What the card says at this width: the change and, where it was edited, how; or the list of all that are alike.
fn lines(state: &State, proposal: &Proposal, width: usize) -> Vec<content::Words> {
    let setting = content::Setting { width, ascii: state.shared.ascii, zone: &state.shared.zone };
    if state.card.as_ref().is_some_and(|card| matches!(card.mode, Mode::Alike)) {
        return alike::lines(&state.desk.batch(), setting);
    }
    let mut lines = content::lines(proposal, setting);
    lines.extend(edited::lines(proposal, width));
    lines
}

/// What an answer to the card answers: all of its list, or the one.
pub fn asked(state: &State) -> Vec<&Proposal> {
    let batch = state.desk.batch();
    if batch.is_empty() { state.desk.current().into_iter().collect() } else { batch }
}

/// Whether the desk was looked at for all that the card says: before that what moved is not on it yet.
pub fn is_whole(state: &State) -> bool {
    asked(state).iter().all(|proposal| proposal.standing().was_looked_at())
}

/// Where the card stands, the room of its text, and that text.
fn measured(state: &State, proposal: &Proposal) -> (Rect, Rect, Vec<content::Words>) {
    let mut all = Vec::new();
    let (card, text) = places(state.size, |width| {
        all = lines(state, proposal, width);
        all.len()
    });
    let lines = all;
    (card, text, lines)
}

/// The last line that can stand at the top, and how many are on screen.
pub fn reach(state: &State) -> (usize, usize) {
    state.desk.current().map_or((0, 0), |proposal| {
        let (_, text, lines) = measured(state, proposal);
        let room = usize::from(text.height);
        (lines.len().saturating_sub(room), room)
    })
}

/// Takes note of the lines a frame of this state shows; says whether all of them have been on screen now.
pub fn follow(state: &mut State) -> bool {
    let Some((card, proposal)) = state.card.as_ref().zip(state.desk.current()) else { return false };
    let (_, text, lines) = measured(state, proposal);
    let (first, last, all) = (card.top, card.top + usize::from(text.height), lines.len());
    let Some(card) = &mut state.card else { return false };
    if first <= card.seen {
        card.seen = card.seen.max(last);
    }
    card.seen >= all
}

/// Which card a frame of this state shows, and whether its last line is in it. Before the desk was looked at a card has no
/// last line: what moved is not on it yet.
pub fn painted(state: &State) -> Option<(ProposalId, bool)> {
    let card = state.card.as_ref()?;
    if matches!(state.overlay, Some(Overlay::Waiting(_) | Overlay::Leaving)) {
        return None;
    }
    let proposal = state.desk.current().filter(|proposal| proposal.id() == card.proposal)?;
    let (_, text, lines) = measured(state, proposal);
    let is_reading = matches!(card.mode, Mode::Reading | Mode::Alike) && is_whole(state);
    let shown = card.top.saturating_add(usize::from(text.height));
    Some((card.proposal, is_reading && text.height > 0 && text.width > 0 && shown >= lines.len()))
}

/// Where the card stands, while one is on screen.
pub fn area(state: &State) -> Option<Rect> {
    let proposal = state.card.as_ref().and(state.desk.current())?;
    Some(measured(state, proposal).0)
}

/// Draws the card.
pub fn view(state: &State, theme: &Theme, buf: &mut Buffer) {
    let (Some(card), Some(proposal)) = (&state.card, state.desk.current()) else { return };
    let (area, text, all) = measured(state, proposal);
    let last = all.len().saturating_sub(usize::from(text.height));
    let looks = (Role::Approval, Role::ApprovalTitle);
    frame::overlay(theme, state.shared.ascii, &title(state, card), looks, area, buf);
    if let Mode::Editor(composer) = &card.mode {
        composer.view(theme, "", true, text, buf);
    } else {
        for (row, line) in (0..text.height).zip(all.iter().skip(card.top.min(last))) {
            let spans = line.iter().map(|(words, role)| Span::styled(words.as_str(), theme.style(*role)));
            frame::row(&spans.collect::<Line<'_>>(), text, row, buf);
        }
    }
    let foot = Rect { y: text.bottom(), height: FOOT.min(area.height.saturating_sub(2)), ..text };
    foot_view(state, theme, card, proposal, last, foot, buf);
}

/// The card's title: how many wait, and whether something that came since is more urgent.
fn title(state: &State, card: &Card) -> String {
    let (waiting, urgent) = (state.desk.len(), state.desk.more_urgent());
    let mut title = "Approval".to_owned();
    if matches!(card.mode, Mode::Alike) {
        title.push_str(&format!(": {} alike, one answer for all", state.desk.batch().len()));
    } else if waiting > 1 {
        title.push_str(&format!(": {waiting} waiting"));
    }
    match urgent {
        0 => {}
        1 => title.push_str(", 1 more urgent than this"),
        many => title.push_str(&format!(", {many} more urgent than this")),
    }
    title
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
    let right = format!("{}:{:02} left", left / 60, left % 60);
    let room = usize::from(area.width);
    frame::row(&answers, area, 2, buf);
    if answers.width() + cut::width(&right) + 2 <= room {
        let x = area.x + u16::try_from(room - cut::width(&right)).unwrap_or(0);
        let right = Line::styled(right, theme.style(Role::Dim));
        frame::row(&right, Rect { x, width: area.right() - x, ..area }, 2, buf);
    }
    frame::row(&more(state, theme, card, proposal), area, 3, buf);
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
        Mode::Line(ask, input) => {
            let (label, hint, _) = ask.words();
            return match &card.says {
                Some(says) => frame::row(&Line::styled(says.as_str(), theme.style(Role::Warning)), area, 0, buf),
                None => labelled(label, input, hint, buf),
            };
        }
        Mode::Editor(composer) => {
            let limit = proposal.change().editable_text().and_then(|(_, limit)| limit);
            let (words, role) = counted(composer.count(), limit);
            let words = card.says.clone().unwrap_or(words);
            return frame::row(&Line::styled(words, theme.style(role)), area, 0, buf);
        }
        Mode::Reading | Mode::Alike => {}
    }
    let (confirm, was_read) = match card.mode {
        Mode::Alike => (state.desk.batch_confirm(), false),
        _ => (proposal.confirm(), proposal.was_read()),
    };
    if let Some(says) = &card.says {
        frame::row(&Line::styled(says.as_str(), theme.style(Role::Warning)), area, 0, buf);
    } else if !is_whole(state) {
        frame::row(&Line::styled(READING, theme.style(Role::Warning)), area, 0, buf);
    } else if card.top < last && !was_read {
        let key = state.keymap.hint(Stack::Card, Action::Bottom);
        let words = format!("more below: read on to the end before you approve ({key} goes there)");
        frame::row(&Line::styled(words, theme.style(Role::Warning)), area, 0, buf);
    } else if let Some(count) = confirm.count() {
        labelled(&format!("Type {count}, the number of records: "), &card.count, "", buf);
    } else if !proposal.note().is_empty() {
        let words =
            cut::fit(&format!("told with your yes: {}", text::line(proposal.note()).as_ref()), area.width.into());
        frame::row(&Line::styled(words, theme.style(Role::Notice)), area, 0, buf);
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
    match &card.mode {
        Mode::Alike => {
            let count = state.desk.batch().len();
            spans.extend(button(Action::Approve, &format!("approve all {count}"), Role::ButtonApprove));
            spans.extend(button(Action::Refuse, &format!("refuse all {count}"), Role::ButtonRefuse));
            spans.extend(hint(Action::Park, "back to the one card"));
        }
        Mode::Reading => {
            spans.extend(button(Action::Approve, "approve", Role::ButtonApprove));
            if proposal.change().editable_text().is_some() {
                spans.extend(button(Action::Edit, "edit", Role::ButtonEdit));
            }
            spans.extend(button(Action::Refuse, "refuse", Role::ButtonRefuse));
            spans.extend(hint(Action::Park, "later"));
        }
        Mode::Line(ask, _) => {
            let role = match ask {
                Ask::Reason => Role::ButtonRefuse,
                Ask::Because => Role::ButtonApprove,
                Ask::Changes | Ask::Note | Ask::Minutes => Role::ButtonEdit,
            };
            spans.extend(button(Action::Submit, ask.words().2, role));
            spans.extend(hint(Action::Leave, "back to the card"));
        }
        Mode::Editor(_) => {
            spans.extend(button(Action::UseText, "use this text", Role::ButtonEdit));
            spans.extend(hint(Action::EditOutside, "$EDITOR"));
            spans.extend(hint(Action::DropText, "back, text unchanged"));
        }
    }
    Line::from(spans)
}

/// The other things that can be done with a card that is read.
fn more(state: &State, theme: &Theme, card: &Card, proposal: &Proposal) -> Line<'static> {
    if !matches!(card.mode, Mode::Reading) {
        return Line::default();
    }
    let alike = state.desk.alike(proposal.id()).len();
    let mut all = Vec::new();
    if *proposal.author() != Author::Person {
        all.extend([(Action::AskChanges, "ask for changes".to_owned()), (Action::Tell, "note".to_owned())]);
    }
    all.push((Action::Defer, "defer".to_owned()));
    if alike > 1 {
        all.push((Action::Alike, format!("same for all {alike}")));
    }
    if state.desk.len() > 1 {
        all.push((Action::OtherCard, "list".to_owned()));
    }
    let hint = |(action, word): (Action, String)| {
        let key = state.keymap.hint(Stack::Card, action);
        [Span::styled(key, theme.style(Role::HintKey)), Span::styled(format!(" {word}  "), theme.style(Role::Hint))]
    };
    all.into_iter().flat_map(hint).collect()
}

#[cfg(test)]
mod tests;
