//! Owns the doing of what a turn asks for, so that the console's loop and the command line's stay thin: an act goes in, an
//! event comes out. Keeps no state and holds no permission: a change a tool wants comes back as [`Ran::Propose`], for the
//! approval desk of whoever runs the loop.
//!
//! ```text
//! Act::CallModel ─ call_model ─> Event::Model …          Act::RunTool ─ run_tool ─┬─> Event::Call(Answered | Failed)
//!                                                                                 └─> Propose ─ desk ─┬─ writer ─ done
//!                                                                                                     └─ refused
//! ```

mod command;

use std::time::Duration;

use futures::{Stream, StreamExt};

use super::{CallId, Context, Event, Message, Model, Round, Step, ToolCall, Veiled};
use crate::{
    approval::{Change, Denied, Facts, Refusal, RefusedBy},
    domain::Text,
    kustomer::{OutletError, Receipt, WriteError},
    privacy::Vault,
    tools::{Answer, Cx, Outcome, ToolError},
    transport::hearing,
};

/// What became of a tool that was run.
#[derive(Debug)]
pub enum Ran {
    /// It is answered.
    Event(Event),
    /// It wants a change: put it before the person, tell the turn [`Step::Proposed`], and end with [`done`],
    /// [`not_done`], [`refused`] or [`denied`].
    Propose {
        /// For which call.
        call: CallId,
        /// The exact change.
        change: Box<Change>,
        /// The model's reason: untrusted words.
        reason: Text,
    },
}

/// What was performed, to be told to the model.
#[derive(Clone, Copy, Debug)]
pub struct Performed<'a> {
    /// For which call.
    pub call: CallId,
    /// The tool that had proposed it.
    pub tool: &'a str,
    /// As it was approved, edits included.
    pub change: &'a Change,
    /// What the desk made of it.
    pub receipt: &'a Receipt,
}

/// A question of the person's, with what is on screen.
pub fn ask(vault: &Vault, typed: &str, context: Context) -> Event {
    Event::Asked { typed: Text::from(typed), veiled: Veiled::of(vault, typed), context }
}

/// Asks the model, with the tools on offer in this round. What a person let it see is put in here, on the way out, and nowhere
/// else; a model at another endpoint than the one their card named reads placeholders. Dropping the stream drops the
/// connection.
pub fn call_model(
    model: &Model,
    round: Round,
    messages: &[Message],
    cx: &Cx,
) -> impl Stream<Item = Event> + Send + use<> {
    let tools = round.offer.wire(&cx.kit);
    let asked = if model.endpoint() == cx.vault.endpoint().trim().trim_end_matches('/') {
        let told: Vec<Message> = messages.iter().map(|message| message.told(&cx.vault)).collect();
        model.answer(&told, &tools)
    } else {
        model.answer(messages, &tools)
    };
    asked.map(move |said| Event::Model(round, said))
}

/// Runs a tool. Beside what became of it comes what it asked of the desk, to be told to the turn first.
pub async fn run_tool(call: ToolCall, cx: &Cx) -> (Event, Ran) {
    let id = call.id;
    let (ran, heard) = hearing(run(call, cx)).await;
    let sent = match &ran {
        Ran::Propose { change, .. } => change.requests().iter().map(|wish| command::of_wish(wish, &cx.vault)).collect(),
        Ran::Event(_) => heard.iter().map(|heard| command::of_read(heard, &cx.vault)).collect(),
    };
    (Event::Call(id, Step::Sent(sent)), ran)
}

