//! Owns the keeping of an offer up to date: fetched anew, held against what a person last looked at, and given to the road, so
//! that a tool that changes is not called from then on. Keeps the fingerprints of what was looked at; decides nothing.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;

use super::{Offer, OfferError, Shift, Truto};
use crate::{
    privacy::text,
    store::{Store, StoreError},
    transport::Transport,
};

/// Looks after the offer of one account.
#[derive(Debug)]
pub struct Watch {
    /// To Truto itself, past the road.
    direct: Transport,
    store: Store,
    account: String,
    road: Arc<Truto>,
}

/// Why an offer could not be renewed.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// It could not be had.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// What was looked at could not be read or kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Watch {
    /// Over this road; `direct` reaches Truto's own API.
    pub fn new(direct: Transport, store: Store, account: String, road: Arc<Truto>) -> Self {
        Self { direct, store, account, road }
    }

    /// The road.
    pub fn road(&self) -> &Truto {
        &self.road
    }

    /// Fetches the offer anew. What differs from what a person looked at is told; a tool that changed is not called any more.
    ///
    /// # Errors
    /// [`WatchError`]; the road goes on by what it knew.
    pub async fn renew(&self) -> Result<Vec<Shift>, WatchError> {
        let offer = Offer::fetch(&self.direct, &self.account).await?;
        let (offer, shifts) = offer.since(&looked_at(&self.store, &self.account)?.unwrap_or_default());
        self.road.renew(offer);
        Ok(shifts)
    }
}

/// Names of tools that are told in one line.
const NAMED: usize = 6;

/// The differences in a line.
pub fn told(shifts: &[Shift]) -> String {
    let named = |of: fn(&Shift) -> Option<&str>, words: &str| {
        let names: Vec<&str> = shifts.iter().filter_map(of).collect();
        let more = names.len().saturating_sub(NAMED);
        let first = text::line(&names[..names.len() - more].join(", "));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| format!("{words}: {first}{more}"))
    };
    let changed =
        named(|shift| if let Shift::Changed(name) = shift { Some(name) } else { None }, "changed, not called");
    let new = named(|shift| if let Shift::New(name) = shift { Some(name) } else { None }, "new");
    let gone = named(|shift| if let Shift::Gone(name) = shift { Some(name) } else { None }, "gone");
    let all: Vec<String> = [changed, new, gone].into_iter().flatten().collect();
    format!(
        "the tools at Truto differ from those last looked at ({}); `shiftdeck truto --accept` takes them in",
        all.join("; ")
    )
}

/// The fingerprints of what a person last looked at; `None` before the first time.
///
/// # Errors
/// [`StoreError`].
pub fn looked_at(store: &Store, account: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
    let kept = store.scratches()?.into_iter().find(|(key, _)| *key == place(account));
    Ok(kept.and_then(|(_, text)| serde_json::from_str(&text).ok()))
}

/// Keeps what a person looked at.
///
/// # Errors
/// [`StoreError`].
pub fn keep(store: &Store, account: &str, offer: &Offer) -> Result<(), StoreError> {
    store.keep_settings(&place(account), &json!(offer.looked_at()).to_string())
}

fn place(account: &str) -> String {
    format!("truto.tools.{account}")
}
