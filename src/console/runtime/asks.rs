//! Owns the channel ends of servers' questions: each is told to the loop under an id, its answer goes back by that id, and the
//! loop hears when nobody waits for it any more. Knows nothing of what is asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{
    mpsc::{UnboundedReceiver, UnboundedSender},
    oneshot,
};

use crate::{
    connect::mcp::{Ask, Reply},
    console::{msg::Msg, questions::AskId},
};

/// Who waits for which answer.
#[derive(Debug, Default)]
struct Waiting(Mutex<HashMap<AskId, oneshot::Sender<Reply>>>);

impl Waiting {
    fn all(&self) -> MutexGuard<'_, HashMap<AskId, oneshot::Sender<Reply>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The questions under way.
#[derive(Debug, Default)]
pub struct Asks(Arc<Waiting>);

impl Asks {
    /// Tells the loop of every question that comes.
    pub fn listen(asks: Option<UnboundedReceiver<Ask>>, messages: UnboundedSender<Msg>) -> Self {
        let waiting = Arc::<Waiting>::default();
        if let Some(asks) = asks {
            tokio::spawn(forward(asks, Arc::clone(&waiting), messages));
        }
        Self(waiting)
    }

    /// Brings the person's answer to who asked. One that is gone was told of: the loop hears of it anyway.
    pub fn answer(&self, id: AskId, reply: Reply) {
        if let Some(sender) = self.0.all().remove(&id) {
            let _ = sender.send(reply);
        }
    }

    /// Nobody answers any more: who asks gets no answer.
    pub fn close(&self) {
        self.0.all().clear();
    }
}

async fn forward(mut asks: UnboundedReceiver<Ask>, waiting: Arc<Waiting>, messages: UnboundedSender<Msg>) {
    let mut last = 0;
    while let Some(Ask { server, question, reply }) = asks.recv().await {
        last += 1;
        let id = AskId(last);
        let (answers, answered) = oneshot::channel();
        waiting.all().insert(id, answers);
        // Told before it can end: the loop never hears of the end first.
        let _ = messages.send(Msg::ServerAsks { id, server, question: Box::new(question) });
        tokio::spawn(wait(id, reply, answered, Arc::clone(&waiting), messages.clone()));
    }
}

/// Until the person answered, or the call that asked is gone.
async fn wait(
    id: AskId,
    mut reply: oneshot::Sender<Reply>,
    answered: oneshot::Receiver<Reply>,
    waiting: Arc<Waiting>,
    messages: UnboundedSender<Msg>,
) {
    let answer = tokio::select! {
        biased;
        answer = answered => answer.ok(),
        () = reply.closed() => None,
    };
    waiting.all().remove(&id);
    let was_told = answer.is_some_and(|answer| reply.send(answer).is_ok());
    if !was_told {
        let _ = messages.send(Msg::AskEnded(id));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test that fails says how")]

    use tokio::sync::mpsc;

    use super::*;
    use crate::connect::mcp::Question;

    /// A question that was put, as the loop hears of it, with the end that waits for its answer.
    async fn asked(
        asks: &UnboundedSender<Ask>,
        heard: &mut UnboundedReceiver<Msg>,
    ) -> (AskId, oneshot::Receiver<Reply>) {
        let (reply, answer) = oneshot::channel();
        let question = Question::Form { message: "Sure?".into(), fields: Vec::new() };
        asks.send(Ask { server: "billing".to_owned(), question, reply }).expect("somebody listens");
        match heard.recv().await {
            Some(Msg::ServerAsks { id, server, .. }) if server == "billing" => (id, answer),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_answer_reaches_who_asked_and_each_question_only_its_own() {
        let (asks, listens) = mpsc::unbounded_channel();
        let (messages, mut heard) = mpsc::unbounded_channel();
        let ends = Asks::listen(Some(listens), messages);
        let (first, waits_first) = asked(&asks, &mut heard).await;
        let (second, waits_second) = asked(&asks, &mut heard).await;
        ends.answer(second, Reply::Decline);
        ends.answer(second, Reply::Cancel);
        ends.answer(first, Reply::Cancel);
        assert_eq!(waits_first.await, Ok(Reply::Cancel));
        assert_eq!(waits_second.await, Ok(Reply::Decline));
    }

    #[tokio::test]
    async fn a_call_that_went_away_takes_its_question_along_and_leaving_gives_no_answer() {
        let (asks, listens) = mpsc::unbounded_channel();
        let (messages, mut heard) = mpsc::unbounded_channel();
        let ends = Asks::listen(Some(listens), messages);
        let (gone, waits) = asked(&asks, &mut heard).await;
        drop(waits);
        assert!(matches!(heard.recv().await, Some(Msg::AskEnded(id)) if id == gone));
        let (_, waits) = asked(&asks, &mut heard).await;
        ends.close();
        assert!(waits.await.is_err(), "dropped, which is no answer");
    }
}
