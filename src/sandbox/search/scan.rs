//! Owns the long way through a large world: judging customers nobody has changed, outside the desk's lock and on all
//! processors but one, which stays with those who ask for less; keeping what was found for the next page of the same
//! question; stopping when time is up and going on from there. Does not judge those who were changed (`mod`) nor
//! know how much time there is (`server`).
//!
//! Invariant: what was found does not go stale: a scanned customer is as the seed says until somebody changes them, and
//! from then on they are left out here ([`Found::leave_out`]) and judged as they are.

use std::{
    cmp::Ordering,
    collections::BTreeSet,
    num::NonZero,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

use tokio_util::sync::CancellationToken;

use super::{
    super::{
        doc::{Doc, Kind},
        seed::{Plan, ids},
        world::World,
    },
    MOST_PAGES, MOST_ROWS, answers,
    eval::{Eye, SortKey},
    glance::Glance,
    parse::{Direction, Question, Sort},
    reach,
};

/// Rows kept of one scan: what paging can reach, and some for those who are left out later.
const MOST_KEPT: usize = MOST_ROWS * MOST_PAGES + 2_000;
/// Customers a worker looks at before it forgets them and asks for more.
const CHUNK: usize = 25;
/// Scans remembered.
const MOST_SCANS: usize = 8;
/// So many customers left out later are looked at again one by one; with more a new scan is cheaper.
const MOST_LATER: usize = 2_000;

/// A record that answers a question, with what it is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The value of the sort, if there is a sort and the record has the value.
    pub key: Option<SortKey>,
    /// The record.
    pub id: String,
}

impl Row {
    /// What the question sorts a record by.
    pub fn new<'w>(question: &Question, eye: Eye<'w>, doc: &'w Doc) -> Self {
        let key = question.sort.as_ref().and_then(|sort| eye.sort_key(&sort.by, doc));
        Self { key, id: doc.id.clone() }
    }

    /// Orders by the first key; records without the value come last either way, equal ones by id.
    pub fn compare(&self, other: &Self, sort: Option<&Sort>) -> Ordering {
        let is_ascending = sort.is_none_or(|sort| sort.direction == Direction::Ascending);
        let by_value = match (&self.key, &other.key) {
            (Some(a), Some(b)) if is_ascending => a.compare(b),
            (Some(a), Some(b)) => b.compare(a),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_value.then_with(|| self.id.cmp(&other.id))
    }
}

/// A scan to be made: everything it needs, so that it can run anywhere.
#[derive(Clone, Debug)]
pub struct Scan {
    question: Question,
    /// The glance that is enough to judge a record, if one is.
    enough: Option<Glance>,
    /// Glances by which a customer can be passed over.
    glances: Vec<Glance>,
    /// Of these customers.
    customers: Range<usize>,
    /// But not of these.
    left_out: BTreeSet<usize>,
    plan: Plan,
    /// The records of the org that judging looks at.
    org: Vec<Doc>,
    now: i64,
}

/// What a scan has found so far.
#[derive(Clone, Debug)]
pub struct Found {
    scan: Scan,
    /// Everybody before has been looked at.
    reached: usize,
    /// In the question's order, the first [`MOST_KEPT`].
    pub rows: Vec<Row>,
    /// How many there are in all.
    pub total: usize,
}

