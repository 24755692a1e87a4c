//! Owns how the composer reads in linear mode: what is written to whom, how long it may be, when it leaves. Every line is
//! safe to print and stands for itself, so that after a change only the lines that changed are said.

use super::{About, Channel, Compose, Field, view};
use crate::{console::state::Shared, privacy::text};

impl Compose {
    /// What is known of it besides the words themselves.
    pub fn spoken(&self, shared: &Shared) -> Vec<String> {
        let mut lines = vec![format!("Writing {}; {}.", self.what(), view::leaves_in_words(self, shared))];
        lines.extend(self.fields().iter().filter(|field| **field != Field::Body).map(|field| self.said(*field)));
        lines.push(match self.count() {
            (count, Some(limit)) => format!("{count} of {limit} characters."),
            (count, None) => format!("{count} characters."),
        });
        let obstacle = self.obstacle(&view::facts(self, shared), shared.moment.now).filter(|_| !self.body.is_blank());
        lines.extend(obstacle.map(|why| format!("Not yet: {why}.")));
        lines.iter().map(|line| text::line(line).into_string()).collect()
    }

    fn what(&self) -> String {
        match &self.about {
            About::Note(conversation) => format!("a private note on \"{}\"", conversation.name.line()),
            About::Reply(conversation) => format!("a reply in \"{}\" over {}", conversation.name.line(), self.over()),
            About::New(_) => format!("a new message over {}", self.over()),
            About::Edit(_) => format!("a draft over {}", self.over()),
        }
    }

    fn over(&self) -> &str {
        self.channel.as_str()
    }

    /// A field of the head with its words, or what stands for them.
    fn said(&self, field: Field) -> String {
        let (label, input, hint) = view::field_of(self, field);
        let typed = input.map(super::Input::words).filter(|words| !words.is_empty());
        let hint = if hint.is_empty() { "nobody" } else { &hint };
        format!("{label}: {}", typed.unwrap_or(hint))
    }

    /// What can be typed here, in words.
    pub fn spoken_hint(&self) -> &'static str {
        match self.channel {
            Channel::Note => "Type the note and press Enter: it goes to its card. :leave keeps the words.",
            Channel::Email => {
                "Each line is a line of the mail; :put-up ends it. :to, :cc, :bcc, :subject or :body with words set that part; :channel, :schedule, :shortcut; :leave keeps the words."
            }
            _ => {
                "Type the message and press Enter: it goes to its card. :to or :body with words set that part; :channel, :schedule, :shortcut; :leave keeps the words."
            }
        }
    }

    /// Sets a field in one go; the cursor is at the words again. Whether this channel has it.
    pub fn fill(&mut self, field: Field, words: &str) -> bool {
        if !self.fields().contains(&field) {
            return false;
        }
        self.field = field;
        match self.line_mut() {
            Some(line) => {
                line.clear();
                line.paste(words);
                self.field = Field::Body;
            }
            None => self.replace(words),
        }
        true
    }

    /// Takes a line: a further one of the words, or all that the field of the head says.
    pub fn take_line(&mut self, words: &str) {
        match self.field {
            Field::Body => {
                if !self.body.is_blank() {
                    self.body.new_line();
                }
                self.body.paste(words);
            }
            field if !words.is_empty() => {
                self.fill(field, words);
            }
            _ => self.field = Field::Body,
        }
    }
}

impl Field {
    /// What the field is called in a typed line and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::To => "to",
            Self::Cc => "cc",
            Self::Bcc => "bcc",
            Self::Subject => "subject",
            Self::Body => "body",
        }
    }

    /// The field of this name.
    pub fn by_word(word: &str) -> Option<Self> {
        [Self::To, Self::Cc, Self::Bcc, Self::Subject, Self::Body].into_iter().find(|field| field.word() == word)
    }
}
