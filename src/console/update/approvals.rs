//! Owns the road from a wish to an effect as the console walks it: cards put up, answered, edited, expired, performed, and
//! the assistant told each time. The decision itself is the desk's (`approval::Desk`).

use super::{answers, asked, compose, own, uncover, vigilance, with_pane};
use crate::{
    approval::{
        Author, Change, Decision, Facts, NotYet, Operation, Press, Proposal, ProposalId, Refusal, Segment, Verdict,
    },
    assistant::{Act, CallId, Event, Step},
    console::{
        actions::Action,
        effect::{Effect, Fetch, ToolRef},
        overlays::{
            self,
            approval::{Card, Mode},
        },
        panes::PaneId,
        remote::Problem,
        state::{OpenWindow, Overlay, State},
        widgets::{composer::Composer, input::Input, list},
    },
    domain::Text,
    kustomer::Receipt,
};

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
    effects
}

/// A tool wants a change: it becomes a card, or the model is told why not.
pub fn proposed(state: &mut State, call: CallId, change: Change, reason: Text) -> Vec<Effect> {
    let model = state.shared.model.value().cloned().unwrap_or_else(|| "model".to_owned());
    let now = state.shared.moment.elapsed;
    let reason = state.panes.assistant.turn().reason(reason);
    let change = known(state, change);
    match state.desk.submit(change, Author::Assistant { model }, reason, now) {
        Ok(proposal) => {
            state.parked = false;
            assistant(state, Event::Call(call, Step::Proposed(proposal)))
        }
        Err(denied) => vec![Effect::Denied(denied, call)],
    }
}

/// Puts the card that waited longest on screen, unless somebody is typing; takes an answered one away.
pub fn settle_card(state: &mut State) {
    let current = state.desk.current().map(Proposal::id);
    if state.card.as_ref().is_some_and(|card| Some(card.proposal) != current) {
        state.card = None;
    }
    let Some(proposal) = current else {
        state.parked = false;
        return;
    };
    // What a person is being told comes first: the card waits behind it.
    let is_asked_to_leave = matches!(state.overlay, Some(Overlay::Leaving | Overlay::Notice(_)));
    if state.card.is_none() && !state.parked && !state.is_busy_typing() && !is_asked_to_leave {
        uncover(state);
        state.card = Some(Card::new(proposal));
    }
}

/// An action on the card, with the proof of the key that caused it.
pub fn on_card(state: &mut State, action: Action, press: Press) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    card.says = None;
    match action {
        Action::Approve => approve(state, press),
        Action::Refuse => {
            card.mode = Mode::Reason(Input::default());
            Vec::new()
        }
        Action::Submit => match &card.mode {
            Mode::Reason(reason) => {
                let reason = reason.words().trim().to_owned();
                decide(state, Verdict::Refuse { reason }, press)
            }
            Mode::Because(words) => {
                let (id, words) = (card.proposal, Text::new(words.words().trim()));
                state.desk.because(id, words);
                approve(state, press)
            }
            Mode::Reading | Mode::Editor(_) => Vec::new(),
        },
        Action::Leave | Action::DropText => {
            card.mode = Mode::Reading;
            Vec::new()
        }
        Action::Edit => edit(state),
        Action::UseText => use_text(state),
        Action::Park => {
            state.card = None;
            state.parked = true;
            Vec::new()
        }
        moving => {
            scroll(state, moving);
            Vec::new()
        }
    }
}

/// Moves in the card's text.
pub fn scroll(state: &mut State, moving: Action) {
    let last = overlays::approval::last_top(state);
    if let Some(card) = &mut state.card {
        card.top = list::moved(moving, card.top.min(last), last).unwrap_or(card.top);
    }
}

