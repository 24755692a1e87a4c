//! Owns the making, changing, sending and deleting of drafts, channel by channel (Kustomer API reference 14). A draft that is
//! scheduled reaches a customer by itself, so it counts as sending. There is no other documented way to send: a draft is sent
//! by giving it a time that has come (14.2, unverified).
//!
//! Recipients may be left out: the desk takes them from the conversation, which is how a masked customer is answered. What a
//! mask shows is never written back.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Known, WishError, check};
use crate::{
    approval::{Change, ChangeParts, Editable, Effect, Operation, Preimage, Request, Subject},
    domain::{Channel, ConversationId, CustomerId, Draft, Text},
    kustomer::path::segment,
    transport::Method,
};

/// What a draft is made of.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftParts {
    /// Whom it is for.
    pub customer: CustomerId,
    /// Their name, for the card.
    pub customer_name: Option<Text>,
    /// Which conversation it answers.
    pub conversation: Option<ConversationId>,
    /// The channel it would use.
    pub channel: Channel,
    /// Addresses or numbers, where the desk should not take them from the conversation.
    pub recipients: Recipients,
    /// The subject; e-mail only.
    pub subject: Option<String>,
    /// The words.
    pub body: String,
    /// Who sends it, and when.
    pub sending: Sending,
}

/// Whom a draft names besides the conversation's own recipient; all may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// Instead of the conversation's. Channels other than e-mail take one.
    pub to: Vec<String>,
    /// E-mail only.
    pub cc: Vec<String>,
    /// E-mail only.
    pub bcc: Vec<String>,
}

/// Who sends a draft, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// A person, later: it waits.
    ByHand,
    /// The desk, at once; asked for at this moment.
    Now(Timestamp),
    /// The desk, at this moment.
    Later(Timestamp),
}

/// What a person changed in a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftEdit {
    /// The subject; e-mail only.
    pub subject: Option<String>,
    /// The words.
    pub body: String,
    /// Recipients that replace the draft's; an empty list leaves the draft's own.
    pub recipients: Recipients,
}

/// Creates a draft. Drafts take no reference of ours (their schema is closed), so after a lost answer one is looked for
/// by channel, conversation and words.
///
/// # Errors
/// [`WishError::Empty`], [`WishError::TooLong`] against the channel's limit, [`WishError::Markup`], and what is wrong with a
/// recipient: [`WishError::Masked`], [`WishError::Address`].
pub fn create_draft(parts: DraftParts) -> Result<Change, WishError> {
    let name = parts.channel.as_str();
    let (verb, warning) = match parts.sending {
        Sending::ByHand => ("create a draft", None),
        Sending::Now(_) => ("send a message", Some("it reaches the customer as soon as it is approved".to_owned())),
        Sending::Later(at) => ("schedule a message", Some(by_itself(at))),
    };
    let summary = format!("{verb} ({name})");
    let mut body = content(&parts.channel, parts.subject.as_deref(), &parts.body, &parts.recipients)?;
    if let Some(conversation) = &parts.conversation {
        body.insert("conversation".into(), json!(conversation));
    }
    if let Some(at) = parts.sending.at() {
        body.insert("sendAt".into(), json!(at));
        body.insert("scheduled".into(), json!(true));
    }
    let sealed = Sealed {
        method: Method::Post,
        path: format!("/v1/customers/{}/drafts", segment(parts.customer.as_str())),
        operation: Operation::CreateDraft,
        effect: if parts.sending == Sending::ByHand { Effect::Draft } else { Effect::Send },
        summary,
        warnings: warning.into_iter().collect(),
        before: Vec::new(),
    };
    let subject = Subject {
        customer: Some(parts.customer),
        customer_name: parts.customer_name,
        conversation: parts.conversation,
        channel: Some(parts.channel),
        ..Subject::default()
    };
    Ok(sealed.change(subject, Some(Value::Object(body))))
}

