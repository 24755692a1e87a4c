//! Owns what an answer says of a record though nobody ever set it: the attributes the API shows as null or empty where
//! another one would leave them out, what each contact item carries, and who made the records the org began with. Works on
//! what is about to be answered, never on the stored records: searches for what is not set still find it.
//!
//! Most attributes never set are absent (Kustomer API reference 2.4); these are the ones a public client's schema of the API
//! requires, where the reference does not show otherwise.

use serde_json::{Map, Value, json};

use super::{
    doc::{Doc, Kind},
    seed,
};

/// What stands in for an attribute.
#[derive(Clone, Copy, Debug)]
enum Usual {
    Null,
    Word(&'static str),
    Zero,
    Empty,
    List,
    /// The value of another attribute of the record.
    Same(&'static str),
}

use Usual::{Empty, List, Null, Same, Word, Zero};

impl Usual {
    fn value(self, attributes: &Map<String, Value>) -> Value {
        match self {
            Null => Value::Null,
            Word(word) => word.into(),
            Zero => 0.into(),
            Empty => json!({}),
            List => json!([]),
            Same(name) => attributes.get(name).cloned().unwrap_or_default(),
        }
    }
}

const CUSTOMER: &[(&str, Usual)] = &[
    ("name", Null),
    ("displayName", Null),
    ("username", Null),
    ("locale", Null),
    ("timeZone", Null),
    ("defaultLang", Null),
    ("gender", Null),
    ("avatarUrl", Null),
    ("birthdayAt", Null),
    ("signedUpAt", Null),
    ("lastSeenAt", Null),
    ("presence", Word("offline")),
    ("sentiment", Empty),
];
const CONVERSATION: &[(&str, Usual)] = &[
    ("name", Null),
    ("direction", Null),
    ("lastMessageIn", Empty),
    ("firstResponse", Empty),
    ("satisfaction", Zero),
    ("suggestedTags", List),
    ("sentiment", Empty),
];
const MESSAGE: &[(&str, Usual)] = &[("lang", Null), ("subject", Null), ("size", Zero), ("sentiment", Empty)];
const KOBJECT: &[(&str, Usual)] = &[("icon", Null), ("description", Null)];
const USER: &[(&str, Usual)] = &[("avatarUrl", Null), ("emailVerifiedAt", Null)];
const EVENT: &[(&str, Usual)] =
    &[("changes", Empty), ("location", Null), ("meta", Null), ("modifiedAt", Same("createdAt"))];

/// The lists of contact items and the type an item has that was never given one; none for those without types.
const CONTACTS: &[(&str, Option<&str>)] = &[
    ("emails", Some("home")),
    ("sharedEmails", Some("home")),
    ("phones", Some("mobile")),
    ("sharedPhones", Some("mobile")),
    ("whatsapps", Some("mobile")),
    ("externalIds", None),
    ("sharedExternalIds", None),
];

/// The kinds every one of which somebody made, also those the org began with. Messages, notes and drafts know their authors,
/// or come from a customer.
const MADE: &[Kind] = &[
    Kind::Company,
    Kind::Customer,
    Kind::Conversation,
    Kind::SatisfactionForm,
    Kind::Klass,
    Kind::Team,
    Kind::RoleGroup,
    Kind::Queue,
    Kind::Tag,
    Kind::Sla,
    Kind::SlaVersion,
    Kind::Shortcut,
    Kind::Brand,
    Kind::Schedule,
];

/// Adds to the attributes that are about to be answered what is usually there.
pub fn fill(kind: Kind, attributes: &mut Map<String, Value>) {
    let usual = match kind {
        Kind::Customer => CUSTOMER,
        Kind::Conversation => CONVERSATION,
        Kind::Message => MESSAGE,
        Kind::Kobject => KOBJECT,
        Kind::User => USER,
        Kind::Event => EVENT,
        _ => &[],
    };
    for (name, usual) in usual {
        if !attributes.contains_key(*name) {
            let value = usual.value(attributes);
            attributes.insert((*name).to_owned(), value);
        }
    }
    match kind {
        Kind::Customer => {
            if !attributes.contains_key("recentLocation") {
                let seen = json!({ "updatedAt": attributes.get("updatedAt") });
                attributes.insert("recentLocation".into(), seen);
            }
            fill_contacts(attributes);
        }
        Kind::Company => fill_contacts(attributes),
        Kind::SlaVersion => {
            if let Some(criteria) = attributes.get_mut("criteria").and_then(Value::as_object_mut) {
                criteria.entry("and").or_insert_with(|| json!([]));
            }
        }
        _ => {}
    }
}

/// Contact items come back with an `id` of null (Kustomer API reference 8.3).
fn fill_contacts(attributes: &mut Map<String, Value>) {
    for (list, usual_type) in CONTACTS {
        let items = attributes.get_mut(*list).and_then(Value::as_array_mut).into_iter().flatten();
        for item in items.filter_map(Value::as_object_mut) {
            item.entry("id").or_insert(Value::Null);
            if let Some(usual_type) = usual_type {
                item.entry("type").or_insert_with(|| (*usual_type).into());
            }
        }
    }
}

/// Who is told to have made and last changed a record that does not say so.
pub fn maker(doc: &Doc, relationship: &str) -> Option<(Kind, String)> {
    let made_by = || (Kind::User, seed::ids::MACHINE_USER.to_owned());
    match relationship {
        "createdBy" if MADE.contains(&doc.kind) => Some(made_by()),
        "modifiedBy" if MADE.contains(&doc.kind) => Some(doc.related.get("createdBy").cloned().unwrap_or_else(made_by)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_what_is_not_is_null_or_empty() {
        let attributes = json!({ "name": "Mara", "updatedAt": "u", "emails": [{ "email": "m@quill.example", "type": "work" }, { "email": "x@quill.example" }] });
        let mut attributes = attributes.as_object().cloned().expect("an object");
        fill(Kind::Customer, &mut attributes);
        assert_eq!(attributes["name"], "Mara");
        assert_eq!(attributes.get("gender"), Some(&Value::Null));
        assert_eq!(attributes["presence"], "offline");
        assert_eq!(attributes["recentLocation"]["updatedAt"], "u");
        let emails = json!([{ "email": "m@quill.example", "type": "work", "id": null }, { "email": "x@quill.example", "type": "home", "id": null }]);
        assert_eq!(attributes["emails"], emails);
    }

    #[test]
    fn the_machine_user_made_what_says_no_maker() {
        let mut team = Doc::new(Kind::Team, "t");
        assert_eq!(maker(&team, "createdBy"), Some((Kind::User, seed::ids::MACHINE_USER.into())));
        team.related.insert("createdBy".into(), (Kind::User, "u".into()));
        assert_eq!(maker(&team, "modifiedBy"), Some((Kind::User, "u".into())));
        assert_eq!(maker(&team, "brand"), None);
        assert_eq!(maker(&Doc::new(Kind::Message, "m"), "createdBy"), None);
    }
}
