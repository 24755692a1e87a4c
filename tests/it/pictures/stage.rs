//! Owns a console in this process: the real loop, reader, writer and simulated desk, with a clock moved by hand and a screen
//! that keeps its newest frame. Keys go in as the terminal's events.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::{buffer::Buffer, layout::Rect};
use secrecy::SecretString;
use shiftdeck::{
    approval::{Policy, Trail},
    assistant::{Ledger, ModelConfig},
    clock::{Clock, Hand},
    config::{Access, Spending},
    console::{
        keymap::Keymap,
        msg::Input,
        runtime::{Options, Setup, run_on},
        state::State,
        term::{self, Screen, manners::Manners},
        theme::{Depth, Theme},
        view::view,
    },
    kustomer::{Reader, Writer},
    privacy::Vault,
    sandbox::{self, Running},
    store::Store,
    transport::{Endpoint, Transport},
};
use tokio::sync::{Notify, mpsc};

/// When every picture is taken: a Monday morning, at a whole minute.
const START: &str = "2026-03-02T09:30:00Z";
/// Between two pictures, so that what happens on the way to one falls into one minute.
const BETWEEN: Duration = Duration::from_mins(1);
/// Longer than what a minute brings takes to come.
const SPARE: Duration = Duration::from_secs(20);
/// From then to the picture: longer than it takes to settle, and in the middle of a second.
const POSE: Duration = Duration::from_millis(8_500);
/// A frame's time.
const FRAME: Duration = Duration::from_millis(16);
/// So many frames alike, and nothing is on its way any more.
const SETTLED: usize = 12;
/// The longest a screen may take, in real time: debug builds on busy machines.
const PATIENCE: Duration = Duration::from_mins(1);

/// The newest frame, and a bell for the next.
#[derive(Default)]
struct Frames {
    newest: Mutex<Option<Buffer>>,
    /// Whether the console was asked to draw anew, and has not yet.
    is_posing: AtomicBool,
    /// Rings when it was asked.
    asked: Notify,
    bell: Notify,
}

impl Frames {
    fn newest(&self) -> Option<Buffer> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Camera {
    size: (u16, u16),
    frames: Arc<Frames>,
}

impl Screen for Camera {
    fn size(&self) -> io::Result<(u16, u16)> {
        Ok(self.size)
    }

    fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let mut buffer = Buffer::empty(area);
        view(state, theme, area, &mut buffer);
        *self.frames.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(buffer);
        self.frames.is_posing.store(false, Ordering::SeqCst);
        self.frames.bell.notify_one();
        Ok(())
    }

    fn resized(&mut self, _columns: u16, _rows: u16) -> io::Result<()> {
        self.frames.is_posing.store(true, Ordering::SeqCst);
        self.frames.asked.notify_one();
        Ok(())
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    async fn lend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A console on stage.
pub struct Stage {
    clock: Clock,
    hand: Hand,
    frames: Arc<Frames>,
    inputs: mpsc::Sender<Input>,
    size: (u16, u16),
    taken: u32,
    _desk: Running,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// A console of this theme and size on a desk of its own.
    pub async fn open(theme: &str, size: (u16, u16)) -> Self {
        let (clock, hand) = Clock::by_hand(START.parse().expect("a time"));
        let options = sandbox::Options { clock: clock.clone(), ..sandbox::Options::default() };
        let desk = sandbox::start(options).await.expect("a desk");
        let folder = tempfile::tempdir().expect("a folder");
        let ready = desk.ready();
        let endpoint = Endpoint { base: ready.kustomer.clone(), key: SecretString::from(ready.api_key.as_str()) };
        let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
        let store = Store::open(folder.path()).expect("a store");
        let trail = Trail::new(store.clone(), clock.clone(), "sandbox");
        let key = SecretString::from(ready.api_key.as_str());
        let access = Access::default();
        let model = ModelConfig { base: ready.openai.clone(), key, model: "shiftdeck-scripted".to_owned(), access };
        let setup = Setup {
            reader: Reader::new(transport.clone(), clock.clone()),
            writer: Writer::new(transport, clock.clone(), trail.clone()),
            trail,
            vault: Vault::new(),
            clock: clock.clone(),
            shelf: shiftdeck::tools::Shelf::new(),
            asks: None,
            planner: None,
            model: Some(model),
            ledger: Ledger::new(store, clock.clone(), TimeZone::UTC, Spending::default()),
            cache: None,
            options: Options {
                desk: "embedded desk".to_owned(),
                theme: Some(theme.to_owned()),
                depth: Depth::True,
                ascii: false,
                motion: true,
                manners: Manners::default(),
                themes: folder.path().join("themes"),
                settings: folder.path().join("settings.toml"),
                vigilance: None,
                searches: folder.path().join("searches"),
                columns: Vec::new(),
                mouse: false,
                unmask_for: Duration::from_mins(30),
                policy: Policy::default(),
                known_hosts: Vec::new(),
                keys: BTreeMap::new(),
                zone: TimeZone::UTC,
            },
        };
        let frames = Arc::new(Frames::default());
        let mut camera = Camera { size, frames: Arc::clone(&frames) };
        let keymap = Keymap::with(&BTreeMap::new()).expect("the default keys");
        let (inputs, heard) = mpsc::channel(64);
        tokio::spawn(async move { Box::pin(run_on(&mut camera, setup, keymap, heard)).await });
        Self { clock, hand, frames, inputs, size, taken: 0, _desk: desk, _folder: folder }
    }

    /// Presses a key: a name, or a character.
    pub async fn press(&mut self, name: &str) -> &mut Self {
        // A moment apart, as a person's are: a key in the instant of a card does not answer it.
        self.quiet().await;
        let code = match name {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            one => KeyCode::Char(one.chars().next().expect("a character")),
        };
        self.send(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))).await
    }

