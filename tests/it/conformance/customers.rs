//! Customers, companies, merges, tracking and search (Kustomer API reference 8, 9, 19, 20, 24).

use serde_json::json;

use super::example::{Example, delete, get, patch, post, put};

pub fn examples() -> Vec<Example> {
    vec![
        get("/customers").page("customer"),
        post("/customers").send(json!({ "name": "Mara Quill", "externalId": "crm-$n", "emails": [{ "type": "work", "email": "mara$n@quill.example" }], "phones": [{ "type": "mobile", "phone": "+491555000$n" }], "tags": ["vip"], "custom": { "loyaltyTierStr": "gold" } })).one("customer"),
        get("/customers/{id}").at("$customer").one("customer"),
        patch("/customers/{id}").at("$customer").send(json!({ "name": "Nia Renamed", "gender": "f", "locations": [{ "type": "home", "cityName": "Riga", "countryCode": "LV" }] })).one("customer"),
        put("/customers/{id}").at("$customer").send(json!({ "timeZone": "Europe/Riga", "birthdayAt": "1990-02-03T00:00:00Z" })).one("customer"),
        delete("/customers/{id}").at("$+customer"),
        get("/customers/email={email}").at("$email").one("customer"),
        get("/customers/phone={phone}").at("$phone").one("customer"),
        get("/customers/externalId={externalId}").at("$externalId").one("customer"),
        get("/customers/{id}/conversations").at("$customer").page("conversation"),
        post("/customers/{id}/conversations").at("$customer").send(json!({ "name": "Parcel never arrived", "status": "open", "priority": 4, "custom": { "parcelRefStr": "PX-2210" } })).one("conversation"),
        get("/customers/{id}/messages").at("$customer").page("message"),
        post("/customers/{id}/messages").at("$customer").send(json!({ "channel": "sms", "app": "conformance", "direction": "in", "preview": "Hello?", "sentAt": "2025-03-04T10:14:58.000Z" })).one("message"),
        get("/customers/{id}/notes").at("$customer").page("note"),
        get("/customers/{id}/drafts").at("$customer").page("draft"),
        post("/customers/{id}/drafts").at("$customer").send(json!({ "channel": "email", "conversation": "$conversation", "app": "postmark", "to": [{ "email": "mara@quill.example", "name": "Mara Quill" }], "from": { "email": "help@acme.example", "name": "Acme" }, "subject": "Re: Parcel", "body": "It arrives tomorrow.", "sendAt": "2099-03-04T15:00:00.000Z", "scheduled": true })).one("draft"),
        get("/customers/{id}/klasses/{name}").at("$customer $klass").page("kobject"),
        post("/customers/{id}/klasses/{name}").at("$customer $klass").send(json!({ "title": "Order #7731", "externalId": "o-$n", "icon": "cart", "custom": { "orderStatusStr": "shipped", "totalPriceNum": 64.5, "placedAt": "2025-03-01T09:30:00Z" } })).one("kobject"),
        get("/customers/{id}/sessions").at("$seededCustomer").page("session"),
        get("/customers/{customerId}/sessions/{sessionId}/events").at("$seededCustomer $session").page("event"),
        get("/customers/{customerId}/events/{id}").at("$seededCustomer $trackedEvent").one("event"),
        get("/customers/{id}/events").at("$customer"),
        post("/customers/merges").send(json!({ "source": "$+customer", "target": "$+customer" })).one(""),
        get("/customers/merges/{id}").at("$merge").one(""),
        get("/customers/{id}/merges").at("$customer").page(""),
        post("/customers/{id}/unmasking-windows").at("$+customer").one("customer"),
        delete("/customers/{id}/unmasking-windows").at("$+customer"),
        post("/customers/bulk").send(json!([{ "_clientRef": "row-1", "name": "Ada Finch", "externalId": "b-$n" }, { "_clientRef": "row-2", "name": "Bo Reed" }])).one("bulk"),
        put("/customers/bulk").send(json!([{ "id": "$customer", "name": "Ada Finch" }])).one("bulk"),
        delete("/customers/bulk").query("ids=$+customer,$+customer").one("bulk"),
        post("/customers/search").send(json!({ "queryContext": "customer", "and": [{ "customer_name": { "contains": "nia" } }], "sort": [{ "customer_created_at": "desc" }] })).several("customer"),
        post("/customers/archive/search").send(json!({ "queryContext": "customer", "and": [{ "customer_created_at": { "lte": "2020-01-01" } }] })).several("customer"),
        get("/companies").page("company"),
        post("/companies").send(json!({ "name": "Quill Ltd $n", "externalId": "c-$n", "domains": [{ "domain": "quill.example" }] })).one("company"),
        get("/companies/{id}").at("$company").one("company"),
        put("/companies/{id}").at("$company").send(json!({ "name": "Quill and Sons", "employeeCount": 12 })).one("company"),
        get("/companies/{id}/klasses/{name}").at("$company $klass").page("kobject"),
        post("/companies/bulk").send(json!([{ "name": "Bulk Ltd $n" }])).one("bulk"),
        put("/companies/bulk").send(json!([{ "id": "$company", "name": "Bulk Ltd" }])).one("bulk"),
        post("/tracking/event").send(json!({ "name": "page.view" })),
        post("/tracking/identity").send(json!({ "email": "nia$n@conf.example" })).other("/data/id"),
        post("/tracking/identityEvent").send(json!({ "identity": { "email": "nia$n@conf.example" }, "event": { "name": "page.view" } })).other("/data/id"),
    ]
}
