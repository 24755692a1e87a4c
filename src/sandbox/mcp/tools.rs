//! Owns what Parcelry offers: its tools as `tools/list` tells them, in one order, and whether arguments fit one. Does not
//! run any (`calls`).

use serde_json::{Map, Value, json};

/// How many tools a page of the list holds.
pub const PAGE: usize = 4;

/// A tool.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    title: &'static str,
    about: &'static str,
    /// Whether it changes anything.
    pub writes: bool,
    /// What it says of itself: read-only, destructive, idempotent, open world. None says nothing.
    hints: Option<[bool; 4]>,
    input: fn() -> Value,
    output: Option<fn() -> Value>,
    /// What it asks the caller for on the way.
    pub asks: Option<Asks>,
}

/// A way of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A form.
    Form,
    /// A page to be opened elsewhere.
    Url,
}

const READS: Option<[bool; 4]> = Some([true, false, true, false]);

/// All tools, in the order of the list.
pub const TOOLS: [Tool; 14] = [
    Tool { output: Some(parcel_out), ..read("parcel_get", "One parcel", "Reads one parcel by its number.", by_parcel) },
    read("parcels_list", "Parcels", "Lists parcels, a page at a time; next_cursor goes on.", list_in),
    Tool {
        hints: Some([true, false, true, true]),
        ..read("rates.search", "Rates", "What carriers would ask for a parcel.", rates_in)
    },
    read("depot_stock", "Depot", "How many parcels wait in a region's depot.", stock_in),
    write(
        "refund_create",
        "Refund",
        "Gives money for a parcel back. The same arguments make one refund.",
        refund_in,
        [false, true, true, true],
    ),
    write("parcel_reroute", "Reroute", "Sends a parcel to another city.", reroute_in, [false, false, true, true]),
    write(
        "label_void",
        "Void a label",
        "Makes a parcel's label worthless, for good.",
        by_parcel,
        [false, true, true, false],
    ),
    Tool {
        hints: None,
        ..write("note_add", "Note", "Adds a note to a parcel; says nothing of its effects.", note_in, [false; 4])
    },
    read(
        "report_build",
        "Report",
        "Builds a report of the last weeks. Takes a while and tells how far it is.",
        report_in,
    ),
    Tool {
        asks: Some(Asks::Form),
        ..write(
            "refund_confirm",
            "Refund with a form",
            "Asks how to give money back, then does.",
            by_parcel,
            [false, true, false, true],
        )
    },
    Tool {
        asks: Some(Asks::Url),
        ..write(
            "card_verify",
            "Verify a card",
            "Asks for a page to be opened where a card is verified.",
            by_parcel,
            [false, false, true, true],
        )
    },
    read("proof_get", "Proof of delivery", "A photo, a voice note, a link and a signed slip.", by_parcel),
    read("carrier_status", "Carrier", "What the carrier's own system says; it is down at present.", by_parcel),
    read("claims_count", "Claims", "How many claims are open; takes no arguments.", nothing_in),
];

const fn read(name: &'static str, title: &'static str, about: &'static str, input: fn() -> Value) -> Tool {
    Tool { name, title, about, writes: false, hints: READS, input, output: None, asks: None }
}

const fn write(
    name: &'static str,
    title: &'static str,
    about: &'static str,
    input: fn() -> Value,
    hints: [bool; 4],
) -> Tool {
    Tool { name, title, about, writes: true, hints: Some(hints), input, output: None, asks: None }
}

impl Tool {
    /// As the list tells it.
    pub fn told(&self) -> Value {
        let mut told = json!({
            "name": self.name, "title": self.title, "description": self.about, "inputSchema": (self.input)(),
        });
        if let Some(output) = self.output {
            told["outputSchema"] = output();
        }
        if let Some([read_only, destructive, idempotent, open_world]) = self.hints {
            told["annotations"] = json!({
                "title": self.title, "readOnlyHint": read_only, "destructiveHint": destructive,
                "idempotentHint": idempotent, "openWorldHint": open_world,
            });
        }
        told
    }

    /// Whether its answer comes as structured content too.
    pub fn is_structured(&self) -> bool {
        self.output.is_some()
    }

    /// The parameter headers a caller owes: the property's name and the header's.
    pub fn headers(&self) -> Vec<(String, String)> {
        let schema = (self.input)();
        let owed = |(name, property): (&String, &Value)| {
            Some((name.clone(), format!("mcp-param-{}", property["x-mcp-header"].as_str()?.to_ascii_lowercase())))
        };
        schema["properties"].as_object().into_iter().flatten().filter_map(owed).collect()
    }

    /// Why these arguments do not fit, if they do not.
    pub fn refuses(&self, given: &Map<String, Value>) -> Option<String> {
        let schema = (self.input)();
        let missing = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in missing {
            if !given.contains_key(name) {
                return Some(format!("{name} is missing."));
            }
        }
        given.iter().find_map(|(name, value)| match schema["properties"].get(name) {
            None => Some(format!("{name} is not an argument of {}.", self.name)),
            Some(property) => misfit(name, property, value),
        })
    }
}

