//! Owns the road from a wish to an effect as the console walks it: cards put up, answered, edited, expired, performed, and
//! the assistant told each time. The decision itself is the desk's (`approval::Desk`).

use super::{answers, asked, compose, form, own, standing, uncover, vigilance, windows, with_pane};

mod edit;
mod line;

pub use edit::written;
pub use line::{answer, list, on_list, take};

use std::time::Duration;

use crate::{
    approval::{
        Author, Change, Decision, Facts, NotYet, Operation, Press, Proposal, ProposalId, Refusal, RefusedBy, Segment,
        Verdict,
    },
    assistant::{Act, CallId, Event, Step, plan::Field},
    console::{
        actions::Action,
        effect::{Effect, Fetch, ToolRef},
        overlays::{
            self,
            approval::{Ask, Card, Look, Mode},
        },
        panes::PaneId,
        remote::Problem,
        state::{Overlay, State},
        widgets::{input::Input, list},
    },
    domain::Text,
    kustomer::{Receipt, Settled},
};

/// For how many minutes a card is put off, unless another number is typed.
const REST: &str = "5";

/// Hands an event to the assistant's turn and does what it wants.
pub fn assistant(state: &mut State, event: Event) -> Vec<Effect> {
    let acts = state.panes.assistant.handle(event);
    let mut effects = Vec::new();
    for act in acts {
        match act {
            Act::CallModel { .. } | Act::RunTool(_) => effects.push(Effect::Assistant(act)),
            Act::Withdraw(proposal) => {
                effects.extend(state.desk.withdraw(proposal).map(|refusal| Effect::Refused(refusal, None)));
            }
        }
    }
    effects.extend(state.panes.assistant.unwritten());
    effects
}

/// A field of a plan's step came back veiled.
pub fn step_edited(state: &mut State, at: usize, field: &Field, words: &Text) -> Vec<Effect> {
    state.notice = state.panes.assistant.step_edited(at, field, words).err();
    state.panes.assistant.unwritten()
}

/// A tool wants a change: it becomes a card, or the model is told why not.
pub fn proposed(state: &mut State, call: CallId, change: Change, reason: Text) -> Vec<Effect> {
    let model = state.shared.model.value().cloned().unwrap_or_else(|| "model".to_owned());
    let now = state.shared.moment.elapsed;
    let turn = state.panes.assistant.turn();
    let (change, reason) = (turn.marked(call, change), turn.reason(reason));
    let change = known(state, windows::told(state, change));
    match state.desk.submit(change, Author::Assistant { model }, reason, now) {
        Ok(proposal) => {
            state.parked = false;
            assistant(state, Event::Call(call, Step::Proposed(proposal)))
        }
        Err(denied) => vec![Effect::Denied(denied, call)],
    }
}

/// Puts the most urgent card on screen, unless somebody is typing; takes an answered one away. A card that is on screen stays
/// there whatever arrives.
pub fn settle_card(state: &mut State) {
    if state.desk.is_empty() && state.card.is_none() {
        state.parked = false;
        return;
    }
    line::follow_clocks(state);
    if state.card.as_ref().is_some_and(|card| state.desk.proposal_of(card.proposal).is_none()) {
        state.card = None;
    }
    if state.card.is_none() {
        state.desk.put_aside();
    }
    let Some(proposal) = state.desk.current().map(Proposal::id) else {
        state.parked = false;
        return;
    };
    // What a person is being told comes first: the card waits behind it.
    let is_in_use = matches!(state.overlay, Some(Overlay::Leaving | Overlay::Waiting(_) | Overlay::Notice(_)));
    if state.card.is_none() && !state.parked && !state.is_busy_typing() && !is_in_use {
        uncover(state);
        state.desk.show(proposal);
        state.card = Some(Card::new(proposal));
    }
}

/// The card, or the list of all that are alike, was on screen.
pub fn painted(state: &mut State, proposal: ProposalId, at: Duration, to_the_end: bool) {
    match &state.card {
        Some(card) if card.proposal == proposal && matches!(card.mode, Mode::Alike) => {
            let is_whole = overlays::approval::follow(state) && to_the_end;
            state.desk.painted_batch(at, is_whole);
        }
        _ => state.desk.painted(proposal, at, to_the_end),
    }
}

