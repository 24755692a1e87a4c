//! Owns one budget as a pure machine: how much of its window is left, when the window ends, and at which moment a lane
//! may take its next call. Does not know who is in line (`budget`). Time is handed in.
//!
//! A desk's window begins with the first call in it, and its headers tell the end only in whole seconds, by another
//! clock. So the length is learned from what is certain, whatever both clocks say: a call answered in the old window was
//! sent before its end, and an answer that counts from the beginning again came after it ([`Length`]). Lower lanes take
//! their calls along the window and keep its last ones for the end, where one of them, sent at the moment the window
//! should be over, shows whether it is, and costs nothing when it is not.
//!
//! Invariants: between two beginnings no more calls are let out than the desk said it allows; a call is let out on an
//! assumption about the window's end only while one is left in either window, or while that assumption has never failed.

use std::time::Duration;

use super::{Lane, jitter::Jitter};

/// A moment on the limiter's own clock.
pub(super) type Moment = Duration;

/// The documented window of every budget (Kustomer API reference 5.1).
pub(super) const WINDOW: Duration = Duration::from_mins(1);
/// Resets of one window are told alike, but for how long an answer waited to be read.
const ALIKE: Duration = Duration::from_millis(400);
/// Added to a told end once that has been wrong: resets are whole seconds and clocks differ.
const MARGIN: Duration = Duration::from_secs(1);
/// The first pause after a 429 that does not say for how long; doubles with each further one, up to a window.
const BACK_OFF: Duration = Duration::from_secs(2);
/// Calls of lower lanes on the wire while nothing is known of the limit.
const GENTLY: u32 = 3;

/// Why a call has to wait, and until when; `None` = until another call ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub until: Option<Moment>,
    /// In words, when it is worth showing to a person.
    pub why: Option<&'static str>,
}

impl Hold {
    /// Until another call ends.
    pub const BUSY: Self = Self { until: None, why: None };

    /// Until this moment, as a matter of course.
    pub fn until(moment: Moment) -> Self {
        Self { until: Some(moment), why: None }
    }
}

/// What an answer says of this budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub limit: u32,
    pub used: u32,
    pub reset: Option<Moment>,
}

/// The share of a window a lane may take at its beginning; the rest comes evenly until its end, where all of it is
/// allowed but what [`kept`] keeps for those above. A person takes what there is.
fn ahead(lane: Lane) -> f64 {
    match lane {
        Lane::Person | Lane::Assistant => 1.0,
        Lane::Bulk => 0.05,
        Lane::Background => 0.02,
    }
}

/// Calls that lower lanes leave until the window should be over: a key press, and the proof that it is over.
fn kept(limit: u32) -> u32 {
    (limit / 50).clamp(1, 5).min(limit / 2)
}

/// A pause after a 429, for everybody who draws on the same budget.
#[derive(Debug, Default)]
pub(super) struct Gate {
    closed_until: Option<Moment>,
    refusals: u32,
}

impl Gate {
    /// Closes it for as long as was asked; when the desk refuses again behind it, for ever longer.
    pub fn close(&mut self, asked: Option<Duration>, now: Moment, jitter: &mut Jitter) {
        let asked = asked.unwrap_or_default();
        if let Some(known) = self.closed(now) {
            // Calls that were on the wire together are refused together: that is one refusal.
            self.closed_until = Some(known.max(now + asked));
            return;
        }
        let back_off = (BACK_OFF * 2_u32.pow(self.refusals.min(5))).min(WINDOW);
        let pause = if self.refusals == 0 && !asked.is_zero() { asked } else { asked.max(back_off) };
        self.refusals = self.refusals.saturating_add(1);
        // Our clock and theirs differ by a little, and other clients of the org wake at the same moment.
        self.closed_until = Some(now + pause + Duration::from_millis(50) + jitter.up_to(Duration::from_millis(400)));
    }

    /// Forgets a pause that is long over, and with it how often the desk refused in a row.
    pub fn roll(&mut self, now: Moment) {
        if self.closed_until.is_some_and(|until| until + WINDOW <= now) {
            *self = Self::default();
        }
    }

