//! Owns pages of all records of a kind, whatever the world's size: what nobody asks for is counted at most, not kept.
//! Does not frame the answer (`paging`, `call`).
//!
//! Invariant: a page is the same as if all records that hold were sorted by id and cut. Seeded ids sort as customers do
//! (`seed::ids`), so a walk is a walk over customers; how many records each adds is remembered, so the next page does not
//! make the earlier ones again.

use std::{cell::RefCell, ops::Range};

use super::{World, history::History, is_deleted};
use crate::sandbox::{
    doc::{Doc, Kind},
    seed::{self, Part, Plan, sketch},
    times,
};

/// Which records a list is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Of this kind.
    pub kind: Kind,
    /// `KObjects` of this klass only.
    pub klass: Option<String>,
    /// Made at this time (milliseconds since the epoch) or later.
    pub since: Option<i64>,
    /// With this in their name, in lower case.
    pub name: Option<String>,
    /// Deleted ones too.
    pub deleted: bool,
}

/// Which end of the ids comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The least id first.
    Ascending,
    /// The greatest id first.
    Descending,
}

impl Listing {
    /// All of a kind that are not deleted.
    pub fn of(kind: Kind) -> Self {
        Self { kind, klass: None, since: None, name: None, deleted: false }
    }

    fn holds(&self, doc: &Doc) -> bool {
        let made = || doc.text("createdAt").and_then(times::parse);
        let called = |part: &str| doc.text("name").is_some_and(|name| name.to_lowercase().contains(part));
        (self.deleted || !is_deleted(doc))
            && self.klass.as_deref().is_none_or(|klass| doc.klass() == Some(klass))
            && self.since.is_none_or(|since| made().is_none_or(|at| at >= since))
            && self.name.as_deref().is_none_or(called)
    }

    /// How many records a seeded customer adds, if that is known without making them.
    fn known(&self, plan: &Plan, index: usize) -> Option<usize> {
        let is_whole = self.since.is_none() && self.name.is_none() && self.klass.is_none();
        match self.kind {
            Kind::Customer if is_whole => Some(1),
            Kind::Conversation if is_whole => sketch::conversations(plan, index),
            _ => None,
        }
    }
}

/// How many records each seeded customer adds to a list, as far as known.
#[derive(Debug, Default)]
pub(super) struct Counts(RefCell<Vec<(Listing, Vec<u16>)>>);

/// So many lists are remembered, two bytes a customer each.
const MOST_LISTINGS: usize = 8;
const UNKNOWN: u16 = u16::MAX;

impl Counts {
    /// How many records of the list a customer has who is still in `history`.
    fn of(&self, history: &History, listing: &Listing, index: usize) -> usize {
        if let Some(known) = listing.known(history.plan(), index) {
            return known;
        }
        let mut known = self.0.borrow_mut();
        let place = known.iter().position(|(other, _)| other == listing).unwrap_or_else(|| {
            if known.len() == MOST_LISTINGS {
                known.remove(0);
            }
            known.push((listing.clone(), vec![UNKNOWN; history.plan().customers]));
            known.len() - 1
        });
        let count = &mut known[place].1[index];
        if *count == UNKNOWN {
            // Made to be counted and dropped at once, not through `history.part`, which would keep it.
            let docs = Part::of(listing.kind).map(|part| seed::part(history.plan(), index, part)).unwrap_or_default();
            let holding = docs.iter().filter(|doc| doc.kind == listing.kind && listing.holds(doc)).count();
            *count = u16::try_from(holding).unwrap_or(UNKNOWN - 1);
        }
        usize::from(*count)
    }
}

/// A stretch of a list, in the order of ids.
enum Stretch<'w> {
    /// Customers who may still be in history.
    Customers(Range<usize>),
    /// Records on the shelves, with those in history of the same customer.
    Docs(Vec<&'w Doc>),
}

