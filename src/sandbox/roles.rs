//! Owns who asks and what they may: the keys the simulated org starts with, whom a bearer token stands for, which roles
//! cover which (Kustomer API reference 1.2, 1.3, appendix A). The tokens' records are in [`tokens`].
//!
//! Unverified in the reference and decided here: a role covers everything below it (`org.permission.note` covers
//! `org.permission.note.read`), and reading sensitive attributes in the clear is a role of its own, [`SENSITIVE`].

use serde_json::{Value, json};

use super::{
    doc::{Doc, Kind},
    errors::Refusal,
    mint,
    records::tokens,
    seed, times,
    world::World,
};

const DAY_MS: i64 = 86_400_000;

/// The role that reads sensitive attributes unmasked. The real name is unverified.
const SENSITIVE: &str = "org.sensitive_attribute.read";

/// An API key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is called in the evidence.
    pub name: &'static str,
    /// The secret itself.
    pub token: String,
    /// The machine user it acts as.
    pub user: String,
    /// The roles it holds.
    pub roles: Vec<String>,
}

impl Key {
    /// Whether the key holds any one of the accepted roles; an empty list accepts every key.
    pub fn may(&self, accepted: &[String]) -> bool {
        accepted.is_empty() || accepted.iter().any(|role| self.holds(role))
    }

    /// Whether sensitive attributes are answered in the clear.
    pub fn sees_sensitive(&self) -> bool {
        self.holds(SENSITIVE)
    }

    /// Whether the key may set who made a record and when.
    pub fn is_admin(&self) -> bool {
        self.holds("org.admin")
    }

    /// Of these roles what the key holds itself: a narrower role stays, in place of a broader one come the key's own below it.
    pub fn within(&self, wanted: &[&str]) -> Vec<String> {
        let own = self.roles.iter().filter(|own| wanted.iter().any(|wanted| covers(wanted, own)));
        let narrower = wanted.iter().filter(|wanted| self.holds(wanted));
        let mut roles: Vec<String> = narrower.map(|role| (*role).to_owned()).collect();
        roles.extend(own.cloned());
        roles.sort();
        roles.dedup();
        roles
    }

    fn holds(&self, role: &str) -> bool {
        self.roles.iter().any(|held| covers(held, role))
    }
}

