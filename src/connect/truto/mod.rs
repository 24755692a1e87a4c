//! Owns the road to a desk through Truto's proxy (integrations reference, 1): each of the desk's calls becomes a method of a
//! resource of one integrated account, and the answer is read back as the desk's own. Which calls have a tool is `routes`'; what
//! the account offers is `offer`'s, what its tools take `takes`', what a call of one by its published name is `wanted`'s, and
//! that the offer stays up to date `watch`'s.
//!
//! ```text
//! Call (GET /v1/customers/66c1) ─ routes ─ offer ─> GET /proxy/customers/66c1?integrated_account_id=…
//! {"data": …}  <─ envelope, cursor, error <──────────┘
//! published name, arguments ─ wanted ─> Call (the desk's own, else /proxy/RESOURCE/…, which the offer has to know)
//! ```
//!
//! Invariants: account, resource and method come from settings, our table and the account's own offer, never from a value in
//! a call; a write carries an `Idempotency-Key`, and is still never repeated blindly.

mod envelope;
mod offer;
mod routes;
mod takes;
mod wanted;
mod watch;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use serde_json::{Map, Value};

pub use super::looked::Shift;
pub use offer::{Offer, OfferError, Offered};
pub use routes::effect;
pub use wanted::{Reviewed, Wanted};
pub use watch::{Watch, WatchError, place, told};

use self::wanted::PROXY;
use crate::{
    approval,
    kustomer::path::{decoded, segment},
    transport::{Call, Came, Method, Road},
};

/// What a published tool does to the world, at least; nothing for a tool that nobody of us reviewed.
pub fn reviewed(tool: &str) -> Option<approval::Effect> {
    effect(tool, &Map::new())
}

/// Its own limit for one account (integrations reference, 1.7): 50 calls in 10 s. Its clock is not ours.
const PACE: (usize, Duration) = (50, Duration::from_millis(10_500));
/// Cursors of lists that are remembered; beyond, all are forgotten and lists are read from their beginning.
const CURSORS: usize = 10_000;

/// The road.
pub struct Truto {
    account: String,
    offer: RwLock<Arc<Offer>>,
    /// Where a list goes on: its path without the page, and the page.
    cursors: Mutex<HashMap<(String, u64), String>>,
}

impl fmt::Debug for Truto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Truto").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A path and its query, taken apart.
struct Asked {
    path: String,
    query: Vec<(String, String)>,
    page: u64,
    size: Option<String>,
}

impl Asked {
    fn of(path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let (mut page, mut size, mut query) = (1, None, Vec::new());
        for (name, value) in pairs {
            match name {
                "page" => page = value.parse().unwrap_or(1),
                "pageSize" => size = Some(value.to_owned()),
                _ => query.push((name.to_owned(), value.to_owned())),
            }
        }
        Self { path: path.to_owned(), query, page, size }
    }

    /// What its pages have in common.
    fn list(&self) -> String {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}?{}&pageSize={}", self.path, query.join("&"), self.size.as_deref().unwrap_or_default())
    }

    /// The path of the page behind it, as the desk's own links say it.
    fn next(&self) -> String {
        let more: String = self.query.iter().map(|(name, value)| format!("&{name}={value}")).collect();
        let size = self.size.as_ref().map(|size| format!("&pageSize={size}")).unwrap_or_default();
        format!("{}?page={}{size}{more}", self.path, self.page + 1)
    }
}

/// Which method of the account a call is.
struct Way {
    offered: Arc<Offered>,
    /// What the desk's path holds, by name, still encoded.
    named: Vec<(&'static str, String)>,
    reads: bool,
}

impl Truto {
    /// The road through this account, as far as it offers.
    pub fn new(account: String, offer: Offer) -> Self {
        Self { account, offer: RwLock::new(Arc::new(offer)), cursors: Mutex::default() }
    }

