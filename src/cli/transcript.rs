//! Owns how a turn is printed while it runs: the model's words on stdout as they stream, calls and remarks on stderr; or,
//! for scripts, one JSON object a line on stdout, each entry once it is complete.

use std::io;

use serde_json::{Value, json};

use super::{out, usage};
use crate::{
    assistant::{CallEntry, Entry, Figures},
    privacy::text,
};

/// The printing of one turn.
pub struct Transcript {
    json: bool,
    /// Entries printed whole.
    entries: usize,
    /// Characters of the entry after them that are printed already.
    chars: usize,
    /// Whether the beginning of the call after them was told.
    announced: bool,
}

impl Transcript {
    /// Nothing printed yet.
    pub fn new(json: bool) -> Self {
        Self { json, entries: 0, chars: 0, announced: false }
    }

    /// Prints what is new. The last entry may still grow.
    pub fn follow(&mut self, entries: &[Entry]) -> io::Result<()> {
        while let Some(entry) = entries.get(self.entries) {
            let complete = match entry {
                Entry::Call(call) => !call.state.is_open(),
                Entry::Person(_) | Entry::Notice(_) => true,
                Entry::Model(_) => self.entries + 1 < entries.len(),
            };
            self.show(entry, complete)?;
            if !complete {
                return Ok(());
            }
            (self.entries, self.chars, self.announced) = (self.entries + 1, 0, false);
        }
        Ok(())
    }

    /// Prints the rest: the turn ended.
    pub fn end(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.follow(entries)?;
        for entry in entries.iter().skip(self.entries) {
            self.show(entry, true)?;
            (self.entries, self.chars) = (self.entries + 1, 0);
        }
        Ok(())
    }

    /// Prints what the turn and the shift have spent.
    pub fn spent(&self, figures: &Figures) -> io::Result<()> {
        if self.json {
            return out::json_line(&json!({
                "type": "usage", "turn": usage::sum(&figures.turn), "shift": usage::sum(&figures.shift),
                "currency": figures.spending.currency(),
            }));
        }
        out::say(&figures.to_string());
        Ok(())
    }

    fn show(&mut self, entry: &Entry, complete: bool) -> io::Result<()> {
        if self.json {
            return if complete { out::json_line(&document(entry)) } else { Ok(()) };
        }
        match entry {
            Entry::Person(_) => {}
            Entry::Model(words) => {
                let safe = words.block();
                out::text(&safe.chars().skip(self.chars).collect::<String>())?;
                self.chars = safe.chars().count();
                if complete {
                    out::text("\n")?;
                }
            }
            Entry::Call(call) => self.show_call(call, complete),
            Entry::Notice(notice) => out::say(&text::block(&notice.to_string())),
        }
        Ok(())
    }

    fn show_call(&mut self, call: &CallEntry, complete: bool) {
        let effect = call.effect.map_or("unknown tool", crate::approval::Effect::word);
        if !self.announced {
            out::say(&format!("→ {} [{effect}] {}", call.name.line(), call.arguments.line()));
            self.announced = true;
        }
        if complete {
            let took = call.took_ms.map(|ms| format!(", {ms} ms")).unwrap_or_default();
            out::say(&format!("← {} {}{took}", call.name.line(), call.state.word()));
        }
    }
}

/// An entry as JSON. Arguments and results hold placeholders, never values.
fn document(entry: &Entry) -> Value {
    match entry {
        Entry::Person(words) => json!({ "type": "person", "text": words.raw() }),
        Entry::Model(words) => json!({ "type": "model", "text": words.raw() }),
        Entry::Call(call) => json!({
            "type": "call", "name": call.name.raw(), "arguments": call.arguments.raw(),
            "effect": call.effect.map(crate::approval::Effect::word), "state": call.state.word(), "result": call.result,
            "took_ms": call.took_ms,
        }),
        Entry::Notice(notice) => json!({ "type": "notice", "text": notice.to_string() }),
    }
}
