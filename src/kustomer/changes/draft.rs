//! Owns the making of drafts, channel by channel (Kustomer API reference 14). A draft that is scheduled reaches a customer
//! by itself, so it counts as sending.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{WishError, check};
use crate::{
    approval::{Change, ChangeParts, Editable, Effect, Operation, Request, Subject},
    domain::{Channel, ConversationId, CustomerId, Text},
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
    /// The address or number, where the desk should not take it from the conversation.
    pub to: Option<String>,
    /// The subject; e-mail only.
    pub subject: Option<String>,
    /// The words.
    pub body: String,
    /// When the desk shall send it by itself. Without it the draft waits for a person.
    pub send_at: Option<Timestamp>,
}

/// Creates a draft. Drafts take no reference of ours (their schema is closed), so after a lost answer one is looked for
/// by channel, conversation and words.
///
/// # Errors
/// [`WishError::Empty`], [`WishError::TooLong`] against the channel's limit.
pub fn create_draft(parts: DraftParts) -> Result<Change, WishError> {
    let limit = parts.channel.body_limit();
    check("the draft", &parts.body, limit)?;
    let effect = if parts.send_at.is_some() { Effect::Send } else { Effect::Draft };
    let request = Request {
        method: Method::Post,
        path: format!("/v1/customers/{}/drafts", segment(parts.customer.as_str())),
        body: Some(body(&parts)),
    };
    let verb = if parts.send_at.is_some() { "schedule" } else { "create" };
    let mut warnings = Vec::new();
    if let Some(at) = parts.send_at {
        warnings.push(format!("the desk sends it by itself at {}", at.strftime("%Y-%m-%d %H:%M UTC")));
    }
    Ok(Change::new(ChangeParts {
        effect,
        operation: Operation::CreateDraft,
        summary: format!("{verb} a draft ({})", parts.channel.as_str()),
        subject: Subject {
            customer: Some(parts.customer),
            customer_name: parts.customer_name,
            conversation: parts.conversation,
            channel: Some(parts.channel),
        },
        requests: vec![request],
        count: 1,
        warnings,
        editable: Some(Editable { request: 0, pointer: "/body", limit }),
        before: Vec::new(),
    }))
}

fn body(parts: &DraftParts) -> Value {
    let mut body = Map::new();
    body.insert("channel".into(), json!(parts.channel.as_str()));
    body.insert("body".into(), json!(parts.body));
    if let Some(conversation) = &parts.conversation {
        body.insert("conversation".into(), json!(conversation));
    }
    match (&parts.channel, &parts.to) {
        (Channel::Email, Some(to)) => {
            body.insert("to".into(), json!([{"email": to}]));
        }
        (Channel::Note, _) | (_, None) => {}
        (_, Some(to)) => {
            body.insert("to".into(), json!(to));
        }
    }
    if let (Channel::Email, Some(subject)) = (&parts.channel, &parts.subject)
        && !subject.trim().is_empty()
    {
        body.insert("subject".into(), json!(subject));
    }
    if parts.channel == Channel::Whatsapp {
        body.insert("app".into(), json!("whatsapp"));
    }
    if let Some(at) = parts.send_at {
        body.insert("sendAt".into(), json!(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()));
        body.insert("scheduled".into(), json!(true));
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(channel: Channel) -> DraftParts {
        DraftParts {
            customer: CustomerId::new("66c1"),
            customer_name: None,
            conversation: Some(ConversationId::new("66b1")),
            channel,
            to: Some("mara@quill.example".to_owned()),
            subject: Some("Re: Parcel".to_owned()),
            body: "Tomorrow.".to_owned(),
            send_at: None,
        }
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
        let at = "2025-03-04T15:00:00Z".parse().expect("valid");
        let change = create_draft(DraftParts { send_at: Some(at), ..parts(Channel::Note) }).expect("a change");
        let expected = json!({"channel": "note", "body": "Tomorrow.", "conversation": "66b1",
            "sendAt": "2025-03-04T15:00:00.000Z", "scheduled": true});
        assert_eq!((change.effect(), body_of(&change)), (Effect::Send, Some(&expected)));
    }

    #[test]
    fn each_channel_has_its_limit_and_its_shape() {
        let long = |n: usize| DraftParts { body: "x".repeat(n), ..parts(Channel::Sms) };
        let change = create_draft(long(1_600)).expect("a change");
        assert_eq!(body_of(&change).and_then(|body| body.get("to")), Some(&json!("mara@quill.example")));
        assert!(body_of(&change).is_some_and(|body| body.get("subject").is_none()));
        let error = WishError::TooLong { what: "the draft", length: 1_601, limit: 1_600 };
        assert_eq!(create_draft(long(1_601)), Err(error));
    }
}