/// An action on the card, with the proof of the key that caused it.
pub fn on_card(state: &mut State, action: Action, press: Press) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    card.says = None;
    // Any other key takes back a yes that still waits for its look at the desk.
    card.held = None;
    match action {
        Action::Approve => return approve(state, press),
        Action::Submit => return submit(state, press),
        Action::Edit => edit::begin(state),
        Action::EditOutside => return edit::outside(state),
        Action::UseText => return edit::take(state),
        Action::Refuse | Action::AskChanges | Action::Tell | Action::Defer => ask_by(state, action),
        Action::Alike => gather(state),
        Action::OtherCard => return list(state),
        Action::Leave | Action::DropText => leave(state),
        Action::Park if matches!(card.mode, Mode::Alike) => {
            card.mode = Mode::Reading;
            state.desk.scatter();
        }
        Action::Park => {
            state.card = None;
            state.parked = true;
        }
        moving => scroll(state, moving),
    }
    Vec::new()
}

/// Back from a line of words or the editor to what was read before: the one card, or the list of all that are alike.
fn leave(state: &mut State) {
    let is_batch = !state.desk.batch().is_empty();
    if let Some(card) = &mut state.card {
        card.mode = if is_batch { Mode::Alike } else { Mode::Reading };
    }
}

/// Opens the line an action asks its words in.
pub fn ask_by(state: &mut State, action: Action) {
    match action {
        Action::Refuse => ask(state, Ask::Reason),
        Action::AskChanges => ask(state, Ask::Changes),
        Action::Tell => ask(state, Ask::Note),
        Action::Defer => ask(state, Ask::Minutes),
        _ => {}
    }
}

/// Opens a line for words about the card.
fn ask(state: &mut State, what: Ask) {
    let Some(card) = &mut state.card else { return };
    let Some(proposal) = state.desk.proposal_of(card.proposal) else { return };
    if matches!(card.mode, Mode::Alike) && what != Ask::Reason {
        card.says = Some("that is done to one of them at a time; go back to the one card first".to_owned());
        return;
    }
    let is_own = *proposal.author() == Author::Person;
    card.mode = match what {
        Ask::Changes | Ask::Note if is_own => {
            card.says = Some("you want this yourself: there is nobody to tell; edit it instead".to_owned());
            return;
        }
        Ask::Note => Mode::Line(what, Input::with(proposal.note())),
        Ask::Minutes => Mode::Line(what, Input::with(REST)),
        Ask::Reason | Ask::Because | Ask::Changes => Mode::Line(what, Input::default()),
    };
}

/// A line of words about the card was typed.
fn submit(state: &mut State, press: Press) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    let Mode::Line(asked, input) = &card.mode else { return Vec::new() };
    let words = input.words().trim().to_owned();
    match asked {
        Ask::Reason => decide(state, Verdict::Refuse { reason: words }, press),
        Ask::Because => approve_because(state, &words, press),
        Ask::Changes => decide(state, Verdict::Change { what: words }, press),
        Ask::Note => {
            state.desk.annotate(card.proposal, &words);
            card.mode = Mode::Reading;
            Vec::new()
        }
        Ask::Minutes => {
            defer(state, &words, press);
            Vec::new()
        }
    }
}

fn defer(state: &mut State, words: &str, press: Press) {
    let Some(card) = &mut state.card else { return };
    let Some(minutes) = words.parse::<u64>().ok().filter(|minutes| (1..=60).contains(minutes)) else {
        card.says = Some("type a number of minutes, from 1 to 60".to_owned());
        return;
    };
    match state.desk.defer(card.proposal, Duration::from_mins(minutes), press, state.shared.moment.elapsed) {
        Ok(()) => {
            state.card = None;
            let s = if minutes == 1 { "" } else { "s" };
            state.notice = Some(format!("put off for {minutes} minute{s}; it comes back by itself"));
        }
        Err(why) => card.says = Some(why.to_string()),
    }
}

/// Shows all that are alike in one list.
fn gather(state: &mut State) {
    let Some(card) = &mut state.card else { return };
    if matches!(card.mode, Mode::Alike) {
        return;
    }
    if state.desk.gather(card.proposal) < 2 {
        card.says = Some("nothing else that waits is like this one".to_owned());
        return;
    }
    card.mode = Mode::Alike;
    (card.top, card.seen) = (0, 0);
    card.count.clear();
    // Each that stands in the list is looked at before it counts.
    card.look = Look::default();
}

/// Moves in the card's text.
pub fn scroll(state: &mut State, moving: Action) {
    let (last, room) = overlays::approval::reach(state);
    if let Some(card) = &mut state.card {
        let top = card.top.min(last);
        let to = list::moved(moving, top, last).unwrap_or(card.top);
        // A page is never more than is on screen: nothing is leapt over unread.
        let is_leap = matches!(moving, Action::Top | Action::Bottom);
        card.top = if is_leap { to } else { to.clamp(top.saturating_sub(room), top + room) };
    }
}

