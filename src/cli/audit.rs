//! Owns `shiftdeck audit`: list, verify and export the trail of this machine.

use std::fs;

use super::{
    Exit, Failure,
    args::{Audit, AuditCommand, Format},
    out,
};
use crate::{
    approval::{self, Entry},
    config::Config,
    store::{Link, Store},
};

/// Runs it.
pub fn run(config: &Config, args: &Audit) -> Result<Exit, Failure> {
    let store = Store::open(&config.paths.data)?;
    match &args.command {
        AuditCommand::List { unsettled: true, json, limit } => {
            let mut entries = approval::unsettled(&store)?;
            entries.truncate(*limit);
            list(&entries, *json)
        }
        AuditCommand::List { limit, json, .. } => {
            let links = store.newest_audit(*limit)?;
            let entries: Vec<_> = links.iter().filter_map(|link| serde_json::from_str(&link.entry).ok()).collect();
            list(&entries, *json)
        }
        AuditCommand::Verify => verify(&store),
        AuditCommand::Export { format, output } => {
            let document = match format {
                Format::Jsonl => jsonl(&store.audit_chain()?),
                Format::Csv => csv(&store.audit_chain()?),
            };
            match output {
                Some(file) => fs::write(file, document).map_err(|error| {
                    Failure::new(file.display().to_string(), error.to_string(), "choose another file")
                })?,
                None => out::text(&document)?,
            }
            Ok(Exit::Done)
        }
    }
}

fn list(entries: &[Entry], json: bool) -> Result<Exit, Failure> {
    if json {
        for entry in entries {
            out::json_line(&serde_json::to_value(entry).expect("an entry is plain data"))?;
        }
        return Ok(Exit::Done);
    }
    let row = |e: &Entry| {
        let at = e.at.get(..19).unwrap_or(&e.at).replace('T', " ");
        let what = if e.reason.is_empty() { e.summary.clone() } else { format!("{} — {}", e.summary, e.reason) };
        vec![e.seq.to_string(), at, e.event.clone(), e.effect.clone(), e.author.clone(), e.customer.clone(), what]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    out::table(&["#", "WHEN (UTC)", "EVENT", "EFFECT", "BY", "CUSTOMER", "WHAT"], &rows)?;
    Ok(Exit::Done)
}

fn verify(store: &Store) -> Result<Exit, Failure> {
    match approval::verify(&store.audit_chain()?, store.audit_witness().as_ref()) {
        Ok(verified) => {
            out::line(&format!("the audit trail holds: {} records", verified.records))?;
            Ok(Exit::Done)
        }
        Err(fault) => Err(Failure::new(
            "the audit trail does not hold",
            fault.to_string(),
            "keep a copy of the data folder as it is and find out who could write to it",
        )),
    }
}

fn jsonl(links: &[Link]) -> String {
    links.iter().map(|link| format!("{}\n", link.entry)).collect()
}

fn csv(links: &[Link]) -> String {
    const COLUMNS: [&str; 16] = [
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
        "count",
        "digest",
        "proposal",
        "reason",
        "object",
    ];
    let mut document = format!("{}\n", COLUMNS.join(","));
    for link in links {
        let entry: serde_json::Value = serde_json::from_str(&link.entry).unwrap_or_default();
        let cell = |column: &&str| match &entry[*column] {
            serde_json::Value::String(text) => quoted(text),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        document.push_str(&COLUMNS.iter().map(cell).collect::<Vec<_>>().join(","));
        document.push('\n');
    }
    document
}

/// A quoted CSV cell that no spreadsheet takes for a formula.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula_or_ends_its_quotes() {
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(quoted("say \"hi\""), "\"say \"\"hi\"\"\"");
    }
}
