//! Owns the walk through the queue's customers, some at a time: there is no list of all drafts (Kustomer API reference 14.1),
//! so each customer costs the desk a call. Asks nothing itself: it says whom to ask about next.
//!
//! Invariant: at most one batch is on its way; what was found of a customer is replaced whole.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    console::remote::{Problem, Remote},
    domain::{CustomerId, Draft, Guarded},
};

/// Customers asked about at a time: small enough that the list grows while one watches.
const BATCH: usize = 8;

/// The walk, and what it found.
#[derive(Debug, Default)]
pub struct Walk {
    found: Remote<Vec<Draft>>,
    looked: Vec<CustomerId>,
    pending: Vec<CustomerId>,
    is_asking: bool,
}

impl Walk {
    /// What was found so far; loading until the walk is through.
    pub fn found(&self) -> &Remote<Vec<Draft>> {
        &self.found
    }

    /// Customers looked at, and all there are to look at.
    pub fn progress(&self) -> (usize, usize) {
        (self.looked.len(), self.looked.len() + self.pending.len())
    }

    /// Adds whoever is new among the customers of the queue.
    pub fn catch_up(&mut self, urgent: &[CustomerId]) {
        let known = |customer: &&CustomerId| self.looked.contains(customer) || self.pending.contains(customer);
        let missing: Vec<CustomerId> = urgent.iter().filter(|customer| !known(customer)).cloned().collect();
        self.pending.extend(missing);
    }

    /// Begins anew; what was found stays until it is found again or not.
    pub fn again(&mut self, urgent: &[CustomerId]) {
        self.looked.clear();
        self.pending = urgent.to_vec();
        if let Some(found) = self.found.value_mut() {
            found.retain(|draft| draft.customer.as_ref().is_none_or(|customer| urgent.contains(customer)));
        }
    }

    /// Looks at this customer next.
    pub fn first(&mut self, customer: &CustomerId) {
        self.looked.retain(|known| known != customer);
        self.pending.retain(|known| known != customer);
        self.pending.insert(0, customer.clone());
    }

    /// Whom to ask about now, if anybody and nothing is on its way.
    pub fn next(&mut self) -> Option<Vec<CustomerId>> {
        if self.is_asking || self.pending.is_empty() {
            return None;
        }
        self.is_asking = true;
        self.found.ask();
        Some(self.pending.iter().take(BATCH).cloned().collect())
    }

    /// Takes the answer for these customers in. A failure ends the walk; `again` begins it anew.
    pub fn take(
        &mut self,
        customers: &[CustomerId],
        answer: Result<Vec<Draft>, Problem>,
        urgent: &[CustomerId],
        now: Timestamp,
    ) {
        self.is_asking = false;
        let answer = answer.map(|drafts| {
            let mut all = self.found.value().cloned().unwrap_or_default();
            all.retain(|draft| draft.customer.as_ref().is_none_or(|customer| !customers.contains(customer)));
            let ids: Vec<_> = drafts.iter().map(|draft| &draft.id).collect();
            all.retain(|draft| !ids.contains(&&draft.id));
            all.extend(drafts);
            let places: HashMap<&CustomerId, usize> = urgent.iter().zip(0..).collect();
            let place = |draft: &Draft| draft.customer.as_ref().and_then(|customer| places.get(customer)).copied();
            all.sort_by_key(|draft| (place(draft).is_none(), place(draft)));
            all
        });
        match &answer {
            Ok(_) => {
                self.pending.retain(|customer| !customers.contains(customer));
                self.looked.extend(customers.iter().cloned());
            }
            Err(_) => self.pending.clear(),
        }
        self.found.answer(answer, now);
    }

    /// A draft left the desk.
    pub fn gone(&mut self, id: &str) {
        if let Some(found) = self.found.value_mut() {
            found.retain(|draft| draft.id.as_str() != id);
        }
    }

    /// A customer's window is closing.
    pub fn mask(&mut self, customer: &CustomerId) {
        let all = self.found.value_mut().into_iter().flatten();
        let theirs = all.filter(|draft| draft.customer.as_ref() == Some(customer));
        theirs.flat_map(|draft| &mut draft.to).for_each(Guarded::mask);
    }
}
