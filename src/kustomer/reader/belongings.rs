//! Owns what the reader remembers of whose is what: every customer and KObject that is read, by whomever, teaches it.

use crate::{
    domain::{Customer, CustomerId, FieldValue, Kobject, Text},
    kustomer::Reader,
    privacy::Whose,
};

impl Reader {
    /// Whose is what, as read so far in this sitting.
    pub fn whose(&self) -> &Whose {
        &self.whose
    }

    /// Remembers what identifies a customer, and passes them on.
    pub(in crate::kustomer) fn known(&self, customer: Option<Customer>) -> Option<Customer> {
        if let Some(customer) = &customer {
            let owner = &customer.id;
            self.whose.learn("customer id", owner.as_str(), owner);
            if let Some(id) = &customer.external_id {
                self.whose.learn("external id", id.raw(), owner);
            }
            for contact in &customer.contacts {
                if let Some(value) = contact.value.clear() {
                    self.whose.learn(contact.kind.word(), value.expose(), owner);
                }
            }
            self.fields(customer.custom.iter().map(|field| (field.name.as_str(), &field.value)), owner);
        }
        customer
    }

    /// Remembers what identifies a KObject that belongs to a customer, and passes it on.
    pub(in crate::kustomer) fn known_kobject(&self, kobject: Option<Kobject>) -> Option<Kobject> {
        if let Some((kobject, owner)) = kobject.as_ref().and_then(|kobject| Some((kobject, kobject.customer.as_ref()?)))
        {
            self.whose.learn("record id", kobject.id.as_str(), owner);
            if let Some(id) = kobject.external_id.as_ref().map(Text::raw) {
                self.whose.learn("record number", id, owner);
            }
            self.fields(kobject.custom.iter().map(|field| (field.name.as_str(), &field.value)), owner);
        }
        kobject
    }

    /// Attributes that hold a number of somebody's: told by their names, and by being sensitive.
    fn fields<'a>(&self, fields: impl Iterator<Item = (&'a str, &'a FieldValue)>, owner: &CustomerId) {
        const NAMES: [&str; 6] = ["number", "idstr", "account", "invoice", "tracking", "iban"];
        for (name, value) in fields {
            match value {
                FieldValue::Guarded(value) => {
                    if let Some(value) = value.clear() {
                        self.whose.learn("sensitive value", value.expose(), owner);
                    }
                }
                FieldValue::Open(value) => {
                    let lower = name.to_lowercase();
                    if let Some(value) = value.as_str().filter(|_| NAMES.iter().any(|part| lower.contains(part))) {
                        self.whose.learn("number", value, owner);
                    }
                }
            }
        }
    }
}
