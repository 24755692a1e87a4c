//! Owns the filter over the records that were read: instant, without asking the desk. Each record is one line of lower
//! case, made when it came; nothing a mask would hide is in it.

use super::{columns, table, value};
use crate::{
    console::{keymap::Key, state::Shared, widgets::input::Input},
    domain::{Klass, Kobject},
};

/// The longest line that is compared, in characters.
const LONGEST: usize = 2_000;

/// The filter, and the records it leaves.
#[derive(Debug, Default)]
pub struct Filter {
    /// What is typed.
    pub input: Input,
    /// Whether it has the cursor.
    pub is_typing: bool,
    hays: Vec<String>,
    /// Places of the records that are left, among those that were read.
    left: Vec<usize>,
}

impl Filter {
    /// Takes the records in that were read.
    pub fn take(&mut self, klass: Option<&Klass>, rows: &[Kobject], shared: &Shared) {
        self.hays = rows.iter().map(|row| hay(klass, row, shared)).collect();
        self.apply();
    }

    /// Whether it stands on screen.
    pub fn is_open(&self) -> bool {
        self.is_typing || !self.input.words().is_empty()
    }

    /// The places of the records that are left.
    pub fn left(&self) -> &[usize] {
        &self.left
    }

    /// Takes a key as text.
    pub fn key(&mut self, key: &Key) {
        self.input.key(key);
        self.apply();
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.input.paste(text);
        self.apply();
    }

    /// Lets everything through again; `false` when it did before.
    pub fn clear(&mut self) -> bool {
        let was_open = self.is_open();
        self.input.clear();
        self.is_typing = false;
        self.apply();
        was_open
    }

    fn apply(&mut self) {
        let words: Vec<String> = self.input.words().split_whitespace().map(str::to_lowercase).collect();
        let fits = |place: &usize| words.iter().all(|word| self.hays[*place].contains(word.as_str()));
        self.left = (0..self.hays.len()).filter(fits).collect();
    }
}

fn hay(klass: Option<&Klass>, row: &Kobject, shared: &Shared) -> String {
    let mut words = format!("{} {}", table::name(row), row.id);
    if let Some(id) = &row.external_id {
        words = format!("{words} {}", id.line());
    }
    for attribute in klass.map(|klass| columns::attributes(klass, &[row])).unwrap_or_default() {
        words.push(' ');
        words.push_str(&value::cell(&attribute, row.field(&attribute.name), shared, &value::Names::default()).words);
    }
    words.chars().take(LONGEST).flat_map(char::to_lowercase).collect()
}
