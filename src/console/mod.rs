//! Owns the terminal: what a person sees and how their keys become actions, effects and approvals. Does not speak HTTP
//! (`kustomer`, `assistant`), decide approvals (`approval`) or keep files (`store`).
//!
//! ```text
//! key, timer, reply, model event ─ Msg ─> update(&mut State, Msg) -> Vec<Effect> ─> runtime performs ─> Msg …
//!                                                └ queue empty? ─> view(&State, &Theme) -> frame
//! ```
//!
//! Invariants: `update` never awaits, reads no clock, touches no file. `view` takes `&State`. Effects are data, executed
//! in [`runtime`] alone. Raw key codes appear in `keymap`, `term` and the text input, nowhere else.

pub mod actions;
pub mod around;
pub mod attention;
pub mod browser;
pub mod commands;
pub mod compose;
pub mod crash;
pub mod effect;
pub mod form;
pub mod jobs;
pub mod keymap;
pub mod layout;
pub mod linear;
pub mod live;
pub mod looks;
pub mod msg;
pub mod outside;
pub mod overlays;
pub mod pane;
pub mod panes;
pub mod questions;
pub mod remote;
pub mod runtime;
pub mod searches;
pub mod session;
pub mod state;
pub mod term;
pub mod theme;
pub mod tiles;
pub mod tour;
pub mod update;
pub mod verbs;
pub mod view;
pub mod vigilance;
pub mod widgets;
