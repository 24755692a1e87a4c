//! Owns when each message of a conversation was sent, counted from the one date its standing gives. Does not write records.
//!
//! Invariant: times never decrease, none lies in the future, and people answer within their target.

use super::{
    Plan,
    rng::Rng,
    service::Service,
    threads::{By, Line, Script, Standing},
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// When each line was sent, counted from the one date the script's standing gives.
pub(super) fn times(plan: &Plan, script: &Script, service: Option<&Service>, rng: &mut Rng) -> Vec<i64> {
    let count = script.lines.len();
    let fixed = match script.standing {
        Standing::Waiting(_) => waiting_from(&script.lines),
        Standing::Answered(_) | Standing::Snoozed { .. } | Standing::Done(_) => count - 1,
    };
    let anchor = match (script.standing, service) {
        (Standing::Waiting(Some(due)), Some(service)) => {
            let target = service.target(fixed == 0, script.priority);
            plan.now_ms + due.min(target * 9 / 10) - target
        }
        (Standing::Waiting(_), _) => plan.now_ms - rng.between(10 * MINUTE, 60 * HOUR),
        (Standing::Answered(ago) | Standing::Done(ago) | Standing::Snoozed { last: ago, .. }, _) => plan.now_ms - ago,
    };
    let mut times = vec![anchor; count];
    for line in (0..fixed).rev() {
        times[line] = times[line + 1] - gap(script, service, line + 1, rng);
    }
    let (room, after) = (plan.now_ms - anchor, (count - fixed) as i64);
    for (step, time) in (1..).zip(&mut times[fixed + 1..]) {
        *time = anchor + room / after * step;
    }
    times
}

/// The first of the customer's messages that no person has answered yet.
pub(super) fn waiting_from(lines: &[Line]) -> usize {
    lines.iter().rposition(|line| line.by == By::Agent).map_or(0, |answered| answered + 1).min(lines.len() - 1)
}

/// How long the message at `line` came after the one before it; people answer within their target.
fn gap(script: &Script, service: Option<&Service>, line: usize, rng: &mut Rng) -> i64 {
    let (low, high) = match script.channel {
        "email" => (40 * MINUTE, 20 * HOUR),
        "facebook" | "instagram" | "twitter-dm" => (8 * MINUTE, 5 * HOUR),
        "sms" | "whatsapp" => (2 * MINUTE, 50 * MINUTE),
        _ => (MINUTE / 2, 9 * MINUTE),
    };
    let gap = rng.between(low, high);
    match (script.lines[line].by, service) {
        (By::Agent, Some(service)) => gap.min(service.target(line == 1, script.priority) * 8 / 10),
        (By::Auto, _) => 1200,
        (By::Agent | By::Customer, _) => gap,
    }
}
