//! Owns which fields a row of each resource may have, as data (Kustomer API reference 8.2, 10.2, 12.2, 13, 18.2, 19), together
//! with the custom ones metadata describes; how they are named in a mapping, and which name was likely meant.

use std::collections::HashMap;

use crate::{
    bulk::Resource,
    domain::{Attribute, AttributeKind, Text},
};

/// What a field takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Words, of so many characters at least and at most.
    Words(usize, usize),
    /// A number.
    Number,
    /// A whole number between two.
    Whole(i64, i64),
    /// Yes or no.
    Truth,
    /// A moment.
    Moment,
    /// A web address.
    Link,
    /// An id of the desk's: 24 hexadecimal digits.
    Id,
    /// So many ids at most.
    Ids(usize),
    /// So many tags at most.
    Tags(usize),
    /// One of these.
    One(&'static [&'static str]),
    /// One of these, as the org's metadata lists them.
    Listed(Vec<String>),
    /// E-mail addresses.
    Emails,
    /// Phone numbers.
    Phones,
    /// Domains of a company.
    Domains,
    /// Any JSON object or list, as it is.
    Json,
}

/// What a record is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The org's own id.
    ExternalId,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

/// What a row may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A customer.
    Customer,
    /// A company.
    Company,
    /// A conversation.
    Conversation,
}

impl Target {
    /// The word, which is the attribute in a body too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Company => "company",
            Self::Conversation => "conversation",
        }
    }
}

/// Where a field's value goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// An attribute of the body.
    Attribute(&'static str),
    /// One within an object of the body.
    Within(&'static str, &'static str),
    /// A custom attribute.
    Custom(String),
    /// The id of a record that is looked up.
    Refer(Target, By),
    /// It says which record the row is about.
    Id,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// As it is written in a mapping.
    pub name: String,
    /// What people call it.
    pub label: Text,
    /// What it takes.
    pub kind: Kind,
    /// Where it goes.
    pub place: Place,
    /// Whether a new record may have it.
    pub create: bool,
    /// Whether a change may have it.
    pub update: bool,
    /// Whether a new record needs it.
    pub required: bool,
    /// Whether the desk masks it.
    pub sensitive: bool,
}

