//! Owns the bodies of drafts: one closed body for each channel (Kustomer API reference 14.3). Create and update differ in a
//! few keys. Where the sources disagree the newer one counts: `scheduled` at creation, chat texts of up to 10,240 characters.

use serde_json::Value;

use super::{
    Field, Purpose,
    Rule::{Either, Flag, Id, List, Moment, Object, Shape, Text, Word},
    nul, opt, req, whatsapp,
};
use crate::sandbox::errors::Refusal;

const ADDRESS: &[Field] = &[req("email", Text(3, 256)), opt("name", Text(0, 256))];
const HEADER: &[Field] = &[req("name", Text(1, 256)), opt("value", Text(0, 1024))];
const MENTION: &[Field] = &[opt("user", Id), opt("team", Id)];

/// Keys of every channel.
const COMMON: &[Field] = &[
    opt("conversation", Id),
    opt("customer", Id),
    opt("scheduled", Flag),
    nul("lang", Text(0, 100)),
    opt("shortcuts", List(&Id, 100)),
    opt("kbArticles", List(&Id, 100)),
    opt("payload", Object),
];
/// Keys of every channel that leaves the desk.
const SENT: &[Field] = &[opt("auto", Flag)];
/// When it goes out; no time takes a scheduled draft back.
const SEND_AT: &[Field] = &[nul("sendAt", Either(&[Moment, Text(0, 0)]))];
/// Twitter's two channels know no null here.
const SEND_AT_TWITTER: &[Field] = &[opt("sendAt", Moment)];
const SOURCE: &[Field] = &[opt("source", Word(&["bulk", "satisfaction"]))];
const SOURCE_CHANGE: &[Field] = &[opt("source", Word(&["bulk", "satisfaction", "biz-rules"]))];
const SOURCE_NOTE: &[Field] = &[opt("source", Word(&["bulk"]))];
const SOURCE_NOTE_CHANGE: &[Field] = &[opt("source", Word(&["bulk", "biz-rules"]))];
const PLAIN: &[Field] = &[opt("to", Text(1, 256)), opt("from", Text(1, 256))];

const EMAIL: &[Field] = &[
    req("channel", Word(&["email"])),
    opt("to", Either(&[Shape(ADDRESS), List(&Shape(ADDRESS), 100)])),
    opt("from", Shape(ADDRESS)),
    opt("body", Text(0, 10_240)),
    opt("cc", List(&Shape(ADDRESS), 100)),
    opt("bcc", List(&Shape(ADDRESS), 100)),
    opt("subject", Text(1, 1024)),
    opt("replyTo", Either(&[Text(3, 256), Shape(ADDRESS)])),
    opt("headers", List(&Shape(HEADER), 100)),
    nul("template", Id),
    opt("app", Word(&["gmail", "postmark"])),
];
const EMAIL_CHANGE: &[Field] = &[
    opt("htmlBody", Text(0, 100_000)),
    opt("templateType", Word(&["email-reply", "email-autoresponse", "email-satisfaction"])),
];
const SMS: &[Field] =
    &[req("channel", Word(&["sms"])), opt("to", Text(1, 64)), opt("from", Text(1, 32)), opt("body", Text(0, 1600))];
const SMS_NEW: &[Field] = &[opt("app", Word(&["twilio", "zipwhip"]))];
const SMS_CHANGE: &[Field] = &[opt("app", Word(&["twilio", "zipwhip", "messagebird"]))];
const WHATSAPP: &[Field] = &[req("channel", Word(&["whatsapp"])), opt("to", Text(1, 64)), opt("from", Text(1, 64))];
/// The text may be missing where a file says it all; `records` sees to that.
const WHATSAPP_BASIC: &[Field] = &[
    req("app", Word(&["twilio_whatsapp", "messagebird", "whatsapp"])),
    opt("body", Text(1, 1600)),
    opt("attachments", List(&Id, 100)),
];
const WHATSAPP_META: &[Field] = &[req("app", Word(&["whatsapp"]))];
const CHAT: &[Field] =
    &[req("channel", Word(&["chat"])), opt("body", Text(0, 10_240)), opt("attachments", List(&Id, 100))];
