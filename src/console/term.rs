//! Owns the terminal: its modes and their undoing, events turned into [`Input`], a frame put on screen in one piece. Key
//! presses get their proof here and nowhere else in the console. Knows no pane and no state.
//!
//! Invariant: whatever ends the program, [`restore`] is what gives the terminal back, and it may be called twice.

pub mod links;
pub mod manners;
pub mod reply;

use std::{
    io::{self, Stdout, Write},
    panic,
};

use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
        EnableMouseCapture, Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
        MouseEventKind,
    },
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use tokio::sync::mpsc;

use self::{
    manners::Manners,
    reply::{Heard, Sorted},
};
use super::{
    attention::{self, News},
    keymap::{Code, Key},
    msg::Input,
    state::State,
    theme::Theme,
    view::view,
};
use crate::{
    approval::Press,
    clock::Clock,
    privacy::{is_contained, text},
};

/// A mouse event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The wheel was turned down (or up, if negative) by these lines, at this cell.
    Wheel(i16, u16, u16),
    /// The left button went down at this cell.
    Click(u16, u16),
}

/// Where frames go: a terminal, or what stands for one in a test.
pub trait Screen {
    /// Columns and rows.
    fn size(&self) -> io::Result<(u16, u16)>;

    /// Shows the state. When this returns, the frame is out.
    fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()>;

    /// Has another size now, and may show anything: the next frame is drawn whole.
    fn resized(&mut self, columns: u16, rows: u16) -> io::Result<()>;

    /// Puts text into the person's clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Calls the person back to the window.
    fn announce(&mut self, _news: &News) -> io::Result<()> {
        Ok(())
    }

    /// Gives the terminal back and stops the process; until [`Self::resume`] nothing is drawn.
    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes the terminal over again, whatever was done to it.
    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The real terminal.
pub struct Tty {
    terminal: Option<Terminal<CrosstermBackend<Whole>>>,
    manners: Manners,
    mouse: bool,
    title: String,
    /// The size of the next frame, where it differs from the last one's; that frame is drawn whole.
    renewed: Option<(u16, u16)>,
    is_suspended: bool,
}

/// The longest text that goes into a clipboard: terminals drop what is longer without a word.
const LONGEST_COPY: usize = 74_000;

impl Tty {
    /// Takes the terminal over. Its modes are given back when this value goes, at the latest. Asks for the colour of its
    /// ground, if that is wanted: the answer comes as [`Input::Ground`], or never.
    pub fn take_over(mouse: bool, manners: Manners, asks_ground: bool) -> io::Result<Self> {
        take(mouse)?;
        if asks_ground {
            tell(manners.ask_ground())?;
        }
        let (columns, rows) = crossterm::terminal::size()?;
        let terminal = Some(canvas(columns, rows)?);
        Ok(Self { terminal, manners, mouse, title: String::new(), renewed: None, is_suspended: false })
    }

    /// Lets go of a terminal that is gone: nothing more is written to it, not even by drops.
    pub fn forget(&mut self) {
        std::mem::forget(self.terminal.take());
    }

    fn terminal(&mut self) -> io::Result<&mut Terminal<CrosstermBackend<Whole>>> {
        self.terminal.as_mut().ok_or_else(|| io::Error::other("the terminal is gone"))
    }
}

/// What frames are drawn on. Of a fixed size, renewed when the terminal's changes: left to itself the library asks the
/// terminal for its cursor at each resize, and the answer would be read as input.
fn canvas(columns: u16, rows: u16) -> io::Result<Terminal<CrosstermBackend<Whole>>> {
    let backend = CrosstermBackend::new(Whole { out: io::stdout(), frame: Vec::with_capacity(16 * 1024) });
    let viewport = Viewport::Fixed(Rect::new(0, 0, columns, rows));
    Terminal::with_options(backend, TerminalOptions { viewport })
}

/// Switches every mode on that the console lives in; the window's title is put aside by the terminal.
fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    let mut out = io::stdout();
    out.write_all(b"\x1b[22;0t")?;
    execute!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
    if mouse {
        execute!(out, EnableMouseCapture)?;
    }
    Ok(())
}

/// Writes what is no part of a frame.
fn tell(bytes: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(bytes.as_bytes())?;
    out.flush()
}

/// Stops the process group, as the terminal's own `ctrl-z` would. Where no shell could bring it back, nothing happens.
#[cfg(unix)]
fn stop() -> io::Result<()> {
    Ok(rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?)
}

#[cfg(not(unix))]
fn stop() -> io::Result<()> {
    Ok(())
}

impl Drop for Tty {
    fn drop(&mut self) {
        if self.terminal.is_some() {
            restore();
        }
    }
}

