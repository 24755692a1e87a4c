//! Owns `shiftdeck replay`: an exported transcript, step by step on a terminal, all at once elsewhere. Reads a file and
//! prints; it opens no session, so there is no model, no desk and no approval to reach.

use std::{
    fs::File,
    io::{BufReader, stdin},
};

use super::{
    Exit, Failure,
    args::Replay,
    out,
    tty::{self, Turned},
};
use crate::{
    assistant::transcript::{self, Fault, Step, Transcript},
    privacy::text,
};

/// What says that none of it happens now.
const REPLAY: &str = "replay: nothing here is run again";

/// Runs it.
pub fn run(args: &Replay) -> Result<Exit, Failure> {
    let is_piped = args.file.as_os_str() == "-";
    let transcript = if is_piped { transcript::read(stdin().lock()) } else { of_file(args) };
    let transcript = transcript.map_err(|fault| {
        let name = text::line(&args.file.display().to_string()).into_string();
        Failure::new(name, fault.to_string(), "shiftdeck transcripts export writes files that can be replayed")
    })?;
    if args.json {
        for step in &transcript.steps {
            out::json_line(&serde_json::to_value(step).expect("a step is plain data"))?;
        }
        return Ok(Exit::Done);
    }
    if tty::is_there() && !is_piped { walk(&transcript) } else { all(&transcript) }
}

fn of_file(args: &Replay) -> Result<Transcript, Fault> {
    transcript::read(BufReader::new(File::open(&args.file)?))
}

/// Head and steps as plain lines.
fn all(transcript: &Transcript) -> Result<Exit, Failure> {
    out::line(&head(transcript))?;
    for (n, step) in transcript.steps.iter().enumerate() {
        out::text(&shown(n, step, transcript))?;
    }
    Ok(Exit::Done)
}

/// One step for each key.
fn walk(transcript: &Transcript) -> Result<Exit, Failure> {
    out::line(&head(transcript))?;
    let mut at = 0;
    while let Some(step) = transcript.steps.get(at) {
        out::text(&shown(at, step, transcript))?;
        out::say(&format!("[{}/{}] Enter or Space: next · b: back · q: quit", at + 1, transcript.steps.len()));
        match tty::turned()? {
            Turned::On => at += 1,
            Turned::Back => at = at.saturating_sub(1),
            Turned::Enough => return Ok(Exit::Done),
        }
    }
    out::say("the end of the transcript");
    Ok(Exit::Done)
}

fn head(transcript: &Transcript) -> String {
    let Transcript { title, began, model, id, .. } = transcript;
    let parts = [id, began, model, title].map(|part| part.line().into_string());
    let known: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    format!("{REPLAY} · {}", known.join(" · "))
}

fn shown(n: usize, step: &Step, transcript: &Transcript) -> String {
    let at = text::line(&step.at);
    let who = text::line(&step.who()).into_string();
    format!("\n[{}/{}] {at} {who}\n{}\n", n + 1, transcript.steps.len(), step.body().trim_end())
}
