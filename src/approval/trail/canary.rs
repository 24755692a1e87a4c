//! Owns what the trail says of canaries: that it was one, whether the error was seen, how long the card was looked at. The
//! entry has no author's reason and no request: nothing was ever to be sent.

use super::{Entry, Trail, TrailError, words};
use crate::{
    approval::Answered,
    domain::{ConversationId, CustomerId},
};

impl Trail {
    /// Writes down how a canary was answered.
    ///
    /// # Errors
    /// When it could not be put on disk.
    pub fn canary(&self, answered: &Answered) -> Result<(), TrailError> {
        let subject = answered.change.subject();
        self.write(Entry {
            event: if answered.caught { "caught" } else { "missed" }.into(),
            author: "vigilance".into(),
            effect: answered.change.effect().word().into(),
            operation: answered.change.operation().words().into(),
            summary: format!("canary, never to be performed: {}", words(answered.change.summary())),
            customer: subject.customer.as_ref().map(CustomerId::to_string).unwrap_or_default(),
            conversation: subject.conversation.as_ref().map(ConversationId::to_string).unwrap_or_default(),
            digest: answered.change.digest().to_string(),
            proposal: answered.proposal.to_string(),
            canary: answered.canary.planted.word().into(),
            dwell_ms: u64::try_from(answered.dwell.as_millis()).unwrap_or(u64::MAX),
            ..Entry::default()
        })?;
        Ok(())
    }
}
