//! Owns the joining of a model's streamed pieces: text passed on at once, tool calls by index until they are whole. Pure,
//! and lenient about every dialect listed in the integrations reference, 6.4. Does not read sockets (`stream`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ModelError, ModelErrorKind, RawCall, Usage};

/// The most calls one answer may hold; what comes after is not kept.
const CALLS: usize = 64;
/// The most characters of one call's arguments; beyond, the call is malformed anyway.
const ARGUMENTS: usize = 200_000;

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It had said what it wanted, or wants tools run.
    Complete,
    /// It ran into its length limit: a call may be truncated.
    Length,
    /// The endpoint's filter stopped it.
    Filtered,
    /// The connection ended first, or the endpoint broke off.
    Cut,
}

/// What comes from a model, in order: any number of `Text`, then one `Done` or one `Failed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Words.
    Text(String),
    /// The end of the answer.
    Done {
        /// The calls it wants run.
        calls: Vec<RawCall>,
        /// Why it stopped.
        finish: Finish,
        /// What it cost.
        usage: Usage,
    },
    /// There is no answer.
    Failed(ModelError),
}

/// Joins the pieces of one answer.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    calls: BTreeMap<u64, RawCall>,
    ids: BTreeMap<u64, String>,
    finish: Option<Finish>,
    usage: Usage,
    spoke: bool,
}

impl Assembler {
    /// Takes one piece; words in it come back.
    pub(super) fn take(&mut self, piece: &Value) -> Result<Option<String>, ModelError> {
        if let Some(error) = piece.get("error").filter(|error| !error.is_null()) {
            return self.broke_off(error);
        }
        if let Some(usage) = piece.get("usage").filter(|usage| usage.is_object()) {
            let count = |field| usage.get(field).and_then(Value::as_u64).unwrap_or(0);
            self.usage = Usage { prompt: count("prompt_tokens"), completion: count("completion_tokens") };
        }
        let Some(choice) = piece.pointer("/choices/0") else { return Ok(None) };
        // A stream has `delta`, a whole answer `message`.
        let said = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(&Value::Null);
        if let Some(calls) = said.get("tool_calls").and_then(Value::as_array) {
            for (place, call) in calls.iter().enumerate() {
                self.fragment(place, call);
            }
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish = match reason {
                "" => self.finish,
                "length" | "max_tokens" => Some(Finish::Length),
                "content_filter" => Some(Finish::Filtered),
                "error" => Some(Finish::Cut),
                // `stop`, `tool_calls`, `function_call`, and what servers invent besides.
                _ => Some(Finish::Complete),
            };
        }
        let words = said.get("content").and_then(text_of).or_else(|| said.get("refusal").and_then(text_of));
        self.spoke |= words.is_some();
        Ok(words)
    }

    /// An error in the middle of a stream of status 200: without words before it, it is a failure like any other.
    fn broke_off(&mut self, error: &Value) -> Result<Option<String>, ModelError> {
        if self.spoke || !self.calls.is_empty() {
            self.finish = Some(Finish::Cut);
            return Ok(None);
        }
        let status = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let body = serde_json::json!({ "error": error }).to_string();
        let mut failed = ModelError::of_answer(status.unwrap_or(500), None, body.as_bytes());
        failed.status = status;
        Err(failed)
    }

    fn fragment(&mut self, place: usize, fragment: &Value) {
        let id = fragment.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let index = fragment.get("index").and_then(Value::as_u64).unwrap_or_else(|| self.unnumbered(place, id));
        if self.calls.len() >= CALLS && !self.calls.contains_key(&index) {
            return;
        }
        if let Some(id) = id {
            self.ids.entry(index).or_insert_with(|| id.to_owned());
        }
        let call = self.calls.entry(index).or_default();
        let function = fragment.get("function").unwrap_or(fragment);
        if let Some(name) = function.get("name").and_then(Value::as_str)
            && call.name != name
        {
            call.name.push_str(name);
        }
        match function.get("arguments") {
            Some(Value::String(part)) if call.arguments.len() + part.len() <= ARGUMENTS => {
                call.arguments.push_str(part)
            }
            Some(object @ Value::Object(_)) => call.arguments = object.to_string(),
            _ => {}
        }
    }

    /// The index of a fragment that has none: a known id continues its call, a new id begins one, no id continues the
    /// latest call of that place.
    fn unnumbered(&self, place: usize, id: Option<&str>) -> u64 {
        let next = self.calls.keys().last().map_or(0, |last| last + 1);
        match id {
            Some(id) => self.ids.iter().find(|(_, known)| *known == id).map_or(next, |(index, _)| *index),
            None => match self.calls.keys().nth_back(0) {
                Some(last) if place == 0 => *last,
                _ => next,
            },
        }
    }

