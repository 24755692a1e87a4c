//! Owns what a tool answered, read under bounds. All of it is somebody else's: words are [`Text`], pictures are bytes nobody
//! has looked at.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{McpError, definition::cut, schema};
use crate::domain::Text;

/// The most parts of an answer.
const PARTS: usize = 64;
/// The most bytes of words, in all parts.
const WORDS: usize = 1024 * 1024;
/// The most bytes of a picture or a sound.
const BYTES: usize = 6 * 1024 * 1024;
/// The most bytes of a structured answer.
const STRUCTURED: usize = 1024 * 1024;
/// The longest address or type, in characters.
const SHORT: usize = 2_000;

/// What a tool answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Whether it says that it failed.
    pub is_error: bool,
    /// What it said.
    pub content: Vec<Content>,
    /// The same as data, where it is given so.
    pub structured: Option<Value>,
    /// What was not as it should be, in our words: it is shown with the answer.
    pub warnings: Vec<String>,
}

/// A part of an answer.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Words.
    Text(Text),
    /// A picture.
    Picture {
        /// What kind, as the server says.
        mime: Text,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A sound.
    Sound {
        /// What kind, as the server says.
        mime: Text,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Where something is.
    Link {
        /// Its address; never followed by itself.
        uri: Text,
        /// What it is called.
        name: Text,
    },
    /// Something with its words.
    Resource {
        /// Its address.
        uri: Text,
        /// What it says; empty where it is bytes.
        text: Text,
    },
}

impl std::fmt::Debug for Content {
    /// Without the bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({text:?})"),
            Self::Picture { bytes, .. } => write!(f, "Picture({} bytes)", bytes.len()),
            Self::Sound { bytes, .. } => write!(f, "Sound({} bytes)", bytes.len()),
            Self::Link { .. } => f.write_str("Link"),
            Self::Resource { text, .. } => write!(f, "Resource({text:?})"),
        }
    }
}

impl Told {
    /// What it holds as data: as such, or as its one text.
    pub fn data(&self) -> Option<Value> {
        match (&self.structured, self.content.as_slice()) {
            (Some(data), _) => Some(data.clone()),
            (None, [Content::Text(words)]) => serde_json::from_str(words.raw()).ok(),
            (None, _) => None,
        }
    }

    /// Reads an answer; `output` is the schema its tool promised.
    pub(super) fn read(said: &Value, output: Option<&Value>) -> Result<Self, McpError> {
        let none = Vec::new();
        let parts = match said.get("content") {
            Some(Value::Array(parts)) => parts,
            None => &none,
            Some(_) => return Err(McpError::Garbled("its answer has no parts")),
        };
        let mut told = Self {
            is_error: said.get("isError").and_then(Value::as_bool).unwrap_or(false),
            content: Vec::new(),
            structured: None,
            warnings: Vec::new(),
        };
        let mut room = WORDS;
        for part in parts.iter().take(PARTS) {
            told.add(part, &mut room);
        }
        if parts.len() > PARTS {
            told.warn(format!("{} more parts of the answer were left out", parts.len() - PARTS));
        }
        if room == 0 {
            told.warn("the answer was cut at 1 MiB".to_owned());
        }
        told.structure(said.get("structuredContent"), output);
        Ok(told)
    }

    fn warn(&mut self, words: String) {
        if !self.warnings.contains(&words) {
            self.warnings.push(words);
        }
    }

    fn add(&mut self, part: &Value, room: &mut usize) {
        let words = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let short = |name: &str| cut(&words(part, name), SHORT);
        let content = match words(part, "type").as_str() {
            "text" => Some(Content::Text(fitting(&words(part, "text"), room))),
            "image" => bytes(part).map(|bytes| Content::Picture { mime: short("mimeType"), bytes }),
            "audio" => bytes(part).map(|bytes| Content::Sound { mime: short("mimeType"), bytes }),
            "resource_link" => Some(Content::Link { uri: short("uri"), name: short("name") }),
            "resource" => {
                let inner = part.get("resource").unwrap_or(&Value::Null);
                let text = fitting(&words(inner, "text"), room);
                Some(Content::Resource { uri: cut(&words(inner, "uri"), SHORT), text })
            }
            _ => None,
        };
        match content {
            Some(content) => self.content.push(content),
            None => self.warn("a part of the answer is of a kind that is not known here, or too large".to_owned()),
        }
    }

