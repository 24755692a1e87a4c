//! The rules and irregularities of section 2 of the Kustomer API reference that a table of operations cannot show, each by
//! name.

use serde_json::{Value, json};

use super::{Check, checks::Examination};

/// Operations that are examined here rather than by an example.
pub const EXAMINED: &[&str] = &["DELETE /auth/tokens/current", "PUT /routing/queue-rules/order"];

type Verdict = Result<(), String>;

pub const CHECKS: &[Check] = &[
    ("a KObject's klass has `link` and a name for an id", klass_link),
    ("a message's customer is of type `customers`", plural_customers),
    ("stamps are equal at creation and rev counts writes", stamps),
    ("null clears an attribute", null_clears),
    ("PUT changes what it names, `replace=true` the rest too", put_and_replace),
    ("custom attributes merge key by key", custom_merges),
    ("a stale rev is a conflict", stale_rev),
    ("a comma list of ids answers a list", comma_lists),
    ("included comes only when asked for", included),
    ("sort=desc turns the order round", sort_desc),
    ("customers and searches tell totals, other lists do not", totals),
    ("token lists tell page numbers as strings", string_pages),
    ("fromDate filters a customer's conversations", from_date),
    ("filters of companies: one works, two are ignored", company_filters),
    ("an SLA includes the versions asked for", sla_versions),
    ("an unmasking window lasts a day and is on the customer", unmasking_window),
    ("audit logs go back by `before`", audit_cursors),
    ("a key can delete itself", delete_own_token),
    ("a key nobody issued is 401", unknown_key),
    ("the system queue is there once", system_queue),
    ("queue rules can be put in another order", rule_order),
    ("one work item at most is open for a conversation", one_work_item),
];

/// Says what was expected when it does not hold.
pub fn require(holds: bool, why: impl std::fmt::Display) -> Verdict {
    if holds { Ok(()) } else { Err(why.to_string()) }
}

fn klass_link(on: &Examination) -> Verdict {
    let body = on.expect(200, "GET", "/klasses/$klass/$kobject", Value::Null)?;
    let klass = on.fixtures.fill("$klass")?;
    let relation = &body["data"]["relationships"]["klass"];
    let wanted =
        json!({ "link": { "self": format!("/v1/klasses/{klass}") }, "data": { "type": "klass", "id": klass } });
    require(*relation == wanted && body["data"]["type"] == format!("kobject.{klass}"), relation)
}

fn plural_customers(on: &Examination) -> Verdict {
    let body = on.expect(200, "GET", "/messages/$message", Value::Null)?;
    let relations = &body["data"]["relationships"];
    require(relations["customer"]["data"]["type"] == "customers", &relations["customer"])?;
    require(relations["conversation"]["data"]["type"] == "conversation", &relations["conversation"])
}

fn stamps(on: &Examination) -> Verdict {
    for (path, body, first) in [
        ("/conversations", json!({ "customer": "$+customer" }), 1),
        ("/customers", json!({ "name": "Stamped" }), 1),
        ("/klasses/$klass", json!({ "title": "Stamped" }), 0),
    ] {
        let made = on.expect(201, "POST", path, body)?;
        let made = &made["data"]["attributes"];
        require(made["createdAt"] == made["updatedAt"], format!("{path}: {made}"))?;
        require(made["rev"] == first, format!("{path} starts at rev {}", made["rev"]))?;
    }
    let before = on.expect(200, "GET", "/conversations/$conversation", Value::Null)?;
    let after = on.expect(200, "PATCH", "/conversations/$conversation", json!({ "priority": 2 }))?;
    let rev = |body: &Value| body["data"]["attributes"]["rev"].as_i64().unwrap_or(-9);
    require(rev(&after) == rev(&before) + 1, format!("{} after {}", rev(&after), rev(&before)))
}

fn null_clears(on: &Examination) -> Verdict {
    on.expect(200, "PATCH", "/customers/$customer", json!({ "locale": "lv", "gender": "f" }))?;
    let body = on.expect(200, "PATCH", "/customers/$customer", json!({ "gender": null }))?;
    require(body["data"]["attributes"]["gender"].is_null() && body["data"]["attributes"]["locale"] == "lv", body)
}

fn put_and_replace(on: &Examination) -> Verdict {
    let customer = on.fixtures.fill("$+customer")?;
    let path = format!("/customers/{customer}");
    let put = on.expect(200, "PUT", &path, json!({ "locale": "lv" }))?;
    require(put["data"]["attributes"]["name"].as_str().is_some_and(|name| name.starts_with("Nia")), &put)?;
    let replaced = on.expect(200, "PUT", &format!("{path}?replace=true"), json!({ "name": "Only This" }))?;
    require(replaced["data"]["attributes"]["locale"].is_null(), "replace=true keeps what is not named")
}

