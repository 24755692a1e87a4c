//! Owns the file a transcript is exported to: one JSON object a line, the first says what it is. Read as hostile: bounded,
//! versioned, each line judged by itself.

use std::io::{BufRead, Read, Write};

use serde::{Deserialize, Serialize};

use super::Step;
use crate::{domain::Text, store::TranscriptHead};

/// The version this program writes, and the only one it reads.
const VERSION: u32 = 1;
/// The longest line, in bytes.
const LINE: u64 = 1024 * 1024;
/// The most steps.
const STEPS: usize = 10_000;
/// The longest file, in bytes.
const FILE: u64 = 64 * 1024 * 1024;

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct First {
    shiftdeck_transcript: u32,
    #[serde(default)]
    id: Text,
    #[serde(default)]
    desk: Text,
    #[serde(default)]
    began: Text,
    #[serde(default)]
    model: Text,
    #[serde(default)]
    title: Text,
}

/// A whole dialogue as read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// Its name.
    pub id: Text,
    /// Which desk it was about.
    pub desk: Text,
    /// When it began.
    pub began: Text,
    /// Which model.
    pub model: Text,
    /// The first question.
    pub title: Text,
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// Why a file is no transcript of ours.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file ends or breaks off.
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The first line is something else.
    #[error("its first line does not say that it is a transcript")]
    Foreign,
    /// It is of another version.
    #[error("it is of version {0}, and this program reads version {VERSION}")]
    Version(u32),
    /// A line that is no step.
    #[error("line {0} is no step of a transcript")]
    Line(usize),
    /// A line, or all of them, beyond what is read.
    #[error("it is longer than a transcript can be (line {0})")]
    Long(usize),
}

/// Writes one dialogue.
///
/// # Errors
/// What the writer says.
pub fn write(head: &TranscriptHead, steps: &[Step], out: &mut impl Write) -> std::io::Result<()> {
    let text = |words: &str| Text::from(words);
    let first = First {
        shiftdeck_transcript: VERSION,
        id: text(&head.id),
        desk: text(&head.org),
        began: text(&head.began),
        model: text(&head.model),
        title: text(&head.title),
    };
    serde_json::to_writer(&mut *out, &first)?;
    out.write_all(b"\n")?;
    for step in steps {
        serde_json::to_writer(&mut *out, step)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Reads one dialogue.
///
/// # Errors
/// [`Fault`]: nothing of a file that is wrong somewhere is shown.
pub fn read(input: impl BufRead) -> Result<Transcript, Fault> {
    let mut input = input.take(FILE);
    let mut n = 1;
    let first = line(&mut input, n)?.ok_or(Fault::Foreign)?;
    let version: serde_json::Value = serde_json::from_slice(&first).map_err(|_| Fault::Foreign)?;
    let version = version.get("shiftdeck_transcript").and_then(serde_json::Value::as_u64).ok_or(Fault::Foreign)?;
    if version != u64::from(VERSION) {
        return Err(Fault::Version(u32::try_from(version).unwrap_or(u32::MAX)));
    }
    let First { id, desk, began, model, title, .. } = serde_json::from_slice(&first).map_err(|_| Fault::Foreign)?;
    let mut steps = Vec::new();
    n += 1;
    while let Some(bytes) = line(&mut input, n)? {
        if steps.len() >= STEPS {
            return Err(Fault::Long(n));
        }
        if !bytes.iter().all(u8::is_ascii_whitespace) {
            steps.push(serde_json::from_slice(&bytes).map_err(|_| Fault::Line(n))?);
        }
        n += 1;
    }
    Ok(Transcript { id, desk, began, model, title, steps })
}

/// One line without its end; `None` at the end of the file.
fn line(input: &mut impl BufRead, n: usize) -> Result<Option<Vec<u8>>, Fault> {
    let mut bytes = Vec::new();
    if input.by_ref().take(LINE + 1).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 > LINE {
        return Err(Fault::Long(n));
    }
    Ok(Some(bytes))
}
