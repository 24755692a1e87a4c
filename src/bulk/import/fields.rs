//! Owns which fields a row of each resource may have: the standard ones (`table`) and the custom ones metadata describes; how
//! they are named in a mapping, and which name was likely meant.

mod table;

use std::collections::HashMap;

use crate::{
    bulk::Resource,
    domain::{Attribute, AttributeKind, Text},
};
use Kind::{Id, Link, Moment, Number, Truth, Words};
use table::{ALIASES, Known, On, REFERENCES};

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
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of a field, and none follows from another")]
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
        let known = table::of(&resource);
        let mut all = vec![field("id", Id, Place::Id, On::Both)];
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
        near.sort_unstable();
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
        create: on != On::Update,
        update: matches!(on, On::Both | On::BothNeeded | On::Update),
        required: matches!(on, On::Needed | On::BothNeeded),
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
    let own = field(&format!("custom.{}", attribute.name), kind, place, On::Both);
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
        if let Some(name) = custom(field) {
            learn(plain(&name), index);
        }
    }
    for (index, field) in all.iter().enumerate() {
        learn(plain(field.label.raw()), index);
    }
    for (index, field) in all.iter().enumerate() {
        if let Some(name) = custom(field) {
            learn(plain(AttributeKind::split(&name).0), index);
        }
    }
    for (word, names) in ALIASES {
        let meant = names.iter().find_map(|name| all.iter().position(|field| field.name == *name));
        if let Some(index) = meant {
            learn((*word).to_owned(), index);
        }
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
