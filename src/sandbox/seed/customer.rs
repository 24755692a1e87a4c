//! Owns the customer's record and that of their company. Does not write the conversations it sums up (`conversation`).
//!
//! Invariant: counts, preview, last messages and progressive status follow from the customer's conversations.

use serde_json::{Map, Value, json};

use super::{
    Plan,
    conversation::{Summary, Turn, direction},
    material::material,
    object, org,
    people::{Company, FIRST_ACCOUNT, Person},
    rng::Rng,
    stamp,
};
use crate::sandbox::doc::{Doc, Kind};

const DAY: i64 = 86_400_000;

/// The record of a customer with these conversations.
pub(super) fn doc(plan: &Plan, person: &Person, conversations: &[Summary]) -> Doc {
    let mut rng = Rng::new(plan.seed, 5, person.index as u64);
    let mut doc = Doc::new(Kind::Customer, person.id.clone());
    let oldest = conversations.iter().map(|one| one.created).min().unwrap_or(plan.now_ms);
    let created = oldest - rng.between(DAY, 300 * DAY);
    doc.attributes = identity(person);
    doc.attributes.append(&mut looks(person, &mut rng));
    doc.attributes.append(&mut activity(plan, created, conversations));
    doc.attributes.insert("custom".into(), custom(plan, person, &mut rng));
    if let Some(company) = &person.company {
        doc.related.insert("company".into(), (Kind::Company, company.id.clone()));
    }
    if person.locked {
        doc.hidden.insert("mergeLocked".into(), true.into());
    }
    doc
}

pub(super) fn identity(person: &Person) -> Map<String, Value> {
    let phone = |kind: &str| json!({ "type": kind, "phone": person.phone, "verified": true });
    let mut map = object(json!({
        "name": person.name,
        "displayName": person.name,
        "firstName": person.first,
        "lastName": person.last,
        "externalId": person.external_id,
        "externalIds": [{ "externalId": person.external_id, "verified": true }],
        "sharedExternalIds": [],
        "emails": [{ "type": if person.company.is_some() { "work" } else { "home" }, "email": person.email, "verified": true }],
        "sharedEmails": [],
        "phones": [phone("mobile")],
        "sharedPhones": [],
        "whatsapps": if person.has_whatsapp { vec![phone("mobile")] } else { vec![] },
        "socials": [],
        "sharedSocials": [],
        "urls": [],
        "locations": [{ "type": if person.company.is_some() { "work" } else { "home" }, "cityName": person.locale.city, "countryCode": person.locale.country }],
        "locale": person.locale.code,
        "timeZone": person.locale.zone,
        "defaultLang": person.locale.code,
    }));
    if let Some(company) = &person.company {
        map.insert("companyName".into(), company.name.clone().into());
    }
    map
}

fn looks(person: &Person, rng: &mut Rng) -> Map<String, Value> {
    let people = &material().people;
    let tags: Vec<String> = if rng.chance(7) { org::tag_id("vip").into_iter().collect() } else { Vec::new() };
    object(json!({
        "displayColor": people.colors[person.index % people.colors.len()],
        "displayIcon": rng.pick(&people.icons),
        "presence": rng.word(&["online", "offline", "offline", "idle"]),
        "verified": rng.chance(80),
        "tags": tags,
        "activeUsers": [],
        "watchers": [],
        "deleted": false,
    }))
}

/// What the desk computes from the conversations (Kustomer API reference, 8.3).
fn activity(plan: &Plan, created: i64, conversations: &[Summary]) -> Map<String, Value> {
    let count = |status: &str| conversations.iter().filter(|one| one.status == status).count();
    let (open, snoozed, done) = (count("open"), count("snoozed"), count("done"));
    let progress = match (open, snoozed, done) {
        (0, 0, 0) => Value::Null,
        (0, 0, _) => "done".into(),
        (0, _, _) => "snoozed".into(),
        _ => "open".into(),
    };
    let latest = conversations.iter().max_by_key(|one| one.last.at);
    let last_at = latest.map_or(created, |one| one.last.at);
    let mut map = object(json!({
        "conversationCounts": { "all": conversations.len(), "open": open, "snoozed": snoozed, "done": done },
        "progressiveStatus": progress,
        "preview": {},
        "lastConversation": { "tags": [], "channels": [] },
        "lastActivityAt": stamp(last_at),
        "lastSeenAt": stamp(last_at),
        "signedUpAt": stamp(created),
        "createdAt": stamp(created),
        "updatedAt": stamp(last_at.min(plan.now_ms)),
        "modifiedAt": stamp(last_at.min(plan.now_ms)),
        "rev": conversations.len() + 1,
    }));
    if let Some(latest) = latest {
        map.append(&mut latest_activity(latest));
    }
    last_turns(&mut map, conversations);
    map
}

