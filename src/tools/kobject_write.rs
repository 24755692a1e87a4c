//! Owns the tools that propose one record of a klass: a new one, or a change of one that was read. What the klass's metadata
//! does not know is refused before there is a card.

use serde_json::{Map, Value};

use super::{Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError, klass, params::Arguments, wishes};
use crate::{
    approval::{Change, Effect, Subject},
    domain::{CustomerId, KlassName, Text},
    kustomer::{Receipt, changes},
};

/// Proposes a new record.
pub(super) struct KobjectCreate;
/// Proposes a change of one record.
pub(super) struct KobjectUpdate;

const ON_CUSTOMER: &str = "POST /v1/customers/{id}/klasses/{name}";
const ALONE: &str = "POST /v1/klasses/{name}";
const CHANGED: &str = "PUT /v1/klasses/{name}/{id}";

impl Code for KobjectCreate {
    const SPEC: Spec = Spec {
        name: "kobject_create",
        about: "Create one KObject, a record of a klass such as order or return, for a customer or for none. Only attributes \
                and values of the klass are taken.",
        words: "custom object record add new order return",
        effect: Effect::Write,
        polls: false,
        params: &[
            Param::must("klass", Kind::Words(128), "The klass's name."),
            Param::must("title", Kind::Words(256), "The record's title."),
            Param::may("customer_id", Kind::Words(64), "Whose record it is."),
            Param::may("external_id", Kind::Words(256), "The org's own id for it."),
            Param::may("description", Kind::Words(2_000), "More about it."),
            Param::may("custom", Kind::Fields, "Attributes of the klass and their values."),
            Param::may("reason", Kind::Words(500), "Why, for the person who approves."),
        ],
        example: r#"{"klass": "order", "title": "Order #7731", "custom": {"orderStatusStr": "shipped"}}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let klass = klass::read(&KlassName::new(arguments.must("klass")?), cx).await?;
        let whose = arguments.words("customer_id").map(CustomerId::new);
        let custom = custom(&arguments, whose.as_ref(), cx)?;
        klass::check(&klass, &custom)?;
        let title = cx.fill_for(arguments.must("title")?, whose.as_ref())?;
        let mut body = Map::from_iter([("title".to_owned(), Value::from(title.as_str()))]);
        for (name, key) in [("description", "description"), ("external_id", "externalId")] {
            if let Some(words) = arguments.words(name) {
                body.insert(key.to_owned(), cx.fill_for(words, whose.as_ref())?.into());
            }
        }
        // Looked up after a lost answer; the same wish in the same turn carries the same one.
        let reference =
            || cx.reference(&["kobject", klass.name.as_str(), &title, &Value::from(custom.clone()).to_string()]);
        body.entry("externalId").or_insert_with(|| reference().into());
        if !custom.is_empty() {
            body.insert("custom".to_owned(), Value::Object(custom.clone()));
        }
        let name = klass.name.as_str();
        let change = match arguments.words("customer_id") {
            Some(id) => {
                let customer = cx.reader.customer(&CustomerId::new(id)).await?;
                let subject = Subject {
                    customer: Some(customer.id.clone()),
                    customer_name: Some(customer.name),
                    ..Subject::default()
                };
                changes::write(ON_CUSTOMER, &[customer.id.as_str(), name], Some(Value::Object(body)), subject)?
            }
            None => changes::write(ALONE, &[name], Some(Value::Object(body)), Subject::default())?,
        };
        Ok(propose(change, &arguments))
    }

    async fn done(_change: &Change, receipt: &Receipt, _cx: &Cx) -> Answer {
        wishes::done(receipt)
    }
}

impl Code for KobjectUpdate {
    const SPEC: Spec = Spec {
        name: "kobject_update",
        about: "Change one KObject: its title, description or attributes. Give only what changes; null clears an attribute. \
                Only attributes and values of the klass are taken.",
        words: "custom object record edit correct set order status return",
        effect: Effect::Write,
        polls: false,
        params: &[
            Param::must("klass", Kind::Words(128), "The klass's name."),
            Param::must("kobject_id", Kind::Words(64), "The record's id, from kobject_list."),
            Param::may("title", Kind::Words(256), "The new title."),
            Param::may("description", Kind::Words(2_000), "The new description."),
            Param::may("custom", Kind::Fields, "Attributes of the klass and their new values."),
            Param::may("reason", Kind::Words(500), "Why, for the person who approves."),
        ],
        example: r#"{"klass": "order", "kobject_id": "66a1f400b7d4e9001c3a9001", "custom": {"orderStatusStr": "lost"}}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let klass = klass::read(&KlassName::new(arguments.must("klass")?), cx).await?;
        let path = changes::path(CHANGED, &[klass.name.as_str(), arguments.must("kobject_id")?])?;
        let record = cx.reader.record(path).await?.ok_or(ToolError::NotFound { what: "record" })?;
        let whose = record.customer();
        let custom = custom(&arguments, whose.as_ref(), cx)?;
        klass::check(&klass, &custom)?;
        let mut edits = Map::new();
        for name in ["title", "description"] {
            if let Some(words) = arguments.words(name) {
                edits.insert(name.to_owned(), cx.fill_for(words, whose.as_ref())?.into());
            }
        }
        if !custom.is_empty() {
            edits.insert("custom".to_owned(), Value::Object(custom));
        }
        if edits.is_empty() {
            return Err(ToolError::Arguments("give at least one of `title`, `description` and `custom`".into()));
        }
        Ok(propose(changes::update(&record, edits)?, &arguments))
    }

    async fn done(_change: &Change, receipt: &Receipt, _cx: &Cx) -> Answer {
        wishes::done(receipt)
    }
}

/// Attributes as they would be sent. A `null` among them clears one, so they are taken as written.
fn custom(arguments: &Arguments, whose: Option<&CustomerId>, cx: &Cx) -> Result<Map<String, Value>, ToolError> {
    let mut custom = arguments.fields("custom");
    custom.values_mut().try_for_each(|value| cx.vault.fill_json(value, whose))?;
    Ok(custom)
}

fn propose(change: Change, arguments: &Arguments) -> Outcome {
    Outcome::Propose { change: Box::new(change), reason: Text::from(arguments.words("reason").unwrap_or_default()) }
}
