//! Owns the lanes of the queue: which conversations each shows, in which order, and how many there were in this sitting.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Conversation, ConversationId, Direction, Status, UserId};

/// From here on a deadline counts as breaching.
const BREACHING: SignedDuration = SignedDuration::from_mins(15);
/// A snooze that ends within this time ends soon.
const SOON: SignedDuration = SignedDuration::from_hours(24);
/// Counts that are remembered.
const SAMPLES: usize = 24;
/// The time between two of them.
const PACE: Duration = Duration::from_secs(30);

/// A way to look at the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lane {
    #[default]
    All,
    Breaching,
    Waiting,
    Unassigned,
    Mine,
    Snoozed,
    Drafts,
    Offline,
}

/// What lanes ask besides the conversation.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The present.
    pub now: Timestamp,
    /// Who looks.
    pub me: Option<&'a UserId>,
    /// Conversations a draft waits in; `None`: nobody asked yet.
    pub drafts: Option<&'a HashSet<ConversationId>>,
    /// Whether those that sleep were read.
    pub has_snoozed: bool,
    /// Users on shift; `None`: the desk does not tell.
    pub at_work: Option<&'a HashSet<UserId>>,
}

impl Lane {
    /// Every lane, in the order shown.
    pub const ALL: [Self; 8] = [
        Self::All,
        Self::Breaching,
        Self::Waiting,
        Self::Unassigned,
        Self::Mine,
        Self::Snoozed,
        Self::Drafts,
        Self::Offline,
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::All => "All open",
            Self::Breaching => "Breaching",
            Self::Waiting => "Waiting for us",
            Self::Unassigned => "Unassigned",
            Self::Mine => "Mine",
            Self::Snoozed => "Snoozed soon",
            Self::Drafts => "Drafts",
            Self::Offline => "Owner offline",
        }
    }

    /// Its title where there is little room.
    pub fn short(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Breaching => "Breach",
            Self::Waiting => "Wait",
            Self::Unassigned => "Free",
            Self::Snoozed => "Asleep",
            Self::Offline => "Away",
            Self::Mine | Self::Drafts => self.title(),
        }
    }

    /// What it shows, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::All => "Every open conversation.",
            Self::Breaching => "Deadlines that passed or pass within 15 minutes.",
            Self::Waiting => "Conversations in which the customer had the last word.",
            Self::Unassigned => "Conversations no user has.",
            Self::Mine => "Conversations assigned to you.",
            Self::Snoozed => "Snoozes that end within a day.",
            Self::Drafts => "Conversations a draft waits in; of the twelve most urgent customers.",
            Self::Offline => "Conversations whose owners are all off shift.",
        }
    }

    /// The lane with this [`Self::short`] title.
    pub fn named(short: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.short() == short)
    }

    /// Its place in [`Self::ALL`].
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|lane| *lane == self).unwrap_or(0)
    }

    /// The lane `by` places on; the ends do not meet.
    pub fn beside(self, by: isize) -> Self {
        let last = Self::ALL.len() - 1;
        Self::ALL[self.place().saturating_add_signed(by).min(last)]
    }

    /// Whether it shows a conversation.
    pub fn holds(self, row: &Conversation, known: &Known<'_>) -> bool {
        if self == Self::Snoozed {
            let wakes = |at: Timestamp| at.duration_since(known.now) <= SOON;
            return row.status == Status::Snoozed && row.snoozed_until.is_some_and(wakes);
        }
        if row.status != Status::Open {
            return false;
        }
        match self {
            Self::All | Self::Snoozed => true,
            Self::Breaching => row.breach_at().is_some_and(|at| at.duration_since(known.now) <= BREACHING),
            Self::Waiting => row.last_direction == Some(Direction::In),
            Self::Unassigned => row.assigned_users.is_empty(),
            Self::Mine => known.me.is_some_and(|me| row.assigned_users.contains(me)),
            Self::Drafts => known.drafts.is_some_and(|drafts| drafts.contains(&row.id)),
            Self::Offline => known.at_work.is_some_and(|at_work| {
                !row.assigned_users.is_empty() && row.assigned_users.iter().all(|user| !at_work.contains(user))
            }),
        }
    }

    /// Whether it is known what it would show.
    pub fn is_known(self, known: &Known<'_>) -> bool {
        match self {
            Self::Drafts => known.drafts.is_some(),
            Self::Offline => known.at_work.is_some(),
            Self::Mine => known.me.is_some(),
            Self::Snoozed => known.has_snoozed,
            Self::All | Self::Breaching | Self::Waiting | Self::Unassigned => true,
        }
    }
}

/// What rows of the queue are ordered by: running deadlines first, the soonest on top; what sleeps by when it wakes.
pub fn order(row: &Conversation) -> impl Ord + use<> {
    let deadline = if row.status == Status::Snoozed { row.snoozed_until } else { row.breach_at() };
    (row.status == Status::Snoozed, deadline.is_none(), deadline, row.created, row.id.clone())
}

/// How many each lane held over this sitting.
#[derive(Clone, Debug, Default)]
pub struct History {
    counts: [VecDeque<usize>; Lane::ALL.len()],
    taken: Option<Duration>,
}

impl History {
    /// Whether the last time was long enough ago.
    pub fn is_due(&self, now: Duration) -> bool {
        self.taken.is_none_or(|taken| now >= taken + PACE)
    }

    /// Takes the counts down.
    pub fn take(&mut self, now: Duration, counts: [usize; Lane::ALL.len()]) {
        self.taken = Some(now);
        for (past, count) in self.counts.iter_mut().zip(counts) {
            if past.len() == SAMPLES {
                past.pop_front();
            }
            past.push_back(count);
        }
    }

    /// A lane's counts as a row of bars at most `cells` wide, the newest last; of the range they moved in, not from zero: what
    /// a shift lead looks for is the way it goes.
    pub fn spark(&self, lane: Lane, cells: usize, ascii: bool) -> String {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        const ASCII: [char; 8] = ['_', '_', '.', '.', '-', '-', '=', '^'];
        let past = &self.counts[lane.place()];
        let shown = past.iter().skip(past.len().saturating_sub(cells));
        let (low, high) = shown.clone().fold((usize::MAX, 0), |(low, high), n| (low.min(*n), high.max(*n)));
        let bars = if ascii { ASCII } else { BARS };
        shown.map(|count| bars[(count - low) * (bars.len() - 1) / (high - low).max(1)]).collect()
    }
}
