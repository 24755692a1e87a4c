//! Owns the tracking operations, which a chat key may call and hardly another (Kustomer API reference 1.2, 24).

use serde_json::{Map, Value, json};

use crate::sandbox::{
    call::{Answer, Call, Reply},
    doc::Kind,
    records::tracking,
    schema::{Purpose, check, settings},
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("POST", "/v1/tracking/event", "", "tracking", event),
    op("POST", "/v1/tracking/identity", "", "tracking", identity),
    op("POST", "/v1/tracking/identityEvent", "", "tracking", identity_event),
];

/// `POST /v1/tracking/event`: 204.
fn event(call: &mut Call) -> Answer {
    let body = check(&[settings::TRACKING_EVENT], Purpose::Create, call.take_body())?;
    tracking::record(&mut call.act(), &body);
    Ok(Reply::done())
}

/// `POST /v1/tracking/identity`: 201 with the session that begins; its id is the `trackingId` of events to come.
fn identity(call: &mut Call) -> Answer {
    let body = check(&[settings::TRACKING_IDENTITY], Purpose::Create, call.take_body())?;
    let session = tracking::identify(&mut call.act(), &body)?;
    call.one(201, Kind::Session, &session, "Session")
}

/// `POST /v1/tracking/identityEvent`: 201, an identity and the first event of its session.
fn identity_event(call: &mut Call) -> Answer {
    let body = check(&[settings::TRACKING_BOTH], Purpose::Create, call.take_body())?;
    let part = |name: &str| body.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let session = tracking::identify(&mut call.act(), &part("identity"))?;
    let mut event: Map<String, Value> = part("event");
    event.insert("trackingId".into(), json!(session));
    tracking::record(&mut call.act(), &event);
    call.one(201, Kind::Session, &session, "Session")
}