    /// Until when it is closed, if it is.
    pub fn closed(&self, now: Moment) -> Option<Moment> {
        self.closed_until.filter(|until| *until > now)
    }

    /// Whether it has nothing to remember.
    pub fn is_idle(&self) -> bool {
        self.closed_until.is_none()
    }
}

/// How long a window lasts, between what has been seen: longer than `least`, not longer than `most`.
#[derive(Debug)]
struct Length {
    least: Duration,
    most: Option<Duration>,
    /// Ends for good when what was seen contradicts itself, or a guess earned a 429: then only the desk's word counts.
    guessing: bool,
}

impl Length {
    fn at_least(&mut self, span: Duration) {
        self.least = self.least.max(span);
        if self.most.is_some_and(|most| most <= self.least) {
            self.give_up();
        }
    }

    fn at_most(&mut self, span: Duration) {
        if !self.guessing || self.most.is_some_and(|most| most <= span) {
            return;
        }
        self.most = Some(span);
        if span <= self.least {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        (self.most, self.guessing) = (None, false);
    }

    /// The length to try: the whole second in question, as windows are whole seconds long; else what is certain when
    /// that is near, else halfway.
    fn likely(&self) -> Option<Duration> {
        let most = self.most?;
        let whole = Duration::from_secs(most.as_secs());
        let near = Duration::from_millis(10).max(most / 100);
        Some(if whole > self.least {
            whole
        } else if most.saturating_sub(self.least) <= near {
            most
        } else {
            (self.least + most) / 2
        })
    }
}

/// One window of the desk, as far as it is known.
#[derive(Debug)]
struct Window {
    /// Our first call in it was sent.
    opened: Moment,
    /// It did not begin before this moment, where that is certain.
    begun: Option<Moment>,
    /// It had begun by this moment: an answer from it was here.
    seen: Option<Moment>,
    /// The most calls the desk said it had counted, and when that was heard.
    told: Option<(u32, Moment)>,
    /// When calls ended that the desk may have counted without our being told.
    untold: Vec<Moment>,
    /// Its end as the desk tells it.
    reset: Option<Moment>,
    /// The last call that was answered in it was sent then.
    last_sent: Moment,
    /// A call is under way that shows whether the window is over.
    probed: bool,
}

impl Window {
    fn new(opened: Moment) -> Self {
        Self {
            opened,
            begun: None,
            seen: None,
            told: None,
            untold: Vec::new(),
            reset: None,
            last_sent: opened,
            probed: false,
        }
    }

    fn used(&self) -> u32 {
        self.told.map_or(0, |(used, _)| used) + self.untold.len() as u32
    }

    fn from(&self) -> Moment {
        self.seen.unwrap_or(self.opened)
    }

    /// Whether the answer to a call sent at `sent` tells of this window's successor: it counts no more calls than were
    /// counted before it was sent, or is told another end.
    fn is_over(&self, sent: Moment, said: Said) -> bool {
        let Some((used, heard)) = self.told else { return false };
        said.used <= used && said.used < said.limit && (sent > heard || self.ends_before(said))
    }

    fn ends_before(&self, said: Said) -> bool {
        matches!((self.reset, said.reset), (Some(known), Some(told)) if told > known + ALIKE)
    }

    fn ends_alike(&self, said: Said) -> bool {
        matches!((self.reset, said.reset), (Some(known), Some(told)) if told.abs_diff(known) <= ALIKE)
    }

    fn take_in(&mut self, sent: Moment, now: Moment, said: Said) {
        if self.told.is_none_or(|(used, _)| said.used > used) {
            self.told = Some((said.used, now));
        }
        if said.used == 1 {
            self.begun = Some(sent);
        }
        self.untold.retain(|ended| *ended > sent);
        self.seen.get_or_insert(now);
        self.reset = self.reset.max(said.reset);
        self.last_sent = self.last_sent.max(sent);
    }
}

/// The budget.
#[derive(Debug)]
pub(super) struct Meter {
    limit: Option<u32>,
    /// Calls on the wire that draw on it.
    wire: u32,
    window: Option<Window>,
    /// The window before, and when it was taken to be over.
    past: Option<(Window, Moment)>,
    length: Length,
    pub gate: Gate,
    last_share: Option<f64>,
}

impl Meter {
    /// A budget with a documented limit, or one still to be told.
    pub fn new(limit: Option<u32>) -> Self {
        let length = Length { least: Duration::ZERO, most: None, guessing: true };
        Self { limit, wire: 0, window: None, past: None, length, gate: Gate::default(), last_share: None }
    }