const CHAT_CHANGE: &[Field] = &[
    opt("app", Word(&["chat", "smooch"])),
    opt("responseButtons", List(&Shape(RESPONSE_BUTTON), 20)),
    opt("messageTemplate", Shape(MESSAGE_TEMPLATE)),
];
const RESPONSE_BUTTON: &[Field] = &[req("label", Text(1, 256)), req("value", Text(0, 1024))];
/// All four template types together: which part goes with which type is not told where it matters.
const MESSAGE_TEMPLATE: &[Field] = &[
    req("templateType", Word(&["text", "quick_replies", "deflection", "mll"])),
    opt("body", Text(0, 10_240)),
    opt("actions", Either(&[List(&Object, 100), Object])),
    opt("articles", List(&Shape(ARTICLE), 100)),
    opt("followupText", Text(0, 10_240)),
];
const ARTICLE: &[Field] = &[req("id", Text(1, 256)), opt("type", Text(0, 256)), opt("attributes", Object)];
const FACEBOOK: &[Field] = &[req("channel", Word(&["facebook"])), opt("body", Text(0, 2000))];
const INSTAGRAM: &[Field] = &[req("channel", Word(&["instagram"])), opt("body", Text(0, 1000))];
const TWITTER_DM: &[Field] = &[req("channel", Word(&["twitter-dm"])), opt("body", Text(0, 10_000))];
const TWITTER_TWEET: &[Field] = &[req("channel", Word(&["twitter-tweet"])), opt("body", Text(0, 280))];
const NOTE: &[Field] =
    &[req("channel", Word(&["note"])), opt("body", Text(0, 10_240)), opt("userMentions", List(&Shape(MENTION), 20))];

/// The parts of a channel's body: those of both, then what only a new draft and what only a change takes.
struct Parts {
    channel: &'static str,
    both: &'static [&'static [Field]],
    new: &'static [&'static [Field]],
    change: &'static [&'static [Field]],
}

const CHANNELS: &[Parts] = &[
    Parts {
        channel: "email",
        both: &[EMAIL, COMMON, SENT, SEND_AT],
        new: &[SOURCE],
        change: &[EMAIL_CHANGE, SOURCE_CHANGE],
    },
    Parts {
        channel: "sms",
        both: &[SMS, COMMON, SENT, SEND_AT],
        new: &[SMS_NEW, SOURCE],
        change: &[SMS_CHANGE, SOURCE_CHANGE],
    },
    Parts { channel: "whatsapp", both: &[WHATSAPP, COMMON, SENT, SEND_AT, SOURCE_CHANGE], new: &[], change: &[] },
    Parts {
        channel: "chat",
        both: &[CHAT, PLAIN, COMMON, SENT, SEND_AT],
        new: &[SOURCE],
        change: &[CHAT_CHANGE, SOURCE_CHANGE],
    },
    Parts {
        channel: "facebook",
        both: &[FACEBOOK, PLAIN, COMMON, SENT, SEND_AT],
        new: &[SOURCE],
        change: &[SOURCE_CHANGE],
    },
    Parts {
        channel: "instagram",
        both: &[INSTAGRAM, PLAIN, COMMON, SENT, SEND_AT],
        new: &[SOURCE],
        change: &[SOURCE_CHANGE],
    },
    Parts {
        channel: "twitter-dm",
        both: &[TWITTER_DM, PLAIN, COMMON, SENT, SEND_AT_TWITTER],
        new: &[SOURCE],
        change: &[SOURCE_CHANGE],
    },
    Parts {
        channel: "twitter-tweet",
        both: &[TWITTER_TWEET, PLAIN, COMMON, SENT, SEND_AT_TWITTER],
        new: &[SOURCE],
        change: &[SOURCE_CHANGE],
    },
    Parts { channel: "note", both: &[NOTE, COMMON, SEND_AT], new: &[SOURCE_NOTE], change: &[SOURCE_NOTE_CHANGE] },
];

/// The parts that make up the body of the channel the body itself names.
pub fn parts(body: &Value, purpose: Purpose) -> Result<Vec<&'static [Field]>, Refusal> {
    let Some(channel) = body.get("channel").and_then(Value::as_str) else {
        return Err(Refusal::invalid("channel", "is required"));
    };
    let Some(parts) = CHANNELS.iter().find(|parts| parts.channel == channel) else {
        return Err(Refusal::invalid("channel", "is not a channel a draft can be on"));
    };
    let own = match purpose {
        Purpose::Create => parts.new,
        Purpose::Update => parts.change,
    };
    let kind = if channel == "whatsapp" { whatsapp_kind(body) } else { &[] };
    Ok([parts.both, own, kind].concat())
}

