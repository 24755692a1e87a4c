//! Owns the names of what can go wrong at the MCP server. The table at the top of `sandbox::faults` says what each does.

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum McpFault {
    Version,
    Headers,
    Cut,
    Slow,
    BadHeader,
    Changed,
    ListChanged,
    Huge,
    Control,
    Lies,
    OtherId,
    Hostile,
    Deep,
    Dies,
    Session,
    Limited,
    Loop,
    Pages,
}
