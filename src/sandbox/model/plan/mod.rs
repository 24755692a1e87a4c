//! Owns what the scripted model does next: one straight-line plan for each intent. Does not recognise intents (`intent`) nor
//! put answers on the wire (`answer`).
//!
//! A plan is written as if calls returned at once. [`run::Run`] replays it against the answers already in the dialogue; the
//! first call without an answer becomes the model's next move. So the planner keeps no state between requests.
//!
//! Invariant: a plan says only what the person said, the context holds or a tool returned, and calls only tools on offer.

mod abroad;
mod facts;
mod investigate;
mod locate;
mod outage;
mod phone;
mod reply;
mod run;
mod runbook;
mod small;

use super::{answer::Answer, dialogue::Dialogue, intent::Intent, request::Request};
use run::{Play, Run};

/// The model's next move.
pub(super) fn next(request: &Request) -> Answer {
    let dialogue = Dialogue::read(request);
    let mut run = Run::new(&dialogue, request);
    if run.is_planning() {
        if let Some(prose) = runbook::shown(&dialogue) {
            return Answer::Prose(prose);
        }
        let played = play(&mut run, &dialogue.intent);
        return run.into_runbook().next(played, &dialogue);
    }
    match play(&mut run, &dialogue.intent) {
        Ok(prose) => Answer::Prose(prose),
        Err(answer) => answer,
    }
}

fn play(run: &mut Run<'_>, intent: &Intent) -> Play<String> {
    match intent {
        Intent::Investigate(wish) => investigate::play(run, wish),
        Intent::BulkRecords => outage::create(run),
        Intent::BulkStatus => outage::status(run),
        Intent::SyncPhone => phone::play(run),
        Intent::Draft => reply::play(run),
        Intent::Note(text) => small::note(run, text),
        Intent::Summarise => small::summarise(run),
        Intent::Records { klass, number } => small::records(run, klass, number.as_deref()),
        Intent::Find(query) => small::find(run, query),
        Intent::Overview => small::overview(run),
        Intent::Klasses => small::klasses(run),
        Intent::Help => Ok(small::help(run)),
        Intent::Unclear => Ok(small::unclear(run)),
    }
}

#[cfg(test)]
mod journeys;
