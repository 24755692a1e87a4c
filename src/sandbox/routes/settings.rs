//! Owns the operations on settings proper and the lists around them that a console asks for (Kustomer API reference 24).
//!
//! Decided here (unverified in the reference): a setting is written as `{"value": …}`, up to 64 KiB, and one nobody wrote is
//! a 404; those under `/users/current` are the caller's own; the other lists the reference has seen are there and empty.

use serde_json::json;

use crate::sandbox::{
    call::{Answer, Call, MOST_ROWS, Reply},
    errors::Refusal,
    paging::Totals,
    records::settings::Place,
    schema::{self, Purpose, check},
    table::{Op, op},
};

/// The operations of this file, with the roles they accept.
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/settings/{app}/{category}/{name}", "setting.read", READERS, |call| get(call, Scope::Org)),
    op("PUT", "/v1/settings/{app}/{category}/{name}", "setting.update", WRITERS, |call| put(call, Scope::Org)),
    op("GET", "/v1/users/current/settings/{app}/{category}/{name}", "", "", |call| get(call, Scope::Caller)),
    op("PUT", "/v1/users/current/settings/{app}/{category}/{name}", "", "", |call| put(call, Scope::Caller)),
    op("GET", "/v1/chat/settings", "", "", chat_settings),
    op("GET", "/v1/notifications", "", "", nothing),
    op("GET", "/v1/cards", "", "", nothing),
    op("GET", "/v1/kviews", "", "", nothing),
    op("GET", "/v1/hooks/email", "", "", nothing),
    op("GET", "/v1/hooks/web", "", "", nothing),
    op("GET", "/v1/kb/articles", "kb.read", KB, nothing),
    op("GET", "/v1/kb/categories", "kb.read", KB, nothing),
    op("GET", "/v1/kb/forms", "kb.read", KB, nothing),
    op("GET", "/v1/kb/routes", "kb.read", KB, nothing),
    op("GET", "/v1/kb/tags", "kb.read", KB, nothing),
    op("GET", "/v1/kb/templates", "kb.read", KB, nothing),
    op("GET", "/v1/kb/themes", "kb.read", KB, nothing),
];

const READERS: &str = "user.setting.read admin.setting.read";
const WRITERS: &str = "admin.setting.write";
const KB: &str = "admin.kb.read user.kb.read";

/// The largest value of a setting, as JSON text.
const MOST_BYTES: usize = 64 << 10;

/// Whose settings.
#[derive(Clone, Copy, Debug)]
enum Scope {
    Org,
    Caller,
}

impl Scope {
    fn user<'c>(self, call: &Call<'c>) -> Option<&'c str> {
        match self {
            Self::Org => None,
            Self::Caller => Some(&call.key.user),
        }
    }
}

fn get(call: &mut Call, scope: Scope) -> Answer {
    let [app, category, name] = [0, 1, 2].map(|place| call.captured(place));
    let place = Place { app: &app, category: &category, name: &name, user: scope.user(call) };
    let doc = place.find(&call.desk.world).ok_or_else(|| Refusal::not_found("Setting"))?;
    Ok(linked(call, call.answer(200, doc)))
}

fn put(call: &mut Call, scope: Scope) -> Answer {
    let mut body = check(&[schema::settings::SETTING], Purpose::Create, call.take_body())?;
    let value = body.remove("value").unwrap_or_default();
    if value.to_string().len() > MOST_BYTES {
        return Err(Refusal::invalid("value", format!("must have at most {MOST_BYTES} bytes")));
    }
    let [app, category, name] = [0, 1, 2].map(|place| call.captured(place));
    let user = scope.user(call);
    let doc = Place { app: &app, category: &category, name: &name, user }.write(&mut call.act(), value);
    Ok(linked(call, call.answer(200, &doc)))
}

/// A setting's own link is the path it was asked for by.
fn linked(call: &Call, mut reply: Reply) -> Reply {
    if let Some(body) = &mut reply.body {
        body["data"]["links"] = json!({ "self": call.path });
    }
    reply
}

/// `GET /v1/chat/settings`
fn chat_settings(call: &mut Call) -> Answer {
    let attributes =
        json!({ "enabled": true, "offhoursEnabled": true, "volumeControlEnabled": false, "waitTimeEnabled": true });
    super::plain::of_the_org(call, "chat_settings", &attributes)
}

/// A list of what the simulated org has none of.
fn nothing(call: &mut Call) -> Answer {
    call.list(std::iter::empty(), MOST_ROWS, Totals::Untold)
}
