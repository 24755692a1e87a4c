//! What runs is what was shown: random files become plans, others change the desk between the preview and the run, and the
//! desk ends as the preview said, but for the records that moved, which stay as others wrote them.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use super::*;
use crate::bulk::{
    Counts,
    import::{Asked, Mode, Prepared, Source, Wanted, prepare},
    preview,
};

const CUSTOMERS: usize = 90;
const ROWS: u64 = 130;
const FILES: u64 = 8;
/// What a write changes by itself: revision, times, and what the desk makes of a name.
const BY_THEMSELVES: [&str; 7] =
    ["rev", "updatedAt", "modifiedAt", "recentLocation", "displayName", "firstName", "lastName"];

/// Words people write, and what breaks programs that split at commas.
const NAMES: [&str; 8] =
    ["Ada Finch", "\"Quill, Mara\"", "Łukasz Żółć", "=1+1", "李小龍", "\"say \"\"hi\"\"\"", "  padded  ", "Zoë 🦊"];
const TIERS: [&str; 4] = ["gold", "silver", "", "ÜBER"];
const VALUES: [&str; 6] = ["12.5", "0", "", "-3", "plenty", "1e3"];

/// The desk's customers by id, each as its attributes and its company, which a change has to name again.
type Records = HashMap<String, Value>;

impl Floor {
    async fn records(&self) -> Records {
        let (mut all, mut page) = (Records::new(), 1);
        loop {
            let listed = self.steer(Method::Get, &format!("/v1/customers?pageSize=100&page={page}"), None).await;
            for customer in listed["data"].as_array().expect("a list") {
                let id = customer["id"].as_str().expect("an id").to_owned();
                let mut record = customer["attributes"].clone();
                record["company"] = customer["relationships"]["company"]["data"]["id"].clone();
                all.insert(id, record);
            }
            if listed["links"]["next"].is_null() {
                return all;
            }
            page += 1;
        }
    }

    async fn prepare(&self, text: String, mode: Mode) -> Prepared {
        let (source, asked) = (Source::Pasted(text), Asked::default());
        let wanted = Wanted { source, resource: Resource::Customers, mode, asked, canary: false };
        let (engine, now) = (&self.engine, self.engine.clock().now());
        let made = prepare(&engine.reader, &self.store, engine.trail.org(), &wanted, now);
        flow(&self.hand, made).await.expect("a plan")
    }
}

