//! Owns one rule of the policy: what it is about, what it demands, and whether it is about a case. What cannot be told
//! about a case counts as a match: a rule is there to ask more, and ignorance must not ask less. Reads no file (`file`).

use std::collections::BTreeMap;

use super::super::{
    Change, Effect, Operation, Request,
    facts::{self, Recorded, Segment},
};

/// What a rule demands, the strictest last. Each includes what those before it ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// A card, as the floor has it.
    #[default]
    Ask,
    /// A card, and the person who approves says why.
    Reason,
    /// A reason, and another person's yes after the first one's.
    TwoPersons,
    /// It is not done at all.
    Deny,
}

impl Demand {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ask, Self::Reason, Self::TwoPersons, Self::Deny];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Reason => "ask with reason",
            Self::TwoPersons => "two persons",
            Self::Deny => "deny",
        }
    }
}

/// A number in the request's body, and the most it may be before the rule is about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    /// The field's dotted name (`custom.refundNum`).
    pub field: String,
    /// The rule is about anything above this.
    pub over: f64,
}

/// A rule. Conditions that are absent hold for everything; all that are there have to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// What people call it: on cards, in the trail, in errors.
    pub name: String,
    /// One of these effects; none: any.
    pub effects: Vec<Effect>,
    /// Wanted through one of these tools; none: however it was wanted.
    pub tools: Vec<String>,
    /// Leaving over one of these channels; none: over any or none.
    pub channels: Vec<String>,
    /// The customer or conversation has one of these tags; none: whatever they have.
    pub tags: Vec<String>,
    /// The customer's attributes have one of these values, each.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// A number in the request.
    pub amount: Option<Over>,
    /// What it demands.
    pub demand: Demand,
}

/// Whether a rule's tools name this one: by its name, or as one of all a source offers (`desk/*`).
fn names(tools: &[String], tool: &str) -> bool {
    let all = tool.split_once('/').map(|(source, _)| format!("{source}/*"));
    tools.iter().any(|one| one == tool || all.as_ref() == Some(one))
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It does not.
    No,
    /// Too little is known to say.
    CannotTell,
    /// It does.
    Yes,
}

