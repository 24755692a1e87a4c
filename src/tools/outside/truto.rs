//! Owns Truto as a source of tools: what the account offers under its published names, each made of the account's word and our
//! reviewed table (`connect::truto`). Knows no wire; what leaves goes through the desk's reader and an approved change.
//!
//! ```text
//! published tool ─┬─ does what one of ours does (`twins`) ── that tool of ours
//!                 ├─ stands in the reviewed table ────────── the desk's own call ─┐
//!                 └─ in neither ──────────────────────────── /proxy/RESOURCE/… ───┴─ look | change
//! ```
//!
//! Invariants: what a tool does to the world is the reviewed table's word, else it writes, or does what its name says where that
//! is worse; what changed since a person looked is offered but not called; account, resource and method are no arguments.

mod change;
mod look;
mod twins;

pub(super) use change::whose;
pub(super) use look::told;

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::{Filled, Offered, Outside, Schema, Source, Told};
use crate::{
    approval::{Change, Effect, Origin},
    connect::truto::{self, Offer, Reviewed, Shift, Truto, Watch, WatchError},
    domain::Text,
    kustomer::{Receipt, Standing, changes::Known},
    tools::{Cx, Param, Shelf, Tool, ToolError, params::Kind, wishes},
};

/// What the settings call it.
pub const ALIAS: &str = "truto";
/// Goes with every request where our own tools are not on offer: what nearly every case needs, the most needed first.
pub(super) const RESIDENT: [&str; 9] = [
    "kustomer_customers_using_email",
    "get_single_kustomer_customer_by_id",
    "list_all_kustomer_conversations",
    "create_a_kustomer_conversation_note",
    "create_a_kustomer_customer_unmasking_window",
    "get_single_kustomer_conversation_by_id",
    "list_all_kustomer_conversation_messages",
    "kustomer_search_customers_search",
    "kustomer_customers_using_external_id",
];
/// Of ours, on what has no word of its own for it.
pub(super) const REASON: Param =
    Param::may("reason", Kind::Words(500), "Why, in one sentence, for the person who approves; it is not sent.");
const LIMIT: Param = Param::may("limit", Kind::Count(100), "25 unless told.");
const PAGE: Param = Param::may("page", Kind::Count(100), "1 unless told; pages are read one after the other.");

/// The tools of one account.
#[derive(Debug)]
pub struct TrutoTools {
    watch: Watch,
    /// Where it is, for cards.
    place: String,
    /// What was last told to differ from what a person looked at.
    told: Mutex<Vec<Shift>>,
}

impl TrutoTools {
    /// Of the account this watch looks after, reached at `place`; of these differences a person knows.
    pub fn new(watch: Watch, place: String, told: Vec<Shift>) -> Self {
        Self { watch, place, told: Mutex::new(told) }
    }

    /// Puts what the account offers, as far as is known now, on a shelf.
    pub fn put_on(self: &Arc<Self>, shelf: &Shelf) {
        let offer = self.road().offer();
        let source: Arc<dyn Source> = Arc::clone(self) as Arc<dyn Source>;
        let left_out = shelf.put(&source, self.offered(&offer));
        if left_out > 0 {
            tracing::warn!(left_out, "tools of Truto's are not offered");
        }
    }

