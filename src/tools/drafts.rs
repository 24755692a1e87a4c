//! Owns the tools that propose drafts: unsent words waiting for a person. One for each channel, a line in [`DRAFTS`], so that
//! a channel's rules stand in its schema and are checked before there is a card: HTML goes nowhere but into e-mail, a text
//! fits its channel, and a channel without addresses needs the conversation it answers. Also the three that change, send and
//! delete a draft that is there.

use super::{Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError, params::Arguments};
use crate::{
    approval::{Change, Effect, Preimage},
    domain::{self, Channel, Conversation, ConversationId, Customer, CustomerId, DraftId, Text},
    kustomer::{
        Receipt,
        changes::{self, DraftEdit, DraftParts, Recipients, Sending, has_markup},
    },
};

/// One channel's tool.
#[derive(Debug)]
pub(super) struct Draft {
    /// What it is.
    pub spec: Spec,
    channel: Channel,
    /// The most characters; where it is less than the desk would take, the channel's readers are why.
    limit: usize,
    /// Whether somebody can be written to by an address alone.
    addressed: bool,
}

const CUSTOMER: Param = Param::must("customer_id", Kind::Words(64), "Whom it is for.");
const ANSWERS: Param = Param::must("conversation_id", Kind::Words(64), "Which conversation it answers.");
const MAY_ANSWER: Param =
    Param::may("conversation_id", Kind::Words(64), "Which conversation it answers; without one, `to` is needed.");
const REASON: Param = Param::may("reason", Kind::Words(500), "Why, in one sentence, for the person who approves.");
const NUMBER: Param = Param::may("to", Kind::Words(40), "Another number than the conversation's, or a placeholder.");

const fn words(limit: usize) -> Param {
    Param::must("body", Kind::Words(limit), "The words, plain text, in the customer's language.")
}

macro_rules! drafts {
    ($($name:literal, $channel:expr, $limit:literal, $addressed:literal, $words:literal, $about:literal, [$($param:expr),*], $example:literal;)*) => {
        /// One tool for each channel.
        pub(super) static DRAFTS: &[Draft] = &[$(Draft {
            spec: Spec {
                name: $name, about: $about, words: $words, effect: Effect::Draft, polls: false,
                params: &[CUSTOMER, $($param,)* REASON], example: $example,
            },
            channel: $channel, limit: $limit, addressed: $addressed,
        }),*];
    };
}

#[rustfmt::skip]
drafts! {
    "draft_email", Channel::Email, 10_240, true, "mail reply message write compose respond letter",
        "Write an e-mail as a draft; it is never sent by this. Simple HTML is allowed. A new e-mail needs a subject and `to`. Placeholders are filled in after the person's yes.",
        [MAY_ANSWER, Param::must("body", Kind::Words(10_240), "The words, in the customer's language."), Param::may("subject", Kind::Words(256), "The subject."),
         Param::may("to", Kind::List(20), "Other addresses than the conversation's."), Param::may("cc", Kind::List(20), "Copies."), Param::may("bcc", Kind::List(20), "Blind copies.")],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "conversation_id": "66a1f1d9b7d4e9001c3a6001", "subject": "Re: Parcel", "body": "It arrives tomorrow."}"#;
    "draft_sms", Channel::Sms, 1_600, true, "text message reply write compose respond phone",
        "Write an SMS as a draft, at most 1,600 characters of plain text; it is never sent by this. Placeholders are filled in after the person's yes.",
        [MAY_ANSWER, words(1_600), NUMBER],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "to": "⟦phone:1⟧", "body": "Your parcel arrives tomorrow."}"#;
    "draft_whatsapp", Channel::Whatsapp, 1_600, true, "message reply write compose respond",
        "Write a WhatsApp message as a draft, at most 1,600 characters of plain text; it is never sent by this. Placeholders are filled in after the person's yes.",
        [MAY_ANSWER, words(1_600), NUMBER],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "conversation_id": "66a1f1d9b7d4e9001c3a6001", "body": "Your parcel arrives tomorrow."}"#;
    "draft_chat", Channel::Chat, 1_024, false, "message reply write compose respond live",
        "Write a chat message as a draft, at most 1,024 characters of plain text; it is never sent by this.",
        [ANSWERS, words(1_024)],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "conversation_id": "66a1f1d9b7d4e9001c3a6001", "body": "Are you still there?"}"#;
    "draft_facebook", Channel::Facebook, 2_000, false, "messenger message reply write compose respond social",
        "Write a Facebook Messenger message as a draft, at most 2,000 characters of plain text; it is never sent by this.",
        [ANSWERS, words(2_000)],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "conversation_id": "66a1f1d9b7d4e9001c3a6001", "body": "It is on its way."}"#;
    "draft_instagram", Channel::Instagram, 1_000, false, "message reply write compose respond social",
        "Write an Instagram message as a draft, at most 1,000 characters of plain text; it is never sent by this.",
        [ANSWERS, words(1_000)],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "conversation_id": "66a1f1d9b7d4e9001c3a6001", "body": "It is on its way."}"#;
    "draft_twitter_dm", Channel::TwitterDm, 280, false, "direct message x reply write compose respond social",
        "Write a direct message on Twitter (X) as a draft, at most 280 characters of plain text; it is never sent by this.",
        [ANSWERS, words(280)],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "conversation_id": "66a1f1d9b7d4e9001c3a6001", "body": "It is on its way."}"#;
    "draft_twitter_tweet", Channel::TwitterTweet, 280, false, "tweet post public x reply write compose respond social",
        "Write a public answer on Twitter (X) as a draft, at most 280 characters of plain text; everybody could read it. Personal data has no place in it.",
        [ANSWERS, words(280)],
        r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "conversation_id": "66a1f1d9b7d4e9001c3a6001", "body": "Thank you, we are on it."}"#;
}

