//! Owns the written material of the seeded world: names, goods, topics, threads in many languages, read once from
//! `assets/sandbox`. Does not choose among it (`people`, `threads`).
//!
//! Invariant: the bundled files parse and name only topics, queues and locales that exist; a test reads them all.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A way of being named and reached that goes with a place.
#[derive(Debug, Deserialize)]
pub(super) struct Locale {
    pub code: String,
    pub lang: String,
    pub weight: usize,
    pub zone: String,
    pub order: NameOrder,
    pub phones: Vec<String>,
    pub digits: u32,
    pub city: String,
    pub country: String,
    pub given: Vec<Spelled>,
    pub family: Vec<Spelled>,
}

/// How the parts of a full name stand.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NameOrder {
    GivenFirst,
    FamilyFirst,
    FamilyFirstJoined,
}

/// A name as written by its owner, and in the letters of a mail address (after `|`, or derived when it is Latin already).
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Spelled {
    pub native: String,
    pub latin: String,
}

impl From<String> for Spelled {
    fn from(text: String) -> Self {
        let (native, latin) = text.split_once('|').unwrap_or((&text, &text));
        let latin = latin.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Self { native: native.to_owned(), latin }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct People {
    pub locales: Vec<Locale>,
    pub company_stems: Vec<String>,
    pub company_forms: Vec<Spelled>,
    pub free_mail: Vec<String>,
    pub colors: Vec<String>,
    pub icons: Vec<String>,
    pub tiers: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Goods {
    pub products: Vec<String>,
    pub carriers: Vec<String>,
    pub plans: Vec<String>,
    pub prices: Vec<f64>,
    pub airlines: Vec<String>,
    pub html: Vec<String>,
    pub hostile: Vec<String>,
    pub hostile_long: String,
    pub hostile_mark: String,
}

/// What a conversation is about, apart from its words.
#[derive(Debug, Deserialize)]
pub(super) struct Topic {
    pub weight: usize,
    pub queue: String,
    pub team: usize,
    pub priority: usize,
    pub mood: i64,
    pub tags: Vec<String>,
    pub needs: Needs,
    pub cause: String,
    pub channels: Vec<String>,
}

/// What a customer must have for a topic to make sense.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Needs {
    None,
    Order,
    Tenant,
    Flight,
    Subscription,
}

/// The words of one language.
#[derive(Debug, Deserialize)]
pub(super) struct Words {
    pub greet: Vec<String>,
    pub answer: Vec<String>,
    pub sign: Vec<String>,
    pub agent_sign: Vec<String>,
    pub hold: Vec<String>,
    pub chase: Vec<String>,
    pub extra: Vec<String>,
    pub thanks: Vec<String>,
    pub bye: Vec<String>,
    pub note: Vec<String>,
    pub mention: Vec<String>,
    pub topics: BTreeMap<String, TopicWords>,
}

/// The words of one topic in one language.
#[derive(Debug, Deserialize)]
pub(super) struct TopicWords {
    pub subject: Vec<String>,
    pub open: Vec<String>,
    pub more: Vec<String>,
    pub resolve: Vec<String>,
}

/// A customer whose name, orders or threads are written out instead of rolled.
#[derive(Debug, Deserialize)]
pub(super) struct Role {
    pub index: usize,
    pub locale: String,
    pub given: Spelled,
    pub family: Spelled,
    pub order: Option<NameOrder>,
    pub external_id: Option<String>,
    #[serde(default)]
    pub orders: Vec<String>,
    #[serde(default)]
    pub threads: Vec<WrittenThread>,
}

/// A thread written out for a [`Role`].
#[derive(Debug, Deserialize)]
pub(super) struct WrittenThread {
    pub topic: String,
    pub channel: String,
    pub status: String,
    pub subject: String,
    pub days_ago: Option<i64>,
    pub breach_minutes: Option<i64>,
    pub priority: Option<usize>,
    pub tags: Option<Vec<String>>,
    pub order: Option<usize>,
    pub lines: Vec<WrittenLine>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WrittenLine {
    pub by: WrittenBy,
    pub text: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum WrittenBy {
    Customer,
    Agent,
    Note,
}

#[derive(Debug, Deserialize)]
pub(super) struct Org {
    pub agents: Vec<Agent>,
    pub teams: Vec<Team>,
    pub queues: Vec<Queue>,
    pub tags: Vec<Tag>,
    pub slas: Vec<Sla>,
    pub shortcuts: Vec<Shortcut>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Agent {
    pub name: String,
    pub email: String,
    pub team: usize,
    pub presence: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Team {
    pub name: String,
    pub display: String,
    pub icon: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Queue {
    pub key: String,
    pub name: String,
    pub display: String,
    pub priority: i64,
    #[serde(default)]
    pub system: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub name: String,
    pub color: String,
}

/// A policy; the targets are milliseconds for priority 1 to 5.
#[derive(Debug, Deserialize)]
pub(super) struct Sla {
    pub name: String,
    pub description: String,
    pub version: i64,
    pub channels: Vec<String>,
    pub first_response: [i64; 5],
    pub next_reply: [i64; 5],
}

#[derive(Debug, Deserialize)]
pub(super) struct Shortcut {
    pub name: String,
    pub text: String,
    pub tag: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Klasses {
    pub klasses: Vec<Map<String, Value>>,
    pub metadata: BTreeMap<String, Map<String, Value>>,
}

/// Everything the generator draws from.
#[derive(Debug)]
pub(super) struct Material {
    pub people: People,
    pub goods: Goods,
    pub topics: Vec<(String, Topic)>,
    pub words: BTreeMap<&'static str, Words>,
    pub cast: BTreeMap<usize, Role>,
    pub org: Org,
    pub klasses: Klasses,
}

macro_rules! asset {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sandbox/", $path))
    };
}

/// Language code (as in `lang/<code>.json`) and the file's text.
const WORDS: &[(&str, &str)] = &[
    ("en", asset!("lang/en.json")),
    ("de", asset!("lang/de.json")),
    ("fr", asset!("lang/fr.json")),
    ("es", asset!("lang/es.json")),
];

static MATERIAL: LazyLock<Material> = LazyLock::new(|| Material {
    people: parse(asset!("people.json")),
    goods: parse(asset!("goods.json")),
    topics: parse::<BTreeMap<String, Topic>>(asset!("topics.json")).into_iter().collect(),
    words: WORDS.iter().map(|&(code, text)| (code, parse(text))).collect(),
    cast: parse::<Vec<Role>>(asset!("cast.json")).into_iter().map(|role| (role.index, role)).collect(),
    org: parse(asset!("org.json")),
    klasses: parse(asset!("klasses.json")),
});

/// The bundled material, parsed on first use.
pub(super) fn material() -> &'static Material {
    &MATERIAL
}

fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("the bundled file is part of the program and a test parses it")
}

impl Material {
    /// The topic of that name.
    pub(super) fn topic(&'static self, name: &str) -> &'static (String, Topic) {
        self.topics.iter().find(|(known, _)| known == name).expect("a test checks that the cast names known topics")
    }

    /// The words of a language for a topic, English when that language has none for it.
    pub(super) fn words(&'static self, lang: &str, topic: &str) -> (&'static str, &'static Words, &'static TopicWords) {
        let own = self.words.get_key_value(lang).filter(|(_, words)| words.topics.contains_key(topic));
        let (code, words) =
            own.or_else(|| self.words.get_key_value("en")).expect("English is one of the bundled languages");
        (code, words, words.topics.get(topic).expect("English has words for every topic, a test checks it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_file_parses_and_names_only_what_exists() {
        let all = material();
        for (name, topic) in &all.topics {
            assert!(all.words["en"].topics.contains_key(name), "English lacks {name}");
            assert!(all.org.queues.iter().any(|queue| queue.key == topic.queue), "{name} names an unknown queue");
            assert!(topic.team < all.org.teams.len() && (1..=5).contains(&topic.priority), "{name}");
            for tag in &topic.tags {
                assert!(all.org.tags.iter().any(|known| known.name == *tag), "{name} names an unknown tag {tag}");
            }
        }
        for words in all.words.values() {
            assert!(words.topics.keys().all(|name| all.topics.iter().any(|(known, _)| known == name)));
        }
        for role in all.cast.values() {
            assert!(all.people.locales.iter().any(|locale| locale.code == role.locale), "{}", role.locale);
            for thread in &role.threads {
                assert!(all.topics.iter().any(|(known, _)| *known == thread.topic), "{}", thread.topic);
            }
        }
    }

    #[test]
    fn no_list_to_pick_from_is_empty() {
        let all = material();
        for (lang, words) in &all.words {
            let lists = [&words.greet, &words.answer, &words.sign, &words.agent_sign, &words.hold, &words.chase];
            let more = [&words.extra, &words.thanks, &words.bye, &words.note, &words.mention];
            assert!(lists.iter().chain(&more).all(|list| !list.is_empty()), "{lang}");
            for (topic, words) in &words.topics {
                let lists = [&words.subject, &words.open, &words.more, &words.resolve];
                assert!(lists.iter().all(|list| !list.is_empty()), "{lang} {topic}");
            }
        }
    }
}
