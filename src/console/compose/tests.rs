//! What a message becomes, channel by channel, and how the composer looks.

use jiff::tz::TimeZone;
use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::json;

use super::*;
use crate::{
    approval::Effect,
    console::{
        msg::Moment,
        state::Shared,
        theme::{Depth, Theme},
    },
    domain::{Contact, ConversationId, DraftId, Guarded, Status, Text},
};

fn now() -> Timestamp {
    "2026-11-18T09:30:00Z".parse().expect("a time")
}

fn conversation(channels: &[Channel]) -> Box<Conversation> {
    Box::new(Conversation {
        id: ConversationId::new("v1"),
        customer: Some(CustomerId::new("c1")),
        name: Text::from("Billed twice"),
        preview: Text::default(),
        status: Status::Open,
        priority: None,
        channels: channels.to_vec(),
        assigned_users: vec![],
        assigned_teams: vec![],
        queue: None,
        tags: vec![],
        sla: None,
        message_count: 1,
        note_count: 0,
        last_message_at: None,
        last_direction: None,
        snoozed_until: None,
        sentiment: None,
        created: None,
        updated: None,
        rev: None,
    })
}

fn customer() -> Customer {
    let contact = |kind, value| Contact { kind, label: None, value };
    Customer {
        id: CustomerId::new("c1"),
        name: Text::from("Mara Quill"),
        external_id: None,
        company: None,
        contacts: vec![
            contact(ContactKind::Email, Guarded::Masked("****@quill.example".into())),
            contact(ContactKind::Phone, Guarded::revealed("+4915550001122")),
        ],
        custom: Vec::new(),
        tags: Vec::new(),
        counts: [1, 1, 0, 0],
        last_activity: None,
        created: None,
        updated: None,
        window: None,
        rev: None,
        deleted: false,
    }
}

fn shared() -> Shared {
    let moment = Moment { now: now(), elapsed: std::time::Duration::ZERO };
    Shared::new(moment, TimeZone::UTC, "embedded desk".to_owned())
}

fn reply(channels: &[Channel], kept: Option<&str>) -> Compose {
    let mut compose = Compose::open(About::Reply(conversation(channels)), kept);
    compose.take_person(Ok((customer(), None)), now());
    compose
}

fn change(compose: &Compose) -> Result<Change, String> {
    compose.change(&view::facts(compose, &shared()), now()).map_err(|why| why.to_string())
}

fn body(compose: &Compose) -> serde_json::Value {
    let change = change(compose).expect("a change");
    change.requests()[0].body.clone().expect("a body")
}

#[test]
fn a_reply_leaves_at_once_by_the_last_channel_without_an_address() {
    let mut compose = reply(&[Channel::Chat, Channel::Email, Channel::Voice], None);
    compose.paste("Hi {{customer.name}},\nit was a hold.");
    let change = change(&compose).expect("a change");
    assert_eq!(change.effect(), Effect::Send);
    let expected = json!({"channel": "email", "conversation": "v1", "subject": "Re: Billed twice",
        "body": "Hi Mara Quill,\nit was a hold.", "sendAt": "2026-11-18T09:30:00.000Z", "scheduled": true});
    assert_eq!(change.requests()[0].body.as_ref(), Some(&expected));
    assert!(!format!("{compose:?}").contains("1122"), "nothing in the clear stays with the composer");
}

#[test]
fn a_draft_waits_and_a_time_that_passed_is_refused() {
    let mut compose = reply(&[Channel::Sms], None);
    compose.paste("Tomorrow.");
    compose.schedule(Leaves::ByHand);
    assert_eq!(body(&compose), json!({"channel": "sms", "conversation": "v1", "body": "Tomorrow."}));
    compose.schedule(Leaves::At(now()));
    assert!(change(&compose).is_err_and(|why| why.contains("passed")));
}

#[test]
fn what_is_too_long_has_tags_or_holes_is_refused_in_words() {
    let mut compose = reply(&[Channel::Sms], None);
    compose.paste(&"é".repeat(1_612));
    assert_eq!(change(&compose), Err("12 characters too long for sms (1612 of 1600)".to_owned()));
    compose.replace("<b>Hi</b>");
    assert_eq!(change(&compose), Err("sms is plain text: take the HTML tags out".to_owned()));
    compose.replace("Hi {{order.id}}");
    assert_eq!(change(&compose), Err("nothing stands for {{order.id}}: write it out".to_owned()));
    compose.replace(" \n");
    assert_eq!(change(&compose), Err("the draft is empty".to_owned()));
}

