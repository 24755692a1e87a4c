//! Owns the joining of a model's streamed pieces: text passed on at once, reasoning beside it, tool calls until they are
//! whole. Pure, and lenient about every dialect listed in the integrations reference, 6.4. Does not read sockets (`stream`).

mod think;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{ModelError, ModelErrorKind, RawCall, Usage, ledger::Tokens};
use think::{Parts, Splitter};

/// The most calls one answer may hold; what comes after is not kept.
const CALLS: usize = 64;
/// The most characters of one call's arguments; beyond, the call is malformed anyway.
const ARGUMENTS: usize = 200_000;
/// Where servers put reasoning that is not part of the answer. Some send the same text under two names.
const REASONING: [&str; 3] = ["reasoning_content", "reasoning", "thinking"];

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

/// What comes from a model, in order: any number of `Waits`, any number of `Thought` and `Text`, then one `Done` or one
/// `Failed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The endpoint would not have the request now; it is asked again after the error's wait.
    Waits(ModelError),
    /// Reasoning: shown apart, and never told to a model as if it were the answer.
    Thought(String),
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
    calls: Vec<Building>,
    /// Which call the fragments of an index go to.
    by_index: BTreeMap<u64, usize>,
    splitter: Splitter,
    finish: Option<Finish>,
    tokens: Option<Tokens>,
    /// Characters said so far, reasoning and calls included.
    said: usize,
}

/// A call that is still coming.
#[derive(Debug, Default)]
struct Building {
    id: String,
    call: RawCall,
}

impl Building {
    /// Whether a fragment with this id, name and arguments is another call, whatever index it names: some servers give
    /// each call the index 0, some repeat ids or leave them out.
    fn is_over(&self, id: Option<&str>, name: Option<&str>, arguments: bool) -> bool {
        let is_another = id.is_some_and(|id| !self.id.is_empty() && id != self.id);
        name.is_some()
            && !self.call.name.is_empty()
            && (is_another || (arguments && serde_json::from_str::<Map<String, Value>>(&self.call.arguments).is_ok()))
    }
}

