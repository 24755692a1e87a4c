//! Owns what an approval is bound to: the exact requests, the record as it was, the org, who wanted it, and until when. Made
//! when a change is proposed, checked when it is decided and again when it is begun. Makes no decision.

use std::time::Duration;

use super::{Author, Change, Digest};

/// The seal: SHA-256 over requests, pre-image, org, author and expiry.
pub(super) type Seal = Digest;

/// What a proposal is bound to besides its change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// The desk it is good for, by its base URL.
    pub org: String,
    /// When it lapses, monotonic.
    pub expires: Duration,
    /// The seal as it was when it was proposed.
    pub sealed: Seal,
}

impl Terms {
    /// Binds a change.
    pub fn new(change: &Change, org: &str, author: &Author, expires: Duration) -> Self {
        Self { org: org.to_owned(), expires, sealed: seal(change, org, author, expires) }
    }

    /// The same terms until later: a person put the answer off.
    pub fn until(&self, change: &Change, author: &Author, expires: Duration) -> Self {
        Self::new(change, &self.org, author, expires)
    }

    /// The seal a change has under these terms now.
    pub fn seal(&self, change: &Change, author: &Author) -> Seal {
        seal(change, &self.org, author, self.expires)
    }
}

fn seal(change: &Change, org: &str, author: &Author, expires: Duration) -> Seal {
    let (digest, image) = (change.digest(), change.image());
    let (author, expires) = (author.to_string(), expires.as_nanos().to_be_bytes());
    Digest::of([digest.bytes(), image.bytes(), org.as_bytes(), author.as_bytes(), &expires])
}
