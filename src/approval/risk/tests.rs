//! A table of changes and what there is to look at in each.

use serde_json::{Value, json};

use super::*;
use crate::{
    approval::{ChangeParts, Operation, Request, Subject, fixture::parts},
    domain::{ContactKind, ConversationId, CustomerId, Message, MessageId, Text},
    privacy::Foreign,
    transport::Method,
};

fn change(effect: Effect, channel: Channel, body: Value) -> Change {
    labelled("POST /v1/customers/{id}/drafts", effect, Some(channel), Some(body))
}

fn labelled(label: &'static str, effect: Effect, channel: Option<Channel>, body: Option<Value>) -> Change {
    Change::new(ChangeParts {
        subject: Subject {
            customer: Some(CustomerId::new("66c1")),
            conversation: Some(ConversationId::new("66b1")),
            channel,
            ..Subject::default()
        },
        requests: vec![Request { method: Method::Post, path: "/v1/x".into(), body }],
        ..parts(effect, Operation::Listed { label, words: "do something" })
    })
}

fn message(words: &str, direction: Direction, from: Option<Guarded>) -> Message {
    Message {
        id: MessageId::new("66d1"),
        conversation: None,
        channel: Channel::Email,
        direction,
        subject: Some(Text::from("Parcel, see https://track.acme.example/1")),
        body: Text::from(words),
        from,
        at: None,
        by: None,
        auto: false,
        error: None,
        attachments: Vec::new(),
        sentiment: None,
        redacted: false,
        edited: None,
    }
}

fn customer(contacts: Vec<Contact>) -> Customer {
    Customer {
        id: CustomerId::new("66c1"),
        name: Text::from("Mara Quill"),
        external_id: None,
        company: None,
        contacts,
        custom: vec![],
        tags: vec![],
        counts: [0; 4],
        last_activity: None,
        created: None,
        updated: None,
        window: None,
        rev: None,
        deleted: false,
    }
}

fn scene() -> Scene {
    let contact = |kind, value| Contact { kind, label: None, value };
    Scene {
        messages: vec![message(
            "My other address is other@quill.example, call +49 155 5000 1122",
            Direction::In,
            Some(Guarded::revealed("mara@quill.example")),
        )],
        customer: Some(customer(vec![
            contact(ContactKind::Email, Guarded::revealed("mara@quill.example")),
            contact(ContactKind::Phone, Guarded::Masked(Text::from("****2671"))),
        ])),
        ..Scene::default()
    }
}

fn risks(change: &Change, scene: Option<&Scene>) -> Vec<&'static str> {
    let mut all: Vec<&str> =
        marks(change, scene, &["acme.example".to_owned()]).iter().map(|mark| mark.risk.word()).collect();
    all.dedup();
    all
}

#[test]
fn words_to_a_customer_are_looked_at_in_the_light_of_the_conversation() {
    let cases: [(&str, &[&str]); 24] = [
        ("Thank you, we are on it.", &[]),
        ("See https://track.acme.example/1", &[]),
        ("See https://help.acme.example/faq", &[]),
        ("See https://evil.example/pay", &["new link"]),
        ("See evil.example", &["new link"]),
        ("[track it](https://evil.example/x)", &["new link"]),
        ("![x](https://evil.example/?d=secret)", &["new link"]),
        ("See https://acme.example@evil.example", &["look-alike", "new link"]),
        ("See https://xn--cme-7cd.example", &["look-alike", "new link"]),
        ("See https://аcme.example", &["look-alike", "new link"]),
        ("See https://acrne.example", &["look-alike", "new link"]),
        ("Write to fraud@evil.example", &["new address", "personal"]),
        ("Write to help@acme.example", &["personal"]),
        ("As you wrote from other@quill.example", &["personal"]),
        ("We call +49 155 50001122", &["personal"]),
        ("We call +14155552671", &["personal"]),
        ("Call +49 30 90001111", &["new number", "personal"]),
        ("We refund €12.50", &["amount"]),
        ("12,50 EUR come back", &["amount"]),
        ("It arrives tomorrow", &["promise"]),
        ("It arrives by 21.11.2026", &["promise"]),
        ("Your card 4111 1111 1111 1111", &["personal"]),
        ("Hello ⟦phone:1⟧", &["placeholder"]),
        ("He\u{200b}llo \u{202e}evil", &["hidden signs"]),
    ];
    for (words, expected) in cases {
        let change = change(Effect::Draft, Channel::Email, json!({"channel": "email", "body": words}));
        assert_eq!(risks(&change, Some(&scene())), expected, "{words}");
    }
}

