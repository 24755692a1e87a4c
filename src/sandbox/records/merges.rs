//! Owns making one customer of two: who wins which attribute, and that everything of the source goes over to the target
//! (Kustomer API reference 8.5).
//!
//! Invariant: from start to end of a merge both customers are locked for every other write.
//! Unverified in the reference and decided here: a merge takes [`TAKES_MS`] and goes from `running` to `complete`; the source
//! is then soft-deleted; where the target wins but has no value, the source's stays; lists not named are united too.

use serde_json::{Map, Value};

use super::{Act, customers};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    schema::{Purpose, bodies, check},
    world::{Index, Timer},
};

/// How long a merge takes, by the desk's clock.
pub const TAKES_MS: i64 = 2_000;

const UNITED: &[&str] = &[
    "emails",
    "sharedEmails",
    "phones",
    "sharedPhones",
    "whatsapps",
    "externalIds",
    "sharedExternalIds",
    "facebookIds",
    "instagramIds",
    "socials",
    "sharedSocials",
    "urls",
    "locations",
    "watchers",
    "tags",
    "klassNames",
];

/// Attributes of which the most recent wins, with where their own date stands; the last are dated by the customer's activity.
const MOST_RECENT: &[(&str, &str)] = &[
    ("preview", "/preview/previewAt"),
    ("lastMessageIn", "/lastMessageIn/sentAt"),
    ("lastMessageOut", "/lastMessageOut/sentAt"),
    ("lastMessageUnrespondedTo", "/lastMessageUnrespondedTo/sentAt"),
    ("recentLocation", "/recentLocation/updatedAt"),
    ("signedUpAt", "/signedUpAt"),
    ("modifiedAt", "/modifiedAt"),
    ("lastSeenAt", "/lastSeenAt"),
    ("lastMessageAt", "/lastMessageAt"),
    ("lastCustomerActivityAt", "/lastCustomerActivityAt"),
    ("lastConversation", "/lastActivityAt"),
    ("lastActivityAt", "/lastActivityAt"),
];

const TARGET_WINS: &[&str] = &[
    "name",
    "displayName",
    "firstName",
    "lastName",
    "companyName",
    "externalId",
    "username",
    "avatarUrl",
    "locale",
    "timeZone",
    "defaultLang",
    "birthdayAt",
    "gender",
];

/// What can belong to a customer.
const CHILDREN: &[Kind] = &[
    Kind::Conversation,
    Kind::ConversationTime,
    Kind::Message,
    Kind::Note,
    Kind::Draft,
    Kind::Forward,
    Kind::Attachment,
    Kind::Kobject,
    Kind::Event,
    Kind::Session,
    Kind::WorkItem,
];

/// Begins a merge and gives back its id.
pub fn start(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[bodies::MERGE], Purpose::Create, body)?;
    let pair = ["source", "target"].map(|name| (name, super::conversations::text_of(&mut body, name)));
    if pair[0].1 == pair[1].1 {
        return Err(Refusal::invalid("target", "must be another customer than the source"));
    }
    for (name, id) in &pair {
        act.world.live(Kind::Customer, id).ok_or_else(|| Refusal::invalid(*name, "no such customer"))?;
        act.check_unlocked(id)?;
    }
    let mut doc = act.new_doc(Kind::CustomerMerge, &mut body)?;
    doc.attributes.insert("status".into(), "running".into());
    for (name, customer) in pair {
        act.world.edit(Kind::Customer, &customer, |doc| {
            doc.hidden.insert("mergeLocked".into(), true.into());
        });
        doc.related.insert(name.into(), (Kind::Customer, customer));
    }
    let id = doc.id.clone();
    act.world.put(doc);
    act.world.schedule(act.now + TAKES_MS, Timer::Merge(id.clone()));
    Ok(id)
}