    /// The end of the stream. Without a reason to finish, a good end and a cut line look the same: it counts as cut.
    pub(super) fn end(self) -> Said {
        let finish = self.finish.unwrap_or(Finish::Cut);
        let calls = self.calls.into_values().filter(|call| !call.name.is_empty()).collect();
        Said::Done { calls, finish, usage: self.usage }
    }

    /// The end of a whole answer, which cannot have been cut.
    pub(super) fn whole(piece: &Value) -> Vec<Said> {
        let mut assembler = Self::default();
        let words = match assembler.take(piece) {
            Ok(words) => words,
            Err(error) => return vec![Said::Failed(error)],
        };
        if piece.pointer("/choices/0").is_none() {
            return vec![Said::Failed(ModelError::new(ModelErrorKind::Garbled))];
        }
        assembler.finish.get_or_insert(Finish::Complete);
        words.map(Said::Text).into_iter().chain([assembler.end()]).collect()
    }
}

/// Words of a content that is a string or a list of text parts.
fn text_of(content: &Value) -> Option<String> {
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn delta(delta: &Value) -> Value {
        json!({"choices": [{"index": 0, "delta": delta}]})
    }

    fn finish(reason: &str) -> Value {
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    }

    fn join(pieces: &[Value]) -> (String, Said) {
        let mut assembler = Assembler::default();
        let mut text = String::new();
        for piece in pieces {
            match assembler.take(piece) {
                Ok(words) => text.push_str(&words.unwrap_or_default()),
                Err(error) => return (text, Said::Failed(error)),
            }
        }
        (text, assembler.end())
    }

    fn call(name: &str, arguments: &str) -> RawCall {
        RawCall { name: name.to_owned(), arguments: arguments.to_owned() }
    }

    fn done(calls: Vec<RawCall>, finish: Finish) -> Said {
        Said::Done { calls, finish, usage: Usage::default() }
    }

    #[test]
    fn interleaved_fragments_are_joined_by_index() {
        let pieces = [
            delta(&json!({"role": "assistant", "content": null})),
            delta(&json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "one", "arguments": ""}}]})),
            delta(&json!({"tool_calls": [{"index": 1, "id": "b", "function": {"name": "two", "arguments": "{"}}]})),
            delta(&json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"x\":"}}]})),
            delta(
                &json!({"tool_calls": [{"index": 1, "function": {"arguments": "}"}}, {"index": 0, "function": {"arguments": "1}"}}]}),
            ),
            finish("tool_calls"),
            json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}),
        ];
        let calls = vec![call("one", "{\"x\":1}"), call("two", "{}")];
        let usage = Usage { prompt: 9, completion: 4 };
        assert_eq!(join(&pieces), (String::new(), Said::Done { calls, finish: Finish::Complete, usage }));
    }

    #[test]
    fn dialects_are_understood() {
        let object = delta(&json!({"tool_calls": [{"function": {"name": "one", "arguments": {"x": 1}}}]}));
        let more = delta(&json!({"tool_calls": [{"id": "b", "function": {"name": "two", "arguments": "{}"}}]}));
        let cases = [
            (
                vec![json!({"choices": null}), object.clone(), finish("stop")],
                done(vec![call("one", "{\"x\":1}")], Finish::Complete),
            ),
            (
                vec![
                    delta(&json!({"tool_calls": [{"id": "a", "function": {"name": "one", "arguments": "{}"}}]})),
                    more,
                    finish("tool_calls"),
                ],
                done(vec![call("one", "{}"), call("two", "{}")], Finish::Complete),
            ),
            (vec![object.clone(), finish("length")], done(vec![call("one", "{\"x\":1}")], Finish::Length)),
            (vec![object], done(vec![call("one", "{\"x\":1}")], Finish::Cut)),
            (vec![json!({}), finish("whatever_this_is")], done(vec![], Finish::Complete)),
        ];
        for (pieces, expected) in cases {
            assert_eq!(join(&pieces).1, expected, "{pieces:?}");
        }
    }

    #[test]
    fn an_error_inside_a_stream_fails_it_or_cuts_it() {
        let error = json!({"error": {"code": 429, "message": "slow down"}});
        let failed = ModelError { kind: ModelErrorKind::Limited, status: Some(429), code: None, wait: None };
        assert_eq!(join(std::slice::from_ref(&error)), (String::new(), Said::Failed(failed)));
        let words = delta(&json!({"content": "So"}));
        assert_eq!(join(&[words, error]), ("So".to_owned(), done(vec![], Finish::Cut)));
    }

    #[test]
    fn a_whole_answer_is_taken_as_one_piece() {
        let answer =
            json!({"choices": [{"message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}]});
        assert_eq!(Assembler::whole(&answer), [Said::Text("Yes.".to_owned()), done(vec![], Finish::Complete)]);
        let nothing = Assembler::whole(&json!({"hello": 1}));
        assert_eq!(nothing, [Said::Failed(ModelError::new(ModelErrorKind::Garbled))]);
    }
}
