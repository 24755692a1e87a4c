//! Owns what a search can find, as one type: whose it is, where it opens, what stays of it when a window closes. How it
//! looks is `table`'s and `preview`'s.

use crate::{
    console::{msg::Target, pane::Cannot},
    domain::{Conversation, Customer, CustomerId, FieldValue, Kobject, Message, Named, Note},
    kustomer::{Found, Owned, Page, search::Context},
};

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A customer.
    Customer(Customer),
    /// A conversation.
    Conversation(Conversation),
    /// A message.
    Message(Owned<Message>),
    /// A note.
    Note(Owned<Note>),
    /// A company.
    Company(Named<String>),
    /// A KObject.
    Kobject(Kobject),
}

impl Record {
    /// A page of what was found, whatever it is.
    pub fn page(found: Found) -> Page<Self> {
        match found {
            Found::Customers(page) => each(page, Self::Customer),
            Found::Conversations(page) => each(page, Self::Conversation),
            Found::Messages(page) => each(page, Self::Message),
            Found::Notes(page) => each(page, Self::Note),
            Found::Companies(page) => each(page, Self::Company),
            Found::Kobjects(page) => each(page, Self::Kobject),
        }
    }

    /// Its id at the desk.
    pub fn id(&self) -> &str {
        match self {
            Self::Customer(customer) => customer.id.as_str(),
            Self::Conversation(conversation) => conversation.id.as_str(),
            Self::Message(message) => message.record.id.as_str(),
            Self::Note(note) => note.record.id.as_str(),
            Self::Company(company) => &company.id,
            Self::Kobject(kobject) => kobject.id.as_str(),
        }
    }

    /// What it is, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Customer(_) => "customer",
            Self::Conversation(_) => "conversation",
            Self::Message(_) => "message",
            Self::Note(_) => "note",
            Self::Company(_) => "company",
            Self::Kobject(_) => "KObject",
        }
    }

    /// Whose it is, where the desk tells.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(customer) => Some(&customer.id),
            Self::Conversation(conversation) => conversation.customer.as_ref(),
            Self::Message(message) => message.customer.as_ref(),
            Self::Note(note) => note.customer.as_ref(),
            Self::Company(_) => None,
            Self::Kobject(kobject) => kobject.customer.as_ref(),
        }
    }

    /// Where it opens: people and their words on the timeline, a company as the search for its people.
    pub fn opens(&self) -> Result<Target, Cannot> {
        let conversation = match self {
            Self::Customer(_) => None,
            Self::Conversation(conversation) => Some(conversation.id.clone()),
            Self::Message(message) => message.record.conversation.clone(),
            Self::Note(note) => note.record.conversation.clone(),
            Self::Company(company) => {
                let name = company.name.raw().replace('\\', "\\\\").replace('"', "\\\"");
                return Ok(Target::Search { context: Context::Customer, query: format!("company.name:\"{name}\"") });
            }
            Self::Kobject(kobject) => {
                let (klass, customer, id) = (kobject.klass.clone(), kobject.customer.clone(), kobject.id.clone());
                return Ok(Target::Kobject { klass, customer, id });
            }
        };
        let customer = self.customer().cloned().ok_or(Cannot("the desk does not say whose this is"))?;
        Ok(Target::Timeline { customer, conversation })
    }

    /// Takes out what a customer's unmasking window let through.
    pub fn forget(&mut self, customer: &CustomerId) {
        if self.customer() != Some(customer) {
            return;
        }
        match self {
            Self::Customer(customer) => customer.mask(),
            Self::Message(message) => {
                if let Some(from) = &mut message.record.from {
                    from.mask();
                }
            }
            Self::Kobject(kobject) => {
                for field in &mut kobject.custom {
                    if let FieldValue::Guarded(value) = &mut field.value {
                        value.mask();
                    }
                }
            }
            Self::Conversation(_) | Self::Note(_) | Self::Company(_) => {}
        }
    }
}

fn each<T>(page: Page<T>, make: impl Fn(T) -> Record) -> Page<Record> {
    let Page { rows, total, more, skipped } = page;
    Page { rows: rows.into_iter().map(make).collect(), total, more, skipped }
}
