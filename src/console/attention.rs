//! Owns what the world outside of the window is told: its title and the news for a person who looks elsewhere. Counts
//! only: never a name, a subject or an id. Does not write to a terminal (`term::manners`).

use std::{fmt, time::Duration};

use super::{effect::Effect, state::State};

/// What there is to call a person back for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Conversations past their time.
    pub breaches: usize,
    /// Cards that wait for an answer.
    pub approvals: usize,
    /// Questions of servers that do.
    pub questions: usize,
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let breaches = match self.breaches {
            0 => None,
            1 => Some("1 new breach".to_owned()),
            many => Some(format!("{many} new breaches")),
        };
        let approvals = match self.approvals {
            0 => None,
            1 => Some("1 approval waits".to_owned()),
            many => Some(format!("{many} approvals wait")),
        };
        let questions = match self.questions {
            0 => None,
            1 => Some("a server asks something".to_owned()),
            many => Some(format!("servers ask {many} questions")),
        };
        let words: Vec<String> = breaches.into_iter().chain(approvals).chain(questions).collect();
        f.write_str(&words.join(", "))
    }
}

/// What the person has seen of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    /// Whether the window is known to be out of focus; terminals that do not tell are taken to be looked at.
    pub away: bool,
    seen: News,
    counted: Option<Duration>,
}

/// Counting the queue at each key would cost what a key may cost.
const EACH: Duration = Duration::from_secs(1);

/// The news since the person last looked, once each.
pub fn news(state: &mut State) -> Option<Effect> {
    let now = state.shared.moment.elapsed;
    let Attention { away, seen, counted } = state.shared.attention;
    let is_due = counted.is_none_or(|at| now >= at + EACH);
    let breaches = if is_due { state.panes.breaches(&state.shared) } else { seen.breaches };
    let counted = if is_due { Some(now) } else { counted };
    let counts = News { breaches, approvals: state.desk.len(), questions: state.questions.len() };
    state.shared.attention = Attention { away, seen: counts, counted };
    let news = News {
        breaches: counts.breaches.saturating_sub(seen.breaches),
        approvals: counts.approvals.saturating_sub(seen.approvals),
        questions: counts.questions.saturating_sub(seen.questions),
    };
    (away && news != News::default()).then_some(Effect::Announce(news))
}

/// The window's title.
pub fn title(state: &State) -> String {
    let News { breaches, approvals, questions } = state.shared.attention.seen;
    let mut words = Vec::new();
    if breaches > 0 {
        words.push(format!("{breaches} late"));
    }
    if approvals > 0 {
        words.push(format!("{approvals} to approve"));
    }
    if questions > 0 {
        words.push(format!("{questions} asked"));
    }
    if words.is_empty() { "Shiftdeck".to_owned() } else { format!("Shiftdeck ({})", words.join(", ")) }
}