    /// The calls allowed in a window.
    pub fn limit(&self) -> Option<u32> {
        self.limit
    }

    /// What is left of the window when all that is on the wire has been counted.
    pub fn left(&self) -> Option<u32> {
        Some(self.limit?.saturating_sub(self.used()))
    }

    /// When the window should be over.
    pub fn ends(&self) -> Option<Moment> {
        self.window.as_ref().map(|window| self.end(window))
    }

    /// Which share of the last window was used.
    pub fn last_share(&self) -> Option<f64> {
        self.last_share
    }

    /// Whether forgetting it would change nothing.
    pub fn is_idle(&self) -> bool {
        self.wire == 0 && self.window.is_none() && self.gate.is_idle()
    }

    fn used(&self) -> u32 {
        self.wire + self.window.as_ref().map_or(0, Window::used)
    }

    /// Lets go of what is over.
    pub fn roll(&mut self, now: Moment) {
        self.gate.roll(now);
        if self.window.as_ref().and_then(|window| self.surely_over(window)).is_some_and(|over| over <= now) {
            self.close_window(now);
        }
    }

    fn close_window(&mut self, now: Moment) {
        let Some(window) = self.window.take() else { return };
        if let Some(limit) = self.limit.filter(|limit| *limit > 0) {
            self.last_share = Some(f64::from(window.used().min(limit)) / f64::from(limit));
        }
        self.past = Some((window, now));
    }

    /// When a window can be taken to be over without asking; `None` while its first answer is not here.
    fn surely_over(&self, window: &Window) -> Option<Moment> {
        let Length { least, most, guessing } = self.length;
        let from = window.seen?;
        Some(match window.reset {
            Some(reset) if guessing => most.map_or(reset, |most| reset.min(from + most)),
            Some(reset) => reset.max(from + least) + MARGIN,
            None => from + most.unwrap_or(WINDOW),
        })
    }

    /// When it should be over: the pace of lower lanes aims at it.
    fn end(&self, window: &Window) -> Moment {
        let told = self.surely_over(window).unwrap_or(window.opened + self.length.most.unwrap_or(WINDOW));
        // Without headers there is nothing a call sent early could show.
        let shown = window.told.is_some() && self.length.guessing;
        self.length.likely().filter(|_| shown).map_or(told, |length| (window.from() + length).min(told))
    }

    /// Whether a call in this lane has to wait.
    pub fn hold(&self, lane: Lane, now: Moment) -> Option<Hold> {
        if let Some(until) = self.gate.closed(now) {
            return Some(Hold { until: Some(until), why: Some("the desk answered 429 (too many requests)") });
        }
        let Some(limit) = self.limit else {
            return (lane > Lane::Person && self.wire >= GENTLY).then_some(Hold::BUSY);
        };
        let used = self.used();
        if used >= limit {
            let until = self.window.as_ref().and_then(|window| self.surely_over(window));
            return Some(Hold { until, why: until.and(Some("this minute's requests are used up")) });
        }
        if lane == Lane::Person {
            return None;
        }
        let opening = self.window.as_ref().is_none_or(|window| window.seen.is_none());
        if opening && self.wire > 0 {
            // The first answer shows whether the window is a new one, and what others have used of it.
            return Some(Hold::BUSY);
        }
        let share = ahead(lane).max(1.0 / f64::from(limit));
        let next = f64::from(used + 1) / f64::from(limit);
        let keeps = used + 1 > limit - kept(limit);
        let window = self.window.as_ref()?;
        let end = self.end(window);
        if now >= end {
            return window.probed.then_some(Hold::BUSY);
        }
        let along = if next <= share { 0.0 } else { (next - share) / (1.0 - share) };
        let from = window.from();
        let turn = if keeps { end } else { from + end.saturating_sub(from).mul_f64(along.min(1.0)) };
        (turn > now).then_some(Hold::until(turn))
    }

