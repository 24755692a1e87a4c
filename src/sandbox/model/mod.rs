//! Stands in for the scripted model until it is there: every path answers 404.
use axum::Router;

use crate::clock::Clock;

/// Nothing yet.
#[derive(Clone, Debug)]
pub struct State;

impl State {
    /// Nothing yet.
    pub fn new(_key: String, _clock: Clock) -> Self {
        Self
    }
}

/// No routes yet.
pub fn routes(_: State) -> Router {
    Router::new()
}

/// No routes yet.
pub fn log_routes(_: State) -> Router {
    Router::new()
}
