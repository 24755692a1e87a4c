//! Owns what a server asks a person in the middle of a call, read under bounds, and holding an answer against it before it is
//! sent. Does not ask (whoever holds the receiver does).
//!
//! Invariants: what asks for a secret is never put before a person, because a form is no place for one; an address is https,
//! or on this machine; an answer that does not fit is not sent.

use rmcp::model::ElicitRequestParams;
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::definition::cut;
use crate::{config::safe_url, domain::Text};

/// The longest message, in characters.
const MESSAGE: usize = 4_000;
/// The longest title of a field, in characters.
const TITLE: usize = 200;
/// The most fields of a form.
const FIELDS: usize = 32;
/// The most choices of a field.
const CHOICES: usize = 200;
/// The longest text a person gives, in characters.
const ANSWER: u64 = 10_000;
/// The longest address.
const ADDRESS: usize = 4_000;

/// A question of a server's, and where its answer goes. Dropped without one, the question is cancelled.
#[derive(Debug)]
pub struct Ask {
    /// The server that asks, by its alias.
    pub server: String,
    /// What it asks.
    pub question: Question,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Reply>,
}

/// What a server asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// To fill in a form.
    Form {
        /// Why, in the server's words.
        message: Text,
        /// What to fill in.
        fields: Vec<Field>,
    },
    /// To go somewhere with a browser. An accepted one says only that the person went.
    Link {
        /// Why, in the server's words.
        message: Text,
        /// Where: https, or this machine.
        url: String,
        /// The host of it, which is shown by itself.
        host: String,
    },
}

/// What to fill in.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the answer.
    pub name: String,
    /// What it is called for people.
    pub title: Text,
    /// What it is about.
    pub about: Text,
    /// Whether it has to be filled in.
    pub is_required: bool,
    /// What goes there.
    pub kind: Kind,
    /// What stands there to begin with; fits the kind.
    pub default: Option<Value>,
}

/// What goes into a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Words.
    Text {
        /// The fewest characters.
        least: u64,
        /// The most.
        most: u64,
        /// `email`, `uri`, `date` or `date-time`, where it has to be one.
        format: Option<String>,
    },
    /// A number.
    Number {
        /// Whether it is whole.
        is_whole: bool,
        /// The smallest.
        least: Option<f64>,
        /// The largest.
        most: Option<f64>,
    },
    /// Yes or no.
    Flag,
    /// One of these.
    One(Vec<Choice>),
    /// Some of these.
    Some {
        /// These.
        choices: Vec<Choice>,
        /// The fewest.
        least: u64,
        /// The most.
        most: u64,
    },
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is in the answer.
    pub value: String,
    /// What it is called for people.
    pub title: Text,
}

/// A person's answer.
#[derive(Clone, PartialEq)]
pub enum Reply {
    /// This; empty for a link.
    Accept(Map<String, Value>),
    /// No.
    Decline,
    /// Neither.
    Cancel,
}

impl std::fmt::Debug for Reply {
    /// Without what was filled in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Accept(_) => "Accept",
            Self::Decline => "Decline",
            Self::Cancel => "Cancel",
        })
    }
}

/// Words in the name of a field that ask for a secret, in lower case without blanks.
const SECRETS: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "cardnumber",
    "creditcard",
    "cvv",
    "cvc",
    "pin",
    "iban",
    "ssn",
    "socialsecurity",
    "otp",
    "onetimecode",
];

/// Names that are these words and not merely hold them: as a part they are in too many others.
const WHOLE: [&str; 4] = ["pin", "otp", "cvc", "ssn"];

impl Question {
    /// Reads one.
    ///
    /// # Errors
    /// Why it is not put before a person; the server is told.
    pub(super) fn read(said: &ElicitRequestParams) -> Result<Self, &'static str> {
        match said {
            ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } => {
                let schema = serde_json::to_value(requested_schema).map_err(|_| "the form is none")?;
                Ok(Self::Form { message: cut(message, MESSAGE), fields: fields(&schema)? })
            }
            ElicitRequestParams::UrlElicitationParams { message, url, .. } => {
                if url.len() > ADDRESS || !url.is_ascii() {
                    return Err("the address is none to go to");
                }
                let host = safe_url(url).map_err(|_| "the address is none to go to: only https is")?;
                Ok(Self::Link { message: cut(message, MESSAGE), url: url.clone(), host })
            }
            _ => Err("that kind of question is not known here"),
        }
    }

    /// What of an answer does not fit.
    ///
    /// # Errors
    /// The first field that does not, in words.
    pub fn check(&self, answer: &Map<String, Value>) -> Result<(), String> {
        let Self::Form { fields, .. } = self else {
            return if answer.is_empty() { Ok(()) } else { Err("a link takes no answer".to_owned()) };
        };
        if let Some(name) = answer.keys().find(|name| !fields.iter().any(|field| field.name == **name)) {
            return Err(format!("{name} was not asked for"));
        }
        fields.iter().try_for_each(|field| match answer.get(&field.name) {
            None if field.is_required => Err(format!("{} has to be filled in", field.title.line())),
            None => Ok(()),
            Some(value) => field.kind.check(value).map_err(|why| format!("{}: {why}", field.title.line())),
        })
    }
}

