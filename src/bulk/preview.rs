//! Owns the words of a preview: what a plan will do, exactly, before anybody is asked. The same for the command line, for
//! programs and for a pane; made from the plan that will run and from nothing else. Prints nothing.

use serde_json::{Map, Value, json};

use super::{Fault, LeftOut, LeftOutRow, Plan, PlanError, PlannedRow, Verb};
use crate::privacy::text;

/// Rows that cannot be sent, named in a preview.
const NAMED: usize = 10;
/// Rows read at a time.
const PAGE: usize = 400;
/// Characters of a value in a line.
const SHOWN: usize = 80;

/// What a preview says, line by line.
///
/// # Errors
/// When the plan cannot be read.
pub fn lines(plan: &Plan, calls_a_minute: Option<u32>) -> Result<Vec<String>, PlanError> {
    let counts = plan.counts();
    let mut lines =
        vec![format!("plan {}: {}", plan.id(), plan.resource()), format!("from {}", plan.source()), counts.words()];
    if counts.sent() > 0 {
        lines.push(cost(plan, calls_a_minute));
    }
    lines.extend(plan.warnings().iter().map(|words| format!("! {words}")));
    if !plan.sample().is_empty() {
        lines.push(format!("the first {} rows:", plan.sample().len()));
        lines.extend(plan.sample().iter().flat_map(row));
    }
    if counts.invalid > 0 {
        let invalid = invalid(plan)?;
        let more = if counts.invalid > invalid.len() as u64 { ", the first of them" } else { "" };
        lines.push(format!("{} rows cannot be sent{more}:", counts.invalid));
        lines.extend(invalid.iter().flat_map(left_out));
    }
    Ok(lines)
}

fn cost(plan: &Plan, calls_a_minute: Option<u32>) -> String {
    let requests = plan.batches();
    let said = format!("{requests} request{}", if requests == 1 { "" } else { "s" });
    match (plan.minutes(calls_a_minute), calls_a_minute) {
        (Some(minutes), Some(limit)) => {
            let minutes = if minutes < 2 { "a minute".to_owned() } else { format!("{minutes} minutes") };
            format!("{said}, about {minutes} at the desk's limit of {limit} a minute")
        }
        _ => said,
    }
}

/// The rows that cannot be sent, as many as are named.
fn invalid(plan: &Plan) -> Result<Vec<LeftOutRow>, PlanError> {
    let mut named = Vec::new();
    each_left_out(plan, |row| {
        if matches!(row.why, LeftOut::Invalid(_)) {
            named.push(row);
        }
        named.len() < NAMED
    })?;
    Ok(named)
}

/// Goes through the rows that are left out, until told to stop.
fn each_left_out(plan: &Plan, mut take: impl FnMut(LeftOutRow) -> bool) -> Result<(), PlanError> {
    let mut from = 0;
    loop {
        let page = plan.left_outs(from, PAGE)?;
        if page.rows.is_empty() {
            return Ok(());
        }
        from += page.rows.len() as u64;
        if !page.rows.into_iter().all(&mut take) {
            return Ok(());
        }
    }
}

/// Goes through the whole plan: what is sent in the order it is, then what is left out, each as lines.
///
/// # Errors
/// When the plan cannot be read, or `take` fails.
pub fn each<E: From<PlanError>>(plan: &Plan, mut take: impl FnMut(Listed) -> Result<(), E>) -> Result<(), E> {
    let mut from = 0;
    loop {
        let page = plan.rows(from, PAGE)?;
        if page.rows.is_empty() {
            break;
        }
        from += page.rows.len() as u64;
        page.rows.into_iter().try_for_each(|row| take(Listed::Sent(row)))?;
    }
    let mut failed = None;
    each_left_out(plan, |row| match take(Listed::LeftOut(row)) {
        Ok(()) => true,
        Err(error) => {
            failed = Some(error);
            false
        }
    })?;
    failed.map_or(Ok(()), Err)
}

/// One row of the full list.
#[derive(Clone, Debug)]
pub enum Listed {
    /// It is sent.
    Sent(PlannedRow),
    /// It is left out.
    LeftOut(LeftOutRow),
}

