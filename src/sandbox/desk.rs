//! Owns the whole simulated desk: its records, keys, budgets, faults, jobs and evidence, and how its own time passes. One
//! lock around it makes every request a step of its own.
//!
//! Invariant: nothing happens between requests. Whatever fell due since (a snooze, a scheduled draft, a batch) is done, at
//! the time it was due, before the next request looks; nobody can tell the difference, and an idle desk costs nothing.

use super::{
    bulk::Jobs,
    doc::Kind,
    faults::Faults,
    journal::Author,
    limits::Limits,
    log::Log,
    mint::Mint,
    records::{Act, conversations, drafts},
    roles::{self, Key},
    search::{Lag, Scans},
    seed,
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
    /// Injected faults.
    pub faults: Faults,
    /// What the search index has not seen yet.
    pub lag: Lag,
    /// What was asked.
    pub log: Log,
    /// What long searches have found.
    pub scans: Scans,
    /// Who may ask.
    pub keys: Vec<Key>,
}

impl Desk {
    /// A desk of this world; the machine users of the keys are added where they are missing.
    pub fn new(world: impl Into<World>, seed: u64, limits: Limits, faults: Faults, now: i64) -> Self {
        let keys = roles::keys(seed);
        let mut world = world.into();
        world.mint = Mint::new(seed);
        for key in &keys {
            if world.get(Kind::User, &key.user).is_none() {
                world.put(roles::machine_user(key, now));
            }
        }
        Self {
            world,
            limits,
            jobs: Jobs::default(),
            faults,
            lag: Lag::default(),
            log: Log::default(),
            scans: Scans::default(),
            keys,
        }
    }

    /// Does everything that fell due by `now`.
    pub fn settle(&mut self, now: i64) {
        self.world.forget_idle();
        while let Some((at, timer)) = self.world.take_due(now) {
            let by = seed::ids::MACHINE_USER.to_owned();
            let mut act = Act { world: &mut self.world, now: at, by, is_admin: false, quota: None };
            match timer {
                Timer::Snooze(id) => conversations::wake(&mut act, &id),
                Timer::Draft(id) => drafts::send(&mut act, &id),
                Timer::Batch(job, batch) => self.jobs.run(&job, batch, act),
            }
            self.step_ended(&Author { user: None, client: "scheduler" }, at);
        }
    }

    /// Draws the consequences of what the step changed.
    pub fn step_ended(&mut self, _author: &Author, at: i64) {
        let changes = self.world.take_journal();
        self.lag.note(&changes, at);
    }
}
