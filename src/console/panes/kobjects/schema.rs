//! Owns the view of a klass itself: what metadata says of each attribute, and what is different since somebody looked last.
//! What is remembered for that are names of attributes and how many values each allows, nothing else.

use std::collections::BTreeMap;

use ratatui::text::{Line, Span};
use serde_json::{Map, Value, json};

use super::detail::Row;
use crate::{
    console::{
        theme::{Role, Theme},
        widgets::cut,
    },
    domain::{Attribute, AttributeKind, Klass},
    privacy::text,
};

/// Klasses and attributes of each that are remembered.
const MOST: (usize, usize) = (40, 200);

/// What a klass's metadata was when it was last looked at: how many values each attribute allows.
type Looked = BTreeMap<String, usize>;

/// What every klass's metadata was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    klasses: BTreeMap<String, Looked>,
    /// What the one that is open was before it was opened.
    before: Option<(String, Looked)>,
}

/// What is different about an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It was not there.
    New(String),
    /// It is not there any more.
    Gone(String),
    /// It allows another number of values.
    Values(String, usize, usize),
}

impl Memory {
    /// Somebody looks at a klass: what it was is compared with, what it is is remembered.
    pub fn look(&mut self, klass: &Klass) {
        let name = klass.name.to_string();
        let now = shape(klass);
        let before = self.klasses.insert(name.clone(), now.clone()).unwrap_or(now);
        self.before = Some((name, before));
    }

    /// What is different since the last look, of the klass that is open.
    pub fn differences(&self, klass: &Klass) -> Vec<Difference> {
        let Some((_, before)) = self.before.as_ref().filter(|(name, _)| *name == klass.name.to_string()) else {
            return Vec::new();
        };
        let now = shape(klass);
        let mut all: Vec<Difference> =
            now.keys().filter(|name| !before.contains_key(*name)).cloned().map(Difference::New).collect();
        all.extend(before.keys().filter(|name| !now.contains_key(*name)).cloned().map(Difference::Gone));
        all.extend(now.iter().filter_map(|(name, count)| {
            let was = *before.get(name)?;
            (was != *count).then(|| Difference::Values(name.clone(), was, *count))
        }));
        all
    }

    /// As it is remembered.
    pub fn remember(&self) -> Value {
        let one = |(klass, looked): (&String, &Looked)| {
            let kept: Map<String, Value> =
                looked.iter().take(MOST.1).map(|(name, count)| (name.clone(), json!(count))).collect();
            (klass.clone(), Value::Object(kept))
        };
        Value::Object(self.klasses.iter().take(MOST.0).map(one).collect())
    }

    /// As it was remembered.
    pub fn recall(remembered: &Value) -> Self {
        let count = |(name, count): (&String, &Value)| Some((name.clone(), usize::try_from(count.as_u64()?).ok()?));
        let one = |(klass, kept): (&String, &Value)| {
            (klass.clone(), kept.as_object().into_iter().flatten().take(MOST.1).filter_map(count).collect())
        };
        let klasses = remembered.as_object().into_iter().flatten().take(MOST.0).map(one).collect();
        Self { klasses, before: None }
    }
}

fn shape(klass: &Klass) -> Looked {
    let all = klass.attributes.iter().take(MOST.1);
    all.map(|attribute| (attribute.name.clone(), attribute.enumeration.len())).collect()
}

/// The klass in lines, an attribute a fact.
pub fn rows(klass: &Klass, memory: &Memory, theme: &Theme, width: usize) -> Vec<Row> {
    let head =
        format!("{} ({}), {} attributes", klass.label.line(), text::line(klass.name.as_str()), klass.attributes.len());
    let mut lines = vec![Line::styled(cut::fit(&head, width), theme.style(Role::Kobject))];
    let differences = memory.differences(klass);
    if differences.is_empty() {
        lines.push(Line::styled("nothing is different since it was last looked at", theme.style(Role::Dim)));
    }
    for difference in &differences {
        let (words, role) = match difference {
            Difference::New(name) => (format!("+ {} is new", text::line(name)), Role::Good),
            Difference::Gone(name) => (format!("- {} is gone", text::line(name)), Role::Warning),
            Difference::Values(name, was, now) => {
                (format!("~ {}: {was} allowed values before, {now} now", text::line(name)), Role::Warning)
            }
        };
        lines.push(Line::styled(cut::fit(&words, width), theme.style(role)));
    }
    lines.push(Line::default());
    let mut rows: Vec<Row> = lines.into_iter().enumerate().map(|(at, line)| Row::of(line, at)).collect();
    for attribute in &klass.attributes {
        let stop = rows.last().map_or(0, |row| row.stop + 1);
        let (name, rest) = (cut::pad(&text::line(&attribute.name), 24.min(width / 3)), said(attribute));
        let room = width.saturating_sub(cut::width(&name) + 2);
        let mut lead = name;
        for part in cut::wrap(&rest, room) {
            let line = Line::from(vec![
                Span::styled(format!("{lead}  "), theme.style(Role::Text)),
                Span::styled(part, theme.style(Role::Dim)),
            ]);
            rows.push(Row::of(line, stop));
            lead = " ".repeat(cut::width(&lead));
        }
    }
    rows
}

/// What metadata says of an attribute, in words.
fn said(attribute: &Attribute) -> String {
    let kind = match attribute.kind {
        AttributeKind::Str => "words",
        AttributeKind::Txt => "long text",
        AttributeKind::Num => "number",
        AttributeKind::Bool => "yes or no",
        AttributeKind::At => "moment",
        AttributeKind::Url => "address",
        AttributeKind::Id => "id",
        AttributeKind::Tree => "tree",
        AttributeKind::Unknown => "no known kind",
    };
    let mut words = format!("{kind} \u{201c}{}\u{201d}", attribute.label.line());
    if let Some(target) = &attribute.target {
        words.push_str(&format!(" of {}", text::line(target)));
    }
    if !attribute.enumeration.is_empty() {
        let values: Vec<String> = attribute.enumeration.iter().map(|value| value.line().into_string()).collect();
        words.push_str(&format!(": {}", values.join(", ")));
    }
    if attribute.sensitive {
        words.push_str(", masked");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{KlassName, Text};

    fn klass(attributes: &[(&str, usize)]) -> Klass {
        let attribute = |(name, values): &(&str, usize)| Attribute {
            enumeration: (0..*values).map(|at| Text::from(at.to_string())).collect(),
            ..Attribute::undescribed(name)
        };
        let attributes = attributes.iter().map(attribute).collect();
        Klass { name: KlassName::new("order"), label: Text::from("Order"), attributes }
    }

    #[test]
    fn what_is_different_since_the_last_look_is_told_also_after_a_restart() {
        let old = klass(&[("aStr", 2), ("bNum", 0)]);
        let new = klass(&[("aStr", 3), ("cBool", 0)]);
        let mut memory = Memory::default();
        memory.look(&old);
        assert_eq!(memory.differences(&old), [], "the first look has nothing to compare with");
        let mut memory = Memory::recall(&memory.remember());
        memory.look(&new);
        let told = [
            Difference::New("cBool".to_owned()),
            Difference::Gone("bNum".to_owned()),
            Difference::Values("aStr".to_owned(), 2, 3),
        ];
        assert_eq!(memory.differences(&new), told);
        memory.look(&new);
        assert_eq!(memory.differences(&new), []);
        assert_eq!(Memory::recall(&json!({"order": {"x": "y"}, "z": 3})).differences(&old), []);
    }
}