fn approve(state: &mut State, press: Press) -> Vec<Effect> {
    let typed = state.card.as_ref().and_then(|card| card.count.words().trim().parse().ok());
    decide(state, Verdict::Approve { typed }, press)
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

fn decide(state: &mut State, verdict: Verdict, press: Press) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    let id = card.proposal;
    let call = state.panes.assistant.turn().waiting_for(id);
    match state.desk.decide(id, verdict, press, state.shared.moment.elapsed) {
        Ok(Decision::Go(approved)) => {
            state.card = None;
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
        Ok(Decision::Refused(refusal)) => {
            state.card = None;
            vigilance::decided(state);
            refused(state, refusal, call)
        }
        Ok(Decision::First(first)) => {
            state.card = None;
            state.notice =
                Some("yours is the first yes: it waits for another user's (shiftdeck policy second)".to_owned());
            vec![Effect::FirstYes(first, call)]
        }
        Ok(Decision::Canary(answered)) => {
            state.card = None;
            vigilance::answered(state, answered)
        }
        Err(NotYet::Reason) => {
            card.mode = Mode::Because(Input::default());
            Vec::new()
        }
        Err(why) => {
            card.mode = Mode::Reading;
            card.says = Some(why.to_string());
            Vec::new()
        }
    }
}

fn refused(state: &mut State, refusal: Refusal, call: Option<CallId>) -> Vec<Effect> {
    state.notice = Some(format!("refused: {}", refusal.change.operation().words()));
    vec![Effect::Refused(refusal, call)]
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

fn edit(state: &mut State) -> Vec<Effect> {
    let text = state.desk.current().and_then(|proposal| proposal.change().editable_text());
    let Some(card) = &mut state.card else { return Vec::new() };
    match text {
        Some((text, _)) => card.mode = Mode::Editor(Box::new(Composer::with(text))),
        None => card.says = Some("there is no text to edit here; approve or refuse it as it is".to_owned()),
    }
    Vec::new()
}

/// Replaces the proposal by its edited form; its card has to be read and answered anew.
fn use_text(state: &mut State) -> Vec<Effect> {
    let Some(card) = &mut state.card else { return Vec::new() };
    let Mode::Editor(composer) = &card.mode else { return Vec::new() };
    let words = composer.words();
    let Some(change) = state.desk.current().map(Proposal::change) else { return Vec::new() };
    let limit = change.editable_text().and_then(|(_, limit)| limit);
    if let Some(limit) = limit.filter(|limit| composer.count() > *limit) {
        card.says = Some(format!("the desk takes {limit} characters here; shorten it by {}", composer.count() - limit));
        return Vec::new();
    }
    let Some(change) = change.with_text(&words) else { return Vec::new() };
    let old = card.proposal;
    let call = state.panes.assistant.turn().waiting_for(old);
    let Ok(new) = state.desk.amend(old, change, state.shared.moment.elapsed) else { return Vec::new() };
    state.card = Some(Card::new(new));
    call.map_or_else(Vec::new, |call| assistant(state, Event::Call(call, Step::Amended(new))))
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
    match result {
        Ok(receipt) => {
            if is_own {
                effects.extend(compose::forget_written(state, change));
            }
            let looked_up = if receipt.reconciled { " (its answer got lost; found by looking)" } else { "" };
            if !is_small {
                state.notice = Some(format!("done: {}{looked_up}", change.operation().words()));
            }
            if change.operation() == Operation::OpenWindow {
                opened(state, change);
            }
            effects.extend(read_anew(state, change));
        }
        Err(problem) if is_small => state.notice = Some(format!("not done: {}; {}", problem.why, problem.next)),
        Err(problem) => state.overlay = Some(Overlay::Notice(problem.clone())),
    }
    effects
}

fn opened(state: &mut State, change: &Change) {
    let subject = change.subject();
    let Some(customer) = subject.customer.clone() else { return };
    let closes = state.shared.moment.elapsed + state.unmask_for;
    let name = subject.customer_name.clone().unwrap_or_default();
    state.shared.windows.retain(|window| window.customer != customer);
    state.shared.windows.push(OpenWindow { customer, name, closes, closing: false });
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
        | Operation::AddNote
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