/// Of the three kinds of `WhatsApp` drafts the one whose `meta` the body has. The published schema says `allOf` of branches
/// that exclude each other; they are merged here (Kustomer API reference 14.3).
fn whatsapp_kind(body: &Value) -> &'static [&'static [Field]] {
    match body.get("meta") {
        None => &[WHATSAPP_BASIC],
        Some(meta) if meta.get("template").is_some() => &[WHATSAPP_META, whatsapp::TEMPLATE],
        Some(_) => &[WHATSAPP_META, whatsapp::INTERACTIVE],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::sandbox::schema::check;

    fn place_for(purpose: Purpose, body: Value) -> Option<String> {
        let checked = parts(&body, purpose).and_then(|parts| check(&parts, purpose, body));
        checked.err().and_then(|refusal| refusal.place)
    }

    fn place(body: Value) -> Option<String> {
        place_for(Purpose::Create, body)
    }

    #[test]
    fn each_channel_has_its_own_closed_body_and_limit() {
        assert_eq!(
            place(json!({ "channel": "email", "to": { "email": "a@b.example" }, "subject": "Re", "body": "x" })),
            None
        );
        assert_eq!(place(json!({ "channel": "sms", "subject": "x" })).as_deref(), Some("subject"));
        assert_eq!(place(json!({ "channel": "whatsapp", "body": "x" })).as_deref(), Some("app"));
        assert_eq!(place(json!({ "channel": "note", "auto": true })).as_deref(), Some("auto"));
        assert_eq!(place(json!({ "channel": "pigeon" })).as_deref(), Some("channel"));
        assert_eq!(place(json!({ "channel": "chat", "sendAt": null, "body": "x".repeat(1025) })), None);
        assert_eq!(place(json!({ "channel": "twitter-dm", "sendAt": null })).as_deref(), Some("sendAt"));
        assert_eq!(place(json!({ "channel": "note", "source": "satisfaction" })).as_deref(), Some("source"));
    }

    #[test]
    fn some_keys_are_for_changes_only() {
        for (body, key) in [
            (json!({ "channel": "email", "htmlBody": "<p>x</p>" }), "htmlBody"),
            (json!({ "channel": "sms", "app": "messagebird" }), "app"),
            (json!({ "channel": "chat", "responseButtons": [{ "label": "Yes", "value": "y" }] }), "responseButtons"),
            (json!({ "channel": "facebook", "source": "biz-rules" }), "source"),
        ] {
            assert_eq!(place(body.clone()).as_deref(), Some(key));
            assert_eq!(place_for(Purpose::Update, body), None);
        }
    }

    #[test]
    fn whatsapp_takes_a_text_an_interactive_message_or_a_template() {
        let with =
            |meta: Value| json!({ "channel": "whatsapp", "app": "whatsapp", "to": "+4915550001122", "meta": meta });
        let row = |title: &str| json!({ "id": "r", "title": title });
        let list = |title: &str| {
            with(json!({ "interactive": { "type": "list", "body": { "text": "Which?" },
                "action": { "button": "Choose", "sections": [{ "rows": [row(title)] }] } } }))
        };
        assert_eq!(place(list("Monday")), None);
        assert_eq!(place(list(&"x".repeat(25))).as_deref(), Some("meta/interactive/action/sections/0/rows/0/title"));
        let buttons = |count: usize| {
            let button =
                |number: usize| json!({ "type": "reply", "reply": { "id": number.to_string(), "title": "Yes" } });
            let buttons: Vec<Value> = (0..count).map(button).collect();
            with(
                json!({ "interactive": { "type": "button", "body": { "text": "Sure?" }, "action": { "buttons": buttons } } }),
            )
        };
        assert_eq!(place(buttons(3)), None);
        assert_eq!(place(buttons(4)).as_deref(), Some("meta/interactive/action/buttons"));
        let text = json!({ "type": "text", "text": "Mara" });
        let template = |key: &str| with(json!({ "template": "t1", "components": { "body": { key: text } } }));
        assert_eq!(place(template("1")), None);
        assert_eq!(place(template("10")).as_deref(), Some("meta/components/body/10"));
        assert_eq!(
            place(json!({ "channel": "whatsapp", "app": "messagebird", "meta": { "template": "t1" } })).as_deref(),
            Some("app")
        );
        assert_eq!(
            place(with(json!({ "interactive": { "type": "carousel" } }))).as_deref(),
            Some("meta/interactive/type")
        );
    }

    proptest! {
        #[test]
        fn no_channel_takes_a_key_nobody_knows(
            channel in prop::sample::select(CHANNELS.iter().map(|parts| parts.channel).collect::<Vec<_>>()),
            key in "[a-z]{1,12}X",
            update in any::<bool>(),
        ) {
            let mut body = json!({ "channel": channel, "app": "whatsapp", "body": "x" });
            if channel != "whatsapp" { body.as_object_mut().expect("an object").remove("app"); }
            let purpose = if update { Purpose::Update } else { Purpose::Create };
            prop_assert_eq!(place_for(purpose, body.clone()), None);
            body[&key] = 1.into();
            prop_assert_eq!(place_for(purpose, body), Some(key));
        }

        #[test]
        fn a_text_may_be_as_long_as_its_channel_allows_and_no_longer(
            (channel, most) in prop::sample::select(vec![("email", 10_240), ("sms", 1600), ("whatsapp", 1600), ("chat", 10_240),
                ("facebook", 2000), ("instagram", 1000), ("twitter-dm", 10_000), ("twitter-tweet", 280), ("note", 10_240)]),
            over in 1..50_usize,
        ) {
            let with = |length: usize| {
                let mut body = json!({ "channel": channel, "body": "ä".repeat(length) });
                if channel == "whatsapp" { body["app"] = "whatsapp".into(); }
                body
            };
            prop_assert_eq!(place(with(most)), None);
            let refused = place(with(most + over));
            prop_assert_eq!(refused.as_deref(), Some("body"));
        }
    }
}