/// Whether one role includes another: itself, and everything below it.
fn covers(broad: &str, narrow: &str) -> bool {
    narrow.strip_prefix(broad).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Resources a desk's console works with.
const WORKED_WITH: &[&str] = &[
    "attachment",
    "audit_logs",
    "brand",
    "company",
    "conversation",
    "customer",
    "draft",
    "event",
    "klass",
    "kobject",
    "message",
    "metadata",
    "note",
    "outbound_webhook",
    "queue",
    "routing",
    "satisfaction",
    "schedule",
    "setting",
    "shortcut",
    "sla",
    "tag",
    "unmasking_window",
];

/// What a lead needs beside that, short forms: no key of a lead administers the org.
const LEADS: &[&str] =
    &["search", "bulk", "apps.read", "audit_logs.read", "conversation_forward", "customer_merge", "kb", "spam.read"];

/// The keys the org starts with, the main one first; [`records`] are the records behind them.
pub fn keys(seed: u64) -> Vec<Key> {
    let all =
        |also: &[&str]| WORKED_WITH.iter().chain(also).map(|name| format!("org.permission.{name}")).collect::<Vec<_>>();
    // Legacy roles on purpose, so that both families are in use; a legacy note reader could write notes, hence the exception.
    let read_role = |name: &&str| {
        if *name == "note" { "org.permission.note.read".to_owned() } else { format!("org.user.{name}.read") }
    };
    let read = || WORKED_WITH.iter().chain(&["search", "bulk"]).map(read_role).collect();
    let mut unmasked = all(&["search", "bulk"]);
    unmasked.push(SENSITIVE.to_owned());
    let roles = [
        ("main", all(LEADS)),
        ("read-only", read()),
        ("no-search", all(&["bulk"])),
        ("no-bulk", all(&["search"])),
        ("unmasked", unmasked),
        ("admin", vec!["org".to_owned()]),
        ("expired", all(LEADS)),
    ];
    let user = |name: &str| {
        if name == "main" {
            seed::ids::MACHINE_USER.to_owned()
        } else {
            mint::fixed_id(seed, &format!("machine user {name}"))
        }
    };
    roles
        .into_iter()
        .map(|(name, roles)| Key { name, token: mint::api_key(seed, name), user: user(name), roles })
        .collect()
}

/// The key a bearer token stands for. It opens nothing once its record is gone, its time is over, or its user is deleted.
pub fn identify(issued: &[Key], world: &World, authorization: Option<&str>, now: i64) -> Result<Key, Refusal> {
    let (scheme, token) = authorization.and_then(|text| text.split_once(' ')).ok_or_else(Refusal::unauthorized)?;
    let token = token.trim();
    let record = world.get(Kind::Token, &tokens::id_of(token)).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    let record = record.ok_or_else(Refusal::unauthorized)?;
    if record.text("expiresAt").and_then(times::parse).is_some_and(|at| at <= now) {
        return Err(Refusal::expired());
    }
    let user = record.related_id("user").filter(|user| world.live(Kind::User, user).is_some());
    let roles = record.attributes.get("roles").and_then(Value::as_array).into_iter().flatten();
    Ok(Key {
        name: issued.iter().find(|key| key.token == token).map_or("token", |key| key.name),
        token: token.to_owned(),
        user: user.ok_or_else(Refusal::unauthorized)?.to_owned(),
        roles: roles.filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

/// Nobody in particular: who asks for what is public.
pub fn nobody() -> Key {
    Key { name: "public", token: String::new(), user: String::new(), roles: Vec::new() }
}

/// The records behind the keys: each one's token and machine user. The main key's user is among the org's own.
pub fn records(keys: &[Key], now: i64) -> Vec<Doc> {
    let made = now - 90 * DAY_MS;
    let expires = |key: &Key| match key.name {
        "expired" => Some(now - DAY_MS),
        "main" => Some(now + 275 * DAY_MS),
        _ => None,
    };
    let of = |key| {
        [tokens::record(key, key.name, made, expires(key)), machine_user(key, &format!("api-{}", key.name), made)]
    };
    keys.iter().flat_map(of).collect()
}

/// The machine user a key acts as.
pub fn machine_user(key: &Key, name: &str, now: i64) -> Doc {
    let now = times::iso(now);
    let attributes = json!({
        "displayName": null, "name": name, "userType": "machine", "email": format!("{}@api.example", key.user), "mobile": null,
        "password": { "allowNew": false, "forceNew": false, "updatedAt": now }, "roles": key.roles,
        "createdAt": now, "updatedAt": now, "modifiedAt": now,
    });
    let mut doc = Doc::new(Kind::User, key.user.clone());
    doc.attributes = attributes.as_object().cloned().unwrap_or_default();
    doc
}

/// The roles an operation accepts, from the short forms of appendix A: permission roles without `org.permission.`, legacy
/// roles without `org.`, each list separated by spaces.
pub fn accepted(permission: &str, legacy: &str) -> Vec<String> {
    let permission = permission.split_whitespace().map(|role| format!("org.permission.{role}"));
    permission.chain(legacy.split_whitespace().map(|role| format!("org.{role}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_covers_what_is_below_it_and_nothing_beside_it() {
        let key = |name: &str| keys(1).into_iter().find(|key| key.name == name).expect("a known key");
        let may = |name: &str, permission: &str, legacy: &str| key(name).may(&accepted(permission, legacy));
        assert!(may("main", "customer.read", ""));
        assert!(may("read-only", "customer.read", "user.customer.read"));
        assert!(!may("read-only", "customer.update", "user.customer.write"));
        assert!(!may("no-search", "search.create search_global.create", "user.search.read admin.search.read"));
        assert!(!may("no-bulk", "bulk.read", "user.bulk.read"));
        assert!(may("no-bulk", "", ""));
        assert_eq!(["main", "unmasked"].map(|name| key(name).sees_sensitive()), [false, true]);
        assert!(!may("main", "message_redaction.create", ""), "`message` does not cover `message_redaction`");
    }
}
