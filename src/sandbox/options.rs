//! Owns what a simulated desk can be asked to be. Nothing here runs.

use std::{
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

use super::{faults::FaultRule, limits::RateLimit, model};
use crate::clock::Clock;

/// The org's plan, which sets its rate budget (Kustomer API reference 5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plan {
    /// 1,000 requests a minute.
    #[default]
    Enterprise,
    /// 2,000 requests a minute.
    Ultimate,
    /// 500 requests a minute; a legacy plan.
    Business,
    /// 300 requests a minute; a legacy plan.
    Professional,
}

impl Plan {
    /// The org-wide budget.
    pub fn rate_limit(self) -> RateLimit {
        let requests = match self {
            Self::Enterprise => 1000,
            Self::Ultimate => 2000,
            Self::Business => 500,
            Self::Professional => 300,
        };
        RateLimit::per_seconds(requests, 60)
    }
}

/// What to simulate and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The same seed and number of customers give the same data.
    pub seed: u64,
    /// How many customers the org has.
    pub customers: usize,
    /// The org's plan.
    pub plan: Plan,
    /// Another org-wide budget than the plan's; searches then get a tenth of it, and its window stands for the minute in all
    /// budgets.
    pub rate_limit: Option<RateLimit>,
    /// Another number of updates to one record by one key in a minute; the reference leaves it open.
    pub record_limit: Option<u32>,
    /// How long each answer takes at least, milliseconds, drawn evenly from the range.
    pub latency: RangeInclusive<u64>,
    /// Faults in force from the start.
    pub faults: Vec<FaultRule>,
    /// Events of customers a minute: they write, and answer.
    pub live: u32,
    /// How late the search index is, milliseconds.
    pub search_lag_ms: u64,
    /// How long the model waits between two pieces of a streamed answer.
    pub model_pace: Duration,
    /// The time the desk lives by.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            customers: 320,
            plan: Plan::default(),
            rate_limit: None,
            record_limit: None,
            latency: 0..=0,
            faults: Vec::new(),
            live: 0,
            search_lag_ms: 0,
            model_pace: model::PACE,
            clock: Clock::real(),
        }
    }
}
