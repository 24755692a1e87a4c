//! Owns what the console knows of unmasking windows it opens: what their cards say of time, that a second one never
//! lengthens the first unseen, and that no answer which looked through one comes in after it. Asking the desk to close one
//! is `moves`' business.
//!
//! Invariant: what was asked before a window was known to be closed is not shown after the person closed it. It is asked
//! anew, which the desk then answers with masks.

use super::asked;
use crate::{
    approval::{Change, Operation, Proposal},
    assistant::{Event, Step},
    console::{
        effect::{Effect, Fetch},
        overlays::approval::Card,
        state::{OpenWindow, State},
    },
    domain::CustomerId,
};

/// A change as its card shows it: one that opens a window says how long, and what it replaces.
pub(super) fn told(state: &State, change: Change) -> Change {
    if change.operation() != Operation::OpenWindow {
        return change;
    }
    let minutes = state.unmask_for.as_secs() / 60;
    let limit = format!(
        "The desk would keep it open for as long as the org's setting says, often 24 h; this console closes it after \
         {minutes} min, when you press c, and when it ends."
    );
    let change = change.with_warnings([limit]);
    match replaces(state, &change) {
        Some(words) => change.with_warnings([words]),
        None => change,
    }
}

/// The card in front asks for a window that would replace one opened since it was drawn: it says so first, and is read and
/// answered anew.
pub(super) fn restated(state: &mut State) -> Option<Vec<Effect>> {
    let proposal = state.desk.current()?;
    let (old, change) = (proposal.id(), proposal.change());
    let words = replaces(state, change).filter(|_| !is_told(proposal))?;
    let call = state.panes.assistant.turn().waiting_for(old);
    let new = state.desk.amend(old, change.clone().with_warnings([words]), state.shared.moment.elapsed).ok()?;
    let mut card = Card::new(new);
    card.says = Some("a window was opened meanwhile: read what this would replace".to_owned());
    state.card = Some(card);
    let amended = |call| super::approvals::assistant(state, Event::Call(call, Step::Amended(new)));
    Some(call.map_or_else(Vec::new, amended))
}

const REPLACES: &str = "A window on this customer is open already; this REPLACES it";

fn is_told(proposal: &Proposal) -> bool {
    proposal.change().warnings().iter().any(|warning| warning.starts_with(REPLACES))
}

fn replaces(state: &State, change: &Change) -> Option<String> {
    let is_window = change.operation() == Operation::OpenWindow;
    state.shared.window(change.subject().customer.as_ref()?).filter(|_| is_window)?;
    Some(format!("{REPLACES}, and its time begins anew."))
}

/// A window was opened: its time runs.
pub(super) fn opened(state: &mut State, change: &Change) {
    let subject = change.subject();
    let Some(customer) = subject.customer.clone() else { return };
    let closes = state.shared.moment.elapsed + state.unmask_for;
    let name = subject.customer_name.clone().unwrap_or_default();
    state.shared.windows.retain(|window| window.customer != customer);
    state.shared.closed.retain(|(known, _)| *known != customer);
    state.shared.windows.push(OpenWindow { customer, name, closes, closing: false });
}

/// A window was closed. Whatever was asked until now may have looked through it, and some of it is still on its way.
pub(super) fn closed(state: &mut State, customer: &CustomerId) {
    state.shared.windows.retain(|window| window.customer != *customer);
    state.shared.closed.retain(|(known, _)| known != customer);
    state.shared.closed.push((customer.clone(), state.shared.asked));
}

/// Whether an answer may hold what a window showed that was shut since it was asked for, or is being shut.
pub(super) fn is_too_late(state: &State, fetch: &Fetch, generation: u64) -> bool {
    let closed = state.shared.closed.iter().filter(|(_, last)| generation <= *last).map(|(customer, _)| customer);
    is_behind_a_closing(state, fetch) || closed.into_iter().any(|customer| fetch.may_show(customer))
}

fn is_behind_a_closing(state: &State, fetch: &Fetch) -> bool {
    state.shared.windows.iter().any(|window| window.closing && fetch.may_show(&window.customer))
}

/// Asks once more for what came too late: now, or when the window is closed.
pub(super) fn ask_again(state: &mut State, fetch: Fetch) -> Vec<Effect> {
    if !is_behind_a_closing(state, &fetch) {
        return vec![asked(&mut state.shared, fetch)];
    }
    state.shared.postponed.retain(|waiting| waiting.task() != fetch.task());
    state.shared.postponed.push(fetch);
    Vec::new()
}

