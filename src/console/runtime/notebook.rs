//! Owns the writing down of what must survive a crash as it comes: half-typed words and the assistant's dialogues, by a
//! thread of its own, so that a key is never slower than the disk. Does not decide when (`update`) nor how it is kept
//! (`store`).
//!
//! Invariant: a dialogue passes the vault before it is written; a person's words are sealed by the store.

use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
};

use tokio::sync::mpsc::UnboundedSender;

use super::perform::local;
use crate::{
    approval::Trail,
    assistant::transcript::{self, Noted},
    clock::Clock,
    console::{msg::Msg, session, tour},
    privacy::Vault,
    store::{StepRow, Store, StoreError, TranscriptHead},
};

/// What holds ids and settings only: it outlives a change of the desk's key.
const SETTINGS: [&str; 2] = [session::KEY, tour::KEPT];

/// The line to the thread.
pub struct Notebook {
    notes: Option<Sender<Note>>,
    writer: Option<JoinHandle<()>>,
    vault: Vault,
    clock: Clock,
    org: String,
    heads: BTreeMap<u32, TranscriptHead>,
}

enum Note {
    Words(String, String),
    Steps(TranscriptHead, Vec<StepRow>),
}

impl Notebook {
    /// Starts the thread; what fails is told into `trouble`.
    pub fn start(trail: Trail, vault: Vault, clock: Clock, trouble: UnboundedSender<Msg>) -> Self {
        let (notes, waiting) = channel();
        let org = trail.org().to_owned();
        let writer = std::thread::spawn(move || write(&waiting, trail.store(), &trouble));
        Self { notes: Some(notes), writer: Some(writer), vault, clock, org, heads: BTreeMap::new() }
    }

    /// Keeps half-typed words; empty words are forgotten.
    pub fn keep(&self, key: String, text: String) {
        self.send(Note::Words(key, text));
    }

    /// Writes entries into the transcript of a dialogue of this sitting.
    pub fn transcribe(&mut self, dialogue: u32, entries: &[Noted], model: String) {
        let head = self.heads.entry(dialogue).or_insert_with(|| transcript::begin(&self.org, &self.clock));
        head.model = model;
        let rows = transcript::take(head, entries, &self.clock, &self.vault);
        let note = Note::Steps(head.clone(), rows);
        self.send(note);
    }

    fn send(&self, note: Note) {
        if let Some(notes) = &self.notes {
            // The thread ends with this line, not before.
            let _ = notes.send(note);
        }
    }

    /// Everything handed over is on disk when this ends.
    pub async fn close(&mut self) {
        drop(self.notes.take());
        if let Some(writer) = self.writer.take() {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}

fn write(waiting: &Receiver<Note>, store: &Store, trouble: &UnboundedSender<Msg>) {
    while let Ok(first) = waiting.recv() {
        // Of words under one key only the newest counts.
        let mut words = BTreeMap::new();
        let mut told = Vec::new();
        for note in std::iter::once(first).chain(waiting.try_iter()) {
            match note {
                Note::Words(key, text) => {
                    words.insert(key, text);
                }
                Note::Steps(head, rows) => told.push(store.keep_steps(&head, &rows)),
            }
        }
        told.extend(words.into_iter().map(|(key, text)| keep(store, &key, &text)));
        for error in told.into_iter().filter_map(Result::err) {
            let _ = trouble.send(Msg::Trouble(local("Words could not be kept", &error)));
        }
    }
}

fn keep(store: &Store, key: &str, text: &str) -> Result<(), StoreError> {
    if SETTINGS.contains(&key) { store.keep_settings(key, text) } else { store.keep_scratch(key, text) }
}
