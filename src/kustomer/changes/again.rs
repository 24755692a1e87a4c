//! Owns the rules of a text that a person edited on its card: the same the desk and the channel have for a new one. Makes no
//! change.

use super::{WishError, has_markup};
use crate::{
    approval::{Change, Effect},
    domain::Channel,
};

/// Checks the main text of a change once more.
///
/// # Errors
/// [`WishError::Empty`], [`WishError::TooLong`] against the channel's limit, [`WishError::Markup`] where the channel is plain
/// text.
pub fn recheck(change: &Change) -> Result<(), WishError> {
    let Some((text, limit)) = change.editable_text() else { return Ok(()) };
    let what = "the text";
    if text.trim().is_empty() {
        return Err(WishError::Empty { what });
    }
    let channel = change.subject().channel.as_ref();
    let leaves = matches!(change.effect(), Effect::Draft | Effect::Send);
    let limit = limit.or_else(|| channel.filter(|_| leaves).and_then(Channel::body_limit));
    let length = text.chars().count();
    if let Some(limit) = limit.filter(|limit| length > *limit) {
        return Err(WishError::TooLong { what, length, limit });
    }
    match channel {
        Some(channel) if leaves && *channel != Channel::Email && has_markup(text) => {
            Err(WishError::Markup { channel: channel.as_str().to_owned() })
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomer::changes::{DraftParts, Recipients, Sending, create_draft};

    fn draft(channel: Channel) -> Change {
        let parts = DraftParts {
            customer: crate::domain::CustomerId::new("66c1"),
            customer_name: None,
            conversation: None,
            channel,
            recipients: Recipients::default(),
            subject: None,
            body: "Hello".into(),
            sending: Sending::ByHand,
        };
        create_draft(parts).expect("a draft")
    }

    #[test]
    fn an_edited_text_keeps_the_rules_of_its_channel() {
        let edited = |channel: Channel, text: &str| recheck(&draft(channel).with_text(text).expect("a text"));
        assert_eq!(edited(Channel::Sms, "Hello again"), Ok(()));
        assert!(matches!(edited(Channel::Sms, "<b>Hello</b>"), Err(WishError::Markup { .. })));
        assert_eq!(edited(Channel::Email, "<b>Hello</b>"), Ok(()));
        assert!(matches!(edited(Channel::Sms, " \n"), Err(WishError::Empty { .. })));
        let limit = Channel::Sms.body_limit().expect("an SMS has one");
        assert_eq!(edited(Channel::Sms, &"x".repeat(limit)), Ok(()));
        let long = edited(Channel::Sms, &"x".repeat(limit + 1));
        assert_eq!(long, Err(WishError::TooLong { what: "the text", length: limit + 1, limit }));
    }
}
