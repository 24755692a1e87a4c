//! Owns the names the archive search knows, far fewer than the standard search's (Kustomer API reference 9.6).

use super::catalogue::{self, Attribute, Class, Family, Place};

/// Whether results can be sorted by an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sorts {
    Yes,
    No,
}

type Row = (&'static str, Class, Place, Sorts);

const ID: Row = ("id", Class::Keyword, Place::Id, Sorts::No);
const CREATED: Row = ("created_at", Class::Moment, Place::Paths(&["createdAt"]), Sorts::Yes);
const UPDATED: Row = ("updated_at", Class::Moment, Place::Paths(&["updatedAt"]), Sorts::Yes);
const DELETED: Row = ("deleted", Class::Flag, Place::Paths(&["deleted"]), Sorts::Yes);
const OF_CUSTOMER: &[&str] = &["@customer"];
const OF_COMPANY: &[&str] = &["@company"];

/// By context. Text is read from the same places as in the standard search.
const NAMES: &[(&str, Family, &str, &[Row])] = &[
    (
        "conversation_",
        Family::Conversation,
        "any_text",
        &[ID, CREATED, UPDATED, ("customer_id", Class::Keyword, Place::Paths(OF_CUSTOMER), Sorts::Yes), DELETED],
    ),
    (
        "customer_",
        Family::Customer,
        "any_text_new",
        &[ID, ("companyId", Class::Keyword, Place::Paths(OF_COMPANY), Sorts::Yes), CREATED, UPDATED, DELETED],
    ),
    (
        "message_",
        Family::Message,
        "any_text",
        &[
            ("id", Class::Keyword, Place::Id, Sorts::Yes),
            CREATED,
            UPDATED,
            ("conversation_id", Class::Keyword, Place::Paths(&["@conversation"]), Sorts::No),
        ],
    ),
    (
        "kobject_",
        Family::Kobject,
        "any_text",
        &[
            ID,
            CREATED,
            UPDATED,
            ("customer_id", Class::Keyword, Place::Paths(OF_CUSTOMER), Sorts::No),
            ("company_id", Class::Keyword, Place::Paths(OF_COMPANY), Sorts::No),
        ],
    ),
    ("company_", Family::Company, "", &[CREATED, UPDATED]),
];

/// Finds an attribute by its full name.
pub fn attribute(name: &str, klasses: &[String]) -> Option<Attribute> {
    let (prefix, family, text, rows) = NAMES.iter().find(|(prefix, ..)| name.starts_with(prefix))?;
    let rest = &name[prefix.len()..];
    let (family, rest) = match catalogue::of_klass(rest, klasses) {
        Some((klass, rest)) if *family == Family::Kobject => (Family::Klass(klass), rest),
        _ => (family.clone(), rest),
    };
    if rest == *text {
        let standard = catalogue::attribute(&format!("{prefix}any_text"), klasses)?;
        return Some(Attribute { family, ..standard });
    }
    let (_, class, place, _) = rows.iter().find(|(known, ..)| *known == rest)?;
    Some(Attribute { family, class: *class, place: place.clone(), is_tags: false })
}

/// Whether the archive has records of a family.
pub fn has(family: &Family) -> bool {
    NAMES.iter().any(|(_, known, ..)| known.kind() == family.kind())
}

/// Whether results can be sorted by this name. The names of `KObjects` may hold a klass, which only moves the end.
pub fn sorts(name: &str) -> bool {
    let row = |rows: &[Row]| rows.iter().any(|(known, _, _, sorts)| *sorts == Sorts::Yes && name.ends_with(known));
    NAMES.iter().find(|(prefix, ..)| name.starts_with(prefix)).is_some_and(|(.., rows)| row(rows))
}