#[test]
fn recipients_nobody_knows_are_told_and_known_ones_are_not() {
    for (to, expected) in [
        (json!([{"email": "mara@quill.example"}]), &[] as &[&str]),
        (json!("mara@quill.example"), &[]),
        (json!([{"email": "evil@evil.example"}]), &["recipient"]),
        (json!(["mara@quill.example", "evil@evil.example"]), &["recipient"]),
    ] {
        for key in ["to", "cc", "bcc"] {
            let change = change(Effect::Draft, Channel::Email, json!({"body": "Hello", key: to}));
            assert_eq!(risks(&change, Some(&scene())), expected, "{key} {to}");
        }
    }
    let masked = change(Effect::Draft, Channel::Email, json!({"body": "Hello", "to": "+1 415 555 2671"}));
    assert_eq!(risks(&masked, Some(&scene())), [] as [&str; 0]);
}

#[test]
fn nothing_counts_as_known_before_the_conversation_was_read() {
    let change = change(Effect::Draft, Channel::Email, json!({"body": "See https://track.acme.net"}));
    let found = marks(&change, None, &[]);
    assert!(found.iter().any(|mark| mark.says.contains("has not been read")), "{found:?}");
}

#[test]
fn anothers_data_stops_what_leaves_and_is_told_elsewhere() {
    let foreign = vec![Foreign { kind: "phone", owner: CustomerId::new("66c2") }];
    let scene = Scene { foreign, ..scene() };
    for (effect, channel, blocks) in [
        (Effect::Draft, Channel::Email, true),
        (Effect::Send, Channel::Whatsapp, true),
        (Effect::Draft, Channel::Note, false),
        (Effect::Write, Channel::Note, false),
    ] {
        let found = marks(&change(effect, channel, json!({"body": "hello"})), Some(&scene), &[]);
        let mark = found.iter().find(|mark| mark.risk == Risk::OtherCustomer).expect("it is marked");
        assert_eq!(mark.blocks, blocks, "{effect:?}");
        assert!(mark.says.contains("66c2"));
    }
}

#[test]
fn what_cannot_be_undone_says_so_by_operation() {
    for (label, effect, expected) in [
        ("POST /v1/customers/merges", Effect::Write, true),
        ("POST /v1/messages/{id}/redactions", Effect::Delete, true),
        ("DELETE /v1/customers/{id}", Effect::Delete, true),
        ("DELETE /v1/notes/{id}", Effect::Delete, true),
        ("POST /v1/klasses/{name}/bulk", Effect::Bulk, true),
        ("PUT /v1/drafts/{id}", Effect::Send, true),
        ("POST /v1/users/passwordreset", Effect::Send, true),
        ("DELETE /v1/conversations/{id}/tags", Effect::Delete, false),
        ("DELETE /v1/teams/{id}/members", Effect::Delete, false),
        ("PATCH /v1/customers/{id}", Effect::Write, false),
        ("PUT /v1/drafts/{id}", Effect::Draft, false),
    ] {
        let told = risks(&labelled(label, effect, None, None), Some(&scene())).contains(&"irreversible");
        assert_eq!(told, expected, "{label}");
    }
}

#[test]
fn another_channel_than_the_conversations_is_told() {
    let over = |channel: Channel| risks(&change(Effect::Draft, channel, json!({"body": "hello"})), Some(&scene()));
    assert_eq!(over(Channel::Whatsapp), ["channel"]);
    assert_eq!(over(Channel::Email), [] as [&str; 0]);
}

#[test]
fn every_mark_has_a_word_and_a_sign_of_its_weight() {
    let all = [Risk::OtherCustomer, Risk::LookAlike, Risk::NewLink, Risk::Amount, Risk::Irreversible];
    assert!(all.iter().all(|risk| !risk.word().is_empty() && !risk.sign().is_empty()));
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "the gravest comes first");
}
