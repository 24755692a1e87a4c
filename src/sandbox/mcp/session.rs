//! Owns a session of the era that has them: who it is with, what is asked of them, which of their requests run, and where
//! they listen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::sync::{mpsc::UnboundedSender, oneshot};
use tokio_util::sync::CancellationToken;

use super::{asking::Abilities, sse::Frame};

/// A session. Clones share it.
#[derive(Clone, Debug)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    revision: &'static str,
    abilities: Abilities,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    asked: u64,
    waiting: HashMap<String, oneshot::Sender<Result<Value, Value>>>,
    running: HashMap<String, CancellationToken>,
    listener: Option<UnboundedSender<Frame>>,
}

impl Session {
    /// A session with a client that can do this.
    pub fn new(revision: &'static str, abilities: Abilities) -> Self {
        Self(Arc::new(Inner { revision, abilities, state: Mutex::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The revision that was agreed on.
    pub fn revision(&self) -> &'static str {
        self.0.revision
    }

    /// How its client can be asked.
    pub fn abilities(&self) -> Abilities {
        self.0.abilities
    }

    /// The id of a request to the client, and where its answer arrives.
    pub fn expect_answer(&self) -> (String, oneshot::Receiver<Result<Value, Value>>) {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        state.asked += 1;
        let id = format!("parcelry-{}", state.asked);
        state.waiting.insert(id.clone(), sender);
        (id, receiver)
    }

    /// Hands over what the client answered; what nobody asked is dropped.
    pub fn answered(&self, id: &Value, outcome: Result<Value, Value>) {
        let waiting = id.as_str().and_then(|id| self.state().waiting.remove(id));
        if let Some(waiting) = waiting {
            // The call may have ended meanwhile.
            let _ = waiting.send(outcome);
        }
    }

    /// Notes a request that runs, and how to stop it.
    pub fn begins(&self, id: &Value) -> CancellationToken {
        let token = CancellationToken::new();
        self.state().running.insert(id.to_string(), token.clone());
        token
    }

    /// Forgets a request that ended.
    pub fn ended(&self, id: &Value) {
        self.state().running.remove(&id.to_string());
    }

    /// Stops a request.
    pub fn cancel(&self, id: &Value) {
        if let Some(token) = self.state().running.remove(&id.to_string()) {
            token.cancel();
        }
    }

    /// Where it listens from now on; whoever listened before hears no more.
    pub fn listens(&self, out: UnboundedSender<Frame>) {
        self.state().listener = Some(out);
    }

    /// Tells it something, if it listens.
    pub fn tell(&self, message: Value) {
        if let Some(out) = &self.state().listener {
            // A listener that went away is replaced by the next one.
            let _ = out.send(Frame::Message(message));
        }
    }

    /// Hears no more: what waits for its answers goes on without, and it is told nothing.
    pub fn hang_up(&self) {
        let mut state = self.state();
        state.listener = None;
        state.waiting.clear();
    }

    /// Ends everything that runs.
    pub fn close(&self) {
        self.hang_up();
        let mut state = self.state();
        for (_, token) in state.running.drain() {
            token.cancel();
        }
    }
}