impl World {
    /// How many records a list has. Costs next to nothing for customers; for others it counts them all.
    pub fn count(&self, listing: &Listing) -> usize {
        let shelved = self.shelves.all(listing.kind).filter(|doc| listing.holds(doc)).count();
        let Some(part) = Part::of(listing.kind) else { return shelved };
        let here = (0..self.history.plan().customers).filter(|&index| self.history.has(index, part));
        shelved + here.map(|index| self.counts.of(&self.history, listing, index)).sum::<usize>()
    }

    /// Up to `take` records of a list after the first `skip`.
    pub fn page(&self, listing: &Listing, order: Order, mut skip: usize, take: usize) -> Vec<&Doc> {
        let mut rows = Vec::new();
        let mut stretches = self.stretches(listing);
        turn(&mut stretches, order);
        for stretch in stretches {
            match stretch {
                Stretch::Docs(docs) => add(docs, order, &mut skip, &mut rows),
                Stretch::Customers(customers) => self.walk(listing, customers, order, (&mut skip, take), &mut rows),
            }
            if rows.len() >= take {
                rows.truncate(take);
                break;
            }
        }
        rows
    }

    fn walk<'w>(
        &'w self,
        listing: &Listing,
        customers: Range<usize>,
        order: Order,
        (skip, take): (&mut usize, usize),
        rows: &mut Vec<&'w Doc>,
    ) {
        let Some(part) = Part::of(listing.kind) else { return };
        for step in 0..customers.len() {
            let index = if order == Order::Ascending { customers.start + step } else { customers.end - 1 - step };
            if rows.len() >= take {
                return;
            }
            if !self.history.has(index, part) {
                continue;
            }
            if *skip > 0 {
                let count = self.counts.of(&self.history, listing, index);
                if count <= *skip {
                    *skip -= count;
                    continue;
                }
            }
            let docs = self.history.of(index, listing.kind).iter().filter(|doc| listing.holds(doc)).collect();
            add(docs, order, skip, rows);
        }
    }

    /// The list in the order of ids: what is on the shelves, and the runs of customers between.
    fn stretches<'w>(&'w self, listing: &Listing) -> Vec<Stretch<'w>> {
        let customers = if Part::of(listing.kind).is_some() { self.history.plan().customers } else { 0 };
        let mut shelved: Vec<(usize, &Doc)> = self
            .shelves
            .all(listing.kind)
            .filter(|doc| listing.holds(doc))
            .map(|doc| (slot(&doc.id, customers), doc))
            .collect();
        shelved.sort_by_key(|(slot, _)| *slot);
        let mut stretches = Vec::new();
        let mut next = 0;
        for group in shelved.chunk_by(|(a, _), (b, _)| a == b) {
            let mut docs: Vec<&Doc> = group.iter().map(|(_, doc)| *doc).collect();
            if let Some(index) = group[0].0.checked_sub(1) {
                stretches.push(Stretch::Customers(next..index.max(next)));
                let others = self.history.of(index, listing.kind).iter().filter(|doc| listing.holds(doc));
                docs.extend(others);
                docs.sort_by(|a, b| a.id.cmp(&b.id));
                next = index + 1;
            }
            stretches.push(Stretch::Docs(docs));
        }
        stretches.push(Stretch::Customers(next.min(customers)..customers));
        stretches
    }
}

/// Adds records to a page, less those still to be skipped.
fn add<'w>(mut docs: Vec<&'w Doc>, order: Order, skip: &mut usize, rows: &mut Vec<&'w Doc>) {
    turn(&mut docs, order);
    let skipped = docs.len().min(*skip);
    *skip -= skipped;
    rows.extend(docs.drain(skipped..));
}

fn turn<T>(list: &mut [T], order: Order) {
    if order == Order::Descending {
        list.reverse();
    }
}

/// Where an id stands among the seeded customers: 0 before them all, `index + 1` within one's tree, `customers + 1` after.
fn slot(id: &str, customers: usize) -> usize {
    if id < seed::ids::first_id_of(0).as_str() {
        return 0;
    }
    seed::ids::customer_of(id).map_or(customers, |index| index.min(customers)) + 1
}
