//! Owns the tools that need no desk: comparing a value that is kept from the model with a given one, reckoning with times, and
//! writing phone numbers in one form.
//!
//! Invariant: none of them tells more of a value than the person let out. A comparison answers yes or no about a whole value,
//! and there are too few of them to try one out; words of the model's own are told back as they are, never as the placeholder
//! they would turn out to be.

use jiff::{Span, Timestamp, Zoned, tz::TimeZone};

use super::{
    Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError,
    answer::{Shown, echo, map, own},
    params::Arguments,
    phone,
};
use crate::{approval::Effect, domain::Revealed};

/// The shortest value a given one may be: shorter ones are guessed too soon.
const SHORTEST: usize = 4;

/// Compares a value in view with another.
pub(super) struct ValueCompare;
/// Adds to times and measures between them.
pub(super) struct TimeMath;
/// Writes a phone number in international form.
pub(super) struct PhoneFormat;

impl Code for ValueCompare {
    const SPEC: Spec = Spec {
        name: "value_compare",
        about: "Whether a value you hold a placeholder for is the same as another placeholder's or a given one. Answers yes or no \
                about the whole value; only a few comparisons can be made. Masked values need customer_unmask first.",
        words: "match equal same differ verify check masked phone email number",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::must("value", Kind::Words(80), "One placeholder, such as ⟦phone:1⟧."),
            Param::must("with", Kind::Words(320), "Another placeholder, or the value to compare with, whole."),
        ],
        example: r#"{"value": "⟦phone:1⟧", "with": "+12025550143"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let value = arguments.must("value")?.trim();
        let with = arguments.must("with")?.trim();
        let kind = kind_of(value).ok_or_else(|| {
            ToolError::Arguments("`value` has to be one placeholder, such as ⟦phone:1⟧; a masked value has none".into())
        })?;
        if kind_of(with).is_none() && (with.contains(['⟦', '⟧']) || with.chars().count() < SHORTEST) {
            let words = format!("`with` has to be one placeholder or a whole value of {SHORTEST} characters or more");
            return Err(ToolError::Arguments(words));
        }
        let (left, right) = (cx.fill(value)?, cx.fill(with)?);
        // Counted before it is answered, and by what it is about: a guess costs as much as a hit.
        if !cx.kit.compare(value) {
            return Err(ToolError::Rule(
                "there are no more comparisons of this value; ask the person to compare".into(),
            ));
        }
        let same = form(kind, &left) == form(kind, &right);
        Ok(Outcome::Answer(Answer::new(map([("same", own(same))]), &cx.vault)))
    }
}

/// What kind of value a placeholder stands for; `None` for what is not exactly one placeholder.
fn kind_of(words: &str) -> Option<&str> {
    let inner = words.strip_prefix('⟦')?.strip_suffix('⟧')?;
    let (kind, number) = inner.rsplit_once(':')?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && !kind.contains(['⟦', '⟧'])).then_some(kind)
}

/// A value without what people write differently: a phone number's signs, an address's case.
fn form(kind: &str, value: &str) -> String {
    match kind {
        "phone" | "whatsapp" => {
            phone::e164(value, None).unwrap_or_else(|_| value.chars().filter(char::is_ascii_digit).collect())
        }
        "email" => value.trim().to_lowercase(),
        _ => value.trim().to_owned(),
    }
}

