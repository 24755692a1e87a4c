//! Owns the tool that proposes one bulk job: a KObject for each of many customers. What cannot work is refused before
//! there is a card, and what is left out is said on it.

use serde_json::{Map, Value};

use super::{
    Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError,
    answer::{self, Shown, list, map, own},
    fingerprint, klass,
    params::Arguments,
};
use crate::{
    approval::{Change, Effect},
    domain::{BulkId, CustomerId, KlassName, Text},
    kustomer::{
        Receipt,
        changes::{self, NewKobject},
    },
};

/// Unknown ids that are named on the card; the number is always told.
const NAMED: usize = 12;

/// Proposes KObjects for many customers.
pub(super) struct KobjectBulkCreate;

impl Code for KobjectBulkCreate {
    const SPEC: Spec = Spec {
        name: "kobject_bulk_create",
        about: "Create one KObject (for instance a service_outage) for each of many customers, named by external id, in one \
                bulk job. Unknown ids are left out and named. `custom` may only hold attributes of the klass (klass_list). \
                Watch the job with bulk_status.",
        words: "mass many records custom objects outage incident tenants",
        effect: Effect::Bulk,
        polls: false,
        params: &[
            Param::must("klass", Kind::Words(128), "The klass's name."),
            Param::must("customer_external_ids", Kind::List(2_000), "The customers' external ids."),
            Param::must("title", Kind::Words(256), "The title of every KObject."),
            Param::may("custom", Kind::Fields, "Attributes of the klass and their values, the same for all."),
            Param::may("reason", Kind::Words(500), "Why, in one sentence, for the person who approves."),
        ],
        example: r#"{"klass": "service_outage", "customer_external_ids": ["TEN-10001"], "title": "EU-West outage",
            "custom": {"severityStr": "major"}}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let klass = klass::read(&KlassName::new(arguments.must("klass")?), cx).await?;
        let title = cx.fill(arguments.must("title")?)?;
        let mut custom = Value::Object(arguments.fields("custom"));
        // For many customers at once: nobody's own value belongs there.
        cx.vault.fill_json(&mut custom, None)?;
        let custom = custom.as_object().cloned().unwrap_or_default();
        klass::check(&klass, &custom)?;
        let ids = arguments.list("customer_external_ids");
        let ids = ids.iter().map(|id| cx.fill(id)).collect::<Result<Vec<_>, _>>()?;
        let resolved = cx.reader.resolve_external_ids(&ids).await?;
        let (known, unknown): (Vec<_>, Vec<_>) = resolved.into_iter().partition(|(_, customer)| customer.is_some());
        if known.is_empty() {
            return Err(ToolError::Rule("none of these external ids belongs to a customer; nothing to create".into()));
        }
        let unknown: Vec<String> = unknown.into_iter().map(|(id, _)| id).collect();
        let incident = fingerprint(&[klass.name.as_str(), &title, &Value::Object(custom.clone()).to_string()]);
        let items = known.into_iter().map(|(id, customer)| item(id, customer, &incident, &title, &custom)).collect();
        let warnings = warnings(&unknown, ids.len(), cx);
        let change = changes::create_kobjects(&klass.name, items, warnings)?;
        Ok(Outcome::Propose {
            change: Box::new(change),
            reason: Text::from(arguments.words("reason").unwrap_or_default()),
        })
    }

    async fn done(change: &Change, receipt: &Receipt, cx: &Cx) -> Answer {
        let jobs = &receipt.jobs;
        let shown = map([
            ("status", own("started")),
            // The desk takes a hundred records a job: what is one wish here may be several jobs there, watched as one.
            ("job_id", own(jobs.iter().map(BulkId::as_str).collect::<Vec<_>>().join(","))),
            ("count", own(change.count())),
            (
                "warnings",
                if change.warnings().is_empty() {
                    Shown::Absent
                } else {
                    list(change.warnings(), |words| Shown::Words(words.clone(), answer::TEXT))
                },
            ),
        ]);
        Answer::new(shown, &cx.vault)
    }
}

/// One row. It goes by the tenant's own id, so results name something people know; its external id is the same when the
/// same wish comes again, so a second try cannot double it.
fn item(
    id: String,
    customer: Option<CustomerId>,
    incident: &str,
    title: &str,
    custom: &Map<String, Value>,
) -> NewKobject {
    NewKobject {
        external_id: Some(format!("sd-{incident}-{id}")),
        reference: id,
        title: title.to_owned(),
        customer,
        custom: custom.clone(),
    }
}

fn warnings(unknown: &[String], given: usize, cx: &Cx) -> Vec<String> {
    if unknown.is_empty() {
        return Vec::new();
    }
    let named: Vec<String> = unknown.iter().take(NAMED).map(|id| cx.vault.veil(id)).collect();
    let more = if unknown.len() > NAMED { ", …" } else { "" };
    vec![format!("{} of {given} ids are unknown and left out: {}{more}", unknown.len(), named.join(", "))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_wish_makes_the_same_rows() {
        let rows = |title: &str| {
            let incident = fingerprint(&["service_outage", title, "{}"]);
            let items = vec![item("TEN-1".into(), Some(CustomerId::new("66a1")), &incident, title, &Map::new())];
            changes::create_kobjects(&KlassName::new("service_outage"), items, vec![]).expect("a change")
        };
        assert_eq!(rows("EU-West").digest(), rows("EU-West").digest());
        assert_ne!(rows("EU-West").digest(), rows("EU-East").digest());
    }
}
