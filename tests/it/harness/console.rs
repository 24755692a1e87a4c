//! Owns the program in a pseudo-terminal: keys in as bytes, the screen out through a terminal emulator. Waiting is done on
//! a condition variable that the reader rings, so a test continues the moment the screen is right and fails with the screen
//! printed when it never is.

use std::{
    io::{Read, Write},
    num::NonZero,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{Desk, Home, PROGRAM, environment};

/// The longest any screen may take: generous, because debug builds run on busy machines.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a card and the keys have to be quiet before an answer counts, and a little more.
const CALM: Duration = Duration::from_millis(360);

/// Between two keys of somebody who types fast.
const FINGER: Duration = Duration::from_millis(45);

/// The program on a screen.
pub struct Console {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    /// Whether the last key was Esc: what follows at once would be one key with it (Alt).
    has_escaped: bool,
    screen: Arc<(Mutex<Screen>, Condvar)>,
}

struct Screen {
    parser: vt100::Parser,
    written: Vec<u8>,
    ended: bool,
}

impl Console {
    /// The console at 120x40.
    pub fn start(home: &Home, desk: Option<&Desk>) -> Self {
        Self::start_with(home, desk, &[], (120, 40))
    }

    /// Any command of the program, at a size in columns and rows.
    pub fn start_with(home: &Home, desk: Option<&Desk>, args: &[&str], size: (u16, u16)) -> Self {
        Self::start_in(home, desk, args, size, &[])
    }

    /// The same on a terminal of another name (`TERM`).
    pub fn start_on(home: &Home, desk: Option<&Desk>, args: &[&str], size: (u16, u16), term: &str) -> Self {
        Self::start_in(home, desk, args, size, &[("TERM", term)])
    }

    /// The console at 120x40 with more in its environment.
    pub fn start_where(home: &Home, desk: Option<&Desk>, more: &[(&str, String)]) -> Self {
        let more: Vec<(&str, &str)> = more.iter().map(|(key, value)| (*key, value.as_str())).collect();
        Self::start_in(home, desk, &[], (120, 40), &more)
    }

    /// The same in an environment that differs in these variables.
    pub fn start_in(
        home: &Home,
        desk: Option<&Desk>,
        args: &[&str],
        (cols, rows): (u16, u16),
        differing: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(args);
        command.env_clear();
        for (key, value) in environment(home, desk) {
            command.env(key, value);
        }
        for (key, value) in differing {
            command.env(key, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let keyboard = pair.master.take_writer().expect("a writer");
        let parser = vt100::Parser::new(cells(rows), cells(cols), 0);
        let screen = Arc::new((Mutex::new(Screen { parser, written: Vec::new(), ended: false }), Condvar::new()));
        thread::spawn({
            let screen = Arc::clone(&screen);
            move || feed(reader, &screen)
        });
        Self { child, master: pair.master, keyboard, has_escaped: false, screen }
    }

    /// Waits until nothing was drawn for a moment: a person's shortest. A key in the same instant as a card is one that
    /// came before it, and does not count.
    fn settle(&mut self) {
        let shared = Arc::clone(&self.screen);
        let (lock, bell) = &*shared;
        let mut screen = lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (next, quiet) =
                bell.wait_timeout(screen, Duration::from_millis(60)).unwrap_or_else(PoisonError::into_inner);
            if quiet.timed_out() || next.ended {
                return;
            }
            screen = next;
        }
    }

    /// Whether an approval card is up, on a screen or in lines, or a question of a server.
    fn has_card(&self) -> bool {
        let shown = self.text();
        shown.contains("Approval") || shown.contains("The server ") && shown.contains(" asks")
    }

    /// Presses keys, written in a little language (`<enter>`, `<c-p>`, …). On a card each is pressed as a person presses it:
    /// when the card stands and the keys before have been quiet for a moment.
    pub fn press(&mut self, script: &str) -> &mut Self {
        if !self.has_card() {
            return self.at_once(&String::from_utf8_lossy(&keys(script)));
        }
        let is_in_lines = self.with_screen(|screen| !screen.alternate_screen());
        let pressed: Vec<String> = if is_in_lines { vec![script.to_owned()] } else { single(script) };
        for key in pressed {
            // A person waits until the card is whole: before that no key counts.
            self.gone("reading the desk");
            self.settle();
            thread::sleep(CALM);
            self.at_once(&String::from_utf8_lossy(&keys(&key)));
        }
        self
    }

    /// Presses one key as a person does, and says how long the first of what it draws took.
    pub fn timed(&mut self, key: &str) -> Duration {
        self.gone("reading the desk");
        self.settle();
        thread::sleep(CALM);
        let before = self.lock().written.len();
        let pressed = Instant::now();
        self.at_once(&String::from_utf8_lossy(&keys(key)));
        self.wait_on("a frame", |screen| screen.written.len() > before);
        pressed.elapsed()
    }

    /// Resident memory, kB.
    pub fn memory(&self) -> u64 {
        let id = self.child.process_id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a Linux system");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a line");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number")
    }

    /// Types text literally, as a person would.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        let is_on_card = self.has_card() && self.with_screen(vt100::Screen::alternate_screen);
        if !is_on_card {
            return self.at_once(text);
        }
        for c in text.chars() {
            thread::sleep(FINGER);
            self.at_once(&c.to_string());
        }
        self
    }

    /// Everything in one piece, as no finger does it: a paste, a macro, an answer of the terminal's.
    pub fn at_once(&mut self, bytes: &str) -> &mut Self {
        if self.has_escaped {
            self.settle();
        }
        self.has_escaped = bytes.ends_with('\x1b');
        self.keyboard.write_all(bytes.as_bytes()).expect("the program reads its terminal");
        self.keyboard.flush().expect("the program reads its terminal");
        self
    }

    /// Pastes text (bracketed).
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.at_once(&format!("\x1b[200~{text}\x1b[201~"))
    }

    /// Waits until the screen shows `text` (white space and frames do not matter).
    pub fn wait(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?} on screen"), |screen| screen.contains(text));
        self
    }

    /// Waits until the screen no longer shows `text`.
    pub fn gone(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?} gone from the screen"), |screen| !screen.contains(text));
        self
    }

    /// Waits until `holds` is true of the flattened screen. It is asked again when the screen changed, and a few times a
    /// second besides, so that it may look at the desk or the disk too.
    pub fn wait_until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> &mut Self {
        self.wait_for(what, |screen| holds(&flat(&screen.contents())))
    }

    /// Waits until `holds` is true of the screen and its cells.
    pub fn wait_for(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) -> &mut Self {
        self.wait_on(what, |screen| holds(screen.parser.screen()))
    }

    /// Waits until `holds` is true of everything the program wrote so far.
    pub fn wait_written(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> &mut Self {
        self.wait_on(what, |screen| holds(&String::from_utf8_lossy(&screen.written)))
    }

    fn wait_on(&mut self, what: &str, holds: impl Fn(&Screen) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        let shared = Arc::clone(&self.screen);
        let (lock, bell) = &*shared;
        let mut screen = lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if holds(&screen) {
                return self;
            }
            let contents = screen.parser.screen().contents();
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !screen.ended, "waited for {what}; the screen is:\n{contents}");
            let pause = left.min(Duration::from_millis(100));
            screen = bell.wait_timeout(screen, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until `holds` is true of everything the program wrote so far; `false` when it ended without that.
    pub fn wait_or_end(&mut self, holds: impl Fn(&str) -> bool) -> bool {
        let ended = std::cell::Cell::new(false);
        self.wait_on("words or the end", |screen| {
            let is_there = holds(&String::from_utf8_lossy(&screen.written));
            ended.set(screen.ended && !is_there);
            is_there || screen.ended
        });
        !ended.get()
    }

    /// Waits until something was written to the program's own files since `before` and they keep still. What people type is sealed
    /// there: from outside no more than this can be seen.
    pub fn wait_kept(&mut self, home: &Home, before: &[u8]) -> &mut Self {
        let last = std::cell::RefCell::new(before.to_vec());
        self.wait_until("the words to be on disk", |_| {
            let now = home.bytes();
            let is_still = now == last.replace(now.clone());
            is_still && now != before
        })
    }

    /// The screen as it is, flattened: frames dropped, white space folded.
    pub fn text(&self) -> String {
        flat(&self.lock().parser.screen().contents())
    }

    /// The screen as it is, line by line.
    pub fn raw(&self) -> String {
        self.lock().parser.screen().contents()
    }

    /// Lets `look` at the screen, cell by cell.
    pub fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.lock().parser.screen())
    }

    /// Everything the program wrote so far, control characters and all.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.lock().written).into_owned()
    }

    /// Sends a signal by name (`TERM`, `HUP`).
    pub fn signal(&mut self, name: &str) -> &mut Self {
        let pid = self.child.process_id().expect("the program runs");
        let status = std::process::Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
        assert!(status.expect("kill runs").success());
        self
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, cols: u16, rows: u16) -> &mut Self {
        self.lock().parser.screen_mut().set_size(cells(rows), cells(cols));
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a size");
        self
    }

    /// Waits for the end and returns the exit code.
    pub fn exit_code(&mut self) -> u32 {
        self.wait_or_end(|_| false);
        let status = self.child.wait().expect("the program can be asked after");
        status.exit_code()
    }

    /// Asserts that every mode the console switched on is off again.
    pub fn assert_terminal_restored(&self) {
        let guard = self.lock();
        let screen = guard.parser.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still captured");
    }

    fn lock(&self) -> MutexGuard<'_, Screen> {
        self.screen.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn feed(mut reader: Box<dyn Read + Send>, screen: &(Mutex<Screen>, Condvar)) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = reader.read(&mut buffer).unwrap_or(0);
        let mut guard = screen.0.lock().unwrap_or_else(PoisonError::into_inner);
        guard.parser.process(&buffer[..read]);
        guard.written.extend_from_slice(&buffer[..read]);
        guard.ended = read == 0;
        screen.1.notify_all();
        if read == 0 {
            return;
        }
    }
}

