//! Owns how a card shows the requests themselves: method, path and every value of the body, decoded, in full.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Card, fields::flatten, one_line};
use crate::{
    approval::{Change, Request},
    console::{theme::Role, widgets::cut},
};

impl Card<'_> {
    /// Every request, whole.
    pub(super) fn requests(&mut self, change: &Change) {
        if let Some(manifest) = change.manifest() {
            return self.plan(manifest);
        }
        let requests = change.requests();
        let head = match requests.len() {
            1 => "What will be sent, exactly:".to_owned(),
            many => format!("What will be sent, exactly ({many} requests):"),
        };
        self.heading(&head, Role::Dim);
        for request in requests {
            self.request(&change.line_of(request), request);
        }
    }

    fn request(&mut self, head: &str, request: &Request) {
        for line in cut::wrap(&one_line(head), self.width) {
            self.say(line, Role::Strong);
        }
        match &request.body {
            None => self.say("  no body", Role::Dim),
            Some(body @ (Value::Object(_) | Value::Array(_))) => self.body("", body, 2),
            Some(other) => {
                let bytes = request.bytes().unwrap_or_default();
                self.say(format!("  the body has no fields: {} bytes, {}", bytes.len(), digest(&bytes)), Role::Warning);
                self.leaf("value", other, 2);
            }
        }
    }

    /// A JSON value as labelled lines: nested names are indented, text keeps its lines.
    fn body(&mut self, label: &str, value: &Value, indent: usize) {
        // A tower of brackets would push its words off the right edge.
        let indent = indent.min(self.width / 3);
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let inner = if label.is_empty() { indent } else { indent + 2 };
                if !label.is_empty() {
                    self.label(label, indent);
                }
                for (name, value) in fields {
                    self.body(&one_line(name), value, inner);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let name = if label.is_empty() { "items" } else { label };
                self.label(&format!("{name}: {}", items.len()), indent);
                for (i, item) in items.iter().enumerate() {
                    self.item(i + 1, item, indent + 2);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Array(_) => {
                self.leaf(label, value, indent);
            }
        }
    }

    fn label(&mut self, words: &str, indent: usize) {
        for line in cut::wrap(words, self.width.saturating_sub(indent)) {
            self.say(format!("{}{line}", " ".repeat(indent)), Role::Dim);
        }
    }

    /// One of many, as compact as it can be without leaving anything out.
    fn item(&mut self, number: usize, item: &Value, indent: usize) {
        let mut parts = Vec::new();
        flatten("", item, &mut parts);
        let label = format!("{}{number:>4}  ", " ".repeat(indent));
        let room = self.width.saturating_sub(cut::width(&label));
        for (i, line) in cut::wrap(&parts.join("  "), room).into_iter().enumerate() {
            let front = if i == 0 { label.clone() } else { " ".repeat(cut::width(&label)) };
            self.lines.push(vec![(front, Role::Dim), (line, Role::DiffNew)]);
        }
    }

    fn leaf(&mut self, label: &str, value: &Value, indent: usize) {
        let front = format!("{}{label}: ", " ".repeat(indent));
        let Value::String(words) = value else {
            let words = one_line(&value.to_string());
            return self.lines.push(vec![(front, Role::Dim), (words, Role::DiffNew)]);
        };
        let line = one_line(words);
        if !words.contains('\n') && cut::width(&front) + cut::width(&line) <= self.width {
            self.lines.push(vec![(front, Role::Dim), (line, Role::DiffNew)]);
        } else {
            self.label(&format!("{label}:"), indent);
            self.quoted(indent + 2, words, Role::DiffNew, Role::DiffNew);
        }
    }
}

/// The digest of bytes, short enough to be compared by eye.
fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("sha-256 begins {hex}")
}
