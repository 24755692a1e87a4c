//! Owns when frames are drawn. What changes by itself (a stream, a job, a clock) is drawn at most once a [`PACE`]; what
//! answers a person is drawn at once, however lately something else was, and only a flood of keys is paced. Does not draw.

use std::time::Duration;

/// The least time between two frames of the same cause: more than a display shows is waste.
pub const PACE: Duration = Duration::from_millis(16);

/// Why the next frame is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A person did something at the terminal.
    Person,
    /// Anything else.
    Other,
}

/// The frames of one console. Times are monotonic.
#[derive(Debug, Default)]
pub struct Frames {
    wanted: Option<(Cause, Duration)>,
    /// When the last frame was out.
    drawn: Option<Duration>,
    /// When the last frame that answered a person was out.
    answered: Option<Duration>,
}

impl Frames {
    /// Something changed.
    pub fn want(&mut self, cause: Cause, now: Duration) {
        self.wanted = match self.wanted {
            Some((Cause::Person, since)) => Some((Cause::Person, since)),
            Some((Cause::Other, since)) => Some((cause, since)),
            None => Some((cause, now)),
        };
    }

    /// From when on the next frame may be drawn; `None` when none is wanted.
    pub fn due(&self) -> Option<Duration> {
        let (cause, _) = self.wanted?;
        let last = if cause == Cause::Person { self.answered } else { self.drawn };
        Some(last.map_or(Duration::ZERO, |last| last + PACE))
    }

    /// Whether a frame has been put off for so long that messages wait for it, and no longer it for them.
    pub fn is_overdue(&self, now: Duration) -> bool {
        self.wanted.is_some_and(|(_, since)| since + PACE <= now)
    }

    /// The frame is out.
    pub fn drawn(&mut self, now: Duration) {
        if let Some((Cause::Person, _)) = self.wanted.take() {
            self.answered = Some(now);
        }
        self.drawn = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_persons_frame_does_not_wait_for_the_one_of_a_stream() {
        let mut frames = Frames::default();
        assert_eq!(frames.due(), None);
        frames.want(Cause::Other, ms(100));
        assert_eq!(frames.due(), Some(Duration::ZERO));
        frames.drawn(ms(100));
        frames.want(Cause::Other, ms(101));
        assert_eq!(frames.due(), Some(ms(100) + PACE));
        frames.want(Cause::Person, ms(102));
        frames.want(Cause::Other, ms(103));
        assert_eq!(frames.due(), Some(Duration::ZERO));
        frames.drawn(ms(103));
        frames.want(Cause::Person, ms(104));
        assert_eq!(frames.due(), Some(ms(103) + PACE), "a flood of keys is paced");
    }

    #[test]
    fn no_flood_of_messages_starves_a_frame() {
        let mut frames = Frames::default();
        frames.want(Cause::Other, ms(100));
        frames.want(Cause::Other, ms(110));
        assert!(!frames.is_overdue(ms(115)) && frames.is_overdue(ms(116)));
        frames.drawn(ms(116));
        assert!(!frames.is_overdue(ms(999)));
    }
}
