//! Owns the identifiers of the desk's records: one type a record, so that a customer's id cannot be put where a
//! conversation's belongs. Does not know what the records hold.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the desk's own spelling. Control characters are dropped: an id is printed in paths and on screens.
            pub fn new(id: impl AsRef<str>) -> Self {
                Self(id.as_ref().chars().filter(char::is_ascii_graphic).collect())
            }

            /// The id as the desk spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

ids! {
    /// A customer: 24 hex characters at Kustomer.
    CustomerId,
    /// A conversation.
    ConversationId,
    /// A message.
    MessageId,
    /// A note.
    NoteId,
    /// A draft.
    DraftId,
    /// A KObject.
    KobjectId,
    /// A klass's immutable name (`order`), which is what its paths use.
    KlassName,
    /// A bulk job.
    BulkId,
    /// A queue.
    QueueId,
    /// A team.
    TeamId,
    /// A user: an agent or machine of the org.
    UserId,
    /// A tag.
    TagId,
}
