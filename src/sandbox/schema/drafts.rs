//! Owns the bodies of drafts: one closed body for each channel (Kustomer API reference 14.3). Create and update differ in a
//! few keys; both are accepted here, since the portal and the older schema disagree on which has which.

use serde_json::Value;

use super::{
    Field,
    Rule::{Either, Flag, Id, List, Moment, Object, Shape, Text, Word},
    nul, opt, req,
};
use crate::sandbox::errors::Refusal;

const ADDRESS: &[Field] = &[req("email", Text(3, 256)), opt("name", Text(0, 256))];
const HEADER: &[Field] = &[req("name", Text(1, 256)), opt("value", Text(0, 1024))];
const MENTION: &[Field] = &[opt("user", Id), opt("team", Id)];

/// Keys of every channel.
const COMMON: &[Field] = &[
    opt("conversation", Id),
    opt("customer", Id),
    nul("sendAt", Either(&[Moment, Text(0, 0)])),
    opt("scheduled", Flag),
    opt("source", Word(&["bulk", "satisfaction", "biz-rules"])),
    nul("lang", Text(0, 100)),
    opt("shortcuts", List(&Id, 100)),
    opt("kbArticles", List(&Id, 100)),
    opt("payload", Object),
    opt("attachments", List(&Either(&[Id, Object]), 100)),
];
const SENT: &[Field] = &[opt("auto", Flag)];
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
    opt("htmlBody", Text(0, 100_000)),
    opt("templateType", Word(&["email-reply", "email-autoresponse", "email-satisfaction"])),
];
const SMS: &[Field] = &[
    req("channel", Word(&["sms"])),
    opt("to", Text(1, 64)),
    opt("from", Text(1, 32)),
    opt("body", Text(0, 1600)),
    opt("app", Word(&["twilio", "zipwhip", "messagebird"])),
];
const WHATSAPP: &[Field] = &[
    req("channel", Word(&["whatsapp"])),
    opt("to", Text(1, 64)),
    opt("from", Text(1, 64)),
    opt("body", Text(0, 1600)),
    req("app", Word(&["twilio_whatsapp", "messagebird", "whatsapp"])),
    opt("meta", Object),
];
const CHAT: &[Field] = &[
    req("channel", Word(&["chat"])),
    opt("body", Text(0, 10_240)),
    opt("app", Word(&["chat", "smooch"])),
    opt("responseButtons", List(&Object, 20)),
    opt("messageTemplate", Object),
];
const FACEBOOK: &[Field] = &[req("channel", Word(&["facebook"])), opt("body", Text(0, 2000))];
const INSTAGRAM: &[Field] = &[req("channel", Word(&["instagram"])), opt("body", Text(0, 1000))];
const TWITTER_DM: &[Field] = &[req("channel", Word(&["twitter-dm"])), opt("body", Text(0, 10_000))];
const TWITTER_TWEET: &[Field] = &[req("channel", Word(&["twitter-tweet"])), opt("body", Text(0, 280))];
const NOTE: &[Field] =
    &[req("channel", Word(&["note"])), opt("body", Text(0, 10_240)), opt("userMentions", List(&Shape(MENTION), 20))];

/// The parts that make up the body of the channel the body itself names.
pub fn parts(body: &Value) -> Result<&'static [&'static [Field]], Refusal> {
    let Some(channel) = body.get("channel").and_then(Value::as_str) else {
        return Err(Refusal::invalid("channel", "is required"));
    };
    let parts: &'static [&'static [Field]] = match channel {
        "email" => &[EMAIL, COMMON, SENT],
        "sms" => &[SMS, COMMON, SENT],
        "whatsapp" => &[WHATSAPP, COMMON, SENT],
        "chat" => &[CHAT, PLAIN, COMMON, SENT],
        "facebook" => &[FACEBOOK, PLAIN, COMMON, SENT],
        "instagram" => &[INSTAGRAM, PLAIN, COMMON, SENT],
        "twitter-dm" => &[TWITTER_DM, PLAIN, COMMON, SENT],
        "twitter-tweet" => &[TWITTER_TWEET, PLAIN, COMMON, SENT],
        "note" => &[NOTE, COMMON],
        _ => return Err(Refusal::invalid("channel", "is not a channel a draft can be on")),
    };
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::schema::{Purpose, check};

    fn place(body: Value) -> Option<String> {
        parts(&body).and_then(|parts| check(parts, Purpose::Create, body)).err().and_then(|refusal| refusal.place)
    }

    #[test]
    fn each_channel_has_its_own_closed_body_and_limit() {
        assert_eq!(
            place(json!({ "channel": "email", "to": { "email": "a@b.example" }, "subject": "Re", "body": "x" })),
            None
        );
        assert_eq!(place(json!({ "channel": "sms", "body": "x".repeat(1601) })).as_deref(), Some("body"));
        assert_eq!(place(json!({ "channel": "sms", "subject": "x" })).as_deref(), Some("subject"));
        assert_eq!(place(json!({ "channel": "twitter-tweet", "body": "x".repeat(281) })).as_deref(), Some("body"));
        assert_eq!(place(json!({ "channel": "whatsapp", "body": "x" })).as_deref(), Some("app"));
        assert_eq!(place(json!({ "channel": "note", "auto": true })).as_deref(), Some("auto"));
        assert_eq!(place(json!({ "channel": "pigeon" })).as_deref(), Some("channel"));
        assert_eq!(place(json!({ "channel": "chat", "sendAt": null, "body": "x".repeat(1025) })), None);
    }
}
