//! Owns Parcelry's records: parcels that follow from the seed, and what was done to them. Does not know MCP.
//!
//! Invariant: a write with the same arguments is done once; the second time it answers what the first one made.

use serde_json::{Value, json};

use super::super::{mint::splitmix, times::iso};

/// How many parcels there are.
const PARCELS: u64 = 37;
/// The number of the first.
const FIRST: u64 = 10_001;
/// When the first was handed in: 2025-02-17T08:00:00Z, and each later one three hours after the one before.
const OPENED_MS: i64 = 1_739_779_200_000;

const STATUSES: [&str; 5] = ["label_created", "in_transit", "out_for_delivery", "delivered", "lost"];
const NAMES: [&str; 6] = ["Mara Quill", "Ives Tarn", "Dunja Reyes", "Okoro Bell", "Lin Faber", "Sef Holm"];
const CITIES: [&str; 5] = ["Leeds", "Graz", "Porto", "Turku", "Ghent"];
const CARRIERS: [&str; 3] = ["Swift Post", "Harrow Freight", "Blue Van"];

/// What something did.
pub type Done = Result<(Value, bool), String>;

/// All records. A write tells whether it changed anything.
#[derive(Clone, Debug)]
pub struct Parcels {
    all: Vec<Value>,
    refunds: Vec<Value>,
    reroutes: Vec<Value>,
    voided: Vec<Value>,
    notes: Vec<Value>,
    reports: u64,
}

impl Parcels {
    /// The records of this seed.
    pub fn new(seed: u64) -> Self {
        let all = (0..PARCELS).map(|index| parcel(seed, index)).collect();
        Self { all, refunds: Vec::new(), reroutes: Vec::new(), voided: Vec::new(), notes: Vec::new(), reports: 0 }
    }

    /// What was written, for evidence.
    pub fn written(&self) -> Value {
        json!({
            "refunds": self.refunds, "reroutes": self.reroutes, "voided": self.voided, "notes": self.notes,
            "reports": self.reports,
        })
    }

    fn find(&self, id: &str) -> Result<&Value, String> {
        self.all.iter().find(|parcel| parcel["id"] == id).ok_or_else(|| format!("There is no parcel {id}."))
    }

    /// One parcel.
    pub fn get(&self, given: &Value) -> Done {
        Ok((self.find(text(given, "parcel_id"))?.clone(), false))
    }

    /// A page of parcels: `next` is the number of the first one of the page after it.
    pub fn list(&self, given: &Value) -> Done {
        let wanted = given["status"].as_str();
        let size = given["limit"].as_u64().unwrap_or(10) as usize;
        let from: usize = match given["cursor"].as_str() {
            None => 0,
            Some(cursor) => cursor.parse().map_err(|_| "That cursor is not one of ours.".to_owned())?,
        };
        let fits = |parcel: &&Value| wanted.is_none_or(|status| parcel["status"] == status);
        let all: Vec<&Value> = self.all.iter().filter(fits).collect();
        let page: Vec<&Value> = all.iter().skip(from).take(size).copied().collect();
        let next = (from + page.len() < all.len()).then(|| (from + page.len()).to_string());
        Ok((json!({ "parcels": page, "total": all.len(), "next_cursor": next }), false))
    }

    /// What sending something would cost.
    pub fn rates(given: &Value) -> Value {
        let grams = given["weight_grams"].as_i64().unwrap_or_default();
        let offer = |place: usize, carrier: &&str| {
            let cents = 390 + 140 * place as i64 + grams / 20;
            json!({ "carrier": carrier, "cents": cents, "currency": "EUR", "days": 5 - place })
        };
        let offers: Vec<Value> = CARRIERS.iter().enumerate().map(|(place, carrier)| offer(place, carrier)).collect();
        json!({ "to": given["to"], "offers": offers })
    }

    /// What a depot holds.
    pub fn stock(seed: u64, given: &Value) -> Value {
        let region = text(given, "region");
        let drawn = region.bytes().fold(seed, |sum, byte| splitmix(sum ^ u64::from(byte)));
        json!({ "region": region, "waiting": drawn % 400, "oldest_days": drawn % 9 })
    }

    /// Gives money back.
    pub fn refund(&mut self, given: &Value, now: i64) -> Done {
        let parcel = self.find(text(given, "parcel_id"))?;
        let (paid, wanted) = (parcel["value_cents"].as_i64().unwrap_or_default(), given["amount_cents"].as_i64());
        let wanted = wanted.filter(|cents| *cents > 0).ok_or("An amount is at least one cent.")?;
        if let Some(known) = made(&self.refunds, given) {
            return Ok((known, false));
        }
        let id = text(given, "parcel_id");
        let back: i64 = self.refunds.iter().filter(|refund| refund["parcel_id"] == id).filter_map(cents).sum();
        if back + wanted > paid {
            return Err(format!("{wanted} cents would give back more than the {paid} that were paid."));
        }
        let refund = entry("RF", self.refunds.len(), given, now);
        self.refunds.push(refund.clone());
        Ok((refund, true))
    }

