//! Owns the tool that proposes a draft: unsent words waiting for a person. The channel's rules are checked before there is
//! a card.

use super::{Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError, params::Arguments};
use crate::{
    approval::{Change, Effect, Preimage},
    domain::{Channel, ConversationId, CustomerId, Text},
    kustomer::{
        Receipt,
        changes::{self, DraftParts, Recipients, Sending, has_markup},
    },
};

/// Proposes a draft on one channel.
pub(super) struct DraftCreate;

impl Code for DraftCreate {
    const SPEC: Spec = Spec {
        name: "draft_create",
        about: "Write a reply as a draft; it is never sent by this. email may hold simple HTML and needs a subject when it \
                begins a conversation; sms, whatsapp and chat are plain text (sms and whatsapp up to 1,600 characters, chat \
                up to 1,024). Placeholders are filled in after the person's yes.",
        effect: Effect::Draft,
        polls: false,
        params: &[
            Param::must("customer_id", Kind::Words(64), "Whom it is for."),
            Param::may("conversation_id", Kind::Words(64), "Which conversation it answers."),
            Param::must(
                "channel",
                Kind::OneOf(&["email", "chat", "sms", "whatsapp", "facebook", "instagram", "twitter-dm"]),
                "The channel.",
            ),
            Param::must("body", Kind::Words(10_240), "The words, in the customer's language."),
            Param::may("subject", Kind::Words(256), "E-mail only."),
            Param::may("reason", Kind::Words(500), "Why, in one sentence, for the person who approves."),
        ],
        example: r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "channel": "whatsapp", "body": "Your parcel arrives tomorrow."}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let channel = Channel::parse(arguments.must("channel")?);
        let body = cx.fill(arguments.must("body")?)?;
        let subject = arguments.words("subject").map(|subject| cx.fill(subject)).transpose()?;
        check(&channel, &body, subject.as_deref())?;
        let customer = cx.reader.customer(&CustomerId::new(arguments.must("customer_id")?)).await?;
        let conversation = match arguments.words("conversation_id") {
            Some(id) => {
                let conversation = cx.reader.conversation(&ConversationId::new(id)).await?;
                if conversation.customer.as_ref().is_some_and(|owner| *owner != customer.id) {
                    return Err(ToolError::Rule("that conversation belongs to another customer".into()));
                }
                Some(conversation)
            }
            None => None,
        };
        let seen = conversation.as_ref().map(Preimage::conversation).unwrap_or_default();
        let change = changes::create_draft(DraftParts {
            customer: customer.id,
            customer_name: Some(customer.name),
            conversation: conversation.map(|conversation| conversation.id),
            channel,
            recipients: Recipients::default(),
            subject,
            body,
            sending: Sending::ByHand,
        })?
        .since(seen);
        let reason = Text::from(arguments.words("reason").unwrap_or_default());
        Ok(Outcome::Propose { change: Box::new(change), reason })
    }

    async fn done(_change: &Change, receipt: &Receipt, _cx: &Cx) -> Answer {
        match receipt.objects.first() {
            Some(id) => Answer::done([("draft_id", id.as_str().into())]),
            None => Answer::done([]),
        }
    }
}

/// The channel's rules (Kustomer API reference 14.3); lengths are checked where the change is made.
fn check(channel: &Channel, body: &str, subject: Option<&str>) -> Result<(), ToolError> {
    let name = channel.as_str();
    if *channel != Channel::Email {
        if subject.is_some() {
            return Err(ToolError::Rule(format!("{name} has no subject; leave it out")));
        }
        if has_markup(body) {
            return Err(ToolError::Rule(format!("{name} is plain text; write it without HTML")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_channels_take_neither_html_nor_subjects() {
        assert!(check(&Channel::Email, "<p>Hi</p>", Some("Hello")).is_ok());
        assert!(check(&Channel::Sms, "<p>Hi</p>", None).is_err());
        assert!(check(&Channel::Whatsapp, "Hi", Some("Hello")).is_err());
    }
}
