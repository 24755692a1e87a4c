//! Owns `shiftdeck vigilance`: how canaries were answered, day by day and by whom, from the audit trail.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Exit, Failure, args::Vigilance as Args, audit, out};
use crate::{
    approval::{Entry, filter::Filter, handover::vigilance},
    config::Config,
    privacy::text,
    store::Store,
};

/// Runs it.
pub fn run(config: &Config, args: &Args) -> Result<Exit, Failure> {
    let filter = Filter { since: Some(audit::since(&args.since)?), ..Filter::default() };
    let entries = audit::entries(&Store::open(&config.paths.data)?)?;
    let mut shifts: BTreeMap<(String, String), Vec<&Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.canary.is_empty() && filter.wants(entry)) {
        let day = entry.at.get(..10).unwrap_or_default().to_owned();
        shifts.entry((day, text::line(&entry.who).into_string())).or_default().push(entry);
    }
    let told = shifts.into_iter().filter_map(|((day, who), entries)| {
        let (shown, caught, dwell) = vigilance(&entries)?;
        let missed: Vec<String> = entries
            .iter()
            .filter(|entry| entry.event == "missed")
            .map(|entry| format!("#{} {}", entry.seq, entry.canary))
            .collect();
        Some((day, who, shown, caught, dwell, missed))
    });
    if args.json {
        let rows: Vec<Value> = told
            .map(|(day, who, shown, caught, dwell, missed)| {
                json!({ "day": day, "who": who, "shown": shown, "caught": caught, "dwell": dwell, "missed": missed })
            })
            .collect();
        out::json(&json!({ "enabled": config.vigilance.is_some(), "per_shift": config.vigilance, "shifts": rows }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = told
        .map(|(day, who, shown, caught, dwell, missed)| {
            let rate = format!("{caught} of {shown} ({} %)", caught * 100 / shown.max(1));
            vec![day, who, rate, dwell, text::line(&missed.join(", ")).into_string()]
        })
        .collect();
    if rows.is_empty() {
        let on = match config.vigilance {
            Some(count) => format!("{count} come in a shift"),
            None => "they are off: [vigilance] enabled = true in the settings turns them on".to_owned(),
        };
        out::line(&format!("no canary was answered; {on}"))?;
        return Ok(Exit::Done);
    }
    out::table(&["DAY (UTC)", "WHO", "CAUGHT", "LOOKED AT", "MISSED"], &rows)?;
    Ok(Exit::Done)
}
