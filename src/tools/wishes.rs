//! Owns the tools that propose a change and need no code of their own: an operation of Kustomer's API, its arguments and where
//! they go, one line each ([`WISHES`]). Puts path and body together and leaves every check of the operation to
//! `kustomer::changes`. An update reads the record first, so that the card can show what is there and a change made meanwhile is
//! a conflict.

mod table;

use serde_json::{Map, Value, json};

pub(super) use table::WISHES;

use super::{Answer, Cx, Outcome, Spec, ToolError, params::Arguments};
use crate::{
    approval::Subject,
    domain::{BulkId, ConversationId, CustomerId, Text},
    kustomer::{
        Receipt,
        changes::{self, Body, Known, Look},
    },
};

/// One operation as a tool. Its first parameters are those of the operation's path, in order; `reason` is the card's; all
/// others go into the body.
#[derive(Debug)]
pub(super) struct Wish {
    /// What it is.
    pub spec: Spec,
    /// The operation: `PATCH /v1/conversations/{id}`.
    label: &'static str,
    /// How it is asked for.
    how: How,
    /// Where arguments go whose key is not their name in camel case.
    puts: &'static [(&'static str, Put)],
}

/// How an operation is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// As it is.
    Plain,
    /// After the record was read: what is edited is sent, with the revision that was read.
    Update,
    /// By a list of ids.
    Many,
}

/// Where an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Put {
    /// Under this key.
    Key(&'static str),
    /// Each of a list, or the one there is, as an object with this field: `emails: [{email}]`.
    Each(&'static str, &'static str),
    /// Inside an object: `queue: {id}`.
    In(&'static str, &'static str),
    /// It is the body.
    Whole,
    /// A snooze until then.
    Snooze,
}

/// A value that always goes along.
const FIXED: &[(&str, &str, &str)] =
    &[("POST /v1/conversations/{id}/forwards", "channel", "email"), ("PUT /v1/spam/senders", "channel", "email")];

/// Whom the change is about, where the arguments say: by themselves, or by their conversation.
async fn whose(arguments: &Arguments, cx: &Cx) -> Option<CustomerId> {
    if let Some(customer) = arguments.words("customer_id") {
        return Some(CustomerId::new(customer));
    }
    let conversation = ConversationId::new(arguments.words("conversation_id")?);
    cx.reader.conversation(&conversation).await.ok()?.customer
}

impl Wish {
    fn known(&self) -> Result<&'static Known, ToolError> {
        let unknown = || changes::WishError::Operation { label: self.label.to_owned() };
        Ok(Known::labelled(self.label).ok_or_else(unknown)?)
    }

    /// Makes the proposal.
    pub(super) async fn run(&self, arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let known = self.known()?;
        let in_path = known.parameters().count();
        let mut values = Vec::with_capacity(in_path);
        for param in self.spec.params.iter().take(in_path) {
            values.push(cx.fill(arguments.must(param.name)?)?);
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let whose = whose(&arguments, cx).await;
        let change = match self.how {
            How::Many => changes::delete_many(self.label, &values, &arguments.list("ids"))?,
            How::Plain => changes::write(
                self.label,
                &values,
                self.body(known, &arguments, whose.as_ref(), cx)?,
                Subject::default(),
            )?,
            How::Update => {
                let edits = self.body(known, &arguments, whose.as_ref(), cx)?.unwrap_or_default();
                let edits = edits.as_object().cloned().unwrap_or_default();
                if edits.is_empty() {
                    return Err(ToolError::Arguments(format!("give at least one of {}", self.editable(in_path))));
                }
                let record = cx.reader.record(changes::path(self.label, &values)?).await?;
                changes::update(&record.ok_or(ToolError::NotFound { what: "record" })?, edits)?
            }
        };
        let reason = Text::from(arguments.words("reason").unwrap_or_default());
        Ok(Outcome::Propose { change: Box::new(change), reason })
    }

    /// The names of what can be changed.
    fn editable(&self, in_path: usize) -> String {
        let names = self.spec.params.iter().skip(in_path).map(|param| param.name).filter(|name| *name != "reason");
        names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }

    /// The body, placeholders filled in: another customer's than the one it is about are refused.
    fn body(
        &self,
        known: &Known,
        arguments: &Arguments,
        whose: Option<&CustomerId>,
        cx: &Cx,
    ) -> Result<Option<Value>, ToolError> {
        if known.body == Body::None {
            return Ok(None);
        }
        let mut body = Map::new();
        for param in self.spec.params.iter().skip(known.parameters().count()).filter(|param| param.name != "reason") {
            let Some(mut value) = arguments.value(param.name).cloned() else { continue };
            cx.vault.fill_json(&mut value, whose)?;
            match self.puts.iter().find(|(name, _)| *name == param.name).map(|(_, put)| *put) {
                Some(Put::Whole) => return Ok(Some(value)),
                Some(Put::Key(key)) => drop(body.insert(key.to_owned(), value)),
                Some(Put::Each(key, field)) => drop(body.insert(key.to_owned(), each(value, field))),
                Some(Put::In(key, field)) => drop(body.insert(key.to_owned(), json!({ field: value }))),
                Some(Put::Snooze) => {
                    body.insert("snooze".to_owned(), json!({"status": "scheduled", "time": value}));
                }
                None => drop(body.insert(camel(param.name), value)),
            }
        }
        let fixed = FIXED.iter().filter(|(label, ..)| *label == self.label);
        body.extend(fixed.map(|(_, key, value)| ((*key).to_owned(), Value::from(*value))));
        self.reference(known, &mut body, cx);
        Ok(Some(Value::Object(body)))
    }

    /// A name of our own, by which a new record is found again after a lost answer. Not on customers: there the org's own id
    /// stands.
    fn reference(&self, known: &Known, body: &mut Map<String, Value>, cx: &Cx) {
        let found_by_it = matches!(known.look, Look::At(path) if !path.starts_with("/v1/customers/"));
        if found_by_it && !body.contains_key("externalId") {
            let words = Value::Object(body.clone()).to_string();
            body.insert("externalId".to_owned(), cx.reference(&[self.label, &words]).into());
        }
    }
}

/// `[{email: …}]` of one or several.
fn each(value: Value, field: &str) -> Value {
    let items = if let Value::Array(items) = value { items } else { vec![value] };
    items.into_iter().map(|item| json!({ field: item })).collect()
}

/// `display_name` → `displayName`.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// What the model is told once it is done: ids and jobs, never the desk's answer, which may hold what only the person may see.
pub(super) fn done(receipt: &Receipt) -> Answer {
    let jobs: Vec<&str> = receipt.jobs.iter().map(BulkId::as_str).collect();
    let ids: Vec<Value> = receipt.objects.iter().take(100).map(|id| id.as_str().into()).collect();
    match (jobs.is_empty(), ids.is_empty()) {
        (false, _) => Answer::done([("status", "started".into()), ("job_id", jobs.join(",").into())]),
        (true, false) => Answer::done([("ids", ids.into())]),
        (true, true) => Answer::done([]),
    }
}

#[cfg(test)]
mod tests;
