//! Owns the way from wish to permission: a [`Change`] (the exact requests), a [`Proposal`] (a change somebody wants), the
//! [`Desk`] that puts it before a person, [`Approved`] (the only thing a writer takes), and the [`Trail`] of it all. Does
//! not draw cards (`console::overlays`), send requests (`kustomer::Writer`) or know tools.
//!
//! The life of a change:
//!
//! ```text
//! Change ─ submit ─> Proposal ─ painted ─ decide(verdict, Press) ─> Approved ─ Trail::begin ─> send ─ Trail::settle
//!                       │                     └─ refused, expired ─> Refusal ─ Trail::refused
//!                       └─ amend (edited) ─> a new Proposal; the old verdicts do not apply
//! ```
//!
//! Invariants, each kept by a type or a test:
//! - [`Approved`] is made by the [`Desk`] alone, each out of a press: [`Desk::decide`] for one card, [`Desk::decide_batch`]
//!   for a painted list of changes that are alike (one `Approved` each), [`Desk::approve_own`] for a person's own small ones.
//!   It has one taker, [`Trail::begin`], and cannot be cloned or deserialised.
//! - [`Press`] has two makers, the console's and the command line's terminal readers (a test reads the source).
//! - The audit entry is on disk before the first byte of the request leaves: a writer gets the change out of an
//!   `Approved` only through `Trail::begin`. (The architecture page has `decide` write that entry; it is done at this one
//!   later step so that `decide` stays free of IO and `update` stays pure. No road goes around it.)
//! - What was shown is what is sent: card and request come from the same immutable [`Change`]; the seal taken when it was
//!   proposed (request, pre-image, desk, author, expiry) is checked when it is decided and when it is begun, and a writer
//!   asks [`Ticket::admits`] with the very bytes it is about to send.
//! - A yes counts for what is there now: a front end tells the desk what it read around a proposal ([`Scene`]), and what
//!   moved since has to be painted before a key counts ([`Standing`]). What sends or deletes waits for such a look.
//!
//! An `Approved` cannot be built outside:
//! ```compile_fail,E0451
//! # fn change() -> shiftdeck::approval::Change { unimplemented!() }
//! let forged = shiftdeck::approval::Approved {
//!     change: change(), proposal: todo!(), author: todo!(), reason: todo!(), terms: todo!(), note: todo!(),
//!     first: todo!(), basis: todo!(),
//! };
//! ```
//! nor a `Press`:
//! ```compile_fail,E0624
//! let forged = shiftdeck::approval::Press::from_terminal(std::time::Duration::ZERO);
//! ```
//! nor can one approval be used twice:
//! ```compile_fail,E0382
//! # fn twice(trail: &shiftdeck::approval::Trail, approved: shiftdeck::approval::Approved<shiftdeck::approval::Change>) {
//! let _ = trail.begin(approved);
//! let _ = trail.begin(approved);
//! # }
//! ```
//! nor cloned:
//! ```compile_fail,E0599
//! # fn copy(approved: shiftdeck::approval::Approved<shiftdeck::approval::Change>) {
//! let copy = approved.clone();
//! # }
//! ```

mod change;
mod desk;
pub mod diff;
mod facts;
pub mod filter;
#[cfg(test)]
pub(crate) mod fixture;
mod half;
pub mod handover;
mod policy;
pub mod replay;
pub mod risk;
mod scene;
mod seal;
mod standing;
mod trail;
mod verify;
mod vigilance;

pub use change::{
    Calls, Change, ChangeParts, Digest, Disclosure, Editable, Effect, Manifest, Operation, Origin, Request, Sampled,
    Subject, wire,
};
pub use desk::{
    Approved, Author, CALM, Decision, Denied, Desk, NotYet, PATIENCE, Press, Proposal, ProposalId, Refusal, Refused,
    RefusedBy, Verdict,
};
pub use facts::{Facts, Recorded, Segment};
pub use half::{Damaged, Earlier, FirstYes, Signer, TakenUp, Waiting};
pub use policy::{Case, Confirm, Demand, Holds, Policy, PolicyError, Rule, Ruling, Weighed, file::load as load_policy};
pub use scene::{Preimage, Scene, Sheet, Target, mask};
pub use standing::{News, Standing, Told};
pub use trail::{Entry, Half, Outcome, Ticket, Trail, TrailError, Unsettled, unsettled};
pub use verify::{Fault, Verified, Witnessed, verify};
pub use vigilance::{Answered, Canary, Planted};