    /// Fetches the offer anew, for a shelf where it stands. What differs from what a person looked at is told there once.
    ///
    /// # Errors
    /// [`WatchError`]; the shelf stays as it was.
    pub async fn renew(self: &Arc<Self>, shelf: &Shelf) -> Result<(), WatchError> {
        let shifts = self.watch.renew().await?;
        if shelf.sources().iter().any(|source| source == ALIAS) {
            self.put_on(shelf);
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != shifts && !shifts.is_empty() {
            shelf.tell(truto::told(&shifts));
        }
        *told = shifts;
        Ok(())
    }

    fn road(&self) -> &Truto {
        self.watch.road()
    }

    fn offered(&self, offer: &Offer) -> Vec<Offered> {
        offer.tools().map(|(name, tool)| self.one(name, tool)).collect()
    }

    fn one(&self, name: &str, tool: &truto::Offered) -> Offered {
        let reviewed = Reviewed::of(name);
        let schema = tool.schema.as_ref().map(|schema| Schema::read(&completed(name, tool, schema)));
        let barred = match (&schema, reviewed) {
            _ if tool.is_quarantined => Some(truto::changed(name)),
            (_, Some(reviewed)) if !reviewed.means(tool) => {
                Some("it is something else in this account than its name says, so it is not called".to_owned())
            }
            (Some(Ok(_)), _) => None,
            (Some(Err(error)), _) => Some(format!("it is not called: {error}")),
            (None, _) => Some("it is not called: what it takes is described at a length that is not taken".to_owned()),
        };
        Offered {
            origin: Origin {
                source: ALIAS.to_owned(),
                place: self.place.clone(),
                tool: name.to_owned(),
                definition: tool.fingerprint.clone(),
                is_reviewed: reviewed.is_some(),
            },
            about: Text::from(tool.about.as_str()),
            schema: schema.and_then(Result::ok).unwrap_or_else(nothing),
            effect: effect(name, tool),
            barred,
        }
    }
}

/// The schema of what is not called.
fn nothing() -> Schema {
    Schema::read(&json!({"type": "object", "properties": {}, "additionalProperties": false})).expect("it is small")
}

/// Words in the name of what nobody reviewed that say more than its method does.
const TELLING: [(&[&str], Effect); 3] = [
    (&["delete", "remove", "purge", "erase", "redact", "merge"], Effect::Delete),
    (&["bulk", "batch"], Effect::Bulk),
    (&["message", "send", "forward", "email", "sms", "whatsapp", "chat"], Effect::Send),
];

/// What a tool does to the world, at least.
fn effect(name: &str, tool: &truto::Offered) -> Effect {
    let Some(reviewed) = Reviewed::of(name) else {
        // That it only reads is the account's word: believed of what we reviewed, and of nothing else.
        let of_method = if tool.method == "delete" { Effect::Delete } else { Effect::Write };
        let words = format!("{name} {} {}", tool.resource, tool.method).to_ascii_lowercase();
        let told = TELLING.iter().filter(|(telling, _)| telling.iter().any(|word| words.contains(word)));
        return told.map(|(_, effect)| *effect).fold(of_method, Effect::max);
    };
    let (method, path) = reviewed.call();
    let known = Known::of(method, &path.replace(['{', '}'], ""));
    match known {
        _ if reviewed.reads() => Effect::Read,
        Some((known, _)) => known.effect,
        None => Effect::Write,
    }
}

/// The tool of our own that does what a published one does, where there is one.
pub(super) fn twin(name: &str) -> Option<&'static Tool> {
    twins::of(name).map(twins::Twin::tool)
}

/// Whether a published tool is called again and again until something is ready.
pub(super) fn polls(name: &str) -> bool {
    twins::of(name).is_some_and(|twin| twin.tool().spec.polls)
}

/// Whether a tool's `reason` is the one for the card, which is not sent.
pub(super) fn has_our_reason(tool: &Outside) -> bool {
    let described = tool.schema().shown().pointer("/properties/reason/description");
    described.is_some_and(|words| words == REASON.about)
}

/// A schema with the reason for the card beside what the tool takes, unless it takes a reason of its own.
pub(super) fn with_reason(mut schema: Value) -> Value {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
        && !properties.contains_key(REASON.name)
    {
        properties.insert(REASON.name.to_owned(), REASON.schema());
    }
    schema
}

/// What a tool takes, with what is ours beside it: what its twin of our own takes besides, the pages of a list, the reason for a card.
fn completed(name: &str, tool: &truto::Offered, schema: &Value) -> Value {
    let mut schema = schema.clone();
    let twin = twins::of(name);
    let reads = effect(name, tool) == Effect::Read;
    let more: Vec<Param> = match twin {
        Some(twin) => twin.besides(),
        None if reads && tool.method == "list" => vec![LIMIT, PAGE],
        None if reads => Vec::new(),
        None => vec![REASON],
    };
    for param in more {
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        if properties.contains_key(param.name) {
            continue;
        }
        properties.insert(param.name.to_owned(), param.schema());
        if param.need == crate::tools::Need::Must
            && let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut)
        {
            required.push(param.name.into());
        }
    }
    schema
}

