//! Owns the API keys of the simulated org and what each may do (Kustomer API reference 1.2, 1.3, appendix A).
//!
//! Unverified in the reference and decided here: a role covers everything below it (`org.permission.note` covers
//! `org.permission.note.read`), and reading sensitive attributes in the clear is a role of its own, [`SENSITIVE`].

use serde_json::json;

use super::{
    doc::{Doc, Kind},
    mint, seed, times,
};

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

    fn holds(&self, role: &str) -> bool {
        let covers = |held: &String| {
            role.strip_prefix(held.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.roles.iter().any(covers)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Resources a desk's console works with.
const WORKED_WITH: &[&str] = &[
    "attachment",
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
    "queue",
    "schedule",
    "shortcut",
    "sla",
    "tag",
    "unmasking_window",
];

/// The keys of the org, the main one first. Their machine users come with them, except the main one's, which is seeded.
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
        ("main", all(&["search", "bulk"])),
        ("read-only", read()),
        ("no-search", all(&["bulk"])),
        ("no-bulk", all(&["search"])),
        ("unmasked", unmasked),
        ("admin", vec!["org".to_owned()]),
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

/// The machine user a key acts as.
pub fn machine_user(key: &Key, now: i64) -> Doc {
    let now = times::iso(now);
    let attributes = json!({
        "displayName": null, "name": format!("api-{}", key.name), "userType": "machine",
        "email": format!("{}@api.example", &key.user[..9]), "mobile": null,
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
