//! Owns the long way through a large world: judging customers nobody has changed, on all processors, outside the desk's
//! lock, and keeping what was found for the next page of the same question. Does not judge those who were changed (`mod`).
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

/// What a scan found.
#[derive(Clone, Debug)]
pub struct Found {
    scan: Scan,
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

    /// Looks at everybody; takes seconds to minutes in a large world.
    pub fn run(self) -> Found {
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let next = AtomicUsize::new(self.customers.start);
        let (mut rows, mut total) = (Vec::new(), 0);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| self.work(&next))).collect();
            for worker in workers {
                let (part, count) = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                rows.extend(part);
                total += count;
            }
        });
        self.keep_first(&mut rows);
        Found { scan: self, rows, total }
    }

    fn work(&self, next: &AtomicUsize) -> (Vec<Row>, usize) {
        let mut world = self.world();
        let (mut rows, mut total) = (Vec::new(), 0);
        loop {
            let from = next.fetch_add(CHUNK, Relaxed);
            if from >= self.customers.end {
                self.keep_first(&mut rows);
                return (rows, total);
            }
            let chunk = from..self.customers.end.min(from + CHUNK);
            let found = self.look(&world, chunk.filter(|index| !self.left_out.contains(index)));
            total += found.len();
            rows.extend(found);
            if rows.len() > 2 * MOST_KEPT {
                self.keep_first(&mut rows);
            }
            world.forget_all();
        }
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
    /// Whether a customer's answers are among these.
    pub fn covers(&self, index: usize) -> bool {
        self.scan.customers.contains(&index) && !self.scan.left_out.contains(&index)
    }

    /// Takes out those who have been changed since; false when they are too many for that.
    fn leave_out(&mut self, changed: &BTreeSet<usize>) -> bool {
        let later: BTreeSet<usize> = changed.difference(&self.scan.left_out).copied().collect();
        if later.len() > MOST_LATER {
            return false;
        }
        if !later.is_empty() {
            let within = later.iter().copied().filter(|index| self.scan.customers.contains(index));
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
}

impl Scans {
    /// What is known of a question; when nothing is, the scan is noted as wanted.
    pub fn known(&mut self, scan: Scan) -> Option<&Found> {
        if let Some(at) = self.kept.iter().position(|found| found.scan.is_same(&scan)) {
            let mut found = self.kept.remove(at);
            if found.leave_out(&scan.left_out) {
                self.kept.push(found);
                return self.kept.last();
            }
        }
        self.wanted = Some(scan);
        None
    }

    /// The scan without which the last request could not be answered.
    pub fn take_wanted(&mut self) -> Option<Scan> {
        self.wanted.take()
    }

    /// Whether a scan has been made meanwhile.
    pub fn has(&self, scan: &Scan) -> bool {
        self.kept.iter().any(|found| found.scan.is_same(scan))
    }

    /// Remembers what a scan found; the one not asked for longest is forgotten.
    pub fn keep(&mut self, found: Found) {
        if self.kept.len() == MOST_SCANS {
            self.kept.remove(0);
        }
        self.kept.push(found);
    }
}
