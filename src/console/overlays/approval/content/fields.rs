//! Owns how a card tells what becomes of a record: field by field against the record as it was last read, lists by item,
//! long texts word by word, masks as masks. What is gone and what is new have signs, not only colours.

use serde_json::Value;

use super::{Card, Words, counted, one_line};
use crate::{
    approval::{
        Effect, Proposal, Sheet, Target,
        diff::{self, FieldDiff, Kind, Word},
        mask,
    },
    console::{theme::Role, widgets::cut},
};

/// Characters of an unchanged stretch of a long text that are shown on either side.
const AROUND: usize = 60;
/// Fields that say what is deleted, besides custom attributes.
const TELLING: [&str; 9] =
    ["name", "displayName", "title", "subject", "body", "preview", "status", "externalId", "createdAt"];

impl Card<'_> {
    /// What becomes of the record.
    pub(super) fn fields(&mut self, proposal: &Proposal) {
        let change = proposal.change();
        let record = proposal.standing().scene().map(|scene| &scene.record);
        match record {
            Some(Target::There(sheet)) if change.effect() == Effect::Delete => self.removed(sheet),
            Some(Target::There(sheet)) => self.differences(&diff::fields(change, sheet), sheet.rev()),
            Some(Target::Unreadable(why)) => {
                let says = format!("What is there now cannot be shown: {}", one_line(why));
                self.heading(&says, Role::Warning);
            }
            Some(Target::None | Target::Missing) | None => self.before(proposal),
        }
    }

    fn differences(&mut self, all: &[FieldDiff], rev: Option<u64>) {
        if all.is_empty() {
            return;
        }
        let rev = rev.map(|rev| format!(" (revision {rev})")).unwrap_or_default();
        self.heading(&format!("What changes, against the record as it is now{rev}:"), Role::Dim);
        let mut same = Vec::new();
        for field in all {
            match &field.kind {
                Kind::Same => same.push(one_line(&field.name)),
                Kind::Value { old, new } => {
                    self.name(&field.name, old.as_ref());
                    self.value("-", old.as_ref(), Role::DiffOld);
                    self.value("+", new.as_ref(), Role::DiffNew);
                }
                Kind::Words(words) => {
                    self.name(&field.name, None);
                    self.words(words);
                }
                Kind::List { gone, new, kept } => {
                    let hidden = gone.iter().find(|item| diff::is_masked(item));
                    self.name(&field.name, hidden);
                    for item in gone {
                        self.value("-", Some(item), Role::DiffOld);
                    }
                    for item in new {
                        self.value("+", Some(item), Role::DiffNew);
                    }
                    if *kept > 0 {
                        self.say(format!("    {kept} stay"), Role::Dim);
                    }
                }
            }
        }
        if !same.is_empty() {
            let words = format!("repeated as they are: {}", same.join(", "));
            for line in cut::wrap(&words, self.width.saturating_sub(2)) {
                self.say(format!("  {line}"), Role::Dim);
            }
        }
    }

    fn name(&mut self, name: &str, old: Option<&Value>) {
        let mut line = vec![(format!("  {}", one_line(name)), Role::Strong)];
        if old.is_some_and(diff::is_masked) {
            line.push(("  masked here: it may be the same".to_owned(), Role::Masked));
        }
        self.lines.push(line);
    }

    /// One side of a difference, behind its sign.
    pub(super) fn value(&mut self, sign: &str, value: Option<&Value>, role: Role) {
        // What is there now may have keys that say nothing; what is sent is shown with all of them.
        let words = match value {
            None => "nothing".to_owned(),
            Some(old) if sign == "-" => whole(&speaking(old)),
            Some(new) => whole(new),
        };
        let role = if value.is_none() { Role::Dim } else { role };
        for line in cut::wrap(&words, self.width.saturating_sub(6)) {
            self.lines.push(vec![(format!("    {sign} "), role), (line, role)]);
        }
    }

    /// A text word by word, flowing; what is gone and what is new stand in brackets of their own.
    fn words(&mut self, words: &[Word]) {
        let mut runs = Vec::new();
        for word in words {
            match word {
                Word::Kept(run) => runs.extend(shortened(run).into_iter().map(|run| (run, Role::Text))),
                Word::Gone(run) => runs.push((format!("[-{}-]", counted(run)), Role::DiffOld)),
                Word::New(run) => runs.push((format!("{{+{}+}}", counted(run)), Role::DiffNew)),
            }
        }
        for line in flow(&runs, self.width.saturating_sub(4)) {
            let mut whole = vec![("    ".to_owned(), Role::Dim)];
            whole.extend(line);
            self.lines.push(whole);
        }
    }

    fn removed(&mut self, sheet: &Sheet) {
        self.heading("What is there now, and would be gone:", Role::Dim);
        let tells = |name: &str| TELLING.contains(&name) || name.starts_with("custom.");
        let (told, rest): (Vec<_>, Vec<_>) = sheet.fields().partition(|(name, _)| tells(name));
        for (name, value) in told {
            self.name(name, None);
            self.value("-", Some(value), Role::DiffOld);
        }
        if !rest.is_empty() {
            self.say(format!("  and {} fields more", rest.len()), Role::Dim);
        }
    }

    /// The record as the author saw it, where it cannot be read anew.
    fn before(&mut self, proposal: &Proposal) {
        let change = proposal.change();
        if change.before().is_empty() {
            return;
        }
        self.heading("What was there when this was wanted, and what would be:", Role::Dim);
        for (field, now) in change.before() {
            self.name(field, None);
            self.value("-", Some(&Value::from(now.raw())), Role::DiffOld);
            if let Some(new) = after(proposal, field) {
                self.value("+", Some(new), Role::DiffNew);
            }
        }
    }
}

