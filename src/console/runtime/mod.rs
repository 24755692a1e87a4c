//! Owns the loop: messages in, `update`, effects out, a frame when something changed and nothing waits. The only place of
//! the console that spawns, waits or asks for the time.
//!
//! Invariants: a signal is looked at before anything else; writes in flight are never dropped; a draw that fails is a
//! terminal that is gone.

mod asks;
mod frames;
mod jobs;
mod keeper;
mod live;
mod model;
mod notebook;
mod perform;
mod progress;
mod read;

use std::{collections::BTreeMap, io, path::PathBuf, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokio::sync::mpsc;

use frames::{Cause, Frames};

use super::{
    crash,
    effect::Effect,
    keymap::{Keymap, KeymapError},
    looks::{self, Looks},
    msg::{Input, Moment, Msg},
    outside, overlays,
    panes::queue::{Columns, NoColumn},
    remote::{Problem, Remote},
    session,
    state::{Shared, State},
    term::{self, Screen, Tty, manners::Manners},
    theme::{Depth, Theme, Themes, Warning},
    update,
    vigilance::Vigil,
};
use crate::{
    approval::{Desk, Policy, Trail},
    assistant::{Ledger, ModelConfig, display_name},
    clock::Clock,
    connect::mcp::Ask,
    kustomer::{Reader, Writer},
    privacy::{Vault, text},
    store::Cache,
    tools::Shelf,
};

/// How long a shift is, where nobody says.
const SHIFT: SignedDuration = SignedDuration::from_hours(8);

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
    /// The model that is asked for plans, where that is another one.
    pub planner: Option<ModelConfig>,
    /// The tools an assistant is offered.
    pub shelf: Shelf,
    /// What servers of tools ask the person; nobody asks where there is none.
    pub asks: Option<mpsc::UnboundedReceiver<Ask>>,
    /// What models were asked for, and may be.
    pub ledger: Ledger,
    /// Conversations as last seen, for a desk that outlives the program.
    pub cache: Option<Cache>,
    /// How it looks and behaves.
    pub options: Options,
}

/// How long what a person refused is remembered, also by a console that was started anew: a shift, with its ends.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(12);

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
    /// Whether things that only please may move.
    pub motion: bool,
    /// What the terminal understands.
    pub manners: Manners,
    /// The folder of the person's own themes.
    pub themes: PathBuf,
    /// The settings file, where a chosen theme is kept.
    pub settings: PathBuf,
    /// Use the mouse.
    pub mouse: bool,
    /// How long a window opened from here stays open at most.
    pub unmask_for: Duration,
    /// What the settings ask of approvals, besides the floor.
    pub policy: Policy,
    /// Hosts the settings vouch for on cards.
    pub known_hosts: Vec<String>,
    /// How many canaries come in a shift, where they are wanted.
    pub vigilance: Option<u16>,
    /// The folder of saved searches.
    pub searches: PathBuf,
    /// Remapped keys: action name to key names.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The queue's columns by name; none given, the usual ones.
    pub columns: Vec<String>,
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
    /// The queue's columns are refused.
    #[error(transparent)]
    Columns(#[from] NoColumn),
}