impl Draft {
    /// Checks the channel's rules, then proposes.
    pub(super) async fn run(&self, arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let written = arguments.must("body")?;
        self.public(written)?;
        let id = CustomerId::new(arguments.must("customer_id")?);
        let body = cx.fill_for(written, Some(&id))?;
        let subject = arguments.words("subject").map(|subject| cx.fill_for(subject, Some(&id))).transpose()?;
        check(&self.channel, &body, self.limit)?;
        let recipients = recipients(&arguments, &id, cx)?;
        let customer = cx.reader.customer(&id).await?;
        let conversation = self.conversation(&arguments, &customer, cx).await?;
        if conversation.is_none() && recipients.to.is_empty() {
            return Err(ToolError::Arguments("give `conversation_id`, or `to` where it begins one".into()));
        }
        if self.channel == Channel::Email && conversation.is_none() && subject.is_none() {
            return Err(ToolError::Arguments("an e-mail that begins a conversation needs a `subject`".into()));
        }
        let seen = conversation.as_ref().map(Preimage::conversation).unwrap_or_default();
        let change = changes::create_draft(DraftParts {
            customer: customer.id,
            customer_name: Some(customer.name),
            conversation: conversation.map(|conversation| conversation.id),
            channel: self.channel.clone(),
            recipients,
            subject,
            body,
            sending: Sending::ByHand,
        })?
        .since(seen);
        Ok(propose(change, &arguments))
    }

    /// What everybody can read holds no placeholder: what it stands for is personal.
    fn public(&self, written: &str) -> Result<(), ToolError> {
        if self.channel == Channel::TwitterTweet && written.contains(['⟦', '⟧']) {
            return Err(ToolError::Rule("everybody can read a tweet: take the placeholders out".into()));
        }
        Ok(())
    }

    /// The conversation it answers; one of another customer is refused.
    async fn conversation(
        &self,
        arguments: &Arguments,
        customer: &Customer,
        cx: &Cx,
    ) -> Result<Option<Conversation>, ToolError> {
        let Some(id) = arguments.words("conversation_id") else {
            return if self.addressed {
                Ok(None)
            } else {
                Err(ToolError::Arguments("`conversation_id` is empty".into()))
            };
        };
        let conversation = cx.reader.conversation(&ConversationId::new(id)).await?;
        if conversation.customer.as_ref().is_some_and(|owner| *owner != customer.id) {
            return Err(ToolError::Rule("that conversation belongs to another customer".into()));
        }
        Ok(Some(conversation))
    }
}

