//! Owns the whole simulated desk: its records, keys, budgets, faults and jobs, how its own time passes, and what
//! follows the changes of each step. One lock around it makes every request a step of its own.
//!
//! ```text
//! request or timer ─ changes ─ journal ─ step_ended ─┬─ events: the conversation's own trail
//!                                                    ├─ audit
//!                                                    ├─ webhooks ─ postman (server) ─> receivers
//!                                                    └─ live: an agent's answer may be replied to
//! ```
//!
//! Invariant: nothing happens between requests. Whatever fell due since (a snooze, a scheduled draft, a batch, a customer's
//! message) is done, at the time it was due, before the next request looks; nobody can tell the difference, and an idle desk
//! costs nothing. Only webhooks make it act by itself ([`Desk::next_wake`]).

use super::{
    audit::Audit,
    bulk::Jobs,
    erasure::Erasure,
    events::{Followers, Happening, followers},
    faults::Faults,
    files::Files,
    journal::Author,
    limits::Limits,
    live::Live,
    mint::Mint,
    records::{Act, conversations, drafts, forwards, merges},
    roles::{self, Key},
    search::{Lag, Scans},
    seed,
    webhooks::{Delivery, Outcome, Webhooks, registry},
    world::{Timer, World},
};

/// Everything the desk is.
#[derive(Debug)]
pub struct Desk {
    /// The records.
    pub world: World,
    /// The rate budgets.
    pub limits: Limits,
    /// Bulk jobs.
    pub jobs: Jobs,
    /// The bytes of uploaded files.
    pub files: Files,
    /// Injected faults.
    pub faults: Faults,
    /// What the search index has not seen yet.
    pub lag: Lag,
    /// What long searches have found.
    pub scans: Scans,
    /// Who changed what.
    pub audit: Audit,
    /// What is told to receivers outside.
    pub webhooks: Webhooks,
    /// Customers who go on writing.
    pub live: Live,
    /// Who may ask.
    pub keys: Vec<Key>,
}

impl Desk {
    /// A desk of this world; the machine users of the keys are added where they are missing.
    pub fn new(world: impl Into<World>, seed: u64, limits: Limits, faults: Faults, now: i64) -> Self {
        let keys = roles::keys(seed);
        let mut world = world.into();
        world.mint = Mint::new(seed);
        for doc in roles::records(&keys, now) {
            if world.get(doc.kind, &doc.id).is_none() {
                world.put(doc);
            }
        }
        // How the desk came to be is nobody's news.
        world.take_journal();
        Self {
            world,
            limits,
            jobs: Jobs::default(),
            files: Files::new(seed),
            faults,
            lag: Lag::default(),
            scans: Scans::default(),
            audit: Audit::default(),
            webhooks: Webhooks::default(),
            live: Live::new(seed::Plan { seed, customers: 0, now_ms: now }, 0),
            keys,
        }
    }

    /// Lets the customers of this seeded world go on, so many events a minute from now on.
    pub fn live_on(&mut self, plan: seed::Plan, per_minute: u32) {
        self.live = Live::new(plan, per_minute);
        let first = self.live.next_after(plan.now_ms, plan.now_ms);
        if let Some(first) = first {
            self.world.schedule(first, Timer::Live);
        }
    }

    /// When the desk has to act without being asked: only when receivers wait for what happens.
    pub fn next_wake(&self) -> Option<i64> {
        if !registry::any(&self.world) {
            return None;
        }
        self.webhooks.next_due().into_iter().chain(self.world.next_due()).min()
    }

    /// What receivers are to be told now; each delivery must be brought back to [`Self::delivered`].
    pub fn take_deliveries(&mut self, now: i64) -> Vec<(registry::Target, Delivery)> {
        self.webhooks.take_due(&self.world, now)
    }

    /// Brings back a delivery that was under way.
    pub fn delivered(&mut self, delivery: Delivery, outcome: Outcome, now: i64) {
        self.webhooks.ended(&mut self.world, delivery, outcome, now);
        // That a webhook was disabled is nobody's news.
        self.world.take_journal();
    }

    /// Does everything that fell due by `now`.
    pub fn settle(&mut self, now: i64) {
        self.world.forget_idle();
        while let Some((at, timer)) = self.world.take_due(now) {
            let by = seed::ids::MACHINE_USER.to_owned();
            let mut act = Act { world: &mut self.world, now: at, by, is_admin: false, quota: None };
            let mut author = Author { user: None, client: writer(&timer) };
            match timer {
                Timer::Snooze(id) => conversations::wake(&mut act, &id),
                Timer::Draft(id) => drafts::send(&mut act, &id),
                Timer::Forward(id) => forwards::send(&mut act, &id),
                Timer::Merge(id) => merges::finish(&mut act, &id),
                Timer::Live => {
                    seed::ids::AUTO_REPLY_USER.clone_into(&mut act.by);
                    author.client = self.live.happen(&mut act);
                    if let Some(next) = self.live.next_after(at, now) {
                        self.world.schedule(next, Timer::Live);
                    }
                }
                Timer::Batch(job, batch) => {
                    self.jobs.run(&job, batch, act);
                    author.user = self.jobs.author(&job);
                }
            }
            self.step_ended(&author, at);
        }
    }

    /// Draws the consequences of what the step changed.
    pub fn step_ended(&mut self, author: &Author, at: i64) {
        let changes = self.world.take_journal();
        self.lag.note(&changes, at);
        for change in changes {
            self.live.hear(&change);
            let follows = followers(change.kind);
            if follows == Followers::default() {
                continue;
            }
            if let Some(happening) = Happening::of(&self.world, change, author, at) {
                self.tell(&happening, follows);
            }
        }
        // The events put on trails just now are consequences; nothing follows from them.
        self.world.take_journal();
    }

    /// Takes a redacted part of a message out of everything that was told of it before.
    pub fn forget(&mut self, erasure: &Erasure) {
        self.audit.forget(erasure);
        self.webhooks.forget(erasure);
        self.lag.forget(erasure);
    }

    fn tell(&mut self, happening: &Happening, follows: Followers) {
        if follows.trail {
            let id = self.world.mint.id(happening.at);
            self.world.put(happening.trail_event(id));
        }
        if follows.audit {
            let id = self.world.mint.id(happening.at);
            self.audit.add(&self.world, id, happening);
        }
        if follows.webhook {
            self.webhooks.announce(&mut self.world, &self.faults, happening);
        }
    }
}

/// The part of the desk that does what falls due. Kustomer's name for the sender of drafts is known (Kustomer API reference
/// 25.3), the others are ours.
fn writer(timer: &Timer) -> &'static str {
    match timer {
        Timer::Draft(_) | Timer::Forward(_) => "postmark-drafts-sender",
        Timer::Batch(..) => "bulk-api",
        _ => "scheduler",
    }
}
