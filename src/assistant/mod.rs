//! Stands in for the assistant until its branch is merged.
use serde_json::Value;
/// x
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallId(pub String);
/// x
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// x
    CallModel(Value),
}
/// x
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// x
    Asked(String),
}