/// Asks for what had to wait for a window to be closed.
pub(super) fn ask_postponed(state: &mut State) -> Vec<Effect> {
    let waiting = std::mem::take(&mut state.shared.postponed);
    waiting.into_iter().flat_map(|fetch| ask_again(state, fetch)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        approval::{ChangeParts, Effect as Kind, Request, Subject},
        console::{
            msg::{Fetched, Msg},
            update::{
                moves,
                tests::{paint, press, propose, state},
                update,
            },
        },
        domain::CustomerId,
        transport::Method,
    };

    fn wish() -> Change {
        Change::new(ChangeParts {
            effect: Kind::Unmask,
            operation: Operation::OpenWindow,
            subject: Subject { customer: Some(CustomerId::new("c1")), ..Subject::default() },
            requests: vec![Request {
                method: Method::Post,
                path: "/v1/customers/c1/unmasking-windows".into(),
                body: None,
            }],
            count: 1,
            summary: "open an unmasking window on one customer".into(),
            warnings: vec![],
            editable: None,
            before: vec![],
        })
    }

    fn warnings(state: &State) -> Vec<String> {
        state.desk.current().map(|proposal| proposal.change().warnings().to_vec()).unwrap_or_default()
    }

    #[test]
    fn a_window_opened_meanwhile_is_told_before_a_yes_counts() {
        let mut state = state((100, 40));
        let first = told(&state, wish());
        propose(&mut state, first);
        paint(&mut state, 1);
        assert!(matches!(warnings(&state).as_slice(), [limit] if limit.contains("closes it after 10 min")));
        opened(&mut state, &wish());
        assert!(press(&mut state, 2, "a").is_empty(), "nobody has read yet what it replaces");
        assert!(warnings(&state).iter().any(|warning| warning.starts_with(REPLACES)));
        paint(&mut state, 3);
        let effects = press(&mut state, 4, "a");
        assert!(matches!(effects.as_slice(), [Effect::Perform(..)]), "{effects:?}");
    }

    /// A search asked while the window was open, that finds the number in the clear.
    fn search(state: &mut State) -> impl FnOnce(&mut State) -> Vec<Effect> + use<> {
        let context = crate::kustomer::search::Context::Customer;
        let scope = crate::kustomer::search::Scope::bare(&context, state.shared.moment.now, &state.shared.zone);
        let query = crate::kustomer::search::Query::parse("vogel", &scope).expect("a query");
        let fetch = Fetch::Search(query, 1);
        asked(&mut state.shared, fetch.clone());
        let generation = state.shared.asked;
        move |state| {
            let found = crate::kustomer::Found::Customers(crate::kustomer::Page::default());
            let answer = Box::new(Fetched::Search(Ok(found)));
            update(state, Msg::Fetched { fetch, generation, answer })
        }
    }

    fn asks_search(effects: &[Effect]) -> bool {
        effects.iter().any(|effect| matches!(effect, Effect::Fetch { fetch: Fetch::Search(..), .. }))
    }

    #[test]
    fn an_answer_asked_before_a_window_was_closed_is_asked_anew_and_never_taken_in() {
        let mut state = state((100, 40));
        opened(&mut state, &wish());
        let (before, during) = (search(&mut state), search(&mut state));
        before(&mut state);
        assert_eq!(state.shared.dropped, 1, "an older generation of its task");
        let customer = CustomerId::new("c1");
        moves::close_window(&mut state, customer.clone(), "they pressed c");
        assert!(!asks_search(&during(&mut state)), "it waits until the desk has closed it");
        assert_eq!(state.shared.dropped, 2);
        let late = search(&mut state);
        let effects = update(&mut state, Msg::WindowClosed(customer, Ok(())));
        assert!(asks_search(&effects), "{effects:?}");
        assert!(late(&mut state).is_empty());
        assert_eq!(state.shared.dropped, 3, "the one asked anew is the newest of its task");

        let customer = CustomerId::new("c1");
        opened(&mut state, &wish());
        let on_its_way = search(&mut state);
        moves::close_window(&mut state, customer.clone(), "they pressed c");
        assert!(!asks_search(&update(&mut state, Msg::WindowClosed(customer, Ok(())))), "nothing came meanwhile");
        assert!(asks_search(&on_its_way(&mut state)), "what comes after is asked anew");
        let since = search(&mut state);
        assert!(!asks_search(&since(&mut state)), "what was asked since is taken in");
        assert_eq!(state.shared.dropped, 4);
    }

    #[test]
    fn a_wish_while_a_window_is_open_says_at_once_what_it_replaces() {
        let mut state = state((100, 40));
        opened(&mut state, &wish());
        assert!(told(&state, wish()).warnings().iter().any(|warning| warning.starts_with(REPLACES)));
        assert_eq!(told(&state, wish()).digest(), wish().digest(), "the request is the same");
    }
}
