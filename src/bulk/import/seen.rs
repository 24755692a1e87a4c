//! Owns which keys and records earlier rows of a table were about, so that no two rows are about one. Small: a table may have
//! a million rows.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
};

/// Parts the memory of keys is in: each grows by itself, so that never all of it is copied at once.
const PARTS: usize = 79;

/// Keys that were seen, by their hashes, with the row they were first in: thirteen bytes a row.
pub(super) struct Seen {
    hasher: RandomState,
    // Halves of the hash: a whole one would be padded.
    parts: Vec<HashMap<[u32; 2], u32>>,
}

impl Seen {
    /// Nothing was seen yet.
    pub fn new() -> Self {
        Self { hasher: RandomState::new(), parts: vec![HashMap::new(); PARTS] }
    }

    /// The row this key was first in, if it was seen before; else it is remembered.
    pub fn before(&mut self, word: &str, key: &str, number: u64) -> Option<u32> {
        let hash = self.hasher.hash_one((word, key));
        let halves = [(hash >> 32) as u32, hash as u32];
        let part = &mut self.parts[halves[0] as usize % PARTS];
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match part.entry(halves) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(free) => {
                free.insert(number);
                None
            }
        }
    }
}
