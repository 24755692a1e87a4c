//! Owns finding out, by reading, whether one row of a batch took effect: by the org's own id, by revision and values, by
//! absence. Sends no write.
//!
//! A record is ours when it could not be there, or be like that, without the row. What cannot be told is said to be so.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::Run;
use crate::{
    approval::diff::is_masked,
    bulk::{PlannedRow, Resource, Verb, journal::Outcome},
    kustomer::writer::reconcile::{is_set, moment},
    transport::ApiError,
};

/// How far the desk's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Fields that come back in another form than they went in.
const NO_PROOF: [&str; 3] = ["tags", "company", "channel"];

/// What a row's record looks like.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The row took effect.
    Ours(Outcome),
    /// Somebody else's effect stands in its way.
    Another(Outcome),
    /// Nothing of it is there.
    NotYet,
}

/// How a record's values are to what was sent.
#[derive(Debug, PartialEq, Eq)]
enum Values {
    /// All that can be compared are as sent.
    Same,
    /// One is not.
    Other,
    /// None can be compared.
    Untold,
}

impl Run {
    /// Looks at a row's record.
    pub(super) async fn look(&self, row: &PlannedRow, sent: Timestamp) -> Result<Seen, ApiError> {
        match row.verb {
            Verb::Create => self.look_made(row).await,
            Verb::Update => {
                let id = row.id.clone().unwrap_or_default();
                let record = self.engine.reader.resource(self.plan.resource().by_id(&id)).await?;
                Ok(record.map_or(Seen::NotYet, |record| changed(row, &id, &record, sent)))
            }
            Verb::Delete => {
                let id = row.id.clone().unwrap_or_default();
                let record = self.engine.reader.resource(self.plan.resource().by_id(&id)).await?;
                let is_there = record.is_some_and(|record| record["attributes"]["deleted"] != Value::Bool(true));
                Ok(if is_there { Seen::NotYet } else { Seen::Ours(Outcome::Deleted { id }) })
            }
        }
    }

    /// What became of a change the desk refused at its first sending, for a reason that may be the record's revision: with
    /// one ahead of the preview's somebody else wrote it, whatever is in it now.
    pub(super) async fn refused(&self, row: &PlannedRow, reason: String) -> Result<Outcome, ApiError> {
        let id = row.id.as_deref().unwrap_or_default();
        let record = self.engine.reader.resource(self.plan.resource().by_id(id)).await?;
        let now = record.and_then(|record| record["attributes"]["rev"].as_f64());
        Ok(match (row.rev, now) {
            (Some(seen), Some(now)) if now > seen as f64 => moved(seen, now),
            _ => Outcome::Failed { reason },
        })
    }

    async fn look_made(&self, row: &PlannedRow) -> Result<Seen, ApiError> {
        let Some(external) = row.external_id.as_deref() else { return Ok(Seen::NotYet) };
        let Some(record) = self.by_external_id(external, row).await? else { return Ok(Seen::NotYet) };
        let Some(id) = record["id"].as_str().map(str::to_owned) else { return Ok(Seen::NotYet) };
        // One of that id that was there before the plan is not what the plan made. The preview looked for it, and a record
        // that came between the two is another's unless it holds what the row says.
        let since = self.plan.drafted().checked_sub(SKEW).unwrap_or(Timestamp::MIN);
        let is_new = moment(&record).is_some_and(|at| at >= since);
        let is_ours = external.starts_with("sd-") || compare(row, &record) != Values::Other;
        Ok(if is_new && is_ours {
            Seen::Ours(Outcome::Created { id })
        } else {
            Seen::Another(Outcome::Failed { reason: format!("there is one of this external id already: {id}") })
        })
    }

    async fn by_external_id(&self, external: &str, row: &PlannedRow) -> Result<Option<Value>, ApiError> {
        let reader = &self.engine.reader;
        let is_it = |record: &Value| record["attributes"]["externalId"] == external;
        let list = match (self.plan.resource().by_external_id(external), row.body.get("conversation")) {
            (Some(path), _) if *self.plan.resource() == Resource::Companies => path,
            (Some(path), _) => return reader.resource(path).await,
            // Notes have no such road: they are looked for where they would hang.
            (None, Some(Value::String(conversation))) => {
                format!("{}/notes", Resource::Conversations.by_id(conversation))
            }
            (None, _) => return Ok(None),
        };
        match reader.resource(list.clone()).await {
            Ok(Some(record)) => Ok(Some(record).filter(is_it)),
            Ok(None) => Ok(reader.resources(list).await?.into_iter().find(is_it)),
            Err(error) => Err(error),
        }
    }
}

fn moved(seen: u64, now: f64) -> Outcome {
    let reason = format!("somebody changed the record since the preview (revision {seen}, now {now})");
    Outcome::Moved { reason }
}

