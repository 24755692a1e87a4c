//! Owns how one MCP server is a source of tools: its definitions as offers, a call as a request, its answers as what a model is
//! told. Does not connect (`sources`, `connect::mcp`), and sends nothing that changes something: that is the outlet's.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Hints, Offered, Outside, Schema, Told, class, truto::with_reason};
use crate::{
    approval::{Change, ChangeParts, Effect, Operation, Origin, Request, Subject},
    config::Reviewed,
    connect::{
        mcp::{self, Content, Definition, Identity},
        truto,
    },
    domain::{ConversationId, CustomerId, Text},
    tools::{
        ToolError,
        answer::{Shown, own},
    },
    transport::Method,
};

/// Characters of an answer's words, all parts together, that a model is told.
const WORDS: usize = 12_000;
/// Of each of them.
const EACH: usize = 6_000;
/// Values of an answer given as data, all parts together.
const VALUES: usize = 800;
/// Letters of a text that weigh as much as a value, and the most of one text that are told.
const LETTERS: usize = 40;
const LINE: usize = 240;
/// How deep such an answer may go.
const DEPTH: usize = 12;
/// Parts of an answer.
const PARTS: usize = 24;

/// Who a server is, for one place in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// What the settings call it.
    pub alias: String,
    /// Whose published tools a person says these are.
    pub reviewed: Option<Reviewed>,
    /// What it says of itself, and by which revision of the protocol it is spoken to.
    pub identity: Identity,
}

impl Who {
    /// The tool as a change names it. Its definition stands for the server's name, version and protocol too: at a server that
    /// became another one no tool is what it was.
    pub fn origin(&self, tool: &Definition) -> Origin {
        let Identity { name, version, protocol, address, .. } = &self.identity;
        let mut hash = Sha256::new();
        for part in [name.raw(), version.raw(), protocol, address, &tool.fingerprint] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Origin {
            source: self.alias.clone(),
            place: address.clone(),
            tool: tool.name.clone(),
            definition: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
            is_reviewed: self.word_on(&tool.name).is_some(),
        }
    }

    /// Our own table's word on a tool, where a person says that its table is about this server.
    fn word_on(&self, tool: &str) -> Option<Effect> {
        match self.reviewed? {
            Reviewed::Truto => truto::reviewed(tool),
        }
    }

    /// What a definition offers. One whose schema is not taken is there, with the reason, and cannot be called.
    pub fn offer(&self, tool: &Definition, barred: Option<String>) -> Offered {
        let hints = Hints { read_only: tool.hints.read_only, destructive: tool.hints.destructive };
        let effect = class(self.word_on(&tool.name), hints);
        // Our own word for the card stands beside what a reviewed tool takes, as it does for our own tools.
        let is_reasoned = self.word_on(&tool.name).is_some() && effect != Effect::Read;
        let input = if is_reasoned { with_reason(tool.input.clone()) } else { tool.input.clone() };
        let (schema, wrong) = match Schema::read(&input) {
            Ok(schema) => (schema, None),
            Err(why) => (Schema::of_nothing(), Some(format!("{why}; whoever runs the server can change that"))),
        };
        let about = match &tool.title {
            Some(title) if !title.is_blank() => Text::new(format!("{}: {}", title.raw(), tool.description.raw())),
            _ => tool.description.clone(),
        };
        Offered { origin: self.origin(tool), about, schema, effect, barred: barred.or(wrong) }
    }
}

/// The change a call is. Arguments can raise what it does: a draft with a time to be sent at is sent.
pub fn change(
    reviewed: Option<Reviewed>,
    tool: &Outside,
    arguments: Map<String, Value>,
    whose: Option<CustomerId>,
) -> Result<Change, ToolError> {
    let origin = tool.origin();
    let raised = match reviewed {
        Some(Reviewed::Truto) => truto::effect(&origin.tool, &arguments),
        None => None,
    };
    let effect = raised.map_or(tool.effect(), |raised| raised.max(tool.effect()));
    let customer = customer_of(effect, &arguments)?.or(whose);
    let conversation = reviewed.and_then(|_| arguments.get("conversation_id")?.as_str()).map(ConversationId::new);
    let rows = arguments.values().filter_map(Value::as_array).map(|rows| rows.len() as u64).max();
    let request = Request {
        method: Method::Post,
        path: mcp::path(&origin.source, &origin.tool),
        body: Some(Value::Object(arguments)),
    };
    Ok(Change::new(ChangeParts {
        effect,
        operation: Operation::CallTool,
        subject: Subject { customer, conversation, origin: Some(origin.clone()), ..Subject::default() },
        requests: vec![request],
        count: rows.filter(|_| effect == Effect::Bulk).unwrap_or(1),
        summary: format!("Call the tool {} of the source {}", origin.tool, origin.source),
        warnings: vec![],
        editable: None,
        before: vec![],
    }))
}

/// Whose window an unmasking opens: it has to be known, because it is closed again.
fn customer_of(effect: Effect, arguments: &Map<String, Value>) -> Result<Option<CustomerId>, ToolError> {
    if effect != Effect::Unmask {
        return Ok(None);
    }
    let named = ["customer_id", "id"].iter().find_map(|name| arguments.get(*name)?.as_str());
    let missing = || ToolError::Arguments("`customer_id` has to name the customer whose window is opened".to_owned());
    named.filter(|id| !id.is_empty()).map(|id| Some(CustomerId::new(id))).ok_or_else(missing)
}

