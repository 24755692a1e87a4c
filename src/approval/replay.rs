//! Owns trying a changed policy on what was decided before. The trail keeps no request, so some rules cannot be judged
//! from it: that is said for each decision, never guessed. Decides nothing.

use serde::Serialize;

use super::{Case, Demand, Effect, Entry, Holds, Policy, Weighed};

/// One decision, as another policy would have treated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Its entry.
    pub seq: u64,
    /// When.
    pub at: String,
    /// `approved` or `refused`.
    pub decision: String,
    /// The effect's word.
    pub effect: String,
    /// The operation's words.
    pub operation: String,
    /// What was asked for then.
    pub then: String,
    /// What would be asked for.
    pub now: String,
    /// Whether that differs.
    pub verdict: Differs,
    /// The rules that would ask it.
    pub rules: Vec<String>,
}

/// Whether a decision would have been treated differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// As it was.
    Same,
    /// Otherwise.
    Differently,
    /// The entry holds too little to say.
    CannotTell,
}

impl Differs {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differently => "differently",
            Self::CannotTell => "cannot tell",
        }
    }
}

/// What a key alone decided, as the trail calls it.
const OWN_KEY: &str = "own key";

/// The newest `last` decisions among `entries`, the newest first, each weighed anew.
pub fn replay(entries: &[Entry], policy: &Policy, last: usize) -> Vec<Replayed> {
    let mut decisions: Vec<&Entry> =
        entries.iter().filter(|entry| ["approved", "refused"].contains(&entry.event.as_str())).collect();
    decisions.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
    decisions.into_iter().take(last).map(|entry| replayed(entry, policy)).collect()
}

fn replayed(entry: &Entry, policy: &Policy) -> Replayed {
    let then = entry.facts.as_ref().map(|facts| facts.asked.clone());
    let effect = Effect::named(&entry.effect);
    let (now, verdict, rules) = match effect {
        Some(effect) => {
            let weighed = policy.weigh(&Case::Recorded(effect, entry.facts.as_ref()), Holds::Yes);
            let (now, verdict) = judged(then.as_deref(), &weighed, policy.cards_for_own);
            (now, verdict, if weighed.is_ruled { weighed.rules } else { Vec::new() })
        }
        None => ("not known".to_owned(), Differs::CannotTell, Vec::new()),
    };
    Replayed {
        seq: entry.seq,
        at: entry.at.clone(),
        decision: entry.event.clone(),
        effect: entry.effect.clone(),
        operation: entry.operation.clone(),
        then: then.unwrap_or_else(|| "not recorded".to_owned()),
        now,
        verdict,
        rules,
    }
}

/// What would be asked for, in words, and whether that differs from what was.
fn judged(then: Option<&str>, weighed: &Weighed, cards_for_own: bool) -> (String, Differs) {
    let is_own = then == Some(OWN_KEY);
    let least = if is_own && !weighed.is_ruled && !cards_for_own { OWN_KEY } else { weighed.demand.word() };
    let Some(most) = weighed.at_most else {
        let verdict = match then {
            Some(then) if then == least => Differs::Same,
            None if weighed.demand < Demand::Deny => Differs::CannotTell,
            Some(_) | None => Differs::Differently,
        };
        return (least.to_owned(), verdict);
    };
    let then = then.and_then(|then| Demand::ALL.into_iter().find(|demand| demand.word() == then));
    // Outside of all it could be is certain; within, nobody knows.
    let outside = then.is_some_and(|then| then < weighed.demand || then > most);
    let verdict = if outside { Differs::Differently } else { Differs::CannotTell };
    (format!("{least}, or up to {}", most.word()), verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::{Recorded, policy::file};

    fn decision(seq: u64, effect: &str, facts: Option<Recorded>) -> Entry {
        Entry { seq, event: "approved".into(), effect: effect.into(), facts, ..Entry::default() }
    }

    fn asked(asked: &str) -> Recorded {
        Recorded { asked: asked.into(), ..Recorded::default() }
    }

    fn verdicts(rules: &str, entries: &[Entry]) -> Vec<(u64, String, Differs)> {
        let policy = file::parse("policy.toml", rules, &["customer_update"]).expect("a policy");
        replay(entries, &policy, 9).into_iter().map(|row| (row.seq, row.now, row.verdict)).collect()
    }

    #[test]
    fn what_would_differ_is_told_from_what_would_not_and_from_what_nobody_can_tell() {
        let by_tool = Recorded { tool: "customer_update".into(), ..asked("ask") };
        let entries = [
            decision(1, "write", Some(by_tool)),
            decision(2, "write", Some(asked("ask"))),
            decision(3, "write", Some(asked("own key"))),
            decision(4, "write", None),
            Entry { event: "done".into(), ..decision(5, "write", None) },
        ];
        let rules = "[[rule]]\ntool = \"customer_update\"\nanswer = \"ask with reason\"";
        assert_eq!(
            verdicts(rules, &entries),
            [
                (4, "ask, or up to ask with reason".into(), Differs::CannotTell),
                (3, "own key".into(), Differs::Same),
                (2, "ask".into(), Differs::Same),
                (1, "ask with reason".into(), Differs::Differently),
            ]
        );
        let denies = verdicts("[[rule]]\neffect = \"write\"\nanswer = \"deny\"", &entries);
        assert!(denies.iter().all(|(_, now, verdict)| now == "deny" && *verdict == Differs::Differently), "{denies:?}");
    }

    #[test]
    fn amounts_and_customers_are_judged_only_as_far_as_the_entry_goes() {
        let of = |digits| Recorded { amounts: [("custom.refundNum".to_owned(), digits)].into(), ..asked("ask") };
        let entries =
            [decision(1, "write", Some(of(2))), decision(2, "write", Some(of(3))), decision(3, "write", Some(of(4)))];
        let rules = "[[rule]]\namount = { field = \"custom.refundNum\", over = 250 }\nanswer = \"two persons\"";
        let told: Vec<Differs> = verdicts(rules, &entries).into_iter().map(|(.., verdict)| verdict).collect();
        assert_eq!(told, [Differs::Differently, Differs::CannotTell, Differs::Same]);
        let vip = "[[rule]]\nattribute = { tier = \"gold\" }\nanswer = \"deny\"";
        assert!(verdicts(vip, &entries).iter().all(|(.., verdict)| *verdict == Differs::CannotTell));
    }
}