/// What a record that was to be changed looks like now.
fn changed(row: &PlannedRow, id: &str, record: &Value, sent: Timestamp) -> Seen {
    let values = compare(row, record);
    let ours = || Seen::Ours(Outcome::Updated { id: id.to_owned() });
    let Some(seen) = row.rev else {
        return if values == Values::Same { ours() } else { Seen::NotYet };
    };
    let now = record["attributes"]["rev"].as_f64().unwrap_or_default();
    let ahead = now - seen as f64;
    if ahead <= 0.0 {
        return Seen::NotYet;
    }
    let at = moment(record).is_some_and(|at| at >= sent.checked_sub(SKEW).unwrap_or(sent));
    match values {
        Values::Same => ours(),
        // One write since the preview, at the time of ours, and nothing to tell it by: only ours could have been taken.
        Values::Untold if at && ahead <= 1.0 => ours(),
        Values::Other if ahead <= 1.0 => Seen::Another(moved(seen, now)),
        Values::Untold | Values::Other => Seen::Another(Outcome::Unknown {
            reason: format!(
                "others changed the record too (revision {seen}, now {now}), and what it was between is not told"
            ),
        }),
    }
}

fn compare(row: &PlannedRow, record: &Value) -> Values {
    let fields = row.body.iter().filter(|(name, _)| !NO_PROOF.contains(&name.as_str()));
    fields.fold(Values::Untold, |values, (name, wanted)| {
        let now = &record["attributes"][name.as_str()];
        values.and(match (wanted, now) {
            // One masked field of many hides none of the others.
            (Value::Object(wanted), Value::Object(now)) if wanted.values().all(|one| !one.is_object()) => {
                within(wanted, now)
            }
            _ if is_masked(now) => Values::Untold,
            _ if is_set(record, name, wanted) => Values::Same,
            _ => Values::Other,
        })
    })
}

/// The same for the fields of an object, each by itself.
fn within(wanted: &Map<String, Value>, now: &Map<String, Value>) -> Values {
    let now = json!({ "attributes": now });
    wanted.iter().fold(Values::Untold, |values, (name, wanted)| {
        values.and(match &now["attributes"][name.as_str()] {
            value if is_masked(value) => Values::Untold,
            _ if is_set(&now, name, wanted) => Values::Same,
            _ => Values::Other,
        })
    })
}

impl Values {
    /// What two of them are together: one that is other is enough.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Other, _) | (_, Self::Other) => Self::Other,
            (Self::Same, _) | (_, Self::Same) => Self::Same,
            (Self::Untold, Self::Untold) => Self::Untold,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(body: &Value, rev: Option<u64>) -> PlannedRow {
        PlannedRow {
            number: 1,
            reference: "r1".into(),
            verb: Verb::Update,
            id: Some("66c1".into()),
            external_id: None,
            body: body.as_object().cloned().expect("an object"),
            before: serde_json::Map::new(),
            masked: vec![],
            rev,
        }
    }

    #[test]
    fn a_change_is_ours_only_where_nothing_else_explains_the_record() {
        let sent: Timestamp = "2026-11-28T12:00:00Z".parse().expect("a time");
        let record = |rev: u64, name: &str| json!({"id": "66c1", "attributes": {"rev": rev, "name": name, "tags": ["66t1"], "updatedAt": "2026-11-28T12:00:01Z"}});
        let seen = |body: Value, rev, record: &Value| changed(&row(&body, rev), "66c1", record, sent);
        let ours = Seen::Ours(Outcome::Updated { id: "66c1".into() });
        let name = json!({"name": "Mara"});
        assert_eq!(seen(name.clone(), Some(4), &record(4, "Mara")), Seen::NotYet, "as it was");
        assert_eq!(seen(name.clone(), Some(4), &record(5, "Mara")), ours);
        assert_eq!(seen(name.clone(), Some(4), &record(7, "Mara")), ours, "others wrote other fields");
        let moved = |seen: Seen| matches!(seen, Seen::Another(Outcome::Moved { .. }));
        assert!(moved(seen(name.clone(), Some(4), &record(5, "Bo"))), "the one write was another's");
        let unknown = |seen: Seen| matches!(seen, Seen::Another(Outcome::Unknown { .. }));
        assert!(unknown(seen(name.clone(), Some(4), &record(6, "Bo"))), "ours may have been overwritten");
        assert_eq!(seen(json!({"tags": ["vip"]}), Some(4), &record(5, "Bo")), ours, "nothing to compare, one write");
        assert!(unknown(seen(json!({"tags": ["vip"]}), Some(4), &record(6, "Bo"))));
        let mut masked = record(5, "Bo");
        masked["attributes"]["custom"] =
            json!({"seatsNum": 9, "billingIdStr": {"isMasked": true, "maskedPresentation": "****6121"}});
        let seats = |seats: u64| json!({"custom": {"seatsNum": seats}});
        assert!(moved(seen(seats(7), Some(4), &masked)), "a mask beside it does not hide that it is another's");
        assert_eq!(seen(seats(9), Some(4), &masked), ours);
        assert_eq!(seen(name.clone(), None, &record(9, "Mara")), ours);
        assert_eq!(seen(name, None, &record(9, "Bo")), Seen::NotYet);
    }
}