async fn run(call: ToolCall, cx: &Cx) -> Ran {
    let ToolCall { id, name, arguments } = call;
    let Some(tool) = cx.kit.shelf().by_name(name) else {
        return Ran::Event(failed(id, &ToolError::NotFound { what: "tool" }, cx));
    };
    let began = cx.clock.elapsed();
    match tool.run(arguments, cx).await {
        Ok(Outcome::Answer(answer)) => {
            Ran::Event(Event::Call(id, Step::Answered { answer, took_ms: ms_since(began, cx) }))
        }
        Ok(Outcome::Propose { change, reason }) => {
            let facts = Facts { tool: Some(tool.rule_name().to_owned()), segment: None };
            Ran::Propose { call: id, change: Box::new(change.known(facts)), reason }
        }
        Err(error) => Ran::Event(failed(id, &error, cx)),
    }
}

fn failed(call: CallId, error: &ToolError, cx: &Cx) -> Event {
    Event::Call(call, Step::Failed { answer: error.answer(&cx.vault) })
}

/// An approved change was performed.
pub async fn done(performed: Performed<'_>, cx: &Cx) -> Event {
    let Performed { call, tool, change, receipt } = performed;
    let began = cx.clock.elapsed();
    let answer = match cx.kit.shelf().by_name(tool) {
        Some(tool) => tool.done(change, receipt, cx).await,
        None => Answer::error("unknown_tool", "it was done, but its tool is not known any more", &cx.vault),
    };
    Event::Call(call, Step::Answered { answer, took_ms: ms_since(began, cx) })
}

fn ms_since(began: Duration, cx: &Cx) -> u64 {
    u64::try_from(cx.clock.elapsed().saturating_sub(began).as_millis()).unwrap_or(u64::MAX)
}

/// Adds what the person wanted told along with their yes.
pub fn with_note(event: Event, note: &str, vault: &Vault) -> Event {
    match event {
        Event::Call(call, Step::Answered { answer, took_ms }) if !note.is_empty() => {
            Event::Call(call, Step::Answered { answer: answer.with_note(note, vault), took_ms })
        }
        other => other,
    }
}

/// An approved change did not end well.
pub fn not_done(call: CallId, error: &WriteError, vault: &Vault) -> Event {
    let code = match error {
        WriteError::Trail(_)
        | WriteError::Planless(_)
        | WriteError::Refused(_)
        | WriteError::Tool(OutletError::NotCalled(_) | OutletError::Changed(_) | OutletError::Refused { .. }) => {
            "not_done"
        }
        WriteError::Tool(OutletError::Failed(_)) => "tool_failed",
        WriteError::Partly { .. } => "partly_done",
        WriteError::Unclear { .. } | WriteError::Tool(OutletError::Unclear(_)) => "unclear",
        WriteError::Unrecorded { .. } => "done_but_not_recorded",
    };
    let said = if let WriteError::Tool(error) = error { error.said() } else { None };
    let said = said.map(|said| format!(" It says: {}", said.raw())).unwrap_or_default();
    let words = format!("{error}. {}. Do not repeat it by yourself.{said}", error.next());
    Event::Call(call, Step::Failed { answer: Answer::error(code, &words, vault) })
}

/// A person, or the lack of one, said no.
pub fn refused(call: CallId, refusal: &Refusal, vault: &Vault) -> Event {
    let step = match &refusal.by {
        RefusedBy::Changes(what) => Step::Returned { changes: Veiled::of(vault, what) },
        RefusedBy::Person(_) | RefusedBy::Expiry | RefusedBy::Closing | RefusedBy::Tampering | RefusedBy::Moved(_) => {
            Step::Refused { reason: Veiled::of(vault, &refusal.why()) }
        }
    };
    Event::Call(call, step)
}

/// The change never became a card.
pub fn denied(call: CallId, denied: &Denied, vault: &Vault) -> Event {
    Event::Call(call, Step::Refused { reason: Veiled::of(vault, &denied.to_string()) })
}

/// One person said yes where two have to: the call ends, not done.
pub fn waits_for_second(call: CallId, vault: &Vault) -> Event {
    let words = "not done yet: one person approved it and a second one has to; do not ask for it again";
    Event::Call(call, Step::Refused { reason: Veiled::of(vault, words) })
}

#[cfg(test)]
mod tests;
