//! Owns when a turn has gone far enough: its budgets, the calls a model makes again and again, what a person keeps refusing.
//! Pure counting; does not end anything itself (`turn`).
//!
//! A read may be made twice with the same arguments; the third time its model is told that it has the answer, the fourth
//! time the turn ends. What was counted is forgotten once a change was made: then the same read may say something new.

use std::{collections::BTreeMap, fmt};

use crate::{domain::Text, tools::Spec};

/// Reads of the same thing that are run.
const SAME_RUN: u32 = 2;
/// Reads of the same thing after which the turn ends.
const SAME_END: u32 = 4;
/// Refusals of one tool, without a yes to it between, after which the turn ends.
const REFUSALS: u32 = 3;
/// Calls looked back at to tell a circle of two from a repetition.
const TAIL: usize = 4;

/// What one turn may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budgets {
    /// Times the model may be asked.
    rounds: u32,
    /// Calls of tools.
    calls: u32,
    /// Calls that only wait for something: a bulk job of some minutes, watched in steps of a few seconds, must fit.
    polls: u32,
    /// Tokens, where the endpoint counts them.
    tokens: u64,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { rounds: 24, calls: 40, polls: 150, tokens: 1_000_000 }
    }
}

/// Why a limit of ours ended a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The model was asked this often.
    Rounds(u32),
    /// This many calls were made.
    Calls(u32),
    /// Something was waited for this often.
    Polls(u32),
    /// This many tokens were spent.
    Tokens {
        /// As the endpoint counted them.
        spent: u64,
        /// What was allowed.
        allowed: u64,
    },
    /// The same call with the same arguments, again and again.
    Same {
        /// The tool.
        name: &'static str,
        /// How often it was asked for.
        times: u32,
    },
    /// Two calls in turn, round and round.
    Circle {
        /// One tool.
        name: &'static str,
        /// The other.
        other: &'static str,
    },
    /// The model asked again for exactly what had been refused.
    RefusedTwice {
        /// The tool, as the model wrote it.
        name: Text,
    },
    /// A person kept refusing what this tool wanted.
    RefusedOften {
        /// The tool.
        name: &'static str,
        /// How often.
        times: u32,
    },
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rounds(rounds) => write!(f, "the model was asked {rounds} times without coming to an end"),
            Self::Calls(calls) => write!(f, "it had used up its {calls} tool calls"),
            Self::Polls(polls) => write!(f, "it had looked {polls} times whether something was done, and it was not"),
            Self::Tokens { spent, allowed } => write!(f, "it had spent {spent} of {allowed} tokens"),
            Self::Same { name, times } => {
                write!(f, "the model asked {times} times for the same {name}, and had the answer each time")
            }
            Self::Circle { name, other } => write!(f, "the model went round in a circle between {name} and {other}"),
            Self::RefusedTwice { .. } => f.write_str("the model asked again for exactly what had been refused"),
            Self::RefusedOften { name, times } => {
                write!(f, "what {name} wanted was refused {times} times, and the model kept asking")
            }
        }
    }
}

/// What is to be done with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Run it.
    Run,
    /// Tell the model that it has the answer already.
    Known,
    /// Answer it, and end the turn.
    End(Limit),
}

/// Names a call by what it asks for: the tool, and its arguments in one spelling.
pub(super) type Wish = (&'static str, String);

/// What one turn has spent and repeated.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    budgets: Budgets,
    rounds: u32,
    calls: u32,
    polls: u32,
    tokens: u64,
    /// How often each read was asked for since the last change.
    same: BTreeMap<Wish, u32>,
    /// The newest calls, oldest first.
    tail: Vec<Wish>,
    /// Wishes a person refused in this turn.
    refused: Vec<Wish>,
    /// Refusals by tool since its last yes.
    refusals: BTreeMap<&'static str, u32>,
}

impl Tally {
    /// Counts a question to the model, if there may be another.
    pub(super) fn round(&mut self) -> Result<(), Limit> {
        if self.rounds >= self.budgets.rounds {
            return Err(Limit::Rounds(self.budgets.rounds));
        }
        if self.tokens >= self.budgets.tokens {
            return Err(Limit::Tokens { spent: self.tokens, allowed: self.budgets.tokens });
        }
        self.rounds += 1;
        Ok(())
    }

