//! Owns whose mail is spam: the senders on the black and the white list, and the verdict on a message (Kustomer API
//! reference 24).
//!
//! Decided here (unverified in the reference): a sender is a whole address or a domain; an address outweighs its domain;
//! inbound email of a blacklisted sender is marked `spam: true`, and so is a conversation it begins.

use serde_json::Value;

use super::{Act, Mode, apply};
use crate::sandbox::{
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    schema::{Purpose, check, settings},
    world::World,
};

/// Puts a sender on a list, or from one to the other; gives back the id of the record.
pub fn upsert(act: &mut Act, body: Value) -> Result<String, Refusal> {
    let mut body = check(&[settings::SPAM_SENDER], Purpose::Create, body)?;
    let sender = body.get("sender").and_then(Value::as_str).unwrap_or_default().trim().to_lowercase();
    body.insert("sender".into(), sender.as_str().into());
    let id = id_of(&sender);
    let mut doc = act.touched_or_new(Kind::SpamSender, &id);
    apply(&mut doc, body, Mode::Merge, &[]);
    act.world.put(doc);
    Ok(id)
}

/// Whether a message is mail of a blacklisted sender.
pub fn is_spam(world: &World, message: &Doc) -> bool {
    if message.text("channel") != Some("email") || message.text("direction") != Some("in") {
        return false;
    }
    let from = message.attributes.get("meta").and_then(|meta| meta.get("from"));
    let from = from.and_then(|from| from.as_str().or_else(|| from.get("email").and_then(Value::as_str)));
    let from = from.unwrap_or_default().to_lowercase();
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let verdict = |sender: &str| world.get(Kind::SpamSender, &id_of(sender)).and_then(|doc| doc.text("list"));
    verdict(&from).or_else(|| verdict(domain)) == Some("blacklist")
}

/// There is one record a sender: its id follows from the address (the seeded ones are made alike).
fn id_of(sender: &str) -> String {
    mint::fixed_id(0, &format!("{} {sender}", Kind::SpamSender.type_name()))
}