    /// What the account offers, as far as is known here.
    pub fn offer(&self) -> Arc<Offer> {
        self.offer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes by another offer from now on.
    pub fn renew(&self, offer: Offer) {
        *self.offer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(offer);
    }

    /// Which way a call takes, and whether the account offers it.
    fn way(&self, call: &Call) -> Result<Way, String> {
        let plain = call.path.split('?').next().unwrap_or_default();
        let offer = self.offer();
        if let Some(below) = plain.strip_prefix(PROXY) {
            return by_name(&offer, call.method, below);
        }
        let (route, values) = routes::find(call.method, plain).ok_or_else(|| {
            "no tool of Truto's is known that does this; it is only reached with the desk's own key".to_owned()
        })?;
        let of_channel = channel(call).and_then(|channel| route.for_channel(&channel));
        let route = of_channel.filter(|route| offer.get(route.tool).is_some()).unwrap_or(route);
        let offered = offer.shared(route.tool).ok_or_else(|| {
            format!("this account of Truto's does not offer {}; whoever runs it can add it", route.tool)
        })?;
        if !route.means(&offered.method) {
            return Err(format!(
                "{} is something else in this account than its name says, so it is not called",
                route.tool
            ));
        }
        not_quarantined(route.tool, &offered)?;
        Ok(Way { offered, named: route.variables().zip(values).collect(), reads: route.reads })
    }

    /// The cursor of a page, where one is needed.
    fn cursor(&self, asked: &Asked) -> Result<Option<String>, String> {
        if asked.page <= 1 {
            return Ok(None);
        }
        let cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cursors.get(&(asked.list(), asked.page)).cloned();
        known.map(Some).ok_or_else(|| {
            "Truto tells where a page begins only after the one before it: read the list from its start".to_owned()
        })
    }

    fn remember(&self, asked: &Asked, cursor: &str) {
        let mut cursors = self.cursors.lock().unwrap_or_else(PoisonError::into_inner);
        if cursors.len() >= CURSORS {
            cursors.clear();
        }
        cursors.insert((asked.list(), asked.page + 1), cursor.to_owned());
    }
}

/// The way of a call that names resource and method itself, because our table has none for it.
fn by_name(offer: &Offer, method: Method, below: &str) -> Result<Way, String> {
    let parts: Vec<&str> = below.split('/').collect();
    let (resource, named, means) = match (method, parts.as_slice()) {
        (Method::Get, [resource]) => (resource, None, "list".to_owned()),
        (Method::Post, [resource]) => (resource, None, "create".to_owned()),
        (Method::Get, [resource, id]) => (resource, Some(("id", (*id).to_owned())), "get".to_owned()),
        (Method::Patch, [resource, id]) => (resource, Some(("id", (*id).to_owned())), "update".to_owned()),
        (Method::Delete, [resource, id]) => (resource, Some(("id", (*id).to_owned())), "delete".to_owned()),
        (Method::Post, [resource, custom]) => (resource, None, decoded(custom)),
        _ => return Err("the proxy has no such path".to_owned()),
    };
    let (name, offered) = offer
        .method(&decoded(resource), &means)
        .ok_or("this account of Truto's offers no such method of such a resource")?;
    not_quarantined(name, offered)?;
    let reads = ["list", "get"].contains(&means.as_str());
    Ok(Way { offered: Arc::clone(offered), named: named.into_iter().collect(), reads })
}

fn not_quarantined(name: &str, offered: &Offered) -> Result<(), String> {
    if offered.is_quarantined { Err(changed(name)) } else { Ok(()) }
}

/// What is said of a tool that changed.
pub fn changed(name: &str) -> String {
    format!("{name} changed at Truto since it was last looked at: `shiftdeck truto` shows and accepts it")
}

/// The channel a call's body names.
fn channel(call: &Call) -> Option<String> {
    let body: Value = serde_json::from_slice(call.body.as_deref()?).ok()?;
    body.get("channel")?.as_str().map(str::to_owned)
}

/// A page of the layer's as the desk lists it; what is none stays what it is.
pub fn page(body: Value) -> Value {
    let (body, next) = envelope::listed(body, "next");
    drop(next);
    body
}

/// Whether a name in a query is one that Truto takes for itself (integrations reference, 1.6).
fn is_own(name: &str) -> bool {
    let name = decoded(name).to_ascii_lowercase();
    name.starts_with("truto_")
        || ["integrated_account_id", "limit", "next_cursor", "prev_cursor"].contains(&name.as_str())
}

impl Road for Truto {
    fn out(&self, call: &Call) -> Result<Call, String> {
        let Way { offered, mut named, reads } = self.way(call)?;
        let asked = Asked::of(&call.path);
        let has_id = matches!(offered.method.as_str(), "get" | "update" | "delete");
        let id = has_id.then(|| named.iter().position(|(name, _)| *name == "id")).flatten();
        let id = id.map(|at| named.remove(at).1);
        if let Some((name, _)) = asked.query.iter().find(|(name, _)| is_own(name)) {
            return Err(format!("{} is Truto's own: it is not passed on", decoded(name)));
        }
        let mut query = vec![("integrated_account_id".to_owned(), segment(&self.account))];
        query.extend(asked.query.iter().cloned());
        let (method, tail) = match offered.method.as_str() {
            "list" => {
                query.push(("limit".into(), asked.size.clone().unwrap_or_else(|| "100".into())));
                query.push(("next_cursor".into(), self.cursor(&asked)?.unwrap_or_default()));
                (Method::Get, String::new())
            }
            "get" => (Method::Get, String::new()),
            "create" => (Method::Post, String::new()),
            "update" => (Method::Patch, String::new()),
            "delete" => (Method::Delete, String::new()),
            custom => {
                let pages = [("page", Some(asked.page.to_string())), ("pageSize", asked.size.clone())];
                let pages = pages.into_iter().filter(|_| call.method == Method::Post && reads);
                query.extend(pages.filter_map(|(name, value)| Some((name.to_owned(), value?))));
                (Method::Post, format!("/{}", segment(custom)))
            }
        };
        let mut body = call.body.clone();
        if !tail.is_empty() && body.is_none() {
            // A method of its own takes what the desk's path holds in its body.
            let held = named.drain(..).map(|(name, value)| (name.to_owned(), Value::from(decoded(&value))));
            body = Some(Value::Object(held.collect::<Map<_, _>>()).to_string().into_bytes());
        }
        query.extend(named.into_iter().map(|(name, value)| (name.to_owned(), value)));
        if let Some(name) = &offered.whole_body {
            body = body.map(|body| [b"{\"", name.as_bytes(), b"\":", &body, b"}"].concat());
        }
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let id = id.map(|id| format!("/{id}")).unwrap_or_default();
        let path = format!("/proxy/{}{id}{tail}?{}", segment(&offered.resource), query.join("&"));
        let mut headers = call.headers.clone();
        if matches!(method, Method::Post | Method::Patch) && !reads {
            headers.push(("idempotency-key".into(), uuid::Uuid::now_v7().to_string()));
        }
        Ok(Call { method, path, body, headers, ..call.clone() })
    }

    fn home(&self, call: &Call, came: Came) -> Came {
        if came.status >= 400 {
            return envelope::refused(came);
        }
        let Ok(way) = self.way(call) else { return came };
        if way.offered.method != "list" {
            return came;
        }
        let asked = Asked::of(&call.path);
        let (body, cursor) = envelope::listed(came.body, &asked.next());
        if let Some(cursor) = cursor {
            self.remember(&asked, &segment(&cursor));
        }
        Came { status: came.status, body }
    }

    fn pace(&self) -> (usize, Duration) {
        PACE
    }
}

#[cfg(test)]
mod tests;
