//! Owns the business-schedule operations (Kustomer API reference 24). What the hours mean for SLAs is in `hours`.
//!
//! Decided here (unverified in the reference): holidays are written as `holidays: [{name, date}]`, each a whole local day,
//! and are answered in `included` alone, as resources of type `holiday`, when `include=holidays` asks for them; deleting the
//! default schedule is a 409.

use serde_json::{Value, json};

use crate::sandbox::{
    call::{Answer, Call, Reply},
    doc::Kind,
    hours, mint,
    records::plain::Plain,
    schema::settings,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/schedules", "schedule.read", READERS, list),
    op("POST", "/v1/schedules", "schedule.create", "admin.schedule.write", create),
    op("GET", "/v1/schedules/default", "schedule.read", READERS, |call| {
        super::plain::find_default(call, &SCHEDULE)?;
        get(call)
    }),
    op("GET", "/v1/schedules/{id}", "schedule.read", READERS, get),
    op("PUT", "/v1/schedules/{id}", "schedule.update", "admin.schedule.write", update),
    op("DELETE", "/v1/schedules/{id}", "schedule.delete", "admin.schedule.write", delete),
];

const READERS: &str = "admin.schedule.read user.schedule.read";

const SCHEDULE: Plain = Plain {
    unique: &["name"],
    ..Plain::new(Kind::Schedule, "Schedule", settings::SCHEDULE, || json!({ "default": false, "holidays": [] }))
};

/// `POST /v1/schedules`: 200.
fn create(call: &mut Call) -> Answer {
    hours::check(&call.body)?;
    let reply = SCHEDULE.create(call, 200)?;
    Ok(shown(call, reply))
}

fn update(call: &mut Call) -> Answer {
    hours::check(&call.body)?;
    let reply = SCHEDULE.update(call, 200)?;
    Ok(shown(call, reply))
}

/// `DELETE /v1/schedules/{id}`: 200 with the schedule that was.
fn delete(call: &mut Call) -> Answer {
    let reply = SCHEDULE.one(call, 200)?;
    SCHEDULE.delete(call)?;
    Ok(shown(call, reply))
}

fn get(call: &mut Call) -> Answer {
    let reply = SCHEDULE.one(call, 200)?;
    Ok(shown(call, reply))
}

fn list(call: &mut Call) -> Answer {
    let reply = SCHEDULE.list(call)?;
    Ok(shown(call, reply))
}

/// Takes the holidays out of the attributes and, where they were asked for, puts them into `included`.
fn shown(call: &Call, mut reply: Reply) -> Reply {
    let wanted = call.query.list("include").iter().any(|name| name == "holidays");
    let Some(body) = &mut reply.body else { return reply };
    let mut included = Vec::new();
    let rows = match &mut body["data"] {
        Value::Array(rows) => rows.iter_mut().collect(),
        row => vec![row],
    };
    for row in rows {
        let holidays = holidays_of(row);
        if wanted {
            let ids: Vec<Value> = holidays.iter().map(|day| json!({ "type": day["type"], "id": day["id"] })).collect();
            row["relationships"]["holidays"] = json!({ "data": ids });
            included.extend(holidays);
        }
    }
    if wanted {
        body["included"] = included.into();
    }
    reply
}

fn holidays_of(row: &mut Value) -> Vec<Value> {
    let schedule = row["id"].as_str().unwrap_or_default().to_owned();
    let taken = row["attributes"].as_object_mut().and_then(|attributes| attributes.remove("holidays"));
    let resource = |day: &Value| {
        let id = mint::fixed_id(0, &format!("holiday {schedule} {} {}", day["date"], day["name"]));
        json!({ "type": "holiday", "id": id, "attributes": day, "relationships": { "schedule": { "data": { "type": "schedule", "id": schedule } } } })
    };
    taken.as_ref().and_then(Value::as_array).into_iter().flatten().map(resource).collect()
}
