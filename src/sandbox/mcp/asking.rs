//! Owns what Parcelry asks people for: the requests, and what their answers say. How a request travels is the era's
//! business (`calls`).

use serde_json::{Map, Value, json};

use super::tools::{Asks, misfit};

/// The key under which a tool's one request goes.
pub const KEY: &str = "confirm";

/// What somebody answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Yes, with these values.
    Accept(Map<String, Value>),
    /// No.
    Decline,
    /// Neither; the question was put away.
    Cancel,
    /// Nothing that answers the question, and why.
    Unfit(String),
}

/// The form of a refund.
pub fn refund_form(parcel: &Value) -> Value {
    let (id, paid) = (parcel["id"].as_str().unwrap_or_default(), parcel["value_cents"].as_i64().unwrap_or_default());
    let titled = |value: &str, title: &str| json!({ "const": value, "title": title });
    form(
        &format!("How shall the money for {id} be given back?"),
        &json!({
            "type": "object",
            "properties": {
                "reason": { "type": "string", "title": "Reason", "minLength": 3, "maxLength": 200, "default": "damaged in transit" },
                "amount": { "type": "number", "title": "Amount in EUR", "minimum": 0.01, "maximum": paid as f64 / 100.0, "default": paid as f64 / 100.0 },
                "notify": { "type": "boolean", "title": "Tell the recipient", "default": true },
                "way": { "type": "string", "title": "Way", "oneOf": [titled("card", "To the card"), titled("voucher", "As a voucher"), titled("bank", "To a bank account")], "default": "card" },
                "damage": { "type": "array", "title": "What was damaged", "items": { "type": "string", "enum": ["box", "contents", "label"] }, "minItems": 0, "maxItems": 3, "default": ["box"] },
                "contact": { "type": "string", "title": "Address for questions", "format": "email" },
            },
            "required": ["reason", "amount", "notify", "way"],
        }),
    )
}

/// A form that leads nowhere, asked for the so many-th time.
pub fn endless_form(round: u64) -> Value {
    let sure = json!({ "type": "boolean", "title": "Really", "default": true });
    form(
        &format!("Are you sure? (question {round})"),
        &json!({ "type": "object", "properties": { "sure": sure }, "required": ["sure"] }),
    )
}

fn form(message: &str, schema: &Value) -> Value {
    json!({ "method": "elicitation/create", "params": { "mode": "form", "message": message, "requestedSchema": schema } })
}

/// A page to be opened.
pub fn page(message: &str, url: &str) -> Value {
    json!({ "method": "elicitation/create", "params": { "mode": "url", "message": message, "url": url } })
}

/// What was answered to a request.
pub fn read(request: &Value, answer: Option<&Value>) -> Answer {
    let Some(answer) = answer else { return Answer::Unfit("there is no answer".into()) };
    match answer["action"].as_str() {
        Some("decline") => Answer::Decline,
        Some("cancel") => Answer::Cancel,
        Some("accept") => accepted(&request["params"], &answer["content"]),
        _ => Answer::Unfit("the action is accept, decline or cancel".into()),
    }
}

fn accepted(params: &Value, content: &Value) -> Answer {
    if params["mode"] == "url" {
        return Answer::Accept(Map::new());
    }
    let Some(content) = content.as_object() else { return Answer::Unfit("content is missing".into()) };
    let schema = &params["requestedSchema"];
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in required {
        if !content.contains_key(name) {
            return Answer::Unfit(format!("{name} is missing"));
        }
    }
    for (name, value) in content {
        let Some(property) = schema["properties"].get(name) else {
            return Answer::Unfit(format!("{name} was not asked for"));
        };
        let items = value.as_array().into_iter().flatten();
        let wrong = items.map(|item| misfit(name, &property["items"], item)).find_map(|wrong| wrong);
        if let Some(why) = misfit(name, property, value).or(wrong) {
            return Answer::Unfit(why);
        }
    }
    Answer::Accept(content.clone())
}

/// Which way of asking a caller can take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Forms.
    pub form: bool,
    /// Pages.
    pub url: bool,
}

impl Abilities {
    /// What these capabilities say; an empty `elicitation` means forms alone.
    pub fn of(capabilities: &Value) -> Self {
        let Some(elicitation) = capabilities.get("elicitation").filter(|said| said.is_object()) else {
            return Self::default();
        };
        let url = elicitation.get("url").is_some();
        Self { form: elicitation.get("form").is_some() || !url, url }
    }

    /// Whether it covers this way.
    pub fn can(self, asks: Asks) -> bool {
        match asks {
            Asks::Form => self.form,
            Asks::Url => self.url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_against_the_form() {
        let form = refund_form(&json!({ "id": "PX-1", "value_cents": 1200 }));
        let answered = |content: Value| read(&form, Some(&json!({ "action": "accept", "content": content })));
        let whole = json!({ "reason": "lost", "amount": 12.0, "notify": false, "way": "bank", "damage": ["box"] });
        assert!(matches!(answered(whole), Answer::Accept(_)));
        for wrong in [
            json!({ "reason": "lost" }),
            json!({ "reason": "x", "amount": 1, "notify": true, "way": "card" }),
            json!({ "reason": "lost", "amount": 13, "notify": true, "way": "card" }),
            json!({ "reason": "lost", "amount": 1, "notify": true, "way": "cash" }),
            json!({ "reason": "lost", "amount": 1, "notify": true, "way": "card", "damage": ["pride"] }),
            json!({ "reason": "lost", "amount": 1, "notify": true, "way": "card", "pin": "1234" }),
        ] {
            assert!(matches!(answered(wrong.clone()), Answer::Unfit(_)), "{wrong}");
        }
        assert_eq!(read(&form, Some(&json!({ "action": "decline" }))), Answer::Decline);
        assert!(matches!(read(&form, None), Answer::Unfit(_)));
    }

    #[test]
    fn an_empty_capability_means_forms() {
        let of = |said: Value| Abilities::of(&json!({ "elicitation": said }));
        assert_eq!(of(json!({})), Abilities { form: true, url: false });
        assert_eq!(of(json!({ "url": {} })), Abilities { form: false, url: true });
        assert_eq!(of(json!({ "form": {}, "url": {} })), Abilities { form: true, url: true });
        assert_eq!(Abilities::of(&json!({})), Abilities::default());
    }
}