impl Source for TrutoTools {
    fn alias(&self) -> &str {
        ALIAS
    }

    fn resident(&self) -> &[&str] {
        &RESIDENT
    }

    fn polls(&self, offered: &Offered) -> bool {
        polls(&offered.origin.tool)
    }

    fn ours(&self, tool: &Outside) -> Option<&'static Tool> {
        twins::of(&tool.origin().tool).map(twins::Twin::tool)
    }

    fn as_ours(&self, tool: &Outside, arguments: &Map<String, Value>) -> Option<Map<String, Value>> {
        twins::of(&tool.origin().tool)?.arguments(arguments)
    }

    fn filled<'a>(
        &'a self,
        tool: &'a Outside,
        mut arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Filled, ToolError>> {
        Box::pin(async move {
            let whose = change::whose(tool, &arguments, cx).await;
            let reason =
                is_ours(REASON.name, tool, &self.road().offer()).then(|| arguments.remove(REASON.name)).flatten();
            let arguments = tool.schema().filled_for(arguments, whose.as_ref(), &cx.vault)?;
            let reason = Text::from(reason.as_ref().and_then(Value::as_str).unwrap_or_default());
            Ok(Filled { arguments, reason })
        })
    }

    fn look<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Told, ToolError>> {
        Box::pin(async move { look::look(&self.road().offer(), tool, arguments, cx).await.map(Told) })
    }

    fn change<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Change, ToolError>> {
        Box::pin(async move {
            let change = change::change(&self.road().offer(), tool, arguments, cx).await?;
            Ok(change.made_of(tool.origin().clone()))
        })
    }

    fn done<'a>(&'a self, tool: &'a Outside, _: &'a Change, receipt: &'a Receipt, cx: &'a Cx) -> BoxFuture<'a, Told> {
        Box::pin(async move {
            let offer = self.road().offer();
            let looks =
                offer.get(&tool.origin().tool).is_some_and(|tool| ["list", "get"].contains(&tool.method.as_str()));
            match receipt.answers.first().filter(|_| looks) {
                // Approved because nobody reviewed it; what it read is told as other reads are.
                Some(answer) => {
                    let body = truto::page(answer.clone());
                    let seen = cx.reader.seen(&body).await;
                    Told(look::told(seen, body, cx))
                }
                None => Told(super::super::answer::own(wishes::done(receipt).into_value())),
            }
        })
    }
}

/// Whether an argument of this name is ours: the account's own definition has none such.
fn is_ours(name: &str, tool: &Outside, offer: &Offer) -> bool {
    let theirs = offer.get(&tool.origin().tool).and_then(|tool| tool.schema.as_ref());
    theirs.is_none_or(|schema| schema.pointer(&format!("/properties/{name}")).is_none())
}

/// Asks Truto, before a change is sent, whether the tool it was made of still is what it was.
#[derive(Debug)]
pub struct Guard {
    source: Arc<TrutoTools>,
    shelf: Shelf,
}

impl Guard {
    /// Over these tools; what it finds is put on this shelf, too.
    pub fn new(source: Arc<TrutoTools>, shelf: Shelf) -> Self {
        Self { source, shelf }
    }
}

impl Standing for Guard {
    fn stands<'a>(&'a self, origin: &'a Origin) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if origin.source != ALIAS {
                return Ok(());
            }
            let unknown =
                |error: WatchError| format!("whether {} is what it was could not be asked: {error}", origin.tool);
            self.source.renew(&self.shelf).await.map_err(unknown)?;
            let offer = self.source.road().offer();
            match offer.get(&origin.tool) {
                Some(tool) if tool.is_quarantined => Err(truto::changed(&origin.tool)),
                Some(tool) if tool.fingerprint == origin.definition => Ok(()),
                Some(_) => Err(format!("{} is another tool now than the card was made of", origin.tool)),
                None => Err(format!("{} is not offered any more", origin.tool)),
            }
        })
    }
}

#[cfg(test)]
mod tests;
