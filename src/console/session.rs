//! Owns what returns after a restart, whatever ended the program: the pane in front, how panes share the screen, the way
//! back, what each pane remembers. Ids and settings, no customer's data: a test holds the panes to it.
//!
//! It is written after a pause, at the latest [`LATEST`] after something happened, and on the way out; never at each key.
//! What is read back may be of any version, or nonsense: what does not fit is left out.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{around::Spot, effect::Effect, msg::Target, panes::PaneId, state::State, tiles::Tile};
use crate::domain::{ConversationId, CustomerId};

/// Under which key it is kept, among the half-typed words.
pub const KEY: &str = "session";

/// How long nothing must have happened before it is written.
const PAUSE: Duration = Duration::from_millis(700);

/// How long it may stay unwritten while things keep happening.
pub const LATEST: Duration = Duration::from_secs(2);

/// Steps back that are kept.
const STEPS: usize = 16;

/// The longest text that is written, in bytes: a pane that remembers more forgets all, rather than filling the disk.
const LONGEST: usize = 64 * 1024;

/// What is known of the writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keeping {
    /// What was written last.
    written: String,
    /// When the first thing happened that is not written (monotonic).
    since: Option<Duration>,
    /// When the last one did.
    last: Duration,
}

impl Keeping {
    /// Something happened that may have changed what is to return.
    pub fn touch(&mut self, now: Duration) {
        self.since.get_or_insert(now);
        self.last = now;
    }

    /// When it has to be looked at (monotonic).
    pub fn due(&self) -> Option<Duration> {
        self.since.map(|since| (since + LATEST).min(self.last + PAUSE))
    }
}

/// Writes it, if it is time and something changed.
pub fn keep(state: &mut State) -> Option<Effect> {
    let now = state.shared.moment.elapsed;
    if state.around.keeping.due().is_none_or(|due| now < due) {
        return None;
    }
    keep_now(state)
}

/// Writes it, if something changed.
pub fn keep_now(state: &mut State) -> Option<Effect> {
    state.around.keeping.since = None;
    let mut text = of(state).to_string();
    if text.len() > LONGEST {
        text = without_panes(state).to_string();
    }
    if text == state.around.keeping.written {
        return None;
    }
    state.around.keeping.written.clone_from(&text);
    Some(Effect::Keep { key: KEY.to_owned(), text })
}

/// What is to return.
fn of(state: &State) -> Value {
    let mut all = without_panes(state);
    all["panes"] = state.panes.remember();
    all
}

fn without_panes(state: &State) -> Value {
    let around = &state.around;
    let back: Vec<Value> = around.jumps.back.iter().rev().take(STEPS).rev().map(spot).collect();
    let stood = |(pane, target): (&PaneId, &Target)| spot(&Spot { pane: *pane, target: Some(target.clone()) });
    let mut on: Vec<Value> = around.stood.iter().map(stood).collect();
    on.sort_by_key(ToString::to_string);
    let hand = state.shared.current.as_ref().map(|current| {
        json!({ "customer": current.customer.as_str(), "conversation": current.conversation.as_ref().map(ConversationId::as_str) })
    });
    json!({
        "desk": state.shared.desk,
        "focus": state.focus.spec().title,
        "layout": around.is_arranged.then(|| around.tiles.to_json()),
        "zoomed": around.is_zoomed,
        "back": back,
        "on": on,
        "hand": hand,
    })
}

/// A spot's parts; a target this does not know is left out: the pane comes back without it.
fn spot(spot: &Spot) -> Value {
    let mut kept = Map::new();
    kept.insert("pane".to_owned(), json!(spot.pane.spec().title));
    match &spot.target {
        Some(Target::Timeline { customer, conversation }) => {
            kept.insert("customer".to_owned(), json!(customer.as_str()));
            if let Some(conversation) = conversation {
                kept.insert("conversation".to_owned(), json!(conversation.as_str()));
            }
        }
        Some(Target::Kobjects { customer }) => {
            kept.insert("customer".to_owned(), json!(customer.as_str()));
        }
        _ => {}
    }
    Value::Object(kept)
}

fn read_spot(kept: &Value) -> Option<Spot> {
    let pane = PaneId::titled(kept.get("pane")?.as_str()?)?;
    let word = |name: &str| id(kept.get(name));
    let target = match (pane, word("customer").map(CustomerId::new)) {
        (PaneId::Timeline, Some(customer)) => {
            Some(Target::Timeline { customer, conversation: word("conversation").map(ConversationId::new) })
        }
        (PaneId::Kobjects, Some(customer)) => Some(Target::Kobjects { customer }),
        _ => None,
    };
    Some(Spot { pane, target })
}

/// An id as the desk makes them; anything else would end up in a path.
fn id(kept: Option<&Value>) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    kept?.as_str().filter(|id| !id.is_empty() && id.len() <= 64 && id.chars().all(is_plain))
}

/// Puts back what was kept, as far as it fits this desk and this version. What it stood on is opened by whoever starts the
/// console: this asks for nothing. Returns what was in hand.
pub fn restore(state: &mut State, kept: &str) -> Option<Target> {
    let kept: Value = serde_json::from_str(kept).ok()?;
    if let Some(focus) = kept.get("focus").and_then(Value::as_str).and_then(PaneId::titled) {
        state.around.place(focus, state.focus);
        state.focus = focus;
    }
    if let Some(tiles) = kept.get("layout").and_then(Tile::from_json).filter(|t| t.panes().contains(&state.focus)) {
        state.around.tiles = tiles;
        state.around.is_arranged = true;
    }
    state.around.is_zoomed = kept.get("zoomed").and_then(Value::as_bool).unwrap_or_default();
    // Another desk's ids mean nothing here.
    if kept.get("desk").and_then(Value::as_str) != Some(state.shared.desk.as_str()) {
        return None;
    }
    let spots = |name: &str| kept.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(read_spot);
    state.around.jumps.back = spots("back").take(STEPS).collect();
    state.around.stood = spots("on").take(PaneId::ALL.len()).filter_map(|on| Some((on.pane, on.target?))).collect();
    if let Some(panes) = kept.get("panes") {
        state.panes.recall(panes);
    }
    let hand = kept.get("hand")?;
    let customer = CustomerId::new(id(hand.get("customer"))?);
    Some(Target::Timeline { customer, conversation: id(hand.get("conversation")).map(ConversationId::new) })
}

#[cfg(test)]
mod tests;
