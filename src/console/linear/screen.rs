//! Owns what linear mode prints: of all that the state holds, what is new, in sentences. Keeps what it said last; knows no
//! pane.

use std::io::{self, Write};

use super::{PAGE, spoken::Spoken};
use crate::{
    approval::ProposalId,
    console::{
        compose::{Compose, Field},
        form,
        keymap::Stack,
        overlays::{
            approval::{self, Ask, Mode, plain},
            waiting,
        },
        panes::PaneId,
        questions::{AskId, Sheet},
        remote::{Problem, Remote},
        state::{Overlay, State},
        term::{Screen, lines::Gate},
        theme::Theme,
        tour::Tour,
    },
    privacy::text,
};

/// The size panes and cards are told: as wide as lines are easily listened to, and as long as it takes.
const SIZE: (u16, u16) = (100, u16::MAX);

/// Prints what is new.
pub struct LineScreen<W> {
    out: W,
    gate: Gate,
    said: Option<Said>,
    has_prompt: bool,
}

/// What was said last.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    heard: u64,
    reads: u64,
    focus: Option<PaneId>,
    stack: Option<Stack>,
    notice: Option<String>,
    undo: Option<String>,
    /// The card, and whether it is the list of all that are alike: that is printed, and answered, as a card of its own.
    card: Option<(ProposalId, bool)>,
    /// How often what the card says changed.
    card_turn: u32,
    card_says: Option<String>,
    overlay: Vec<String>,
    windows: usize,
    waiting: Option<String>,
    tour: Option<Tour>,
    writing: Vec<String>,
    /// The question of a server that is told.
    asked: Option<AskId>,
    asked_says: Option<String>,
    pane: Spoken,
    /// Whether the rows changed since they were read out, and that was said.
    told_of_change: bool,
}

impl<W: Write> LineScreen<W> {
    /// Nothing said yet. What was typed before a card stood there is thrown away at the gate.
    pub fn new(out: W, gate: Gate) -> Self {
        Self { out, gate, said: None, has_prompt: false }
    }