    /// Counts tokens.
    pub(super) fn spent(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// A round that only polls has a budget of its own.
    pub(super) fn only_polled(&mut self) {
        if self.polls < self.budgets.polls {
            self.rounds = self.rounds.saturating_sub(1);
        }
    }

    /// Counts a call and says what to do with it.
    pub(super) fn call(&mut self, spec: &Spec, wish: Wish) -> Verdict {
        if self.refused.contains(&wish) {
            return Verdict::End(Limit::RefusedTwice { name: Text::from(spec.name) });
        }
        if spec.polls {
            self.polls += 1;
            return if self.polls > self.budgets.polls {
                Verdict::End(Limit::Polls(self.budgets.polls))
            } else {
                Verdict::Run
            };
        }
        self.calls += 1;
        if self.calls > self.budgets.calls {
            return Verdict::End(Limit::Calls(self.budgets.calls));
        }
        self.tail.push(wish.clone());
        let times = self.same.entry(wish).or_default();
        *times += 1;
        match *times {
            times if times >= SAME_END => Verdict::End(self.repetition(spec.name, times)),
            times if times > SAME_RUN => Verdict::Known,
            _ => Verdict::Run,
        }
    }

    /// The same call over and over, or two that call for each other.
    fn repetition(&self, name: &'static str, times: u32) -> Limit {
        let tail = &self.tail[self.tail.len().saturating_sub(TAIL)..];
        match tail {
            [a, b, c, d] if a == c && b == d && a != b => Limit::Circle { name: a.0, other: b.0 },
            _ => Limit::Same { name, times },
        }
    }

    /// A person said no.
    pub(super) fn refused(&mut self, wish: Wish) -> Option<Limit> {
        let name = wish.0;
        self.refused.push(wish);
        let times = self.refusals.entry(name).or_default();
        *times += 1;
        (*times >= REFUSALS).then_some(Limit::RefusedOften { name, times: *times })
    }

    /// A change was made: what was read before it may be read again.
    pub(super) fn changed(&mut self, name: &'static str) {
        self.same.clear();
        self.refusals.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools;

    fn spec(name: &str) -> &'static Spec {
        tools::by_name(name).expect("a tool").spec
    }

    fn ask(tally: &mut Tally, name: &str, arguments: &str) -> Verdict {
        let spec = spec(name);
        tally.call(spec, (spec.name, arguments.to_owned()))
    }

    #[test]
    fn the_same_read_runs_twice_is_told_once_and_ends_the_turn() {
        let mut tally = Tally::default();
        let said: Vec<Verdict> = (0..4).map(|_| ask(&mut tally, "klass_list", "{}")).collect();
        let end = Verdict::End(Limit::Same { name: "klass_list", times: 4 });
        assert_eq!(said, [Verdict::Run, Verdict::Run, Verdict::Known, end]);
    }

    #[test]
    fn two_calls_in_turn_are_a_circle() {
        let mut tally = Tally::default();
        let mut last = Verdict::Run;
        for _ in 0..4 {
            ask(&mut tally, "customer_get", "{\"customer_id\":\"1\"}");
            last = ask(&mut tally, "klass_list", "{}");
        }
        assert_eq!(last, Verdict::End(Limit::Circle { name: "customer_get", other: "klass_list" }));
    }

    #[test]
    fn a_change_lets_the_same_be_read_again() {
        let mut tally = Tally::default();
        for _ in 0..3 {
            ask(&mut tally, "customer_get", "{}");
        }
        tally.changed("customer_unmask");
        assert_eq!(ask(&mut tally, "customer_get", "{}"), Verdict::Run);
    }

    #[test]
    fn what_is_refused_three_times_is_not_asked_for_a_fourth() {
        let mut tally = Tally::default();
        let mut refuse = |arguments: &str| tally.refused(("draft_sms", arguments.to_owned()));
        assert_eq!([refuse("a"), refuse("b")], [None, None]);
        assert_eq!(refuse("c"), Some(Limit::RefusedOften { name: "draft_sms", times: 3 }));
        tally.changed("draft_sms");
        assert_eq!(tally.refused(("draft_sms", "d".to_owned())), None);
    }

    #[test]
    fn tokens_end_a_turn_where_they_are_counted() {
        let budgets = Budgets { tokens: 100, ..Budgets::default() };
        let mut tally = Tally { budgets, ..Tally::default() };
        assert_eq!(tally.round(), Ok(()));
        tally.spent(120);
        assert_eq!(tally.round(), Err(Limit::Tokens { spent: 120, allowed: 100 }));
    }
}