#[test]
fn a_mask_typed_as_recipient_is_refused() {
    let mut compose = reply(&[Channel::Email], None);
    compose.paste("Hi");
    compose.step(1);
    assert_eq!(compose.field(), Field::To);
    compose.paste("****@quill.example");
    assert!(change(&compose).is_err_and(|why| why.contains("masked")));
}

#[test]
fn everything_typed_comes_back() {
    let mut compose = reply(&[Channel::Email], None);
    assert_eq!(compose.kept(), "");
    compose.paste("Hi\nMara");
    compose.step(1);
    compose.paste("a@b.c, d@e.f");
    compose.step(3);
    compose.paste("!");
    compose.schedule(Leaves::At(now()));
    let again = reply(&[Channel::Email], Some(&compose.kept()));
    assert_eq!((again.kept(), again.leaves(), again.words()), (compose.kept(), Leaves::At(now()), "Hi\nMara".into()));
    compose.choose_channel(Channel::Sms);
    let again = reply(&[Channel::Email], Some(&compose.kept()));
    assert_eq!(again.channel(), &Channel::Sms);
    assert_eq!(reply(&[Channel::Email], Some("not a letter")).words(), "not a letter");
}

#[test]
fn the_desk_says_the_channel_until_somebody_writes() {
    let answer = || Ok((customer(), Some(Channel::Whatsapp)));
    let mut compose = reply(&[Channel::Email], None);
    compose.take_person(answer(), now());
    assert_eq!(compose.channel(), &Channel::Whatsapp);
    let mut writing = reply(&[Channel::Email], None);
    writing.paste("Hi");
    writing.take_person(answer(), now());
    assert_eq!(writing.channel(), &Channel::Email);
}

#[test]
fn a_note_and_an_edit_are_what_they_were() {
    let mut note = Compose::open(About::Note(conversation(&[])), Some("called back"));
    note.paste("!");
    assert_eq!(note.kept(), "called back!");
    assert_eq!(body(&note)["body"], "called back!");
    let draft = Draft {
        id: DraftId::new("d1"),
        customer: Some(CustomerId::new("c1")),
        conversation: None,
        channel: Channel::Chat,
        status: "draft".to_owned(),
        to: Vec::new(),
        subject: None,
        body: "Hi".into(),
        send_at: None,
        at: None,
        by: None,
    };
    let mut edit = Compose::open(About::Edit(Box::new(draft)), None);
    assert_eq!((edit.kept().as_str(), edit.words().as_str()), ("", "Hi"));
    edit.paste(" Mara");
    let change = change(&edit).expect("a change");
    assert_eq!(About::key_of(&change), Some(edit.about().key()));
    assert_eq!((change.effect(), change.requests()[0].path.as_str()), (Effect::Draft, "/v1/drafts/d1"));
}

fn drawn(compose: &Compose, (width, height): (u16, u16), ascii: bool) -> String {
    let (theme, _) = Theme::named(None, Depth::Mono);
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let shared = Shared { ascii, ..shared() };
    view::view(compose, &shared, &theme, true, view::place(compose, area), &mut buf);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn it_is_drawn_below_the_panes() {
    let mut mail = reply(&[Channel::Email], None);
    let mut over = reply(&[Channel::Sms], None);
    over.paste(&"Your parcel arrives tomorrow. ".repeat(54));
    mail.paste("Hi {{customer.firstName}},\n\nthe {{thing}} was a hold.\n\nInes");
    let note = Compose::open(About::Note(conversation(&[])), None);
    for size in [(80, 20), (120, 36)] {
        for (name, compose) in [("mail", &mail), ("sms_over", &over), ("note", &note)] {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), drawn(compose, size, false));
        }
    }
    insta::assert_snapshot!("mail_ascii", drawn(&mail, (80, 20), true));
}

#[test]
fn hostile_words_do_not_act_at_any_size() {
    let mut hostile = conversation(&[Channel::Other("\u{1b}[2J".to_owned()), Channel::Email]);
    hostile.name = Text::from("\u{1b}]0;pwned\u{7}\u{202e}evil");
    let mut compose = Compose::open(About::Reply(hostile), Some("\u{1b}[31m{{\u{1b}[2J}}\u{202e}"));
    let person = Customer { name: Text::from("\u{1b}[2J\u{9b}31m"), ..customer() };
    compose.take_person(Ok((person, None)), now());
    for size in [(1, 1), (3, 2), (10, 5), (40, 12), (80, 24), (200, 60)] {
        let screen = drawn(&compose, size, false);
        assert!(!screen.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']), "{size:?}: {screen}");
    }
}