/// Runs the console on this terminal until the person leaves.
///
/// # Errors
/// [`ConsoleError`], before the terminal was touched or after it was given back.
pub async fn run(setup: Setup) -> Result<Exit, ConsoleError> {
    let keymap = Keymap::with(&setup.options.keys)?;
    Columns::named(&setup.options.columns)?;
    crash::on_panic(term::restore);
    let asks = setup.options.theme.is_none() && setup.options.depth >= Depth::Indexed;
    let mut tty = Tty::take_over(setup.options.mouse, setup.options.manners.clone(), asks)?;
    let (send, inputs) = mpsc::channel(256);
    tty.listen(setup.clock.clone(), send);
    let ended = Box::pin(run_on(&mut tty, setup, keymap, inputs)).await;
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
    let themes = Themes::with_folder(&setup.options.themes);
    let mut state = initial(&setup, keymap, screen.size()?);
    state.shared.looks.known = themes.known();
    let mut dress = Dress::new(themes, &state);
    state.notice = dress.trouble();
    state.panes.queue.show(Columns::named(&setup.options.columns)?);
    let clock = setup.clock.clone();
    let (messages, mut replies) = mpsc::unbounded_channel();
    let mut budget = setup.reader.transport().budget();
    let mut news = setup.shelf.news();
    let private = setup.trail.store().witness_file();
    let mut worker = perform::Worker::new(setup, messages);
    let mut signals = Signals::listen()?;
    let mut frames = Frames::default();
    frames.want(Cause::Other, clock.elapsed());
    for effect in update::start(&mut state) {
        worker.perform(effect, screen);
    }
    let mut hung_up = false;
    let ended: Result<(Exit, Vec<Effect>), ConsoleError> = async {
        loop {
            let (now, due) = (clock.elapsed(), frames.due());
            let is_quiet = replies.is_empty() && inputs.is_empty();
            if due.is_some_and(|due| due <= now) && (is_quiet || frames.is_overdue(now)) {
                screen.draw(&state, dress.theme(&state))?;
                frames.drawn(clock.elapsed());
                painted(&mut state, clock.elapsed());
                continue;
            }
            let rest = due.map_or_else(|| until_tick(&state, &clock), |due| due.saturating_sub(now));
            let msg = tokio::select! {
                biased;
                signal = signals.next() => {
                    hung_up |= matches!(signal, Signal::HangUp);
                    Some(signalled(signal))
                }
                // Before replies: a stream never comes between a key and its frame.
                input = inputs.recv() => Some(input.map_or(Msg::Terminate, Msg::Input)),
                reply = replies.recv() => reply,
                Ok(()) = budget.changed() => Some(Msg::Budget(budget.borrow_and_update().clone())),
                Ok(()) = news.changed() => news.borrow_and_update().clone().map(Msg::News),
                () = clock.sleep(rest) => None,
            };
            let mut effects = update::update(&mut state, Msg::Tick(moment(&clock)));
            if state.settles_at().is_some() && !matches!(msg, Some(Msg::Input(_))) {
                effects.extend(update::update(&mut state, Msg::Still));
            }
            if let Some(session) = session::keep(&mut state) {
                worker.perform(session, screen);
            }
            if let Some(simulated) = worker.simulated().filter(|told| state.shared.simulated != Some(*told)) {
                effects.extend(update::update(&mut state, Msg::Simulated(simulated)));
            }
            frames.want(if matches!(msg, Some(Msg::Input(_))) { Cause::Person } else { Cause::Other }, clock.elapsed());
            if let Some(msg) = msg {
                let msg = resumed(msg, screen)?;
                if let Msg::Input(input) = &msg {
                    crash::about_to(update::meaning(&state, input), state.focus, state.size);
                }
                if let Msg::Input(Input::Resize(columns, rows)) = msg {
                    screen.resized(columns, rows)?;
                }
                let exit = if matches!(msg, Msg::Terminate) { Exit::Signal } else { Exit::Quit };
                effects.extend(update::update(&mut state, msg));
                if effects.contains(&Effect::Quit) {
                    return Ok((exit, effects));
                }
            }
            for effect in effects {
                match effect {
                    Effect::EditOutside(words) => {
                        let answer = outside::write(&words, &private, screen).await;
                        let size = screen.size()?;
                        worker.say(Msg::Input(Input::Resize(size.0, size.1)));
                        worker.say(Msg::Edited(answer));
                    }
                    effect => worker.perform(effect, screen),
                }
            }
        }
    }
    .await;
    let ended = leave(ended, &mut state, worker, &mut replies, screen).await;
    if hung_up {
        // Restoring a terminal that is gone would only fail loudly.
        std::process::exit(129);
    }
    ended
}

/// However it ended, also with a terminal that is gone: what waits is refused, windows are closed, words are kept.
async fn leave(
    ended: Result<(Exit, Vec<Effect>), ConsoleError>,
    state: &mut State,
    mut worker: perform::Worker,
    replies: &mut mpsc::UnboundedReceiver<Msg>,
    screen: &mut impl Screen,
) -> Result<Exit, ConsoleError> {
    let (ended, mut effects) = match ended {
        Ok((exit, effects)) => (Ok(exit), effects),
        Err(error) => (Err(error), update::update(state, Msg::Terminate)),
    };
    effects.splice(0..0, session::keep_now(state));
    for effect in effects {
        worker.perform(effect, screen);
    }
    worker.farewell(replies, state.performing).await;
    ended
}

