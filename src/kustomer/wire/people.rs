//! Owns the reading of users, and of teams, queues and tags by name (Kustomer API reference 22, 23, 24).

use super::Resource;
use crate::domain::{Text, User, UserId};

/// Reads one user; `None` when it has no id.
pub(in crate::kustomer) fn user(r: Resource<'_>) -> Option<User> {
    Some(User {
        id: UserId::new(r.id()?),
        name: name(r),
        machine: r.literal("userType") == Some("machine"),
        roles: r.strings("roles").map(|role| role.chars().filter(char::is_ascii_graphic).collect()).collect(),
    })
}

/// Id and display name of anything that only needs those.
pub(in crate::kustomer) fn named(r: Resource<'_>) -> Option<(&str, Text)> {
    Some((r.id()?, name(r)))
}

/// `displayName` is null on machine users.
pub(super) fn name(r: Resource<'_>) -> Text {
    ["displayName", "name", "key"]
        .iter()
        .find_map(|key| r.text(key).filter(|name| !name.is_blank()))
        .unwrap_or_else(|| Text::from(r.id().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_machine_user_goes_by_its_name() {
        let value = json!({"type": "user", "id": "66u9", "attributes": {"displayName": null, "name": "console-dev",
            "userType": "machine", "roles": ["org.permission.customer.read", 7]}});
        let expected = User {
            id: UserId::new("66u9"),
            name: "console-dev".into(),
            machine: true,
            roles: vec!["org.permission.customer.read".into()],
        };
        assert_eq!(user(Resource(&value)), Some(expected));
    }
}