impl Scan {
    /// The scan of these customers for a question asked at `now`.
    pub fn new(world: &World, question: Question, customers: Range<usize>, now: i64) -> Self {
        // Answers that change by themselves are good for a minute, others for as long as two years hardly move.
        let moment = if question.looks_at_deadlines() { 60_000 } else { 3_600_000 };
        let left_out = changed(world, &question);
        let org = world.all(Kind::Tag).cloned().collect();
        let (enough, glances) = (Glance::that_is_enough(&question), Glance::that_pass_over(&question));
        Self {
            question,
            enough,
            glances,
            customers,
            left_out,
            plan: *world.plan(),
            org,
            now: now - now.rem_euclid(moment),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.now == other.now
            && self.customers == other.customers
            && self.question == other.question
            && self.org == other.org
    }

    /// The scan before anybody is looked at.
    fn begun(self) -> Found {
        Found { reached: self.customers.start, scan: self, rows: Vec::new(), total: 0 }
    }

    /// Looks at customers from `next` on, a chunk at a time, until all are taken or time is up.
    fn work(&self, next: &AtomicUsize, stop: &CancellationToken) -> (Vec<Row>, usize) {
        let mut world = self.world();
        let (mut rows, mut total) = (Vec::new(), 0);
        while !stop.is_cancelled() {
            let from = next.fetch_add(CHUNK, Relaxed);
            if from >= self.customers.end {
                break;
            }
            let chunk = from..self.customers.end.min(from + CHUNK);
            let found = self.look(&world, chunk.filter(|index| !self.left_out.contains(index)));
            total += found.len();
            rows.extend(found);
            if rows.len() > 2 * MOST_KEPT {
                self.keep_first(&mut rows);
            }
            world.forget_all();
            thread::yield_now();
        }
        self.keep_first(&mut rows);
        (rows, total)
    }

    /// A world of the same plan in which nothing has been changed.
    fn world(&self) -> World {
        World::untouched(&self.plan, self.org.clone())
    }

    fn look(&self, world: &World, customers: impl Iterator<Item = usize>) -> Vec<Row> {
        let Some(kind) = self.question.context.kind() else { return Vec::new() };
        let mut sketches = Vec::new();
        let mut others = Vec::new();
        for index in customers {
            match self.enough.as_ref().and_then(|glance| glance.sketches(&self.plan, index)) {
                Some(drawn) => sketches.extend(drawn),
                None if self.glances.iter().all(|glance| glance.may_answer(world, index, self.now)) => {
                    others.push(index);
                }
                None => {}
            }
        }
        let docs = others.into_iter().flat_map(|index| world.seeded_part(index, kind)).chain(&sketches);
        answers(Eye { world, seen: None, now: self.now }, &self.question, docs)
    }

    fn keep_first(&self, rows: &mut Vec<Row>) {
        rows.sort_by(|a, b| a.compare(b, self.question.sort.as_ref()));
        rows.truncate(MOST_KEPT);
    }
}

impl Found {
    /// Looks at those not looked at yet; minutes in a large world. When `stop` comes first, what was found until then is
    /// kept, and the next call goes on from there.
    pub fn go_on(&mut self, stop: &CancellationToken) {
        let workers = thread::available_parallelism().map_or(1, NonZero::get).saturating_sub(1).max(1);
        let (scan, next) = (&self.scan, AtomicUsize::new(self.reached));
        let parts = thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| scan.work(&next, stop))).collect();
            let joined = workers.into_iter().map(thread::ScopedJoinHandle::join);
            joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect::<Vec<_>>()
        });
        for (part, count) in parts {
            self.rows.extend(part);
            self.total += count;
        }
        // Every chunk that was taken has been looked at to its end.
        self.reached = next.into_inner().min(self.scan.customers.end);
        self.scan.keep_first(&mut self.rows);
    }

    /// Whether everybody has been looked at.
    pub fn is_whole(&self) -> bool {
        self.reached >= self.scan.customers.end
    }

    /// Whether a customer's answers are among these.
    pub fn covers(&self, index: usize) -> bool {
        (self.scan.customers.start..self.reached).contains(&index) && !self.scan.left_out.contains(&index)
    }

    /// Takes out those who have been changed since; false when they are too many for that.
    fn leave_out(&mut self, changed: &BTreeSet<usize>) -> bool {
        let later: BTreeSet<usize> = changed.difference(&self.scan.left_out).copied().collect();
        if later.len() > MOST_LATER {
            return false;
        }
        if !later.is_empty() {
            let within = later.iter().copied().filter(|index| self.covers(*index));
            self.total -= self.scan.look(&self.scan.world(), within).len();
            self.rows.retain(|row| ids::customer_of(&row.id).is_none_or(|index| !later.contains(&index)));
            self.scan.left_out.extend(later);
        }
        true
    }
}

/// The customers a scan for this question must leave to the living world.
pub fn changed(world: &World, question: &Question) -> BTreeSet<usize> {
    let touched = world.touched();
    if question.looks_at_companies() { reach::colleagues(touched, world.plan()) } else { touched.clone() }
}

/// The scans made lately, and the one somebody waits for.
#[derive(Debug, Default)]
pub struct Scans {
    kept: Vec<Found>,
    wanted: Option<Scan>,
    takes_less: bool,
}

impl Scans {
    /// What is known of a question. When that is not everything the scan is noted as wanted, unless the one who asks
    /// [takes less](Self::take_less).
    pub fn known(&mut self, scan: Scan) -> Option<&Found> {
        let kept = self.kept.iter().position(|found| found.scan.is_same(&scan)).map(|at| self.kept.remove(at));
        let kept = kept.and_then(|mut found| found.leave_out(&scan.left_out).then_some(found));
        let is_enough = self.takes_less || kept.as_ref().is_some_and(Found::is_whole);
        if !is_enough {
            self.wanted = Some(scan.clone());
        }
        if kept.is_some() || is_enough {
            self.keep(kept.unwrap_or_else(|| scan.begun()));
        }
        self.kept.last().filter(|_| is_enough)
    }

    /// From now on, or no longer, what has been found so far is answer enough: time was up.
    pub fn take_less(&mut self, yes: bool) {
        self.takes_less = yes;
    }

    /// The scan without which the last request could not be answered.
    pub fn take_wanted(&mut self) -> Option<Scan> {
        self.wanted.take()
    }

    /// A scan to go on with; none when it has been made meanwhile.
    pub fn begin(&self, scan: Scan) -> Option<Found> {
        match self.kept.iter().find(|found| found.scan.is_same(&scan)) {
            Some(found) => (!found.is_whole()).then(|| found.clone()),
            None => Some(scan.begun()),
        }
    }

    /// Remembers what a scan found, in place of what it had found before; the one not asked for longest is forgotten.
    pub fn keep(&mut self, found: Found) {
        self.kept.retain(|known| !known.scan.is_same(&found.scan));
        if self.kept.len() == MOST_SCANS {
            self.kept.remove(0);
        }
        self.kept.push(found);
    }
}
