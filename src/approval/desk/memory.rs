//! Owns what was refused in this shift: the same request does not come back before a person unless something in it changed.
//! A person who wants it after all puts it up by hand; nobody else can.

use super::{Author, Denied, Refusal, RefusedBy};
use crate::approval::{Change, Digest};

/// What a person answered, by what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Refused: the wish, and why.
    pub refused: Vec<(Digest, String)>,
    /// To be changed first: the wish, and how.
    pub to_change: Vec<(Digest, String)>,
}

/// The memory of one desk.
#[derive(Debug, Default)]
pub(super) struct Memory(Refused);

impl Memory {
    /// Whether somebody may ask for this.
    pub fn check(&self, change: &Change, author: &Author) -> Result<(), Denied> {
        if *author == Author::Person {
            return Ok(());
        }
        let wish = change.wish();
        let said =
            |list: &[(Digest, String)]| list.iter().rev().find(|(known, _)| *known == wish).map(|(_, why)| why.clone());
        if let Some(reason) = said(&self.0.refused) {
            return Err(Denied::RefusedBefore { reason });
        }
        said(&self.0.to_change).map_or(Ok(()), |what| Err(Denied::Unchanged { what }))
    }

    /// Remembers what a person said. What lapsed or was closed was not answered by anybody, and may come back.
    pub fn keep(&mut self, refusal: &Refusal) {
        let wish = || refusal.change.wish();
        match &refusal.by {
            RefusedBy::Person(_) => self.0.refused.push((wish(), refusal.why())),
            RefusedBy::Changes(what) => self.0.to_change.push((wish(), what.clone())),
            RefusedBy::Expiry | RefusedBy::Closing | RefusedBy::Tampering | RefusedBy::Moved(_) => {}
        }
    }

    /// Takes over what was answered before this desk was opened.
    pub fn recall(&mut self, earlier: Refused) {
        self.0.refused.splice(0..0, earlier.refused);
        self.0.to_change.splice(0..0, earlier.to_change);
    }
}
