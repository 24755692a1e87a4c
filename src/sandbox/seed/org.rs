//! Owns the records that do not belong to a customer: users, teams, queues, tags, SLAs, shortcuts, klasses, metadata, brand,
//! schedule. Does not say which conversation uses which (`threads`, `service`).
//!
//! Invariant: these are the same under every seed; only their dates move with the world's present.

use serde_json::{Value, json};

use super::{
    Plan, administration,
    ids::{self, Space},
    material::{Sla, material},
    object, stamp,
};
use crate::sandbox::doc::{Doc, Kind};

const DAY: i64 = 86_400_000;

/// The tag of that name.
pub(super) fn tag_id(name: &str) -> Option<String> {
    material().org.tags.iter().position(|tag| tag.name == name).map(|index| ids::fixed(Space::Tag, index))
}

/// The queue of that key, the system queue for a key nobody knows.
pub(super) fn queue_id(key: &str) -> String {
    ids::fixed(Space::Queue, material().org.queues.iter().position(|queue| queue.key == key).unwrap_or(0))
}

/// The users a note names with `@Name`.
pub(super) fn mentioned(body: &str) -> impl Iterator<Item = String> {
    let agents = material().org.agents.iter().enumerate();
    agents
        .filter(move |(_, agent)| body.contains(&format!("@{}", agent.name)))
        .map(|(index, _)| ids::fixed(Space::User, index))
}

/// All records of the org's settings.
pub(super) fn docs(plan: &Plan) -> Vec<Doc> {
    let at = Dates(plan.now_ms);
    let mut docs = users(&at);
    docs.extend(machine_users(&at));
    docs.extend(teams(&at));
    docs.extend(queues(&at));
    docs.extend(tags(&at));
    docs.extend(slas(&at));
    docs.extend(shortcuts(&at));
    docs.extend(klasses(&at));
    docs.extend(metadata());
    docs.extend([brand(&at), schedule(&at)]);
    docs.extend(super::surveys::docs(plan));
    administration::extend(plan, &mut docs);
    docs
}

/// The dates of the settings: all made long ago.
struct Dates(i64);

impl Dates {
    fn doc(&self, kind: Kind, id: impl Into<String>, attributes: Value) -> Doc {
        let mut doc = Doc::new(kind, id);
        doc.attributes = object(attributes);
        for name in ["createdAt", "updatedAt", "modifiedAt"] {
            doc.attributes.insert(name.into(), stamp(self.0 - 400 * DAY).into());
        }
        doc
    }
}

fn users(at: &Dates) -> Vec<Doc> {
    let agents = material().org.agents.iter().enumerate();
    agents
        .map(|(index, agent)| {
            at.doc(
                Kind::User,
                ids::fixed(Space::User, index),
                json!({
                    "name": agent.name, "displayName": agent.name, "email": agent.email, "userType": "user", "mobile": null,
                    "emailVerifiedAt": stamp(at.0 - 390 * DAY), "isEmailValid": true, "presence": agent.presence,
                    "roles": ["org.user", "org.permission.customer", "org.permission.conversation"], "roleGroups": [],
                    "password": { "allowNew": true, "forceNew": false, "updatedAt": stamp(at.0 - 60 * DAY) },
                    "firstLoginAt": stamp(at.0 - 389 * DAY), "mostRecentLoginAt": stamp(at.0 - index as i64 * 3_600_000),
                }),
            )
        })
        .collect()
}

fn machine_users(at: &Dates) -> Vec<Doc> {
    [(ids::MACHINE_USER, "console"), (ids::AUTO_REPLY_USER, "Auto-reply")]
        .map(|(id, name)| {
            at.doc(
                Kind::User,
                id,
                json!({
                    "name": name, "displayName": name, "email": format!("{}@api.example", &id[..8]), "userType": "machine", "mobile": null,
                    "roles": ["org.permission"], "roleGroups": [],
                    "password": { "allowNew": false, "forceNew": false, "updatedAt": stamp(at.0 - 400 * DAY) },
                }),
            )
        })
        .into()
}

fn teams(at: &Dates) -> Vec<Doc> {
    let org = &material().org;
    org.teams
        .iter()
        .enumerate()
        .map(|(index, team)| {
            let members: Vec<String> = (0..org.agents.len())
                .filter(|&agent| org.agents[agent].team == index)
                .map(|agent| ids::fixed(Space::User, agent))
                .collect();
            let attributes = json!({ "name": team.name, "displayName": team.display, "icon": team.icon, "members": members,
                "roleGroups": [], "deleted": false });
            at.doc(Kind::Team, ids::fixed(Space::Team, index), attributes)
        })
        .collect()
}

