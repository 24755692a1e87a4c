//! Owns the rule of repetition as a pure table: what may be sent again, how often, after how long. Does not wait.
//!
//! Invariant: a write whose effect is unknown ([`Repeat::Never`]) is never sent again; it ends as
//! [`ErrorKind::Unclear`] and is reconciled by reading.

use std::time::Duration;

use super::{ErrorKind, Repeat};

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// 2xx and the body is JSON, or empty.
    Good,
    /// An answer outside 2xx.
    Status(u16),
    /// An answer that no desk gives: 2xx without JSON, a body beyond the cap.
    Garbled,
    /// The connection was never made, so nothing was sent.
    Refused,
    /// It was sent, and no complete answer came back.
    Lost,
    /// It could not be made into a request.
    Unsendable,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is answered.
    Done,
    /// Stand in line again; the limiter's gate says when (a 429 has closed it).
    AfterTheGate,
    /// Again after about this pause; whoever waits spreads it.
    Wait(Duration),
    /// It ends here.
    GiveUp(ErrorKind),
}

/// Attempts at a server that fails or does not answer.
const TRIES: u32 = 3;
/// Attempts at a server that says 429: more, because each waits for the window and none has had an effect.
const TRIES_LIMITED: u32 = 6;

/// The longest pause a failing server is granted when it asks for one; beyond, whoever waits is told at once.
const LONGEST_ASKED: Duration = Duration::from_secs(30);

/// Decides on the attempt with this number, counted from 0. `asked` is the pause the answer asked for (`Retry-After`).
pub(super) fn decide(repeat: Repeat, outcome: Outcome, attempt: u32, asked: Option<Duration>) -> Verdict {
    let asked = asked.unwrap_or_default();
    match (outcome, repeat) {
        (Outcome::Good, _) => Verdict::Done,
        (Outcome::Unsendable, _) => Verdict::GiveUp(ErrorKind::BadRequest),
        (Outcome::Status(429), _) if attempt + 1 < TRIES_LIMITED => Verdict::AfterTheGate,
        (Outcome::Refused, _) | (Outcome::Lost, Repeat::Safe) => again_or(attempt, asked, ErrorKind::Unreachable),
        (Outcome::Status(408 | 425 | 500..), Repeat::Safe) => again_or(attempt, asked, ErrorKind::Server),
        (Outcome::Garbled, Repeat::Safe) => Verdict::GiveUp(ErrorKind::Garbled),
        (Outcome::Lost | Outcome::Garbled | Outcome::Status(408 | 500..), Repeat::Never) => {
            Verdict::GiveUp(ErrorKind::Unclear)
        }
        (Outcome::Status(status), _) => Verdict::GiveUp(kind_of(status)),
    }
}

fn again_or(attempt: u32, asked: Duration, kind: ErrorKind) -> Verdict {
    if attempt + 1 < TRIES && asked <= LONGEST_ASKED {
        Verdict::Wait(pause(attempt).max(asked))
    } else {
        Verdict::GiveUp(kind)
    }
}

/// 400 ms, 800 ms …: short, because a person may be waiting; the gate handles the long waits.
fn pause(attempt: u32) -> Duration {
    Duration::from_millis(400) * 2_u32.saturating_pow(attempt.min(6))
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::NotSignedIn,
        402 | 403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        429 => ErrorKind::Limited,
        400..=499 => ErrorKind::Invalid,
        500.. => ErrorKind::Server,
        0..=399 => ErrorKind::Garbled,
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind::*, Outcome::*, Repeat::*, Verdict::*, *};

    #[test]
    fn the_rule_of_repetition() {
        let ms = |n| Wait(Duration::from_millis(n));
        let table = [
            (Safe, Good, 0, Done),
            (Never, Good, 0, Done),
            (Safe, Status(429), 4, AfterTheGate),
            (Never, Status(429), 4, AfterTheGate),
            (Never, Status(429), 5, GiveUp(Limited)),
            (Safe, Refused, 0, ms(400)),
            (Never, Refused, 1, ms(800)),
            (Never, Refused, 2, GiveUp(Unreachable)),
            (Safe, Lost, 0, ms(400)),
            (Safe, Lost, 2, GiveUp(Unreachable)),
            (Never, Lost, 0, GiveUp(Unclear)),
            (Safe, Status(503), 0, ms(400)),
            (Safe, Status(500), 2, GiveUp(Server)),
            (Never, Status(500), 0, GiveUp(Unclear)),
            (Never, Status(504), 0, GiveUp(Unclear)),
            (Safe, Outcome::Garbled, 0, GiveUp(ErrorKind::Garbled)),
            (Never, Outcome::Garbled, 0, GiveUp(Unclear)),
            (Safe, Status(302), 0, GiveUp(ErrorKind::Garbled)),
            (Never, Status(400), 0, GiveUp(Invalid)),
            (Never, Status(422), 0, GiveUp(Invalid)),
            (Safe, Status(401), 0, GiveUp(NotSignedIn)),
            (Safe, Status(403), 0, GiveUp(Forbidden)),
            (Safe, Status(404), 0, GiveUp(NotFound)),
            (Never, Status(409), 0, GiveUp(Conflict)),
            (Never, Unsendable, 0, GiveUp(BadRequest)),
        ];
        for (repeat, outcome, attempt, verdict) in table {
            assert_eq!(decide(repeat, outcome, attempt, None), verdict, "{repeat:?} {outcome:?} {attempt}");
        }
    }

    #[test]
    fn a_failing_server_is_left_alone_as_long_as_it_asks_within_reason() {
        let asks = |seconds| decide(Safe, Status(503), 0, Some(Duration::from_secs(seconds)));
        assert_eq!(asks(0), Wait(Duration::from_millis(400)));
        assert_eq!(asks(5), Wait(Duration::from_secs(5)));
        assert_eq!(asks(31), GiveUp(Server));
        assert_eq!(decide(Never, Status(503), 0, Some(Duration::from_secs(1))), GiveUp(Unclear));
    }

    #[test]
    fn a_write_with_an_unknown_effect_is_never_sent_again() {
        for attempt in 0..8 {
            for outcome in [Lost, Outcome::Garbled, Status(408), Status(500), Status(502), Status(503), Status(599)] {
                assert_eq!(decide(Never, outcome, attempt, Some(Duration::ZERO)), GiveUp(Unclear), "{outcome:?}");
            }
        }
    }
}
