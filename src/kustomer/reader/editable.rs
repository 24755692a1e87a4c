//! Owns the reading of one record for a form: what metadata describes now, what the record holds, and the record itself to
//! build the change on. Metadata is read anew each time, so that an attribute somebody just made can be filled in at once.
//! Changes nothing.
//!
//! Invariant: nothing sensitive is in the clear in what comes out, window or not: a form outlives windows.

use super::{Reader, or_nothing};
use crate::{
    domain::{Attribute, ConversationId, CustomerId, Field, FieldValue, KlassName, KobjectId, Text},
    kustomer::{
        changes::Record,
        path::segment,
        wire::{self, Resource},
    },
    transport::{ApiError, ErrorKind},
};

/// What a form is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Editing {
    /// A KObject that is not there yet.
    NewKobject {
        /// Of which klass.
        klass: KlassName,
        /// Whose, if anybody's.
        customer: Option<CustomerId>,
    },
    /// A KObject.
    Kobject {
        /// Its klass.
        klass: KlassName,
        /// Which.
        id: KobjectId,
    },
    /// A customer's own attributes.
    Customer(CustomerId),
    /// A conversation's own attributes.
    Conversation(ConversationId),
}

impl Editing {
    /// The resource whose metadata describes the attributes (Kustomer API reference 7.2).
    pub fn resource(&self) -> String {
        match self {
            Self::NewKobject { klass, .. } | Self::Kobject { klass, .. } => format!("kobject.{klass}"),
            Self::Customer(_) => "customer".to_owned(),
            Self::Conversation(_) => "conversation".to_owned(),
        }
    }

    /// The klass, for KObjects.
    pub fn klass(&self) -> Option<&KlassName> {
        match self {
            Self::NewKobject { klass, .. } | Self::Kobject { klass, .. } => Some(klass),
            Self::Customer(_) | Self::Conversation(_) => None,
        }
    }

    /// Where the record is, where there is one.
    fn path(&self) -> Option<String> {
        match self {
            Self::NewKobject { .. } => None,
            Self::Kobject { klass, id } => {
                Some(format!("/v1/klasses/{}/{}", segment(klass.as_str()), segment(id.as_str())))
            }
            Self::Customer(id) => Some(format!("/v1/customers/{}", segment(id.as_str()))),
            Self::Conversation(id) => Some(format!("/v1/conversations/{}", segment(id.as_str()))),
        }
    }
}

/// A record as a form needs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Editable {
    /// What the change is built on: revision and links, no values. `None` for what is not there yet.
    pub record: Option<Record>,
    /// What people call it.
    pub name: Text,
    /// The standard attributes a form shows: a KObject's title, external id and description.
    pub own: Vec<Field>,
    /// What metadata says of the custom ones.
    pub attributes: Vec<Attribute>,
    /// The custom attributes it has.
    pub custom: Vec<Field>,
}

impl Reader {
    /// A record to be edited, as it is now; for one that is not there yet only what metadata says.
    pub async fn editable(&self, editing: &Editing) -> Result<Editable, ApiError> {
        const LABEL: &str = "GET of the record to be edited";
        let resource = editing.resource();
        let attributes = or_nothing(self.metadata(&resource).await)?;
        let Some(path) = editing.path() else { return Ok(Editable { attributes, ..Editable::default() }) };
        let sensitivity = self.sensitivity(&resource).await;
        let body = self.get(LABEL, path).await?;
        let garbled = || ApiError::new(ErrorKind::Garbled, LABEL);
        let found = wire::single(&body).ok_or_else(garbled)?;
        let record = Record::of(found.raw()).ok_or_else(garbled)?.bare();
        let mut custom = wire::custom_of(found, &sensitivity);
        for field in &mut custom {
            if let FieldValue::Guarded(value) = &mut field.value {
                value.mask();
            }
        }
        let own = if editing.klass().is_some() { own(found) } else { Vec::new() };
        Ok(Editable { record: Some(record), name: name(found), own, attributes, custom })
    }
}

/// A KObject's standard attributes that can be written (Kustomer API reference 18.2).
fn own(r: Resource<'_>) -> Vec<Field> {
    let field = |name: &str| {
        let value = FieldValue::Open(r.at(name)?.clone());
        Some(Field { name: name.to_owned(), value })
    };
    ["title", "externalId", "description"].into_iter().filter_map(field).collect()
}

fn name(r: Resource<'_>) -> Text {
    ["title", "displayName", "name"].into_iter().find_map(|name| r.text(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::{
        clock::Clock,
        sandbox::{self, Options},
        transport::{Endpoint, Transport},
    };

    #[tokio::test]
    async fn a_record_is_read_for_a_form_with_its_masks() {
        let running = sandbox::start(Options::default()).await.expect("a desk");
        let ready = running.ready().clone();
        let endpoint = Endpoint { base: ready.kustomer, key: SecretString::from(ready.api_key) };
        let reader = Reader::new(Transport::new(endpoint, Clock::real()).expect("a transport"), Clock::real());
        let rows = reader.open_conversations().await.expect("a queue").rows;
        let customer = rows[0].customer.clone().expect("a customer");
        let read = reader.editable(&Editing::Customer(customer)).await.expect("a customer");
        let is_open = |field: &&Field| !field.value.guarded().is_none_or(crate::domain::Guarded::is_masked);
        assert!(read.custom.iter().find(is_open).is_none(), "{read:?}");
        assert!(read.custom.iter().any(|field| field.value.guarded().is_some()));
        let orders = reader.kobjects(&KlassName::new("order"), 1).await.expect("orders").rows;
        let (klass, id) = (orders[0].klass.clone(), orders[0].id.clone());
        let order = reader.editable(&Editing::Kobject { klass, id }).await.expect("an order");
        assert_eq!(order.name, orders[0].title);
        assert!(order.attributes.len() > 5 && order.own.iter().any(|field| field.name == "title"));
        assert_eq!(order.record.map(|record| record.kind().to_owned()).as_deref(), Some("kobject.order"));
        let conversation = Editing::Conversation(rows[0].id.clone());
        assert!(!reader.editable(&conversation).await.expect("a conversation").attributes.is_empty());
    }
}
