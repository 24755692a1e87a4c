//! Owns the loop: messages in, `update`, effects out, a frame when something changed and nothing waits. The only place of
//! the console that spawns, waits or asks for the time.
//!
//! Invariants: a signal is looked at before anything else; writes in flight are never dropped; a draw that fails is a
//! terminal that is gone.

mod frames;
mod keeper;
mod model;
mod perform;
mod read;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::Duration,
};

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use frames::{Cause, Frames};

use super::{
    keymap::{Keymap, KeymapError},
    msg::{Input, Moment, Msg},
    overlays,
    panes::{PaneId, Panes},
    remote::{Problem, Remote},
    state::{Shared, State},
    term::{self, Screen, Tty},
    theme::{Depth, Theme},
    update,
};
use crate::{
    approval::{Desk, Policy, Trail},
    assistant::{ModelConfig, display_name},
    clock::Clock,
    kustomer::{Reader, Writer},
    privacy::Vault,
    store::Cache,
};

/// Everything a console is made of.
pub struct Setup {
    /// Reads the desk, in the person's lane.
    pub reader: Reader,
    /// Performs what was approved.
    pub writer: Writer,
    /// The audit trail; its store keeps half-typed words and jobs.
    pub trail: Trail,
    /// Placeholders of this sitting.
    pub vault: Vault,
    /// The present.
    pub clock: Clock,
    /// The model, if one is configured; without a name, the first its endpoint lists.
    pub model: Option<ModelConfig>,
    /// Conversations as last seen, for a desk that outlives the program.
    pub cache: Option<Cache>,
    /// How it looks and behaves.
    pub options: Options,
}

/// How a console looks and behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The desk's name for people.
    pub desk: String,
    /// The theme asked for by name.
    pub theme: Option<String>,
    /// How many colours there are.
    pub depth: Depth,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Use the mouse.
    pub mouse: bool,
    /// How long a window opened from here stays open at most.
    pub unmask_for: Duration,
    /// What the settings ask of approvals, besides the floor.
    pub policy: Policy,
    /// Remapped keys: action name to key names.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The zone times are shown in.
    pub zone: TimeZone,
}

/// How a console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The person quit.
    Quit,
    /// A signal asked for it.
    Signal,
}

/// Why a console could not run, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The terminal does not do what is needed.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
    /// The table of keys is refused.
    #[error(transparent)]
    Keys(#[from] KeymapError),
}

/// Runs the console on this terminal until the person leaves.
///
/// # Errors
/// [`ConsoleError`], before the terminal was touched or after it was given back.
pub async fn run(setup: Setup) -> Result<Exit, ConsoleError> {
    let keymap = Keymap::with(&setup.options.keys)?;
    term::restore_on_panic();
    let mut tty = Tty::take_over(setup.options.mouse)?;
    let (send, inputs) = mpsc::channel(256);
    let reading = tokio::spawn(term::read(setup.clock.clone(), send));
    let ended = run_on(&mut tty, setup, keymap, inputs).await;
    reading.abort();
    if matches!(ended, Err(ConsoleError::Terminal(_))) {
        tty.forget();
        term::restore();
    }
    ended
}

