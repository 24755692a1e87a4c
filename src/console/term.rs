//! Owns the terminal: its modes and their undoing, events turned into [`Input`], what is said to it besides frames. Key
//! presses get their proof here and nowhere else in the console. Knows no pane and no state.
//!
//! Invariant: whatever ends the program, [`restore`] is what gives the terminal back, and it may be called twice.

mod canvas;
pub mod graphics;
pub mod lines;
pub mod links;
pub mod manners;
pub mod reply;

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, Show},
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
        EnableMouseCapture, Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
        MouseEventKind,
    },
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use tokio::{sync::mpsc, task::JoinHandle};

use self::{
    canvas::Canvas,
    manners::Manners,
    reply::{Heard, Sorted},
};
use super::{
    attention::{self, News},
    keymap::{Code, Key},
    msg::Input,
    state::State,
    theme::Theme,
};
use crate::{approval::Press, clock::Clock, privacy::text};

/// A mouse event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The wheel was turned down (or up, if negative) by these lines, at this cell.
    Wheel(i16, u16, u16),
    /// The left button went down at this cell.
    Click(u16, u16),
    /// It moved to this cell while the left button was down.
    Drag(u16, u16),
    /// The left button went up.
    Release,
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
    /// Lends the terminal to another program: it is as it was found, and nothing of what is typed is read here.
    fn lend(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Takes the terminal back from that program; the next frame is drawn whole.
    fn take_back(&mut self) -> io::Result<()>;
}

/// The real terminal.
pub struct Tty {
    canvas: Option<Canvas>,
    manners: Manners,
    mouse: bool,
    title: String,
    /// The size of the next frame, where it differs from the last one's; that frame is drawn whole.
    renewed: Option<(u16, u16)>,
    is_suspended: bool,
    /// What reads the keys, once [`Tty::listen`] was called, and what it needs to begin again.
    reading: Option<(JoinHandle<()>, Clock, mpsc::Sender<Input>)>,
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
        let canvas = Some(Canvas::new(columns, rows, manners.graphics()));
        Ok(Self { canvas, manners, mouse, title: String::new(), renewed: None, is_suspended: false, reading: None })
    }

    /// Reads what is typed into `inputs`, as long as the terminal is ours.
    pub fn listen(&mut self, clock: Clock, inputs: mpsc::Sender<Input>) {
        let task = tokio::spawn(read(clock.clone(), inputs.clone()));
        self.reading = Some((task, clock, inputs));
    }

    /// Lets go of a terminal that is gone: nothing more is written to it, not even by drops.
    pub fn forget(&mut self) {
        self.canvas = None;
    }

    fn canvas(&mut self) -> io::Result<&mut Canvas> {
        self.canvas.as_mut().ok_or_else(|| io::Error::other("the terminal is gone"))
    }
}

/// Switches every mode on that the console lives in; the window's title is put aside by the terminal.
fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    let mut out = io::stdout();
    out.write_all(b"\x1b[22;0t")?;
    execute!(out, EnterAlternateScreen, Hide, EnableBracketedPaste, EnableFocusChange)?;
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
        if let Some((task, ..)) = &self.reading {
            task.abort();
        }
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
        if self.is_suspended {
            return Ok(());
        }
        if let Some((columns, rows)) = self.renewed.take() {
            let graphics = self.manners.graphics();
            let canvas = self.canvas()?;
            *canvas = Canvas::new(columns, rows, graphics);
            canvas.clear()?;
        }
        let title = attention::title(state);
        if title != self.title {
            tell(&self.manners.title(&title))?;
            self.title = title;
        }
        let links = self.manners.reads_sequences();
        self.canvas()?.draw(state, theme, links)
    }

    fn resized(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        self.canvas()?;
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

    async fn lend(&mut self) -> io::Result<()> {
        if let Some((task, ..)) = &mut self.reading {
            task.abort();
            // Only once it is gone do all keys go to the other program.
            let _ = task.await;
        }
        restore();
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.resume()?;
        let (columns, rows) = crossterm::terminal::size()?;
        self.resized(columns, rows)?;
        if let Some((_, clock, inputs)) = self.reading.take() {
            self.listen(clock, inputs);
        }
        Ok(())
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

/// Writes a control sequence; a terminal that is gone hears nothing.
fn say_to_terminal(sequence: &[u8]) {
    let mut out = io::stdout();
    let _ = out.write_all(sequence);
    let _ = out.flush();
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
        MouseEventKind::Drag(MouseButton::Left) => Some(Mouse::Drag(event.column, event.row)),
        MouseEventKind::Up(MouseButton::Left) => Some(Mouse::Release),
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
            Input::Paste(_)
            | Input::Line(_)
            | Input::Resize(..)
            | Input::Mouse(_)
            | Input::Focus(_)
            | Input::Ground { .. } => None,
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
