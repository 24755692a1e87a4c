//! Owns what the console knows of unmasking windows it opens: what their cards say of time, and that a second one never
//! lengthens the first unseen. Closing them is `moves`' business.

use crate::{
    approval::{Change, Operation, Proposal},
    assistant::{Event, Step},
    console::{
        effect::Effect,
        overlays::approval::Card,
        state::{OpenWindow, State},
    },
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
    state.shared.windows.push(OpenWindow { customer, name, closes, closing: false });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        approval::{ChangeParts, Effect as Kind, Request, Subject},
        console::update::tests::{paint, press, propose, state},
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

    #[test]
    fn a_wish_while_a_window_is_open_says_at_once_what_it_replaces() {
        let mut state = state((100, 40));
        opened(&mut state, &wish());
        assert!(told(&state, wish()).warnings().iter().any(|warning| warning.starts_with(REPLACES)));
        assert_eq!(told(&state, wish()).digest(), wish().digest(), "the request is the same");
    }
}
