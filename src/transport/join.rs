//! Owns reads in flight: who asks what somebody is already being answered waits for that answer. Keeps no answer once it
//! is there.
//!
//! Invariants: an asker who goes away leaves the others theirs; a read never joins one that began before a write ended,
//! so whoever reads after writing sees the write.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::{BoxFuture, FutureExt, Shared, WeakShared};

use super::{Answer, ApiError, Call, Cost, Method, Repeat, limiter::Place};

/// One answer for all who asked.
pub(super) type Ended = Result<Arc<Answer>, ApiError>;
type Flight = Shared<BoxFuture<'static, Ended>>;
/// Every question that is being answered, by whom, and the place its call has in line.
type Flights = HashMap<Question, (WeakShared<BoxFuture<'static, Ended>>, u64)>;

/// All that makes two reads equal; the lane does not.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
    headers: Vec<(String, String)>,
}

/// The reads in flight.
#[derive(Default)]
pub(super) struct Joins(Mutex<Flights>);

/// Forgets the reads in flight when a write begins and when it ends, however it does.
pub(super) struct Writing<'a>(&'a Joins);

impl Joins {
    /// Whether equal calls may become one.
    pub fn is_about(call: &Call) -> bool {
        let asks = call.method == Method::Get || (call.method == Method::Post && call.cost == Cost::Search);
        asks && call.repeat == Repeat::Safe && call.record.is_none()
    }

    /// Joins an equal read that is under way, in the higher of both lanes, or starts this one.
    pub fn join(
        &self,
        call: Call,
        place: Place,
        start: impl FnOnce(Call, Place) -> BoxFuture<'static, Ended>,
    ) -> Flight {
        let question = Question {
            method: call.method,
            path: call.path.clone(),
            body: call.body.clone(),
            headers: call.headers.clone(),
        };
        let mut flights = self.flights();
        flights.retain(|_, (flight, _)| alive(flight).is_some());
        if let Some((flight, other)) = flights.get(&question)
            && let Some(flight) = alive(flight)
        {
            place.lift(*other, call.lane);
            return flight;
        }
        let id = place.id();
        let flight = start(call, place).shared();
        flights.extend(flight.downgrade().map(|weak| (question, (weak, id))));
        flight
    }

    /// Keeps later reads from joining earlier ones.
    pub fn writing(&self) -> Writing<'_> {
        self.flights().clear();
        Writing(self)
    }

    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn alive(flight: &WeakShared<BoxFuture<'static, Ended>>) -> Option<Flight> {
    flight.upgrade().filter(|flight| flight.peek().is_none())
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.flights().clear();
    }
}
