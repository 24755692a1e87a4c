//! Owns listening to what one piece of work asks of the desk: which requests went out for it, without their answers. For
//! showing a person what a tool really did; nothing is kept once the work is over.
//!
//! Only calls made in the work's own task are heard, which is where tools make theirs.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Call, Method};

/// Requests remembered of one piece of work.
const MOST: usize = 50;

tokio::task_local! {
    static HEARD: Arc<Mutex<Vec<Heard>>>;
}

/// A request that went out. Holds customers' data: not to be shown or logged as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Heard {
    /// The method.
    pub method: Method,
    /// Path and query, encoded.
    pub path: String,
    /// A JSON document, serialised.
    pub body: Option<Vec<u8>>,
}

/// Does the work and says what it asked.
pub async fn hearing<T>(work: impl Future<Output = T>) -> (T, Vec<Heard>) {
    let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
    let done = HEARD.scope(Arc::clone(&heard), work).await;
    let heard = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    (done, heard)
}

/// Notes a call, where somebody listens.
pub(super) fn note(call: &Call) {
    // Outside of a piece of work that is listened to there is nobody to tell.
    let _ = HEARD.try_with(|heard| {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() < MOST {
            heard.push(Heard { method: call.method, path: call.path.clone(), body: call.body.clone() });
        }
    });
}
