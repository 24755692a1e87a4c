//! Owns the bodies of forwards, mails that carry a whole conversation (Kustomer API reference 15).

use super::{
    Field,
    Rule::{Either, Id, List, Moment, Object, Shape, Text, Whole, Word},
    nul, opt, req,
};
use crate::sandbox::files::MOST_LENGTH;

const ADDRESS: &[Field] = &[req("email", Text(3, 256)), opt("name", Text(0, 256))];
const ATTACHMENT: &[Field] = &[
    req("id", Id),
    opt("name", Text(1, 1024)),
    opt("contentType", Text(1, 256)),
    opt("contentLength", Whole(0, MOST_LENGTH)),
];

/// What a forward can be made and changed with.
pub const FORWARD: &[Field] = &[
    opt("status", Word(&["draft", "sent", "failed"])),
    nul("sendAt", Either(&[Moment, Text(0, 0)])),
    opt("to", List(&Shape(ADDRESS), 100)),
    opt("from", Either(&[Shape(ADDRESS), Text(3, 256)])),
    opt("body", Text(0, 10_240)),
    opt("subject", Text(0, 1024)),
    opt("replyTo", Either(&[Text(3, 256), Shape(ADDRESS)])),
    nul("template", Id),
    opt("payload", Object),
    opt("attachments", List(&Shape(ATTACHMENT), 100)),
];

/// What only a new forward takes.
pub const NEW: &[Field] =
    &[req("channel", Word(&["email"])), opt("app", Word(&["gmail", "postmark"])), opt("customer", Id)];

/// What only a change takes.
pub const CHANGE: &[Field] = &[nul("lang", Text(0, 100))];