/// Recipients besides the conversation's own; placeholders are filled in.
fn recipients(arguments: &Arguments, customer: &CustomerId, cx: &Cx) -> Result<Recipients, ToolError> {
    let one = arguments.words("to").map(str::to_owned).into_iter().collect::<Vec<_>>();
    let filled =
        |all: Vec<String>| all.iter().map(|one| cx.fill_for(one.trim(), Some(customer))).collect::<Result<Vec<_>, _>>();
    let to = if one.is_empty() { arguments.list("to") } else { one };
    Ok(Recipients { to: filled(to)?, cc: filled(arguments.list("cc"))?, bcc: filled(arguments.list("bcc"))? })
}

/// A channel's rules for a text (Kustomer API reference 14.3), placeholders filled in: what counts is what would be sent.
fn check(channel: &Channel, body: &str, limit: usize) -> Result<(), ToolError> {
    let (name, length) = (channel.as_str(), body.chars().count());
    if *channel != Channel::Email && has_markup(body) {
        return Err(ToolError::Rule(format!("{name} is plain text; write it without HTML")));
    }
    if length > limit {
        return Err(ToolError::Rule(format!("{name} takes {limit} characters, this has {length}; write it shorter")));
    }
    Ok(())
}

/// The limit of a channel's tool, or the desk's own.
fn limit_of(channel: &Channel) -> usize {
    let own = DRAFTS.iter().find(|draft| draft.channel == *channel).map(|draft| draft.limit);
    own.or_else(|| channel.body_limit()).unwrap_or(usize::MAX)
}

/// What the model is told once a draft is there.
pub(super) fn done(receipt: &Receipt) -> Answer {
    match receipt.objects.first() {
        Some(id) => Answer::done([("draft_id", id.as_str().into())]),
        None => Answer::done([]),
    }
}

fn propose(change: Change, arguments: &Arguments) -> Outcome {
    Outcome::Propose { change: Box::new(change), reason: Text::from(arguments.words("reason").unwrap_or_default()) }
}

/// Proposes other words for a draft.
pub(super) struct DraftUpdate;
/// Proposes to send a draft as it is.
pub(super) struct DraftSend;
/// Proposes to delete a draft.
pub(super) struct DraftDelete;

const DRAFT: Param = Param::must("draft_id", Kind::Words(64), "The draft's id, from customer_drafts.");
const WHOSE: Param = Param::must("customer_id", Kind::Words(64), "Whose draft it is.");
const EXAMPLE: &str = r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "draft_id": "66a1f30eb7d4e9001c3a8001"}"#;

/// A draft among its customer's: there is no read of one (Kustomer API reference 14.1).
async fn read(arguments: &Arguments, cx: &Cx) -> Result<(domain::Draft, Customer), ToolError> {
    let customer = cx.reader.customer(&CustomerId::new(arguments.must("customer_id")?)).await?;
    let wanted = DraftId::new(arguments.must("draft_id")?);
    let draft = cx.reader.drafts_of(&customer.id).await?.into_iter().find(|draft| draft.id == wanted);
    Ok((draft.ok_or(ToolError::NotFound { what: "draft" })?, customer))
}

impl Code for DraftUpdate {
    const SPEC: Spec = Spec {
        name: "draft_update",
        about: "Change the words of a draft that is there; its channel and recipients stay. The channel's rules hold. A draft \
                that is scheduled will still go out by itself.",
        words: "edit rewrite shorten",
        effect: Effect::Draft,
        polls: false,
        params: &[
            WHOSE,
            DRAFT,
            Param::must("body", Kind::Words(10_240), "The new words, whole."),
            Param::may("subject", Kind::Words(256), "The new subject; e-mail only."),
            REASON,
        ],
        example: r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10", "draft_id": "66a1f30eb7d4e9001c3a8001", "body": "Tomorrow."}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let (draft, customer) = read(&arguments, cx).await?;
        let whose = Some(&customer.id);
        let body = cx.fill_for(arguments.must("body")?, whose)?;
        let subject = arguments.words("subject").map(|subject| cx.fill_for(subject, whose)).transpose()?;
        if subject.is_some() && draft.channel != Channel::Email {
            return Err(ToolError::Rule(format!("{} has no subject; leave it out", draft.channel.as_str())));
        }
        check(&draft.channel, &body, limit_of(&draft.channel))?;
        let subject = subject.or_else(|| draft.subject.as_ref().map(|subject| subject.raw().to_owned()));
        let edit = DraftEdit { subject, body, recipients: Recipients::default() };
        Ok(propose(changes::update_draft(&draft, Some(&customer.name), &edit)?, &arguments))
    }

