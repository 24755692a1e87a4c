//! Owns `shiftdeck audit`: list, verify and export the trail of this machine.

use std::fs;

use serde_json::json;

use super::{
    Exit, Failure,
    args::{Audit, AuditCommand, AuditList, Format},
    out,
};
use crate::{
    approval::{self, Entry, Witnessed, filter::Filter},
    clock::{self, Clock},
    config::Config,
    privacy::text,
    store::{self, Link, Store},
};

/// Runs it.
pub fn run(config: &Config, args: &Audit) -> Result<Exit, Failure> {
    match &args.command {
        AuditCommand::List(list) => self::list(&Store::open(&config.paths.data)?, list),
        // Not through the store: the verifier reads the file by itself.
        AuditCommand::Verify { expect, json } => verify(config, expect.as_deref(), *json),
        AuditCommand::Export { format, output } => {
            let store = Store::open(&config.paths.data)?;
            let document = match format {
                Format::Jsonl => jsonl(&store.audit_chain()?),
                Format::Csv => csv(&store.audit_chain()?),
            };
            match output {
                Some(file) => write(file, &document)?,
                None => out::text(&document)?,
            }
            Ok(Exit::Done)
        }
    }
}

/// Writes a document to a file of the person's choice.
pub fn write(file: &std::path::Path, document: &str) -> Result<(), Failure> {
    fs::write(file, document)
        .map_err(|error| Failure::new(file.display().to_string(), error.to_string(), "choose another file"))
}

/// Every entry of this machine, the oldest first; a row that is no entry any more is left out (`audit verify` names it).
pub fn entries(store: &Store) -> Result<Vec<Entry>, Failure> {
    let links = store.audit_chain()?;
    Ok(links.iter().filter_map(|link| serde_json::from_str(&link.entry).ok()).collect())
}

/// A time or an age given on the command line.
pub fn since(words: &str) -> Result<jiff::Timestamp, Failure> {
    clock::moment(words, Clock::real().now()).ok_or_else(|| {
        Failure::usage(format!("the time {words:?}"), "write 2025-03-04, 2025-03-04T10:00:00Z, 8h, 30d or 2w")
    })
}

fn newest_first(store: &Store) -> Result<Vec<Entry>, Failure> {
    let mut entries = entries(store)?;
    entries.reverse();
    Ok(entries)
}

fn list(store: &Store, args: &AuditList) -> Result<Exit, Failure> {
    let filter = Filter {
        since: args.since.as_deref().map(since).transpose()?,
        who: args.who.clone(),
        customer: args.customer.clone(),
        effect: args.effect.clone(),
        event: args.event.clone(),
        entry: args.entry,
        words: Vec::new(),
    };
    let entries = if args.unsettled { approval::unsettled(store)? } else { newest_first(store)? };
    let wanted = entries.into_iter().filter(|entry| filter.wants(entry)).take(args.limit);
    if args.json {
        for entry in wanted {
            out::json_line(&serde_json::to_value(&entry).expect("an entry is plain data"))?;
        }
        return Ok(Exit::Done);
    }
    let rows: Vec<_> = wanted.map(|entry| row(&entry)).collect();
    out::table(&["#", "WHEN (UTC)", "EVENT", "EFFECT", "WHO", "WANTED BY", "CUSTOMER", "WHAT"], &rows)?;
    Ok(Exit::Done)
}

/// A row of the list. Made safe once more: the file may not be what was written.
fn row(e: &Entry) -> Vec<String> {
    let at = e.at.get(..19).unwrap_or(&e.at).replace('T', " ");
    let why = if e.reason.is_empty() { &e.because } else { &e.reason };
    let what = if why.is_empty() { e.summary.clone() } else { format!("{} — {why}", e.summary) };
    let cells = [
        e.seq.to_string(),
        at,
        e.event.clone(),
        e.effect.clone(),
        e.who.clone(),
        e.author.clone(),
        e.customer.clone(),
        what,
    ];
    cells.iter().map(|cell| text::line(cell).into_string()).collect()
}

fn verify(config: &Config, expect: Option<&str>, json: bool) -> Result<Exit, Failure> {
    let kept: Option<Witnessed> =
        expect.map(str::parse).transpose().map_err(|why: &str| Failure::usage("--expect", why))?;
    match approval::verify(&store::evidence(&config.paths.data)?, kept.as_ref()) {
        Ok(verified) => {
            let head = verified.head.map(|head| head.to_string());
            if json {
                out::json(&json!({ "holds": true, "records": verified.records, "head": head }))?;
            } else {
                let head = head.map(|head| format!("; its head is {head}")).unwrap_or_default();
                out::line(&format!("the audit trail holds: {} records{head}", verified.records))?;
            }
            Ok(Exit::Done)
        }
        Err(fault) => {
            if json {
                out::json(&json!({ "holds": false, "fault": fault.to_string() }))?;
            }
            Err(Failure::new(
                "the audit trail does not hold",
                fault.to_string(),
                "keep a copy of the data folder as it is and find out who could write to it",
            ))
        }
    }
}

fn jsonl(links: &[Link]) -> String {
    links.iter().map(|link| format!("{}\n", link.entry)).collect()
}

fn csv(links: &[Link]) -> String {
    const COLUMNS: [&str; 24] = [
        "seq",
        "at",
        "event",
        "who",
        "author",
        "org",
        "effect",
        "operation",
        "summary",
        "customer",
        "conversation",
        "requests",
        "count",
        "digest",
        "proposal",
        "reason",
        "object",
        "about",
        "because",
        "who_id",
        "canary",
        "dwell_ms",
        "facts",
        "source",
    ];
    let mut document = format!("{}\n", COLUMNS.join(","));
    for link in links {
        let entry: serde_json::Value = serde_json::from_str(&link.entry).unwrap_or_default();
        let cell = |column: &&str| match &entry[*column] {
            serde_json::Value::String(text) => quoted(text),
            serde_json::Value::Null => String::new(),
            serde_json::Value::Number(number) => number.to_string(),
            other => quoted(&other.to_string()),
        };
        document.push_str(&COLUMNS.iter().map(cell).collect::<Vec<_>>().join(","));
        document.push('\n');
    }
    document
}

/// A quoted CSV cell that no spreadsheet takes for a formula: blanks in front, line ends and full-width signs do not help
/// it through.
fn quoted(text: &str) -> String {
    let starts = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    let is_formula = starts.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    let acts = text.starts_with(['\t', '\r', '\n']);
    let guard = if is_formula || acts { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula_or_ends_its_quotes() {
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(quoted(" \t@SUM(1)"), "\"' \t@SUM(1)\"");
        assert_eq!(quoted("＝1"), "\"'＝1\"");
        assert_eq!(quoted("a=1"), "\"a=1\"");
        assert_eq!(quoted("say \"hi\""), "\"say \"\"hi\"\"\"");
    }
}