fn approve(state: &mut State, press: Press) -> Vec<Effect> {
    let typed = state.card.as_ref().and_then(|card| card.count.words().trim().parse().ok());
    standing::approve(state, Verdict::Approve { typed }, press)
}

/// The person said why they approve: it is kept with each that is answered, and the key that ended it is the yes.
fn approve_because(state: &mut State, words: &str, press: Press) -> Vec<Effect> {
    let ids: Vec<ProposalId> = overlays::approval::asked(state).into_iter().map(Proposal::id).collect();
    for id in ids {
        state.desk.because(id, Text::new(words));
    }
    leave(state);
    approve(state, press)
}

/// The change with what this console knows of its customer, where a rule looks at that and nobody looked yet.
pub fn known(state: &State, change: Change) -> Change {
    let has_it = change.facts().segment.is_some() || !state.desk.policy().looks_at_customers();
    let current =
        state.shared.current.as_ref().filter(|current| change.subject().customer.as_ref() == Some(&current.customer));
    let Some((current, names)) = current.zip(state.shared.directory.value()).filter(|_| !has_it) else { return change };
    let Some(person) = current.person.value() else { return change };
    let conversation = change.subject().conversation.as_ref();
    let details = current.details.value().filter(|row| conversation.is_none_or(|id| *id == row.id));
    if conversation.is_some() && details.is_none() {
        return change;
    }
    let segment = Some(Segment::of(person, details, names));
    let facts = Facts { segment, ..change.facts().clone() };
    change.known(facts)
}

/// Brings an answer to the desk.
pub fn decide(state: &mut State, verdict: Verdict, press: Press) -> Vec<Effect> {
    let is_yes = matches!(verdict, Verdict::Approve { .. }) && state.card.is_some();
    if is_yes && let Some(effects) = windows::restated(state) {
        return effects;
    }
    let Some(card) = &mut state.card else { return Vec::new() };
    let (id, now) = (card.proposal, state.shared.moment.elapsed);
    let decided = if state.desk.batch().is_empty() {
        state.desk.decide(id, verdict, press, now).map(|decision| vec![decision])
    } else {
        state.desk.decide_batch(verdict, press, now)
    };
    match decided {
        Ok(decisions) => {
            state.card = None;
            let effects = decisions.into_iter().flat_map(|decision| decided_one(state, decision));
            effects.collect()
        }
        Err(why) => {
            if state.desk.batch().is_empty() && matches!(card.mode, Mode::Alike) {
                card.mode = Mode::Reading;
            }
            if why == NotYet::Reason {
                card.mode = Mode::Line(Ask::Because, Input::default());
            } else {
                card.says = Some(why.to_string());
            }
            Vec::new()
        }
    }
}

/// What comes of one decision.
fn decided_one(state: &mut State, decision: Decision) -> Vec<Effect> {
    match decision {
        Decision::Go(approved) => {
            let call = state.panes.assistant.turn().waiting_for(approved.proposal());
            state.performing += 1;
            own::announce(state, std::slice::from_ref(&approved));
            state.notice = Some(format!("approved: {}", approved.change().operation().words()));
            vigilance::decided(state);
            let tool = call.and_then(|call| state.panes.assistant.tool_of(call));
            let mut effects = vec![Effect::Perform(approved, tool)];
            if let Some(call) = call {
                effects.extend(assistant(state, Event::Call(call, Step::Performing)));
            }
            effects
        }
        Decision::Refused(refusal) => {
            let call = state.panes.assistant.turn().waiting_for(refusal.proposal);
            vigilance::decided(state);
            refused(state, refusal, call)
        }
        Decision::First(first) => {
            let call = state.panes.assistant.turn().waiting_for(first.proposal());
            state.notice =
                Some("yours is the first yes: it waits for another user's (shiftdeck policy second)".to_owned());
            vec![Effect::FirstYes(first, call)]
        }
        Decision::Canary(answered) => vigilance::answered(state, answered),
    }
}

/// Says that something was refused, and writes it down.
pub fn refused(state: &mut State, refusal: Refusal, call: Option<CallId>) -> Vec<Effect> {
    let word = if matches!(refusal.by, RefusedBy::Changes(_)) { "changes asked for" } else { "refused" };
    state.notice = Some(format!("{word}: {}", refusal.change.operation().words()));
    let is_void = matches!(refusal.by, RefusedBy::Moved(_));
    let mut effects = form::refused(state, &refusal.change, is_void);
    effects.push(Effect::Refused(refusal, call));
    effects
}

