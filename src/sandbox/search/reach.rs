//! Owns how far a question has to look in a world too large to look at whole: which seeded customers can have a record
//! that answers it. Does not judge records (`eval`) nor look through the rest (`scan`).
//!
//! Invariant: a seeded record that answers the question stands in the tree of a customer of the reach. Only what all
//! answers must meet (`and`) narrows it.

use std::collections::BTreeSet;

use super::{
    super::{
        doc::Kind,
        seed::{self, Part, Plan, lookup},
    },
    catalogue::{Attribute, Family, Place},
    parse::{Criterion, Operand, Operator, Question},
};

/// Some of the seeded customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These.
    These(BTreeSet<usize>),
    /// So many from the first on.
    First(usize),
}

impl Reach {
    /// Whom the question reaches.
    pub fn of(question: &Question, plan: &Plan) -> Self {
        if question.context.kind().and_then(Part::of).is_none() {
            return Self::First(0);
        }
        let these = question.and.iter().filter_map(|criterion| named(criterion, plan)).min_by_key(BTreeSet::len);
        match these {
            Some(these) => Self::These(if question.looks_at_companies() { colleagues(&these, plan) } else { these }),
            None if question.and.iter().any(only_busy) => Self::First(plan.customers.min(seed::BUSY)),
            None => Self::First(plan.customers),
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::These(these) => these.len(),
            Self::First(customers) => *customers,
        }
    }

    /// All of them, in order.
    pub fn customers(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::These(these) => Box::new(these.iter().copied()),
            Self::First(customers) => Box::new(0..*customers),
        }
    }
}

impl Question {
    /// All it looks at.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        let criteria = self.and.iter().chain(&self.or).chain(&self.not).map(|criterion| &criterion.attribute);
        criteria.chain(self.sort.iter().map(|sort| &sort.by))
    }

    /// Whether a record can be judged by another customer's of the same company.
    pub fn looks_at_companies(&self) -> bool {
        self.context == Family::Company || self.attributes().any(|attribute| attribute.family == Family::Company)
    }

    /// Whether the answer changes by itself while time passes.
    pub fn looks_at_deadlines(&self) -> bool {
        let is_deadline =
            |place: &Place| matches!(place, Place::SlaBreached | Place::SlaBreachAt | Place::SlaBreachMetric);
        self.attributes().any(|attribute| is_deadline(&attribute.place))
    }

    /// Whether customers' heads are enough to find and judge: nothing that was said matters.
    pub fn is_about_heads(&self) -> bool {
        let is_said = |attribute: &Attribute| {
            attribute.family == Family::Anything
                || attribute.place == Place::TrackingEvents
                || attribute.family.kind().and_then(Part::of) == Some(Part::Threads)
        };
        self.context.kind().and_then(Part::of) == Some(Part::Head) && !self.attributes().any(is_said)
    }
}

/// The customers a company of one of these can have.
pub fn colleagues(these: &BTreeSet<usize>, plan: &Plan) -> BTreeSet<usize> {
    these.iter().flat_map(|index| lookup::block_of(plan, *index)).collect()
}

/// The customers a criterion names by a value that is theirs alone.
fn named(criterion: &Criterion, plan: &Plan) -> Option<BTreeSet<usize>> {
    let (Operator::Equals, Operand::Texts(texts)) = (criterion.operator, &criterion.operand) else { return None };
    let family = &criterion.attribute.family;
    let by_id = |text: &String| lookup::by_id(plan, text).into_iter().collect::<Vec<_>>();
    let by_external_id = |kind: Kind, text: &String| {
        // Texts come in lower case; the external ids of seeded records are in upper case, those of mails in lower.
        [text.clone(), text.to_uppercase()].iter().flat_map(|text| lookup::by_external_id(plan, kind, text)).collect()
    };
    let look = |text: &String| match (&criterion.attribute.place, family.kind()?) {
        (Place::Id, Kind::Company) | (Place::Paths(["@company"]), _) => Some(lookup::by_company(plan, text)),
        (Place::Id, kind) => Part::of(kind).map(|_| by_id(text)),
        (Place::Paths(["@customer" | "@conversation"]), _) => Some(by_id(text)),
        (Place::Paths(["emails.email"]), Kind::Customer) => Some(lookup::by_email(plan, text)),
        (Place::Paths(["phones.phone", ..]), Kind::Customer) => Some(lookup::by_phone(plan, text)),
        (Place::Paths(["externalId", ..]), kind) => Part::of(kind).map(|_| by_external_id(kind, text)),
        _ => None,
    };
    let found: Option<Vec<Vec<usize>>> = texts.iter().map(look).collect();
    Some(found?.into_iter().flatten().collect())
}

/// Whether only a busy customer's record meets a criterion: everything of the others is done.
fn only_busy(criterion: &Criterion) -> bool {
    let attribute = &criterion.attribute;
    match (&attribute.place, criterion.operator, &criterion.operand) {
        (Place::Paths(["status" | "progressiveStatus"]), operator, Operand::Texts(texts)) => {
            let is_done = |text: &String| text == "done";
            matches!(attribute.family, Family::Conversation | Family::Customer)
                && match operator {
                    Operator::Equals | Operator::Contains => !texts.iter().any(is_done),
                    Operator::NotEquals | Operator::NotContains => texts.iter().any(is_done),
                    _ => false,
                }
        }
        (Place::SlaBreached, Operator::Equals, Operand::Flag(wanted)) => *wanted,
        _ => false,
    }
}
