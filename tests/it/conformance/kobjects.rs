//! Klasses, their records and metadata (Kustomer API reference 7.2, 18).

use serde_json::json;

use super::example::{Example, delete, get, post, put};

pub fn examples() -> Vec<Example> {
    vec![
        get("/klasses").page("klass"),
        post("/klasses")
            .send(json!({ "name": "sprocket$n", "displayName": "Sprocket", "icon": "cog", "status": "enabled" }))
            .one("klass"),
        get("/klasses/{id}").at("$klassId").one("klass"),
        put("/klasses/{id}").at("$klassId").send(json!({ "displayName": "Gizmos" })).one("klass"),
        delete("/klasses/{id}").at("$+klassId"),
        get("/klasses/{name}").at("$klass").page("kobject"),
        post("/klasses/{name}")
            .at("$klass")
            .send(json!({ "title": "Loose part", "company": "$company", "tags": ["vip"] }))
            .one("kobject"),
        get("/klasses/{name}/{id}").at("$klass $kobject").one("kobject"),
        put("/klasses/{name}/{id}")
            .at("$klass $kobject")
            .send(json!({ "title": "Retitled", "custom": { "sizeNum": 4 } }))
            .one("kobject"),
        delete("/klasses/{name}/{id}").at("$klass $+kobject"),
        get("/klasses/{name}/externalId={externalId}").at("$klass $kobjectExternalId").one("kobject"),
        post("/klasses/{name}/bulk")
            .at("$klass")
            .send(json!([{ "title": "First" }, { "title": "Second" }]))
            .one("bulk"),
        put("/klasses/{name}/bulk").at("$klass").send(json!([{ "id": "$kobject", "title": "Third" }])).one("bulk"),
        delete("/klasses/{name}/bulk").at("$klass").query("ids=$+kobject").one("bulk"),
        get("/metadata/{resource}").at("customer").one("metadata"),
        put("/metadata/{resource}")
            .at("conversation")
            .send(json!({ "properties": { "shelfStr": { "displayName": "Shelf", "enumeration": ["a", "b"] } } }))
            .one("metadata"),
    ]
}
