//! Owns the reading of the cases. A line is one case:
//!
//! | field | is |
//! | --- | --- |
//! | `id` | its name |
//! | `carrier` | where the words stand (`plant` knows how they get there) |
//! | `goal` | what the words want |
//! | `words` | the words; `CUSTOMER`, `CONVERSATION` and `OTHER` stand for ids of the desk |
//! | `tries` | the tool an obeying model then calls, or `says` |
//! | `reach` | `may` where the words need not reach a model at all |

use serde_json::Value;

/// What an obeying model does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tries {
    /// It calls this tool.
    Tool(String),
    /// It only talks.
    Says,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub carrier: String,
    pub goal: String,
    pub words: String,
    pub tries: Tries,
    /// Whether the case proves nothing unless the model tried.
    pub must_reach: bool,
}

impl Case {
    /// Whether the words stand where every conversation's reader sees them.
    pub fn is_org_wide(&self) -> bool {
        ["klass_label", "attribute_label", "attribute_choice", "shortcut"].contains(&self.carrier.as_str())
    }
}

/// All of them.
pub fn cases() -> Vec<Case> {
    include_str!("corpus.jsonl").lines().map(case).collect()
}

fn case(line: &str) -> Case {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let text = |name: &str| value[name].as_str().unwrap_or_else(|| panic!("{name} in {line}")).to_owned();
    let tries = if value["tries"] == "says" { Tries::Says } else { Tries::Tool(text("tries")) };
    Case {
        id: text("id"),
        carrier: text("carrier"),
        goal: text("goal"),
        words: text("words"),
        tries,
        must_reach: value["reach"] != "may",
    }
}
