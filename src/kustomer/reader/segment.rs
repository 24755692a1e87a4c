//! Owns looking up what the policy sorts customers by, for a change that waits to be put before a person.

use futures::future;

use super::Reader;
use crate::approval::{Change, Facts, Segment};

impl Reader {
    /// The change with what its customer's and conversation's records say. What cannot be read stays unknown: the rules
    /// that look at it count then.
    pub async fn with_segment(&self, change: Change) -> Change {
        let subject = change.subject();
        let Some(customer) = &subject.customer else { return change };
        let conversation = async {
            match &subject.conversation {
                Some(id) => self.conversation(id).await.map(Some),
                None => Ok(None),
            }
        };
        let read = future::try_join3(self.customer(customer), conversation, self.directory()).await;
        let Ok((customer, conversation, names)) = read else { return change };
        let segment = Some(Segment::of(&customer, conversation.as_ref(), &names));
        let facts = Facts { segment, ..change.facts().clone() };
        change.known(facts)
    }
}
