//! Owns linear mode: the whole console as plain lines, for a screen reader and for terminals that can do no more. The same
//! state, update and effects as on the screen; only what is shown ([`screen`]) and how a typed line is read ([`words`]) differ.
//! What a line does is `update`'s.
//!
//! ```text
//! line ─ term::lines ─> Input::Line ─> words::read ─> the same actions ─> State ─> screen: what is new, in sentences
//! ```
//!
//! Invariants: nothing but printable text and line ends is written (besides the switch that has pastes marked, where the
//! terminal knows it). A card is printed whole before it can be answered, and what was typed before it is thrown away.

pub mod phrase;
pub mod screen;
pub mod spoken;
pub mod words;

use std::{collections::VecDeque, thread};

use tokio::sync::mpsc;

use self::screen::LineScreen;
use super::{
    actions::Action,
    crash,
    keymap::Keymap,
    runtime::{ConsoleError, Exit, Setup, run_on},
    term::lines::{self, Gate, MarkedPastes},
};

/// What linear mode has to remember between lines.
#[derive(Debug, Default)]
pub struct Dialogue {
    /// Lines heard so far: tells the screen that an answer is due, even if nothing changed.
    pub heard: u64,
    /// Answers that are no part of the state, each with the line it answers: several lines may come between two prints.
    pub says: VecDeque<(u64, String)>,
    /// What numbers stand for in the next line, when not for the pane's rows.
    pub offered: Vec<Action>,
    /// The first row of the page that is read out.
    pub top: usize,
    /// How often rows were asked to be read: more means again.
    pub reads: u64,
    /// Lines of a text that goes on.
    pub unfinished: Vec<String>,
}

/// Answers kept until they are printed.
const ANSWERS: usize = 400;

impl Dialogue {
    /// Answers the last line.
    pub fn say(&mut self, words: impl Into<String>) {
        self.says.push_back((self.heard, words.into()));
        if self.says.len() > ANSWERS {
            self.says.pop_front();
        }
    }
}

/// Rows read out at once.
pub const PAGE: usize = 10;

/// Runs the console line by line on this terminal until the person leaves. `marks`: whether the terminal can mark pastes.
///
/// # Errors
/// [`ConsoleError`].
pub async fn run(setup: Setup, marks: bool) -> Result<Exit, ConsoleError> {
    let keymap = Keymap::with(&setup.options.keys)?;
    crash::on_panic(if marks { lines::unmark } else { || {} });
    let _marked = MarkedPastes::on(marks);
    let gate = Gate::default();
    let mut screen = LineScreen::new(std::io::stdout(), gate.clone());
    let (send, inputs) = mpsc::channel(256);
    let clock = setup.clock.clone();
    // Ends with the process: a read of the terminal cannot be called off.
    thread::spawn(move || lines::read(&clock, &gate, &send));
    Box::pin(run_on(&mut screen, setup, keymap, inputs)).await
}