    async fn done(_change: &Change, receipt: &Receipt, _cx: &Cx) -> Answer {
        done(receipt)
    }
}

impl Code for DraftSend {
    const SPEC: Spec = Spec {
        name: "draft_send",
        about: "Send a draft to the customer now, with the words it has. Only when the person asked for it to be sent.",
        words: "deliver dispatch message reply",
        effect: Effect::Send,
        polls: false,
        params: &[WHOSE, DRAFT, REASON],
        example: EXAMPLE,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let (draft, customer) = read(&arguments, cx).await?;
        check(&draft.channel, draft.body.raw(), limit_of(&draft.channel))?;
        Ok(propose(changes::send_draft(&draft, Some(&customer.name), cx.clock.now())?, &arguments))
    }
}

impl Code for DraftDelete {
    const SPEC: Spec = Spec {
        name: "draft_delete",
        about: "Delete a draft for good: its words are gone. Nothing is sent.",
        words: "remove discard throw away",
        effect: Effect::Delete,
        polls: false,
        params: &[WHOSE, DRAFT, REASON],
        example: EXAMPLE,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let (draft, customer) = read(&arguments, cx).await?;
        Ok(propose(changes::delete_draft(&draft, Some(&customer.name)), &arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_goes_into_email_only_and_a_text_fits_its_channel() {
        for draft in DRAFTS {
            let check = |body: &str| check(&draft.channel, body, draft.limit).map_err(|error| error.to_string());
            assert_eq!(check("<p>Hi</p>").is_ok(), draft.channel == Channel::Email, "{}", draft.spec.name);
            assert!(check(&"é".repeat(draft.limit)).is_ok(), "{}", draft.spec.name);
            let long = check(&"é".repeat(draft.limit + 1)).expect_err("too long");
            assert!(long.contains(&draft.limit.to_string()), "{long}");
            // Never more than the desk takes, and the schema says the same.
            assert!(draft.channel.body_limit().is_some_and(|most| draft.limit <= most), "{}", draft.spec.name);
            let body = draft.spec.params.iter().find(|param| param.name == "body").map(|param| param.kind);
            assert_eq!(body, Some(Kind::Words(draft.limit)), "{}", draft.spec.name);
            assert_eq!(limit_of(&draft.channel), draft.limit);
        }
    }

    #[test]
    fn a_channel_without_addresses_needs_its_conversation() {
        for draft in DRAFTS {
            let need = draft.spec.params.iter().find(|param| param.name == "conversation_id").map(|param| param.need);
            let expected = if draft.addressed { super::super::Need::May } else { super::super::Need::Must };
            assert_eq!(need, Some(expected), "{}", draft.spec.name);
            assert_eq!(draft.spec.params.iter().any(|param| param.name == "to"), draft.addressed);
            assert_eq!(draft.spec.params.iter().any(|param| param.name == "subject"), draft.channel == Channel::Email);
        }
    }

    #[test]
    fn every_channel_the_desk_drafts_on_has_its_tool() {
        for literal in ["email", "sms", "whatsapp", "chat", "facebook", "instagram", "twitter-dm", "twitter-tweet"] {
            assert!(DRAFTS.iter().any(|draft| draft.channel == Channel::parse(literal)), "{literal}");
        }
    }

    #[test]
    fn a_tweet_holds_no_placeholder() {
        let tweet = DRAFTS.iter().find(|draft| draft.channel == Channel::TwitterTweet).expect("a tool");
        assert!(tweet.public("call ⟦phone:1⟧").is_err() && tweet.public("we are on it").is_ok());
    }
}