    /// Prints lines and asks for the next one. What was typed before a new card stood there is thrown away in between.
    fn print(&mut self, lines: &[String], prompt: &str, is_answer: bool, has_new_card: bool) -> io::Result<()> {
        if lines.is_empty() && !is_answer {
            return Ok(());
        }
        let mut all = String::new();
        if self.has_prompt && !is_answer {
            all.push('\n');
        }
        for line in lines {
            all.push_str(line);
            all.push('\n');
        }
        self.out.write_all(all.as_bytes())?;
        self.out.flush()?;
        if has_new_card {
            self.gate.forget_typed();
        }
        self.has_prompt = true;
        self.out.write_all(prompt.as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Screen for LineScreen<W> {
    fn size(&self) -> io::Result<(u16, u16)> {
        Ok(SIZE)
    }

    fn draw(&mut self, state: &State, _theme: &Theme) -> io::Result<()> {
        let mut lines = Vec::new();
        let old = match self.said.take() {
            Some(old) => old,
            None if !knows_the_desk(state) => return Ok(()),
            None => {
                greet(state, &mut lines);
                Said::default()
            }
        };
        let new = said(state, &old);
        let is_answer = new.heard != old.heard;
        news(state, &old, &new, &mut lines);
        if is_answer && lines.is_empty() && new.pane.waits {
            lines.push("working".to_owned());
        }
        let has_new_card = new.card.is_some() && (new.card, new.card_turn) != (old.card, old.card_turn);
        let has_new_card = has_new_card || new.asked.is_some() && new.asked != old.asked;
        let prompt = prompt(state);
        self.said = Some(new);
        self.print(&lines, &prompt, is_answer, has_new_card)
    }

    fn resized(&mut self, _columns: u16, _rows: u16) -> io::Result<()> {
        Ok(())
    }

    fn lend(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        std::future::ready(Err(io::Error::other("in linear mode words are typed here, line by line")))
    }

    fn take_back(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        // There is no clipboard without control sequences: the words are printed, to be taken from there.
        let lines: Vec<String> = text.lines().map(|line| text::line(line).into_string()).collect();
        let again = if self.has_prompt { "\n" } else { "" };
        self.has_prompt = false;
        self.out.write_all(format!("{again}{}\n", lines.join("\n")).as_bytes())
    }
}

/// Whether it is known if this is all simulated: nothing is said before, because that is said first.
fn knows_the_desk(state: &State) -> bool {
    state.shared.simulated.is_some()
        || state.shared.me.problem().is_some()
        || state.dialogue.as_ref().is_some_and(|dialogue| dialogue.heard > 0)
}

fn greet(state: &State, lines: &mut Vec<String>) {
    let desk = text::line(&state.shared.desk).into_string();
    lines.push(match state.shared.simulated {
        Some(true) => format!("SANDBOX: simulated data, nobody outside is reached. Desk: {desk}."),
        Some(false) => format!("Desk: {desk}. These are real customers."),
        None => format!("Desk: {desk}. It has not answered yet."),
    });
    lines.push("Shiftdeck in linear mode. ? tells what can be done; a number opens that row.".to_owned());
    match &state.shared.me {
        Remote::Ready(me, _) => lines.push(format!("Signed in as {}.", me.name.line().as_ref())),
        Remote::Failed(_, problem) => lines.push(in_words(problem)),
        Remote::NotAsked | Remote::Loading(_) => {}
    }
}

fn in_words(problem: &Problem) -> String {
    text::line(&format!("{}: {}. {}.", problem.what, problem.why, problem.next)).into_string()
}

/// Everything of the state that may be said.
fn said(state: &State, old: &Said) -> Said {
    let dialogue = state.dialogue.as_ref();
    // Before the desk was looked at a card is not whole: it is read out once, with what moved.
    let card = state.card.as_ref().filter(|_| approval::is_whole(state));
    let pane = state.panes.spoken(state.focus, &state.shared);
    let reads = dialogue.map_or(0, |dialogue| dialogue.reads);
    let is_same = old.focus == Some(state.focus) && reads == old.reads;
    let changed = pane.rows.len() != old.pane.rows.len();
    Said {
        heard: dialogue.map_or(0, |dialogue| dialogue.heard),
        reads,
        focus: Some(state.focus),
        stack: Some(state.stack()),
        notice: state.notice.clone(),
        undo: state.undo.as_ref().map(|undo| undo.says.clone()),
        card: card.map(|card| (card.proposal, matches!(card.mode, Mode::Alike) || !state.desk.batch().is_empty())),
        card_turn: approval::asked(state).iter().map(|proposal| proposal.standing().turn()).sum(),
        card_says: card.and_then(|card| card.says.clone()),
        overlay: overlay(state),
        windows: state.shared.windows.len(),
        waiting: state.shared.budget.waiting.as_ref().map(|wait| wait.why.clone()),
        tour: state.tour,
        asked: in_front(state).map(|sheet| sheet.id),
        asked_says: in_front(state).and_then(|sheet| sheet.says.clone()),
        writing: match (&state.forms.open, &state.composing.open) {
            _ if state.questions.open().is_some() => state.questions.open().map(Sheet::spoken).unwrap_or_default(),
            (Some(form), _) => form.spoken(form::view::reading(&state.shared)),
            (None, Some(compose)) => compose.spoken(&state.shared),
            (None, None) => Vec::new(),
        },
        told_of_change: is_same && (old.told_of_change || changed),
        pane,
    }
}

/// What lies over the pane, in words.
fn overlay(state: &State) -> Vec<String> {
    let numbered = |head: String, entries: Vec<String>, hint: &str| {
        let mut lines = vec![head];
        let more = entries.len().saturating_sub(PAGE * 2);
        lines.extend((1..).zip(entries).take(PAGE * 2).map(|(n, entry)| format!("{n}. {entry}")));
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        lines.push(hint.to_owned());
        lines
    };
    match &state.overlay {
        None => Vec::new(),
        Some(Overlay::Palette(palette)) => {
            let hint = "a number does that; letters narrow the list; :close leaves";
            numbered("Commands:".to_owned(), palette.spoken(), hint)
        }
        Some(Overlay::Picker(picker)) => {
            let hint = match picker.free {
                Some(free) => format!("a number chooses; letters narrow the list, or type {free}; :close leaves"),
                None => "a number chooses; letters narrow the list; :close leaves".to_owned(),
            };
            numbered(format!("{}:", text::line(&picker.title).as_ref()), picker.spoken(), &hint)
        }
        Some(Overlay::Help(..)) => vec!["Type ? instead: it tells what can be done here.".to_owned()],
        Some(Overlay::Waiting(_)) => {
            let hint = "a number goes to that card, which has to be answered there; close leaves";
            numbered(format!("Waiting for a yes: {}", state.desk.len()), waiting::spoken(state), hint)
        }
        Some(Overlay::Leaving) => {
            let mut lines = vec!["Quit now?".to_owned()];
            lines.extend(state.unfinished());
            lines.push("yes quits, no stays".to_owned());
            lines
        }
        Some(Overlay::Notice(problem)) => vec![in_words(problem)],
    }
}

/// What is new, the most pressing last: it stands nearest to where one types.
fn news(state: &State, old: &Said, new: &Said, lines: &mut Vec<String>) {
    let is_answer = new.heard != old.heard;
    if let Some(dialogue) = state.dialogue.as_ref().filter(|_| is_answer) {
        let unsaid = dialogue.says.iter().filter(|(answers, _)| *answers > old.heard);
        lines.extend(unsaid.map(|(_, line)| text::line(line).into_string()));
    }
    if let Some(notice) = new.notice.as_ref().filter(|_| is_answer || new.notice != old.notice) {
        lines.push(text::line(notice).into_string());
    }
    if let Some(undo) = new.undo.as_ref().filter(|_| new.undo != old.undo) {
        lines.push(format!("{}; undo takes it back for a while", text::line(undo).as_ref()));
    }
    if let Some(why) = new.waiting.as_ref().filter(|_| new.waiting != old.waiting) {
        lines.push(format!("waiting for the desk: {}", text::line(why).as_ref()));
    }
    windows(state, old, new, lines);
    pane(state, old, new, lines);
    if new.overlay != old.overlay {
        lines.extend(new.overlay.iter().cloned());
    }
    if let Some(tour) = new.tour.filter(|_| new.tour != old.tour) {
        lines.push(format!("{}: {}", tour.title(), tour.words(state)));
    }
    writing(state, old, new, lines);
    card(state, old, new, lines);
}

/// The composer: whole when it opens, with the words kept in it; then what changed of it.
fn writing(state: &State, old: &Said, new: &Said, lines: &mut Vec<String>) {
    if state.questions.open().is_some() {
        return asked(state, old, new, lines);
    }
    if let Some(form) = &state.forms.open {
        lines.extend(new.writing.iter().filter(|line| !old.writing.contains(line)).cloned());
        let has_come = old.writing.len() < 3 && new.writing.len() > 2;
        if has_come {
            lines.push(form.spoken_hint().to_owned());
        }
        return;
    }
    let Some(compose) = &state.composing.open else { return };
    lines.extend(new.writing.iter().filter(|line| !old.writing.contains(line)).cloned());
    if old.writing.is_empty() {
        let words = compose.words();
        if !words.trim().is_empty() {
            lines.push("The words so far:".to_owned());
            lines.extend(words.lines().map(|line| text::line(line).into_string()));
        }
        lines.push(compose.spoken_hint().to_owned());
    }
}

/// The question of a server that stands in front; a list opened from it leaves it there.
fn in_front(state: &State) -> Option<&Sheet> {
    state.questions.open().filter(|_| state.card.is_none())
}

/// A server's question: whole when it comes up, then what changed of it.
fn asked(state: &State, old: &Said, new: &Said, lines: &mut Vec<String>) {
    let Some(sheet) = in_front(state) else { return };
    if new.asked == old.asked {
        lines.extend(new.writing.iter().filter(|line| !old.writing.contains(line)).cloned());
    } else {
        lines.extend(new.writing.iter().cloned());
        lines.push(sheet.spoken_hint().to_owned());
    }
    if new.asked_says != old.asked_says || new.heard != old.heard {
        lines.extend(new.asked_says.as_ref().map(|says| text::line(says).into_string()));
    }
}

fn windows(state: &State, old: &Said, new: &Said, lines: &mut Vec<String>) {
    if new.windows > old.windows {
        let names = state.shared.windows.iter().map(|window| window.name.line().into_string()).collect::<Vec<_>>();
        lines.push(format!("unmasked now: {}; close-window masks again", names.join(", ")));
    } else if new.windows < old.windows {
        lines.push("masked again".to_owned());
    }
}

fn pane(state: &State, old: &Said, new: &Said, lines: &mut Vec<String>) {
    let Said { pane: now, .. } = new;
    let before = &old.pane;
    let came = old.focus != new.focus;
    let is_answer = new.heard != old.heard;
    let settled = before.waits && !now.waits;
    if new.card.is_some() && new.reads != old.reads {
        return;
    }
    if came
        || settled && !now.grows
        || new.reads != old.reads
        || is_answer && now.rows.len() != before.rows.len() && !now.grows
    {
        read_out(state, now, lines);
    } else if now.grows {
        lines.extend(now.rows.iter().skip(before.rows.len()).cloned());
    } else if is_answer && now.chosen != before.chosen {
        let chosen = now.chosen.and_then(|at| Some((at, now.rows.get(at)?)));
        lines.extend(chosen.map(|(at, row)| format!("{} of {}: {row}", at + 1, now.rows.len())));
    } else if now.rows.len() != before.rows.len() && !old.told_of_change {
        lines.push(format!("{}: changed, now {} rows; list reads them", state.focus.spec().title, now.rows.len()));
    }
    lines.extend(now.wrong.iter().filter(|_| is_answer).cloned());
    if matches!(new.stack, Some(Stack::Typing(_)))
        && (new.stack != old.stack || now.typing != before.typing && is_answer)
    {
        lines.extend(now.typing.iter().cloned());
        lines.push("Type the text and press Enter; :leave keeps the words and goes back.".to_owned());
    }
    if !now.detail.is_empty() && (came || now.detail != before.detail && (is_answer || settled)) {
        lines.extend(now.detail.iter().cloned());
    }
}

/// The heading, and a page of rows.
fn read_out(state: &State, pane: &Spoken, lines: &mut Vec<String>) {
    let top = match state.dialogue.as_ref().map_or(0, |dialogue| dialogue.top) {
        0 if pane.grows => pane.rows.len().saturating_sub(PAGE),
        top => top,
    };
    if top == 0 || pane.grows {
        lines.push(format!("{}.", pane.head));
    }
    let page = pane.rows.iter().enumerate().skip(top).take(PAGE);
    lines.extend(page.map(|(at, row)| if pane.grows { row.clone() } else { format!("{}. {row}", at + 1) }));
    let left = pane.rows.len().saturating_sub(top + PAGE);
    if left > 0 {
        lines.push(format!("{left} more; more reads on"));
    }
}

fn card(state: &State, old: &Said, new: &Said, lines: &mut Vec<String>) {
    let Some((card, proposal)) = state.card.as_ref().zip(state.desk.current()) else { return };
    if new.card.is_none() {
        return;
    }
    if (new.card, new.card_turn, new.reads) != (old.card, old.card_turn, old.reads) {
        let zone = &state.shared.zone;
        if matches!(card.mode, Mode::Alike) {
            lines.extend(plain::alike(&state.desk.batch(), zone));
            lines.push(plain::answers_alike(state.desk.batch_confirm()));
        } else {
            lines.extend(plain::lines(proposal, zone));
            lines.push(plain::answers(proposal));
        }
        let urgent = state.desk.more_urgent();
        if urgent > 0 {
            lines.push(format!("{urgent} more urgent than this came since; other-card leads there"));
        }
    } else if new.stack != old.stack {
        match &card.mode {
            Mode::Reading => lines.push(plain::answers(proposal)),
            Mode::Alike => lines.push(plain::answers_alike(state.desk.batch_confirm())),
            Mode::Line(Ask::Reason, _) => lines.push("Why not? Type the reason, or press Enter for none.".to_owned()),
            Mode::Line(ask, _) => lines.push(format!("{}Type it and press Enter ({}).", ask.words().0, ask.words().1)),
            Mode::Editor(composer) => {
                lines.push("The text as it is:".to_owned());
                lines.extend(composer.words().lines().map(|line| text::line(line).into_string()));
                lines.push(
                    "Type the new text; :drop-text keeps the old one. A backslash at a line's end lets it go on."
                        .to_owned(),
                );
            }
        }
    }
    if new.card_says != old.card_says || new.heard != old.heard {
        lines.extend(new.card_says.as_ref().map(|says| text::line(says).into_string()));
    }
}

/// Where the next line goes.
fn prompt(state: &State) -> String {
    let goes_on = state.dialogue.as_ref().is_some_and(|dialogue| !dialogue.unfinished.is_empty());
    let place = match state.stack() {
        _ if goes_on => "and on".to_owned(),
        Stack::Pane(pane) => pane.spec().title.to_owned(),
        Stack::Typing(pane) => format!("{}, text", pane.spec().title),
        Stack::Card => "approve, edit or refuse".to_owned(),
        Stack::Compose => match state.composing.open.as_ref().map(Compose::field) {
            Some(field) if field != Field::Body => field.word().to_owned(),
            _ => "words".to_owned(),
        },
        Stack::Form => state.forms.open.as_ref().map_or_else(String::new, form::Form::prompt),
        Stack::Question => state.questions.open().map_or_else(String::new, Sheet::prompt),
        Stack::Waiting => "number of a card".to_owned(),
        Stack::Reason => match state.card.as_ref().map(|card| &card.mode) {
            Some(Mode::Line(Ask::Changes, _)) => "to be different".to_owned(),
            Some(Mode::Line(Ask::Note, _)) => "note".to_owned(),
            Some(Mode::Line(Ask::Minutes, _)) => "minutes".to_owned(),
            _ => "reason".to_owned(),
        },
        Stack::Editor => "new text".to_owned(),
        Stack::Palette | Stack::Picker => "number or letters".to_owned(),
        Stack::Leaving => "yes or no".to_owned(),
        Stack::Help | Stack::Notice => state.focus.spec().title.to_owned(),
    };
    format!("{place}> ")
}
