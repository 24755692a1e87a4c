//! Owns the customer as the floor speaks of one. Does not decode wires (`kustomer::wire`) nor decide what is shown.

use jiff::Timestamp;

use super::{CustomerId, Field, Guarded, TagId, Text, UserId};

/// A way to reach a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContactKind {
    /// An e-mail address.
    Email,
    /// A phone number, E.164 when the desk is strict.
    Phone,
    /// A WhatsApp number.
    Whatsapp,
}

impl ContactKind {
    /// The word for it on screen and in placeholders.
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Whatsapp => "whatsapp",
        }
    }
}

/// One address or number of a customer. Always guarded, whether or not the org masks it: it is personal either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// What sort of address.
    pub kind: ContactKind,
    /// `home`, `work`, `mobile` …, as the desk has it.
    pub label: Option<Text>,
    /// The address itself.
    pub value: Guarded,
}

/// The desk's record that somebody may see this customer's sensitive values for a while (Kustomer API reference 20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmaskingWindow {
    /// Who asked for it.
    pub requested_by: Option<UserId>,
    /// From when.
    pub start: Option<Timestamp>,
    /// Until when; both ends are needed for a window to count as open.
    pub end: Option<Timestamp>,
}

impl UnmaskingWindow {
    /// Whether the window is open at `now`: start ≤ now < end. Closed windows linger on the record without dates.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!((self.start, self.end), (Some(start), Some(end)) if start <= now && now < end)
    }
}

/// A customer of the org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The display name; empty when the desk has none.
    pub name: Text,
    /// The org's own id for this customer.
    pub external_id: Option<Text>,
    /// The company's name, when the desk sends it along.
    pub company: Option<Text>,
    /// Addresses and numbers, e-mails first.
    pub contacts: Vec<Contact>,
    /// Custom attributes, in metadata order where that is known, else by name.
    pub custom: Vec<Field>,
    /// Tags.
    pub tags: Vec<TagId>,
    /// Conversations: all, open, snoozed, done.
    pub counts: [u64; 4],
    /// When the customer was last heard of.
    pub last_activity: Option<Timestamp>,
    /// When the record was made.
    pub created: Option<Timestamp>,
    /// The last change of any kind; the key of every sync.
    pub updated: Option<Timestamp>,
    /// The unmasking window, open or lingering.
    pub window: Option<UnmaskingWindow>,
    /// Document revision, for optimistic locks.
    pub rev: Option<u64>,
    /// Whether the record is softly deleted.
    pub deleted: bool,
}

/// What a list shows of a customer besides their conversation: small enough to be kept for many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Its id.
    pub id: CustomerId,
    /// The display name; empty when the desk has none.
    pub name: Text,
    /// The org's own grade for them (`loyaltyTierStr` and the like), where it has one and shows it.
    pub tier: Option<Text>,
    /// Users who have the customer open now, as far as the desk tells (Kustomer API reference 8.3, `activeUsers`).
    pub present: Vec<UserId>,
}

impl Customer {
    /// Contacts of one kind.
    pub fn contacts_of(&self, kind: ContactKind) -> impl Iterator<Item = &Contact> {
        self.contacts.iter().filter(move |contact| contact.kind == kind)
    }

    /// The domain of the first e-mail address that shows one.
    pub fn email_domain(&self) -> Option<&str> {
        self.contacts_of(ContactKind::Email).find_map(|contact| contact.value.email_domain())
    }

    /// Drops every value in the clear: the window they came through closed.
    pub fn mask(&mut self) {
        self.contacts.iter_mut().for_each(|contact| contact.value.mask());
        for field in &mut self.custom {
            if let super::FieldValue::Guarded(value) = &mut field.value {
                value.mask();
            }
        }
    }
}
