//! Owns the terminal: its modes and their undoing, events turned into [`Input`], a frame put on screen in one piece. Key
//! presses get their proof here and nowhere else in the console. Knows no pane and no state.
//!
//! Invariant: whatever ends the program, [`restore`] is what gives the terminal back, and it may be called twice.

use std::{
    io::{self, Stdout, Write},
    panic,
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::{Hide, Show},
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
        EnableMouseCapture, Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
        MouseEventKind,
    },
    execute,
    terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use futures::StreamExt;
use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};
use tokio::sync::mpsc;

use super::{
    keymap::{Code, Key},
    msg::Input,
    state::State,
    theme::Theme,
    view::view,
};
use crate::{approval::Press, clock::Clock, privacy::is_contained};

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
}

/// The real terminal.
pub struct Tty {
    canvas: Option<Canvas>,
}

impl Tty {
    /// Takes the terminal over. Its modes are given back when this value goes, at the latest.
    pub fn take_over(mouse: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen, Hide, EnableBracketedPaste, EnableFocusChange)?;
        if mouse {
            execute!(out, EnableMouseCapture)?;
        }
        let (columns, rows) = crossterm::terminal::size()?;
        Ok(Self { canvas: Some(Canvas::new(columns, rows)) })
    }

    /// Lets go of a terminal that is gone: nothing more is written to it, not even by drops.
    pub fn forget(&mut self) {
        self.canvas = None;
    }

    fn canvas(&mut self) -> io::Result<&mut Canvas> {
        self.canvas.as_mut().ok_or_else(|| io::Error::other("the terminal is gone"))
    }
}

/// What frames are drawn on: the one on screen and the next. Only cells that differ are written, and where none does not a
/// byte is: an idle console is silent. Renewed when the terminal's size changes. (The library's own terminal resets colours
/// and hides the cursor with every frame, and asks the terminal for its cursor at a resize, whose answer would be read as
/// input.)
struct Canvas {
    backend: CrosstermBackend<Whole>,
    shown: Buffer,
    next: Buffer,
}

impl Canvas {
    fn new(columns: u16, rows: u16) -> Self {
        let area = Rect::new(0, 0, columns, rows);
        let backend = CrosstermBackend::new(Whole { out: io::stdout(), frame: Vec::with_capacity(16 * 1024) });
        Self { backend, shown: Buffer::empty(area), next: Buffer::empty(area) }
    }

    fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        self.next.reset();
        view(state, theme, self.next.area, &mut self.next);
        let changes = self.shown.diff(&self.next);
        if changes.is_empty() {
            return Ok(());
        }
        self.backend.draw(changes.into_iter())?;
        Backend::flush(&mut self.backend)?;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        if self.canvas.is_some() {
            restore();
        }
    }
}

impl Screen for Tty {
    fn size(&self) -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }

    fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        self.canvas()?.draw(state, theme)
    }

    fn resized(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        *self.canvas()? = Canvas::new(columns, rows);
        execute!(io::stdout(), Clear(ClearType::All))
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
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
    let mut events = EventStream::new();
    while let Some(Ok(event)) = events.next().await {
        if let Some(input) = translate(event, &clock)
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
            Input::Paste(_) | Input::Resize(..) | Input::Mouse(_) | Input::Focus(_) => None,
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
