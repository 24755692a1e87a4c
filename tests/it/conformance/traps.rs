//! The traps for clients of section 28.1 of the Kustomer API reference, each by its number there. Those that the tables of
//! operations show by themselves (10 success codes, 18 the deprecated path) have no check of their own here.

use serde_json::{Value, json};

use super::{Check, checks::Examination, irregular::require};

type Verdict = Result<(), String>;

pub const CHECKS: &[Check] = &[
    ("1 a wrapped body is a 400", wrapped),
    ("2 leaving company out unlinks", company_unlinks),
    ("3 arrays replace, tag endpoints take a bare array", arrays_replace),
    ("4 a conversation's update is attributes or customer", either_or),
    ("5, 6 the link of page 100 leads to a page that fails", page_101),
    ("6 contains finds whole words", whole_words),
    ("6 the index can be late", late_index),
    ("7 local dates shift with the time zone", local_dates),
    ("8, 9 only a draft scheduled with the flag is sent", scheduled_flag),
    ("11 drafts, forwards and redactions have no links", no_links),
    ("12 meta.to keeps the shape it was sent in", meta_shapes),
    ("13 an error's status is a string or not there", error_status),
    ("14 the reset header is an absolute time", reset_header),
    ("15 a plus in a path is percent-encoded", encoded_plus),
    ("16 bulk: references all or none, complete is no success", bulk_traps),
    ("17 search names are snake case with a prefix", search_names),
    ("19 a klass by id, its records by name", klass_paths),
    ("20 priorities go from 1 to 5", priorities),
    ("21 a webhook's token can be read again", webhook_token),
    ("22 tags go in as names and come out as ids", tag_ids),
    ("23 120 creations a minute for one customer, imports exempt", creation_budget),
    ("24 one record refuses updates while the org has budget left", record_budget),
];

fn wrapped(on: &Examination) -> Verdict {
    on.expect(400, "POST", "/customers", json!({ "data": { "attributes": { "name": "Wrapped" } } }))?;
    on.expect(400, "PATCH", "/conversations/$conversation", json!({ "attributes": { "priority": 3 } })).map(drop)
}

fn company_unlinks(on: &Examination) -> Verdict {
    let customer = on.fixtures.fill("$+customer")?;
    let path = format!("/customers/{customer}");
    let linked = on.expect(200, "PATCH", &path, json!({ "company": "$company" }))?;
    require(linked["data"]["relationships"]["company"]["data"]["type"] == "company", &linked["data"]["relationships"])?;
    let unlinked = on.expect(200, "PATCH", &path, json!({ "locale": "lv" }))?;
    require(unlinked["data"]["relationships"].get("company").is_none(), &unlinked["data"]["relationships"])
}

fn arrays_replace(on: &Examination) -> Verdict {
    let conversation = on.fixtures.fill("$+conversation")?;
    let path = format!("/conversations/{conversation}");
    let count = |body: &Value| body["data"]["attributes"]["tags"].as_array().map_or(0, Vec::len);
    on.expect(200, "PATCH", &path, json!({ "tags": ["one", "two"] }))?;
    let replaced = on.expect(200, "PATCH", &path, json!({ "tags": ["three"] }))?;
    require(count(&replaced) == 1, &replaced["data"]["attributes"]["tags"])?;
    let added = on.expect(200, "POST", &format!("{path}/tags"), json!(["four"]))?;
    require(count(&added) == 2, &added["data"]["attributes"]["tags"])?;
    on.expect(400, "POST", &format!("{path}/tags"), json!({ "tags": ["five"] })).map(drop)
}

fn either_or(on: &Examination) -> Verdict {
    let conversation = on.fixtures.fill("$+conversation")?;
    let path = format!("/conversations/{conversation}");
    on.expect(400, "PATCH", &path, json!({ "customer": "$+customer", "priority": 3 }))?;
    let target = on.fixtures.fill("$+customer")?;
    let moved = on.expect(200, "PATCH", &path, json!({ "customer": target }))?;
    require(
        moved["data"]["relationships"]["customer"]["data"]["id"] == target,
        &moved["data"]["relationships"]["customer"],
    )
}