    /// Sends a parcel elsewhere.
    pub fn reroute(&mut self, given: &Value, now: i64) -> Done {
        let id = text(given, "parcel_id");
        if let Some(known) = made(&self.reroutes, given) {
            return Ok((known, false));
        }
        if self.find(id)?["status"] == "delivered" {
            return Err(format!("{id} has been delivered; it cannot be rerouted."));
        }
        let city = given["city"].clone();
        if let Some(parcel) = self.all.iter_mut().find(|parcel| parcel["id"] == id) {
            parcel["city"] = city;
        }
        let reroute = entry("RR", self.reroutes.len(), given, now);
        self.reroutes.push(reroute.clone());
        Ok((reroute, true))
    }

    /// Makes a label worthless, for good.
    pub fn void(&mut self, given: &Value, now: i64) -> Done {
        let id = text(given, "parcel_id");
        if let Some(known) = self.voided.iter().find(|void| void["parcel_id"] == id) {
            return Ok((known.clone(), false));
        }
        self.find(id)?;
        if let Some(parcel) = self.all.iter_mut().find(|parcel| parcel["id"] == id) {
            parcel["label"] = Value::Null;
        }
        let void = entry("LV", self.voided.len(), given, now);
        self.voided.push(void.clone());
        Ok((void, true))
    }

    /// Writes a note; every call writes another one.
    pub fn note(&mut self, given: &Value, now: i64) -> Done {
        self.find(text(given, "parcel_id"))?;
        let note = entry("NT", self.notes.len(), given, now);
        self.notes.push(note.clone());
        Ok((note, true))
    }

    /// Finishes a report.
    pub fn report(&mut self, given: &Value) -> Value {
        self.reports += 1;
        let lost = self.all.iter().filter(|parcel| parcel["status"] == "lost").count();
        json!({ "report": format!("RP-{}", self.reports), "weeks": given["weeks"].as_i64().unwrap_or(4), "parcels": PARCELS, "lost": lost })
    }
}

fn cents(refund: &Value) -> Option<i64> {
    refund["amount_cents"].as_i64()
}

/// A text among the arguments; empty when it is missing.
pub fn text<'a>(given: &'a Value, name: &str) -> &'a str {
    given[name].as_str().unwrap_or_default()
}

/// What the same arguments made before.
fn made(entries: &[Value], given: &Value) -> Option<Value> {
    let is_same = |entry: &&Value| given.as_object().is_some_and(|given| given.iter().all(|(k, v)| entry[k] == *v));
    entries.iter().find(is_same).cloned()
}

fn entry(letters: &str, count: usize, given: &Value, now: i64) -> Value {
    let mut entry = given.clone();
    entry["id"] = json!(format!("{letters}-{}", count + 1));
    entry["at"] = json!(iso(now));
    entry
}

fn parcel(seed: u64, index: u64) -> Value {
    let drawn = splitmix(seed ^ splitmix(index));
    let pick = |list: &[&str], shift: u32| list[((drawn >> shift) % list.len() as u64) as usize].to_owned();
    let handed_in = OPENED_MS + index as i64 * 3 * 3_600_000;
    json!({
        "id": format!("PX-{}", FIRST + index),
        "recipient": pick(&NAMES, 3), "city": pick(&CITIES, 11), "carrier": pick(&CARRIERS, 17),
        "status": pick(&STATUSES, 23), "value_cents": 900 + drawn % 22_000, "currency": "EUR",
        "weight_grams": 150 + (drawn >> 7) % 9_000, "label": format!("LB-{:06}", drawn % 1_000_000),
        "handed_in": iso(handed_in),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_refund_is_made_once_and_never_more_than_was_paid() {
        let mut parcels = Parcels::new(1);
        let paid = parcels.get(&json!({ "parcel_id": "PX-10001" })).expect("a parcel").0["value_cents"].clone();
        let half = json!({ "parcel_id": "PX-10001", "amount_cents": paid.as_i64().map(|paid| paid / 2) });
        let first = parcels.refund(&half, 0).expect("a refund");
        let again = parcels.refund(&half, 5).expect("the same refund");
        assert_eq!((first.1, again.1, &first.0), (true, false, &again.0));
        let rest = json!({ "parcel_id": "PX-10001", "amount_cents": paid });
        assert!(parcels.refund(&rest, 9).is_err_and(|why| why.contains("more than")));
        assert_eq!(parcels.written()["refunds"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn pages_cover_every_parcel_once() {
        let parcels = Parcels::new(3);
        let mut seen = Vec::new();
        let mut asked = json!({ "limit": 10 });
        loop {
            let (page, _) = parcels.list(&asked).expect("a page");
            seen.extend(page["parcels"].as_array().expect("parcels").iter().map(|parcel| parcel["id"].to_string()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            asked["cursor"] = json!(cursor);
        }
        seen.dedup();
        assert_eq!(seen.len() as u64, PARCELS);
    }
}
