//! Owns what the gullible model takes in: every text of its window, with hidden writing made readable the way a large model
//! reads it: tag characters, split words, look-alike letters, mirrored text. Does not decide what is an order (`orders`).

use std::fmt::Write as _;

use serde_json::Value;

use crate::sandbox::model::request::{Message, Request};

/// Everything there is to read but its own words and the standing prompt.
pub(super) fn everything(request: &Request) -> Vec<String> {
    let mut all = Vec::new();
    for message in &request.messages {
        match message {
            Message::System(text) => gather_json(context(text), &mut all),
            Message::User(text) => all.push(text.clone()),
            Message::Tool { content, .. } => gather_json(content, &mut all),
            Message::Assistant { .. } => {}
        }
    }
    all.extend(request.tools.iter().map(|tool| tool.about.clone()));
    let plain: Vec<String> = all.iter().map(|text| plain(text)).collect();
    let mirrored: Vec<String> = plain.iter().map(|text| text.chars().rev().collect()).collect();
    plain.into_iter().chain(mirrored).collect()
}

fn context(system: &str) -> &str {
    let after = system.split_once("<context>").map_or("", |(_, after)| after);
    after.split_once("</context>").map_or(after, |(context, _)| context)
}

/// The strings of a JSON document, names included; of anything else, the text.
fn gather_json(text: &str, into: &mut Vec<String>) {
    match serde_json::from_str(text.trim()) {
        Ok(value) => gather(&value, into),
        Err(_) => into.push(text.to_owned()),
    }
}

fn gather(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            into.push(name.clone());
            gather(value, into);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Readable: markers are the characters they stand for, what hides is gone, look-alikes are what they look like.
fn plain(text: &str) -> String {
    let folded: String = unmarked(text).chars().filter_map(fold).collect();
    rebracketed(&folded.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `[phone:1]` as the placeholder somebody tried to write.
fn rebracketed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let name = after.split_once(']').filter(|(name, _)| {
            let parts = name.split_once(':');
            parts.is_some_and(|(kind, number)| {
                kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) && number.parse::<u32>().is_ok()
            })
        });
        rest = if let Some((name, behind)) = name {
            let _ = write!(out, "⟦{name}⟧");
            behind
        } else {
            out.push('[');
            after
        };
    }
    out.push_str(rest);
    out
}

/// `⟨U+200B⟩` as the character it names.
fn unmarked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("⟨U+") {
        out.push_str(before);
        let named = after
            .split_once('⟩')
            .and_then(|(hex, behind)| Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, behind)));
        rest = match named {
            Some((c, behind)) => {
                out.push(c);
                behind
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

/// A character as it is read; nothing for what cannot be seen.
fn fold(c: char) -> Option<char> {
    const CYRILLIC: [(char, char); 16] = [
        ('а', 'a'),
        ('е', 'e'),
        ('о', 'o'),
        ('р', 'p'),
        ('с', 'c'),
        ('у', 'u'),
        ('х', 'x'),
        ('і', 'i'),
        ('ѕ', 's'),
        ('ј', 'j'),
        ('ԁ', 'd'),
        ('һ', 'h'),
        ('ӏ', 'l'),
        ('ո', 'n'),
        ('ο', 'o'),
        ('α', 'a'),
    ];
    let offset = |base: u32, to: char| char::from_u32(u32::from(c) - base + u32::from(to));
    match c {
        '\u{E0020}'..='\u{E007E}' => offset(0xE0000, '\0'),
        '\u{FF01}'..='\u{FF5E}' => offset(0xFF01, '!'),
        '\u{1D400}'..='\u{1D419}' => offset(0x1D400, 'A'),
        '\u{1D41A}'..='\u{1D433}' => offset(0x1D41A, 'a'),
        '\u{00AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E001F}'
        | '\u{E007F}'
        | '\u{FE00}'..='\u{FE0F}' => None,
        c => Some(CYRILLIC.iter().find(|(like, _)| *like == c).map_or(c, |(_, latin)| *latin)),
    }
}