fn page_101(on: &Examination) -> Verdict {
    let everything = || json!({ "queryContext": "message" });
    let last = on.expect(200, "POST", "/customers/search?page=100&pageSize=1", everything())?;
    let next = last["links"]["next"].as_str().unwrap_or_default().to_owned();
    require(next.contains("page=101"), &last["links"])?;
    let (status, _) = on.call("POST", &next, Some(&everything()));
    require(status >= 400, format!("page 101 answers {status}"))
}

fn whole_words(on: &Examination) -> Verdict {
    let customer = on.expect(201, "POST", "/customers", json!({ "name": "Unmistakablename Testing" }))?;
    let finds = |word: &str| {
        let body = json!({ "queryContext": "customer", "and": [{ "customer_name": { "contains": word } }] });
        let found = on.expect(200, "POST", "/customers/search", body)?;
        Ok::<bool, String>(
            found["data"].as_array().into_iter().flatten().any(|row| row["id"] == customer["data"]["id"]),
        )
    };
    require(finds("unmistakablename")? && finds("testing")?, "whole words are not found")?;
    require(!finds("test")?, "a part of a word is found")
}

fn late_index(_: &Examination) -> Verdict {
    let desk = crate::harness::Desk::start(&["--scale", "4", "--search-lag", "600000"]);
    let (status, made) = desk.call("POST", "/v1/customers", Some(json!({ "name": "Latecomer" })));
    require(status == 201, &made)?;
    let found = || {
        let body = json!({ "queryContext": "customer", "and": [{ "customer_name": { "equals": "latecomer" } }] });
        desk.call("POST", "/v1/customers/search", Some(body)).1["meta"]["total"].clone()
    };
    require(found() == 0, "found at once")?;
    desk.advance(600_000);
    require(found() == 1, "not found later either")
}

fn local_dates(on: &Examination) -> Verdict {
    let made = json!({ "customer": "$customer", "createdAt": "2025-11-04T03:00:00.000Z" });
    let made = on.expect(201, "POST", "/conversations", made)?;
    let id = made["data"]["id"].as_str().unwrap_or_default();
    let found = |zone: &str, until: &str| {
        let body = json!({ "queryContext": "conversation", "timeZone": zone,
            "and": [{ "conversation_customer_id": { "equals": "$customer" } }, { "conversation_created_at": { "lte": until } }] });
        let body = on.expect(200, "POST", "/customers/search?idsOnly=true", body)?;
        Ok::<bool, String>(body["data"].as_array().into_iter().flatten().any(|row| row["id"] == id))
    };
    require(!found("GMT", "2025-11-03")?, "the 4th in Greenwich is found up to the 3rd")?;
    require(found("America/New_York", "2025-11-03")?, "the 3rd in New York is not found up to the 3rd")?;
    require(!found("America/New_York", "2025-11-04T02:59:00Z")?, "a timestamp is shifted")
}

fn scheduled_flag(on: &Examination) -> Verdict {
    let conversation = on.fixtures.fill("$+conversation")?;
    let now = on.desk.get("/__sandbox/clock")["now"].as_str().unwrap_or_default().to_owned();
    let draft = |scheduled: Option<bool>| {
        let mut body = json!({ "channel": "email", "conversation": conversation, "to": [{ "email": "nia@conf.example" }],
            "subject": "Re", "body": "Soon", "sendAt": later(&now) });
        if let Some(scheduled) = scheduled {
            body["scheduled"] = scheduled.into();
        }
        on.expect(200, "POST", "/customers/$customer/drafts", body)
    };
    let (plain, flagged) = (draft(None)?, draft(Some(true))?);
    on.desk.advance(48 * 3_600_000);
    let drafts = on.expect(200, "GET", "/customers/$customer/drafts?pageSize=100", Value::Null)?;
    let is_there =
        |draft: &Value| drafts["data"].as_array().into_iter().flatten().any(|row| row["id"] == draft["data"]["id"]);
    require(is_there(&plain), "a draft without the flag was sent")?;
    require(!is_there(&flagged), "a due draft is still there")?;
    let messages = on.expect(200, "GET", &format!("/conversations/{conversation}/messages"), Value::Null)?;
    require(messages["data"][0]["attributes"]["direction"] == "out", messages)
}