fn custom_merges(on: &Examination) -> Verdict {
    on.expect(200, "PATCH", "/conversations/$conversation", json!({ "custom": { "aStr": "1", "bNum": 2 } }))?;
    let body = on.expect(200, "PATCH", "/conversations/$conversation", json!({ "custom": { "bNum": 3 } }))?;
    let custom = &body["data"]["attributes"]["custom"];
    require(custom["aStr"] == "1" && custom["bNum"] == 3, custom)?;
    on.expect(400, "PATCH", "/conversations/$conversation", json!({ "custom": { "plain": 3 } }))?;
    on.expect(400, "PATCH", "/conversations/$conversation", json!({ "custom": { "bNum": "three" } })).map(drop)
}

fn stale_rev(on: &Examination) -> Verdict {
    on.expect(200, "PATCH", "/customers/$customer", json!({ "locale": "lt" }))?;
    on.expect(409, "PATCH", "/customers/$customer", json!({ "locale": "et", "rev": 0 })).map(drop)
}

fn comma_lists(on: &Examination) -> Verdict {
    for path in [
        "/conversations/$+conversation,$+conversation",
        "/attachments/$+attachment,$+attachment",
        "/media/$+media,$+media",
        "/users/$+user,$+user",
    ] {
        let body = on.expect(200, "GET", path, Value::Null)?;
        require(body["data"].as_array().is_some_and(|rows| rows.len() == 2), format!("{path}: {body}"))?;
    }
    Ok(())
}

fn included(on: &Examination) -> Verdict {
    let path = "/conversations/$conversation/messages";
    on.fixtures.fill("$mailWithAttachment")?;
    require(on.expect(200, "GET", path, Value::Null)?.get("included").is_none(), "included without asking")?;
    let body = on.expect(200, "GET", &format!("{path}?include=attachments"), Value::Null)?;
    require(
        body["included"].as_array().is_some_and(|items| items.iter().any(|item| item["type"] == "attachment")),
        &body["included"],
    )
}

fn sort_desc(on: &Examination) -> Verdict {
    for list in ["/conversations", "/messages"] {
        let ids = |body: Value| -> Vec<String> {
            body["data"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|row| row["id"].as_str())
                .map(str::to_owned)
                .collect()
        };
        let up = ids(on.expect(200, "GET", &format!("{list}?pageSize=30"), Value::Null)?);
        let down = ids(on.expect(200, "GET", &format!("{list}?pageSize=30&sort=desc"), Value::Null)?);
        require(up.is_sorted() && down.is_sorted_by(|a, b| a >= b), format!("{list} is not in the order of ids"))?;
        require(up.first() != down.first(), format!("{list} begins the same either way"))?;
    }
    Ok(())
}

fn totals(on: &Examination) -> Verdict {
    let customers = on.expect(200, "GET", "/customers?pageSize=5", Value::Null)?;
    require(customers["meta"]["total"].is_u64() && customers["links"]["last"].is_string(), &customers["meta"])?;
    let found = on.expect(200, "POST", "/customers/search?pageSize=5", json!({ "queryContext": "customer" }))?;
    require(found["meta"]["totalPages"].is_u64() && found["meta"]["aggregations"].is_object(), &found["meta"])?;
    require(found["meta"]["timed_out"] == false && found["links"]["last"].is_string(), &found["links"])?;
    let notes = on.expect(200, "GET", "/notes?pageSize=5", Value::Null)?;
    require(notes["meta"].get("total").is_none() && notes["links"].get("last").is_none(), &notes["meta"])
}

fn string_pages(on: &Examination) -> Verdict {
    let body = on.expect(200, "GET", "/auth/tokens", Value::Null)?;
    require(body["meta"]["page"].is_string() && body["meta"]["pageSize"].is_string(), &body["meta"])
}

fn from_date(on: &Examination) -> Verdict {
    on.fixtures.fill("$conversation")?;
    let path = "/customers/$customer/conversations?fromDate";
    let later = on.expect(200, "GET", &format!("{path}=2099-01-01T00:00:00Z"), Value::Null)?;
    let earlier = on.expect(200, "GET", &format!("{path}=2001-01-01T00:00:00Z"), Value::Null)?;
    require(later["data"] == json!([]) && earlier["data"] != json!([]), later)
}

fn company_filters(on: &Examination) -> Verdict {
    let company = on.fixtures.fill("$company")?;
    let body = on.expect(200, "GET", &format!("/companies/{company}"), Value::Null)?;
    let external =
        body["data"]["attributes"]["externalId"].as_str().or(body["data"]["attributes"]["extenalId"].as_str());
    let external = external.ok_or("the company has no external id")?;
    let one = on.expect(200, "GET", &format!("/companies?externalId={external}"), Value::Null)?;
    let found = one["data"].as_array().map_or_else(|| vec![one["data"].clone()], Clone::clone);
    require(found.len() == 1 && found[0]["id"] == company, one)?;
    let both = on.expect(200, "GET", &format!("/companies?externalId={external}&filter=nobody"), Value::Null)?;
    require(both["data"].as_array().is_some_and(|rows| rows.len() > 1), "both filters together are not ignored")
}