impl Assembler {
    /// Takes one piece; reasoning and words in it come back.
    pub(super) fn take(&mut self, piece: &Value) -> Result<Vec<Said>, ModelError> {
        let choice = piece.pointer("/choices/0");
        if let Some(error) = [Some(piece), choice].into_iter().flatten().find_map(error_in) {
            return self.broke_off(error).map(|()| Vec::new());
        }
        self.tokens = tokens(piece.get("usage")).or(self.tokens);
        let Some(choice) = choice else { return Ok(Vec::new()) };
        // A stream has `delta`, a whole answer `message`.
        let said = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(&Value::Null);
        if let Some(calls) = said.get("tool_calls").and_then(Value::as_array) {
            calls.iter().enumerate().for_each(|(place, call)| self.fragment(place, call));
        } else if let Some(call) = said.get("function_call").filter(|call| call.is_object()) {
            self.fragment(0, call);
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
        let apart = REASONING.iter().find_map(|field| said.get(field).and_then(text_of));
        let words = said.get("content").and_then(text_of).or_else(|| said.get("refusal").and_then(text_of));
        let mut parts = words.map(|words| self.splitter.take(&words)).unwrap_or_default();
        parts.thought.insert_str(0, &apart.unwrap_or_default());
        Ok(self.tell(parts))
    }

    fn tell(&mut self, parts: Parts) -> Vec<Said> {
        let Parts { thought, words } = parts;
        self.said += thought.chars().count() + words.chars().count();
        let thought = (!thought.is_empty()).then_some(Said::Thought(thought));
        thought.into_iter().chain((!words.is_empty()).then_some(Said::Text(words))).collect()
    }

    /// Characters said so far, reasoning and calls included: what a count is estimated from.
    pub(super) fn said(&self) -> usize {
        let calls =
            self.calls.iter().map(|building| building.call.name.len() + building.call.arguments.chars().count());
        self.said + calls.sum::<usize>()
    }

    /// The tokens, if the endpoint told them.
    pub(super) fn tokens(&self) -> Option<Tokens> {
        self.tokens
    }

    /// An error in the middle of a stream of status 200: with nothing said before it, it is a failure like any other.
    fn broke_off(&mut self, error: &Value) -> Result<(), ModelError> {
        if self.said > 0 || !self.calls.is_empty() {
            self.finish = Some(Finish::Cut);
            return Ok(());
        }
        Err(ModelError::inside(error))
    }

    fn fragment(&mut self, place: usize, fragment: &Value) {
        let function = fragment.get("function").unwrap_or(fragment);
        let id = fragment.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let name = function.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let arguments = function.get("arguments");
        let has_some =
            arguments.is_some_and(|arguments| arguments.as_str().map_or(arguments.is_object(), |a| !a.is_empty()));
        let index = fragment.get("index").and_then(Value::as_u64);
        let known = match index {
            Some(index) => self.by_index.get(&index).copied(),
            None => self.unnumbered(place, id),
        };
        let at = known.filter(|at| !self.calls[*at].is_over(id, name, has_some)).unwrap_or(self.calls.len());
        if at >= CALLS {
            return;
        }
        if at == self.calls.len() {
            self.calls.push(Building::default());
        }
        if let Some(index) = index {
            self.by_index.insert(index, at);
        }
        let Building { id: known, call } = &mut self.calls[at];
        if let Some(id) = id.filter(|_| known.is_empty()) {
            id.clone_into(known);
        }
        if let Some(name) = name.filter(|name| call.name != *name) {
            call.name.push_str(name);
        }
        match arguments {
            Some(Value::String(part)) if call.arguments.len() + part.len() <= ARGUMENTS => {
                call.arguments.push_str(part);
            }
            Some(object @ Value::Object(_)) => call.arguments = object.to_string(),
            _ => {}
        }
    }

    /// Which call a fragment without an index belongs to: a known id continues its call, a new id begins one, no id
    /// continues the latest, unless others stood before it in the same piece.
    fn unnumbered(&self, place: usize, id: Option<&str>) -> Option<usize> {
        match id {
            Some(id) => self.calls.iter().rposition(|building| building.id == id),
            None if place == 0 => self.calls.len().checked_sub(1),
            None => None,
        }
    }

    /// The end of the stream: words still held back, then the end itself. Without a reason to finish, a good end and a cut
    /// line look the same: it counts as cut.
    pub(super) fn end(mut self) -> Vec<Said> {
        let held = self.splitter.end();
        let mut said = self.tell(held);
        let finish = self.finish.unwrap_or(Finish::Cut);
        let usage = self
            .tokens
            .map_or_else(Usage::default, |tokens| Usage { prompt: tokens.prompt, completion: tokens.completion });
        let calls = self.calls.into_iter().map(|building| building.call).filter(|call| !call.name.is_empty()).collect();
        said.push(Said::Done { calls, finish, usage });
        said
    }

    /// Takes a whole answer, which cannot have been cut.
    pub(super) fn take_whole(&mut self, piece: &Value) -> Result<Vec<Said>, ModelError> {
        let said = self.take(piece)?;
        if piece.pointer("/choices/0").is_none() {
            return Err(ModelError::new(ModelErrorKind::Garbled));
        }
        self.finish.get_or_insert(Finish::Complete);
        Ok(said)
    }

    /// Whether anything was said that could be lost by asking again.
    pub(super) fn has_begun(&self) -> bool {
        self.said > 0 || !self.calls.is_empty() || self.finish.is_some()
    }
}

fn error_in(value: &Value) -> Option<&Value> {
    value.get("error").filter(|error| !error.is_null())
}

/// The count of an endpoint that counts; servers that do not, send none or zeros.
fn tokens(usage: Option<&Value>) -> Option<Tokens> {
    let usage = usage?;
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let (prompt, completion) = (count("/prompt_tokens"), count("/completion_tokens"));
    let cached = count("/prompt_tokens_details/cached_tokens").max(count("/prompt_cache_hit_tokens")).min(prompt);
    (prompt + completion > 0).then_some(Tokens { prompt, cached, completion, estimated: false })
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

    /// What is said aloud, and the end.
    fn join(pieces: &[Value]) -> (String, Said) {
        let mut assembler = Assembler::default();
        let mut text = String::new();
        let mut speak = |said: &[Said]| {
            for said in said {
                if let Said::Text(words) = said {
                    text.push_str(words);
                }
            }
        };
        for piece in pieces {
            match assembler.take(piece) {
                Ok(said) => speak(&said),
                Err(error) => return (text, Said::Failed(error)),
            }
        }
        let mut end = assembler.end();
        speak(&end);
        (text, end.pop().expect("an end"))
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
        let answer = json!({"choices": [{"message": {"role": "assistant", "content": "Yes."}}]});
        let mut assembler = Assembler::default();
        assert_eq!(assembler.take_whole(&answer), Ok(vec![Said::Text("Yes.".to_owned())]));
        assert_eq!(assembler.end(), [done(vec![], Finish::Complete)]);
        let nothing = Assembler::default().take_whole(&json!({"hello": 1}));
        assert_eq!(nothing, Err(ModelError::new(ModelErrorKind::Garbled)));
    }

    #[test]
    fn calls_that_share_an_index_or_an_id_or_have_none_stay_apart() {
        let whole = |index: Value, id: &str, name: &str, x: u8| {
            let mut call = json!({"id": id, "function": {"name": name, "arguments": format!("{{\"x\":{x}}}")}});
            if !index.is_null() {
                call["index"] = index;
            }
            call
        };
        let expected = done(vec![call("one", "{\"x\":1}"), call("one", "{\"x\":2}")], Finish::Complete);
        for (first, second) in [
            (whole(json!(0), "a", "one", 1), whole(json!(0), "b", "one", 2)),
            (whole(json!(0), "", "one", 1), whole(json!(0), "", "one", 2)),
            (whole(json!(0), "a", "one", 1), whole(json!(1), "a", "one", 2)),
            (whole(Value::Null, "", "one", 1), whole(Value::Null, "", "one", 2)),
            (whole(Value::Null, "a", "one", 1), whole(Value::Null, "a", "one", 2)),
        ] {
            let together = [delta(&json!({"tool_calls": [first, second]})), finish("stop")];
            let apart =
                [delta(&json!({"tool_calls": [first]})), delta(&json!({"tool_calls": [second]})), finish("stop")];
            assert_eq!(join(&together).1, expected, "{together:?}");
            assert_eq!(join(&apart).1, expected, "{apart:?}");
        }
    }

    #[test]
    fn reasoning_comes_apart_from_the_answer_wherever_it_stands() {
        for pieces in [
            vec![json!({"reasoning_content": "hm"}), json!({"content": "Yes."})],
            vec![json!({"reasoning": "hm", "reasoning_content": "hm"}), json!({"content": "Yes."})],
            vec![json!({"content": "<thi"}), json!({"content": "nk>hm</th"}), json!({"content": "ink>Yes."})],
        ] {
            let mut assembler = Assembler::default();
            let said: Vec<Said> =
                pieces.iter().flat_map(|piece| assembler.take(&delta(piece)).expect("understood")).collect();
            let thought: String = said
                .iter()
                .filter_map(|said| if let Said::Thought(words) = said { Some(words.as_str()) } else { None })
                .collect();
            assert_eq!((thought.as_str(), said.last()), ("hm", Some(&Said::Text("Yes.".to_owned()))), "{pieces:?}");
        }
    }

    #[test]
    fn tokens_are_counted_with_those_the_endpoint_had_cached() {
        let mut assembler = Assembler::default();
        let usage =
            json!({"prompt_tokens": 90, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 64}});
        assembler.take(&json!({"choices": [], "usage": usage})).expect("understood");
        assert_eq!(assembler.tokens(), Some(Tokens { prompt: 90, cached: 64, completion: 4, estimated: false }));
        let mut silent = Assembler::default();
        silent.take(&json!({"choices": [], "usage": {"prompt_tokens": 0}})).expect("understood");
        assert_eq!(silent.tokens(), None);
    }
}
