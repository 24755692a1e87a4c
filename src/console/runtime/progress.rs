//! Owns bringing to the loop how far a tool's call is, while the call is made. Does not make it.

use tokio::sync::mpsc::{self, UnboundedSender};

use crate::{assistant::CallId, console::msg::Msg, tools::telling};

/// What a slow loop is behind with at most; more than that is not told.
const BEHIND: usize = 16;

/// Does the work, and tells how far the call it is done for is.
pub async fn told<T>(call: CallId, messages: &UnboundedSender<Msg>, work: impl Future<Output = T>) -> T {
    let (listener, mut heard) = mpsc::channel(BEHIND);
    let mut work = Box::pin(telling(listener, work));
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            Some(progress) = heard.recv() => {
                // Nobody listens only when the console is leaving.
                let _ = messages.send(Msg::Progress(call, progress));
            }
        }
    }
}
