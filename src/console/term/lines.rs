//! Owns the terminal as linear mode uses it: whole lines in, left to the terminal's own editing, and the proof that a person
//! typed one. Writes nothing but the switch that has pastes marked, and only where the terminal knows it.
//!
//! Invariant: a line carries a [`Press`] only if it was begun after the last [`Gate::forget_typed`], stood alone (a burst of
//! lines is a paste) and holds nothing the terminal marked as pasted. Without one it answers no card.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::{approval::Press, clock::Clock, console::msg::Input};

/// A line, as typed.
#[derive(Debug)]
pub struct TypedLine {
    /// The words, without what ends them.
    pub words: String,
    /// The proof that a person typed it; `None` for a paste.
    pub press: Option<Press>,
}

/// What marks the beginning and the end of a paste.
const MARKS: (&str, &str) = ("\x1b[200~", "\x1b[201~");

/// The longest line that is taken; what lies behind is dropped.
const LONGEST: usize = 64 * 1024;

/// Held while a line is read and stamped, and while what was typed is thrown away: a line is wholly before or wholly after.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Mutex<()>>);

impl Gate {
    fn pass(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Throws away what was typed and not yet read, a line only begun included: it was meant for what stood there before.
    pub fn forget_typed(&self) {
        let _held = self.pass();
        #[cfg(unix)]
        let _ = rustix::termios::tcflush(rustix::stdio::stdin(), rustix::termios::QueueSelector::IFlush);
    }
}

/// Has pastes marked by the terminal; undone when the value goes. `known`: whether the terminal knows the switch.
pub struct MarkedPastes {
    known: bool,
}

impl MarkedPastes {
    /// Switches it on.
    pub fn on(known: bool) -> Self {
        if known {
            super::say_to_terminal(b"\x1b[?2004h");
        }
        Self { known }
    }
}

impl Drop for MarkedPastes {
    fn drop(&mut self) {
        if self.known {
            unmark();
        }
    }
}

/// Switches the marking of pastes off: all there is to give back.
pub fn unmark() {
    super::say_to_terminal(b"\x1b[?2004l");
}

/// Tells lines from pastes as they come.
#[derive(Debug, Default)]
struct Splitter {
    is_inside_paste: bool,
    had_more_behind: bool,
}

impl Splitter {
    /// The words of a raw line, and whether a person typed them; `more` says that further input stood right behind it.
    fn take(&mut self, raw: &str, more: bool) -> (String, bool) {
        let mut words = String::new();
        let mut is_pasted = std::mem::replace(&mut self.had_more_behind, more) || more;
        let mut rest = raw;
        loop {
            let mark = if self.is_inside_paste { MARKS.1 } else { MARKS.0 };
            let (before, after) = rest.split_once(mark).map_or((rest, None), |(before, after)| (before, Some(after)));
            is_pasted |= self.is_inside_paste && !before.trim().is_empty();
            words.push_str(before);
            let Some(after) = after else { break };
            self.is_inside_paste = !self.is_inside_paste;
            rest = after;
        }
        is_pasted |= words.contains('\x1b');
        words.retain(|c| c == '\t' || !c.is_control());
        (words, !is_pasted)
    }
}

/// Reads lines until the terminal ends or nobody listens. Blocks: for a thread of its own.
#[cfg(unix)]
pub fn read(clock: &Clock, gate: &Gate, inputs: &mpsc::Sender<Input>) {
    let stdin = rustix::stdio::stdin();
    let mut splitter = Splitter::default();
    let mut pending = Vec::new();
    let mut buffer = [0; 8 * 1024];
    loop {
        if !is_readable(None) {
            return;
        }
        let mut taken = Vec::new();
        {
            let _held = gate.pass();
            // What was there may have been thrown away in the meantime.
            if !is_readable(Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 })) {
                continue;
            }
            let Ok(count @ 1..) = rustix::io::read(stdin, &mut buffer) else { return };
            pending.extend_from_slice(&buffer[..count]);
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let raw: Vec<u8> = pending.drain(..=end).collect();
                let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
                let more = !pending.is_empty() || is_readable(Some(&now));
                let (words, is_typed) = splitter.take(&String::from_utf8_lossy(&raw), more);
                let press = is_typed.then(|| Press::from_terminal(clock.elapsed()));
                taken.push(TypedLine { words, press });
            }
            pending.truncate(LONGEST);
        }
        for line in taken {
            if inputs.blocking_send(Input::Line(line)).is_err() {
                return;
            }
        }
    }
}

#[cfg(unix)]
fn is_readable(wait: Option<&rustix::event::Timespec>) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut ready = [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN)];
    loop {
        match poll(&mut ready, wait) {
            Ok(count) => return count > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Reads lines where what was typed too early cannot be thrown away: none of them answers a card.
#[cfg(not(unix))]
pub fn read(_clock: &Clock, gate: &Gate, inputs: &mpsc::Sender<Input>) {
    let mut splitter = Splitter::default();
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let _held = gate.pass();
        let (words, _) = splitter.take(&line.chars().take(LONGEST).collect::<String>(), false);
        if inputs.blocking_send(Input::Line(TypedLine { words, press: None })).is_err() {
            return;
        }
    }
}

/// A line as if it had been typed at `at`, for tests of what lines do.
#[cfg(test)]
pub(crate) fn typed(words: &str, at: std::time::Duration) -> Input {
    Input::Line(TypedLine { words: words.to_owned(), press: Some(Press::from_terminal(at)) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_alone_is_typed_and_a_burst_is_not() {
        let mut splitter = Splitter::default();
        assert_eq!(splitter.take("approve\n", false), ("approve".to_owned(), true));
        assert!(!splitter.take("one\n", true).1);
        assert!(!splitter.take("approve\n", false).1, "the last line of a burst");
        assert!(splitter.take("approve\n", false).1);
    }

    #[test]
    fn what_the_terminal_marks_is_a_paste_and_the_line_after_it_is_not() {
        let mut splitter = Splitter::default();
        assert_eq!(splitter.take("\x1b[200~approve\n", false), ("approve".to_owned(), false));
        assert_eq!(splitter.take("\x1b[201~approve\n", false), ("approve".to_owned(), true));
        assert_eq!(splitter.take("app\x1b[200~rove\x1b[201~\n", false), ("approve".to_owned(), false));
        assert!(!splitter.take("approve\x1b[A\n", false).1, "arrows are no letters");
    }

    proptest! {
        #[test]
        fn no_line_keeps_a_control_character(raw in "(\\PC|\\x1b\\[20[01]~|[\\x00-\\x1f]){0,40}", more: bool) {
            let (words, _) = Splitter::default().take(&raw, more);
            prop_assert!(words.chars().all(|c| c == '\t' || !c.is_control()));
        }
    }
}