/// A row of the tables below.
struct Known(&'static str, Kind, On);

/// When a field may be given.
#[derive(Clone, Copy, PartialEq)]
enum On {
    Both,
    /// New records, and each of them needs it.
    Needed,
    /// Both, and each new record needs it.
    BothNeeded,
    Create,
    Update,
}

use Kind::{Domains, Emails, Id, Ids, Json, Link, Moment, Number, One, Phones, Tags, Truth, Whole, Words};
use On::{Both, BothNeeded, Create, Needed, Update};

const CHANNELS: &[&str] =
    &["email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"];
const INOUT: &[&str] = &["in", "out"];

const CUSTOMER: &[Known] = &[
    Known("name", Words(0, 256), Both),
    Known("externalId", Words(1, 256), Both),
    Known("username", Words(0, 256), Both),
    Known("emails", Emails, Both),
    Known("phones", Phones, Both),
    Known("company", Id, Both),
    Known("locale", Words(0, 16), Both),
    Known("timeZone", Words(0, 64), Both),
    Known("defaultLang", Words(0, 100), Both),
    Known("gender", One(&["m", "f"]), Both),
    Known("birthdayAt", Moment, Both),
    Known("signedUpAt", Moment, Both),
    Known("lastActivityAt", Moment, Both),
    Known("lastSeenAt", Moment, Both),
    Known("avatarUrl", Link, Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("whatsapps", Json, Both),
    Known("socials", Json, Both),
    Known("urls", Json, Both),
    Known("locations", Json, Both),
    Known("sentiment", Json, Both),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const CONVERSATION: &[Known] = &[
    Known("customer", Id, Needed),
    Known("externalId", Words(1, 256), Both),
    Known("name", Words(0, 256), Both),
    Known("status", One(&["open", "snoozed", "done"]), Both),
    Known("snooze.time", Moment, Update),
    Known("subStatus", Id, Update),
    Known("priority", Whole(1, 5), Both),
    Known("direction", One(INOUT), Both),
    Known("replyChannel", Words(0, 256), Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("assignedUsers", Ids(10), Both),
    Known("assignedTeams", Ids(10), Both),
    Known("queue.id", Id, Both),
    Known("defaultLang", Words(0, 100), Both),
    Known("sentiment", Json, Update),
    Known("satisfaction", Number, Update),
    Known("endedAt", Moment, Update),
    Known("endedReason", Words(0, 128), Update),
    Known("ended", Truth, Update),
    Known("locked", Truth, Update),
    Known("deleted", Truth, Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const MESSAGE: &[Known] = &[
    Known("conversation", Id, Needed),
    Known("channel", One(CHANNELS), Needed),
    Known("app", Words(1, 256), Needed),
    Known("direction", One(INOUT), Needed),
    Known("preview", Words(0, 10_240), Both),
    Known("subject", Words(0, 256), Both),
    Known("externalId", Words(1, 256), Both),
    Known("lang", Words(0, 100), Both),
    Known("status", One(&["sent", "received", "error"]), Both),
    Known("auto", Truth, Both),
    Known("spam", Truth, Update),
    Known("meta", Json, Both),
    Known("sentAt", Moment, Both),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Both),
];

const NOTE: &[Known] = &[
    Known("conversation", Id, Needed),
    Known("body", Words(1, 10_240), BothNeeded),
    Known("externalId", Words(1, 256), Both),
    Known("lang", Words(0, 100), Both),
    Known("deleted", Truth, Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const COMPANY: &[Known] = &[
    Known("name", Words(3, 255), BothNeeded),
    Known("externalId", Words(1, 256), Both),
    Known("avatarUrl", Link, Both),
    Known("emails", Emails, Both),
    Known("phones", Phones, Both),
    Known("domains", Domains, Both),
    Known("employeeCount", Number, Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("defaultLang", Words(0, 100), Both),
    Known("whatsapps", Json, Both),
    Known("socials", Json, Both),
    Known("urls", Json, Both),
    Known("locations", Json, Both),
    Known("deleted", Truth, Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

const KOBJECT: &[Known] = &[
    Known("title", Words(1, 256), BothNeeded),
    Known("description", Words(0, 10_240), Both),
    Known("externalId", Words(1, 256), Both),
    Known("customer", Id, Create),
    Known("company", Id, Create),
    Known("icon", Words(0, 64), Both),
    Known("images", Json, Both),
    Known("data", Json, Both),
    Known("tags", Tags(20), Both),
    Known("tags+", Tags(20), Update),
    Known("tags-", Tags(20), Update),
    Known("createdAt", Moment, Create),
    Known("importedAt", Moment, Create),
];

/// Fields that take a record's key of the org's instead of its id.
const REFERENCES: &[(Target, &[(&str, By)])] = &[
    (Target::Customer, &[("externalId", By::ExternalId), ("email", By::Email), ("phone", By::Phone)]),
    (Target::Company, &[("externalId", By::ExternalId)]),
    (Target::Conversation, &[("externalId", By::ExternalId)]),
];

/// Other words people have for fields, without blanks and in small letters. The first that the resource has is meant.
const ALIASES: &[(&str, &[&str])] = &[
    ("email", &["emails", "customer.email"]),
    ("mail", &["emails", "customer.email"]),
    ("emailaddress", &["emails", "customer.email"]),
    ("customermail", &["customer.email"]),
    ("phone", &["phones", "customer.phone"]),
    ("phonenumber", &["phones", "customer.phone"]),
    ("telephone", &["phones", "customer.phone"]),
    ("mobile", &["phones", "customer.phone"]),
    ("fullname", &["name"]),
    ("subject", &["subject", "title"]),
    ("heading", &["title"]),
    ("text", &["body", "preview", "description"]),
    ("note", &["body"]),
    ("message", &["preview"]),
    ("tag", &["tags"]),
    ("labels", &["tags"]),
    ("language", &["defaultLang", "lang"]),
    ("birthday", &["birthdayAt"]),
    ("created", &["createdAt"]),
    ("externalref", &["externalId"]),
    ("reference", &["externalId"]),
    ("queue", &["queue.id"]),
    ("customerid", &["customer.externalId"]),
    ("customernumber", &["customer.externalId"]),
    ("tenant", &["customer.externalId"]),
    ("tenantid", &["customer.externalId"]),
    ("account", &["customer.externalId"]),
    ("accountid", &["customer.externalId"]),
    ("companyid", &["company.externalId"]),
    ("conversationid", &["conversation.externalId"]),
];

/// All fields of a resource.
#[derive(Clone, Debug)]
pub struct Fields {
    resource: Resource,
    all: Vec<Field>,
    by_word: HashMap<String, usize>,
}

impl Fields {
    /// The fields of a resource; `custom` is what its metadata describes.
    pub fn of(resource: Resource, custom: &[Attribute]) -> Self {
        let known = match &resource {
            Resource::Customers => CUSTOMER,
            Resource::Conversations => CONVERSATION,
            Resource::Messages => MESSAGE,
            Resource::Notes => NOTE,
            Resource::Companies => COMPANY,
            Resource::Kobjects(_) => KOBJECT,
        };
        let mut all = vec![field("id", Kind::Id, Place::Id, Both)];
        for Known(name, kind, on) in known {
            all.push(field(name, kind.clone(), place(name), *on));
            // Instead of an id, the key people have for the record.
            let target = REFERENCES.iter().find(|(target, _)| target.word() == *name);
            for (key, by) in target.iter().flat_map(|(_, keys)| keys.iter()) {
                let kind = if *by == By::ExternalId { Words(1, 256) } else { Words(3, 256) };
                let place = target.map_or(Place::Id, |(target, _)| Place::Refer(*target, *by));
                let reference = field(&format!("{name}.{key}"), kind, place, *on);
                all.push(Field { required: false, ..reference });
            }
        }
        let has_custom = !matches!(resource, Resource::Notes);
        all.extend(custom.iter().filter(|_| has_custom).filter_map(described));
        let by_word = words(&all);
        Self { resource, all, by_word }
    }

    /// Whose they are.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// All of them.
    pub fn all(&self) -> &[Field] {
        &self.all
    }

    /// One of them.
    pub fn get(&self, index: usize) -> &Field {
        &self.all[index]
    }

    /// The field of this very name; `totalNum` is `custom.totalNum` too.
    pub fn named(&self, name: &str) -> Option<usize> {
        let own = |field: &Field| field.name == name || field.name.strip_prefix("custom.") == Some(name);
        let alias = || ALIASES.iter().find(|(word, _)| *word == name).and_then(|(_, fields)| self.first(fields));
        self.all.iter().position(own).or_else(alias)
    }

    /// The field a column of this name most likely is for.
    pub fn guessed(&self, column: &str) -> Option<usize> {
        self.by_word.get(&plain(column)).copied()
    }

    /// Names of fields that read like this one, the likeliest first.
    pub fn near(&self, name: &str) -> Vec<&str> {
        let wanted = plain(name);
        let apart = |word: &str| {
            let part = wanted.chars().count() >= 4 && word.contains(&wanted);
            if part { 1 } else { distance(&wanted, word) }
        };
        let of = |field: &'_ Field| {
            let own = [&field.name, name_alone(field), AttributeKind::split(name_alone(field)).0, field.label.raw()]
                .map(plain);
            own.iter().map(|word| apart(word)).min().unwrap_or(usize::MAX)
        };
        let all = self.all.iter().filter(|field| field.name != name).map(|field| (of(field), field.name.as_str()));
        let mut near: Vec<(usize, &str)> = all.filter(|(apart, _)| *apart <= wanted.chars().count() / 3).collect();
        near.sort();
        near.into_iter().map(|(_, name)| name).take(3).collect()
    }

    fn first(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.all.iter().position(|field| field.name == *name))
    }
}

fn place(name: &'static str) -> Place {
    match name.split_once('.') {
        Some((object, key)) => Place::Within(object, key),
        None => Place::Attribute(name),
    }
}

fn field(name: &str, kind: Kind, place: Place, on: On) -> Field {
    Field {
        name: name.to_owned(),
        label: Text::from(name),
        kind,
        place,
        create: on != Update,
        update: matches!(on, Both | BothNeeded | Update),
        required: matches!(on, Needed | BothNeeded),
        sensitive: false,
    }
}

/// A custom attribute as a field; one without a known suffix cannot be written (Kustomer API reference 7.1).
fn described(attribute: &Attribute) -> Option<Field> {
    let listed: Vec<String> = attribute.enumeration.iter().map(|value| value.raw().to_owned()).collect();
    let kind = match attribute.kind {
        AttributeKind::Str if !listed.is_empty() => Kind::Listed(listed),
        AttributeKind::Str => Words(0, 1024),
        // The documented 1,024 is likely less than the truth; the desk has the last word.
        AttributeKind::Txt | AttributeKind::Tree => Words(0, 10_240),
        AttributeKind::Num => Number,
        AttributeKind::Bool => Truth,
        AttributeKind::At => Moment,
        AttributeKind::Url => Link,
        AttributeKind::Id => Id,
        AttributeKind::Unknown => return None,
    };
    let place = Place::Custom(attribute.name.clone());
    let own = field(&format!("custom.{}", attribute.name), kind, place, Both);
    Some(Field { label: attribute.label.clone(), sensitive: attribute.sensitive, ..own })
}

/// What columns may be called, for each field: names before labels before names without their suffix before other words.
fn words(all: &[Field]) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    let mut learn = |word: String, index: usize| {
        if !word.is_empty() {
            words.entry(word).or_insert(index);
        }
    };
    let custom = |field: &Field| field.name.strip_prefix("custom.").map(str::to_owned);
    for (index, field) in all.iter().enumerate() {
        learn(plain(&field.name), index);
    }
    for (index, field) in all.iter().enumerate() {
        custom(field).into_iter().for_each(|name| learn(plain(&name), index));
    }
    for (index, field) in all.iter().enumerate() {
        learn(plain(field.label.raw()), index);
    }
    for (index, field) in all.iter().enumerate() {
        custom(field).into_iter().for_each(|name| learn(plain(AttributeKind::split(&name).0), index));
    }
    for (word, names) in ALIASES {
        let meant = names.iter().find_map(|name| all.iter().position(|field| field.name == *name));
        meant.into_iter().for_each(|index| learn((*word).to_owned(), index));
    }
    words
}

/// The name without what says that it is a custom one.
fn name_alone(field: &Field) -> &str {
    field.name.trim_start_matches("custom.")
}

/// A name as it sounds: letters and digits, small.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(128).collect()
}

/// How many letters have to be changed to make one word the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().take(64).enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let kept = corner + usize::from(left != *right);
            corner = row[j + 1];
            row[j + 1] = kept.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::KlassName;

    fn fields(resource: Resource, custom: &[&str]) -> Fields {
        let custom: Vec<Attribute> = custom.iter().map(|name| Attribute::undescribed(name)).collect();
        Fields::of(resource, &custom)
    }

    #[test]
    fn columns_are_guessed_by_name_label_and_other_words() {
        let order =
            fields(Resource::Kobjects(KlassName::new("order")), &["totalPriceNum", "orderStatusStr", "placedAt"]);
        for (column, expected) in [
            ("Title", Some("title")),
            ("total price", Some("custom.totalPriceNum")),
            ("TOTAL_PRICE_NUM", Some("custom.totalPriceNum")),
            ("Order status", Some("custom.orderStatusStr")),
            ("E-Mail", Some("customer.email")),
            ("Tenant ID", Some("customer.externalId")),
            ("customer external id", Some("customer.externalId")),
            ("External ID", Some("externalId")),
            ("colour", None),
        ] {
            let guessed = order.guessed(column).map(|index| order.get(index).name.as_str());
            assert_eq!(guessed, expected, "{column}");
        }
        let customers = fields(Resource::Customers, &[]);
        assert_eq!(customers.guessed("E-Mail").map(|index| customers.get(index).name.as_str()), Some("emails"));
    }

    #[test]
    fn a_misspelt_field_has_near_ones() {
        let order = fields(Resource::Kobjects(KlassName::new("order")), &["totalPriceNum", "placedAt"]);
        assert_eq!(order.near("totalPrizeNum"), ["custom.totalPriceNum"]);
        assert_eq!(order.near("totalPrize"), ["custom.totalPriceNum"]);
        assert_eq!(order.near("tilte"), Vec::<&str>::new());
        assert_eq!(order.near("titel x"), ["title"]);
        assert_eq!(order.near("Total"), ["custom.totalPriceNum"]);
        assert_eq!(order.near("custmer.email"), ["customer.email"]);
        assert!(order.near("zzz").is_empty());
    }
}