impl Kind {
    /// Whether a value fits.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        match self {
            Self::Text { least, most, format } => {
                let text = value.as_str().ok_or("it is no text")?;
                let length = text.chars().count() as u64;
                if !(*least..=*most).contains(&length) {
                    return Err(format!("it has {length} characters, not {least} to {most}"));
                }
                format.as_deref().filter(|format| !is_of(format, text)).map_or(Ok(()), |f| Err(format!("it is no {f}")))
            }
            Self::Number { is_whole, least, most } => {
                let number = value.as_f64().ok_or("it is no number")?;
                if *is_whole && number.fract() != 0.0 {
                    return Err("it is no whole number".to_owned());
                }
                if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
                    return Err("it is out of bounds".to_owned());
                }
                Ok(())
            }
            Self::Flag => value.is_boolean().then_some(()).ok_or_else(|| "it is neither yes nor no".to_owned()),
            Self::One(choices) => {
                is_among(choices, value).then_some(()).ok_or_else(|| "it is none of the choices".to_owned())
            }
            Self::Some { choices, least, most } => {
                let chosen = value.as_array().ok_or("it is no list")?;
                let is_twice = |(at, one): (usize, &Value)| chosen[..at].contains(one);
                if !chosen.iter().all(|one| is_among(choices, one)) || chosen.iter().enumerate().any(is_twice) {
                    return Err("it is not of the choices".to_owned());
                }
                if !(*least..=*most).contains(&(chosen.len() as u64)) {
                    return Err(format!("{} are chosen, not {least} to {most}", chosen.len()));
                }
                Ok(())
            }
        }
    }
}

fn is_among(choices: &[Choice], value: &Value) -> bool {
    choices.iter().any(|choice| Some(choice.value.as_str()) == value.as_str())
}

fn is_of(format: &str, text: &str) -> bool {
    match format {
        "email" => text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace) && !host.contains('@')
        }),
        "uri" => text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()),
        "date" => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        _ => true,
    }
}

fn fields(schema: &Value) -> Result<Vec<Field>, &'static str> {
    let properties = schema.get("properties").and_then(Value::as_object).ok_or("the form has no fields")?;
    if properties.len() > FIELDS {
        return Err("the form has more than 32 fields");
    }
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    properties.iter().map(|(name, said)| field(name, said, required.contains(&name.as_str()))).collect()
}

fn field(name: &str, said: &Value, is_required: bool) -> Result<Field, &'static str> {
    let word = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() || name.len() > TITLE {
        return Err("a field of the form has no name, or one too long");
    }
    if is_secret(name) || is_secret(word("title")) {
        return Err("a form is no place for passwords, tokens or card numbers: ask with a link");
    }
    let kind = kind(said)?;
    let title = if word("title").is_empty() { name } else { word("title") };
    let default = said.get("default").filter(|value| kind.check(value).is_ok()).cloned();
    Ok(Field {
        name: name.to_owned(),
        title: cut(title, TITLE),
        about: cut(word("description"), MESSAGE),
        is_required,
        kind,
        default,
    })
}

fn is_secret(words: &str) -> bool {
    let parts: Vec<String> = split(words);
    let whole = parts.concat();
    SECRETS.iter().any(|secret| {
        if WHOLE.contains(secret) { parts.iter().any(|part| part == secret) } else { whole.contains(secret) }
    })
}

/// The words of a name: `apiKey`, `api_key` and `API key` are two.
fn split(words: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_lower = false;
    for c in words.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            parts.push(String::new());
        }
        if c.is_alphanumeric() {
            parts.last_mut().into_iter().for_each(|part| part.extend(c.to_lowercase()));
        }
        was_lower = c.is_lowercase();
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn kind(said: &Value) -> Result<Kind, &'static str> {
    let number = |key: &str| said.get(key).and_then(Value::as_f64);
    let count = |key: &str, otherwise: u64| said.get(key).and_then(Value::as_u64).unwrap_or(otherwise);
    match said.get("type").and_then(Value::as_str).unwrap_or_default() {
        "string" => Ok(match choices(said)? {
            Some(choices) => Kind::One(choices),
            None => Kind::Text {
                least: count("minLength", 0),
                most: count("maxLength", ANSWER).min(ANSWER),
                format: said.get("format").and_then(Value::as_str).map(str::to_owned),
            },
        }),
        kind @ ("number" | "integer") => {
            Ok(Kind::Number { is_whole: kind == "integer", least: number("minimum"), most: number("maximum") })
        }
        "boolean" => Ok(Kind::Flag),
        "array" => {
            let choices = choices(said.get("items").unwrap_or(&Value::Null))?.ok_or("a field is a list of anything")?;
            let most = count("maxItems", choices.len() as u64).min(choices.len() as u64);
            Ok(Kind::Some { least: count("minItems", 0), most, choices })
        }
        _ => Err("a field of the form is of a kind that is not known here"),
    }
}