/// Takes the terminal back after a stop. It may have another size now, and shows somebody else's text.
fn resumed(msg: Msg, screen: &mut impl Screen) -> io::Result<Msg> {
    if !matches!(msg, Msg::Resumed) {
        return Ok(msg);
    }
    screen.resume()?;
    let (columns, rows) = screen.size()?;
    Ok(Msg::Input(Input::Resize(columns, rows)))
}

/// The theme in use, made anew when the state asks for another.
struct Dress {
    themes: Themes,
    depth: Depth,
    asked: String,
    theme: Theme,
    warnings: Vec<Warning>,
}

impl Dress {
    fn new(themes: Themes, state: &State) -> Self {
        let (asked, depth) = (looks::theme(state), state.shared.looks.depth);
        let (theme, warnings) = themes.theme(Some(&asked), depth);
        Self { themes, depth, asked, theme, warnings }
    }

    fn theme(&mut self, state: &State) -> &Theme {
        let asked = looks::theme(state);
        if asked != self.asked {
            (self.theme, self.warnings) = self.themes.theme(Some(&asked), self.depth);
            self.asked = asked;
        }
        &self.theme
    }

    /// What is wrong with the theme or the folder of themes, in a line.
    fn trouble(&self) -> Option<String> {
        let mut all = self.warnings.iter().chain(self.themes.warnings());
        let first = all.next()?;
        Some(match all.count() {
            0 => first.to_string(),
            more => format!("{first} (and {more} more)"),
        })
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
    if let Some(id) = update::question_shown(state) {
        let _ = update::update(state, Msg::AskPainted(id, at));
    }
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
    shared.vault = setup.vault.clone();
    shared.shelf = setup.shelf.clone();
    shared.looks = Looks {
        theme: options.theme.clone(),
        depth: options.depth,
        light: options.manners.light().unwrap_or(false),
        motion: options.motion,
        ..Looks::default()
    };
    shared.model = match &setup.model {
        Some(config) if config.model.is_empty() => Remote::Loading(None),
        Some(config) => Remote::Ready(text::line(display_name(&config.model)).into_string(), shared.moment.now),
        None => Remote::Failed(None, Problem::new("There is no model", "", "")),
    };
    shared.planner = setup.planner.as_ref().map(|config| match config.model.as_str() {
        "" => "the first model of its endpoint".to_owned(),
        name => text::line(display_name(name)).into_string(),
    });
    // Words that cannot be read back are worth less than a console that starts.
    shared.scratches = setup.trail.store().scratches().unwrap_or_default().into_iter().collect();
    let mut desk = Desk::with_policy(options.policy.clone()).at(setup.trail.org()).knowing(options.known_hosts.clone());
    // What cannot be read back is asked for once more at worst.
    desk.recall(setup.trail.refused_within(REMEMBERED).unwrap_or_default());
    let mut state = State::new(shared, keymap, desk, size);
    state.unmask_for = options.unmask_for;
    state.vigil = vigil(setup);
    state
}

/// The canaries that are left of this shift, where they are wanted: those of earlier sittings count.
fn vigil(setup: &Setup) -> Option<Vigil> {
    let now = setup.clock.now();
    let wanted = setup.options.vigilance?;
    let begun = now.checked_sub(SHIFT).unwrap_or(now);
    let had = setup.trail.newest(1_000).unwrap_or_default();
    let had =
        had.iter().filter(|entry| !entry.canary.is_empty() && entry.at.parse().is_ok_and(|at: Timestamp| at >= begun));
    let left = wanted.saturating_sub(u16::try_from(had.count()).unwrap_or(u16::MAX));
    Some(Vigil::new(left, now.as_nanosecond() as u64))
}

/// What the system asks of a process with a terminal.
#[derive(Clone, Copy)]
enum Signal {
    HangUp,
    Terminate,
    Continue,
}

fn signalled(signal: Signal) -> Msg {
    match signal {
        Signal::HangUp | Signal::Terminate => Msg::Terminate,
        Signal::Continue => Msg::Resumed,
    }
}

#[cfg(unix)]
struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    resume: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.hangup.recv() => Signal::HangUp,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Terminate,
            _ = self.resume.recv() => Signal::Continue,
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
mod hostile_tests;
#[cfg(test)]
mod tests;
