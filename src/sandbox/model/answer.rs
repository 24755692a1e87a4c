//! Owns the shape of an answer: one JSON document, or the chunks of a stream that say the same. Does not decide what is
//! answered (`plan`) nor when a chunk is sent (`routes` in `mod`).
//!
//! Invariant: joined again, the chunks of an answer are the message of the whole answer (a property test).

use serde_json::{Value, json};

/// The model's name, wherever the protocol asks for one.
pub(super) const MODEL: &str = "shiftdeck-scripted";

/// What the model says or wants done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Prose(String),
    Calls(Vec<Wanted>),
}

/// A tool call the model asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub name: String,
    pub arguments: Value,
}

/// What identifies one answer on the wire.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// Which model answers.
    pub model: &'static str,
    /// Unique for the server's life.
    pub id: String,
    /// Seconds since the Unix epoch.
    pub created: i64,
    /// Characters of the request, of which the usage is estimated.
    pub prompt_chars: usize,
    /// How many messages came before: with it call ids are unique within a dialogue.
    pub position: usize,
}

impl Answer {
    fn calls(&self) -> &[Wanted] {
        match self {
            Self::Prose(_) => &[],
            Self::Calls(calls) => calls,
        }
    }

    fn finish_reason(&self) -> &'static str {
        match self {
            Self::Prose(_) => "stop",
            Self::Calls(_) => "tool_calls",
        }
    }

    fn usage(&self, label: &Label) -> Value {
        let said = match self {
            Self::Prose(text) => text.chars().count(),
            Self::Calls(calls) => {
                calls.iter().map(|call| call.name.len() + call.arguments.to_string().chars().count()).sum()
            }
        };
        let (prompt, completion) = (label.prompt_chars / 4, said / 4);
        json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion })
    }

    /// The answer as one `chat.completion`.
    pub(super) fn whole(&self, label: &Label) -> Value {
        let mut message = json!({ "role": "assistant", "content": null, "refusal": null });
        if let Self::Prose(text) = self {
            message["content"] = text.as_str().into();
        }
        if !self.calls().is_empty() {
            let calls = self.calls().iter().enumerate();
            message["tool_calls"] = calls
                .map(|(index, call)| {
                    json!({ "id": call_id(label, index), "type": "function",
                        "function": { "name": call.name, "arguments": call.arguments.to_string() } })
                })
                .collect();
        }
        json!({
            "id": label.id, "object": "chat.completion", "created": label.created, "model": label.model,
            "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": self.finish_reason() }],
            "usage": self.usage(label),
        })
    }

    /// The answer as `chat.completion.chunk`s: text in small pieces, calls cut and interleaved, the usage last if asked for.
    pub(super) fn chunks(&self, label: &Label, usage: bool) -> Vec<Value> {
        let chunk = |choices: Value, usage: Value| {
            json!({ "id": label.id, "object": "chat.completion.chunk", "created": label.created, "model": label.model,
                "choices": choices, "usage": usage })
        };
        let delta = |delta: Value| {
            chunk(json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": null }]), Value::Null)
        };
        let mut chunks = vec![delta(
            json!({ "role": "assistant", "content": if self.calls().is_empty() { json!("") } else { Value::Null } }),
        )];
        if let Self::Prose(text) = self {
            chunks.extend(pieces(text, 14).map(|piece| delta(json!({ "content": piece }))));
        }
        chunks.extend(call_deltas(self.calls(), label).into_iter().map(delta));
        chunks.push(chunk(
            json!([{ "index": 0, "delta": {}, "logprobs": null, "finish_reason": self.finish_reason() }]),
            Value::Null,
        ));
        if usage {
            chunks.push(chunk(json!([]), self.usage(label)));
        }
        chunks
    }
}

/// Name and id of each call, then their arguments in pieces, taking turns.
fn call_deltas(calls: &[Wanted], label: &Label) -> Vec<Value> {
    let mut deltas: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(index, call)| {
            json!({ "tool_calls": [{ "index": index, "id": call_id(label, index), "type": "function",
                "function": { "name": call.name, "arguments": "" } }] })
        })
        .collect();
    let texts: Vec<String> = calls.iter().map(|call| call.arguments.to_string()).collect();
    let mut rest: Vec<_> = texts.iter().map(|text| pieces(text, 18)).collect();
    loop {
        let before = deltas.len();
        for (index, pieces) in rest.iter_mut().enumerate() {
            if let Some(piece) = pieces.next() {
                deltas.push(json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] }));
            }
        }
        if deltas.len() == before {
            return deltas;
        }
    }
}

fn call_id(label: &Label, index: usize) -> String {
    format!("call_{}_{index}", label.position)
}

/// A text in pieces of at most `size` characters.
fn pieces(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let cut = rest.char_indices().nth(size).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(cut);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a client does with the chunks.
    fn join(chunks: &[Value]) -> (String, Vec<Value>, Value) {
        let (mut text, mut calls, mut finish) = (String::new(), Vec::<Value>::new(), Value::Null);
        for choice in chunks.iter().filter_map(|chunk| chunk["choices"].get(0)) {
            text.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
            for part in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
                let index = usize::try_from(part["index"].as_u64().expect("an index")).expect("small");
                if part.get("id").is_some() {
                    calls
                        .insert(index, json!({ "id": part["id"], "type": part["type"], "function": part["function"] }));
                } else {
                    let function = &mut calls[index]["function"]["arguments"];
                    let joined = format!(
                        "{}{}",
                        function.as_str().expect("text"),
                        part["function"]["arguments"].as_str().expect("text")
                    );
                    *function = joined.into();
                }
            }
            if !choice["finish_reason"].is_null() {
                finish = choice["finish_reason"].clone();
            }
        }
        (text, calls, finish)
    }

    fn answers() -> impl Strategy<Value = Answer> {
        let call = ("[a-z_]{1,20}", proptest::collection::btree_map("[a-z]{1,8}", "\\PC{0,60}", 0..4))
            .prop_map(|(name, arguments)| Wanted { name, arguments: json!(arguments) });
        prop_oneof![
            any::<String>().prop_map(Answer::Prose),
            proptest::collection::vec(call, 1..4).prop_map(Answer::Calls)
        ]
    }

    proptest! {
        #[test]
        fn the_chunks_join_to_the_whole_message(answer in answers()) {
            let label = Label { model: MODEL, id: "chatcmpl-1".into(), created: 1, prompt_chars: 40, position: 3 };
            let whole = answer.whole(&label);
            let chunks = answer.chunks(&label, true);
            let (text, calls, finish) = join(&chunks);
            prop_assert_eq!(whole["choices"][0]["message"]["content"].as_str().unwrap_or_default(), text);
            prop_assert_eq!(whole["choices"][0]["message"].get("tool_calls").cloned().unwrap_or(json!([])), Value::Array(calls));
            prop_assert_eq!(&whole["choices"][0]["finish_reason"], &finish);
            prop_assert_eq!(&whole["usage"], &chunks[chunks.len() - 1]["usage"]);
        }
    }
}
