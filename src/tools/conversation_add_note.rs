//! Owns the tool that proposes a private note.

use super::{Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError, customers, params::Arguments};
use crate::{
    approval::{Change, Effect},
    domain::{ConversationId, Text},
    kustomer::{Receipt, changes},
};

/// Proposes a note on one conversation.
pub(super) struct ConversationAddNote;

impl Code for ConversationAddNote {
    const SPEC: Spec = Spec {
        name: "conversation_add_note",
        about: "Leave a private note on a conversation, seen by colleagues only. Placeholders in it are filled in after the \
                person's yes. Plain text.",
        words: "comment internal write summary",
        effect: Effect::Write,
        polls: false,
        params: &[
            Param::must("conversation_id", Kind::Words(64), "The conversation's id."),
            Param::must("body", Kind::Words(10_240), "The note."),
            Param::may("reason", Kind::Words(500), "Why, in one sentence, for the person who approves."),
        ],
        example: r#"{"conversation_id": "66a1f0c2b7d4e9001c3a5f10", "body": "Called back on ⟦phone:1⟧."}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let written = arguments.must("body")?;
        let id = ConversationId::new(arguments.must("conversation_id")?);
        let conversation = cx.reader.conversation(&id).await?;
        let body = cx.fill_for(written, conversation.customer.as_ref())?;
        let name = customers::name_of(conversation.customer.as_ref(), cx).await;
        let reference = cx.reference(&["note", id.as_str(), written]);
        let change = changes::add_note(&conversation, name.as_ref(), &body, &reference)?;
        let reason = arguments.words("reason").unwrap_or_default();
        Ok(Outcome::Propose { change: Box::new(change), reason: Text::from(reason) })
    }

    async fn done(_change: &Change, receipt: &Receipt, _cx: &Cx) -> Answer {
        match receipt.objects.first() {
            Some(id) => Answer::done([("note_id", id.as_str().into())]),
            None => Answer::done([]),
        }
    }
}
