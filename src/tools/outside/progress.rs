//! Owns telling how far a call at a source is, to whoever runs the tool. Knows neither the source nor the screen.
//!
//! Only calls made in the work's own task are told of, which is where tools make theirs. Nothing waits for it: what the
//! listener does not take in time is not told.

use tokio::sync::mpsc;

use crate::connect::mcp::{Progress, Telling};

tokio::task_local! {
    static LISTENER: mpsc::Sender<Progress>;
}

/// Does the work and tells `listener` how far its calls are.
pub async fn telling<T>(listener: mpsc::Sender<Progress>, work: impl Future<Output = T>) -> T {
    LISTENER.scope(listener, work).await
}

/// Where the work this is part of tells how far it is, if anybody listens.
pub(super) fn listener() -> Telling {
    LISTENER.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_told_in_the_work_is_heard_and_outside_of_it_nobody_listens() {
        let (sender, mut heard) = mpsc::channel(4);
        let far = Progress { done: 3.0, total: Some(8.0), message: "reading".into() };
        let work = async {
            let listener = listener().expect("somebody listens");
            listener.try_send(far.clone()).expect("there is room");
        };
        telling(sender, work).await;
        assert_eq!(heard.recv().await, Some(far));
        assert!(listener().is_none());
        assert_eq!(heard.recv().await, None, "the work is over");
    }
}