/// A table as chance has it: records that are there and such that are not, told by one key or by both, cells of all sorts.
fn table(chance: &mut Chance, there: &Records) -> String {
    let mut ids: Vec<&String> = there.keys().collect();
    ids.sort_unstable();
    let pick = |chance: &mut Chance, from: &[&'static str]| from[chance.below(from.len() as u64) as usize];
    let mut text = "id,externalId,name,loyaltyTierStr,lifetimeValueNum\n".to_owned();
    for n in 0..ROWS {
        let known = ids[chance.below(ids.len() as u64) as usize];
        let external = there[known]["externalId"].as_str().unwrap_or_default();
        let (id, external) = match chance.below(8) {
            0..=2 => (known.as_str(), String::new()),
            3 | 4 => ("", external.to_owned()),
            5 => ("", format!("NEW-{}", chance.below(ROWS))),
            6 => ("", format!("NEW-{n}")),
            _ => ("", String::new()),
        };
        let name = match chance.below(6) {
            0 => "",
            1 => there[known]["name"].as_str().filter(|name| !name.contains(',')).unwrap_or_default(),
            _ => pick(chance, &NAMES),
        };
        let (tier, value) = (pick(chance, &TIERS), pick(chance, &VALUES));
        writeln!(text, "{id},{external},{name},{tier},{value}").expect("into memory");
    }
    text
}

/// What somebody else does meanwhile: changes, deletions, and records under ids the plan will use.
async fn meddle(floor: &Floor, chance: &mut Chance, planned: &[PlannedRow], there: &Records) {
    let mut ids: Vec<&String> = there.keys().collect();
    ids.sort_unstable();
    for id in ids {
        let path = format!("/v1/customers/{id}");
        let call = match chance.below(12) {
            0 => (Method::Delete, path, None),
            1 | 2 => (Method::Patch, path, Some(json!({ "name": "By another" }))),
            3 => (Method::Patch, path, Some(json!({ "custom": { "lifetimeValueNum": 77 } }))),
            _ => continue,
        };
        // A customer may be locked.
        let _ = floor.try_to(call.0, call.1, call.2).await;
    }
    for row in planned.iter().filter(|row| row.verb == Verb::Create) {
        if let Some(external) = row.external_id.as_ref().filter(|_| chance.below(5) == 0) {
            let body = json!({ "name": "By another", "externalId": external });
            let _ = floor.try_to(Method::Post, "/v1/customers".to_owned(), Some(body)).await;
        }
    }
}

impl Floor {
    async fn try_to(&self, method: Method, path: String, body: Option<Value>) -> Option<Value> {
        let body = body.map(|body| body.to_string().into_bytes());
        let call = Call { method, body, ..Call::get("meddling", path, Lane::Person) };
        flow(&self.hand, self.steering.send(call)).await.ok().map(|answer| answer.body)
    }
}

/// A record without what every write changes; `1` and `1.0` are one number.
fn still(record: &Value) -> Value {
    match record {
        Value::Object(fields) => {
            let stays = fields.iter().filter(|(name, _)| !BY_THEMSELVES.contains(&name.as_str()));
            stays.map(|(name, value)| (name.clone(), still(value))).collect()
        }
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

/// A record as it is after a body was written over it.
fn written(record: &Value, body: &Map<String, Value>) -> Value {
    let mut record = record.clone();
    for (name, value) in body {
        match (value.as_object(), record[name.as_str()].as_object_mut()) {
            (Some(inner), Some(old)) => old.extend(inner.clone()),
            _ => record[name.as_str()] = value.clone(),
        }
    }
    record
}

/// Whether a preview told the truth of the record a row is about.
fn was_true(row: &PlannedRow, record: &Value) {
    for (name, value) in &row.before {
        match value.as_object() {
            Some(inner) => inner.iter().for_each(|(key, value)| assert_eq!(&record[name][key], value, "{row:?}")),
            None => assert_eq!(&record[name.as_str()], value, "{row:?}"),
        }
    }
    assert_eq!(record["rev"].as_u64(), row.rev, "{row:?}");
    assert_ne!(still(&written(record, &row.body)), still(record), "what changes nothing is no change: {row:?}");
}

/// Holds one row's outcome, and its record, against what was shown.
fn as_shown(row: &PlannedRow, outcome: &Outcome, meanwhile: &Records, after: &Records) -> String {
    let what = format!("{row:?}: {outcome:?}");
    let reason = outcome.reason().unwrap_or_default();
    if row.verb == Verb::Create {
        let external = row.external_id.as_deref().expect("always one");
        let is_it = |(_, record): &(&String, &Value)| record["externalId"] == external;
        let taken = meanwhile.iter().find(is_it);
        let made: Vec<_> = after.iter().filter(is_it).collect();
        let [(id, record)] = made[..] else { unreachable!("{what}: {made:?}") };
        match (outcome, taken) {
            (Outcome::Created { id: told }, None) => {
                assert_eq!((told, record["rev"].as_u64()), (id, Some(1)), "{what}");
                assert_eq!(still(&written(record, &row.body)), still(record), "{what}");
            }
            (Outcome::Failed { .. }, Some((id, theirs))) => assert_eq!(&after[id], theirs, "{what}"),
            _ => unreachable!("{what}, and there was {taken:?}"),
        }
        return row.external_id.clone().unwrap_or_default();
    }
    let id = row.id.clone().expect("a change names its record");
    let (theirs, now) = (meanwhile.get(&id), after.get(&id));
    let has_moved = theirs.is_none_or(|record| record["rev"].as_u64() != row.rev);
    match (outcome, theirs) {
        (Outcome::Updated { .. }, Some(theirs)) if !has_moved => {
            let now = now.expect("it is there");
            assert_eq!(still(now), still(&written(theirs, &row.body)), "{what}");
            assert_eq!(now["rev"].as_u64(), row.rev.map(|rev| rev + 1), "{what}: written once");
        }
        (Outcome::Moved { .. }, _) if has_moved => assert_eq!(now, theirs, "{what}: left as another wrote it"),
        (Outcome::Failed { .. }, None) => assert_eq!(now, None, "{what}: it is gone"),
        (Outcome::Failed { .. }, _) if reason.contains("locked") => assert_eq!(now, theirs, "{what}"),
        _ => unreachable!("{what}, and there was {theirs:?}"),
    }
    id
}

async fn shown_is_done(seed: u64) -> Counts {
    let mut chance = Chance(seed);
    let floor = Floor::open(CUSTOMERS).await;
    let before = floor.records().await;
    let mode = if seed.is_multiple_of(2) { Mode::Upsert } else { Mode::Update };
    let text = table(&mut chance, &before);
    // A line of nothing but commas is no row.
    let rows = text.lines().skip(1).filter(|line| line.chars().any(|c| c != ',')).count() as u64;
    let plan = floor.prepare(text, mode).await.plan;
    let counts = plan.counts();
    assert_eq!(counts.sent() + counts.unchanged + counts.skipped + counts.invalid, rows, "every row is shown");
    let planned = plan.rows(0, usize::MAX >> 1).expect("read").rows;
    assert_eq!(planned.len() as u64, counts.sent());
    for row in planned.iter().filter(|row| row.verb == Verb::Update) {
        was_true(row, &before[row.id.as_deref().expect("its record")]);
    }
    let said = preview::lines(&plan, None).expect("lines");
    assert!(said.contains(&counts.words()), "{said:?}");
    meddle(&floor, &mut chance, &planned, &before).await;
    let meanwhile = floor.records().await;
    assert_eq!(floor.run(&plan).await, JobState::Ended);
    let after = floor.records().await;
    let done = outcomes(&plan);
    assert_eq!(done.iter().map(|(row, _)| row).collect::<Vec<_>>(), planned.iter().collect::<Vec<_>>());
    let touched: HashSet<String> =
        done.iter().map(|(row, outcome)| as_shown(row, outcome, &meanwhile, &after)).collect();
    assert_eq!(touched.len(), planned.len(), "no record is in two rows");
    let strangers = after.iter().filter(|(id, record)| {
        !touched.contains(*id) && !record["externalId"].as_str().is_some_and(|external| touched.contains(external))
    });
    strangers.for_each(|(id, record)| assert_eq!(Some(record), meanwhile.get(id), "nobody else is touched"));
    assert!(outcomes(&plan).iter().any(|(_, outcome)| matches!(outcome, Outcome::Moved { .. })), "seed {seed}");
    counts
}

#[tokio::test]
async fn what_runs_is_what_was_shown_whatever_others_do_meanwhile() {
    let mut all = Counts::default();
    for seed in 0..FILES {
        let counts = shown_is_done(seed).await;
        all.create += counts.create;
        all.update += counts.update;
        all.invalid += counts.invalid;
    }
    assert!(all.create > 50 && all.update > 100 && all.invalid > 50, "the files were of all sorts: {all:?}");
}
