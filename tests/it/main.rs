//! What needs the whole program: journeys through the real binary in a pseudo-terminal, against the simulated desk over
//! real HTTP, and tests that read the source. Nothing of ours is mocked and nothing sleeps: tests press keys, wait until
//! the screen settles on what they expect, and ask the desk what it received.

#![expect(clippy::panic, reason = "a test that fails says how")]

mod conformance;
mod dialects;
mod generated;
mod harness;
mod injection;
mod journeys;
mod layering;
mod pictures;
