//! Owns the text of an approval card, made from the change itself: every request in full, decoded into labelled lines.
//! Each word from outside passes `privacy::text`.

use serde_json::Value;

use crate::{
    approval::{Change, Effect, Proposal, Request},
    console::{theme::Role, widgets::cut},
    privacy::text,
};

/// A line: words and what they are.
pub type Words = Vec<(String, Role)>;

/// Width of the labels in front of facts.
const LABEL: usize = 14;

/// The whole card at this width.
pub fn lines(proposal: &Proposal, width: usize, ascii: bool) -> Vec<Words> {
    let mut card = Card { width: width.max(20), ascii, lines: Vec::new() };
    card.head(proposal);
    card.facts(proposal);
    card.terms(proposal);
    card.reason(proposal);
    card.warnings(proposal.change());
    card.before(proposal.change());
    card.requests(proposal.change());
    card.lines
}

/// The role an effect's word has.
pub fn effect_role(effect: Effect) -> Role {
    match effect {
        Effect::Read => Role::EffectRead,
        Effect::Unmask => Role::EffectUnmask,
        Effect::Draft => Role::EffectDraft,
        Effect::Write => Role::EffectWrite,
        Effect::Send => Role::EffectSend,
        Effect::Bulk => Role::EffectBulk,
        Effect::Delete => Role::EffectDelete,
    }
}

struct Card {
    width: usize,
    ascii: bool,
    lines: Vec<Words>,
}

impl Card {
    fn say(&mut self, words: impl Into<String>, role: Role) {
        self.lines.push(vec![(words.into(), role)]);
    }

    fn gap(&mut self) {
        self.lines.push(Vec::new());
    }