/// The tool of this name.
pub fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// Why a value does not fit the few words of JSON Schema that the tools and forms here use.
pub fn misfit(name: &str, property: &Value, value: &Value) -> Option<String> {
    let fits = match property["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        _ => true,
    };
    if !fits {
        return Some(format!("{name} is of type {}.", property["type"].as_str().unwrap_or("any")));
    }
    let low = |bound: &str| property[bound].as_f64();
    let number = value.as_f64();
    let length = value.as_str().map(|text| text.chars().count() as f64);
    let items = value.as_array().map(|items| items.len() as f64);
    for (measure, least, most) in
        [(number, "minimum", "maximum"), (length, "minLength", "maxLength"), (items, "minItems", "maxItems")]
    {
        let Some(measure) = measure else { continue };
        if low(least).is_some_and(|least| measure < least) || low(most).is_some_and(|most| measure > most) {
            return Some(format!("{name} is outside {least} and {most}."));
        }
    }
    let choices = choices(property);
    let wrong = !choices.is_empty() && value.is_string() && !choices.contains(value);
    wrong.then(|| format!("{name} is not one of the choices."))
}

/// The values a property may have, if they are counted.
pub fn choices(property: &Value) -> Vec<Value> {
    let plain = property["enum"].as_array().cloned().unwrap_or_default();
    let titled = ["oneOf", "anyOf"].into_iter().flat_map(|word| property[word].as_array().into_iter().flatten());
    plain.into_iter().chain(titled.filter_map(|choice| choice.get("const").cloned())).collect()
}

/// The schema of an object with these properties, closed.
fn object(properties: &Value, required: &[&str]) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn parcel_id() -> Value {
    json!({ "type": "string", "description": "A parcel's number, for instance PX-10001.", "minLength": 1, "maxLength": 40 })
}

fn nothing_in() -> Value {
    json!({ "type": "object", "additionalProperties": false })
}

fn by_parcel() -> Value {
    object(&json!({ "parcel_id": parcel_id() }), &["parcel_id"])
}

fn list_in() -> Value {
    let status =
        json!({ "type": "string", "enum": ["label_created", "in_transit", "out_for_delivery", "delivered", "lost"] });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 25, "default": 10 });
    object(&json!({ "status": status, "limit": limit, "cursor": { "type": "string" } }), &[])
}

fn rates_in() -> Value {
    let grams = json!({ "type": "integer", "minimum": 1, "maximum": 30_000 });
    object(&json!({ "to": { "type": "string", "minLength": 1 }, "weight_grams": grams }), &["to", "weight_grams"])
}

fn stock_in() -> Value {
    let region = json!({
        "type": "string", "description": "A region; also told in a header, for the router before us.",
        "minLength": 1, "x-mcp-header": "Region",
    });
    object(&json!({ "region": region }), &["region"])
}

fn refund_in() -> Value {
    let cents = json!({ "type": "integer", "minimum": 1, "maximum": 1_000_000 });
    let reason = json!({ "type": "string", "maxLength": 500 });
    object(
        &json!({ "parcel_id": parcel_id(), "amount_cents": cents, "reason": reason }),
        &["parcel_id", "amount_cents"],
    )
}

fn reroute_in() -> Value {
    let city = json!({ "type": "string", "minLength": 1, "maxLength": 80 });
    object(&json!({ "parcel_id": parcel_id(), "city": city }), &["parcel_id", "city"])
}

fn note_in() -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 2_000 });
    object(&json!({ "parcel_id": parcel_id(), "text": text }), &["parcel_id", "text"])
}

fn report_in() -> Value {
    object(&json!({ "weeks": { "type": "integer", "minimum": 1, "maximum": 52, "default": 4 } }), &[])
}

fn parcel_out() -> Value {
    let text = json!({ "type": "string" });
    let whole = json!({ "type": "integer" });
    let mut schema = object(
        &json!({
            "id": text, "recipient": text, "city": text, "carrier": text, "status": text, "value_cents": whole,
            "currency": text, "weight_grams": whole, "label": { "type": ["string", "null"] }, "handed_in": text,
        }),
        &["id", "status", "value_cents"],
    );
    schema["title"] = json!("A parcel");
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_do_not_fit_are_told_why() {
        let why =
            |name: &str, given: Value| find(name).and_then(|tool| tool.refuses(given.as_object().expect("an object")));
        assert_eq!(why("refund_create", json!({ "parcel_id": "PX-1", "amount_cents": 5 })), None);
        assert!(why("refund_create", json!({ "parcel_id": "PX-1" })).is_some_and(|why| why.contains("missing")));
        assert!(why("refund_create", json!({ "parcel_id": 1, "amount_cents": 5 })).is_some());
        assert!(why("refund_create", json!({ "parcel_id": "PX-1", "amount_cents": 0 })).is_some());
        assert!(why("claims_count", json!({ "x": 1 })).is_some_and(|why| why.contains("not an argument")));
        assert!(why("parcels_list", json!({ "status": "burnt" })).is_some_and(|why| why.contains("choices")));
    }

    #[test]
    fn names_are_unique_and_one_has_a_dot() {
        let mut names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TOOLS.len());
        assert!(names.contains(&"rates.search"));
    }
}
