//! Owns the translation into the desk's search document (Kustomer API reference 9). Times are sent as UTC instants, which
//! the desk never shifts.

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::{Map, Value, json};

use super::{Compare, Context, Field, Known, Moment, Operand, Query, Sort, SortKey, Term, Test, What};

/// The whole document.
pub(super) fn document(query: &Query, context: Context) -> Value {
    let (mut and, mut not) = (Vec::new(), Vec::new());
    for term in &query.terms {
        let (holds, excludes) = criteria(query, context, term);
        and.extend(holds);
        not.extend(excludes);
    }
    let mut document = Map::new();
    document.insert("queryContext".into(), json!(context.word()));
    for (key, criteria) in [("and", and), ("not", not)] {
        if !criteria.is_empty() {
            document.insert(key.into(), Value::Array(criteria));
        }
    }
    document.insert("sort".into(), json!([sort(query.sort, context)]));
    Value::Object(document)
}

impl Context {
    /// The prefix of its attributes, and its literal.
    fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Conversation => "conversation",
        }
    }
}

fn sort(sort: Option<Sort>, context: Context) -> Value {
    let sort = sort.unwrap_or(Sort { key: SortKey::Updated, descending: true });
    let name = match (sort.key, context) {
        (SortKey::Created, _) => "created_at",
        (SortKey::Updated, _) => "updated_at",
        (SortKey::Name, _) => "name",
        (SortKey::Active, Context::Customer) => "activity_at",
        (SortKey::Active, Context::Conversation) => "last_message_at",
    };
    one(&format!("{}_{name}", context.word()), json!(if sort.descending { "desc" } else { "asc" }))
}

