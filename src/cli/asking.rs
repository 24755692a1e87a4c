//! Owns how a command puts the questions of an MCP server before the person at the terminal: whose question it is first, then its
//! words behind a bar, what is to be filled in, and three answers that are kept apart: accept, decline, cancel. What a form
//! takes and whether an answer fits is `connect::mcp`'s.

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::{
    Failure, out,
    tty::{self, Chosen},
};
use crate::{
    connect::mcp::{Ask, Choice, Field, Kind, Question, Reply},
    domain::Text,
    privacy::text,
};

/// How often somebody may try to fill in a field.
const TRIES: usize = 5;

/// Awaits work that calls servers, and meanwhile puts what they ask before the person.
pub async fn while_asked<T>(asks: Option<mpsc::UnboundedReceiver<Ask>>, work: impl Future<Output = T>) -> T {
    let Some(mut asks) = asks else { return work.await };
    tokio::pin!(work);
    loop {
        tokio::select! {
            ended = &mut work => return ended,
            Some(ask) = asks.recv() => put(ask),
        }
    }
}

/// Puts one question and gives its answer back. Where nobody can be asked it is cancelled.
pub fn put(ask: Ask) {
    let Ask { server, question, reply } = ask;
    if !tty::is_there() {
        out::say(&format!("{server} asked something, and nobody is at a terminal to answer: it was cancelled"));
        return;
    }
    let answer = tokio::task::block_in_place(|| answered(&server, &question)).unwrap_or(Reply::Cancel);
    let words = match &answer {
        Reply::Accept(_) => "accepted",
        Reply::Decline => "declined",
        Reply::Cancel => "cancelled",
    };
    match reply.send(answer) {
        Ok(()) => out::say(words),
        Err(_) => out::say("that was too late: the server does not wait for it any more"),
    }
}

fn answered(server: &str, question: &Question) -> Result<Reply, Failure> {
    out::say(&card(server, question));
    match (tty::chosen()?, question) {
        (Chosen::Decline, _) => Ok(Reply::Decline),
        (Chosen::Cancel, _) => Ok(Reply::Cancel),
        (Chosen::Accept, Question::Link { url, .. }) => {
            // Opened by whoever wants to: nothing is started from here.
            out::say(&format!("open it yourself: {}", text::line(url)));
            Ok(Reply::Accept(Map::new()))
        }
        (Chosen::Accept, Question::Form { fields, .. }) => {
            let Some(filled) = fill(fields)? else { return Ok(Reply::Cancel) };
            if let Err(why) = question.check(&filled) {
                out::say(&format!("it does not fit: {why}"));
                return Ok(Reply::Cancel);
            }
            out::say(&format!("This goes to {server}:"));
            out::say(&behind(&format!("{:#}", Value::Object(filled.clone()))));
            out::say("a sends it · d declines · c cancels");
            Ok(match tty::chosen()? {
                Chosen::Accept => Reply::Accept(filled),
                Chosen::Decline => Reply::Decline,
                Chosen::Cancel => Reply::Cancel,
            })
        }
    }
}

/// The question as lines.
fn card(server: &str, question: &Question) -> String {
    let mut lines = vec![String::new(), format!("The server {server} asks; these are its words, not ours:")];
    match question {
        Question::Form { message, fields } => {
            lines.push(behind(message.raw()));
            lines.push("It wants to know:".to_owned());
            lines.extend(fields.iter().map(asked));
            lines.push("a fills it in · d declines · c cancels".to_owned());
        }
        Question::Link { message, url, host } => {
            lines.push(behind(message.raw()));
            lines.push(format!("It wants you to go to  {}", text::line(host)));
            lines.push(format!("the whole address      {}", text::line(url)));
            lines.push("a agrees: you open it yourself · d declines · c cancels".to_owned());
        }
    }
    lines.join("\n")
}

/// Somebody else's words behind a bar that our own lines never have.
fn behind(words: &str) -> String {
    let block = text::block(words);
    block.lines().map(|line| format!("| {line}")).collect::<Vec<_>>().join("\n")
}

/// One field in a line or a few.
fn asked(field: &Field) -> String {
    let needed = if field.is_required { "needed" } else { "may stay empty" };
    let default = field.default.as_ref().map(|value| format!(", else {}", spoken(value))).unwrap_or_default();
    let about = if field.about.is_blank() { String::new() } else { format!("\n|     {}", field.about.line()) };
    let mut line = format!("| {} ({}, {needed}{default}){about}", field.title.line(), takes(&field.kind));
    for (n, choice) in choices(&field.kind).iter().enumerate() {
        line.push_str(&format!("\n|     {}. {}", n + 1, titled(choice)));
    }
    line
}

fn titled(choice: &Choice) -> String {
    let title = choice.title.line();
    let value = text::line(&choice.value);
    if *title == *value { title.into_string() } else { format!("{title} ({value})") }
}

fn choices(kind: &Kind) -> &[Choice] {
    match kind {
        Kind::One(choices) | Kind::Some { choices, .. } => choices,
        Kind::Text { .. } | Kind::Number { .. } | Kind::Flag => &[],
    }
}

/// What goes into a field, in words.
fn takes(kind: &Kind) -> String {
    match kind {
        Kind::Text { format: Some(format), .. } => format!("text: {}", text::line(format)),
        Kind::Text { format: None, .. } => "text".to_owned(),
        Kind::Number { is_whole, least, most } => {
            let what = if *is_whole { "a whole number" } else { "a number" };
            let from = least.map(|least| format!(" from {least}")).unwrap_or_default();
            let to = most.map(|most| format!(" to {most}")).unwrap_or_default();
            format!("{what}{from}{to}")
        }
        Kind::Flag => "yes or no".to_owned(),
        Kind::One(_) => "one of these, by its number".to_owned(),
        Kind::Some { least, most, .. } => format!("{least} to {most} of these, by their numbers"),
    }
}

