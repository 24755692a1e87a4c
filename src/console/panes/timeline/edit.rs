//! Owns which record's own attributes are edited from a timeline: the customer's, or those of the conversation in hand. The form
//! is `console::form`'s.

use crate::{
    console::{
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
    },
    domain::CustomerId,
    kustomer::Editing,
};

/// What the list is opened for.
pub const PURPOSE: &str = "timeline.edit";
const CUSTOMER: &str = "customer";
const CONVERSATION: &str = "conversation";

/// Opens the form, or asks first whose attributes are meant.
pub fn ask(customer: &CustomerId, cx: &mut UpdateCx<'_>) {
    let has_conversation = cx.shared.current.as_ref().is_some_and(|current| current.conversation.is_some());
    if !has_conversation {
        cx.fill(Editing::Customer(customer.clone()), None);
        return;
    }
    let choice = |id: &str, label: &str| Choice { id: id.to_owned(), label: label.to_owned(), detail: String::new() };
    let choices = vec![choice(CUSTOMER, "of the customer"), choice(CONVERSATION, "of this conversation")];
    cx.pick(Picker::new("Edit the attributes", PURPOSE, choices));
}

/// Opens the form that was chosen.
pub fn chose(customer: &CustomerId, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
    if chosen == CUSTOMER {
        cx.fill(Editing::Customer(customer.clone()), None);
        return Ok(());
    }
    let current = cx.shared.current.as_ref().and_then(|current| current.conversation.clone());
    cx.fill(Editing::Conversation(current.ok_or(Cannot("no conversation is in hand any more"))?), None);
    Ok(())
}