    /// A call goes out.
    pub fn take(&mut self, now: Moment) {
        self.wire += 1;
        let over = self.ends().is_some_and(|end| now >= end);
        self.window.get_or_insert_with(|| Window::new(now)).probed |= over;
    }

    /// A call ended without a word about this budget; the desk may have counted it.
    pub fn ended(&mut self, now: Moment) {
        self.wire = self.wire.saturating_sub(1);
        if let Some(window) = &mut self.window {
            window.probed = false;
            window.seen.get_or_insert(now);
            if self.limit.is_some() {
                window.untold.push(now);
            }
        }
    }

    /// A call that was sent at `sent` was answered; its headers were here at `heard`.
    pub fn answered(&mut self, sent: Moment, now: Moment, heard: Moment, said: Option<Said>) {
        self.gate.refusals = 0;
        match said {
            Some(said) => self.told(sent, heard, said),
            None => self.ended(now),
        }
    }

    fn told(&mut self, sent: Moment, now: Moment, said: Said) {
        self.wire = self.wire.saturating_sub(1);
        self.limit = Some(said.limit);
        if self.is_from_the_past(sent, now, said) {
            return;
        }
        let mut window = self.window.take().unwrap_or_else(|| Window::new(sent));
        window.probed = false;
        if window.is_over(sent, said) {
            let mut next = Window::new(now);
            next.begun = Some(window.last_sent);
            next.untold.extend(window.untold.iter().filter(|ended| **ended > sent));
            self.window = Some(window);
            self.close_window(now);
            window = next;
        }
        self.learn(&window, sent, now, said);
        window.take_in(sent, now, said);
        self.window = Some(window);
    }

    /// What an answer from this window says about how long windows last.
    fn learn(&mut self, window: &Window, sent: Moment, now: Moment, said: Said) {
        let begun = if said.used == 1 { Some(sent) } else { window.begun };
        if let (Some(begun), Some(reset)) = (begun, said.reset) {
            self.length.at_most(reset.saturating_sub(begun));
        }
        if window.told.is_some() {
            self.length.at_least(sent.saturating_sub(window.from()));
        } else if let Some(begun) = self.past.as_ref().and_then(|(past, _)| past.begun)
            && said.reset.is_some()
        {
            self.length.at_most(now.saturating_sub(begun));
        }
    }

    /// An answer out of the window before: late, or the proof that it is not over.
    fn is_from_the_past(&mut self, sent: Moment, now: Moment, said: Said) -> bool {
        let Some((past, over)) = &mut self.past else { return false };
        if !past.ends_alike(said) || self.window.as_ref().is_some_and(|window| window.ends_alike(said)) {
            return false;
        }
        if sent < *over {
            past.take_in(sent, now, said);
            return true;
        }
        if past.told.is_some_and(|(used, _)| said.used <= used) {
            return false;
        }
        self.length.give_up();
        if let Some((mut past, _)) = self.past.take() {
            past.take_in(sent, now, said);
            self.window = Some(past);
        }
        true
    }

    /// A call that was sent at `sent` was refused with 429: nothing goes before the pause is over.
    pub fn refused(
        &mut self,
        sent: Moment,
        pause: Option<Duration>,
        said: Option<Said>,
        now: Moment,
        jitter: &mut Jitter,
    ) {
        self.wire = self.wire.saturating_sub(1);
        self.gate.close(pause, now, jitter);
        if let Some(said) = said {
            self.limit = Some(said.limit);
            if let Some((past, _)) = self.past.as_ref().filter(|(past, _)| past.ends_alike(said)) {
                // The window before was not over when it was taken to be.
                self.length.give_up();
                self.length.at_least(sent.saturating_sub(past.from()));
                self.window = None;
                return;
            }
            // A budget nobody tells about until it is used up, all of it by us: so that was its window.
            if let (Some(window), Some(reset)) = (&self.window, said.reset)
                && window.told.is_none()
                && window.used() >= said.limit
            {
                self.length.at_most(reset.saturating_sub(window.opened));
            }
        }
        // Nothing follows for its length: others may have used it up, and not every 429 tells the truth.
        self.close_window(now);
        self.past = None;
    }
}