/// The value a change would give a field, looked up in its requests by the field's name.
fn after<'a>(proposal: &'a Proposal, field: &str) -> Option<&'a Value> {
    let bodies = || proposal.change().requests().iter().filter_map(|request| request.body.as_ref());
    bodies().find_map(|body| body.get(field)).or_else(|| bodies().find_map(|body| body.get("custom")?.get(field)))
}

/// An unchanged stretch by its ends.
fn shortened(run: &str) -> Vec<String> {
    let length = run.chars().count();
    if length <= 3 * AROUND {
        return vec![counted(run)];
    }
    let head: String = run.chars().take(AROUND).collect();
    let tail: String = run.chars().skip(length - AROUND).collect();
    vec![counted(&head), format!(" ⟨{} characters as they are⟩ ", length - 2 * AROUND), counted(&tail)]
}

/// A value without the keys that hold nothing.
fn speaking(value: &Value) -> Value {
    match value.as_object() {
        Some(fields) if mask(value).is_none() => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        _ => value.clone(),
    }
}

/// A value with all its lines: text as it reads, masks as masks, everything else by its parts.
fn whole(value: &Value) -> String {
    match (mask(value), value) {
        (None, Value::String(words)) => counted(words),
        _ => one(value),
    }
}

/// A value in one line.
pub fn one(value: &Value) -> String {
    let mut parts = Vec::new();
    flatten("", value, &mut parts);
    parts.join("  ")
}

/// The leaves of a value, each behind its name.
pub fn flatten(name: &str, value: &Value, parts: &mut Vec<String>) {
    let named = |words: String| if name.is_empty() { words } else { format!("{}={words}", one_line(name)) };
    match (mask(value), value) {
        (Some(shown), _) => parts.push(named(format!("{} (masked)", one_line(shown)))),
        (None, Value::Object(fields)) if !fields.is_empty() => {
            for (key, value) in fields {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, parts);
            }
        }
        (None, Value::Array(items)) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                let name = if items.len() == 1 { name.to_owned() } else { format!("{name}[{}]", at + 1) };
                flatten(&name, item, parts);
            }
        }
        (None, Value::String(words)) => parts.push(named(one_line(words))),
        (None, other) => parts.push(named(one_line(&other.to_string()))),
    }
}

/// Runs of words broken into lines, each word in its run's role.
fn flow(runs: &[(String, Role)], width: usize) -> Vec<Words> {
    let mut lines: Vec<Words> = vec![Vec::new()];
    let mut used = 0;
    for (run, role) in runs {
        for (at, part) in run.split('\n').enumerate() {
            if at > 0 {
                lines.push(Vec::new());
                used = 0;
            }
            for word in part.split_inclusive(' ') {
                // A word longer than a line is broken inside.
                for (at, piece) in cut::wrap(word, width).into_iter().enumerate() {
                    let piece = if at == 0 && word.ends_with(' ') && !piece.ends_with(' ') {
                        format!("{piece} ")
                    } else {
                        piece
                    };
                    let wide = cut::width(&piece);
                    if used > 0 && used + cut::width(piece.trim_end()) > width {
                        lines.push(Vec::new());
                        used = 0;
                    }
                    used += wide;
                    let Some(line) = lines.last_mut() else { continue };
                    match line.last_mut() {
                        Some((words, last)) if last == role => words.push_str(&piece),
                        _ => line.push((piece, *role)),
                    }
                }
            }
        }
    }
    lines
}

/// The differences in sentences.
pub fn spoken(proposal: &Proposal) -> Vec<String> {
    let record = proposal.standing().scene().and_then(|scene| scene.record.sheet());
    let Some(sheet) = record.filter(|_| proposal.change().effect() != Effect::Delete) else {
        let before = proposal.change().before().iter();
        return before.map(|(field, now)| format!("now       {}: {}", one_line(field), one_line(now.raw()))).collect();
    };
    let say = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), one);
    let mut all = Vec::new();
    for FieldDiff { name, kind } in diff::fields(proposal.change(), sheet) {
        let name = one_line(&name);
        match kind {
            Kind::Same => {}
            Kind::Value { old, new } => all.push(format!("changes   {name}: from {} to {}", say(&old), say(&new))),
            Kind::Words(words) => {
                let part = |word: &Word| match word {
                    Word::Kept(run) => shortened(run).concat(),
                    Word::Gone(run) => format!("[-{run}-]"),
                    Word::New(run) => format!("{{+{run}+}}"),
                };
                all.push(format!("changes   {name}: {}", one_line(&words.iter().map(part).collect::<String>())));
            }
            Kind::List { gone, new, .. } => {
                all.extend(gone.iter().map(|item| format!("takes out {name}: {}", one(item))));
                all.extend(new.iter().map(|item| format!("puts in   {name}: {}", one(item))));
            }
        }
    }
    all
}