fn sla_versions(on: &Examination) -> Verdict {
    let active = on.expect(200, "GET", "/slas/$sla?versions=active", Value::Null)?;
    let all = on.expect(200, "GET", "/slas/$sla?versions=all", Value::Null)?;
    let version = if active["included"].is_array() { &active["included"][0] } else { &active["included"] };
    require(version["type"] == "sla_version", &active["included"])?;
    let times = &version["attributes"]["metrics"]["firstResponse"]["times"];
    require(times.is_object(), version)?;
    require(all["included"].is_array(), &all["included"])
}

fn unmasking_window(on: &Examination) -> Verdict {
    let body = on.expect(201, "POST", "/customers/$customer/unmasking-windows", Value::Null)?;
    let window = &body["data"]["attributes"]["unmaskingWindow"];
    require(
        window["startDate"].is_string() && window["endDate"].is_string() && window["requestedBy"].is_string(),
        window,
    )?;
    on.expect(204, "DELETE", "/customers/$customer/unmasking-windows", Value::Null).map(drop)
}

fn audit_cursors(on: &Examination) -> Verdict {
    on.expect(200, "PATCH", "/conversations/$conversation", json!({ "priority": 4 }))?;
    on.expect(200, "PATCH", "/conversations/$conversation", json!({ "priority": 5 }))?;
    let newest = on.expect(200, "GET", "/audit-logs?count=1", Value::Null)?;
    let id = newest["data"][0]["id"].as_str().ok_or("no newest entry")?;
    require(newest["meta"]["count"] == 1 && newest["meta"]["total"].is_u64(), &newest["meta"])?;
    let next = newest["links"]["next"].as_str().unwrap_or_default();
    require(next.contains(&format!("before={id}")), &newest["links"])?;
    let older = on.expect(200, "GET", next.trim_start_matches("/v1"), Value::Null)?;
    let is_older =
        older["data"][0]["attributes"]["createdAt"].as_str() <= newest["data"][0]["attributes"]["createdAt"].as_str();
    require(older["data"][0]["id"] != id && is_older, older)
}

fn delete_own_token(on: &Examination) -> Verdict {
    let key = on.token("org.permission.tag.read")?;
    let path = "/v1/auth/tokens/current";
    let before = on.desk.raw(Some(&key), "GET", path, None);
    require(before.0 == 200 && before.1.contains("org.permission.tag.read"), before.1)?;
    let deleted = on.desk.raw(Some(&key), "DELETE", path, None);
    require(deleted.0 == 204 && deleted.1.is_empty(), deleted.0)?;
    let after = on.desk.raw(Some(&key), "GET", path, None);
    require(after.0 == 401, format!("a deleted key answers {}", after.0))
}

fn unknown_key(on: &Examination) -> Verdict {
    let (status, _) = on.desk.raw(Some("eyJ.nobody.issued"), "GET", "/v1/users/current", None);
    require(status == 401, status)
}

fn system_queue(on: &Examination) -> Verdict {
    let queues = on.expect(200, "GET", "/routing/queues?pageSize=100", Value::Null)?;
    let is_system = |queue: &&Value| queue["attributes"]["system"] == true;
    let system: Vec<&Value> = queues["data"].as_array().into_iter().flatten().filter(is_system).collect();
    require(system.len() == 1 && system[0]["attributes"]["name"] == "DEFAULT_QUEUE", format!("{system:?}"))?;
    let path = format!("/routing/queues/{}", system[0]["id"].as_str().unwrap_or_default());
    on.expect(400, "PUT", &path, json!({ "name": "mine" }))?;
    on.expect(200, "PUT", &path, json!({ "restrictTransfersByUsers": true })).map(drop)
}

fn rule_order(on: &Examination) -> Verdict {
    on.fixtures.fill("$rule $+rule")?;
    let ids = || {
        let rules = on.expect(200, "GET", "/routing/queue-rules?pageSize=100", Value::Null)?;
        let ids = rules["data"].as_array().into_iter().flatten().map(|rule| rule["id"].clone());
        Ok::<Vec<Value>, String>(ids.collect())
    };
    let mut turned = ids()?;
    turned.reverse();
    on.expect(200, "PUT", "/routing/queue-rules/order", json!({ "order": turned }))?;
    require(ids()? == turned, "the rules are not in the order asked for")
}

fn one_work_item(on: &Examination) -> Verdict {
    let conversation = on.fixtures.fill("$+conversation")?;
    let body = json!({ "conversation": conversation });
    let ask = || on.call("POST", "/v1/routing/work-items", Some(&body));
    let ((first_status, first), (again_status, again)) = (ask(), ask());
    require(first_status < 300 && again_status < 300, format!("{first_status}, {again_status}"))?;
    require(first["data"]["id"] == again["data"]["id"], "a second item was made")
}