    /// A labelled value, wrapped under itself.
    fn fact(&mut self, label: &str, value: &str, role: Role) {
        let wrapped = cut::wrap(value, self.width.saturating_sub(LABEL));
        for (i, line) in wrapped.into_iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            self.lines.push(vec![(cut::pad(label, LABEL), Role::Dim), (line, role)]);
        }
    }

    fn head(&mut self, proposal: &Proposal) {
        let change = proposal.change();
        let effect = change.effect();
        self.lines.push(vec![
            (format!(" {} ", effect.word().to_uppercase()), effect_role(effect)),
            (" ".into(), Role::Text),
            (text::line(change.summary()).into_string(), Role::Strong),
        ]);
        self.gap();
    }

    fn facts(&mut self, proposal: &Proposal) {
        let change = proposal.change();
        let subject = change.subject();
        self.fact("wanted by", &text::line(&proposal.wanted_by()), Role::Text);
        if let Some(customer) = &subject.customer {
            let name = subject.customer_name.as_ref().map(|name| name.line().into_string()).unwrap_or_default();
            let words = if name.trim().is_empty() { customer.to_string() } else { format!("{name}  ({customer})") };
            self.fact("customer", &words, Role::Customer);
        }
        if let Some(conversation) = &subject.conversation {
            self.fact("conversation", conversation.as_str(), Role::Text);
        }
        if let Some(channel) = &subject.channel {
            self.fact("channel", channel.as_str(), Role::Channel);
        }
        if change.count() != 1 {
            self.fact("records", &change.count().to_string(), Role::Strong);
        }
    }

    /// What the policy asks besides a key.
    fn terms(&mut self, proposal: &Proposal) {
        for line in super::plain::terms(proposal) {
            self.fact("policy", &line, Role::Warning);
        }
    }

    /// The author's own words, framed as such: they are a claim, not a fact.
    fn reason(&mut self, proposal: &Proposal) {
        if proposal.reason().is_blank() {
            return;
        }
        self.gap();
        self.say("Reason given, in the author's words:", Role::Dim);
        let bar = if self.ascii { "| " } else { "▎ " };
        for line in cut::wrap(&proposal.reason().block(), self.width.saturating_sub(2)) {
            self.lines.push(vec![(bar.into(), Role::Warning), (line, Role::Untrusted)]);
        }
    }

    fn warnings(&mut self, change: &Change) {
        if change.warnings().is_empty() {
            return;
        }
        self.gap();
        for warning in change.warnings() {
            for (i, line) in cut::wrap(&text::line(warning), self.width.saturating_sub(2)).into_iter().enumerate() {
                let sign = if i == 0 { "! " } else { "  " };
                self.lines.push(vec![(sign.into(), Role::Warning), (line, Role::Warning)]);
            }
        }
    }

    fn before(&mut self, change: &Change) {
        if change.before().is_empty() {
            return;
        }
        self.gap();
        self.say("What is there now, and what would be:", Role::Dim);
        for (field, now) in change.before() {
            self.fact(&text::line(field), &format!("- {}", now.line().as_ref()), Role::DiffOld);
            if let Some(new) = after(change, field) {
                self.fact("", &format!("+ {}", shown(new)), Role::DiffNew);
            }
        }
    }

    fn requests(&mut self, change: &Change) {
        let requests = change.requests();
        self.gap();
        let head = match requests.len() {
            1 => "What will be sent, exactly:".to_owned(),
            many => format!("What will be sent, exactly ({many} requests):"),
        };
        self.say(head, Role::Dim);
        for request in requests {
            self.request(request);
        }
    }

    fn request(&mut self, request: &Request) {
        let line = text::line(&format!("{} {}", request.method, request.path)).into_string();
        for line in cut::wrap(&line, self.width) {
            self.say(line, Role::Strong);
        }
        match &request.body {
            None => self.say("  no body", Role::Dim),
            Some(body) => self.body("", body, 2),
        }
    }

    /// A JSON value as labelled lines: nested names are indented, text keeps its lines.
    fn body(&mut self, label: &str, value: &Value, indent: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let inner = if label.is_empty() { indent } else { indent + 2 };
                if !label.is_empty() {
                    self.say(format!("{}{label}", " ".repeat(indent)), Role::Dim);
                }
                for (name, value) in fields {
                    self.body(&text::line(name), value, inner);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let name = if label.is_empty() { "items" } else { label };
                self.say(format!("{}{name}: {}", " ".repeat(indent), items.len()), Role::Dim);
                for (i, item) in items.iter().enumerate() {
                    self.item(i + 1, item, indent + 2);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Array(_) => {
                self.value(label, value, indent);
            }
        }
    }

    /// One of many, as compact as it can be without leaving anything out.
    fn item(&mut self, number: usize, item: &Value, indent: usize) {
        let mut parts = Vec::new();
        flatten("", item, &mut parts);
        let words = parts.join("  ");
        let label = format!("{}{number:>4}  ", " ".repeat(indent));
        let room = self.width.saturating_sub(cut::width(&label));
        for (i, line) in cut::wrap(&words, room).into_iter().enumerate() {
            let front = if i == 0 { label.clone() } else { " ".repeat(cut::width(&label)) };
            self.lines.push(vec![(front, Role::Dim), (line, Role::DiffNew)]);
        }
    }

    fn value(&mut self, label: &str, value: &Value, indent: usize) {
        let front = format!("{}{label}: ", " ".repeat(indent));
        let words = shown(value);
        let is_long = words.contains('\n') || cut::width(&front) + cut::width(&words) > self.width;
        if is_long {
            self.say(front.trim_end().to_owned(), Role::Dim);
            for line in cut::wrap(&words, self.width.saturating_sub(indent + 2)) {
                self.lines.push(vec![(" ".repeat(indent + 2), Role::Dim), (line, Role::DiffNew)]);
            }
        } else {
            self.lines.push(vec![(front, Role::Dim), (words, Role::DiffNew)]);
        }
    }
}

/// A value as words; text as it reads, everything else as JSON writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(words) => text::block(words).into_string(),
        other => text::line(&other.to_string()).into_string(),
    }
}

fn flatten(name: &str, value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, parts);
            }
        }
        other => {
            let words = text::line(&shown(other)).into_string();
            let name = text::line(name);
            parts.push(if name.is_empty() { words } else { format!("{name}={words}") });
        }
    }
}

/// The value a change would give a field, looked up in its requests by the field's dotted name.
fn after<'a>(change: &'a Change, field: &str) -> Option<&'a Value> {
    let pointer = format!("/{}", field.replace('.', "/"));
    let bodies = || change.requests().iter().filter_map(|request| request.body.as_ref());
    bodies()
        .find_map(|body| body.pointer(&pointer))
        .or_else(|| bodies().find_map(|body| body.pointer(&format!("/custom{pointer}"))))
}
