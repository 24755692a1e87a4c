//! Owns which answer a change needs. The default is the floor nothing may go below: everything but a read asks, and what
//! deletes or touches many asks for the count to be typed. Settings and `policy.toml` may only tighten it.
//!
//! A person's own small change of one conversation (its status, who has it, its tags …) needs no card: the key press that
//! asks for it is the yes, because it names one record on screen, can be taken back and reaches nobody outside. A rule
//! that is about it puts it on a card like anything else.
//!
//! Of all rules that are about a change the strictest wins, whatever their order. A rule of which it cannot be told whether
//! it is about the change counts as if it were.

pub mod file;
pub mod rule;

pub use file::PolicyError;
pub use rule::{Case, Demand, Holds, Rule};

use super::{Change, Effect};

/// How a person must say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// One key on the card.
    Key,
    /// The number of records, typed, then the key.
    Count(u64),
    /// A reason of the person's own, then the key.
    Reason {
        /// The number of records, where it is to be typed too.
        count: Option<u64>,
    },
    /// A reason and the key, and after it the same of a second person.
    Two {
        /// The number of records, where it is to be typed too.
        count: Option<u64>,
    },
}

impl Confirm {
    fn new(count: Option<u64>, demand: Demand) -> Self {
        match (demand, count) {
            (Demand::Ask, None) => Self::Key,
            (Demand::Ask, Some(count)) => Self::Count(count),
            (Demand::Reason, count) => Self::Reason { count },
            // What is denied never asks; if it did, it would ask the most.
            (Demand::TwoPersons | Demand::Deny, count) => Self::Two { count },
        }
    }

    /// The number of records, where it has to be typed.
    pub fn count(self) -> Option<u64> {
        match self {
            Self::Key => None,
            Self::Count(count) => Some(count),
            Self::Reason { count } | Self::Two { count } => count,
        }
    }

    /// The same way, for this number of records.
    #[must_use]
    pub fn counting(self, count: Option<u64>) -> Self {
        match (self, count) {
            (Self::Key | Self::Count(_), None) => Self::Key,
            (Self::Key | Self::Count(_), Some(count)) => Self::Count(count),
            (Self::Reason { .. }, count) => Self::Reason { count },
            (Self::Two { .. }, count) => Self::Two { count },
        }
    }

    /// Whether the person has to say why they approve.
    pub fn wants_reason(self) -> bool {
        match self {
            Self::Key | Self::Count(_) => false,
            Self::Reason { .. } | Self::Two { .. } => true,
        }
    }

    /// Whether a second person has to say yes after the first.
    pub fn wants_second(self) -> bool {
        match self {
            Self::Key | Self::Count(_) | Self::Reason { .. } => false,
            Self::Two { .. } => true,
        }
    }
}

/// The rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Whether also a person's own small changes are put on a card.
    pub cards_for_own: bool,
    /// More records than this want their number typed.
    pub count_over: u64,
    /// The rules of `policy.toml`, in its order.
    pub rules: Vec<Rule>,
}

impl Default for Policy {
    /// The floor.
    fn default() -> Self {
        Self { cards_for_own: false, count_over: Self::MANY, rules: Vec::new() }
    }
}

/// What the rules say of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// The strictest demand.
    pub demand: Demand,
    /// The names of the rules that demand it.
    pub rules: Vec<String>,
    /// Whether any rule at all is about it: a small change goes on a card then.
    pub is_ruled: bool,
    /// What would be demanded at most if every rule of which nothing can be told were about it, where that is more than
    /// what certainly is demanded.
    pub at_most: Option<Demand>,
}

/// What becomes of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It only looks: nobody is asked.
    OnlyReads,
    /// It is put before a person.
    Card {
        /// How they must say yes.
        confirm: Confirm,
        /// The rules that ask more than the floor.
        rules: Vec<String>,
    },
    /// It is not done.
    Denied {
        /// The rule that says so.
        rule: String,
    },
}

/// Attributes of a conversation that triage moves: reversible, seen by the team only (Kustomer API reference 10.2).
const SMALL: [&str; 8] = ["status", "snooze", "priority", "tags", "assignedUsers", "assignedTeams", "queue", "rev"];

impl Policy {
    /// How many records a single change may touch before the count has to be typed, at most.
    pub const MANY: u64 = 10;

    /// Whether the person who wants it may approve it by the very key that asked for it: one request on one conversation
    /// that moves nothing but what triage moves, and that no rule is about.
    pub fn is_small(&self, change: &Change) -> bool {
        let [request] = change.requests() else { return false };
        let moves_little = request
            .body
            .as_ref()
            .and_then(serde_json::Value::as_object)
            .is_some_and(|body| !body.is_empty() && body.keys().all(|key| SMALL.contains(&key.as_str())));
        !self.cards_for_own
            && change.effect() == Effect::Write
            && change.count() == 1
            && change.operation().label() == "PATCH /v1/conversations/{id}"
            && moves_little
            && !self.weigh(&Case::Change(change), Holds::CannotTell).is_ruled
    }

    /// What `change` needs; `None` for reads, which need nothing and never become proposals.
    pub fn confirm(&self, change: &Change) -> Option<Confirm> {
        match self.rule(change) {
            Ruling::Card { confirm, .. } => Some(confirm),
            Ruling::OnlyReads | Ruling::Denied { .. } => None,
        }
    }

    /// What becomes of a wish for `change`.
    pub fn rule(&self, change: &Change) -> Ruling {
        if change.effect() == Effect::Read {
            return Ruling::OnlyReads;
        }
        let Weighed { demand, rules, .. } = self.weigh(&Case::Change(change), Holds::CannotTell);
        match (demand, rules.first()) {
            (Demand::Deny, Some(rule)) => Ruling::Denied { rule: rule.clone() },
            _ => Ruling::Card { confirm: Confirm::new(self.floor(change), demand), rules },
        }
    }