impl Code for TimeMath {
    const SPEC: Spec = Spec {
        name: "time_math",
        about: "Reckon with times: add a span to a moment, measure from one to another, tell it in a time zone. Use it rather \
                than reckoning yourself; daylight saving is kept.",
        words: "hours days between until duration deadline date clock zone add subtract difference when",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::may("at", Kind::Moment, "The moment; now unless told."),
            Param::may("add", Kind::Words(60), "A span, such as `3 days 2h` or `-90m`."),
            Param::may("until", Kind::Moment, "Measure up to this moment."),
            Param::may("zone", Kind::Words(60), "An IANA time zone, such as Europe/Berlin; UTC unless told."),
        ],
        example: r#"{"at": "2025-03-29T20:00:00Z", "add": "1 day", "zone": "Europe/Berlin"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let zone = zone(arguments.words("zone"))?;
        let start = arguments.moment("at").unwrap_or_else(|| cx.clock.now()).to_zoned(zone);
        let end = match arguments.words("add") {
            Some(span) => added(&start, span)?,
            None => start,
        };
        let between = arguments.moment("until").map(|until| between(end.timestamp(), until));
        let shown = map([
            ("utc", own(end.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
            ("local", own(end.strftime("%Y-%m-%d %H:%M:%S %Z").to_string())),
            ("weekday", own(end.strftime("%A").to_string())),
            ("until", between.unwrap_or(Shown::Absent)),
        ]);
        Ok(Outcome::Answer(Answer::new(shown, &cx.vault)))
    }
}

fn zone(name: Option<&str>) -> Result<TimeZone, ToolError> {
    let Some(name) = name else { return Ok(TimeZone::UTC) };
    TimeZone::get(name.trim()).map_err(|_| ToolError::Arguments("`zone` is no time zone such as Europe/Berlin".into()))
}

fn added(start: &Zoned, span: &str) -> Result<Zoned, ToolError> {
    let span: Span = span
        .trim()
        .parse()
        .map_err(|_| ToolError::Arguments("`add` is no span such as `3 days 2h` or `-90m`".into()))?;
    start.checked_add(span).map_err(|_| ToolError::Arguments("`add` leads beyond the years that can be told".into()))
}

/// From one moment to another: seconds, and in words.
fn between(from: Timestamp, until: Timestamp) -> Shown {
    let seconds = until.as_second() - from.as_second();
    let (sign, all) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    let (days, hours, minutes) = (all / 86_400, all / 3_600 % 24, all / 60 % 60);
    let words = match (days, hours) {
        (0, 0) => format!("{sign}{minutes}m {}s", all % 60),
        (0, _) => format!("{sign}{hours}h {minutes}m"),
        _ => format!("{sign}{days}d {hours}h {minutes}m"),
    };
    map([("seconds", own(seconds)), ("words", own(words))])
}

impl Code for PhoneFormat {
    const SPEC: Spec = Spec {
        name: "phone_format",
        about: "Write a phone number in the international form E.164 (+12025550143). Takes a placeholder, and then gives one \
                back. Says that a number is well formed, not that it exists.",
        words: "normalise normalize number e164 international country code",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::must("phone", Kind::Words(80), "The number, or a placeholder for one."),
            Param::may("country", Kind::Words(2), "Where it is dialled at home, two letters: US, DE."),
        ],
        example: r#"{"phone": "(415) 555-2671", "country": "US"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let written = arguments.must("phone")?;
        let number = phone::e164(&cx.fill(written)?, arguments.words("country"))
            .map_err(|error| ToolError::Rule(error.to_string()))?;
        let told = if written.contains('⟦') {
            own(cx.vault.derived(written, "phone", &Revealed::new(number)))
        } else {
            echo(&number)
        };
        Ok(Outcome::Answer(Answer::new(map([("phone", told)]), &cx.vault)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{domain::CustomerId, tools};

    async fn call(cx: &Cx, tool: &str, arguments: Value) -> Result<Value, String> {
        let tool = tools::by_name(tool).expect("a tool");
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        match tool.run(arguments, cx).await {
            Ok(Outcome::Answer(answer)) => Ok(answer.into_value()),
            Ok(Outcome::Propose { .. }) => unreachable!("these propose nothing"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[tokio::test]
    async fn a_comparison_says_yes_or_no_and_runs_out() {
        let (cx, _folder) = tools::tests::cx();
        let owner = CustomerId::new("66c1");
        cx.vault.place("phone", &Revealed::new("+1 (415) 555-2671"), Some(&owner));
        cx.vault.place("email", &Revealed::new("Mara@Quill.example"), Some(&owner));
        let with = |value: &str, with: &str| json!({"value": value, "with": with});
        for (value, given, same) in [
            ("⟦phone:1⟧", "+14155552671", true),
            ("⟦phone:1⟧", "+14155552672", false),
            ("⟦email:1⟧", "mara@quill.example", true),
            ("⟦phone:1⟧", "⟦email:1⟧", false),
        ] {
            let answer = call(&cx, "value_compare", with(value, given)).await;
            assert_eq!(answer, Ok(json!({"same": same})), "{value} {given}");
        }
        // Three of the number's were made, one by a wrong guess.
        let spent = call(&cx, "value_compare", with("⟦phone:1⟧", "+14155552673")).await.expect_err("no more");
        assert!(spent.contains("no more comparisons") && !spent.contains("415"), "{spent}");
    }

    #[tokio::test]
    async fn only_what_is_in_view_is_compared() {
        let (cx, _folder) = tools::tests::cx();
        let owner = CustomerId::new("66c1");
        cx.vault.place("phone", &Revealed::new("+14155552671"), Some(&owner));
        for (value, given) in [
            ("+14155552671", "+14155552671"),
            ("****2671", "+14155552671"),
            ("⟦phone:1⟧", "671"),
            ("⟦phone:1⟧ ", "x⟦phone:1⟧"),
            ("⟦phone:1⟧⟦phone:1⟧", "+14155552671"),
            ("⟦phone:7⟧", "+14155552671"),
        ] {
            let answer = call(&cx, "value_compare", json!({"value": value, "with": given})).await;
            assert!(answer.is_err(), "{value} {given}: {answer:?}");
        }
        cx.vault.forget(&owner);
        let closed = call(&cx, "value_compare", json!({"value": "⟦phone:1⟧", "with": "+14155552671"})).await;
        assert!(closed.expect_err("the window is closed").contains("the window it came from is closed"));
    }

    #[tokio::test]
    async fn times_are_added_and_measured_across_daylight_saving() {
        let (cx, _folder) = tools::tests::cx();
        let berlin = json!({"at": "2025-03-29T20:00:00Z", "add": "1 day", "zone": "Europe/Berlin"});
        let answer = call(&cx, "time_math", berlin).await.expect("an answer");
        assert_eq!(
            answer,
            json!({"utc": "2025-03-30T19:00:00Z", "local": "2025-03-30 21:00:00 CEST", "weekday": "Sunday"})
        );
        let until = json!({"at": "2025-03-01T00:00:00Z", "until": "2025-03-02T01:30:00Z"});
        let answer = call(&cx, "time_math", until).await.expect("an answer");
        assert_eq!(answer["until"], json!({"seconds": 91_800, "words": "1d 1h 30m"}));
        for wrong in [json!({"add": "soon"}), json!({"zone": "Mars/Olympus"}), json!({"add": "9999999999h"})] {
            assert!(call(&cx, "time_math", wrong.clone()).await.is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_number_is_written_in_one_form_and_a_guess_finds_no_placeholder() {
        let (cx, _folder) = tools::tests::cx();
        let owner = CustomerId::new("66c1");
        cx.vault.place("phone", &Revealed::new("+14155552671"), Some(&owner));
        cx.vault.place("phone", &Revealed::new("(415) 555-2671"), Some(&owner));
        let known = call(&cx, "phone_format", json!({"phone": "⟦phone:2⟧", "country": "US"})).await;
        assert_eq!(known, Ok(json!({"phone": "⟦phone:1⟧"})));
        // A guess that hits a value in view comes back as the guess, not as the value's placeholder.
        let guess = call(&cx, "phone_format", json!({"phone": "415 555 2671", "country": "US"})).await;
        assert_eq!(guess, Ok(json!({"phone": "+14155552671"})));
        cx.vault.place("phone", &Revealed::new("030 901820"), Some(&owner));
        let made = call(&cx, "phone_format", json!({"phone": "⟦phone:3⟧", "country": "DE"})).await;
        assert_eq!(made, Ok(json!({"phone": "⟦phone:4⟧"})));
        // What was made of a customer's value goes with it.
        cx.vault.forget(&owner);
        assert!(cx.vault.fill("⟦phone:4⟧").is_err());
    }
}