impl Screen for Tty {
    fn size(&self) -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }

    fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        if self.is_suspended {
            return Ok(());
        }
        if let Some((columns, rows)) = self.renewed.take() {
            self.terminal()?;
            self.terminal = Some(canvas(columns, rows)?);
            self.terminal()?.backend_mut().write_all(b"\x1b[0m\x1b[2J")?;
        }
        let title = attention::title(state);
        if title != self.title {
            let told = self.manners.title(&title);
            self.terminal()?.backend_mut().write_all(told.as_bytes())?;
            self.title = title;
        }
        let links = self.manners.reads_sequences();
        self.terminal()?.draw(|frame| {
            view(state, theme, frame.area(), frame.buffer_mut());
            if links {
                links::mark(frame.buffer_mut());
            }
        })?;
        Ok(())
    }

    fn resized(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        self.terminal()?;
        self.renewed = Some((columns, rows));
        Ok(())
    }

    fn copy(&mut self, words: &str) -> io::Result<()> {
        let safe = text::block(words);
        if safe.len() > LONGEST_COPY {
            return Err(io::Error::other("the text is too long for a terminal's clipboard"));
        }
        tell(&self.manners.copy(&safe))
    }

    fn announce(&mut self, news: &News) -> io::Result<()> {
        tell(&self.manners.announce(news))
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.is_suspended = true;
        restore();
        stop()
    }

    fn resume(&mut self) -> io::Result<()> {
        // A shell leaves the terminal in its own modes; the library below believes what it set itself.
        disable_raw_mode()?;
        if !self.is_suspended {
            // Stopped by somebody else, or back twice: the title that was put aside is still there.
            tell("\x1b[23;0t")?;
        }
        take(self.mouse)?;
        self.is_suspended = false;
        self.title.clear();
        Ok(())
    }
}

/// Collects a frame and writes it in one piece, as a synchronized update: no terminal shows half of it.
struct Whole {
    out: Stdout,
    frame: Vec<u8>,
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let mut whole = Vec::with_capacity(self.frame.len() + 16);
        whole.extend_from_slice(b"\x1b[?2026h");
        whole.append(&mut self.frame);
        whole.extend_from_slice(b"\x1b[?2026l");
        self.out.write_all(&whole)?;
        self.out.flush()
    }
}

/// Gives the terminal back as it was. Errors are of no use to anybody here: the terminal may be gone.
pub fn restore() {
    let mut out = io::stdout();
    let _ = out.write_all(b"\x1b[?2026l");
    let _ = execute!(out, DisableMouseCapture, DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = out.write_all(b"\x1b[23;0t");
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Makes a panic, in whatever task, give the terminal back, speak, and end the program: a console that lost a task could
/// no longer be trusted with a card. Windows it leaves open are closed at the next start.
pub fn restore_on_panic() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if is_contained() {
            return;
        }
        restore();
        before(info);
        std::process::exit(101);
    }));
}

/// Reads the terminal until it ends or nobody listens.
pub async fn read(clock: Clock, inputs: mpsc::Sender<Input>) {
    let mut heard = Sorted::new(EventStream::new(), clock.clone());
    while let Some(heard) = heard.next().await {
        let input = match heard {
            Heard::Event(event) => translate(event, &clock),
            Heard::Answer(answer) => reply::is_light(&answer).map(|light| Input::Ground { light }),
        };
        if let Some(input) = input
            && inputs.send(input).await.is_err()
        {
            return;
        }
    }
}

/// What an event means. A held key's repeats come as keys that prove nothing but themselves: only a real press is passed.
pub fn translate(event: Event, clock: &Clock) -> Option<Input> {
    match event {
        Event::Key(event) if event.kind == KeyEventKind::Press => {
            Some(Input::Key(key(event)?, Press::from_terminal(clock.elapsed())))
        }
        Event::Key(_) => None,
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Resize(columns, rows) => Some(Input::Resize(columns, rows)),
        Event::Mouse(event) => mouse(event).map(Input::Mouse),
        Event::FocusGained => Some(Input::Focus(true)),
        Event::FocusLost => Some(Input::Focus(false)),
    }
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    const LINES: i16 = 3;
    match event.kind {
        MouseEventKind::ScrollDown => Some(Mouse::Wheel(LINES, event.column, event.row)),
        MouseEventKind::ScrollUp => Some(Mouse::Wheel(-LINES, event.column, event.row)),
        MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Click(event.column, event.row)),
        _ => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let held = |modifier| event.modifiers.contains(modifier);
    let (ctrl, alt, shift) = (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT), held(KeyModifiers::SHIFT));
    let code = match event.code {
        KeyCode::BackTab => return Some(Key::held(Code::Tab, ctrl, alt, true)),
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::F(number),
        _ => return None,
    };
    Some(Key::held(code, ctrl, alt, shift))
}

/// A key as if it had been pressed at `at`, for tests of what keys do.
#[cfg(test)]
pub(crate) fn press(name: &str, at: std::time::Duration) -> Input {
    Input::Key(Key::parse(name).expect("a key"), Press::from_terminal(at))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn read(kind: KeyEventKind, code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        let (clock, _) = Clock::by_hand(Timestamp::UNIX_EPOCH);
        match translate(Event::Key(KeyEvent::new_with_kind(code, modifiers, kind)), &clock)? {
            Input::Key(key, _) => Some(key.to_string()),
            Input::Paste(_) | Input::Resize(..) | Input::Mouse(_) | Input::Focus(_) | Input::Ground { .. } => None,
        }
    }

    #[test]
    fn only_a_real_press_is_a_key() {
        let plain = KeyModifiers::NONE;
        assert_eq!(read(KeyEventKind::Press, KeyCode::Char('a'), plain), Some("a".into()));
        assert_eq!(read(KeyEventKind::Repeat, KeyCode::Char('a'), plain), None);
        assert_eq!(read(KeyEventKind::Release, KeyCode::Char('a'), plain), None);
    }

    #[test]
    fn keys_come_in_the_one_form_the_keymap_compares() {
        let press = KeyEventKind::Press;
        assert_eq!(read(press, KeyCode::BackTab, KeyModifiers::SHIFT), Some("shift-tab".into()));
        assert_eq!(read(press, KeyCode::Char('G'), KeyModifiers::SHIFT), Some("G".into()));
        assert_eq!(read(press, KeyCode::Char('p'), KeyModifiers::CONTROL), Some("ctrl-p".into()));
    }
}
