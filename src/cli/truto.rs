//! Owns `shiftdeck truto`: what an integrated account offers, how that differs from what a person last looked at, and taking
//! the changes in. Which tool stands for which call is `connect::truto`'s; what changed is not called before it was looked at.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    Exit, Failure,
    args::{self},
    out,
    tty::{self, Turned},
};
use crate::{
    clock::Clock,
    config::{Config, DeskChoice},
    connect::{
        looked::{self, Looked},
        truto::{Offer, OfferError, Shift, place, told},
    },
    privacy::text,
    store::Store,
    transport::{Endpoint, Transport},
};

/// Runs it.
pub async fn run(config: Config, args: &args::Truto) -> Result<Exit, Failure> {
    let DeskChoice::Real { base, key, account: Some(account), .. } = &config.desk else {
        let why = "the desk is not reached through Truto";
        let next = "write `account` into its profile, or set TRUTO_ACCOUNT_ID and TRUTO_API_TOKEN";
        return Err(Failure::new("truto", why, next));
    };
    let store = Store::open(&config.paths.data)?;
    let endpoint = Endpoint { base: base.clone(), key: key.clone() };
    let transport = Transport::new(endpoint, Clock::real())?;
    let (offer, shifts) = offer(&transport, &store, account).await?;
    if args.json {
        out::json(&document(&offer, &shifts))?;
    } else {
        let rows: Vec<Vec<String>> = offer.tools().map(|(name, tool)| row(name, tool, &shifts)).collect();
        out::table(&["TOOL", "RESOURCE", "METHOD", "STATE"], &rows)?;
    }
    if !shifts.is_empty() {
        out::say(&told(&shifts));
    }
    if args.accept && !shifts.is_empty() {
        accept(&store, &place(account), &offer.looked_at())?;
    }
    Ok(Exit::Done)
}

/// What an account offers now, and how that differs from what was looked at; the first look is kept.
pub async fn offer(transport: &Transport, store: &Store, account: &str) -> Result<(Offer, Vec<Shift>), Failure> {
    let offer = Offer::fetch(transport, account).await.map_err(|error| match error {
        OfferError::Api(error) => Failure::from(error),
        OfferError::NoList => {
            Failure::new("Truto", OfferError::NoList.to_string(), "check that the address is Truto's API")
        }
    })?;
    let Some(looked_at) = looked::last(store, &place(account))? else {
        looked::keep(store, &place(account), &offer.looked_at())?;
        return Ok((offer, Vec::new()));
    };
    Ok(offer.since(&looked_at))
}

/// Takes an offer in as looked at. Only somebody at a terminal can have looked.
pub fn accept(store: &Store, place: &str, now: &Looked) -> Result<(), Failure> {
    if !tty::is_there() {
        return Err(tty::nobody("the tools' changes"));
    }
    out::say("Enter takes all of these changes in; Ctrl-C leaves them.");
    if tty::turned()? == Turned::On {
        looked::keep(store, place, now)?;
        out::say("taken in");
    }
    Ok(())
}

fn row(name: &str, tool: &crate::connect::truto::Offered, shifts: &[Shift]) -> Vec<String> {
    let words = [name, &tool.resource, &tool.method, Shift::state(name, shifts)];
    words.into_iter().map(|word| text::line(word).into_string()).collect()
}

fn document(offer: &Offer, shifts: &[Shift]) -> serde_json::Value {
    let tools = offer.tools().map(|(name, tool)| {
        json!({ "name": name, "resource": tool.resource, "method": tool.method, "state": Shift::state(name, shifts),
            "quarantined": tool.is_quarantined })
    });
    let gone: BTreeSet<&str> = shifts
        .iter()
        .filter_map(|shift| if let Shift::Gone(name) = shift { Some(name.as_str()) } else { None })
        .collect();
    json!({ "tools": tools.collect::<Vec<_>>(), "gone": gone })
}
