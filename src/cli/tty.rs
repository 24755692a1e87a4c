//! Owns the asking for a yes (and for a key that is not shown) on a terminal outside the console: prints the whole request, reads one key, and makes the
//! `Press` that answers. One of the two places that may. Where stdin or stdout is no terminal nobody can be asked, and
//! that is a refusal.

use std::{
    io::{self, IsTerminal, Read, Write},
    path::Path,
};

use crossterm::{
    event::{self, DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    execute,
    terminal::{disable_raw_mode, enable_raw_mode},
};

use secrecy::SecretString;

use super::{Exit, Failure, out, session::Session};
use crate::{
    approval::{
        Approved, Author, CALM, Change, Confirm, Decision, Desk, FirstYes, NotYet, Press, Proposal, ProposalId,
        Refusal, Told, Verdict,
    },
    clock::Clock,
    console::{
        outside,
        overlays::approval::{BURST, plain},
    },
    domain::Text,
    kustomer::{Reader, changes},
    privacy::text,
};

/// Whether somebody can be asked.
pub fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// What a person answered.
pub enum Answer {
    /// Yes.
    Go(Approved<Change>),
    /// No.
    Refused(Refusal),
    /// The first of two yeses.
    First(FirstYes),
    /// Ctrl-C: no, and stop.
    Interrupted(Refusal),
}

/// Asks about one change outside any dialogue; the audit trail gets a refusal here, an approval when it is performed.
pub fn ask_alone(session: &Session, change: Change, author: Author, reason: Text) -> Result<Approved<Change>, Failure> {
    if !is_there() {
        return Err(nobody(change.summary()));
    }
    let mut desk = session.approvals();
    let id = desk
        .submit(change, author, reason, session.clock.elapsed())
        .map_err(|denied| Failure::new("refused", denied.to_string(), "change the request").exiting(Exit::Refused))?;
    match decide(&mut desk, id, &session.reader, &session.store.witness_file())? {
        Answer::Go(approved) => Ok(approved),
        Answer::First(first) => {
            let seq = session.trail.first_yes(&first)?;
            Err(halfway(&first, seq))
        }
        Answer::Refused(refusal) | Answer::Interrupted(refusal) => {
            session.trail.refused(&refusal)?;
            Err(Failure::new("refused", refusal.why(), "nothing was sent").exiting(Exit::Refused))
        }
    }
}

/// What is said where one of two persons has said yes.
pub fn halfway(first: &FirstYes, seq: u64) -> Failure {
    let next = format!("another user gives the second yes: shiftdeck policy second {}", first.proposal());
    Failure::new("not done yet", format!("yours is the first of two yeses (#{seq})"), next).exiting(Exit::Refused)
}

/// The failure of a yes that nobody could give.
pub fn nobody(what: &str) -> Failure {
    let what = text::line(what).into_string();
    Failure::new(
        "an approval was needed",
        format!("{what}: stdin and stdout are no terminal, so nobody could be asked"),
        "run it in a terminal",
    )
    .exiting(Exit::Refused)
}

/// Shows the card of a waiting proposal and returns the person's answer. Blocks on the terminal.
///
/// The desk is looked at before the card is shown and once more after a yes, which counts if nothing moved. Words that are
/// written in the person's own editor lie beside `private` meanwhile.
pub fn decide(desk: &mut Desk, id: ProposalId, reader: &Reader, private: &Path) -> Result<Answer, Failure> {
    let (mut id, clock) = (id, reader.clock());
    loop {
        if let (_, Some(refusal)) = look(desk, id, reader) {
            return Ok(Answer::Refused(refusal));
        }
        let Some(proposal) = desk.proposal_of(id) else {
            return Err(Failure::new("the approval", "it is no longer waiting", "ask again").exiting(Exit::Refused));
        };
        let confirm = proposal.confirm();
        out::say(&card(proposal));
        let offers = Offers::of(proposal);
        let keyboard = Keyboard::open()?;
        desk.painted(id, clock.elapsed(), true);
        let key = answer(&keyboard, clock, confirm, offers);
        drop(keyboard);
        match key? {
            Key::Approve(press, typed) => {
                if confirm.wants_reason() {
                    desk.because(id, Text::new(prompt("why do you approve: ")?));
                }
                match look(desk, id, reader) {
                    (Told::Void(_), Some(refusal)) => return Ok(Answer::Refused(refusal)),
                    (Told::Moved, _) => {
                        out::say("that did not count: something moved at the desk; here is the card as it is now");
                    }
                    _ => match desk.decide(id, Verdict::Approve { typed }, press, clock.elapsed()) {
                        Ok(Decision::Go(approved)) => return Ok(Answer::Go(approved)),
                        Ok(Decision::First(first)) => return Ok(Answer::First(first)),
                        Ok(Decision::Refused(refusal)) => return Ok(Answer::Refused(refusal)),
                        Ok(Decision::Canary(_)) => return Err(gone(&NotYet::Gone)),
                        Err(why) => out::say(&format!("not yet: {why}")),
                    },
                }
            }
            Key::Refuse(press) => {
                let reason = prompt("reason (Enter for none): ")?;
                if let Some(refusal) = say_no(desk, id, Verdict::Refuse { reason }, press, clock)? {
                    return Ok(Answer::Refused(refusal));
                }
            }
            Key::Change(press) => {
                let what = prompt("what is to be different: ")?;
                if let Some(refusal) = say_no(desk, id, Verdict::Change { what }, press, clock)? {
                    return Ok(Answer::Refused(refusal));
                }
            }
            Key::Edit => id = edit(desk, id, clock, private)?,
            // A note is no answer: the card is shown again with it.
            Key::Tell => desk.annotate(id, &prompt("tell the author with your yes: ")?),
            Key::Interrupt => {
                let refusal = desk.withdraw(id);
                return refusal.map(Answer::Interrupted).ok_or_else(|| gone(&NotYet::Gone));
            }
        }
    }
}

/// Gives an answer that is no yes; what does not count yet is said.
fn say_no(
    desk: &mut Desk,
    id: ProposalId,
    verdict: Verdict,
    press: Press,
    clock: &Clock,
) -> Result<Option<Refusal>, Failure> {
    match desk.decide(id, verdict, press, clock.elapsed()) {
        Ok(Decision::Refused(refusal)) => Ok(Some(refusal)),
        // A refusal is never a yes, and no canary comes to a command.
        Ok(Decision::Go(_) | Decision::First(_) | Decision::Canary(_)) => Err(gone(&NotYet::Gone)),
        Err(why) => {
            out::say(&format!("not yet: {why}"));
            Ok(None)
        }
    }
}

/// Looks at what is around a proposal and tells the desk.
fn look(desk: &mut Desk, id: ProposalId, reader: &Reader) -> (Told, Option<Refusal>) {
    let Some(proposal) = desk.proposal_of(id) else { return (Told::Same, None) };
    let scene = reader.scene(proposal.change());
    let seen = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(scene));
    desk.stands(id, seen.map_err(|error| error.to_string()), reader.clock().elapsed())
}

