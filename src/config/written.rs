//! Owns configuration as people write it: the settings file, the environment, the flags of one start. Nothing here is
//! checked against anything else (`resolved` does that).

use std::collections::BTreeMap;

use serde::Deserialize;

/// The settings file. Unknown keys refuse to load: a misspelt setting that is silently ignored is worse than none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The profile to use when none is named.
    pub profile: Option<String>,
    /// The theme's name.
    pub theme: Option<String>,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Plain lines instead of a screen, for screen readers.
    pub linear: bool,
    /// Whether the mouse is used.
    pub mouse: Option<bool>,
    /// Whether things that only please may move.
    pub motion: Option<bool>,
    /// How a person who looks elsewhere is called back.
    pub notify: Notify,
    /// How pictures are drawn.
    pub pictures: Pictures,
    /// Minutes after which this console closes an unmasking window it opened; 1 to 60.
    pub unmask_minutes: Option<u8>,
    /// Desks by name.
    pub profiles: BTreeMap<String, Profile>,
    /// Models: endpoints, tasks, prices, budget.
    pub model: super::model::Model,
    /// MCP servers by the names they have here.
    pub mcp: BTreeMap<String, super::mcp::Written>,
    /// What approvals ask, besides the floor.
    pub approval: Approval,
    /// Canaries.
    pub vigilance: Vigilance,
    /// How the queue looks.
    pub queue: Queue,
    /// Which tools an assistant is offered.
    pub tools: Tools,
    /// Action name to keys.
    pub keys: BTreeMap<String, Vec<String>>,
}

/// How a person who looks elsewhere is called back to the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// As the terminal understands it, else by the bell.
    #[default]
    Auto,
    /// By the bell.
    Bell,
    /// Not at all.
    Off,
}

/// How pictures are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pictures {
    /// In points where the terminal is known to draw them, else in half blocks.
    #[default]
    Auto,
    /// By kitty's graphics protocol.
    Kitty,
    /// By sixel.
    Sixel,
    /// In half blocks.
    Blocks,
}

/// Rules for approvals; they can only tighten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Approval {
    /// Also a person's own small changes (status, assignee, tags …) are put on a card instead of being approved by the key
    /// that asks for them.
    pub cards_for_own: bool,
    /// Hosts whose links and addresses are nothing new on a card (`acme.example` vouches for what stands below it too).
    pub known_hosts: Vec<String>,
}

/// Made-up proposals with an error in them, put before the person to see whether it is seen. None is ever performed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vigilance {
    /// Whether they come at all.
    pub enabled: bool,
    /// How many in a shift of eight hours; 3 unless said, 50 at most.
    pub per_shift: Option<u16>,
}

impl Vigilance {
    /// How many come in a shift; `None` where they are not wanted.
    pub fn canaries(&self) -> Option<u16> {
        self.enabled.then(|| self.per_shift.unwrap_or(3).min(50))
    }
}

/// How the queue looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// The columns of its table by name, from left to right; the console refuses to start on a name that is none. None
    /// given, the usual ones.
    pub columns: Vec<String>,
}

/// Which tools an assistant is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tools {
    /// The sources whose tools are offered: `builtin`, `truto`, and others by their names. None given, all there are.
    pub sources: Option<Vec<String>>,
}

impl Tools {
    /// What the program's own tools are called as a source.
    pub const BUILTIN: &str = "builtin";

    /// Whether a source's tools are offered.
    pub fn offers(&self, source: &str) -> bool {
        self.sources.as_ref().is_none_or(|sources| sources.iter().any(|named| named == source))
    }
}

/// One desk. Its key is not written here: it comes from the environment or the system's keyring.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// An org name (`acme`) or a full base URL; with an account, Truto's own.
    pub desk: String,
    /// The integrated account at Truto through which the desk is reached; none, when it is reached directly.
    pub account: Option<String>,
}

/// What one start was given on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Flags {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--sandbox`.
    pub sandbox: bool,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--linear`.
    pub linear: bool,
    /// `--no-mouse`.
    pub no_mouse: bool,
}

/// The environment, read once. `Debug` shows names only: values may be secrets.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// The process's own.
    pub fn read() -> Self {
        Self(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect())
    }

    /// A made-up one.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