/// Refuses what nobody answered in time.
pub fn expired(state: &mut State) -> Vec<Effect> {
    let refusals = state.desk.expire(state.shared.moment.elapsed);
    let mut effects = Vec::new();
    for refusal in refusals {
        let call = state.panes.assistant.turn().waiting_for(refusal.proposal);
        effects.extend(refused(state, refusal, call));
    }
    effects
}

/// What earlier runs sent and did not come to write down was looked up, and jobs of theirs stand still: the person is told
/// once. Nothing goes on by itself.
pub fn unsettled(state: &mut State, settled: Settled, standing: usize) -> Vec<Effect> {
    let Settled { found, unknown } = settled;
    let mut told = Vec::new();
    if found + unknown > 0 {
        let words = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let all = [words(found, "found on the desk"), words(unknown, "unknown: nobody knows whether it took effect")];
        let all: Vec<String> = all.into_iter().flatten().collect();
        let says = all.join(", ");
        told.push(format!("sent by an earlier run and never recorded: {says}; see Audit"));
    }
    match standing {
        0 => {}
        1 => told.push("a bulk job stands still; p in Bulk goes on with it".to_owned()),
        many => told.push(format!("{many} bulk jobs stand still; p in Bulk goes on with one")),
    }
    if !told.is_empty() {
        state.notice = Some(told.join(" · "));
    }
    Vec::new()
}

/// An approved change ended: the person sees how, the model is told, what is on screen is read anew.
pub fn performed(
    state: &mut State,
    (proposal, change): (ProposalId, &Change),
    result: &Result<Receipt, Problem>,
    told: Option<Event>,
) -> Vec<Effect> {
    state.performing = state.performing.saturating_sub(1);
    let is_own = told.is_none();
    let mut effects = told.map_or_else(Vec::new, |event| assistant(state, event));
    effects.extend(answers::performed(state, change, result.as_ref()));
    let (is_small, back) = own::ended(state, proposal, result.is_ok());
    effects.extend(back);
    effects.extend(with_pane(state, |panes, cx| panes.performed(change, result.as_ref(), cx)));
    effects.extend(form::performed(state, change, result.as_ref()));
    match result {
        Ok(receipt) => {
            if is_own {
                effects.extend(compose::forget_written(state, change));
            }
            let looked_up = if receipt.reconciled { " (its answer got lost; found by looking)" } else { "" };
            if !is_small {
                let words = change.operation().words();
                // A job was begun, not ended.
                state.notice = Some(match receipt.jobs.first() {
                    Some(job) => format!("begun: {words}; Bulk follows job {job}"),
                    None => format!("done: {words}{looked_up}"),
                });
            }
            if change.operation() == Operation::OpenWindow {
                windows::opened(state, change);
            }
            effects.extend(read_anew(state, change));
        }
        Err(problem) if is_small => state.notice = Some(format!("not done: {}; {}", problem.why, problem.next)),
        Err(problem) => state.overlay = Some(Overlay::Notice(problem.clone())),
    }
    effects
}

/// What a change made stale.
fn read_anew(state: &mut State, change: &Change) -> Vec<Effect> {
    let mut fetches = Vec::new();
    if let Some(customer) = &change.subject().customer
        && state.shared.current.as_ref().is_some_and(|current| current.customer == *customer)
    {
        fetches.extend([Fetch::Customer(customer.clone()), Fetch::Timeline(customer.clone())]);
    }
    let mut effects: Vec<Effect> = fetches.into_iter().map(|fetch| asked(&mut state.shared, fetch)).collect();
    let stale = match change.operation() {
        Operation::CreateKobjects => Some(PaneId::Bulk),
        Operation::CreateDraft
        | Operation::OpenWindow
        | Operation::Disclose
        | Operation::AddNote
        | Operation::CallTool
        | Operation::UpdateCustomer
        | Operation::Listed { .. }
        | Operation::Other => None,
    };
    if let Some(pane) = stale {
        effects.extend(with_pane(state, |panes, cx| {
            // A pane that cannot reload now will load when it is entered.
            let _ = panes.act(pane, Action::Reload, cx);
        }));
    }
    effects
}

/// Tells which call of the assistant a change is performed for.
impl crate::console::panes::assistant::Assistant {
    fn tool_of(&self, call: CallId) -> Option<ToolRef> {
        self.turn().call(call).map(|entry| ToolRef { call, tool: entry.name.raw().to_owned() })
    }
}

#[cfg(test)]
mod tests;