impl Holds {
    fn sure(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// What rules are asked about: a change that waits, or one that was decided and of which the trail kept a part.
#[derive(Clone, Copy, Debug)]
pub enum Case<'a> {
    /// A change, whole.
    Change(&'a Change),
    /// What was written down; `None` where an older version wrote nothing of the kind.
    Recorded(Effect, Option<&'a Recorded>),
}

impl Case<'_> {
    fn effect(&self) -> Effect {
        match self {
            Self::Change(change) => change.effect(),
            Self::Recorded(effect, _) => *effect,
        }
    }

    fn tool(&self, tools: &[String]) -> Holds {
        match self {
            // By the name its source gives it, and by that of the tool of ours that does the same.
            Self::Change(change) => {
                let all = change.tool().into_iter().chain(change.facts().tool.clone());
                Holds::sure(all.into_iter().any(|tool| names(tools, &tool)))
            }
            Self::Recorded(_, Some(kept)) => Holds::sure(names(tools, &kept.tool)),
            Self::Recorded(_, None) => Holds::CannotTell,
        }
    }

    fn channel(&self, channels: &[String]) -> Holds {
        let has = |channel: &str| channels.iter().any(|one| one == channel);
        match self {
            Self::Change(change) => match &change.subject().channel {
                Some(channel) => Holds::sure(has(channel.as_str())),
                // A request as somebody wrote it, or something that leaves over a channel nobody named.
                None if [Operation::Other, Operation::CallTool].contains(&change.operation())
                    || speaks(change.effect()) =>
                {
                    Holds::CannotTell
                }
                None => Holds::No,
            },
            Self::Recorded(_, Some(kept)) if !kept.channel.is_empty() => Holds::sure(has(&kept.channel)),
            Self::Recorded(effect, Some(_)) if !speaks(*effect) => Holds::No,
            Self::Recorded(..) => Holds::CannotTell,
        }
    }

    fn tags(&self, tags: &[String]) -> Holds {
        let any = |there: &[String]| Holds::sure(there.iter().any(|tag| tags.iter().any(|one| same(one, tag))));
        match self {
            Self::Change(change) => change.facts().segment.as_ref().map_or(Holds::CannotTell, |known| any(&known.tags)),
            Self::Recorded(_, kept) => kept.and_then(|kept| kept.tags.as_deref()).map_or(Holds::CannotTell, any),
        }
    }

    fn attributes(&self, wanted: &BTreeMap<String, Vec<String>>) -> Holds {
        let has = |segment: &Segment| {
            let one = |(name, values): (&String, &Vec<String>)| match segment.attributes.get(name) {
                Some(value) => values.iter().any(|one| same(one, value)),
                None => false,
            };
            Holds::sure(wanted.iter().all(one))
        };
        match self {
            Self::Change(change) => change.facts().segment.as_ref().map_or(Holds::CannotTell, has),
            Self::Recorded(..) => Holds::CannotTell,
        }
    }

    fn amount(&self, amount: &Over) -> Holds {
        match self {
            // A plan's rows are not here to be looked at.
            Self::Change(change) if change.manifest().is_some() => Holds::CannotTell,
            Self::Change(change) => above(change.requests(), amount),
            Self::Recorded(_, Some(kept)) => match kept.amounts.get(&amount.field) {
                Some(digits) => classed(*digits, amount.over),
                None if kept.amounts_cut => Holds::CannotTell,
                None => Holds::No,
            },
            Self::Recorded(_, None) => Holds::CannotTell,
        }
    }
}

impl Rule {
    /// Whether it is about this case: the least sure of its conditions decides, and one that does not hold ends it.
    pub fn is_about(&self, case: &Case<'_>) -> Holds {
        let conditions = [
            (!self.effects.is_empty()).then(|| Holds::sure(self.effects.contains(&case.effect()))),
            (!self.tools.is_empty()).then(|| case.tool(&self.tools)),
            (!self.channels.is_empty()).then(|| case.channel(&self.channels)),
            (!self.tags.is_empty()).then(|| case.tags(&self.tags)),
            (!self.attributes.is_empty()).then(|| case.attributes(&self.attributes)),
            self.amount.as_ref().map(|amount| case.amount(amount)),
        ];
        conditions.into_iter().flatten().min().unwrap_or(Holds::Yes)
    }

    /// Whether it looks at who the customer is.
    pub fn looks_at_the_customer(&self) -> bool {
        !self.tags.is_empty() || !self.attributes.is_empty()
    }
}

/// Whether an effect carries words towards a customer.
fn speaks(effect: Effect) -> bool {
    match effect {
        Effect::Draft | Effect::Send => true,
        Effect::Read | Effect::Unmask | Effect::Disclose | Effect::Write | Effect::Bulk | Effect::Delete => false,
    }
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn above(requests: &[Request], amount: &Over) -> Holds {
    let one = |value| match facts::number(value) {
        Some(number) => Holds::sure(number.abs() > amount.over),
        // Something stands there and is no number: `1,000.00` may be anything.
        None => Holds::CannotTell,
    };
    facts::at(requests, &amount.field).into_iter().map(one).max().unwrap_or(Holds::No)
}

/// Whether a number of so many digits is above a bound.
fn classed(digits: u32, over: f64) -> Holds {
    let most = 10_f64.powi(i32::try_from(digits).unwrap_or(i32::MAX));
    let least = if digits == 0 { 0.0 } else { most / 10.0 };
    if least > over {
        Holds::Yes
    } else if most <= over {
        Holds::No
    } else {
        Holds::CannotTell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_of_which_only_the_digits_are_known_is_judged_as_far_as_that_goes() {
        let of = |digits, over| classed(digits, over);
        assert_eq!([of(3, 99.0), of(3, 1000.0), of(3, 250.0)], [Holds::Yes, Holds::No, Holds::CannotTell]);
        assert_eq!([of(0, 1.0), of(3, 100.0)], [Holds::No, Holds::CannotTell]);
    }
}