    fn structure(&mut self, said: Option<&Value>, output: Option<&Value>) {
        match (said, output) {
            (Some(said), _) if said.to_string().len() > STRUCTURED => {
                self.warn("the answer as data is more than 1 MiB and was left out".to_owned());
            }
            (Some(said), output) => {
                self.structured = Some(said.clone());
                match output.map(|schema| schema::faults(schema, said)) {
                    Some(Ok(faults)) if !faults.is_empty() => {
                        self.warn(format!("the answer is not what the tool promised: {}", faults.join("; ")));
                    }
                    Some(Err(why)) => self.warn(format!("the answer could not be checked: {why}")),
                    _ => {}
                }
            }
            (None, Some(_)) if !self.is_error => {
                self.warn("the tool promised an answer as data and gave none".to_owned());
            }
            (None, _) => {}
        }
    }
}

fn fitting(words: &str, room: &mut usize) -> Text {
    let end = words.floor_char_boundary((*room).min(words.len()));
    *room = if end < words.len() { 0 } else { *room - end };
    Text::new(&words[..end])
}

fn bytes(part: &Value) -> Option<Vec<u8>> {
    let data = part.get("data").and_then(Value::as_str)?;
    if data.len() > BYTES / 3 * 4 + 4 {
        return None;
    }
    STANDARD.decode(data).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_part_is_read_and_an_unknown_one_is_said() {
        let said = json!({ "isError": true, "content": [
            { "type": "text", "text": "a" },
            { "type": "image", "data": "aGk=", "mimeType": "image/png" },
            { "type": "audio", "data": "aGk=", "mimeType": "audio/wav" },
            { "type": "resource_link", "uri": "file:///x", "name": "x" },
            { "type": "resource", "resource": { "uri": "file:///y", "text": "b" } },
            { "type": "hologram" }, { "type": "image", "data": "%%%" },
        ] });
        let told = Told::read(&said, None).expect("an answer");
        assert!(told.is_error);
        assert_eq!(told.content.len(), 5);
        assert_eq!(told.content[1], Content::Picture { mime: "image/png".into(), bytes: b"hi".to_vec() });
        assert_eq!(told.warnings.len(), 1, "{:?}", told.warnings);
        assert!(Told::read(&json!({ "content": "x" }), None).is_err());
    }

    #[test]
    fn an_answer_is_bounded_in_words_and_parts() {
        let long =
            json!({ "content": [{ "type": "text", "text": "ä".repeat(WORDS) }, { "type": "text", "text": "more" }] });
        let told = Told::read(&long, None).expect("an answer");
        let Content::Text(first) = &told.content[0] else { unreachable!("words") };
        assert_eq!(first.raw().len(), WORDS);
        assert_eq!(told.warnings, ["the answer was cut at 1 MiB"]);
        let many = json!({ "content": vec![json!({ "type": "text", "text": "x" }); PARTS + 3] });
        let told = Told::read(&many, None).expect("an answer");
        assert_eq!((told.content.len(), told.warnings.len()), (PARTS, 1));
    }

    #[test]
    fn data_is_held_against_what_was_promised() {
        let schema = json!({ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } });
        let warned = |said: Value| Told::read(&said, Some(&schema)).expect("an answer").warnings;
        assert_eq!(warned(json!({ "structuredContent": { "n": 1 } })), Vec::<String>::new());
        assert_eq!(warned(json!({ "structuredContent": { "n": "canary" } })).len(), 1);
        assert!(!warned(json!({ "structuredContent": { "n": "canary" } }))[0].contains("canary"));
        assert_eq!(warned(json!({ "content": [] })).len(), 1);
        assert_eq!(warned(json!({ "content": [], "isError": true })), Vec::<String>::new());
    }
}