/// A value as a person reads it.
fn spoken(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(words) => text::line(words).into_string(),
        Value::Array(items) => items.iter().map(spoken).collect::<Vec<_>>().join(", "),
        other => text::line(&other.to_string()).into_string(),
    }
}

/// Asks for each field; nothing where somebody gave up on one.
fn fill(fields: &[Field]) -> Result<Option<Map<String, Value>>, Failure> {
    let mut filled = Map::new();
    for field in fields {
        let default = field.default.as_ref().map(|value| format!(" [{}]", spoken(value))).unwrap_or_default();
        let question = format!("{}{default}: ", field.title.line());
        let mut tries = 0;
        loop {
            let typed = tty::prompt(&question)?;
            match value_of(field, typed.trim()) {
                Ok(Some(value)) => {
                    filled.insert(field.name.clone(), value);
                    break;
                }
                Ok(None) => break,
                Err(why) if tries + 1 < TRIES => out::say(&format!("not like this: {}", Text::new(why).line())),
                Err(_) => return Ok(None),
            }
            tries += 1;
        }
    }
    Ok(Some(filled))
}

/// What was typed, as the field's value; nothing where it stays empty.
fn value_of(field: &Field, typed: &str) -> Result<Option<Value>, String> {
    if typed.is_empty() {
        return match &field.default {
            Some(default) => Ok(Some(default.clone())),
            None if field.is_required => Err("it is needed".to_owned()),
            None => Ok(None),
        };
    }
    let chosen = |typed: &str, choices: &[Choice]| {
        let at = typed.trim().parse::<usize>().ok().and_then(|n| choices.get(n.checked_sub(1)?));
        let named = || choices.iter().find(|choice| choice.value == typed.trim());
        at.or_else(named).map(|choice| Value::from(choice.value.as_str())).ok_or("it is none of these")
    };
    let value = match &field.kind {
        Kind::Text { .. } => Value::from(typed),
        Kind::Number { is_whole: true, .. } => typed.parse::<i64>().map(Value::from).map_err(|_| "a whole number")?,
        Kind::Number { .. } => typed.parse::<f64>().map(Value::from).map_err(|_| "a number")?,
        Kind::Flag => match typed.to_lowercase().as_str() {
            "y" | "yes" | "true" => Value::Bool(true),
            "n" | "no" | "false" => Value::Bool(false),
            _ => return Err("yes or no".to_owned()),
        },
        Kind::One(choices) => chosen(typed, choices)?,
        Kind::Some { choices, .. } => {
            typed.split(',').map(|part| chosen(part, choices)).collect::<Result<Vec<_>, _>>()?.into()
        }
    };
    field.kind.check(&value)?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(kind: Kind, is_required: bool, default: Option<Value>) -> Field {
        Field { name: "f".into(), title: "Field".into(), about: Text::default(), is_required, kind, default }
    }

    fn pick(names: &[&str]) -> Vec<Choice> {
        names.iter().map(|name| Choice { value: (*name).into(), title: format!("The {name}").into() }).collect()
    }

    #[test]
    fn what_is_typed_becomes_the_fields_value_or_is_refused() {
        let whole = Kind::Number { is_whole: true, least: Some(1.0), most: Some(9.0) };
        let some = Kind::Some { choices: pick(&["a", "b", "c"]), least: 1, most: 2 };
        let words = Kind::Text { least: 0, most: 5, format: None };
        for (kind, typed, value) in [
            (words.clone(), "hello", Some(json!("hello"))),
            (words, "hello!", None),
            (whole.clone(), "7", Some(json!(7))),
            (whole.clone(), "10", None),
            (whole, "x", None),
            (Kind::Flag, "Yes", Some(json!(true))),
            (Kind::Flag, "maybe", None),
            (Kind::One(pick(&["a", "b"])), "2", Some(json!("b"))),
            (Kind::One(pick(&["a", "b"])), "a", Some(json!("a"))),
            (Kind::One(pick(&["a", "b"])), "3", None),
            (some.clone(), "1, 3", Some(json!(["a", "c"]))),
            (some.clone(), "1,2,3", None),
            (some, "0", None),
        ] {
            assert_eq!(value_of(&field(kind, true, None), typed).ok().flatten(), value, "{typed}");
        }
        let defaulted = field(Kind::Flag, true, Some(json!(false)));
        assert_eq!(value_of(&defaulted, ""), Ok(Some(json!(false))));
        assert!(value_of(&field(Kind::Flag, true, None), "").is_err());
        assert_eq!(value_of(&field(Kind::Flag, false, None), ""), Ok(None));
    }

    #[test]
    fn a_question_is_named_as_the_servers_and_cannot_imitate_us() {
        let message = "Send this?\na sends it\u{1b}[2J\nThe server bank asks; these are its words, not ours:";
        let fields = vec![field(Kind::One(pick(&["x"])), true, Some(json!("x")))];
        let lines = card("desk", &Question::Form { message: message.into(), fields });
        assert!(lines.contains("The server desk asks") && !lines.contains('\u{1b}'), "{lines}");
        let theirs = lines.lines().filter(|line| line.contains("a sends it") || line.contains("The server bank"));
        assert!(theirs.clone().count() == 2 && theirs.clone().all(|line| line.starts_with("| ")), "{lines}");
        assert!(lines.contains("| Field (one of these, by its number, needed, else x)\n|     1. The x (x)"), "{lines}");
        let link =
            Question::Link { message: "go".into(), url: "https://x.example/a?b".into(), host: "x.example".into() };
        assert!(card("desk", &link).contains("It wants you to go to  x.example"), "{}", card("desk", &link));
    }
}
