//! Owns `policy.toml` as people write it, and the refusal of whatever in it is unknown, misspelt or looser than the floor:
//! each with the line, the column and a caret. A policy that is silently ignored is worse than none.
//!
//! ```toml
//! count_over = 5                                       # type the number from six records on; never more than 10
//!
//! [[rule]]
//! name = "large refunds"
//! effect = ["write", "bulk"]                           # unmask, draft, write, send, bulk, delete
//! tool = "customer_update"                             # or "desk/case_close", "desk/*": of the source [mcp.desk]
//! channel = "sms"
//! tag = ["vip"]                                        # of the customer or the conversation
//! attribute = { loyaltyTier = "gold" }                 # of the customer
//! amount = { field = "custom.refundNum", over = 250 }  # in the request's body
//! answer = "two persons"                               # ask, ask with reason, two persons, deny
//! ```

use std::{collections::BTreeMap, fmt, fs, io, ops::Range, path::Path};

use serde::Deserialize;
use toml::Spanned;

use super::{
    Policy,
    rule::{Demand, Over, Rule},
};
use crate::{approval::Effect, domain::Channel};

/// Why there is no policy to go by. Nothing starts then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file is there and cannot be read.
    #[error("cannot read {file}: {why}")]
    Unreadable {
        /// Which file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// Something in it is not what a policy says.
    #[error("{0}")]
    Wrong(Wrong),
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line as it stands there.
    pub text: String,
    /// How many characters are meant.
    pub width: usize,
    /// What is wrong and what would be right.
    pub why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let blank = " ".repeat(self.column - 1);
        writeln!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.why)?;
        writeln!(f, "{margin} |\n{number} | {}", self.text)?;
        write!(f, "{margin} | {blank}{}", "^".repeat(self.width))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    count_over: Option<Spanned<i64>>,
    #[serde(default)]
    rule: Vec<Spanned<WrittenRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    name: Option<Word>,
    effect: Option<Words>,
    tool: Option<Words>,
    channel: Option<Words>,
    tag: Option<Words>,
    attribute: Option<BTreeMap<String, Words>>,
    amount: Option<WrittenAmount>,
    answer: Word,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAmount {
    field: Word,
    over: Spanned<f64>,
}

/// One word or a list of them, not looked at yet.
type Words = Spanned<toml::Value>;

/// A word and where it stands.
type Word = Spanned<String>;

/// What a place in the file says wrong.
type Complaint = (Range<usize>, String);

/// Words that would let something through without a person.
const LOOSER: [&str; 10] = ["allow", "approve", "auto", "always", "none", "never ask", "no", "pass", "skip", "yes"];

/// Reads the file; where there is none, nothing is asked besides the floor. `tools` are the names a rule may speak of.
pub fn load(file: &Path, tools: &[&str]) -> Result<Policy, PolicyError> {
    let name = || file.display().to_string();
    match fs::read_to_string(file) {
        Ok(text) => parse(&name(), &text, tools).map_err(PolicyError::Wrong),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Policy::default()),
        Err(error) => Err(PolicyError::Unreadable { file: name(), why: error.to_string() }),
    }
}

/// Reads the text of a policy.
pub fn parse(file: &str, text: &str, tools: &[&str]) -> Result<Policy, Wrong> {
    let wrong = |(span, why): Complaint| place(file, text, &span, why);
    let written: Written =
        toml::from_str(text).map_err(|error| wrong((error.span().unwrap_or(0..0), error.message().to_owned())))?;
    let mut policy = Policy::default();
    if let Some(count) = written.count_over {
        policy.count_over = count_over(&count).map_err(wrong)?;
    }
    for rule in written.rule {
        let span = rule.span();
        let rule = read(rule.into_inner(), policy.rules.len() + 1, tools).map_err(wrong)?;
        if policy.rules.iter().any(|other| other.name == rule.name) {
            return Err(wrong((span, format!("a second rule is called {:?}; give each its own name", rule.name))));
        }
        policy.rules.push(rule);
    }
    Ok(policy)
}

fn count_over(count: &Spanned<i64>) -> Result<u64, Complaint> {
    let most = Policy::MANY;
    match u64::try_from(*count.get_ref()) {
        Ok(number) if number <= most => Ok(number),
        Ok(_) => Err((
            count.span(),
            format!("looser than the floor: more than {most} records always want their number typed"),
        )),
        Err(_) => Err((count.span(), format!("a number from 0 to {most} belongs here"))),
    }
}

fn read(written: WrittenRule, number: usize, tools: &[&str]) -> Result<Rule, Complaint> {
    let WrittenRule { name, effect, tool, channel, tag, attribute, amount, answer } = written;
    let mut attributes = BTreeMap::new();
    for (name, words) in attribute.unwrap_or_default() {
        attributes.insert(name, each(Some(words), plain)?);
    }
    Ok(Rule {
        name: name.map_or_else(|| Ok(format!("rule {number}")), |name| plain(&name))?,
        effects: each(effect, effect_of)?,
        tools: each(tool, |word| tool_of(word, tools))?,
        channels: each(channel, channel_of)?,
        tags: each(tag, plain)?,
        attributes,
        amount: amount.map(|amount| over(&amount)).transpose()?,
        demand: demand(&answer)?,
    })
}