/// The last second of the day of a moment: later than the moment, and sooner than two days on.
fn later(now: &str) -> String {
    format!("{}T23:59:59.999Z", now.split('T').next().unwrap_or(now))
}

fn no_links(on: &Examination) -> Verdict {
    let drafts = on.expect(
        200,
        "POST",
        "/customers/$customer/drafts",
        json!({ "channel": "sms", "to": "+491555", "body": "Hi" }),
    )?;
    require(drafts["data"].get("links").is_none(), &drafts["data"]["links"])?;
    let forward = on.expect(200, "GET", "/forwards/$forward", Value::Null)?;
    require(forward["data"].get("links").is_none(), &forward["data"]["links"])?;
    let redaction = on.expect(201, "POST", "/messages/$+message/redactions", json!({ "preview": "[redacted]" }))?;
    require(redaction["data"].get("links").is_none(), &redaction["data"]["links"])
}

fn meta_shapes(on: &Examination) -> Verdict {
    for to in
        [json!("help@conf.example"), json!({ "email": "help@conf.example" }), json!([{ "email": "help@conf.example" }])]
    {
        let body = json!({ "channel": "email", "app": "conformance", "direction": "out", "preview": "x", "meta": { "to": to } });
        let made = on.expect(201, "POST", "/conversations/$conversation/messages", body)?;
        require(made["data"]["attributes"]["meta"]["to"] == to, &made["data"]["attributes"]["meta"])?;
    }
    Ok(())
}

fn error_status(on: &Examination) -> Verdict {
    let missing = on.expect(404, "GET", "/conversations/66ffffffffffffffffffffff", Value::Null)?;
    let status = &missing["errors"][0]["status"];
    require(status.is_null() || *status == "404" || *status == 404, missing)
}

fn reset_header(on: &Examination) -> Verdict {
    let path = "/v1/users/current";
    let reset = on.desk.header(path, "x-ratelimit-reset").ok_or("no reset header")?;
    let seconds: i64 = reset.parse().map_err(|_| reset.clone())?;
    require((1_700_000_000..4_000_000_000).contains(&seconds), seconds)?;
    require(on.desk.header(path, "x-ratelimit-remaining").is_some(), "no remaining header")?;
    require(on.desk.header(path, "x-ratelimit-limit").as_deref() == Some("100000"), "another limit than the org's")
}

fn encoded_plus(on: &Examination) -> Verdict {
    let phone = on.fixtures.fill("$phone")?;
    let path = |phone: &str| format!("/customers/phone={phone}");
    on.expect(200, "GET", &path(&phone.replace('+', "%2B")), Value::Null).map(drop)
}

fn bulk_traps(on: &Examination) -> Verdict {
    on.expect(400, "POST", "/customers/bulk", json!([{ "_clientRef": "a", "name": "A" }, { "name": "B" }]))?;
    on.expect(
        400,
        "POST",
        "/customers/bulk",
        json!([{ "_clientRef": "a", "name": "A" }, { "_clientRef": "a", "name": "B" }]),
    )?;
    let many: Vec<Value> = (0..101).map(|n| json!({ "name": format!("N{n}") })).collect();
    on.expect(400, "POST", "/customers/bulk", Value::Array(many))?;
    let twice = json!([{ "_clientRef": "row-1", "name": "Ada", "externalId": "twice-$n" }, { "_clientRef": "row-2", "name": "Bo", "plainly": 1 }]);
    let job = on.expect(201, "POST", "/customers/bulk", twice)?;
    let id = job["data"]["id"].as_str().unwrap_or_default().to_owned();
    require(job["data"]["attributes"]["status"] == "queued", &job["data"]["attributes"]["status"])?;
    on.desk.advance(60_000);
    let done = on.expect(200, "GET", &format!("/bulk/{id}"), Value::Null)?;
    require(
        done["data"]["attributes"]["status"] == "complete" && done["data"]["attributes"]["completed"] == true,
        done,
    )?;
    let batches = on.expect(200, "GET", &format!("/bulk/{id}/batches"), Value::Null)?;
    let batch = &batches["data"][0];
    require(batch["successCount"] == 1 && batch["failureCount"] == 1, batch)?;
    let result = |at: usize, name: &str| batch["results"][at][name].clone();
    require(
        result(0, "_clientRef") == "row-1" && result(0, "status") == "created" && result(0, "objectId").is_string(),
        batch,
    )?;
    require(result(1, "status") == "error" && result(1, "error").is_string() && result(1, "objectId").is_null(), batch)
}

