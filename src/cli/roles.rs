//! Owns what each role of a key is good for here: the operations this program uses, with the roles the desk wants for each
//! (Kustomer API reference, appendix A), and what a person loses without them.

use serde_json::{Value, json};

/// One operation the program uses.
struct Use {
    /// What a person does with it.
    feature: &'static str,
    /// As the reference's index writes it.
    operation: &'static str,
    /// Any one of these will do.
    roles: &'static [&'static str],
}

const fn uses(feature: &'static str, operation: &'static str, roles: &'static [&'static str]) -> Use {
    Use { feature, operation, roles }
}

const SEARCH: &[&str] = &[
    "org.permission.search.create",
    "org.permission.search.update",
    "org.permission.search_global.create",
    "org.permission.search_preview.create",
    "org.user.search.read",
    "org.admin.search.read",
];
const CUSTOMER: &[&str] = &["org.permission.customer.read", "org.user.customer.read"];
const CONVERSATION: &[&str] = &["org.permission.conversation.read", "org.user.conversation.read"];
const METADATA: &[&str] = &["org.permission.metadata.read", "org.user.metadata.read", "org.admin.metadata.read"];
const KLASS: &[&str] = &["org.permission.klass.read", "org.user.klass.read", "org.admin.klass.read"];

const USES: &[Use] = &[
    uses("the queue and every search", "POST /customers/search", SEARCH),
    uses("opening a customer", "GET /customers/{id}", CUSTOMER),
    uses("a customer's conversations", "GET /customers/{id}/conversations", CONVERSATION),
    uses(
        "messages on the timeline",
        "GET /conversations/{id}/messages",
        &["org.permission.message.read", "org.user.message.read"],
    ),
    uses("notes on the timeline", "GET /conversations/{id}/notes", &["org.permission.note.read", "org.user.note.read"]),
    uses(
        "writing notes",
        "POST /conversations/{id}/notes",
        &["org.permission.note.create", "org.user.note.write", "org.user.note.read"],
    ),
    uses(
        "events on the timeline",
        "GET /conversations/{id}/events",
        &["org.permission.event.read", "org.user.event.read"],
    ),
    uses(
        "drafts waiting for a person",
        "GET /customers/{id}/drafts",
        &["org.permission.draft.read", "org.user.draft.read"],
    ),
    uses("which attributes are sensitive", "GET /metadata/{resource}", METADATA),
    uses("the kinds of KObject", "GET /klasses", KLASS),
    uses("lists of KObjects", "GET /klasses/{name}", KLASS),
    uses(
        "making KObjects in bulk",
        "POST /klasses/{name}/bulk",
        &["org.permission.kobject.create", "org.user.kobject.write"],
    ),
    uses(
        "unmasking",
        "POST /customers/{id}/unmasking-windows",
        &["org.permission.unmasking_window.create", "org.user.customer.write"],
    ),
    uses(
        "masking again before the window ends",
        "DELETE /customers/{id}/unmasking-windows",
        &["org.permission.unmasking_window.delete", "org.user.customer.write"],
    ),
    uses("changing a customer", "PUT /customers/{id}", &["org.permission.customer.update", "org.user.customer.write"]),
    uses("bulk jobs' progress and failures", "GET /bulk/{id}", &["org.permission.bulk.read", "org.user.bulk.read"]),
    uses(
        "queues by name",
        "GET /routing/queues",
        &["org.permission.queue.read", "org.permission.routing.read", "org.user.queue.read", "org.user.routing.read"],
    ),
];

/// What a key cannot do here.
pub struct Missing {
    /// What is lost.
    pub feature: &'static str,
    /// The operation that will be refused.
    pub operation: &'static str,
    /// The role to ask for.
    pub role: &'static str,
}

impl Missing {
    /// As JSON.
    pub fn json(&self) -> Value {
        json!({ "disables": self.feature, "operation": self.operation, "role": self.role })
    }
}

/// What roles such as these cannot do. A broad role covers what is below it (unverified, but relied on by everybody:
/// reference 1.3), and a role for one klass's KObjects counts as one for KObjects.
pub fn missing(held: &[String]) -> Vec<Missing> {
    let covers = |held: &str, wanted: &str| {
        let below = |broad: &str, narrow: &str| {
            narrow.strip_prefix(broad).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let action = wanted.strip_prefix("org.permission.kobject.");
        let of_klass = action.is_some_and(|action| {
            let klass = held.strip_prefix("org.permission.kobject.kobject_");
            klass.is_some_and(|klass| !klass.contains('.') || klass.ends_with(&format!(".{action}")))
        });
        below(held, wanted) || of_klass
    };
    let may = |used: &Use| used.roles.iter().any(|wanted| held.iter().any(|held| covers(held, wanted)));
    let missing = USES.iter().filter(|used| !may(used));
    missing
        .map(|used| Missing {
            feature: used.feature,
            operation: used.operation,
            role: used.roles.first().copied().unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(roles: &[&str]) -> Vec<&'static str> {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        missing(&roles).iter().map(|missing| missing.feature).collect()
    }

    #[test]
    fn a_broad_role_covers_what_is_below_it_and_a_missing_one_is_named_by_what_it_disables() {
        assert!(lost(&["org.permission"]).is_empty());
        assert_eq!(lost(&["org.permissions"]).len(), USES.len());
        let most: Vec<String> = [
            "search",
            "customer",
            "conversation",
            "message",
            "note.create",
            "event",
            "draft",
            "metadata",
            "klass",
            "kobject.kobject_order.create",
            "unmasking_window",
            "queue",
        ]
        .iter()
        .map(|role| format!("org.permission.{role}"))
        .collect();
        let most: Vec<&str> = most.iter().map(String::as_str).collect();
        assert_eq!(lost(&most), ["notes on the timeline", "bulk jobs' progress and failures"]);
    }

    #[test]
    fn legacy_roles_count_too() {
        let left = lost(&["org.user", "org.admin"]);
        assert!(left.is_empty(), "{left:?}");
    }
}
