//! Owns how a server's question reads in linear mode: who asks, its words apart from ours, every field in a line of its own with
//! its number, and how it is answered.

use super::{Field, Sheet};
use crate::{connect::mcp::Question, console::widgets::blanks, privacy::text};

/// What stands before each line of a stranger's words.
const THEIRS: &str = "| ";

impl Sheet {
    /// All of it, line by line.
    pub fn spoken(&self) -> Vec<String> {
        let mut lines = vec![format!("The server {} asks, in its own words:", self.server)];
        let (Question::Form { message, .. } | Question::Link { message, .. }) = &self.question;
        lines.extend(blanks::counted(message.raw()).lines().map(|line| format!("{THEIRS}{line}")));
        if let Question::Link { url, host, .. } = &self.question {
            lines.push(format!("It wants you to go to: {}", text::line(host).as_ref()));
            lines.push(format!("The whole address: {}", text::line(url).as_ref()));
            lines.push(super::view::CONSENT.to_owned());
        }
        lines.extend((1..).zip(&self.fields).map(|(number, field)| self.said(number, field)));
        lines
    }

    fn said(&self, number: usize, field: &Field) -> String {
        let words = text::line(&field.words()).into_string();
        let words = if words.is_empty() { "not set".to_owned() } else { words };
        let mut line = format!("{number}. {}: {words}", field.label());
        if field.has_placeholder() {
            line.push_str(&format!("; {}", super::view::PLACEHOLDER));
        }
        match self.wrong(field) {
            Some(why) => line.push_str(&format!("; not yet: {}", text::line(&why).as_ref())),
            None => line.push_str(&format!("; takes {}", field.takes())),
        }
        line
    }

    /// Which field the next line fills.
    pub fn prompt(&self) -> String {
        self.field().map_or_else(|| format!("answer to {}", self.server), Field::label)
    }

    /// What can be typed here, in words.
    pub fn spoken_hint(&self) -> &'static str {
        if self.fields.is_empty() {
            return "Type :open-link to open the address in a browser, :copy-link to have it printed, :send-answer to agree; \
                    :decline-question tells the server no, :cancel-question that you give no answer, :set-aside decides later.";
        }
        "Each line fills the next field; an empty line leaves it, - clears it. :2 goes to field 2, :2 words fills it, \
         :from-list chooses from a list. :send-answer sends it; :decline-question tells the server no, :cancel-question that \
         you give no answer, :set-aside decides later."
    }

    /// Takes a line for the field with the cursor, and goes on to the next; `false` where there is nothing to fill in.
    pub fn take_line(&mut self, words: &str) -> bool {
        self.says = None;
        let Some(field) = self.field_mut() else { return false };
        match words.trim() {
            "" => {}
            "-" => field.set(""),
            _ => field.set(words),
        }
        self.step(1);
        true
    }
}