fn queues(at: &Dates) -> Vec<Doc> {
    let queues = material().org.queues.iter().enumerate();
    queues
        .map(|(index, queue)| {
            let attributes = json!({ "name": queue.name, "displayName": queue.display, "key": queue.key, "system": queue.system,
                "priority": queue.priority, "itemSize": 1, "restrictTransfersByUsers": false, "deleted": false });
            at.doc(Kind::Queue, ids::fixed(Space::Queue, index), attributes)
        })
        .collect()
}

fn tags(at: &Dates) -> Vec<Doc> {
    let tags = material().org.tags.iter().enumerate();
    tags.map(|(index, tag)| {
        at.doc(
            Kind::Tag,
            ids::fixed(Space::Tag, index),
            json!({ "name": tag.name, "color": tag.color, "deleted": false }),
        )
    })
    .collect()
}

fn slas(at: &Dates) -> Vec<Doc> {
    let slas = material().org.slas.iter().enumerate();
    slas.flat_map(|(index, sla)| {
        let (id, version) = (ids::fixed(Space::Sla, index), ids::fixed(Space::SlaVersion, index));
        let mut policy = at.doc(
            Kind::Sla,
            id.clone(),
            json!({ "currentVersion": sla.version, "name": sla.name, "order": index + 1 }),
        );
        policy.related.insert("versions".into(), (Kind::SlaVersion, version.clone()));
        let mut active = at.doc(Kind::SlaVersion, version, sla_version(sla));
        active.related.insert("sla".into(), (Kind::Sla, id));
        [policy, active]
    })
    .collect()
}

fn sla_version(sla: &Sla) -> Value {
    let times = |targets: &[i64; 5]| {
        (1..).zip(targets).map(|(priority, &ms)| (priority.to_string(), Value::from(ms))).collect::<Value>()
    };
    let off = json!({ "enabled": false, "times": {} });
    let criteria: Vec<Value> = sla
        .channels
        .iter()
        .map(|channel| json!({ "conversation_channel": { "operator": "contains", "value": channel } }))
        .collect();
    json!({
        "name": sla.name, "description": sla.description, "version": sla.version, "hours": "calendar", "status": "active",
        "metrics": {
            "firstResponse": { "enabled": true, "times": times(&sla.first_response), "basedOnHumanInteraction": true },
            "nextReply": { "enabled": true, "times": times(&sla.next_reply), "basedOnHumanInteraction": true },
            "longestUnrespondedMessage": off, "totalConversationOpenTime": off, "totalCustomerWaitTime": off,
        },
        "criteria": { "or": criteria },
    })
}

fn shortcuts(at: &Dates) -> Vec<Doc> {
    let shortcuts = material().org.shortcuts.iter().enumerate();
    shortcuts
        .map(|(index, shortcut)| {
            let block = json!({ "key": "a", "text": shortcut.text, "type": "unstyled", "depth": 0, "inlineStyleRanges": [], "entityRanges": [] });
            let attributes = json!({ "name": shortcut.name, "draft": { "text": shortcut.text }, "isPrivate": false, "deleted": false,
                "appDisabled": false, "rev": 1, "payload": { "text": { "blocks": [block], "entityMap": {} } },
                "conversation": { "tags": { "operator": "add", "value": tag_id(&shortcut.tag).into_iter().collect::<Vec<_>>() } } });
            at.doc(Kind::Shortcut, ids::fixed(Space::Shortcut, index), attributes)
        })
        .collect()
}

fn klasses(at: &Dates) -> Vec<Doc> {
    let klasses = material().klasses.klasses.iter().enumerate();
    klasses
        .map(|(index, klass)| {
            let mut doc = at.doc(Kind::Klass, ids::fixed(Space::Klass, index), Value::Object(klass.clone()));
            for (name, value) in [
                ("status", json!("enabled")),
                ("klassSchema", json!("standard")),
                ("mixins", json!(["editable", "creatable"])),
                ("appDisabled", json!(false)),
            ] {
                doc.attributes.insert(name.into(), value);
            }
            doc
        })
        .collect()
}

fn metadata() -> Vec<Doc> {
    let metadata = material().klasses.metadata.iter();
    metadata
        .map(|(resource, attributes)| {
            let mut doc = Doc::new(Kind::Metadata, resource);
            doc.attributes.clone_from(attributes);
            doc
        })
        .collect()
}

fn brand(at: &Dates) -> Doc {
    at.doc(
        Kind::Brand,
        ids::BRAND,
        json!({ "name": "Desk", "iconUrl": "https://desk.example/icon.png", "default": true }),
    )
}

fn schedule(at: &Dates) -> Doc {
    let day = json!([[480, 1080]]);
    let hours = json!({ "0": null, "1": day, "2": day, "3": day, "4": day, "5": day, "6": null });
    at.doc(
        Kind::Schedule,
        ids::SCHEDULE,
        json!({ "name": "Office hours", "timezone": "Europe/Berlin", "default": true, "hours": hours }),
    )
}