fn latest_activity(latest: &Summary) -> Map<String, Value> {
    let mut preview = object(json!({
        "previewAt": stamp(latest.last.at),
        "type": format!("message_{}", direction(latest.last.by)),
        "text": latest.last.text,
        "channel": latest.channel,
    }));
    if !latest.subject.is_empty() {
        preview.insert("subject".into(), latest.subject.clone().into());
    }
    let sentiment = json!({ "polarity": latest.mood, "confidence": 0.8 });
    object(json!({
        "preview": preview,
        "sentiment": sentiment,
        "lastConversation": { "id": latest.id, "sentiment": sentiment, "tags": latest.tags, "channels": [latest.channel] },
        "lastMessageAt": stamp(latest.last.at),
    }))
}

fn last_turns(map: &mut Map<String, Value>, conversations: &[Summary]) {
    let newest = |pick: fn(&Summary) -> Option<&Turn>| {
        conversations.iter().filter_map(|one| pick(one).map(|turn| (turn.at, one))).max_by_key(|(at, _)| *at)
    };
    if let Some((at, one)) = newest(|one| one.last_in.as_ref()) {
        let sentiment = json!({ "polarity": one.mood, "confidence": 0.8 });
        map.insert(
            "lastMessageIn".into(),
            json!({ "sentAt": stamp(at), "channel": one.channel, "sentiment": sentiment }),
        );
        map.insert("lastCustomerActivityAt".into(), stamp(at).into());
    }
    if let Some((at, _)) = newest(|one| one.last_out.as_ref()) {
        map.insert("lastMessageOut".into(), json!({ "sentAt": stamp(at) }));
    }
    let waiting = conversations.iter().filter_map(|one| one.waiting_since.map(|at| (at, one.channel))).max();
    if let Some((at, channel)) = waiting {
        map.insert("lastMessageUnrespondedTo".into(), json!({ "sentAt": stamp(at), "channel": channel }));
    }
}

fn custom(plan: &Plan, person: &Person, rng: &mut Rng) -> Value {
    let mut custom = object(json!({
        "loyaltyTierStr": rng.weighted(&material().people.tiers, |tier| 24 / tier.len()),
        "billingIdStr": format!("BIL-{:04}-{:05}", person.index % 10_000, rng.below(100_000)),
        "nationalIdStr": format!("{}{:08}", person.locale.country, rng.below(100_000_000)),
        "lifetimeValueNum": rng.between(1_900, 980_000) as f64 / 100.0,
        "newsletterBool": rng.chance(40),
    }));
    if let Some(region) = person.region {
        custom.insert("tenantRegionStr".into(), region.into());
        custom.insert("contractEndsAt".into(), stamp(plan.now_ms + rng.between(10 * DAY, 700 * DAY)).into());
    }
    if rng.chance(12) {
        custom.insert("accountNotesTxt".into(), "Prefers mail over calls.\nAsk for the purchase order number.".into());
    }
    Value::Object(custom)
}

/// The record of the company whose first customer this is.
pub(super) fn company_doc(plan: &Plan, company: &Company) -> Doc {
    let mut rng = Rng::new(plan.seed, 6, company.index as u64);
    let mut doc = Doc::new(Kind::Company, company.id.clone());
    let at = stamp(plan.now_ms - rng.between(200 * DAY, 1200 * DAY));
    doc.attributes = object(json!({
        "name": company.name,
        "externalId": format!("ACC-{}", FIRST_ACCOUNT + company.index),
        "domains": [{ "domain": company.domain }],
        "emails": [{ "type": "work", "email": format!("office@{}", company.domain) }],
        "phones": [],
        "employeeCount": rng.between(3, 900),
        "tags": [],
        "custom": {
            "industryStr": rng.word(&["retail", "logistics", "travel", "health", "energy", "media"]),
            "contractTierStr": rng.word(&["starter", "growth", "enterprise"]),
            "seatsNum": rng.between(1, 200),
            "portalUrl": format!("https://portal.{}", company.domain),
        },
        "deleted": false,
        "rev": 1,
        "createdAt": at,
        "updatedAt": at,
        "modifiedAt": at,
    }));
    doc
}
