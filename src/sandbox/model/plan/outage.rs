//! Owns records for many customers at once: from a list of external ids to one bulk job, watched to its end. Does not create
//! anything itself.
//!
//! Invariant: only customers the desk knows go into the job; every id left out and every failure is named at the end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::run::Told;
use super::{
    facts,
    run::{Play, Run, because, say},
};
use crate::sandbox::model::wording;

/// How often a job is asked after before the person is told that it still runs; each time waits two seconds.
const POLLS: usize = 60;

/// Maps the ids, starts the job, watches it.
pub(super) fn create(run: &mut Run<'_>) -> Play<String> {
    let said = run.said();
    let ids = wording::id_list(&said);
    if ids.is_empty() {
        return say(
            "I have no list of ids yet. Paste it here, as JSON or one id a line, and I will map them and prepare the bulk job.",
        );
    }
    let klass = wording::quoted_name(&said).unwrap_or_else(|| "service_outage".to_owned());
    let known = run.need("customer_resolve", json!({ "external_ids": ids }), "the mapping of the ids")?;
    let unknown: BTreeSet<&str> = facts::list(&known, "unknown").iter().filter_map(Value::as_str).collect();
    let affected: Vec<&String> = ids.iter().filter(|id| !unknown.contains(id.as_str())).collect();
    if affected.is_empty() {
        return say(format!(
            "None of the {} ids belongs to a customer of this desk, so there is nothing to create.",
            ids.len()
        ));
    }
    let arguments = json!({ "klass": klass, "customer_external_ids": affected, "title": title(&said), "custom": custom(&said, &klass) });
    let started = match run.call("kobject_bulk_create", arguments)? {
        Told::Done(started) => started,
        Told::Refused(reason) => {
            return Ok(format!(
                "You refused the bulk job{}. No '{klass}' record was created for any of the {} customers.{}",
                because(&reason),
                affected.len(),
                unknown_lines(&unknown)
            ));
        }
        Told::Failed { message, .. } => {
            return say(format!("The bulk job could not be started: {message} Nothing was created."));
        }
    };
    let Some(job) = started["job_id"].as_str() else {
        return say(
            "The bulk job was accepted, but the answer holds no job id, so I cannot watch it. Please see the Bulk pane.",
        );
    };
    let report = watch(run, job, POLLS)?;
    Ok(format!("{report}{}", unknown_lines(&unknown)))
}

/// Tells how the job stands that the person named.
pub(super) fn status(run: &mut Run<'_>) -> Play<String> {
    match wording::job_id(&run.said()) {
        Some(job) => watch(run, &job, 1),
        None => say("Which job? Please give me its id."),
    }
}

/// Asks after a job until it ends, `polls` times at most.
fn watch(run: &mut Run<'_>, job: &str, polls: usize) -> Play<String> {
    let mut last = Value::Null;
    for _ in 0..polls {
        last = run.need("bulk_status", json!({ "job_id": job, "wait_seconds": 2 }), "the look at the bulk job")?;
        if last["status"] != "running" && last["status"] != "queued" {
            return Ok(report(job, &last));
        }
    }
    Ok(format!(
        "Bulk job {job} is still running: {} of {} done. Ask me again, or watch it in the Bulk pane.",
        number(&last, "done"),
        number(&last, "total")
    ))
}

fn report(job: &str, end: &Value) -> String {
    let (succeeded, failed, total) = (number(end, "succeeded"), number(end, "failed"), number(end, "total"));
    let failures = facts::list(end, "failures");
    if failed == 0 && failures.is_empty() {
        return format!("Bulk job {job} is finished: all {succeeded} records were created, no batch failed.");
    }
    let mut reasons = BTreeMap::<String, Vec<String>>::new();
    for failure in failures {
        let reason =
            failure["reason"].as_str().map_or_else(|| "no reason given".to_owned(), |reason| facts::gist(reason, 120));
        let id = failure["external_id"].as_str().unwrap_or("(no id)");
        reasons.entry(reason).or_default().push(facts::gist(id, 60));
    }
    let lines: Vec<String> = reasons.iter().map(|(reason, ids)| format!("- {reason}: {}", ids.join(", "))).collect();
    format!(
        "**Alert: {failed} of {total} failed.** Bulk job {job} ended as {}; {succeeded} records were created.\n\nNot created:\n{}\n\nThe failed ones can be retried from the Bulk pane.",
        end["status"].as_str().unwrap_or("unknown"),
        lines.join("\n")
    )
}

fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or_default()
}

fn unknown_lines(unknown: &BTreeSet<&str>) -> String {
    match unknown.len() {
        0 => String::new(),
        1 => format!(
            "\n\nOne id is unknown to the desk and was left out: {}.",
            unknown.iter().copied().collect::<String>()
        ),
        count => format!(
            "\n\n{count} ids are unknown to the desk and were left out: {}.",
            unknown.iter().copied().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The cluster the person named, as the desk writes regions.
fn cluster(said: &str) -> Option<String> {
    let lower = said.to_ascii_lowercase();
    let known = ["eu-west", "us-east", "ap-south"].iter().find(|known| lower.contains(**known));
    known.map(|known| (*known).to_owned())
}

fn title(said: &str) -> String {
    cluster(said).map_or_else(|| "Service outage".to_owned(), |cluster| format!("Service outage: {cluster}"))
}

/// Only what the person stated: the cluster.
fn custom(said: &str, klass: &str) -> Value {
    match cluster(said) {
        Some(cluster) if klass == "service_outage" => json!({ "clusterStr": cluster }),
        Some(_) | None => json!({}),
    }
}
