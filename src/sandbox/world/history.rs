//! Owns the seeded customers nobody has changed: makes a part of a tree when somebody looks and forgets it when nobody does.
//! Does not hold what has been changed (`shelves`).
//!
//! Invariant: a part is either here, exactly as the plan says, or given up for good to the shelves; never both. What is
//! made under `&self` stays until [`History::forget`], whose `&mut self` proves that nobody holds it any more. That
//! is why plain `OnceCell`s do, and no crate for append-only maps is needed.

use std::{
    cell::{OnceCell, RefCell},
    mem,
};

use super::{Index, shelves::has_key};
use crate::sandbox::{
    doc::{Doc, Kind},
    seed::{self, PARTS, Part, Plan, lookup},
};

/// So many customers stay in memory between steps, about 250 KB each when all of them was looked at.
pub const MOST_MADE: usize = 384;

/// The parts of one customer's tree that have been made, each sorted by kind and id.
#[derive(Debug, Default)]
struct Tree([OnceCell<Vec<Doc>>; PARTS.len()]);

/// A part's records as they are looked up: by kind and id.
fn in_order(mut docs: Vec<Doc>) -> Vec<Doc> {
    docs.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    docs
}

/// The customers of a plan, made on demand.
#[derive(Debug)]
pub(super) struct History {
    plan: Plan,
    trees: Vec<OnceCell<Box<Tree>>>,
    /// Whose trees are in memory, the longest made first.
    made: RefCell<Vec<usize>>,
    given_up: [Vec<bool>; PARTS.len()],
}

impl History {
    pub(super) fn new(plan: Plan) -> Self {
        let mut trees = Vec::new();
        trees.resize_with(plan.customers, OnceCell::new);
        let given_up = PARTS.map(|_| vec![false; plan.customers]);
        Self { plan, trees, made: RefCell::default(), given_up }
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether a customer's part is to be found here.
    pub(super) fn has(&self, index: usize, part: Part) -> bool {
        self.given_up[part as usize].get(index) == Some(&false)
    }

    /// A part of a customer's tree; empty when it is not here.
    pub(super) fn part(&self, index: usize, part: Part) -> &[Doc] {
        if !self.has(index, part) {
            return &[];
        }
        let tree = self.trees[index].get_or_init(|| {
            self.made.borrow_mut().push(index);
            Box::default()
        });
        tree.0[part as usize].get_or_init(|| in_order(seed::part(&self.plan, index, part)))
    }

    /// The records of one kind of a customer, by id.
    pub(super) fn of(&self, index: usize, kind: Kind) -> &[Doc] {
        let Some(part) = Part::of(kind) else { return &[] };
        let docs = self.part(index, part);
        let from = docs.partition_point(|doc| doc.kind < kind);
        let to = docs.partition_point(|doc| doc.kind <= kind);
        &docs[from..to]
    }

    pub(super) fn get(&self, kind: Kind, id: &str) -> Option<&Doc> {
        let docs = self.of(lookup::by_id(&self.plan, id)?, kind);
        docs.binary_search_by(|doc| doc.id.as_str().cmp(id)).ok().map(|at| &docs[at])
    }

    /// Those of a kind with this value, by id.
    pub(super) fn with(&self, kind: Kind, index: Index, key: &str) -> Vec<&Doc> {
        if Part::of(kind).is_none() || self.trees.is_empty() {
            return Vec::new();
        }
        let customers = match index {
            Index::Customer | Index::Conversation => lookup::by_id(&self.plan, key).into_iter().collect(),
            Index::Company => lookup::by_company(&self.plan, key),
            Index::Email => lookup::by_email(&self.plan, key),
            Index::Phone => lookup::by_phone(&self.plan, key),
            Index::ExternalId => {
                let external_id = key.split_once('\u{0}').map_or(key, |(_, external_id)| external_id);
                lookup::by_external_id(&self.plan, kind, external_id)
            }
            // Right, and as slow as it sounds: lists and searches have ways of their own.
            Index::Klass => (0..self.plan.customers).collect(),
            Index::Sla | Index::Name => Vec::new(),
        };
        let docs = customers.into_iter().flat_map(|customer| self.of(customer, kind));
        docs.filter(|doc| has_key(doc, index, key)).collect()
    }

    /// Which of these customers' heads somebody who looks would have to wait for.
    pub(super) fn unmade(&self, customers: std::ops::Range<usize>) -> Vec<usize> {
        let is_made =
            |index: usize| self.trees[index].get().is_some_and(|tree| tree.0[Part::Head as usize].get().is_some());
        let end = customers.end.min(self.trees.len());
        (customers.start.min(end)..end).filter(|&index| self.has(index, Part::Head) && !is_made(index)).collect()
    }

    /// Takes a head in that was made elsewhere, as [`seed::part`] makes it; one that came first stays.
    pub(super) fn keep_head(&mut self, index: usize, docs: Vec<Doc>) {
        if !self.has(index, Part::Head) {
            return;
        }
        let made = self.made.get_mut();
        let tree = self.trees[index].get_or_init(|| {
            made.push(index);
            Box::default()
        });
        tree.0[Part::Head as usize].get_or_init(|| in_order(docs));
    }

    /// Gives a part up: from now on it is the caller's.
    pub(super) fn give_up(&mut self, index: usize, part: Part) -> Vec<Doc> {
        if !self.has(index, part) {
            return Vec::new();
        }
        self.given_up[part as usize][index] = true;
        let made = self.trees[index].get_mut().and_then(|tree| tree.0[part as usize].take());
        made.unwrap_or_else(|| seed::part(&self.plan, index, part))
    }

    /// Says that the caller has made this part itself.
    pub(super) fn given_up(&mut self, index: usize, part: Part) {
        self.given_up[part as usize][index] = true;
    }

    /// Forgets the trees made longest ago when there are more than so many.
    pub(super) fn forget(&mut self, most: usize) {
        let made = self.made.get_mut();
        if made.len() <= most {
            return;
        }
        let recent = made.split_off(made.len() - most / 2);
        for index in mem::replace(made, recent) {
            self.trees[index].take();
        }
    }
}