/// A request as a change holds it, for an answer: words and data, neither pictures nor sounds.
pub fn kept(told: &mcp::Told) -> Value {
    let part = |part: &Content| match part {
        Content::Text(words) => json!({ "text": words.raw() }),
        Content::Picture { mime, bytes } => json!({ "picture": mime.raw(), "bytes": bytes.len() }),
        Content::Sound { mime, bytes } => json!({ "sound": mime.raw(), "bytes": bytes.len() }),
        Content::Link { uri, name } => json!({ "link": uri.raw(), "name": name.raw() }),
        Content::Resource { uri, text } => json!({ "resource": uri.raw(), "text": text.raw() }),
    };
    json!({
        "parts": told.content.iter().take(PARTS).map(part).collect::<Vec<_>>(),
        "left_out": told.content.len().saturating_sub(PARTS),
        "data": told.structured,
        "warnings": told.warnings,
        "failed": told.is_error,
    })
}

/// What a tool said of its failure.
pub fn words(told: &mcp::Told) -> Text {
    let words = told.content.iter().filter_map(|part| match part {
        Content::Text(words) | Content::Resource { text: words, .. } => Some(words.raw()),
        Content::Picture { .. } | Content::Sound { .. } | Content::Link { .. } => None,
    });
    Text::new(words.collect::<Vec<_>>().join(" ").chars().take(EACH / 6).collect::<String>())
}

/// What a model is told of an answer that [`kept`] kept.
pub fn shown(kept: &Value) -> Told {
    let mut room = Room { words: WORDS, values: VALUES };
    let data = kept.get("data").filter(|data| !data.is_null());
    let parts = kept.get("parts").and_then(Value::as_array);
    let mut told: Vec<Shown> = data.map(|data| Shown::Json(pruned(data, 0, &mut room.values))).into_iter().collect();
    told.extend(parts.into_iter().flatten().filter_map(|said| part(said, data, &mut room)));
    let left_out = kept.get("left_out").and_then(Value::as_u64).filter(|left| *left > 0);
    let warnings: Vec<Shown> = kept
        .get("warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|words| Shown::Words(words.to_owned(), EACH / 10))
        .collect();
    let is_failed = kept.get("failed") == Some(&Value::Bool(true));
    let mut all = vec![];
    if is_failed {
        all.push(("failed".to_owned(), own("the tool says that it failed")));
    }
    all.push(("answer".to_owned(), if told.len() == 1 { told.remove(0) } else { Shown::List(told) }));
    if let Some(left_out) = left_out {
        all.push(("left_out".to_owned(), own(format!("{left_out} more parts"))));
    }
    if !warnings.is_empty() {
        all.push(("warnings".to_owned(), Shown::List(warnings)));
    }
    Told(Shown::Map(all))
}

/// What is left to be told.
struct Room {
    words: usize,
    values: usize,
}

/// A part of an answer: words that are JSON as such, unless they repeat the data; what is no words is named.
fn part(said: &Value, data: Option<&Value>, room: &mut Room) -> Option<Shown> {
    let word = |name: &str| said.get(name).and_then(Value::as_str);
    let named = |name: &str, words: &str| (name.to_owned(), Shown::Words(words.to_owned(), LINE));
    if let Some(link) = word("link") {
        return Some(Shown::Map(vec![named("link", link), named("name", word("name").unwrap_or_default())]));
    }
    for kind in ["picture", "sound"] {
        if let Some(mime) = word(kind) {
            let bytes = said.get("bytes").cloned().unwrap_or_default();
            return Some(Shown::Map(vec![named(kind, mime), ("bytes".to_owned(), Shown::Own(bytes))]));
        }
    }
    let text = word("text").unwrap_or_default();
    let read = serde_json::from_str::<Value>(text).ok().filter(|value| value.is_object() || value.is_array());
    let words = match read {
        Some(value) if Some(&value) == data => return None,
        Some(value) => Shown::Json(pruned(&value, 0, &mut room.values)),
        None => {
            let most = EACH.min(room.words);
            room.words -= most.min(text.chars().count());
            Shown::Words(text.to_owned(), most)
        }
    };
    Some(match word("resource") {
        Some(uri) => Shown::Map(vec![named("resource", uri), ("text".to_owned(), words)]),
        None => words,
    })
}

/// Data within bounds; what is beyond them is marked as left out.
fn pruned(value: &Value, depth: usize, left: &mut usize) -> Value {
    let cut = || Value::from("… (cut)");
    if *left == 0 || depth > DEPTH {
        return cut();
    }
    let letters = value.as_str().map_or(0, |words| words.len().min(LINE));
    *left = left.saturating_sub(1 + letters / LETTERS);
    match value {
        Value::Array(items) => {
            let mut kept = Vec::new();
            for item in items {
                if *left == 0 {
                    kept.push(cut());
                    break;
                }
                kept.push(pruned(item, depth + 1, left));
            }
            Value::Array(kept)
        }
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, inner) in fields {
                if *left == 0 {
                    kept.insert("…".to_owned(), cut());
                    break;
                }
                kept.insert(name.clone(), pruned(inner, depth + 1, left));
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
