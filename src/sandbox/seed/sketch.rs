//! Owns what is known of a customer who is history without writing their conversations: who they are and when things ended.
//! A search that asks for no more looks at a million customers in seconds. Does not write whole records (`customer`,
//! `conversation`).
//!
//! Invariant: a sketch says of every attribute it covers ([`Sketch::of`]) exactly what the whole record says.

use super::{
    BUSY, Plan, customer,
    ids::{self, Space},
    people, stamp, threads,
};
use crate::sandbox::doc::{Doc, Kind};

/// How much is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sketch {
    /// When something last happened, and for conversations that they are done.
    Times,
    /// Also who the customer is.
    Identity,
}

const TIMES: [&str; 4] = ["updatedAt", "modifiedAt", "lastActivityAt", "lastMessageAt"];

const IDENTITY: [&str; 14] = [
    "name",
    "displayName",
    "firstName",
    "lastName",
    "externalId",
    "externalIds",
    "emails",
    "phones",
    "whatsapps",
    "locations",
    "locale",
    "timeZone",
    "defaultLang",
    "companyName",
];

impl Sketch {
    /// The sketch that covers an attribute of customers or conversations, if one does. `@name` is a relationship.
    pub fn of(kind: Kind, attribute: &str) -> Option<Self> {
        match (kind, attribute) {
            (Kind::Customer | Kind::Conversation, times) if TIMES.contains(&times) => Some(Self::Times),
            (Kind::Conversation, "status" | "@customer") => Some(Self::Times),
            (Kind::Customer, "@company") => Some(Self::Identity),
            (Kind::Customer, identity) if IDENTITY.contains(&identity) => Some(Self::Identity),
            _ => None,
        }
    }
}

/// How many conversations a customer has, if that is known without writing them.
pub fn conversations(plan: &Plan, index: usize) -> Option<usize> {
    (index >= BUSY).then(|| threads::endings(plan, index).len())
}

/// Sketches of a customer's records of a kind; none for busy customers, of whom nothing is known beforehand.
pub fn sketches(plan: &Plan, index: usize, kind: Kind, sketch: Sketch) -> Option<Vec<Doc>> {
    if index < BUSY {
        return None;
    }
    let endings = threads::endings(plan, index);
    match kind {
        Kind::Customer => Some(vec![of_customer(plan, index, endings[endings.len() - 1], sketch)]),
        Kind::Conversation => {
            let positions = endings.into_iter().enumerate();
            Some(positions.map(|(position, ago)| of_conversation(plan, index, position, ago)).collect())
        }
        _ => None,
    }
}

fn of_customer(plan: &Plan, index: usize, ago: i64, sketch: Sketch) -> Doc {
    let mut doc = Doc::new(Kind::Customer, customer_id(plan, index));
    if sketch == Sketch::Identity {
        let person = people::person(plan, index);
        doc.attributes = customer::identity(&person);
        if let Some(company) = person.company {
            doc.related.insert("company".into(), (Kind::Company, company.id));
        }
    }
    write_times(&mut doc, plan.now_ms - ago);
    doc
}

fn of_conversation(plan: &Plan, index: usize, position: usize, ago: i64) -> Doc {
    let id = ids::derived(plan.seed, Space::Conversation, index as u64, position as u64);
    let mut doc = Doc::new(Kind::Conversation, id);
    doc.attributes.insert("status".into(), "done".into());
    doc.related.insert("customer".into(), (Kind::Customer, customer_id(plan, index)));
    write_times(&mut doc, plan.now_ms - ago);
    doc
}

fn customer_id(plan: &Plan, index: usize) -> String {
    ids::derived(plan.seed, Space::Customer, index as u64, 0)
}

fn write_times(doc: &mut Doc, at: i64) {
    let at = stamp(at);
    doc.attributes.extend(TIMES.map(|name| (name.to_owned(), at.clone().into())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::seed::{Part, part};

    #[test]
    fn a_sketch_says_what_the_whole_record_says() {
        let plan = Plan { seed: 42, customers: 1_000_000, now_ms: 1_767_225_600_000 };
        for index in (BUSY..BUSY + 40).chain([77_777, 500_001, 999_999]) {
            let head = part(&plan, index, Part::Head);
            for (kind, sketch) in [
                (Kind::Customer, Sketch::Times),
                (Kind::Customer, Sketch::Identity),
                (Kind::Conversation, Sketch::Times),
            ] {
                let whole: Vec<&Doc> = head.iter().filter(|doc| doc.kind == kind).collect();
                let sketches = sketches(&plan, index, kind, sketch).expect("nobody here is busy");
                assert_eq!(sketches.len(), whole.len());
                for (drawn, whole) in sketches.iter().zip(whole) {
                    assert_eq!(drawn.id, whole.id);
                    for (name, value) in &drawn.attributes {
                        assert_eq!(Some(value), whole.attributes.get(name), "{name}");
                    }
                    let covered = |name: &&String| Sketch::of(kind, name).is_some_and(|needed| needed <= sketch);
                    for name in whole.attributes.keys().filter(covered) {
                        assert!(drawn.attributes.contains_key(name), "{name}");
                    }
                    assert!(drawn.related.iter().all(|(name, to)| whole.related.get(name) == Some(to)));
                }
            }
            let conversations = conversations(&plan, index);
            assert_eq!(conversations, Some(head.iter().filter(|doc| doc.kind == Kind::Conversation).count()));
        }
    }
}
