//! Owns how the queue stays true by itself: what is asked when, and what becomes of the answers. Everything here goes in the
//! background lane, slower when the desk's budget is short or nobody looks, and nothing at all while another pane is in
//! front.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{Extent, Queue, group::Group, lane::Lane};
use crate::{
    console::{
        effect::Fetch,
        live::{Live, LiveAnswer},
        pane::UpdateCx,
        remote::Problem,
        state::Shared,
    },
    domain::{Brief, Conversation, ConversationId, CustomerId, UserId},
    kustomer::Page,
};

/// How far a look reaches behind the newest change that was seen: the index is up to a minute late (Kustomer API reference
/// 9.2), so what changed before may be found after.
const LAG: SignedDuration = SignedDuration::from_secs(90);
/// The queue is read whole this often.
const WHOLE: Duration = Duration::from_mins(10);
/// Customers one look reads.
const CUSTOMERS: usize = 20;
/// Rows around the cursor whose customers are read.
const NEAR: usize = 30;
/// Customers that are remembered.
const KNOWN: usize = 4_000;
/// Customers whose drafts are looked for.
const DRAFTS: usize = 12;
/// Who has the chosen customer open is asked again after this.
const PRESENT: Duration = Duration::from_secs(30);
/// After a failure the same is not asked again for this long.
const REST: Duration = Duration::from_mins(1);

/// What was asked, when, and what is still in doubt.
#[derive(Debug, Default)]
pub struct Watch {
    asked: HashSet<&'static str>,
    due: HashMap<&'static str, Duration>,
    /// When the queue was last known to be as the desk told (monotonic).
    pub looked: Option<Duration>,
    /// Why the last look failed.
    pub problem: Option<Problem>,
    newest: Option<Timestamp>,
    whole: Option<Duration>,
    doubtful: BTreeSet<ConversationId>,
    /// Rows whose change the desk did not take, with the revision it was asked for.
    contested: HashMap<ConversationId, Option<u64>>,
    briefs: HashMap<CustomerId, (Brief, Duration)>,
    /// Conversations a draft waits in.
    pub drafts: Option<HashSet<ConversationId>>,
    /// Whether those that sleep were read.
    pub has_snoozed: bool,
    /// Users on shift.
    pub at_work: Option<HashSet<UserId>>,
}

impl Watch {
    /// What is known of a customer.
    pub fn brief(&self, customer: Option<&CustomerId>) -> Option<&Brief> {
        self.briefs.get(customer?).map(|(brief, _)| brief)
    }

    /// Forgets what is known of a customer.
    pub fn forget(&mut self, customer: &CustomerId) {
        self.briefs.remove(customer);
    }

    /// These rows are not known for sure; they are read again soon.
    pub fn doubt(&mut self, ids: impl IntoIterator<Item = ConversationId>, not_before: Duration) {
        self.doubtful.extend(ids);
        if !self.doubtful.is_empty() {
            self.due.insert(Live::Rows(Vec::new()).task(), not_before);
        }
    }

    /// The desk did not take a change of this row: when it is read, the person is told if somebody else was first.
    pub fn contest(&mut self, id: ConversationId, rev: Option<u64>, now: Duration) {
        self.doubt([id.clone()], now);
        self.contested.insert(id, rev);
    }

    fn is_due(&self, task: &'static str, now: Duration) -> bool {
        !self.asked.contains(task) && self.due.get(task).is_none_or(|due| *due <= now)
    }
}

/// The time between two looks after what changed.
fn pace(shared: &Shared) -> Duration {
    let gauge = &shared.budget.search;
    let share = match (gauge.left, gauge.limit) {
        (Some(left), Some(limit)) => f64::from(left) / f64::from(limit.max(1)),
        _ => 1.0,
    };
    Duration::from_secs(match share {
        _ if shared.attention.away => 60,
        ..0.1 => 120,
        ..0.3 => 30,
        _ => 10,
    })
}

impl Queue {
    /// Asks for whatever is due.
    pub(super) fn refresh(&mut self, cx: &mut UpdateCx<'_>) {
        let now = cx.shared.moment.elapsed;
        if self.extent.value().is_none() || cx.shared.budget.waiting.is_some() {
            return;
        }
        if self.history.is_due(now) {
            self.history.take(now, self.counts(cx.shared));
        }
        // Rows from the cache that the desk did not confirm at the first try are no state to stay in.
        let again = if self.cached.is_some() && !self.extent.is_loading() { REST } else { WHOLE };
        if self.watch.whole.is_some_and(|whole| now >= whole + again) {
            self.watch.whole = Some(now);
            cx.fetch(Fetch::Queue);
        }
        let (second, minute) = (Duration::from_secs(1), Duration::from_mins(1));
        for (task, pace, question) in [
            ("queue-changes", pace(cx.shared), Self::changes as fn(&Self, &Shared) -> Option<Live>),
            ("queue-rows", 2 * second, Self::doubts),
            ("queue-customers", second, Self::strangers),
            ("queue-presence", 2 * minute, |_, _| Some(Live::Presence)),
            ("queue-snoozed", 5 * minute, |_, _| Some(Live::Snoozed)),
            ("queue-drafts", 2 * minute, Self::drafts_wanted),
        ] {
            if !self.watch.is_due(task, now) {
                continue;
            }
            let asked = question(self, cx.shared);
            self.watch.due.insert(task, now + if asked.is_some() { pace } else { second });
            if let Some(live) = asked {
                self.watch.asked.insert(task);
                cx.fetch(Fetch::Live(live));
            }
        }
    }

    fn changes(&self, shared: &Shared) -> Option<Live> {
        let looked = self.watch.looked?;
        let is_time = shared.moment.elapsed >= looked + pace(shared);
        is_time.then(|| Live::Changes(self.watch.newest.unwrap_or(shared.moment.now) - LAG))
    }

