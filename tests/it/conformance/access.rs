//! Users, teams, role groups, tokens and how people sign in (Kustomer API reference 22).

use serde_json::json;

use super::example::{Example, delete, get, patch, post, put};

pub fn examples() -> Vec<Example> {
    vec![
        get("/users").page("user"),
        post("/users").send(json!({ "name": "New Agent", "email": "new$n@conf.example" })).one("user"),
        get("/users/current").one("user"),
        put("/users/current").send(json!({ "displayName": "Console" })).one("user"),
        get("/users/{id}").at("$user").one("user"),
        put("/users/{id}").at("$user").send(json!({ "displayName": "Agent" })).one("user"),
        get("/users/{ids}").at("$user,$+user").several("user").never_misses(),
        get("/users/{id}/teams").at("$user").page("team"),
        post("/users/passwordreset").send(json!({ "domain": "acme", "email": "nobody@conf.example" })),
        get("/teams").page("team"),
        post("/teams").send(json!({ "name": "Team $n", "icon": "star" })).one("team"),
        get("/teams/{id}").at("$team").one("team"),
        patch("/teams/{id}").at("$team").send(json!({ "displayName": "The Team" })).one("team"),
        put("/teams/{id}").at("$team").send(json!({ "name": "Same Team" })).one("team"),
        delete("/teams/{id}").at("$+team"),
        post("/teams/{id}/members").at("$team").send(json!({ "members": ["$user"] })).one("team"),
        delete("/teams/{id}/members").at("$team").send(json!({ "members": ["$user"] })).one("team"),
        get("/role-groups").page(""),
        post("/role-groups").send(json!({ "name": "Readers $n", "roles": ["org.permission.note.read"] })).one(""),
        get("/role-groups/{id}").at("$roleGroup").one(""),
        put("/role-groups/{id}").at("$roleGroup").send(json!({ "description": "They read." })).one(""),
        delete("/role-groups/{id}").at("$+roleGroup"),
        get("/auth/roles").other("/data/0/id"),
        get("/auth/tokens").page(""),
        post("/auth/tokens").send(json!({ "name": "Reader $n", "roles": ["org.permission.note.read"] })).one(""),
        get("/auth/tokens/{id}").at("$token").one(""),
        delete("/auth/tokens/{id}").at("$+token"),
        get("/auth/tokens/current").one(""),
        get("/auth/settings").other("/data/attributes"),
        put("/auth/settings")
            .send(json!({ "kustomer": { "enabled": true }, "google": { "enabled": true } }))
            .other("/data/attributes"),
        get("/auth/customer/settings").other("/data/attributes"),
        get("/p/auth/settings").other("/data"),
    ]
}