    /// The number to type, where the floor wants one.
    fn floor(&self, change: &Change) -> Option<u64> {
        let is_many = match change.effect() {
            Effect::Bulk | Effect::Delete => true,
            Effect::Read | Effect::Unmask | Effect::Disclose | Effect::Draft | Effect::Write | Effect::Send => {
                change.count() > self.count_over.min(Self::MANY)
            }
        };
        is_many.then(|| change.count())
    }

    /// What the rules say of a case. A rule counts that is `sure` to be about it, or less sure than that: a change that
    /// waits is weighed with [`Holds::CannotTell`], a decision of the past with [`Holds::Yes`].
    pub fn weigh(&self, case: &Case<'_>, sure: Holds) -> Weighed {
        let about: Vec<(&Rule, Holds)> = self.rules.iter().map(|rule| (rule, rule.is_about(case))).collect();
        let strictest =
            |least: Holds| about.iter().filter(|(_, holds)| *holds >= least).map(|(rule, _)| rule.demand).max();
        let certain = strictest(sure);
        let demand = certain.unwrap_or_default();
        let demanding = about.iter().filter(|(rule, holds)| *holds >= sure && rule.demand == demand);
        Weighed {
            demand,
            rules: demanding.map(|(rule, _)| rule.name.clone()).collect(),
            is_ruled: certain.is_some(),
            at_most: strictest(Holds::CannotTell).filter(|most| Some(*most) > certain),
        }
    }

    /// Whether a rule looks at who the customer is: then somebody has to look them up.
    pub fn looks_at_customers(&self) -> bool {
        self.rules.iter().any(Rule::looks_at_the_customer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::change::tests::note, *};
    use crate::approval::facts::{Facts, Segment};

    fn policy(text: &str) -> Policy {
        file::parse("policy.toml", text, &["conversation_add_note"]).expect("a policy")
    }

    #[test]
    fn the_strictest_rule_wins_whatever_the_order() {
        let rules = ["ask with reason", "deny", "ask", "two persons"];
        let text: String = rules.iter().map(|answer| format!("[[rule]]\nanswer = \"{answer}\"\n")).collect();
        assert_eq!(policy(&text).rule(&note("x")), Ruling::Denied { rule: "rule 2".into() });
        let text: String =
            rules.iter().filter(|a| **a != "deny").map(|answer| format!("[[rule]]\nanswer = \"{answer}\"\n")).collect();
        let card = Ruling::Card { confirm: Confirm::Two { count: None }, rules: vec!["rule 3".into()] };
        assert_eq!(policy(&text).rule(&note("x")), card);
    }

    #[test]
    fn a_read_is_no_proposal_and_settings_ask_for_no_fewer_counts_than_the_floor() {
        use crate::approval::{ChangeParts, Operation, fixture::parts};
        let read = Change::new(parts(Effect::Read, Operation::Other));
        assert_eq!(Policy::default().rule(&read), Ruling::OnlyReads);
        let many = Change::new(ChangeParts { count: 11, ..parts(Effect::Write, Operation::Other) });
        let loose = Policy { count_over: 1_000, ..Policy::default() };
        assert_eq!(loose.confirm(&many), Some(Confirm::Count(11)));
    }

    #[test]
    fn a_rule_about_customers_counts_until_they_are_known_to_be_others() {
        let vip = policy("[[rule]]\nname = \"vip\"\ntag = \"VIP\"\nanswer = \"ask with reason\"");
        let tagged = |tags: &[&str]| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            note("x").known(Facts { segment: Some(Segment { tags, ..Segment::default() }), ..Facts::default() })
        };
        let asks = |change| vip.confirm(&change);
        assert_eq!(asks(note("x")), Some(Confirm::Reason { count: None }), "nobody looked: it counts");
        assert_eq!(asks(tagged(&["vip"])), Some(Confirm::Reason { count: None }));
        assert_eq!(asks(tagged(&["other"])), Some(Confirm::Key));
    }

    #[test]
    fn a_tool_rule_is_about_that_tool_only() {
        let rule = policy("[[rule]]\ntool = \"conversation_add_note\"\nanswer = \"deny\"");
        let through = |tool: &str| note("x").known(Facts { tool: Some(tool.into()), ..Facts::default() });
        assert_eq!(rule.confirm(&through("conversation_add_note")), None);
        assert_eq!(rule.confirm(&through("other")), Some(Confirm::Key));
        assert_eq!(rule.confirm(&note("x")), Some(Confirm::Key), "a person's own change came through no tool");
    }

    proptest! {
        /// Whatever is in the file, nothing asks less than without it.
        #[test]
        fn no_policy_is_looser_than_the_floor(
            demands in proptest::collection::vec(0_usize..3, 0..6),
            effects in proptest::collection::vec(0_usize..6, 0..3),
            count_over in 0_u64..=10,
        ) {
            const WORDS: [&str; 6] = ["unmask", "draft", "write", "send", "bulk", "delete"];
            let effects: Vec<String> = effects.iter().map(|at| format!("{:?}", WORDS[*at])).collect();
            let condition = if effects.is_empty() { String::new() } else { format!("effect = [{}]\n", effects.join(", ")) };
            let rules: String = demands
                .iter()
                .map(|at| format!("[[rule]]\n{condition}answer = {:?}\n", Demand::ALL[*at].word()))
                .collect();
            let policy = policy(&format!("count_over = {count_over}\n{rules}"));
            let confirm = policy.confirm(&note("x")).expect("nothing here denies");
            let floor = Policy::default().confirm(&note("x")).expect("a write asks");
            prop_assert!(floor.count().is_none() || confirm.count().is_some());
        }
    }
}