    fn doubts(&self, _shared: &Shared) -> Option<Live> {
        let rows: Vec<ConversationId> = self.watch.doubtful.iter().take(200).cloned().collect();
        (!rows.is_empty()).then_some(Live::Rows(rows))
    }

    /// Customers near the cursor nobody has read yet; all of the lane's when rows stand together by what is known of them;
    /// and the chosen one again, whom somebody may have opened meanwhile.
    fn strangers(&self, shared: &Shared) -> Option<Live> {
        let rows = self.rows(shared);
        let at = self.cursor.place(&rows)?;
        let far = if self.group == Group::Tier { rows.len() } else { NEAR };
        let near = rows[at..].iter().take(far).chain(rows[..at].iter().rev().take(far));
        let now = shared.moment.elapsed;
        let is_due = |id: &&CustomerId| !self.watch.briefs.contains_key(id);
        let mut wanted: Vec<CustomerId> = Vec::new();
        for id in near.filter_map(|row| row.customer.as_ref()).filter(is_due) {
            if wanted.len() < CUSTOMERS && !wanted.contains(id) {
                wanted.push(id.clone());
            }
        }
        let chosen = rows[at].customer.as_ref().and_then(|id| self.watch.briefs.get(id));
        if let Some((brief, _)) = chosen.filter(|(_, read)| wanted.is_empty() && *read + PRESENT <= now) {
            wanted.push(brief.id.clone());
        }
        (!wanted.is_empty()).then_some(Live::Customers(wanted))
    }

    fn drafts_wanted(&self, _shared: &Shared) -> Option<Live> {
        let customers: Vec<CustomerId> = self.customers().into_iter().take(DRAFTS).collect();
        (self.lane == Lane::Drafts && !customers.is_empty()).then_some(Live::Drafts(customers))
    }

    /// Takes in the whole queue.
    pub(super) fn read(&mut self, answer: Result<Page<Conversation>, Problem>, cx: &mut UpdateCx<'_>) {
        let moment = cx.shared.moment;
        let is_first = self.extent.value().is_none();
        let answer = answer.map(|page| {
            let extent = Extent { total: page.total, more: page.more };
            self.watch.looked = Some(moment.elapsed);
            self.watch.whole = Some(moment.elapsed);
            self.watch.problem = None;
            self.cached = None;
            self.saw(&page.rows);
            self.keeping(cx.shared, |queue| {
                let missing = queue.book.read(page.rows, !page.more);
                queue.watch.doubt(missing, moment.elapsed);
            });
            extent
        });
        self.extent.answer(answer, moment.now);
        if is_first || std::mem::take(&mut self.is_reloading) {
            self.tidy(cx.shared);
        }
    }

    /// Takes in the answer to one of the small questions.
    pub(super) fn heard(&mut self, live: &Live, answer: Result<LiveAnswer, Problem>, cx: &mut UpdateCx<'_>) {
        let now = cx.shared.moment.elapsed;
        self.watch.asked.remove(live.task());
        let answer = match answer {
            Ok(answer) => answer,
            Err(problem) => {
                self.watch.due.insert(live.task(), now + REST);
                if matches!(live, Live::Changes(_)) {
                    self.watch.problem = Some(problem);
                }
                return;
            }
        };
        match answer {
            LiveAnswer::Changes(page) => {
                self.watch.looked = Some(now);
                self.watch.problem = None;
                self.saw(&page.rows);
                if page.more {
                    cx.fetch(Fetch::Queue);
                }
                self.keeping(cx.shared, |queue| page.rows.into_iter().for_each(|row| queue.book.take(row)));
            }
            LiveAnswer::Snoozed(page) => {
                self.watch.has_snoozed = true;
                self.keeping(cx.shared, |queue| page.rows.into_iter().for_each(|row| queue.book.take(row)));
            }
            LiveAnswer::Rows(rows) => self.looked_again(live, &rows, cx),
            LiveAnswer::Customers(briefs) => {
                if self.watch.briefs.len() + briefs.len() > KNOWN {
                    self.watch.briefs.clear();
                }
                self.keeping(cx.shared, |queue| {
                    queue.watch.briefs.extend(briefs.into_iter().map(|brief| (brief.id.clone(), (brief, now))));
                });
            }
            LiveAnswer::Presence(at_work) => self.keeping(cx.shared, |queue| queue.watch.at_work = at_work),
            LiveAnswer::Drafts(drafts) => self.keeping(cx.shared, |queue| queue.watch.drafts = Some(drafts)),
        }
    }

    /// Rows that were in doubt, as they are: what did not come is gone.
    fn looked_again(&mut self, live: &Live, rows: &[Conversation], cx: &mut UpdateCx<'_>) {
        let Live::Rows(asked) = live else { return };
        let mut overtaken = 0;
        for row in rows {
            if self.watch.contested.remove(&row.id).is_some_and(|rev| rev != row.rev) {
                overtaken += 1;
            }
        }
        self.keeping(cx.shared, |queue| {
            for id in asked {
                queue.watch.doubtful.remove(id);
                match rows.iter().find(|row| row.id == *id) {
                    Some(row) => {
                        queue.book.roll_back(id);
                        queue.book.take(row.clone());
                    }
                    None => queue.book.lose(id),
                }
            }
        });
        match overtaken {
            0 => {}
            1 => cx.say("not done: it was changed meanwhile and is shown as it is now; look again, then decide"),
            many => cx.say(format!("not done: {many} were changed meanwhile and are shown as they are now")),
        }
    }

    fn saw(&mut self, rows: &[Conversation]) {
        let newest = rows.iter().filter_map(|row| row.updated).max();
        self.watch.newest = self.watch.newest.max(newest);
    }
}