/// Ends a merge: the source's things are the target's now.
pub fn finish(act: &mut Act, id: &str) {
    let Some(merge) = act.world.get(Kind::CustomerMerge, id).cloned() else { return };
    let customer = |name: &str| act.world.get(Kind::Customer, merge.related_id(name)?).cloned();
    let (Some(mut source), Some(mut target)) = (customer("source"), customer("target")) else { return };
    join(&mut target, &source);
    let now = act.now_text();
    for doc in [&mut source, &mut target] {
        doc.hidden.remove("mergeLocked");
        let rev = doc.attributes.get("rev").and_then(Value::as_i64).unwrap_or(0);
        doc.attributes.insert("rev".into(), (rev + 1).into());
        doc.attributes.insert("updatedAt".into(), now.clone().into());
    }
    source.attributes.insert("deleted".into(), true.into());
    source.attributes.insert("deletedAt".into(), now.clone().into());
    hand_over(act, &source.id, &target.id);
    let target_id = target.id.clone();
    act.world.put(source);
    act.world.put(target);
    customers::recount(act, &target_id);
    act.world.edit(Kind::CustomerMerge, id, |doc| {
        doc.attributes.insert("status".into(), "complete".into());
        doc.attributes.insert("updatedAt".into(), now.into());
    });
}

fn hand_over(act: &mut Act, source: &str, target: &str) {
    for kind in CHILDREN {
        let ids: Vec<String> = act.world.found_any(*kind, Index::Customer, source).map(|doc| doc.id.clone()).collect();
        for id in ids {
            act.world.edit(*kind, &id, |doc| {
                doc.related.insert("customer".into(), (Kind::Customer, target.to_owned()));
            });
        }
    }
}

/// Writes into the target what the merge makes of both.
fn join(target: &mut Doc, source: &Doc) {
    let moment = |doc: &Doc, place: &str| {
        let place: Vec<&str> = place.trim_start_matches('/').split('/').collect();
        let value = doc.attributes.get(place[0]);
        let value = place[1..].iter().fold(value, |value, name| value.and_then(|value| value.get(*name)));
        value.and_then(Value::as_str).map(str::to_owned)
    };
    // The desk writes all moments alike, so they compare as text; none is older than any.
    let newer: Vec<&str> = MOST_RECENT
        .iter()
        .filter(|(_, place)| moment(source, place) > moment(target, place))
        .map(|(name, _)| *name)
        .collect();
    let is_older = moment(source, "/createdAt") < moment(target, "/createdAt");
    let gaps = TARGET_WINS.iter().filter(|name| target.attributes.get(**name).is_none_or(Value::is_null));
    let from_source: Vec<&str> =
        newer.iter().copied().chain(gaps.copied()).chain(is_older.then_some("createdAt")).collect();
    for name in from_source {
        if let Some(value) = source.attributes.get(name) {
            target.attributes.insert(name.to_owned(), value.clone());
        }
    }
    let relations = [("modifiedBy", newer.contains(&"modifiedAt")), ("createdBy", is_older), ("company", false)];
    for (name, source_wins) in relations {
        if let Some(to) = source.related.get(name).filter(|_| source_wins || !target.related.contains_key(name)) {
            target.related.insert(name.to_owned(), to.clone());
        }
    }
    for name in UNITED {
        unite(&mut target.attributes, &source.attributes, name);
    }
    let mut custom = source.attributes.get("custom").and_then(Value::as_object).cloned().unwrap_or_default();
    custom.extend(target.attributes.get("custom").and_then(Value::as_object).cloned().unwrap_or_default());
    target.attributes.insert("custom".into(), custom.into());
}

fn unite(target: &mut Map<String, Value>, source: &Map<String, Value>, name: &str) {
    let Some(theirs) = source.get(name).and_then(Value::as_array) else { return };
    let own = target.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    let Some(own) = own.as_array_mut() else { return };
    for item in theirs {
        if !own.iter().any(|known| identity(known) == identity(item)) {
            own.push(item.clone());
        }
    }
}

/// What makes two items of a list the same one: the address itself, whatever else is said about it.
fn identity(item: &Value) -> String {
    let named = ["email", "phone", "externalId", "url"].into_iter().find_map(|name| item.get(name)?.as_str());
    named.map_or_else(|| item.to_string(), str::to_lowercase)
}