/// Changes the words of a draft. One that is scheduled stays so (Kustomer API reference 14.2), and then counts as sending.
///
/// # Errors
/// As [`create_draft`].
pub fn update_draft(draft: &Draft, name: Option<&Text>, edit: &DraftEdit) -> Result<Change, WishError> {
    let body = content(&draft.channel, edit.subject.as_deref(), &edit.body, &edit.recipients)?;
    let mut before = vec![("body".to_owned(), draft.body.clone())];
    if body.contains_key("subject") {
        before.insert(0, ("subject".to_owned(), draft.subject.clone().unwrap_or_default()));
    }
    let sealed = Sealed {
        method: Method::Put,
        path: path_of(draft),
        operation: listed("PUT /v1/drafts/{id}"),
        effect: if draft.send_at.is_some() { Effect::Send } else { Effect::Draft },
        summary: format!("change a draft ({})", draft.channel.as_str()),
        warnings: draft.send_at.map(by_itself).into_iter().collect(),
        before,
    };
    Ok(sealed.change(subject_of(draft, name), Some(Value::Object(body))).since(Preimage::draft(draft)))
}

/// Sends a draft now. The words go along, so that what was read on the card is what leaves, whoever changed the draft
/// meanwhile.
///
/// # Errors
/// As [`create_draft`]: the desk's own draft may be empty or too long for its channel.
pub fn send_draft(draft: &Draft, name: Option<&Text>, now: Timestamp) -> Result<Change, WishError> {
    let subject = draft.subject.as_ref().map(Text::raw);
    let mut body = content(&draft.channel, subject, draft.body.raw(), &Recipients::default())?;
    body.insert("sendAt".into(), json!(moment(now)));
    let mut warnings = vec!["it reaches the customer as soon as it is approved".to_owned()];
    warnings.extend(draft.send_at.map(|at| format!("until now: {}", by_itself(at))));
    let sealed = Sealed {
        method: Method::Put,
        path: path_of(draft),
        operation: listed("PUT /v1/drafts/{id}"),
        effect: Effect::Send,
        summary: format!("send a draft ({})", draft.channel.as_str()),
        warnings,
        before: Vec::new(),
    };
    Ok(sealed.change(subject_of(draft, name), Some(Value::Object(body))).since(Preimage::draft(draft)))
}

/// Deletes a draft for good.
pub fn delete_draft(draft: &Draft, name: Option<&Text>) -> Change {
    let sealed = Sealed {
        method: Method::Delete,
        path: path_of(draft),
        operation: listed("DELETE /v1/drafts/{id}"),
        effect: Effect::Delete,
        summary: format!("delete a draft ({})", draft.channel.as_str()),
        warnings: Vec::new(),
        before: vec![("body".to_owned(), draft.body.clone())],
    };
    sealed.change(subject_of(draft, name), None).since(Preimage::draft(draft))
}

/// Whether something in the text would be read as a tag: `<p>`, `</b>`, `<br/>`; not `a < b` or `<3`. Only e-mail takes it.
pub fn has_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('/');
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!') && rest.contains('>')
    })
}

impl Sending {
    /// The moment the desk is told, as it wants it written.
    fn at(self) -> Option<String> {
        match self {
            Self::ByHand => None,
            Self::Now(at) | Self::Later(at) => Some(moment(at)),
        }
    }
}

/// What differs between the changes of this file.
struct Sealed {
    method: Method,
    path: String,
    operation: Operation,
    effect: Effect,
    summary: String,
    warnings: Vec<String>,
    before: Vec<(String, Text)>,
}

impl Sealed {
    fn change(self, subject: Subject, body: Option<Value>) -> Change {
        let limit = subject.channel.as_ref().and_then(Channel::body_limit);
        let editable = body.as_ref().map(|_| Editable { request: 0, pointer: "/body", limit });
        Change::new(ChangeParts {
            effect: self.effect,
            operation: self.operation,
            subject,
            requests: vec![Request { method: self.method, path: self.path, body }],
            count: 1,
            summary: self.summary,
            warnings: self.warnings,
            editable,
            before: self.before,
        })
    }
}

