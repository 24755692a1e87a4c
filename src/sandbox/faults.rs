//! Owns the faults that can be asked for: how they are written, when they strike. Does not carry them out (`server`).
//!
//! A rule is `METHOD PATH FAULT[=ARG] [p=PROBABILITY] [n=TIMES]`; several are separated by `;`. `*` as METHOD is any method;
//! in PATH `*` stands for anything but a slash and `**` for anything. The first rule that strikes wins.
//!
//! | fault | what happens |
//! | --- | --- |
//! | `delay=MS` | the answer comes late |
//! | `429[=SECONDS]` | refused; the reset header says in how many seconds |
//! | `status=500` (502, 503, 504 …) | fails before anything is done |
//! | `reset-before` | the connection drops, nothing was done |
//! | `reset-after` | it was done, then the connection drops |
//! | `cut` | it was done, half of the body arrives |
//! | `html[=STATUS]` | an HTML page instead, nothing was done; 200 unless said |
//! | `malformed` | it was done, the body is broken JSON |
//! | `content-type` | it was done, the body claims to be `text/plain` |

use std::str::FromStr;

use super::mint::splitmix;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Waits this many milliseconds, then answers as usual.
    Delay(u64),
    /// 429 with a reset in this many seconds.
    TooMany(i64),
    /// This status, nothing done.
    Status(u16),
    /// Connection dropped, nothing done.
    ResetBefore,
    /// Done, then the connection dropped.
    ResetAfter,
    /// Done, half of the body sent.
    Cut,
    /// An HTML page with this status, nothing done.
    Html(u16),
    /// Done, broken JSON.
    Malformed,
    /// Done, wrong content type.
    ContentType,
}

impl Fault {
    /// How the evidence log names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::TooMany(_) => "429",
            Self::Status(_) => "status",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::Cut => "cut",
            Self::Html(_) => "html",
            Self::Malformed => "malformed",
            Self::ContentType => "content-type",
        }
    }

    fn argument(self) -> Option<u64> {
        match self {
            Self::Delay(ms) => Some(ms),
            Self::TooMany(seconds) => Some(seconds.unsigned_abs()),
            Self::Status(status) | Self::Html(status) => Some(u64::from(status)),
            Self::ResetBefore | Self::ResetAfter | Self::Cut | Self::Malformed | Self::ContentType => None,
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    method: Option<String>,
    path: String,
    fault: Fault,
    probability: f64,
    times: Option<u32>,
}

/// A rule nobody can follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fault rule `{rule}`: {problem}")]
pub struct SpecError {
    rule: String,
    problem: &'static str,
}

impl FromStr for FaultRule {
    type Err = SpecError;

    fn from_str(rule: &str) -> Result<Self, SpecError> {
        let wrong = |problem| SpecError { rule: rule.to_owned(), problem };
        let mut words = rule.split_whitespace();
        let (Some(method), Some(path), Some(fault)) = (words.next(), words.next(), words.next()) else {
            return Err(wrong("needs METHOD PATH FAULT"));
        };
        if !method.bytes().all(|byte| byte.is_ascii_alphabetic()) && method != "*" {
            return Err(wrong("the method is a word or *"));
        }
        if !path.starts_with(['/', '*']) {
            return Err(wrong("the path begins with / or *"));
        }
        let method = (method != "*").then(|| method.to_ascii_uppercase());
        let fault = parse_fault(fault).map_err(wrong)?;
        let mut parsed = Self { method, path: path.to_owned(), fault, probability: 1.0, times: None };
        for word in words {
            parsed.set(word).map_err(wrong)?;
        }
        Ok(parsed)
    }
}

fn parse_fault(word: &str) -> Result<Fault, &'static str> {
    let (name, argument) = word.split_once('=').map_or((word, None), |(name, argument)| (name, Some(argument)));
    let status = |text: &str| {
        text.parse().ok().filter(|code| (200..600).contains(code)).ok_or("the status is a number from 200 to 599")
    };
    match (name, argument) {
        ("delay", Some(ms)) => ms.parse().map(Fault::Delay).map_err(|_| "delay=MS needs whole milliseconds"),
        ("429", None) => Ok(Fault::TooMany(1)),
        ("429", Some(seconds)) => {
            let seconds = seconds.parse::<u32>().map_err(|_| "429=SECONDS needs whole seconds")?;
            Ok(Fault::TooMany(seconds.into()))
        }
        ("status", Some(code)) => status(code).map(Fault::Status),
        ("html", None) => Ok(Fault::Html(200)),
        ("html", Some(code)) => status(code).map(Fault::Html),
        ("reset-before", None) => Ok(Fault::ResetBefore),
        ("reset-after", None) => Ok(Fault::ResetAfter),
        ("cut", None) => Ok(Fault::Cut),
        ("malformed", None) => Ok(Fault::Malformed),
        ("content-type", None) => Ok(Fault::ContentType),
        _ => Err(
            "the fault is one of delay=MS, 429[=SECONDS], status=CODE, reset-before, reset-after, cut, html[=CODE], malformed, content-type",
        ),
    }
}