impl Listed {
    /// For people.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Sent(sent) => row(sent),
            Self::LeftOut(row) => left_out(row),
        }
    }

    /// For programs.
    pub fn document(&self) -> Value {
        match self {
            Self::Sent(row) => sent_document(row),
            Self::LeftOut(row) => left_out_document(row),
        }
    }
}

fn row(row: &PlannedRow) -> Vec<String> {
    let name = row.external_id.as_deref().or(row.id.as_deref()).unwrap_or(&row.reference);
    let mut lines = vec![format!("  row {} · {} {}", row.number, row.verb.word(), shown(name))];
    for (field, value) in flat(&row.body) {
        let old = flat(&row.before).into_iter().find(|(known, _)| *known == field).map(|(_, old)| old);
        let is_masked = row.masked.contains(&field);
        match (old, row.verb) {
            _ if is_masked => lines.push(format!("    {field}: (masked) → {value}")),
            // It is repeated since the desk would lose it otherwise.
            (Some(old), _) if old == value => {}
            (Some(old), _) => lines.push(format!("    {field}: {old} → {value}")),
            (None, Verb::Update) => lines.push(format!("    {field}: → {value}")),
            (None, _) => lines.push(format!("    {field}: {value}")),
        }
    }
    lines
}

fn left_out(row: &LeftOutRow) -> Vec<String> {
    let said = |fault: &Fault| {
        let value = if fault.value.is_empty() { String::new() } else { format!(" ({})", shown(&fault.value)) };
        format!("  row {}, {}: {}{value}", row.number, shown(&fault.column), shown(&fault.reason))
    };
    match &row.why {
        LeftOut::Unchanged => vec![format!("  row {} · unchanged", row.number)],
        LeftOut::Skipped(why) => vec![format!("  row {} · skipped: {}", row.number, shown(why))],
        LeftOut::Invalid(faults) => faults.iter().map(said).collect(),
    }
}

/// What a preview says, for programs.
///
/// # Errors
/// When the plan cannot be read.
pub fn document(plan: &Plan, calls_a_minute: Option<u32>) -> Result<Value, PlanError> {
    let counts = plan.counts();
    Ok(json!({
        "plan": plan.id().as_str(),
        "resource": plan.resource().words(),
        "source": plan.source(),
        "counts": {
            "create": counts.create, "update": counts.update, "delete": counts.delete,
            "unchanged": counts.unchanged, "skipped": counts.skipped, "invalid": counts.invalid,
        },
        "requests": plan.batches(),
        "minutes": plan.minutes(calls_a_minute),
        "digest": plan.digest().to_string(),
        "warnings": plan.warnings(),
        "first": plan.sample().iter().map(sent_document).collect::<Vec<_>>(),
        "invalid_first": invalid(plan)?.iter().map(left_out_document).collect::<Vec<_>>(),
    }))
}

fn sent_document(row: &PlannedRow) -> Value {
    json!({"row": row.number, "reference": row.reference, "action": row.verb.word(), "id": row.id,
        "external_id": row.external_id, "before": row.before, "after": row.body, "masked": row.masked})
}

fn left_out_document(row: &LeftOutRow) -> Value {
    let mut document = json!({"row": row.number, "reference": row.reference});
    match &row.why {
        LeftOut::Unchanged => document["action"] = "unchanged".into(),
        LeftOut::Skipped(why) => {
            document["action"] = "skipped".into();
            document["reason"] = why.as_str().into();
        }
        LeftOut::Invalid(faults) => {
            document["action"] = "invalid".into();
            let fault = |fault: &Fault| json!({"column": fault.column, "value": fault.value, "reason": fault.reason});
            document["faults"] = faults.iter().map(fault).collect();
        }
    }
    document
}

/// Fields with their dotted names; what is not an object stays one value.
fn flat(fields: &Map<String, Value>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                all.extend(flat(inner).into_iter().map(|(own, value)| (format!("{}.{own}", shown(name)), value)));
            }
            Value::String(words) => all.push((shown(name), shown(words))),
            Value::Null => all.push((shown(name), "nothing".to_owned())),
            other => all.push((shown(name), shown(&other.to_string()))),
        }
    }
    all
}

fn shown(words: &str) -> String {
    let line = text::line(words).into_string();
    if line.chars().count() <= SHOWN { line } else { line.chars().take(SHOWN - 1).chain(['…']).collect() }
}