fn search_names(on: &Examination) -> Verdict {
    let ask = |status: u16, criterion: Value| {
        on.expect(status, "POST", "/customers/search", json!({ "queryContext": "customer", "and": [criterion] }))
            .map(drop)
    };
    ask(400, json!({ "createdAt": { "gte": "2025-01-01" } }))?;
    ask(400, json!({ "customer_createdAt": { "gte": "2025-01-01" } }))?;
    ask(200, json!({ "customer_externalId": { "equals": "conf-1" } }))?;
    ask(200, json!({ "customer_custom_loyaltyTierStr": { "equals": "gold" } }))
}

fn klass_paths(on: &Examination) -> Verdict {
    let by_id = on.expect(200, "GET", "/klasses/$klassId", Value::Null)?;
    require(by_id["data"]["type"] == "klass", &by_id["data"])?;
    let by_name = on.expect(200, "GET", "/klasses/$klass", Value::Null)?;
    require(by_name["data"].is_array(), &by_name["data"])
}

fn priorities(on: &Examination) -> Verdict {
    for (status, priority) in [(400, json!(0)), (400, json!(6)), (400, json!(2.5)), (200, json!(5))] {
        on.expect(status, "PATCH", "/conversations/$conversation", json!({ "priority": priority }))?;
    }
    Ok(())
}

fn webhook_token(on: &Examination) -> Verdict {
    let body = on.expect(200, "GET", "/outbound-webhooks/$webhook", Value::Null)?;
    require(body["data"]["attributes"]["token"].as_str().is_some_and(|token| token.len() >= 16), "no token")
}

fn tag_ids(on: &Examination) -> Verdict {
    let body = on.expect(200, "PATCH", "/conversations/$conversation", json!({ "tags": ["named-tag"] }))?;
    let id = body["data"]["attributes"]["tags"][0].as_str().unwrap_or_default().to_owned();
    require(super::envelope::is_id(&id), &body["data"]["attributes"]["tags"])?;
    let mut page = Some("/tags?pageSize=100".to_owned());
    while let Some(path) = page {
        let tags = on.expect(200, "GET", &path, Value::Null)?;
        if tags["data"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|tag| tag["id"] == id && tag["attributes"]["name"] == "named-tag")
        {
            return Ok(());
        }
        page = tags["links"]["next"].as_str().map(|next| next.trim_start_matches("/v1").to_owned());
    }
    Err("the tag is not in the list".into())
}

fn creation_budget(on: &Examination) -> Verdict {
    let customer = on.fixtures.fill("$+customer")?;
    let imported = json!({ "customer": customer, "importedAt": "2024-01-01T00:00:00Z" });
    for _ in 0..121 {
        on.expect(201, "POST", "/conversations", imported.clone())?;
    }
    for _ in 0..120 {
        on.expect(201, "POST", "/conversations", json!({ "customer": customer }))?;
    }
    on.expect(429, "POST", "/conversations", json!({ "customer": customer }))?;
    on.expect(201, "POST", "/conversations", json!({ "customer": "$+customer" })).map(drop)
}

fn record_budget(on: &Examination) -> Verdict {
    let path = format!("/v1/customers/{}", on.fixtures.fill("$+customer")?);
    for round in 0..200 {
        let (status, body) = on.call("PATCH", &path, Some(&json!({ "locale": format!("l{round}") })));
        match status {
            200 => {}
            429 => return on.expect(200, "PATCH", "/customers/$customer", json!({ "locale": "lv" })).map(drop),
            _ => return Err(format!("{status}: {body}")),
        }
    }
    Err("200 updates of one record were taken".into())
}
