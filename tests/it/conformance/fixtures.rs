//! Owns the things examples are about: made or found through the API itself, each the first time it is needed.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use serde_json::Value;

use crate::harness::Desk;

/// Name, the call that makes or finds it, the body, and where its id stands in the answer. `$name` is another fixture, `$+name` a
/// fresh one, `$n` a number used once.
const FIXTURES: &[(&str, &str, &str, &str)] = &[
    (
        "customer",
        "POST /customers",
        r#"{"name":"Nia $n","externalId":"conf-$n","emails":[{"type":"work","email":"nia$n@conf.example"}],"phones":[{"type":"mobile","phone":"+4915550$n"}]}"#,
        "/data/id",
    ),
    ("email", "GET /customers/$customer", "", "/data/attributes/emails/0/email"),
    ("phone", "GET /customers/$customer", "", "/data/attributes/phones/0/phone"),
    ("externalId", "GET /customers/$customer", "", "/data/attributes/externalId"),
    ("seededCustomer", "GET /customers?pageSize=1", "", "/data/0/id"),
    ("session", "GET /customers/$seededCustomer/sessions", "", "/data/0/id"),
    ("trackedEvent", "GET /customers/$seededCustomer/sessions/$session/events", "", "/data/0/id"),
    ("merge", "POST /customers/merges", r#"{"source":"$+customer","target":"$+customer"}"#, "/data/id"),
    ("company", "POST /companies", r#"{"name":"Company $n","externalId":"co-$n"}"#, "/data/id"),
    (
        "conversation",
        "POST /conversations",
        r#"{"customer":"$customer","name":"Parcel $n","externalId":"conv-$n"}"#,
        "/data/id",
    ),
    ("conversationExternalId", "GET /conversations/$conversation", "", "/data/attributes/externalId"),
    ("conversationTime", "GET /conversations/$answered/times", "", "/data/0/id"),
    (
        "answered",
        "POST /customers/search",
        r#"{"queryContext":"conversation","and":[{"conversation_outbound_message_count":{"gte":1}}]}"#,
        "/data/0/id",
    ),
    (
        "message",
        "POST /conversations/$conversation/messages",
        r#"{"channel":"email","app":"conformance","direction":"in","preview":"Where is it?","externalId":"mail-$n"}"#,
        "/data/id",
    ),
    ("messageExternalId", "GET /messages/$message", "", "/data/attributes/externalId"),
    (
        "attachment",
        "POST /attachments",
        r#"{"name":"note$n.txt","contentType":"text/plain","contentLength":5}"#,
        "/data/id",
    ),
    (
        "mailWithAttachment",
        "POST /conversations/$conversation/messages",
        r#"{"channel":"email","app":"conformance","direction":"in","preview":"See it","attachments":["$attachment"]}"#,
        "/data/id",
    ),
    ("media", "POST /media", r#"{"name":"logo$n.png","contentType":"image/png","contentLength":5}"#, "/data/id"),
    ("note", "POST /conversations/$conversation/notes", r#"{"body":"Called back, number $n"}"#, "/data/id"),
    (
        "draft",
        "POST /customers/$customer/drafts",
        r#"{"channel":"email","conversation":"$conversation","to":[{"email":"nia@conf.example"}],"subject":"Re","body":"Soon"}"#,
        "/data/id",
    ),
    (
        "draftAttachment",
        "POST /drafts/$draft/attachments",
        r#"{"name":"a$n.txt","contentType":"text/plain","contentLength":5}"#,
        "/data/id",
    ),
    (
        "forward",
        "POST /conversations/$conversation/forwards",
        r#"{"channel":"email","to":[{"email":"depot@conf.example"}],"subject":"Fwd","body":"For you"}"#,
        "/data/id",
    ),
    (
        "forwardAttachment",
        "POST /forwards/$forward/attachments",
        r#"{"name":"f$n.txt","contentType":"text/plain","contentLength":5}"#,
        "/data/id",
    ),
    ("klass", "POST /klasses", r#"{"name":"gadget$n","displayName":"Gadget"}"#, "/data/attributes/name"),
    ("klassId", "POST /klasses", r#"{"name":"gizmo$n","displayName":"Gizmo"}"#, "/data/id"),
    ("kobject", "POST /customers/$customer/klasses/$klass", r#"{"title":"One $n","externalId":"ko-$n"}"#, "/data/id"),
    ("kobjectExternalId", "GET /klasses/$klass/$kobject", "", "/data/attributes/externalId"),
    ("user", "POST /users", r#"{"name":"Agent $n","email":"agent$n@conf.example"}"#, "/data/id"),
    ("team", "POST /teams", r#"{"name":"Team $n"}"#, "/data/id"),
    ("roleGroup", "POST /role-groups", r#"{"name":"Group $n","roles":["org.permission.customer.read"]}"#, "/data/id"),
    ("token", "POST /auth/tokens", r#"{"name":"Token $n","roles":["org.permission.customer.read"]}"#, "/data/id"),
    ("brand", "POST /brands", r#"{"name":"Brand $n"}"#, "/data/id"),
    (
        "schedule",
        "POST /schedules",
        r#"{"name":"Hours $n","timezone":"Europe/Berlin","hours":{"1":[[480,1020]]}}"#,
        "/data/id",
    ),
    ("sla", "GET /slas", "", "/data/0/id"),
    // How a setting is written is unverified.
    ("setting", "PUT /settings/conformance/general/greeting", r#"{"value":"hello"}"#, "/data/attributes/name"),
    (
        "sender",
        "PUT /spam/senders",
        r#"{"channel":"email","sender":"junk$n@conf.example","list":"blacklist"}"#,
        "/data/id",
    ),
    ("queue", "POST /routing/queues", r#"{"name":"queue$n","displayName":"Queue $n"}"#, "/data/id"),
    (
        "rule",
        "POST /routing/queue-rules",
        r#"{"name":"Rule $n","queue":"$queue","criteria":{"and":[{"conversation_priority":{"operator":"gte","value":4}}]}}"#,
        "/data/id",
    ),
    ("workSession", "GET /routing/work-sessions", "", "/data/0/id"),
    (
        "webhook",
        "POST /outbound-webhooks",
        r#"{"name":"Hook $n","url":"http://127.0.0.1:9/hook","events":["kustomer.tag.create"]}"#,
        "/data/id",
    ),
    ("bulk", "POST /customers/bulk", r#"[{"_clientRef":"row-1","name":"Ada $n"}]"#, "/data/id"),
];

/// Makes and remembers fixtures on one desk.
pub struct Fixtures<'d> {
    desk: &'d Desk,
    key: String,
    made: RefCell<BTreeMap<&'static str, Result<String, String>>>,
    count: Cell<u32>,
}

impl<'d> Fixtures<'d> {
    pub fn new(desk: &'d Desk, key: String) -> Self {
        Self { desk, key, made: RefCell::default(), count: Cell::new(1000) }
    }

    /// The text with every fixture it names put in; why not, when one cannot be had.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let mut parts = text.split('$');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (is_fresh, part) = part.strip_prefix('+').map_or((false, part), |part| (true, part));
            let end = part.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            // `$n` may be followed by a letter of the text around it only through a sign.
            out.push_str(&if name == "n" { self.number() } else { self.get(name, is_fresh)? });
            out.push_str(rest);
        }
        Ok(out)
    }

    /// A body with every fixture it names put in.
    pub fn fill_body(&self, body: &Value) -> Result<Value, String> {
        let text = self.fill(&body.to_string())?;
        serde_json::from_str(&text).map_err(|error| format!("{error} in {text}"))
    }

    fn number(&self) -> String {
        self.count.set(self.count.get() + 1);
        self.count.get().to_string()
    }

    fn get(&self, name: &str, is_fresh: bool) -> Result<String, String> {
        let known = FIXTURES.iter().find(|(known, ..)| *known == name);
        let (name, call, body, pointer) = known.unwrap_or_else(|| panic!("a fixture {name}"));
        if is_fresh {
            return self.make(name, call, body, pointer);
        }
        if let Some(made) = self.made.borrow().get(name) {
            return made.clone();
        }
        let made = self.make(name, call, body, pointer);
        self.made.borrow_mut().insert(name, made.clone());
        made
    }

    fn make(&self, name: &str, call: &str, body: &str, pointer: &str) -> Result<String, String> {
        let (method, path) = call.split_once(' ').unwrap_or_else(|| panic!("method and path of {name}"));
        let path = format!("/v1{}", self.fill(path)?);
        let body = if body.is_empty() { None } else { Some(self.fill(body)?) };
        let body: Option<Value> = body.map(|text| serde_json::from_str(&text).expect("fixtures are JSON"));
        let (status, text) = self.desk.raw(Some(&self.key), method, &path, body.as_ref());
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let found = answer.pointer(pointer).and_then(Value::as_str).filter(|_| status < 300);
        found.map(str::to_owned).ok_or_else(|| format!("no fixture {name}: {method} {path} answered {status} {text}"))
    }
}
