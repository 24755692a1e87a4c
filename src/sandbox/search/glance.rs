//! Owns the short look at customers who are history: what a question demands of times and names is judged by sketches
//! (`seed::sketch`), which cost a hundredth of the records. Does not judge by itself (`eval`).
//!
//! Invariant: whoever is passed over has no answer; sketches answer only questions that look at nothing they leave out.

use super::{
    super::{
        doc::{Doc, Kind},
        seed::{
            Plan,
            sketch::{self, Sketch},
        },
        world::World,
    },
    catalogue::{Attribute, Family, Place},
    eval::{Eye, Judge},
    parse::Question,
};

/// A look at sketches of one kind.
#[derive(Clone, Debug)]
pub struct Glance {
    kind: Kind,
    sketch: Sketch,
    question: Question,
}

impl Glance {
    /// The glance that answers the whole question, if its context and all it looks at is sketched.
    pub fn that_is_enough(question: &Question) -> Option<Self> {
        let own = |attribute: &Attribute| (attribute.family == question.context).then(|| needed(attribute)).flatten();
        let sketches: Option<Vec<Sketch>> = question.attributes().map(own).collect();
        let kind = sketched(&question.context)?;
        Some(Self { kind, sketch: sketches?.into_iter().max().unwrap_or(Sketch::Times), question: question.clone() })
    }

    /// Glances by what all answers demand of their customer, and of a conversation of theirs. Companies are judged by
    /// customers of other trees, so nobody is passed over for them.
    pub fn that_pass_over(question: &Question) -> Vec<Self> {
        if question.context == Family::Company {
            return Vec::new();
        }
        let families = [Family::Customer, Family::Conversation].into_iter();
        families.filter_map(|family| Self::of_family(question, family)).collect()
    }

    fn of_family(question: &Question, family: Family) -> Option<Self> {
        let of_family = question.and.iter().filter(|criterion| criterion.attribute.family == family);
        let demands = of_family.filter_map(|criterion| Some((needed(&criterion.attribute)?, criterion.clone())));
        let (sketches, and): (Vec<Sketch>, Vec<_>) = demands.unzip();
        let sketch = sketches.into_iter().max()?;
        let kind = sketched(&family)?;
        let question =
            Question { context: family, and, or: Vec::new(), not: Vec::new(), sort: None, ..question.clone() };
        Some(Self { kind, sketch, question })
    }

    /// The sketches of a customer, if they are history.
    pub fn sketches(&self, plan: &Plan, index: usize) -> Option<Vec<Doc>> {
        sketch::sketches(plan, index, self.kind, self.sketch)
    }

    /// Whether a customer can have an answer.
    pub fn may_answer(&self, world: &World, index: usize, now: i64) -> bool {
        let Some(sketches) = self.sketches(world.plan(), index) else { return true };
        // How old the customer is says nothing of how old the answer is.
        let judge = Judge::new(Eye { world, seen: None, now }, &self.question);
        sketches.iter().any(|doc| judge.meets(doc))
    }
}

fn sketched(family: &Family) -> Option<Kind> {
    match family {
        Family::Customer => Some(Kind::Customer),
        Family::Conversation => Some(Kind::Conversation),
        _ => None,
    }
}

/// The sketch that covers an attribute wholly.
fn needed(attribute: &Attribute) -> Option<Sketch> {
    let kind = sketched(&attribute.family)?;
    match attribute.place {
        Place::Id => Some(Sketch::Times),
        Place::Paths(paths) => {
            let heads = paths.iter().map(|path| path.split('.').next().unwrap_or_default());
            let sketches: Option<Vec<Sketch>> = heads.map(|head| Sketch::of(kind, head)).collect();
            sketches?.into_iter().max()
        }
        _ => None,
    }
}