fn one(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// What must hold and what must not, for one term. A day is two conditions, which is why it cannot be negated.
fn criteria(query: &Query, context: Context, term: &Term) -> (Vec<Value>, Vec<Value>) {
    let (attribute, test) = match &term.what {
        What::Words(words) => free(words, context),
        What::Field(field, test) => (attribute(field, context), test.clone()),
    };
    // `set` is unverified, `not_set` is not: presence is the exception from absence.
    if test == Test::Any {
        let absent = vec![one(&attribute, json!({"not_set": true}))];
        return if term.negated { (absent, Vec::new()) } else { (Vec::new(), absent) };
    }
    let tag = |text: &str| match &term.what {
        What::Field(Field::Known(Known::Tag), _) => query.tags.get(&text.to_lowercase()).cloned(),
        What::Field(..) | What::Words(_) => None,
    };
    let conditions = match test {
        Test::Has(words) => vec![("contains", json!(words))],
        Test::Is(Operand::Text(value)) => vec![("equals", json!(tag(&value).unwrap_or(value)))],
        Test::Is(Operand::Number(number)) => vec![("equals", figure(number))],
        Test::Is(Operand::Flag(flag)) => vec![("equals", json!(flag))],
        Test::Is(Operand::Time(moment)) => {
            let (start, end) = span(query, moment);
            vec![("gte", json!(start)), ("lte", json!(end))]
        }
        Test::Compare(compare, Operand::Time(moment)) => vec![time(query, compare, moment)],
        Test::Compare(compare, Operand::Number(number)) => vec![number_test(&attribute, compare, number)],
        // Presence was answered above, and the reader of the language compares only numbers and times.
        Test::Any | Test::Compare(_, Operand::Text(_) | Operand::Flag(_)) => Vec::new(),
    };
    let criteria = conditions.into_iter().map(|(operator, value)| one(&attribute, one(operator, value)));
    if term.negated { (Vec::new(), criteria.collect()) } else { (criteria.collect(), Vec::new()) }
}

/// Free words are looked for anywhere, but an address, a domain or a number by itself where those stand: people paste
/// them, and full text does not reach what is masked.
fn free(words: &str, context: Context) -> (String, Test) {
    let plain = !words.contains(char::is_whitespace);
    let domain = words.strip_prefix('@').filter(|domain| plain && domain.contains('.'));
    let address = words.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    let digits =
        words.strip_prefix('+').is_some_and(|rest| rest.len() >= 6 && rest.bytes().all(|b| b.is_ascii_digit()));
    match domain {
        Some(domain) => ("customer_email".to_owned(), Test::Has(domain.to_owned())),
        None if plain && address => ("customer_email".to_owned(), Test::Is(Operand::Text(words.to_owned()))),
        None if digits => ("customer_phone".to_owned(), Test::Is(Operand::Text(words.to_owned()))),
        None => (format!("{}_any_text", context.word()), Test::Has(words.to_owned())),
    }
}

fn attribute(field: &Field, context: Context) -> String {
    let known = match field {
        Field::Custom(name) => return format!("{}_custom_{name}", context.word()),
        Field::Known(known) => known,
    };
    match (known, context) {
        (Known::Email, _) => "customer_email",
        (Known::Phone, _) => "customer_phone",
        // The one attribute name that keeps its capitals.
        (Known::Id, _) => "customer_externalId",
        (Known::Name, Context::Customer) => "customer_name",
        (Known::Name, Context::Conversation) => "conversation_name",
        (Known::Tag, Context::Customer) => "customer_tags",
        (Known::Tag, Context::Conversation) => "conversation_tags",
        (Known::Status, Context::Customer) => "customer_progressive_status",
        (Known::Status, Context::Conversation) => "conversation_status",
        (Known::Created, Context::Customer) => "customer_created_at",
        (Known::Created, Context::Conversation) => "conversation_created_at",
        (Known::Updated, Context::Customer) => "customer_updated_at",
        (Known::Updated, Context::Conversation) => "conversation_updated_at",
        (Known::Active, Context::Customer) => "customer_activity_at",
        (Known::Active, Context::Conversation) => "conversation_last_message_at",
        (Known::Conversations, _) => "customer_conversations_count",
        (Known::Priority, _) => "conversation_priority",
        (Known::Channel, _) => "conversation_channels",
        (Known::Breached, _) => "conversation_sla_breached",
    }
    .to_owned()
}

/// Whole numbers without a fraction, as the desk writes them.
fn figure(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

/// Counts are whole, so "more than three" is "at least four": only the confirmed `gte` and its mirror are needed.
fn number_test(attribute: &str, compare: Compare, number: f64) -> (&'static str, Value) {
    let whole = !attribute.contains("_custom_");
    match compare {
        Compare::More if whole => ("gte", figure(number.floor() + 1.0)),
        Compare::Less if whole => ("lte", figure(number.ceil() - 1.0)),
        Compare::More => ("gt", figure(number)),
        Compare::Less => ("lt", figure(number)),
        Compare::AtLeast => ("gte", figure(number)),
        Compare::AtMost => ("lte", figure(number)),
    }
}

fn time(query: &Query, compare: Compare, moment: Moment) -> (&'static str, Value) {
    let (start, end) = span(query, moment);
    let step = SignedDuration::from_millis(1);
    match compare {
        Compare::More => ("gte", json!(instant(end.0.checked_add(step).unwrap_or(end.0)))),
        Compare::AtLeast => ("gte", json!(start)),
        Compare::Less => ("lte", json!(instant(start.0.checked_sub(step).unwrap_or(start.0)))),
        Compare::AtMost => ("lte", json!(end)),
    }
}

/// A moment as the desk writes it: UTC with milliseconds.
#[derive(Clone, Copy)]
struct Instant(Timestamp);

impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
    }
}

fn instant(at: Timestamp) -> Instant {
    Instant(at)
}

/// First and last millisecond of a moment: an age is one, a day is many.
fn span(query: &Query, moment: Moment) -> (Instant, Instant) {
    match moment {
        Moment::Ago(amount, unit) => {
            let age = SignedDuration::from_secs(i64::from(amount) * unit.seconds());
            let at = query.now.checked_sub(age).unwrap_or(query.now);
            (Instant(at), Instant(at))
        }
        Moment::Day(date) => {
            let midnight = |date: Date| date.to_zoned(query.zone.clone()).map_or(query.now, |zoned| zoned.timestamp());
            let next = midnight(date.tomorrow().unwrap_or(date));
            (Instant(midnight(date)), Instant(next.checked_sub(SignedDuration::from_millis(1)).unwrap_or(next)))
        }
    }
}