    /// Pastes text.
    pub async fn paste(&mut self, text: &str) -> &mut Self {
        self.send(Event::Paste(text.to_owned())).await
    }

    async fn send(&mut self, event: Event) -> &mut Self {
        let input = term::translate(event, &self.clock).expect("an input");
        self.inputs.send(input).await.expect("the console listens");
        self
    }

    /// Waits until the screen shows `text`.
    pub async fn wait(&mut self, text: &str) -> &mut Self {
        self.until(text, true).await
    }

    /// Waits until the screen no longer shows `text`.
    pub async fn gone(&mut self, text: &str) -> &mut Self {
        self.until(text, false).await
    }

    async fn until(&mut self, text: &str, wanted: bool) -> &mut Self {
        let real = Clock::real();
        loop {
            let words = self.frames.newest().map(|frame| words(&frame)).unwrap_or_default();
            if words.contains(text) == wanted && !words.is_empty() {
                return self;
            }
            assert!(real.elapsed() < PATIENCE, "{text:?} ({wanted}) never came:\n{words}");
            self.frame().await;
        }
    }

    /// Lets a frame's time pass.
    async fn frame(&self) {
        self.hand.advance(FRAME);
        let _ = tokio::time::timeout(Duration::from_millis(30), self.frames.bell.notified()).await;
    }

    /// Frames pass until none is drawn any more, and a card has stood for as long as it has to.
    async fn quiet(&self) {
        for _ in 0..20 {
            self.frame().await;
        }
    }

    /// Frames pass until many in a row are the same: what is still being read moves.
    async fn settled(&self) -> Buffer {
        let real = Clock::real();
        let (mut last, mut same) = (None, 0);
        while same < SETTLED {
            self.frame().await;
            let newest = self.frames.newest();
            same = if newest == last { same + 1 } else { 0 };
            last = newest;
            assert!(real.elapsed() < PATIENCE, "it never settled:\n{}", last.as_ref().map(words).unwrap_or_default());
        }
        last.expect("a frame")
    }

    /// The screen some seconds after the next whole minute, when all that the minute brought has come. It is drawn at that very
    /// moment, however busy the machine is: clocks that show seconds show the same ones each time.
    pub async fn still(&mut self) -> Buffer {
        self.taken += 1;
        let minute = BETWEEN * self.taken;
        self.settled().await;
        for moment in [minute, minute + SPARE] {
            self.hand.advance(moment.saturating_sub(self.clock.elapsed()));
            self.settled().await;
        }
        let left = (minute + SPARE + POSE).checked_sub(self.clock.elapsed()).expect("it settled before the picture");
        self.hand.advance(left);
        self.drawn_anew().await
    }

    /// A frame that was begun after now: a change of size is always drawn.
    async fn drawn_anew(&mut self) -> Buffer {
        let (columns, rows) = self.size;
        self.send(Event::Resize(columns, rows)).await;
        let drawn = async {
            self.frames.asked.notified().await;
            while self.frames.is_posing.load(Ordering::SeqCst) {
                self.frames.bell.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, drawn).await.expect("the console draws");
        self.frames.newest().expect("a frame")
    }
}

fn words(frame: &Buffer) -> String {
    let rows = frame.content().chunks(usize::from(frame.area.width));
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n").collect()
}