/// Runs the console on any screen with any source of inputs.
///
/// # Errors
/// [`ConsoleError::Terminal`] when a frame cannot be drawn.
pub async fn run_on(
    screen: &mut impl Screen,
    setup: Setup,
    keymap: Keymap,
    mut inputs: mpsc::Receiver<Input>,
) -> Result<Exit, ConsoleError> {
    let (theme, warnings) = Theme::named(setup.options.theme.as_deref(), setup.options.depth);
    let mut state = initial(&setup, keymap, screen.size()?);
    state.notice = warnings.first().map(ToString::to_string);
    let clock = setup.clock.clone();
    let (messages, mut replies) = mpsc::unbounded_channel();
    let mut budget = setup.reader.transport().budget();
    let mut worker = perform::Worker::new(setup, messages);
    let mut signals = Signals::listen()?;
    let mut frames = Frames::default();
    frames.want(Cause::Other, clock.elapsed());
    for effect in update::start(&mut state) {
        worker.perform(effect, screen);
    }
    loop {
        let (now, due) = (clock.elapsed(), frames.due());
        let is_quiet = replies.is_empty() && inputs.is_empty();
        if due.is_some_and(|due| due <= now) && (is_quiet || frames.is_overdue(now)) {
            screen.draw(&state, &theme)?;
            frames.drawn(clock.elapsed());
            painted(&mut state, clock.elapsed());
            continue;
        }
        let rest = due.map_or_else(|| until_tick(&state, &clock), |due| due.saturating_sub(now));
        let msg = tokio::select! {
            biased;
            signal = signals.next() => Some(signalled(signal)),
            // Before replies: a stream never comes between a key and its frame.
            input = inputs.recv() => Some(input.map_or(Msg::Terminate, Msg::Input)),
            reply = replies.recv() => reply,
            Ok(()) = budget.changed() => Some(Msg::Budget(budget.borrow_and_update().clone())),
            () = clock.sleep(rest) => None,
        };
        let mut effects = update::update(&mut state, Msg::Tick(moment(&clock)));
        if let Some(simulated) = worker.simulated().filter(|told| state.shared.simulated != Some(*told)) {
            effects.extend(update::update(&mut state, Msg::Simulated(simulated)));
        }
        frames.want(if matches!(msg, Some(Msg::Input(_))) { Cause::Person } else { Cause::Other }, clock.elapsed());
        if let Some(msg) = msg {
            if let Msg::Input(Input::Resize(columns, rows)) = msg {
                screen.resized(columns, rows)?;
            }
            let exit = if matches!(msg, Msg::Terminate) { Exit::Signal } else { Exit::Quit };
            effects.extend(update::update(&mut state, msg));
            if effects.contains(&super::effect::Effect::Quit) {
                for effect in effects {
                    worker.perform(effect, screen);
                }
                worker.farewell(&mut replies, state.performing, &state.shared.windows).await;
                return Ok(exit);
            }
        }
        for effect in effects {
            worker.perform(effect, screen);
        }
    }
}

/// How long nothing changes by itself: clocks change with the full second, or minute, not so long after the last message.
fn until_tick(state: &State, clock: &Clock) -> Duration {
    let Some(unit) = state.wakes_in() else { return Duration::from_hours(1) };
    if unit < Duration::from_secs(1) {
        return unit;
    }
    let unit = unit.as_millis() as i64;
    Duration::from_millis((unit - clock.now_ms().rem_euclid(unit)).unsigned_abs())
}

/// Tells the desk what stood on the screen, after the frame was out.
fn painted(state: &mut State, at: Duration) {
    if let Some((proposal, to_the_end)) = overlays::approval::painted(state) {
        let _ = update::update(state, Msg::Painted { proposal, at, to_the_end });
    }
}

fn moment(clock: &Clock) -> Moment {
    Moment { now: clock.now(), elapsed: clock.elapsed() }
}

fn initial(setup: &Setup, keymap: Keymap, size: (u16, u16)) -> State {
    let options = &setup.options;
    let mut shared = Shared::new(moment(&setup.clock), options.zone.clone(), options.desk.clone());
    shared.ascii = options.ascii;
    shared.model = match &setup.model {
        Some(config) if config.model.is_empty() => Remote::Loading(None),
        Some(config) => Remote::Ready(display_name(&config.model).to_owned(), shared.moment.now),
        None => Remote::Failed(None, Problem { what: "There is no model".to_owned(), ..Problem::default() }),
    };
    // Words that cannot be read back are worth less than a console that starts.
    shared.scratches = setup.trail.store().scratches().unwrap_or_default().into_iter().collect();
    State {
        shared,
        panes: Panes::default(),
        focus: PaneId::Queue,
        came_from: Vec::new(),
        desk: Desk::with_policy(options.policy.clone()),
        card: None,
        parked: false,
        overlay: None,
        notice: None,
        undo: None,
        keymap,
        typed_at: None,
        by_key: BTreeSet::new(),
        performing: 0,
        unmask_for: options.unmask_for,
        size,
    }
}

/// What the system asks of a process with a terminal.
#[derive(Clone, Copy)]
enum Signal {
    HangUp,
    Terminate,
}

fn signalled(signal: Signal) -> Msg {
    match signal {
        // The terminal is gone: drawing on it, or restoring it, would only fail loudly.
        Signal::HangUp => std::process::exit(129),
        Signal::Terminate => Msg::Terminate,
    }
}

#[cfg(unix)]
struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.hangup.recv() => Signal::HangUp,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the other systems' form can fail")]
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Terminate
    }
}

#[cfg(test)]
mod tests;