fn each<T>(words: Option<Words>, read: impl Fn(&Word) -> Result<T, Complaint>) -> Result<Vec<T>, Complaint> {
    let Some(words) = words else { return Ok(Vec::new()) };
    let span = words.span();
    let all = match words.into_inner() {
        // An empty list would make the condition vanish and the rule about everything: surely not what was meant.
        toml::Value::Array(all) if !all.is_empty() => all,
        word @ toml::Value::String(_) => vec![word],
        _ => return Err((span, "text in quotes belongs here, or a list of at least one".to_owned())),
    };
    let word = |value| match value {
        toml::Value::String(word) => read(&Spanned::new(span.clone(), word)),
        _ => Err((span.clone(), "each of the list has to be text in quotes".to_owned())),
    };
    all.into_iter().map(word).collect()
}

fn plain(word: &Word) -> Result<String, Complaint> {
    let words = word.get_ref().trim();
    if words.is_empty() || words.chars().any(char::is_control) || words.chars().count() > 80 {
        return Err((word.span(), "one to 80 printable characters belong here".to_owned()));
    }
    Ok(words.to_owned())
}

fn effect_of(word: &Word) -> Result<Effect, Complaint> {
    const ALL: [Effect; 7] =
        [Effect::Unmask, Effect::Disclose, Effect::Draft, Effect::Write, Effect::Send, Effect::Bulk, Effect::Delete];
    if word.get_ref() == Effect::Read.word() {
        return Err((
            word.span(),
            "a read asks nobody and never comes to the desk; a rule cannot be about it".to_owned(),
        ));
    }
    let words: Vec<&str> = ALL.iter().map(|effect| effect.word()).collect();
    let found = ALL.into_iter().find(|effect| effect.word() == word.get_ref());
    found.ok_or_else(|| (word.span(), unknown("effect", word.get_ref(), &words)))
}

/// A tool of our own by its name; one of another source behind the source's name, which has to be set up. What a source offers
/// is not known before it answered, so its tools' names are taken as they are.
fn tool_of(word: &Word, tools: &[&str]) -> Result<String, Complaint> {
    let Some((source, tool)) = word.get_ref().split_once('/') else { return known(word, tools, "tool") };
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let is_set_up = tools.iter().any(|one| one.strip_suffix("/*") == Some(source));
    if is_set_up && (tool == "*" || (!tool.is_empty() && tool.len() <= 128 && tool.chars().all(fits))) {
        return Ok(word.get_ref().clone());
    }
    Err((word.span(), unknown("tool", word.get_ref(), tools)))
}

fn channel_of(word: &Word) -> Result<String, Complaint> {
    const ALL: [Channel; 9] = [
        Channel::Email,
        Channel::Chat,
        Channel::Sms,
        Channel::Whatsapp,
        Channel::Voice,
        Channel::Facebook,
        Channel::Instagram,
        Channel::TwitterDm,
        Channel::TwitterTweet,
    ];
    let words: Vec<&str> = ALL.iter().map(Channel::as_str).collect();
    known(word, &words, "channel")
}

fn known(word: &Word, all: &[&str], what: &str) -> Result<String, Complaint> {
    if all.contains(&word.get_ref().as_str()) {
        return Ok(word.get_ref().clone());
    }
    Err((word.span(), unknown(what, word.get_ref(), all)))
}

fn over(amount: &WrittenAmount) -> Result<Over, Complaint> {
    let bound = *amount.over.get_ref();
    if !bound.is_finite() || bound < 0.0 {
        return Err((amount.over.span(), "a number from 0 up belongs here".to_owned()));
    }
    Ok(Over { field: plain(&amount.field)?, over: bound })
}

fn demand(word: &Word) -> Result<Demand, Complaint> {
    let given = word.get_ref().as_str();
    if LOOSER.contains(&given.to_lowercase().as_str()) {
        let why = "looser than the floor: everything but a read asks a person, and no rule can change that".to_owned();
        return Err((word.span(), why));
    }
    let words: Vec<&str> = Demand::ALL.iter().map(|demand| demand.word()).collect();
    let found = Demand::ALL.into_iter().find(|demand| demand.word() == given);
    found.ok_or_else(|| (word.span(), unknown("answer", given, &words)))
}

fn unknown(what: &str, given: &str, all: &[&str]) -> String {
    format!("there is no {what} {given:?}; known: {}", all.join(", "))
}

/// Where a span stands, in the words of editors.
fn place(file: &str, text: &str, span: &Range<usize>, why: String) -> Wrong {
    let start = floor(text, span.start);
    let end = floor(text, span.end).max(start);
    let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let stop = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let shown: String = text[begin..stop].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Wrong {
        file: file.to_owned(),
        line: text[..start].matches('\n').count() + 1,
        column: text[begin..start].chars().count() + 1,
        text: shown,
        width: text[start..end.min(stop)].chars().count().max(1),
        why,
    }
}

