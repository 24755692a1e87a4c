//! Owns the way from an answer to the frames of a stream: the chunks in the dialect's shape, what a fault does to them.
//! Does not send them (`mod`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    dialect::Dialect,
    fault::{Frame, ModelFault, Struck},
};

/// Padding against guessing words from the length of chunks, as OpenAI adds it.
const PADDING: &str = "aBcDeFgH";

/// The frames of a stream that says these chunks.
pub(super) fn frames(chunks: Vec<Value>, dialect: &Dialect, struck: Option<Struck>) -> Vec<Frame> {
    let chunks = struck.map_or(chunks.clone(), |struck| struck.spoil(chunks));
    let mut chunks = thinking(chunks, dialect, struck.and_then(Struck::thought));
    let is = |fault: ModelFault| struck.is_some_and(|struck| struck.fault == fault);
    if dialect.whole_calls || is(ModelFault::ObjectArguments) || is(ModelFault::NoIds) {
        chunks = whole(chunks, |call| {
            if dialect.one_index {
                call["index"] = 0.into();
            }
            if is(ModelFault::NoIds)
                && let Some(call) = call.as_object_mut()
            {
                call.remove("id");
                call.remove("index");
            }
            if is(ModelFault::ObjectArguments) {
                let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
                call["function"]["arguments"] = serde_json::from_str(arguments).unwrap_or_else(|_| arguments.into());
            }
        });
    }
    for chunk in &mut chunks {
        accent(chunk, dialect);
        if dialect.counts_on && !chunk["usage"].is_object() && !is(ModelFault::NoUsage) {
            chunk["usage"] = json!({ "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 });
        }
    }
    let mut frames: Vec<Frame> = dialect.comment.map(Frame::Comment).into_iter().collect();
    if dialect.filters {
        let results = json!([{ "prompt_index": 0, "content_filter_results": {} }]);
        frames.push(Frame::Event(
            json!({ "choices": [], "id": "", "model": "", "object": "", "prompt_filter_results": results }),
        ));
    }
    for chunk in chunks {
        frames.push(Frame::Event(chunk));
        frames.extend(dialect.comment.map(Frame::Comment));
    }
    frames.push(Frame::Done);
    struck.map_or(frames.clone(), |struck| struck.disturb(frames, dialect))
}

/// Small habits of a dialect, chunk by chunk.
fn accent(chunk: &mut Value, dialect: &Dialect) {
    if dialect.pads {
        chunk["obfuscation"] = PADDING.into();
    }
    let Some(choice) = chunk["choices"].get_mut(0) else { return };
    if dialect.filters {
        choice["content_filter_results"] = json!({});
    }
    if !dialect.says_tool_calls && choice["finish_reason"] == "tool_calls" {
        choice["finish_reason"] = "stop".into();
    }
    if !dialect.call_ids
        && let Some(calls) = choice["delta"]["tool_calls"].as_array_mut()
    {
        for call in calls.iter_mut().filter(|call| call["id"].is_string()) {
            call["id"] = "".into();
        }
    }
}

/// Reasoning after the chunk that says who speaks: in a field of its own, or marked in the text.
fn thinking(chunks: Vec<Value>, dialect: &Dialect, thought: Option<&str>) -> Vec<Value> {
    let (Some(thought), Some(first)) = (thought, chunks.first()) else { return chunks };
    let piece = |delta: Value| {
        let mut chunk = first.clone();
        chunk["choices"][0]["delta"] = delta;
        chunk
    };
    let half = thought.len() / 2;
    let pieces = match dialect.reasoning {
        Some(field) => vec![piece(json!({ field: thought[..half] })), piece(json!({ field: thought[half..] }))],
        None => ["<thi", "nk>", &thought[..half], &thought[half..], "</thin", "k>\n\n"]
            .into_iter()
            .map(|words| piece(json!({ "content": words })))
            .collect(),
    };
    chunks[..1].iter().cloned().chain(pieces).chain(chunks[1..].iter().cloned()).collect()
}

/// The fragments of each call as one piece, one call a chunk, where the first of them stood.
fn whole(chunks: Vec<Value>, shape: impl Fn(&mut Value)) -> Vec<Value> {
    let mut calls: BTreeMap<u64, Value> = BTreeMap::new();
    let mut rest = Vec::new();
    let mut place = None;
    for chunk in chunks {
        let fragments = chunk["choices"][0]["delta"]["tool_calls"].as_array().cloned().unwrap_or_default();
        if fragments.is_empty() {
            rest.push(chunk);
            continue;
        }
        place.get_or_insert((rest.len(), chunk.clone()));
        for fragment in fragments {
            let index = fragment["index"].as_u64().unwrap_or_default();
            let more = fragment["function"]["arguments"].as_str().unwrap_or_default().to_owned();
            match calls.get_mut(&index) {
                None => drop(calls.insert(index, fragment)),
                Some(call) => {
                    let so_far = call["function"]["arguments"].as_str().unwrap_or_default();
                    call["function"]["arguments"] = format!("{so_far}{more}").into();
                }
            }
        }
    }
    let Some((place, like)) = place else { return rest };
    let made = calls.into_values().map(|mut call| {
        shape(&mut call);
        let mut chunk = like.clone();
        chunk["choices"][0]["delta"] = json!({ "tool_calls": [call] });
        chunk
    });
    let made: Vec<Value> = made.collect();
    rest.splice(place..place, made);
    rest
}

/// A frame as it stands on the wire.
pub(super) fn written(frame: &Frame) -> Option<String> {
    match frame {
        Frame::Event(value) => Some(format!("data: {value}\n\n")),
        Frame::Comment(words) => Some(format!(": {words}\n\n")),
        Frame::Done => Some("data: [DONE]\n\n".to_owned()),
        Frame::Pause(_) | Frame::Break => None,
    }
}