fn by_itself(at: Timestamp) -> String {
    format!("the desk sends it by itself at {}", at.strftime("%Y-%m-%d %H:%M UTC"))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn path_of(draft: &Draft) -> String {
    format!("/v1/drafts/{}", segment(draft.id.as_str()))
}

fn listed(label: &'static str) -> Operation {
    Known::labelled(label).map_or(Operation::Other, Known::operation)
}

fn subject_of(draft: &Draft, name: Option<&Text>) -> Subject {
    Subject {
        customer: draft.customer.clone(),
        customer_name: name.cloned(),
        conversation: draft.conversation.clone(),
        channel: Some(draft.channel.clone()),
        ..Subject::default()
    }
}

/// The part of a body that making and changing share: channel, words, subject, recipients.
fn content(
    channel: &Channel,
    subject: Option<&str>,
    words: &str,
    recipients: &Recipients,
) -> Result<Map<String, Value>, WishError> {
    check("the draft", words, channel.body_limit())?;
    let is_mail = *channel == Channel::Email;
    if !is_mail && has_markup(words) {
        return Err(WishError::Markup { channel: channel.as_str().to_owned() });
    }
    let mut body = Map::new();
    body.insert("channel".into(), json!(channel.as_str()));
    body.insert("body".into(), json!(words));
    for (field, all) in [("to", &recipients.to), ("cc", &recipients.cc), ("bcc", &recipients.bcc)] {
        let (Some(first), false) = (all.first(), *channel == Channel::Note) else { continue };
        for address in all {
            recipient(channel, field, address)?;
        }
        if is_mail {
            body.insert(field.into(), all.iter().map(|address| json!({ "email": address })).collect());
        } else if field == "to" {
            body.insert(field.into(), json!(first));
        }
    }
    if let Some(subject) = subject.map(str::trim).filter(|subject| is_mail && !subject.is_empty()) {
        body.insert("subject".into(), json!(subject));
    }
    if *channel == Channel::Whatsapp {
        body.insert("app".into(), json!("whatsapp"));
    }
    Ok(body)
}

/// Whether something can be an address of this channel at all. The error does not repeat it: it is personal.
fn recipient(channel: &Channel, field: &'static str, address: &str) -> Result<(), WishError> {
    if ["***", "•••", "●●●"].iter().any(|mask| address.contains(mask)) {
        return Err(WishError::Masked { field: field.to_owned() });
    }
    let length = address.chars().count();
    let is_one = match channel {
        Channel::Email => {
            let parts = address.split_once('@');
            let has_both =
                parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
            has_both
                && (3..=256).contains(&length)
                && !address.contains(|c: char| c.is_whitespace() || "<>,;".contains(c))
        }
        Channel::Sms | Channel::Whatsapp => {
            let digits = address.strip_prefix('+').unwrap_or(address);
            (5..=32).contains(&length) && digits.chars().all(|c| c.is_ascii_digit() || " -()".contains(c))
        }
        _ => (1..=256).contains(&length),
    };
    if is_one { Ok(()) } else { Err(WishError::Address { field }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::DraftId;

    fn parts(channel: Channel) -> DraftParts {
        let to = if channel == Channel::Email { "mara@quill.example" } else { "+4915550001122" };
        DraftParts {
            customer: CustomerId::new("66c1"),
            customer_name: None,
            conversation: Some(ConversationId::new("66b1")),
            channel,
            recipients: Recipients { to: vec![to.to_owned()], ..Recipients::default() },
            subject: Some("Re: Parcel".to_owned()),
            body: "Tomorrow.".to_owned(),
            sending: Sending::ByHand,
        }
    }

    fn draft(channel: Channel) -> Draft {
        Draft {
            id: DraftId::new("66d1"),
            customer: Some(CustomerId::new("66c1")),
            conversation: Some(ConversationId::new("66b1")),
            channel,
            status: "draft".to_owned(),
            to: Vec::new(),
            subject: Some("Re: Parcel".into()),
            body: "Tomorrow.".into(),
            send_at: None,
            at: None,
            by: None,
        }
    }

    fn time() -> Timestamp {
        "2025-03-04T15:00:00Z".parse().expect("valid")
    }

    fn body_of(change: &Change) -> Option<&Value> {
        change.requests()[0].body.as_ref()
    }

    #[test]
    fn an_email_draft_waits_and_a_scheduled_one_sends() {
        let change = create_draft(parts(Channel::Email)).expect("a change");
        let expected = json!({"channel": "email", "body": "Tomorrow.", "conversation": "66b1",
            "to": [{"email": "mara@quill.example"}], "subject": "Re: Parcel"});
        assert_eq!((change.effect(), body_of(&change)), (Effect::Draft, Some(&expected)));
        for sending in [Sending::Later(time()), Sending::Now(time())] {
            let change = create_draft(DraftParts { sending, ..parts(Channel::Note) }).expect("a change");
            let expected = json!({"channel": "note", "body": "Tomorrow.", "conversation": "66b1",
                "sendAt": "2025-03-04T15:00:00.000Z", "scheduled": true});
            assert_eq!((change.effect(), body_of(&change)), (Effect::Send, Some(&expected)));
        }
    }

    #[test]
    fn each_channel_has_its_limit_and_its_shape() {
        let long = |n: usize| DraftParts { body: "x".repeat(n), ..parts(Channel::Sms) };
        let change = create_draft(long(1_600)).expect("a change");
        assert_eq!(body_of(&change).and_then(|body| body.get("to")), Some(&json!("+4915550001122")));
        assert!(body_of(&change).is_some_and(|body| body.get("subject").is_none()));
        let error = WishError::TooLong { what: "the draft", length: 1_601, limit: 1_600 };
        assert_eq!(create_draft(long(1_601)), Err(error));
    }

    #[test]
    fn markup_is_told_from_signs_and_stays_out_of_plain_channels() {
        for (text, markup) in
            [("<p>Hi</p>", true), ("line<br/>line", true), ("I <3 it", false), ("a < b > c", false), ("plain", false)]
        {
            assert_eq!(has_markup(text), markup, "{text}");
        }
        let with = |channel| create_draft(DraftParts { body: "<p>Hi</p>".to_owned(), ..parts(channel) });
        assert_eq!(with(Channel::Sms), Err(WishError::Markup { channel: "sms".to_owned() }));
        assert!(with(Channel::Email).is_ok());
    }

    #[test]
    fn recipients_are_checked_and_a_mask_is_never_written_back() {
        let to = |channel: Channel, address: &str| {
            let recipients = Recipients { to: vec![address.to_owned()], ..Recipients::default() };
            create_draft(DraftParts { recipients, ..parts(channel) }).map(drop)
        };
        assert_eq!(to(Channel::Email, "****@quill.example"), Err(WishError::Masked { field: "to".to_owned() }));
        assert_eq!(to(Channel::Sms, "••••1122"), Err(WishError::Masked { field: "to".to_owned() }));
        for wrong in ["mara", "@quill.example", "mara@", "a b@c.d", "a@b@c", "a@b,c@d"] {
            assert_eq!(to(Channel::Email, wrong), Err(WishError::Address { field: "to" }), "{wrong}");
        }
        assert_eq!(to(Channel::Sms, "mara@quill.example"), Err(WishError::Address { field: "to" }));
        let recipients = Recipients { cc: vec!["a@b.c".into()], bcc: vec!["d@e.f".into()], ..Recipients::default() };
        let change = create_draft(DraftParts { recipients, ..parts(Channel::Email) }).expect("a change");
        let body = body_of(&change).expect("a body");
        let expected = (&json!([{"email": "a@b.c"}]), &json!([{"email": "d@e.f"}]), None);
        assert_eq!((&body["cc"], &body["bcc"], body.get("to")), expected);
    }

    #[test]
    fn a_draft_is_sent_with_the_words_that_were_read() {
        let change = send_draft(&draft(Channel::Email), None, time()).expect("a change");
        let expected = json!({"channel": "email", "body": "Tomorrow.", "subject": "Re: Parcel",
            "sendAt": "2025-03-04T15:00:00.000Z"});
        let path = change.requests()[0].path.as_str();
        assert_eq!((change.effect(), path, body_of(&change)), (Effect::Send, "/v1/drafts/66d1", Some(&expected)));
        assert_eq!(change.operation().label(), "PUT /v1/drafts/{id}");
    }

    #[test]
    fn a_change_of_a_scheduled_draft_sends_and_a_deletion_deletes() {
        let edit = DraftEdit { subject: None, body: "Today.".to_owned(), recipients: Recipients::default() };
        let change = update_draft(&draft(Channel::Chat), None, &edit).expect("a change");
        assert_eq!((change.effect(), change.before().len()), (Effect::Draft, 1));
        let scheduled = Draft { send_at: Some(time()), ..draft(Channel::Chat) };
        let change = update_draft(&scheduled, None, &edit).expect("a change");
        assert_eq!((change.effect(), change.warnings().len()), (Effect::Send, 1));
        let change = delete_draft(&scheduled, None);
        assert_eq!(
            (change.effect(), change.requests()[0].method, body_of(&change)),
            (Effect::Delete, Method::Delete, None)
        );
    }

    proptest! {
        #[test]
        fn no_recipient_makes_it_stumble_and_none_with_a_mask_passes(address in ".{0,40}", cut in any::<bool>()) {
            let address = if cut { format!("***{address}") } else { address };
            for channel in [Channel::Email, Channel::Sms, Channel::Chat] {
                let passes = recipient(&channel, "to", &address).is_ok();
                prop_assert!(!(passes && address.contains("***")));
            }
        }
    }
}
