//! Owns the keeping of an offer up to date: fetched anew, held against what a person last looked at, and given to the road, so
//! that a tool that changes is not called from then on. Keeps the fingerprints of what was looked at; decides nothing.

use std::sync::Arc;

use super::{Offer, OfferError, Shift, Truto};
use crate::{
    connect::looked,
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
        let (offer, shifts) = offer.since(&looked::last(&self.store, &place(&self.account))?.unwrap_or_default());
        self.road.renew(offer);
        Ok(shifts)
    }
}

/// The differences in a line.
pub fn told(shifts: &[Shift]) -> String {
    looked::told("at Truto", shifts, "shiftdeck truto --accept")
}

/// Where it is kept what a person looked at of an account.
pub fn place(account: &str) -> String {
    format!("truto.tools.{account}")
}
