//! Every write of the table against the simulated desk, as approvals let it through: the desk takes it, the look finds
//! nothing before and the effect after.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::{
    approval::{Author, Change, Decision, Desk, Press, Scene, Trail, Verdict},
    clock::{Clock, Hand},
    domain::{CustomerId, Text},
    kustomer::changes::{self, WRITES},
    sandbox::{self, Options, Running},
    store::Store,
    transport::{Call, Endpoint, Lane, Transport},
};

/// Longer than a bulk job of one batch takes, so that no look has to wait for one.
const LATER: Duration = Duration::from_secs(2);

struct Floor {
    writer: Writer,
    clock: Clock,
    hand: Hand,
    seen: BTreeSet<&'static str>,
    _running: Running,
    _folder: TempDir,
}

impl Floor {
    async fn new() -> Self {
        // One clock for both, moved by hand: no look waits for real time, however busy the machine.
        let (clock, hand) = Clock::by_hand("2026-03-03T10:00:00Z".parse().expect("valid"));
        let options = Options { clock: clock.clone(), ..Options::default() };
        let running = sandbox::start(options).await.expect("a desk");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(folder.path()).expect("a new store opens");
        let ready = running.ready();
        let way = |key: &str| {
            let endpoint = Endpoint { base: ready.kustomer.clone(), key: SecretString::from(key) };
            Transport::new(endpoint, clock.clone()).expect("loopback is accepted")
        };
        let keys = Call::get("steering", "/__sandbox/keys", Lane::Person);
        let keys = way(&ready.api_key).send(keys).await.expect("the desk can be steered").body;
        // The key that may do everything.
        let admin = keys["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["name"] == "admin"));
        let transport = way(admin.and_then(|key| key["token"].as_str()).expect("an admin's key"));
        let trail = Trail::new(store, clock.clone(), &ready.kustomer);
        let writer = Writer::new(transport, clock.clone(), trail);
        Self { writer, clock, hand, seen: BTreeSet::new(), _running: running, _folder: folder }
    }

    /// Performs a change approved by a key press; the id of what it made or changed, empty where the desk told none.
    async fn write(&mut self, label: &'static str, values: &[&str], body: Option<Value>) -> String {
        self.write_for(label, values, body, Subject::default()).await
    }

    async fn write_for(
        &mut self,
        label: &'static str,
        values: &[&str],
        body: Option<Value>,
        subject: Subject,
    ) -> String {
        self.perform(label, changes::write(label, values, body, subject).expect("a change")).await
    }

    async fn delete_many(&mut self, label: &'static str, values: &[&str], ids: &[String]) {
        self.perform(label, changes::delete_many(label, values, ids).expect("a change")).await;
    }

    async fn perform(&mut self, label: &'static str, change: Change) -> String {
        let request = change.requests()[0].clone();
        let sent = self.clock.now();
        assert!(!self.finds(&change, &request, sent).await, "{label}: found before it was sent");
        let performed = self.writer.perform(approved(change.clone(), &self.writer)).await;
        self.seen.insert(label);
        let receipt = performed.unwrap_or_else(|error| unreachable!("{label}: {error:?}"));
        self.hand.advance(LATER);
        let known = Known::labelled(label).expect("in the table");
        if known.look != Look::Nothing {
            assert!(self.finds(&change, &request, sent).await, "{label}: not found afterwards");
        }
        receipt.objects.into_iter().next().unwrap_or_default()
    }

    async fn finds(&self, change: &Change, request: &Request, sent: Timestamp) -> bool {
        let (known, values) = Known::of(request.method, &request.path).expect("in the table");
        let lost = Lost { known, values, request, subject: change.subject(), sent };
        self.writer.look(&lost).await.is_ok_and(|found| found.is_some())
    }
}

fn approved(change: Change, writer: &Writer) -> crate::approval::Approved<Change> {
    let now = writer.reader.clock().elapsed();
    let second = |n| now + Duration::from_secs(n);
    let typed = Some(change.count());
    let mut desk = Desk::new().at(writer.trail.org());
    let id = desk.submit(change, Author::Person, Text::from("because"), second(0)).expect("proposed");
    desk.stands(id, Ok(Scene::default()), now);
    desk.painted(id, second(1), true);
    match desk.decide(id, Verdict::Approve { typed }, Press::from_terminal(second(2)), second(2)) {
        Ok(Decision::Go(approved)) => approved,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn every_write_of_the_table_is_taken_and_found_again() {
    let mut floor = Floor::new().await;
    let customer = customers(&mut floor).await;
    let conversation = conversations(&mut floor, &customer).await;
    messages_and_notes(&mut floor, &customer, &conversation).await;
    drafts_and_forwards(&mut floor, &customer, &conversation).await;
    kobjects(&mut floor, &customer).await;
    companies(&mut floor).await;
    people(&mut floor).await;
    settings(&mut floor, &conversation).await;
    // Last, because the key is gone after it.
    floor.write("DELETE /v1/auth/tokens/current", &[], None).await;
    let missed: Vec<&str> =
        WRITES.iter().map(|known| known.label).filter(|label| !floor.seen.contains(label)).collect();
    assert_eq!(missed, Vec::<&str>::new(), "rows of the table that were not tried");
}

async fn customers(floor: &mut Floor) -> String {
    let new = |n: u8| Some(json!({"name": format!("Probe {n}"), "externalId": format!("probe-c{n}")}));
    let customer = floor.write("POST /v1/customers", &[], new(1)).await;
    let other = floor.write("POST /v1/customers", &[], new(2)).await;
    let gone = floor.write("POST /v1/customers", &[], new(3)).await;
    let update = Some(json!({"name": "Renamed", "company": null}));
    floor.write("PATCH /v1/customers/{id}", &[&customer], update).await;
    let update = Some(json!({"locale": "en_us", "company": null}));
    floor.write("PUT /v1/customers/{id}", &[&customer], update).await;
    floor.write("POST /v1/customers/{id}/unmasking-windows", &[&customer], None).await;
    floor.write("DELETE /v1/customers/{id}/unmasking-windows", &[&customer], None).await;
    floor.write("DELETE /v1/customers/{id}", &[&gone], None).await;
    floor.write("POST /v1/customers/merges", &[], Some(json!({"source": other, "target": customer}))).await;
    let rows = json!([{"name": "Bulk 1", "externalId": "probe-b1"}, {"name": "Bulk 2", "externalId": "probe-b2"}]);
    floor.write("POST /v1/customers/bulk", &[], Some(rows)).await;
    let ids =
        vec![floor.at("/v1/customers/externalId=probe-b1").await, floor.at("/v1/customers/externalId=probe-b2").await];
    let rows = json!([{"id": ids[0], "name": "Bulk renamed", "company": null}]);
    floor.write("PUT /v1/customers/bulk", &[], Some(rows)).await;
    floor.delete_many("DELETE /v1/customers/bulk", &[], &ids).await;
    customer
}

impl Floor {
    async fn at(&self, path: &str) -> String {
        let record = self.writer.reader.resource(path.to_owned()).await.expect("read");
        record.as_ref().and_then(id_of).cloned().expect("there")
    }
}

async fn conversations(floor: &mut Floor, customer: &str) -> String {
    let new = json!({"customer": customer, "name": "Parcel", "externalId": "probe-v1"});
    let conversation = floor.write("POST /v1/conversations", &[], Some(new)).await;
    let new = Some(json!({"name": "Parcel", "externalId": "probe-v2"}));
    let gone = floor.write("POST /v1/customers/{id}/conversations", &[customer], new).await;
    floor.write("PATCH /v1/conversations/{id}", &[&conversation], Some(json!({"priority": 4}))).await;
    floor.write("PUT /v1/conversations/{id}", &[&conversation], Some(json!({"name": "Parcel, late"}))).await;
    floor.write("POST /v1/conversations/{id}/tags", &[&conversation], Some(json!(["probe-tag"]))).await;
    floor.write("DELETE /v1/conversations/{id}/tags", &[&conversation], Some(json!(["probe-tag"]))).await;
    floor.write("DELETE /v1/conversations/{id}", &[&gone], None).await;
    let rows = json!([{"customer": customer, "name": "Bulk", "externalId": "probe-v3"}]);
    floor.write("POST /v1/conversations/bulk", &[], Some(rows)).await;
    let rows = json!([{"id": conversation, "priority": 5}]);
    floor.write("PUT /v1/conversations/bulk", &[], Some(rows)).await;
    conversation
}

async fn messages_and_notes(floor: &mut Floor, customer: &str, conversation: &str) {
    let new = |n: u8| {
        json!({"channel": "email", "app": "probe", "direction": "in", "preview": "Where is it?",
            "externalId": format!("probe-m{n}"), "conversation": conversation})
    };
    let without = |n: u8| {
        let mut body = new(n);
        body.as_object_mut().expect("an object").remove("conversation");
        Some(body)
    };
    let message = floor.write("POST /v1/messages", &[], Some(new(1))).await;
    floor.write("POST /v1/conversations/{id}/messages", &[conversation], without(2)).await;
    floor.write("POST /v1/customers/{id}/messages", &[customer], without(3)).await;
    floor.write("PATCH /v1/messages/{id}", &[&message], Some(json!({"subject": "Parcel"}))).await;
    floor.write("PUT /v1/messages/{id}", &[&message], Some(json!({"subject": "The parcel"}))).await;
    floor.write("POST /v1/messages/{id}/redactions", &[&message], Some(json!({"preview": "(redacted)"}))).await;
    floor.write("POST /v1/messages/bulk", &[], Some(json!([new(4)]))).await;
    let second = floor.at("/v1/messages/externalid=probe-m2").await;
    floor.write("PUT /v1/messages/bulk", &[], Some(json!([{"id": second, "subject": "In bulk"}]))).await;

    floor.write("POST /v1/notes", &[], Some(json!({"body": "Plain.", "conversation": conversation}))).await;
    let new = json!({"body": "Called.", "externalId": "probe-n1"});
    let note = floor.write("POST /v1/conversations/{id}/notes", &[conversation], Some(new)).await;
    floor.write("PATCH /v1/notes/{id}", &[&note], Some(json!({"body": "Called back."}))).await;
    let update = json!({"body": "Called twice.", "conversation": conversation});
    floor.write("PUT /v1/notes/{id}", &[&note], Some(update)).await;
    let rows = json!([{"body": "In bulk.", "conversation": conversation}]);
    floor.write("POST /v1/notes/bulk", &[], Some(rows)).await;
    let rows = json!([{"id": note, "body": "Changed in bulk.", "conversation": conversation}]);
    floor.write("PUT /v1/notes/bulk", &[], Some(rows)).await;
    floor.write("DELETE /v1/notes/{id}", &[&note], None).await;
}

async fn drafts_and_forwards(floor: &mut Floor, customer: &str, conversation: &str) {
    let file = || Some(json!({"name": "photo.png", "contentType": "image/png", "contentLength": 3}));
    let whose = || Subject { customer: Some(CustomerId::new(customer)), ..Subject::default() };
    let new = json!({"channel": "email", "conversation": conversation, "subject": "Re: Parcel", "body": "Tomorrow.",
        "to": [{"email": "mara@quill.example"}]});
    let draft = floor.write("POST /v1/customers/{id}/drafts", &[customer], Some(new)).await;
    let update = Some(json!({"channel": "email", "body": "Today."}));
    floor.write_for("PUT /v1/drafts/{id}", &[&draft], update, whose()).await;
    let attached = floor.write("POST /v1/drafts/{id}/attachments", &[&draft], file()).await;
    floor.write("DELETE /v1/drafts/{id}/attachments/{attachmentId}", &[&draft, &attached], None).await;
    floor.write_for("DELETE /v1/drafts/{id}", &[&draft], None, whose()).await;

    let new =
        Some(json!({"channel": "email", "to": [{"email": "boss@acme.example"}], "subject": "See", "body": "This."}));
    let forward = floor.write("POST /v1/conversations/{id}/forwards", &[conversation], new).await;
    floor.write("PUT /v1/forwards/{id}", &[&forward], Some(json!({"body": "That."}))).await;
    let attached = floor.write("POST /v1/forwards/{id}/attachments", &[&forward], file()).await;
    floor.write("DELETE /v1/forwards/{id}/attachments/{attachmentId}", &[&forward, &attached], None).await;

    let attachment = floor.write("POST /v1/attachments", &[], file()).await;
    floor.write("PUT /v1/attachments/{id}", &[&attachment], Some(json!({"name": "picture.png"}))).await;
    let media = floor.write("POST /v1/media", &[], file()).await;
    floor.write("PUT /v1/media/{id}", &[&media], Some(json!({"name": "picture.png"}))).await;
}

async fn kobjects(floor: &mut Floor, customer: &str) {
    let new = Some(json!({"name": "probe", "displayName": "Probe"}));
    let klass = floor.write("POST /v1/klasses", &[], new).await;
    floor.write("PUT /v1/klasses/{id}", &[&klass], Some(json!({"displayName": "Probes"}))).await;
    floor.write("DELETE /v1/klasses/{id}", &[&klass], None).await;

    let new = |n: u8| json!({"title": "Order", "externalId": format!("probe-o{n}")});
    let order = floor.write("POST /v1/klasses/{name}", &["order"], Some(new(1))).await;
    floor.write("POST /v1/customers/{id}/klasses/{name}", &[customer, "order"], Some(new(2))).await;
    floor.write("PUT /v1/klasses/{name}/{id}", &["order", &order], Some(json!({"title": "Order, paid"}))).await;
    floor.write("DELETE /v1/klasses/{name}/{id}", &["order", &order], None).await;
    floor.write("POST /v1/klasses/{name}/bulk", &["order"], Some(json!([new(3)]))).await;
    let ids = vec![floor.at("/v1/klasses/order/externalId=probe-o3").await];
    let rows = json!([{"id": ids[0], "title": "Order, in bulk"}]);
    floor.write("PUT /v1/klasses/{name}/bulk", &["order"], Some(rows)).await;
    floor.delete_many("DELETE /v1/klasses/{name}/bulk", &["order"], &ids).await;
    let properties = json!({"properties": {"probeStr": {"displayName": "Probe"}}});
    floor.write("PUT /v1/metadata/{resource}", &["customer"], Some(properties)).await;
}

async fn companies(floor: &mut Floor) {
    let new = Some(json!({"name": "Probe Inc", "externalId": "probe-i1"}));
    let company = floor.write("POST /v1/companies", &[], new).await;
    let update = Some(json!({"name": "Probe Ltd"}));
    floor.write("PUT /v1/companies/{id}", &[&company], update).await;
    floor.write("POST /v1/companies/bulk", &[], Some(json!([{"name": "Bulk Inc"}]))).await;
    let rows = json!([{"id": company, "name": "Probe AG"}]);
    floor.write("PUT /v1/companies/bulk", &[], Some(rows)).await;
}

async fn people(floor: &mut Floor) {
    let new = Some(json!({"email": "probe@acme.example", "name": "Probe"}));
    let user = floor.write("POST /v1/users", &[], new).await;
    floor.write("PUT /v1/users/current", &[], Some(json!({"mobile": "+4930111"}))).await;
    let update = Some(json!({"email": "probe@acme.example", "displayName": "Prober"}));
    floor.write("PUT /v1/users/{id}", &[&user], update).await;
    let reset = Some(json!({"domain": "acme", "email": "probe@acme.example"}));
    floor.write("POST /v1/users/passwordreset", &[], reset).await;

    let team = floor.write("POST /v1/teams", &[], Some(json!({"name": "Probes"}))).await;
    floor.write("PATCH /v1/teams/{id}", &[&team], Some(json!({"displayName": "The probes"}))).await;
    floor.write("PUT /v1/teams/{id}", &[&team], Some(json!({"name": "Probers"}))).await;
    let members = || Some(json!({"members": [user]}));
    floor.write("POST /v1/teams/{id}/members", &[&team], members()).await;
    floor.write("DELETE /v1/teams/{id}/members", &[&team], members()).await;
    floor.write("DELETE /v1/teams/{id}", &[&team], None).await;

    let new = Some(json!({"name": "Probes", "roles": ["org.permission.customer.read"]}));
    let group = floor.write("POST /v1/role-groups", &[], new).await;
    floor.write("PUT /v1/role-groups/{id}", &[&group], Some(json!({"name": "Probers"}))).await;
    floor.write("DELETE /v1/role-groups/{id}", &[&group], None).await;
    floor.write("PUT /v1/auth/settings", &[], Some(json!({"google": {"enabled": true}}))).await;
    let new = Some(json!({"name": "probe", "roles": ["org.permission.customer.read"]}));
    let token = floor.write("POST /v1/auth/tokens", &[], new).await;
    floor.write("DELETE /v1/auth/tokens/{id}", &[&token], None).await;
}

async fn settings(floor: &mut Floor, conversation: &str) {
    let brand = floor.write("POST /v1/brands", &[], Some(json!({"name": "Probe"}))).await;
    floor.write("PATCH /v1/brands/{id}", &[&brand], Some(json!({"name": "Prober"}))).await;
    let new = Some(json!({"name": "Probe", "timezone": "Europe/Berlin", "hours": {"1": [[480, 1020]]}}));
    let schedule = floor.write("POST /v1/schedules", &[], new).await;
    let update = Some(json!({"name": "Prober"}));
    floor.write("PUT /v1/schedules/{id}", &[&schedule], update).await;
    floor.write("DELETE /v1/schedules/{id}", &[&schedule], None).await;
    floor.write("POST /v1/shortcuts", &[], Some(json!({"name": "Probe", "draft": {"text": "Hello"}}))).await;
    let sender = Some(json!({"channel": "email", "sender": "spam@probe.example", "list": "blacklist"}));
    let sender = floor.write("PUT /v1/spam/senders", &[], sender).await;
    floor.write("DELETE /v1/spam/senders/{id}", &[&sender], None).await;

    let queue = floor.write("POST /v1/routing/queues", &[], Some(json!({"name": "Probe", "key": "probe"}))).await;
    floor.write("PUT /v1/routing/queues/{id}", &[&queue], Some(json!({"displayName": "The probe"}))).await;
    let criteria = json!({"and": [{"conversation_priority": {"operator": "gte", "value": 4}}]});
    let new = Some(json!({"name": "Probe", "queue": queue, "criteria": criteria}));
    let rule = floor.write("POST /v1/routing/queue-rules", &[], new).await;
    floor.write("PUT /v1/routing/queue-rules/{id}", &[&rule], Some(json!({"name": "Prober"}))).await;
    let order = floor.ids("/v1/routing/queue-rules").await;
    floor.write("PUT /v1/routing/queue-rules/order", &[], Some(json!({"order": order}))).await;
    floor.write("DELETE /v1/routing/queue-rules/{id}", &[&rule], None).await;
    let sessions = floor.ids("/v1/routing/work-sessions?active=true&statusType=available").await;
    let session = sessions.first().expect("somebody is on shift").clone();
    let update = Some(json!({"statusType": "unavailable"}));
    floor.write("PUT /v1/routing/work-sessions/{id}", &[&session], update).await;
    floor.write("POST /v1/routing/work-items", &[], Some(json!({"conversation": conversation}))).await;

    let new = json!({"name": "Probe", "url": "http://127.0.0.1:9/", "events": ["kustomer.customer.create"]});
    let webhook = floor.write("POST /v1/outbound-webhooks", &[], Some(new)).await;
    floor.write("DELETE /v1/outbound-webhooks/{id}", &[&webhook], None).await;
    floor.write("POST /v1/tracking/event", &[], Some(json!({"name": "probe"}))).await;
    let identity = || json!({"externalId": "probe-c1"});
    floor.write("POST /v1/tracking/identity", &[], Some(identity())).await;
    let both = json!({"identity": identity(), "event": {"name": "probe"}});
    floor.write("POST /v1/tracking/identityEvent", &[], Some(both)).await;
}

impl Floor {
    async fn ids(&self, path: &str) -> Vec<String> {
        let rows = self.writer.reader.resources(path.to_owned()).await.expect("a list");
        rows.iter().filter_map(id_of).cloned().collect()
    }
}

#[test]
fn a_value_is_the_same_however_the_desk_writes_it() {
    for (wanted, now, expected) in [
        (json!(4), json!(4.0), true),
        (json!("2025-03-04T15:00:00Z"), json!("2025-03-04T15:00:00.000Z"), true),
        (json!([{"email": "a"}]), json!([{"email": "a", "verified": false}]), true),
        (json!([{"email": "a"}]), json!([{"email": "a"}, {"email": "b"}]), false),
        (json!({"tierStr": "gold"}), json!({"tierStr": "gold", "otherStr": 1}), true),
        (json!("AB 123"), json!({"isMasked": true, "maskedPresentation": "****"}), false),
        (json!(null), json!(null), true),
    ] {
        assert_eq!(same(&wanted, &now), expected, "{wanted} {now}");
    }
}

#[test]
fn a_relationship_counts_as_the_value_and_revision_and_tags_prove_nothing() {
    let record = json!({"attributes": {"name": "x"}, "relationships": {"queue": {"data": {"id": "66q1"}}}});
    let body = |value: Value| value.as_object().cloned().expect("an object");
    assert!(holds(&record, &body(json!({"queue": {"id": "66q1"}, "name": "x", "rev": 9, "tags": ["vip"]}))));
    assert!(!holds(&record, &body(json!({"queue": {"id": "66q2"}}))));
    assert!(!holds(&record, &body(json!({"rev": 9, "tags": ["vip"], "company": null}))));
}
