//! Owns what servers tell of how far their calls are: the last word on each open call, made safe and short. It is a stranger's
//! claim: nothing follows from it.

use std::collections::BTreeMap;

use crate::{
    assistant::{CallId, Entry, Turn},
    connect::mcp::Progress,
    console::widgets::cut,
    privacy::text,
};

/// Cells of a message that are shown.
const LONGEST: usize = 80;

/// How far the open calls are.
#[derive(Debug, Default)]
pub struct Far(BTreeMap<CallId, String>);

impl Far {
    /// A call told how far it is. What was told of calls that ended is let go of.
    pub fn hear(&mut self, turn: &Turn, call: CallId, progress: &Progress) {
        let is_open = |id: &CallId| {
            turn.entries()
                .iter()
                .any(|entry| matches!(entry, Entry::Call(call) if call.id == *id && call.state.is_open()))
        };
        self.0.retain(|id, _| is_open(id));
        if is_open(&call) {
            self.0.insert(call, words(progress));
        }
    }

    /// What was told of a call.
    pub fn of(&self, call: CallId) -> Option<&str> {
        self.0.get(&call).map(String::as_str)
    }
}

/// `3 of 8: reading the books`.
fn words(progress: &Progress) -> String {
    let Progress { done, total, message } = progress;
    let mut words = match total.filter(|total| total.is_finite() && *total > 0.0) {
        Some(total) => format!("{} of {}", number(*done), number(total)),
        None => number(*done),
    };
    if !message.is_blank() {
        words.push_str(&format!(": {}", cut::fit(message.line().trim(), LONGEST)));
    }
    words
}

/// A number as short as it is read.
fn number(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e12 {
        return "?".to_owned();
    }
    let rounded = (value * 10.0).round() / 10.0;
    text::line(&rounded.to_string()).into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_and_safe_whatever_a_server_tells() {
        let told = |done, total, message: &str| words(&Progress { done, total, message: message.into() });
        assert_eq!(told(3.0, Some(8.0), "reading the books"), "3 of 8: reading the books");
        assert_eq!(told(0.333_333, Some(1.0), ""), "0.3 of 1");
        assert_eq!(told(12.0, None, " "), "12");
        assert_eq!(told(f64::NAN, Some(f64::INFINITY), "x"), "?: x");
        assert_eq!(told(1e300, Some(-2.0), ""), "?");
        let hostile = told(1.0, None, &format!("\u{1b}[2J\u{202e}{}", "long ".repeat(900)));
        assert!(cut::width(&hostile) <= LONGEST + 3 && !hostile.contains(['\u{1b}', '\u{202e}']), "{hostile}");
    }
}
