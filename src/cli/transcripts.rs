//! Owns `shiftdeck transcripts`: earlier dialogues with the assistant, from the local store. Talks to no desk and no model.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use serde_json::json;

use super::{
    Exit, Failure,
    args::{Transcripts, TranscriptsCommand},
    out,
};
use crate::{
    assistant::transcript::{self, Step},
    config::Config,
    domain::ConversationId,
    privacy::text,
    store::{Looking, Store, TranscriptHead},
};

/// Runs it.
pub fn run(config: &Config, args: &Transcripts) -> Result<Exit, Failure> {
    let store = Store::open(&config.paths.data)?;
    match &args.command {
        TranscriptsCommand::List { conversation, json } => {
            let conversation = conversation.as_ref().map(ConversationId::new);
            list(&store, &Looking { conversation, ..Looking::default() }, *json)?;
        }
        TranscriptsCommand::Search { words, json } => {
            let words = words.iter().flat_map(|words| words.split_whitespace()).map(str::to_owned).collect();
            list(&store, &Looking { words, ..Looking::default() }, *json)?;
        }
        TranscriptsCommand::Show { id, json: true } => export(&store, id, None)?,
        TranscriptsCommand::Show { id, json: false } => show(&store, id)?,
        TranscriptsCommand::Export { id, output } => export(&store, id, output.as_deref())?,
        TranscriptsCommand::Forget { id } => {
            if !store.forget_transcript(id)? {
                return Err(missing(id));
            }
            out::say(&format!("forgotten: {}", text::line(id)));
        }
    }
    Ok(Exit::Done)
}

fn list(store: &Store, looking: &Looking, json: bool) -> Result<(), Failure> {
    let found = store.transcripts(looking)?;
    if json {
        for head in &found {
            out::json_line(&json!({"id": head.id, "desk": head.org, "began": head.began, "changed": head.changed,
                "model": head.model, "conversation": head.conversation, "steps": head.steps, "title": head.title}))?;
        }
        return Ok(());
    }
    let row = |head: &TranscriptHead| {
        let began = head.began.get(..16).unwrap_or(&head.began).replace('T', " ");
        let conversation = text::line(&head.conversation).into_string();
        vec![head.id.clone(), began, conversation, head.steps.to_string(), text::line(&head.title).into_string()]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    out::table(&["ID", "BEGAN (UTC)", "CONVERSATION", "STEPS", "ASKED"], &rows)?;
    Ok(())
}

fn show(store: &Store, id: &str) -> Result<(), Failure> {
    let (head, steps) = dialogue(store, id)?;
    out::line(&format!("{} · {} · {}", head.id, text::line(&head.began), text::line(&head.model)))?;
    for (n, step) in steps.iter().enumerate() {
        out::text(&format!("\n{} {}\n{}\n", n + 1, text::line(&step.who()), step.body().trim_end()))?;
    }
    Ok(())
}

fn export(store: &Store, id: &str, output: Option<&Path>) -> Result<(), Failure> {
    let (head, steps) = dialogue(store, id)?;
    let Some(file) = output else {
        let mut bytes = Vec::new();
        transcript::write(&head, &steps, &mut bytes)?;
        // Line by line through the one printer that leaves nothing a terminal acts on.
        for line in String::from_utf8_lossy(&bytes).lines() {
            out::json_line(&serde_json::from_str(line).unwrap_or_default())?;
        }
        return Ok(());
    };
    let failed =
        |error: std::io::Error| Failure::new(file.display().to_string(), error.to_string(), "choose another file");
    let mut written = BufWriter::new(File::create_new(file).map_err(failed)?);
    transcript::write(&head, &steps, &mut written).and_then(|()| written.flush()).map_err(failed)?;
    out::say(&format!("{} steps; `shiftdeck replay {}` steps through them", steps.len(), file.display()));
    Ok(())
}

fn dialogue(store: &Store, id: &str) -> Result<(TranscriptHead, Vec<Step>), Failure> {
    let (head, rows) = store.transcript(id)?.ok_or_else(|| missing(id))?;
    Ok((head, rows.iter().filter_map(|row| Step::from_row(row)).collect()))
}

fn missing(id: &str) -> Failure {
    let why = format!("no dialogue, or more than one, is called `{}`", text::line(id));
    Failure::new("no such transcript", why, "shiftdeck transcripts list names them")
}
