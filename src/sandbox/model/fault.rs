//! Owns what can go wrong at a model's endpoint in the dialect that is spoken (integrations reference, 8.2), as data, and
//! what each does to the chunks of a stream. When a fault strikes is `sandbox::faults`' business; how servers differ is
//! `dialect`'s.

use serde_json::{Value, json};

use super::dialect::{Dialect, Failure};

/// What goes wrong. The table at the top of `sandbox::faults` says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelFault {
    /// 429.
    Limited,
    /// The account is used up.
    Quota,
    /// Fails on its side.
    Status,
    /// The dialogue is too long.
    TooLong,
    /// The prompt is filtered.
    Refused,
    /// An error event in the stream.
    Error,
    /// Chunks with `choices: null`.
    NullChoices,
    /// Chunks without id, object and time.
    Bare,
    /// No `[DONE]`.
    NoDone,
    /// Arguments that are no JSON.
    BadArguments,
    /// Arguments that are an object.
    ObjectArguments,
    /// Whole calls without ids and indexes.
    NoIds,
    /// Cut at the length limit.
    Length,
    /// Stopped by the filter.
    Filtered,
    /// Comments between the chunks.
    Comments,
    /// A long silence in the middle.
    Stall,
    /// The connection ends in the middle.
    Cut,
    /// Reasoning before the answer.
    Think,
    /// No token counts.
    NoUsage,
    /// Not a word.
    Empty,
    /// One JSON document where a stream was asked for.
    Whole,
}

/// One fault with its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Struck {
    /// What goes wrong.
    pub fault: ModelFault,
    /// Seconds, a status, milliseconds or a number of chunks.
    pub amount: u64,
}

/// What is sent, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Frame {
    Event(Value),
    Comment(&'static str),
    Done,
    Pause(u64),
    Break,
}

/// What a model thinks when it is asked to.
const THOUGHT: &str = "The person wants to know something. I look it up before I answer.";

impl Struck {
    /// The refusal given instead of an answer.
    pub(super) fn instead(self, dialect: &Dialect) -> Option<Failure> {
        match self.fault {
            ModelFault::Limited => Some(Failure::Limited),
            ModelFault::Quota => Some(Failure::Quota),
            ModelFault::Status => Some(Failure::Down(u16::try_from(self.amount).unwrap_or(503))),
            ModelFault::TooLong if !dialect.silent_overflow => Some(Failure::TooLong),
            ModelFault::Refused => Some(Failure::Filtered),
            _ => None,
        }
    }

    /// What it does to the chunks, in OpenAI's shape, before the dialect puts them into its own.
    pub(super) fn spoil(self, chunks: Vec<Value>) -> Vec<Value> {
        match self.fault {
            ModelFault::Empty | ModelFault::TooLong => silent(&chunks, "stop"),
            ModelFault::Length => cut_short(&chunks),
            ModelFault::Filtered => finished(chunks, "content_filter"),
            ModelFault::BadArguments => unreadable(&chunks),
            ModelFault::NoUsage => chunks.into_iter().filter(|chunk| !chunk["usage"].is_object()).collect(),
            _ => chunks,
        }
    }

    /// What it does to the frames at last.
    pub(super) fn disturb(self, frames: Vec<Frame>, dialect: &Dialect) -> Vec<Frame> {
        let middle = frames.len() / 2;
        let cut = |at: usize, end: Vec<Frame>| frames.iter().take(at).cloned().chain(end).collect();
        match self.fault {
            // The first chunk only says who speaks.
            ModelFault::Error => {
                let spoken = usize::try_from(self.amount).unwrap_or(usize::MAX);
                let events = frames.iter().enumerate().filter(|(_, frame)| matches!(frame, Frame::Event(_)));
                let at = match spoken {
                    0 => 0,
                    spoken => events.map(|(at, _)| at + 1).nth(spoken).unwrap_or(frames.len()),
                };
                cut(at, vec![Frame::Event(dialect.break_off()), Frame::Done])
            }
            ModelFault::Cut => cut(middle, vec![Frame::Break]),
            ModelFault::Stall => {
                let rest = frames.iter().skip(middle).cloned();
                cut(middle, [Frame::Pause(self.amount)].into_iter().chain(rest).collect())
            }
            ModelFault::NoDone => frames.into_iter().filter(|frame| *frame != Frame::Done).collect(),
            ModelFault::Comments => {
                frames.into_iter().flat_map(|frame| [Frame::Comment("keep-alive"), frame]).collect()
            }
            ModelFault::NullChoices => {
                let null = Frame::Event(json!({ "id": "x", "object": "chat.completion.chunk", "choices": null }));
                frames.into_iter().flat_map(|frame| [null.clone(), frame]).collect()
            }
            ModelFault::Bare => frames.into_iter().map(bare).collect(),
            _ => frames,
        }
    }

    /// What the model thinks first, if it does.
    pub(super) fn thought(self) -> Option<&'static str> {
        (self.fault == ModelFault::Think).then_some(THOUGHT)
    }
}

fn bare(frame: Frame) -> Frame {
    match frame {
        Frame::Event(chunk) => Frame::Event(json!({ "choices": chunk["choices"], "usage": chunk["usage"] })),
        other => other,
    }
}

fn is_end(chunk: &Value) -> bool {
    chunk["choices"][0]["finish_reason"].is_string()
}

fn finished(mut chunks: Vec<Value>, reason: &str) -> Vec<Value> {
    for chunk in chunks.iter_mut().filter(|chunk| is_end(chunk)) {
        chunk["choices"][0]["finish_reason"] = reason.into();
    }
    chunks
}

/// No word and no call: who speaks, the end, the count.
fn silent(chunks: &[Value], reason: &str) -> Vec<Value> {
    let said = |chunk: &Value| !is_end(chunk) && !chunk["usage"].is_object();
    let first = usize::from(!chunks.is_empty());
    let rest = chunks[first..].iter().filter(|chunk| !said(chunk)).cloned();
    finished(chunks.iter().take(first).cloned().chain(rest).collect(), reason)
}

/// Half of what was to be said.
fn cut_short(chunks: &[Value]) -> Vec<Value> {
    let said = chunks.iter().filter(|chunk| !is_end(chunk) && !chunk["usage"].is_object()).count();
    let kept = chunks.iter().take(said.div_ceil(2)).cloned();
    let end = chunks.iter().skip(said).cloned();
    finished(kept.chain(end).collect(), "length")
}

/// Behind the arguments of every call something that no JSON allows.
fn unreadable(chunks: &[Value]) -> Vec<Value> {
    let begins = |chunk: &Value| chunk["choices"][0]["delta"]["tool_calls"][0]["id"].is_string();
    let spoilt = |chunk: &Value| {
        let mut more = chunk.clone();
        let index = chunk["choices"][0]["delta"]["tool_calls"][0]["index"].clone();
        more["choices"][0]["delta"] = json!({ "tool_calls": [{ "index": index, "function": { "arguments": "{\"" } }] });
        more
    };
    let more: Vec<Value> = chunks.iter().filter(|chunk| begins(chunk)).map(spoilt).collect();
    let end = chunks.iter().position(is_end).unwrap_or(chunks.len());
    chunks[..end].iter().cloned().chain(more).chain(chunks[end..].iter().cloned()).collect()
}