impl FaultRule {
    fn set(&mut self, word: &str) -> Result<(), &'static str> {
        match word.split_once('=') {
            Some(("p", value)) => {
                let probability = value.parse::<f64>().ok().filter(|p| (0.0..=1.0).contains(p));
                self.probability = probability.ok_or("p is a number from 0 to 1")?;
            }
            Some(("n", value)) => self.times = Some(value.parse().map_err(|_| "n is a whole number")?),
            _ => return Err("after the fault come only p=… and n=…"),
        }
        Ok(())
    }

    fn is_about(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method) && glob(self.path.as_bytes(), path.as_bytes())
    }
}

impl std::fmt::Display for FaultRule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {} {}", self.method.as_deref().unwrap_or("*"), self.path, self.fault.name())?;
        if let Some(argument) = self.fault.argument() {
            write!(out, "={argument}")?;
        }
        if self.probability < 1.0 {
            write!(out, " p={}", self.probability)?;
        }
        self.times.map_or(Ok(()), |times| write!(out, " n={times}"))
    }
}

/// Reads rules separated by `;`.
pub fn parse(spec: &str) -> Result<Vec<FaultRule>, SpecError> {
    spec.split(';').map(str::trim).filter(|rule| !rule.is_empty()).map(str::parse).collect()
}

/// `*` is anything but a slash, `**` anything. Quadratic at worst: each star remembers one place to go back to.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        [b'*', rest @ ..] => {
            let reach = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=reach).any(|skip| glob(rest, &text[skip..]))
        }
        [first, rest @ ..] => text.first() == Some(first) && glob(rest, &text[1..]),
    }
}

/// The rules in force and the chance behind them.
#[derive(Debug)]
pub struct Faults {
    rules: Vec<FaultRule>,
    chance: u64,
}

impl Faults {
    /// Rules whose probabilities follow from the seed.
    pub fn new(rules: Vec<FaultRule>, seed: u64) -> Self {
        Self { rules, chance: splitmix(seed) }
    }

    /// Adds rules behind those in force.
    pub fn add(&mut self, rules: Vec<FaultRule>) {
        self.rules.extend(rules);
    }

    /// Ends all faults.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules in force, as they would be written.
    pub fn rules(&self) -> impl Iterator<Item = String> {
        self.rules.iter().map(ToString::to_string)
    }

    /// What strikes this request, if anything; uses up one of the rule's times.
    pub fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        for rule in self.rules.iter_mut().filter(|rule| rule.times != Some(0)) {
            if !rule.is_about(method, path) {
                continue;
            }
            self.chance = splitmix(self.chance);
            let drawn = (self.chance >> 11) as f64 / (1_u64 << 53) as f64;
            if drawn < rule.probability {
                rule.times = rule.times.map(|times| times - 1);
                return Some(rule.fault);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rule_strikes_its_paths_its_number_of_times() {
        let rules = parse("POST /v1/conversations/*/notes reset-after n=1; * /v1/** delay=20").expect("two rules");
        let mut faults = Faults::new(rules, 1);
        assert_eq!(faults.strike("POST", "/v1/conversations/abc/notes"), Some(Fault::ResetAfter));
        assert_eq!(faults.strike("POST", "/v1/conversations/abc/notes"), Some(Fault::Delay(20)));
        assert_eq!(faults.strike("GET", "/v1/conversations/a/b/notes"), Some(Fault::Delay(20)));
        assert_eq!(faults.strike("GET", "/openai/v1/models"), None);
    }

    #[test]
    fn a_probability_is_met_about_as_often_as_it_says_and_always_alike_for_one_seed() {
        let strikes = |seed| {
            let mut faults = Faults::new(parse("GET /v1/tags 429=3 p=0.25").expect("a rule"), seed);
            (0..1000).map(|_| faults.strike("GET", "/v1/tags").is_some()).collect::<Vec<_>>()
        };
        let hits = strikes(5).iter().filter(|hit| **hit).count();
        assert!((200..300).contains(&hits), "{hits}");
        assert_eq!(strikes(5), strikes(5));
        assert_ne!(strikes(5), strikes(6));
    }

    #[test]
    fn errors_name_the_rule() {
        let error = parse("GET /v1/tags status=999").expect_err("no such status");
        assert_eq!(error.to_string(), "fault rule `GET /v1/tags status=999`: the status is a number from 200 to 599");
        assert!(parse("GET v1 cut").is_err());
        assert!(parse("GET /v1 cut q=1").is_err());
    }

    fn any_rule() -> impl Strategy<Value = FaultRule> {
        let fault = prop_oneof![
            (0_u64..100_000).prop_map(Fault::Delay),
            (0_i64..1000).prop_map(Fault::TooMany),
            (200_u16..600).prop_map(Fault::Status),
            (200_u16..600).prop_map(Fault::Html),
            Just(Fault::ResetBefore),
            Just(Fault::ResetAfter),
            Just(Fault::Cut),
            Just(Fault::Malformed),
            Just(Fault::ContentType),
        ];
        let method = prop::option::of("[A-Z]{3,6}");
        (method, "/[a-z0-9/*]{0,20}", fault, 0.0..=1.0_f64, prop::option::of(any::<u32>()))
            .prop_map(|(method, path, fault, probability, times)| FaultRule { method, path, fault, probability, times })
    }

    proptest! {
        #[test]
        fn a_written_rule_reads_back_as_itself(rules in prop::collection::vec(any_rule(), 0..4)) {
            let spec = rules.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            prop_assert_eq!(parse(&spec), Ok(rules));
        }

        #[test]
        fn any_text_is_read_or_refused(spec in "\\PC{0,60}") {
            let _ = parse(&spec);
        }
    }
}
