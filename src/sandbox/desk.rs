//! Owns the whole simulated desk: its records, keys, budgets, faults, jobs and evidence, and how its own time passes. One
//! lock around it makes every request a step of its own.
//!
//! Invariant: nothing happens between requests. Whatever fell due since (a snooze, a scheduled draft, a batch) is done, at
//! the time it was due, before the next request looks; nobody can tell the difference, and an idle desk costs nothing.

use super::{
    bulk::Jobs,
    doc::{Doc, Kind},
    faults::Faults,
    files::Files,
    journal::Author,
    limits::Limits,
    log::Log,
    mint::Mint,
    records::{Act, conversations, drafts, forwards, merges},
    roles::{self, Key},
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
    /// The bytes of uploaded files.
    pub files: Files,
    /// Injected faults.
    pub faults: Faults,
    /// What was asked.
    pub log: Log,
    /// Who may ask.
    pub keys: Vec<Key>,
}

impl Desk {
    /// A desk with these records; the machine users of the keys are added where they are missing.
    pub fn new(docs: Vec<Doc>, seed: u64, limits: Limits, faults: Faults, now: i64) -> Self {
        let keys = roles::keys(seed);
        let mut world = World::new(docs, Mint::new(seed));
        for key in &keys {
            if world.get(Kind::User, &key.user).is_none() {
                world.put(roles::machine_user(key, now));
            }
        }
        Self { world, limits, jobs: Jobs::default(), files: Files::new(seed), faults, log: Log::default(), keys }
    }

    /// Does everything that fell due by `now`.
    pub fn settle(&mut self, now: i64) {
        while let Some((at, timer)) = self.world.take_due(now) {
            let by = seed::ids::MACHINE_USER.to_owned();
            let mut act = Act { world: &mut self.world, now: at, by, is_admin: false, quota: None };
            match timer {
                Timer::Snooze(id) => conversations::wake(&mut act, &id),
                Timer::Draft(id) => drafts::send(&mut act, &id),
                Timer::Forward(id) => forwards::send(&mut act, &id),
                Timer::Merge(id) => merges::finish(&mut act, &id),
                Timer::Batch(job, batch) => self.jobs.run(&job, batch, act),
            }
            self.step_ended(&Author { user: None, client: "scheduler" }, at);
        }
    }

    /// Draws the consequences of what the step changed.
    pub fn step_ended(&mut self, _author: &Author, _at: i64) {
        self.world.take_journal();
    }
}