fn gone(why: &NotYet) -> Failure {
    Failure::new("the approval", why.to_string(), "ask again").exiting(Exit::Refused)
}

/// Reads a new main text, in the person's own editor where they named one, and puts the edited change in the old one's place.
fn edit(desk: &mut Desk, id: ProposalId, clock: &Clock, private: &Path) -> Result<ProposalId, Failure> {
    let before = desk.proposal_of(id).and_then(|proposal| proposal.change().editable_text()).map(|(words, _)| words);
    let words = if let Some(before) = before.filter(|_| outside::is_named()) {
        match outside::on_terminal(before, private) {
            Ok(words) => words,
            Err(problem) => {
                out::say(&format!("not changed: {}: {}", problem.what, problem.why));
                return Ok(id);
            }
        }
    } else {
        out::say("the new text, ended by Ctrl-D on a line of its own:");
        let mut words = String::new();
        io::stdin().read_to_string(&mut words)?;
        words
    };
    let change = desk.proposal_of(id).and_then(|proposal| proposal.change().with_text(words.trim_end_matches('\n')));
    if let Some(Err(why)) = change.as_ref().map(changes::recheck) {
        out::say(&format!("not changed: {why}"));
        return Ok(id);
    }
    match change {
        Some(change) => desk.amend(id, change, clock.elapsed()).map_err(|why| gone(&why)),
        None => Ok(id),
    }
}

