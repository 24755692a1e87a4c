//! Owns how a card shows a bulk plan, whose rows are too many for it: the calls, the counts, what is left out, how long it
//! takes, the digest that stands for every byte, and the first rows field by field. What the lines say is the same on a
//! screen and in plain lines.

use serde_json::Value;

use super::{Card, one_line};
use crate::{
    approval::{Manifest, Sampled},
    console::theme::Role,
};

impl Card<'_> {
    /// The plan, as far as a card can hold it.
    pub(super) fn plan(&mut self, manifest: &Manifest) {
        self.heading("What will be sent, batch by batch; the digest below is over every byte of it:", Role::Dim);
        for (words, role) in lines(manifest) {
            for line in crate::console::widgets::cut::wrap(&words, self.width) {
                self.say(line, role);
            }
        }
    }
}

/// What a card says of a plan.
pub fn lines(manifest: &Manifest) -> Vec<(String, Role)> {
    let mut lines = Vec::new();
    for call in &manifest.calls {
        let words = format!(
            "{} {} · {} records in {} requests",
            call.method,
            one_line(&call.path),
            call.records,
            call.requests
        );
        lines.push((words, Role::Strong));
    }
    let left_out = ["unchanged", "skipped", "invalid"];
    let counted = manifest.left_out.iter().zip(left_out).filter(|(n, _)| **n > 0);
    let left_out: Vec<String> = counted.map(|(n, word)| format!("{n} {word}")).collect();
    if !left_out.is_empty() {
        lines.push((format!("left out: {}", left_out.join(", ")), Role::Text));
    }
    lines.push((format!("from: {} (plan {})", one_line(&manifest.source), manifest.plan), Role::Text));
    if let Some(minutes) = manifest.minutes {
        lines.push((format!("takes about {} at the desk's limit", spelled(minutes)), Role::Text));
    }
    lines.push((format!("digest: {}", manifest.digest()), Role::Text));
    lines
        .push(("a record that somebody changes before its row is sent is left alone and listed".to_owned(), Role::Dim));
    if !manifest.sample.is_empty() {
        lines.push((format!("the first {} rows:", manifest.sample.len()), Role::Dim));
    }
    manifest.sample.iter().for_each(|row| sampled(row, &mut lines));
    lines
}

fn spelled(minutes: u64) -> String {
    match minutes {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn sampled(row: &Sampled, lines: &mut Vec<(String, Role)>) {
    lines.push((format!("{} · {}", one_line(&row.name), row.verb), Role::Strong));
    for (name, value) in flat(&row.after) {
        let old = flat(&row.before).into_iter().find(|(known, _)| *known == name).map(|(_, old)| old);
        let is_masked = row.masked.iter().any(|masked| name == *masked || name.starts_with(&format!("{masked}.")));
        match old {
            _ if is_masked => lines.push((format!("  {name}: (masked) → {value}"), Role::DiffNew)),
            Some(old) if old == value => lines.push((format!("  {name}: {value}, as it is"), Role::Dim)),
            Some(old) => {
                lines.push((format!("  {name}: {old}"), Role::DiffOld));
                lines.push((format!("  {name}: → {value}"), Role::DiffNew));
            }
            None => lines.push((format!("  {name}: {value}"), Role::DiffNew)),
        }
    }
}

/// Fields with their dotted names; what is not an object stays one value.
fn flat(fields: &serde_json::Map<String, Value>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(inner) => {
                all.extend(flat(inner).into_iter().map(|(own, value)| (format!("{}.{own}", one_line(name)), value)));
            }
            Value::String(words) => all.push((one_line(name), one_line(words))),
            other => all.push((one_line(name), one_line(&other.to_string()))),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        approval::{Calls, Digest},
        transport::Method,
    };

    #[test]
    fn a_card_tells_counts_requests_time_and_the_first_rows_old_and_new() {
        let object = |value: Value| value.as_object().cloned().expect("an object");
        let sample = Sampled {
            name: "row 2 · TEN-1".into(),
            verb: "update",
            before: object(json!({"name": "Ada\u{202e}", "custom": {"tierStr": "gold"}})),
            after: object(json!({"name": "Bo", "custom": {"tierStr": "gold"}, "phones": []})),
            masked: vec!["phones".into()],
        };
        let manifest = Manifest {
            plan: "j0123456789ab".into(),
            source: "tenants.csv".into(),
            resource: "customers".into(),
            calls: vec![Calls { method: Method::Put, path: "/v1/customers/bulk".into(), records: 250, requests: 3 }],
            left_out: [4, 0, 1],
            batches: Digest::of([]),
            wish: Digest::of([]),
            sample: vec![sample],
            minutes: Some(3),
        };
        let said: Vec<String> = lines(&manifest).into_iter().map(|(words, _)| words).collect();
        let whole = said.join("\n");
        for words in [
            "PUT /v1/customers/bulk · 250 records in 3 requests",
            "left out: 4 unchanged, 1 invalid",
            "takes about 3 minutes",
            "  name: → Bo",
            "  custom.tierStr: gold, as it is",
            "  phones: (masked) → []",
        ] {
            assert!(whole.contains(words), "{words:?} in {whole}");
        }
        assert!(!whole.contains('\u{202e}') && whole.contains(&manifest.digest().to_string()), "{whole}");
    }
}
