//! Owns how a form reads in linear mode: every field in a line of its own, with its number, so that after a change only the
//! lines that changed are said.

use super::{Entry, Field, Form, Reading, view};
use crate::privacy::text;

impl Form {
    /// All of it, line by line.
    pub fn spoken(&self, reading: Reading<'_>) -> Vec<String> {
        let mut lines = vec![format!("Form: {}.", self.title())];
        match self.loaded().problem() {
            Some(problem) => lines.push(format!("{}: {}. {}.", problem.what, problem.why, problem.next)),
            None if self.loaded().is_loading() => lines.push("being read".to_owned()),
            None => {}
        }
        lines.extend((1..).zip(self.fields()).map(|(number, field)| said(number, field, reading)));
        lines.iter().map(|line| text::line(line).into_string()).collect()
    }

    /// Which field the next line fills, and with what.
    pub fn prompt(&self) -> String {
        self.field().map_or_else(|| "form".to_owned(), Field::label)
    }

    /// What can be typed here, in words.
    pub fn spoken_hint(&self) -> &'static str {
        "Each line fills the next field: yes or no, a date in words, a value; an empty line leaves it, - clears it. \
         :7 goes to field 7, :7 words fills it. :from-list chooses from a list or looks a record up, :replace-masked writes \
         a masked value anew, :as-it-was takes the desk's value back. :put-up makes the card, :leave keeps the words."
    }

    /// Takes a line for the field with the cursor, and goes on to the next.
    pub fn take_line(&mut self, words: &str) {
        if let Some(field) = self.field_mut() {
            match words.trim() {
                "" => {}
                "-" => field.fill(""),
                _ => field.fill(words),
            }
        }
        self.step(1);
    }
}

fn said(number: usize, field: &Field, reading: Reading<'_>) -> String {
    let words = match &field.entry {
        Entry::Masked(shown) => format!("{shown}, masked"),
        Entry::Fixed(json) if json.is_empty() => "not set, not edited here".to_owned(),
        Entry::Fixed(json) => format!("{json}, not edited here"),
        entry => match entry.words() {
            words if words.is_empty() => "not set".to_owned(),
            words => field.names.as_ref().map_or_else(|| words.clone(), |name| format!("{name} ({words})")),
        },
    };
    let mut line = format!("{number}. {}: {words}", field.label());
    if field.is_touched() {
        line.push_str("; changed");
    }
    if let Some(sides) = field.sides(reading.zone) {
        let sides = sides.map(|(side, words)| format!("{} {words}", view::side(side)));
        line.push_str(&format!("; both sides moved: {}; :from-list chooses", sides.join(", ")));
    } else if let Some(why) = field.wrong(reading) {
        line.push_str(&format!("; not yet: {why}"));
    } else if let Some(meaning) = view::meaning(field, reading).filter(|_| field.is_touched()) {
        line.push_str(&format!("; {meaning}"));
    }
    line
}