/// Reads a line that is shown while it is typed.
pub fn prompt(words: &str) -> Result<String, Failure> {
    let mut stderr = io::stderr();
    stderr.write_all(words.as_bytes())?;
    stderr.flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// The card as lines, and the keys that answer it.
fn card(proposal: &Proposal) -> String {
    let mut lines = vec![String::new()];
    lines.extend(plain::lines(proposal, &jiff::tz::TimeZone::system()));
    let yes = match proposal.confirm().count() {
        None => "a approves".to_owned(),
        Some(count) => format!("type {count}, the number of records, then a approves"),
    };
    let Offers { edit, tell } = Offers::of(proposal);
    let edit = if edit { " · e edits" } else { "" };
    let tell = if tell { " · n adds a note to the author" } else { "" };
    if !proposal.note().is_empty() {
        lines.push(format!("told with your yes: {}", text::line(proposal.note())));
    }
    lines.push(format!("{yes}{edit}{tell} · c asks for changes · x refuses"));
    lines.join("\n")
}

/// Reads a secret that is not shown. A paste counts as typing; Ctrl-C leaves without one.
pub fn secret(words: &str) -> Result<SecretString, Failure> {
    let mut stderr = io::stderr();
    stderr.write_all(words.as_bytes())?;
    stderr.flush()?;
    let _keyboard = Keyboard::open()?;
    let mut typed = String::new();
    loop {
        match event::read()? {
            Event::Paste(pasted) => typed.push_str(pasted.trim()),
            Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) => match code {
                KeyCode::Enter => return Ok(SecretString::from(typed)),
                KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => {
                    let failure = Failure::new("login", "it was interrupted", "nothing was kept");
                    return Err(failure.exiting(Exit::Interrupted));
                }
                KeyCode::Char('u') if modifiers.contains(KeyModifiers::CONTROL) => typed.clear(),
                KeyCode::Char(c) if !modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => typed.push(c),
                KeyCode::Backspace => {
                    typed.pop();
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// What a reader of steps pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// Enter, Space, j, right: the next one.
    On,
    /// b, k, left: the one before.
    Back,
    /// q, Esc, Ctrl-C: enough.
    Enough,
}

/// Waits for the key of somebody who reads step by step. It answers nothing but that.
pub fn turned() -> Result<Turned, Failure> {
    let _keyboard = Keyboard::open()?;
    loop {
        let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = event::read()? else {
            continue;
        };
        match code {
            KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => return Ok(Turned::Enough),
            KeyCode::Enter | KeyCode::Char(' ' | 'j' | 'n') | KeyCode::Right | KeyCode::Down => return Ok(Turned::On),
            KeyCode::Char('b' | 'k' | 'p') | KeyCode::Left | KeyCode::Up => return Ok(Turned::Back),
            KeyCode::Char('q') | KeyCode::Esc => return Ok(Turned::Enough),
            _ => {}
        }
    }
}

/// How a question of somebody else's is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// a: yes.
    Accept,
    /// d: no.
    Decline,
    /// c, q, Esc, Ctrl-C: neither.
    Cancel,
}

/// Waits for one of the three keys. As with a card, one that came with others at once or too early does nothing.
pub fn chosen() -> Result<Chosen, Failure> {
    let clock = Clock::real();
    let _keyboard = Keyboard::open()?;
    let (shown, mut last) = (clock.elapsed(), clock.elapsed());
    loop {
        let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = event::read()? else {
            continue;
        };
        let now = clock.elapsed();
        let is_hasty = now < std::mem::replace(&mut last, now) + BURST || event::poll(BURST)?;
        match code {
            KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => return Ok(Chosen::Cancel),
            _ if is_hasty || now < shown + CALM => {}
            KeyCode::Char(_) if modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {}
            KeyCode::Char('a') => return Ok(Chosen::Accept),
            KeyCode::Char('d') => return Ok(Chosen::Decline),
            KeyCode::Char('c' | 'q') | KeyCode::Esc => return Ok(Chosen::Cancel),
            _ => {}
        }
    }
}

/// What a card can be answered with besides yes and no.
#[derive(Clone, Copy)]
struct Offers {
    /// Its main text can be edited.
    edit: bool,
    /// Its author is somebody else, who can be told something along with a yes.
    tell: bool,
}

impl Offers {
    fn of(proposal: &Proposal) -> Self {
        Self { edit: proposal.change().editable_text().is_some(), tell: *proposal.author() != Author::Person }
    }
}

enum Key {
    Approve(Press, Option<u64>),
    Refuse(Press),
    Change(Press),
    Edit,
    Tell,
    Interrupt,
}

/// The terminal in raw mode, with pastes kept apart from keys; given back when dropped.
struct Keyboard;

impl Keyboard {
    /// Takes the terminal and throws away what was typed before the card stood there.
    fn open() -> Result<Self, Failure> {
        enable_raw_mode()?;
        let keyboard = Self;
        execute!(io::stderr(), EnableBracketedPaste)?;
        while event::poll(std::time::Duration::ZERO)? {
            event::read()?;
        }
        Ok(keyboard)
    }
}

/// Waits for a key that answers. Enter, Esc and everything else do nothing, nor does a key that came with others at once or
/// before the card had stood for a moment.
fn answer(_held: &Keyboard, clock: &Clock, confirm: Confirm, offers: Offers) -> Result<Key, Failure> {
    let mut typed = String::new();
    let (shown, mut last) = (clock.elapsed(), clock.elapsed());
    loop {
        let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = event::read()? else {
            continue;
        };
        let press = Press::from_terminal(clock.elapsed());
        let is_way_out = matches!(code, KeyCode::Char('c' | 'd')) && modifiers.contains(KeyModifiers::CONTROL);
        let is_hasty = press.at() < std::mem::replace(&mut last, press.at()) + BURST || event::poll(BURST)?;
        if !is_way_out && (is_hasty || press.at() < shown + CALM) {
            typed.clear();
            continue;
        }
        match code {
            KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => return Ok(Key::Interrupt),
            KeyCode::Char(_) if modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {}
            KeyCode::Char('a') => return Ok(Key::Approve(press, typed.parse().ok())),
            KeyCode::Char('x') => return Ok(Key::Refuse(press)),
            KeyCode::Char('c') => return Ok(Key::Change(press)),
            KeyCode::Char('e') if offers.edit => return Ok(Key::Edit),
            KeyCode::Char('n') if offers.tell => return Ok(Key::Tell),
            KeyCode::Char(digit) if digit.is_ascii_digit() && confirm.count().is_some() && typed.len() < 12 => {
                typed.push(digit);
                echo(&typed)?;
            }
            KeyCode::Backspace => {
                typed.pop();
                echo(&typed)?;
            }
            _ => {}
        }
    }
}

/// Shows the number typed so far.
fn echo(typed: &str) -> io::Result<()> {
    write!(io::stderr(), "\r{typed:<12}")?;
    io::stderr().flush()
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        let _ = execute!(io::stderr(), DisableBracketedPaste);
        let _ = disable_raw_mode();
        let _ = writeln!(io::stderr());
    }
}