fn cells(n: u16) -> NonZero<u16> {
    NonZero::new(n).expect("a terminal has at least one cell")
}

/// A screen's words without frames, scroll bars and line breaks.
fn flat(contents: &str) -> String {
    let frame = |c: char| ('\u{2500}'..='\u{259F}').contains(&c) || c == '\n';
    let spaced: String = contents.chars().map(|c| if frame(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The keys of a script, one by one.
fn single(script: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let named = rest.find('>').filter(|_| c == '<').map(|end| end + 1);
        let (key, after) = rest.split_at(named.unwrap_or(c.len_utf8()));
        all.push(key.to_owned());
        rest = after;
    }
    all
}

/// Turns a script into bytes: text stands for itself, `<name>` for a key.
fn keys(script: &str) -> Vec<u8> {
    const NAMED: [(&str, &str); 18] = [
        ("<enter>", "\r"),
        ("<esc>", "\x1b"),
        ("<tab>", "\t"),
        ("<s-tab>", "\x1b[Z"),
        ("<bs>", "\x7f"),
        ("<up>", "\x1b[A"),
        ("<down>", "\x1b[B"),
        ("<right>", "\x1b[C"),
        ("<end>", "\x1b[F"),
        ("<pgdn>", "\x1b[6~"),
        ("<pgup>", "\x1b[5~"),
        ("<c-c>", "\x03"),
        ("<c-d>", "\x04"),
        ("<c-p>", "\x10"),
        ("<c-s>", "\x13"),
        ("<c-u>", "\x15"),
        ("<c-z>", "\x1a"),
        ("<a-enter>", "\x1b\r"),
    ];
    let mut bytes = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        if let Some((name, key)) = NAMED.iter().find(|(name, _)| rest.starts_with(name)) {
            bytes.extend(key.as_bytes());
            rest = &rest[name.len()..];
        } else if let [b'<', b'c', b'-', letter @ b'a'..=b'z', b'>', ..] = rest.as_bytes() {
            bytes.push(letter & 0x1f);
            rest = &rest["<c-x>".len()..];
        } else {
            bytes.extend(c.to_string().as_bytes());
            rest = &rest[c.len_utf8()..];
        }
    }
    bytes
}