/// The nearest boundary of a character at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse("policy.toml", text, &["customer_update"]).expect_err("it is refused").to_string()
    }

    #[test]
    fn what_it_says_is_what_the_policy_is() {
        let policy = parse(
            "policy.toml",
            "count_over = 3\n[[rule]]\nname = \"refunds\"\neffect = \"write\"\ntool = [\"customer_update\"]\n\
             channel = \"sms\"\ntag = \"vip\"\nattribute = { tier = [\"gold\", \"silver\"] }\n\
             amount = { field = \"custom.refundNum\", over = 250 }\nanswer = \"two persons\"\n[[rule]]\nanswer = \"ask\"",
            &["customer_update"],
        );
        let policy = policy.expect("it is well written");
        assert_eq!((policy.count_over, policy.rules.len()), (3, 2));
        let rule = Rule {
            name: "refunds".into(),
            effects: vec![Effect::Write],
            tools: vec!["customer_update".into()],
            channels: vec!["sms".into()],
            tags: vec!["vip".into()],
            attributes: [("tier".to_owned(), vec!["gold".to_owned(), "silver".to_owned()])].into(),
            amount: Some(Over { field: "custom.refundNum".into(), over: 250.0 }),
            demand: Demand::TwoPersons,
        };
        assert_eq!(policy.rules[0], rule);
        assert_eq!((policy.rules[1].name.as_str(), policy.rules[1].demand), ("rule 2", Demand::Ask));
    }

    #[test]
    fn a_tool_of_another_source_is_named_behind_its_source() {
        let rule = |tool: &str| {
            let text = format!("[[rule]]\ntool = {tool:?}\nanswer = \"deny\"");
            parse("policy.toml", &text, &["customer_update", "desk/*"])
        };
        for fine in ["desk/case_close", "desk/*", "desk/case.close-2", "customer_update"] {
            assert_eq!(rule(fine).map(|policy| policy.rules[0].tools.clone()), Ok(vec![fine.to_owned()]));
        }
        for wrong in ["dsk/case_close", "desk/", "desk/a b", "desk", "*", "/", "desk/*/x"] {
            assert!(rule(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn unknown_misspelt_and_looser_are_refused_at_their_place() {
        let caret = "policy.toml:3:10: there is no effect \"wirte\"; known: unmask, disclose, draft, write, send, bulk, delete\n  \
                     |\n3 | effect = \"wirte\"\n  |          ^^^^^^^";
        assert_eq!(refused("[[rule]]\nanswer = \"ask\"\neffect = \"wirte\"\n"), caret);
        for (text, place, why) in [
            ("[[rule]]\nefect = \"write\"\nanswer = \"ask\"", "policy.toml:2:1: ", "unknown field `efect`"),
            ("rules = 3", "policy.toml:1:1: ", "unknown field `rules`"),
            ("[[rule]]\nanswer = \"allow\"", "policy.toml:2:10: ", "looser than the floor"),
            ("[[rule]]\nanswer = \"Ask\"", "policy.toml:2:10: ", "there is no answer \"Ask\""),
            ("count_over = 50", "policy.toml:1:14: ", "looser than the floor"),
            ("[[rule]]\neffect = \"read\"\nanswer = \"deny\"", "policy.toml:2:10: ", "a read asks nobody"),
            ("[[rule]]\ntool = [\"customer_updat\"]\nanswer = \"ask\"", "policy.toml:2:8: ", "no tool"),
            ("[[rule]]\nchannel = \"fax\"\nanswer = \"ask\"", "policy.toml:2:11: ", "no channel"),
            ("[[rule]]\nname = \"x\"", "policy.toml:1:1: ", "missing field `answer`"),
            ("[[rule]]\namount = { field = \"a\", over = -1 }\nanswer = \"ask\"", "policy.toml:2:32: ", "0 up"),
            ("[[rule]]\nanswer = \"ask", "policy.toml:2:", "basic string"),
        ] {
            let words = refused(text);
            assert!(words.starts_with(place) && words.contains(why) && words.contains('^'), "{text}\n{words}");
        }
    }

    #[test]
    fn an_empty_condition_and_a_name_twice_are_refused() {
        assert!(refused("[[rule]]\ntag = []\nanswer = \"ask\"").contains("at least one"));
        let twice = "[[rule]]\nname = \"a\"\nanswer = \"ask\"\n[[rule]]\nname = \"a\"\nanswer = \"deny\"";
        assert!(refused(twice).starts_with("policy.toml:4:1: "), "{}", refused(twice));
    }

    proptest::proptest! {
        #[test]
        fn no_text_brings_it_down(text in "\\PC{0,200}") {
            let _ = parse("policy.toml", &text, &[]).map_err(|wrong| wrong.to_string());
        }
    }
}