fn choices(said: &Value) -> Result<Option<Vec<Choice>>, &'static str> {
    let titled = ["oneOf", "anyOf"].iter().find_map(|key| said.get(key)?.as_array());
    let plain = said.get("enum").and_then(Value::as_array);
    let Some(listed) = titled.or(plain) else { return Ok(None) };
    if listed.is_empty() || listed.len() > CHOICES {
        return Err("a field has no choices, or more than 200");
    }
    let names = said.get("enumNames").and_then(Value::as_array);
    let choice = |(at, one): (usize, &Value)| {
        let value = one.get("const").unwrap_or(one).as_str().filter(|value| value.len() <= MESSAGE)?;
        let named = one.get("title").or_else(|| names?.get(at)).and_then(Value::as_str);
        Some(Choice { value: value.to_owned(), title: cut(named.unwrap_or(value), TITLE) })
    };
    let listed: Option<Vec<Choice>> = listed.iter().enumerate().map(choice).collect();
    listed.map(Some).ok_or("a choice of the form is no text")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(properties: &Value, required: &Value) -> Result<Question, &'static str> {
        let said = json!({ "mode": "form", "message": "m",
            "requestedSchema": { "type": "object", "properties": properties, "required": required } });
        Question::read(&serde_json::from_value(said).expect("a question of the protocol"))
    }

    fn fields(question: &Question) -> &[Field] {
        match question {
            Question::Form { fields, .. } => fields,
            Question::Link { .. } => unreachable!("a form"),
        }
    }

    #[test]
    fn a_form_is_read_with_its_choices_and_those_defaults_that_fit() {
        let properties = json!({
            "mail": { "type": "string", "format": "email", "default": "no address" },
            "age": { "type": "integer", "minimum": 1, "maximum": 9, "default": 4 },
            "way": { "type": "string", "oneOf": [{ "const": "a", "title": "A" }, { "const": "b", "title": "B" }] },
            "some": { "type": "array", "items": { "type": "string", "enum": ["x", "y"] }, "maxItems": 1 },
        });
        let form = form(&properties, &json!(["mail"])).expect("a form");
        let field = |name: &str| fields(&form).iter().find(|field| field.name == name).expect("a field").clone();
        assert_eq!((field("mail").default, field("mail").is_required), (None, true));
        assert_eq!(field("age").default, Some(json!(4)));
        let Kind::One(choices) = field("way").kind else { unreachable!("a choice") };
        assert_eq!((choices[1].value.as_str(), choices[1].title.raw()), ("b", "B"));
        let checked = |answer: Value| form.check(answer.as_object().expect("an object"));
        assert_eq!(checked(json!({ "mail": "mara@quill.example", "age": 9, "way": "a", "some": ["y"] })), Ok(()));
        for wrong in [
            json!({}),
            json!({ "mail": "mara" }),
            json!({ "mail": "m@q.example", "age": 10 }),
            json!({ "mail": "m@q.example", "age": 1.5 }),
            json!({ "mail": "m@q.example", "way": "c" }),
            json!({ "mail": "m@q.example", "some": ["x", "y"] }),
            json!({ "mail": "m@q.example", "some": ["x", "x"] }),
            json!({ "mail": "m@q.example", "more": 1 }),
        ] {
            assert!(checked(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_form_that_asks_for_a_secret_is_never_shown() {
        let text = json!({ "type": "string" });
        for name in ["password", "apiKey", "API-key", "access_token", "card_number", "cardCVC", "pin", "clientSecret"] {
            assert!(form(&json!({ name: text }), &json!([])).is_err(), "{name}");
        }
        assert!(form(&json!({ "x": { "type": "string", "title": "Your passphrase" } }), &json!([])).is_err());
        for name in ["shipping", "opinion", "reason", "discard", "number"] {
            assert!(form(&json!({ name: text }), &json!([])).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_link_leads_to_https_or_this_machine() {
        let link = |url: &str| {
            let said = json!({ "mode": "url", "message": "m", "url": url, "elicitationId": "e" });
            Question::read(&serde_json::from_value(said).expect("a question of the protocol"))
        };
        let Ok(Question::Link { host, .. }) = link("https://pay.example:8443/a?b") else { unreachable!("a link") };
        assert_eq!(host, "pay.example:8443");
        assert!(link("http://127.0.0.1:9/x").is_ok());
        for bad in [
            "http://pay.example",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://bank.example@evil.example/",
            "https://b\u{e4}nk.example",
            "-e touch",
            "https://a b",
        ] {
            assert!(link(bad).is_err(), "{bad}");
        }
    }
}
