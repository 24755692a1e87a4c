//! Owns how a proposal stands to the desk as it is now: what was read around it, what moved since it was wanted, what there
//! is to look at twice, and whether that lets a yes count. Pure; the [`super::Desk`] asks it, a front end tells it.
//!
//! Rules: what moved has to be shown before a yes counts. A request that names a revision which is past is void. What sends
//! or deletes waits until the desk could be read; anything else may be approved blind, after the card said that it is.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use super::{Change, Effect, Scene, Sheet, Target, risk, risk::Mark};
use crate::domain::{Direction, Message, MessageId};

/// How old a look at the desk may be for what sends or deletes.
pub const TRUST: Duration = Duration::from_mins(1);

/// What moved since a change was wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Words that were not there.
    Message(Box<Message>),
    /// A field of the record.
    Field {
        /// Its name.
        name: String,
        /// As it was.
        was: Option<Value>,
        /// As it is.
        now: Option<Value>,
    },
}

/// What a look at the desk meant for a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Everything is as the card says.
    Same,
    /// The card says something else now: it has to be painted and read again.
    Moved,
    /// The request cannot work any more; why, for its author.
    Void(String),
}

/// How a proposal stands.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    scene: Option<Scene>,
    heard: Option<Duration>,
    trouble: Option<String>,
    news: Vec<News>,
    marks: Vec<Mark>,
    turn: u32,
}

impl Standing {
    /// Before the desk was looked at.
    pub(super) fn of(change: &Change, hosts: &[String]) -> Self {
        Self { marks: risk::marks(change, None, hosts), ..Self::default() }
    }

    /// The surroundings as last read.
    pub fn scene(&self) -> Option<&Scene> {
        self.scene.as_ref()
    }

    /// When they were read (monotonic).
    pub fn heard(&self) -> Option<Duration> {
        self.heard
    }

    /// Why the last look failed, if it did.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Whether the desk was looked at, with success or without.
    pub fn was_looked_at(&self) -> bool {
        self.scene.is_some() || self.trouble.is_some()
    }

    /// What moved, in the order it was noticed.
    pub fn news(&self) -> &[News] {
        &self.news
    }

    /// What to look at twice, the gravest first.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Counts how often what the card says changed.
    pub fn turn(&self) -> u32 {
        self.turn
    }

    /// The desk was looked at.
    pub(super) fn hear(&mut self, change: &Change, hosts: &[String], mut scene: Scene, now: Duration) -> Told {
        if let Some(why) = void(change, &scene) {
            return Told::Void(why);
        }
        let marks = risk::marks(change, Some(&scene), hosts);
        scene.mask();
        let news = match &self.scene {
            None => since_wanted(change, &scene),
            Some(before) => since(before, &scene),
        };
        let is_same = self.trouble.is_none()
            && news.is_empty()
            && marks == self.marks
            && self.scene.as_ref().is_some_and(|before| before.record == scene.record);
        self.news.extend(news);
        self.marks = marks;
        self.trouble = None;
        self.scene = Some(scene);
        self.heard = Some(now);
        if is_same {
            return Told::Same;
        }
        self.turn += 1;
        Told::Moved
    }

    /// The desk could not be looked at.
    pub(super) fn fail(&mut self, why: &str) -> Told {
        if self.trouble.as_deref() == Some(why) {
            return Told::Same;
        }
        self.trouble = Some(why.to_owned());
        self.turn += 1;
        Told::Moved
    }

    /// Why a yes does not count as things stand; `None`: it does.
    pub(super) fn objection(&self, effect: Effect, now: Duration) -> Option<Objection> {
        if let Some(mark) = self.marks.iter().find(|mark| mark.blocks) {
            return Some(Objection::Blocked(mark.says.clone()));
        }
        let needs_sight = matches!(effect, Effect::Send | Effect::Delete);
        let is_seen = self.trouble.is_none() && self.heard.is_some_and(|heard| now <= heard + TRUST);
        (needs_sight && !is_seen).then_some(Objection::Unseen)
    }
}

/// Why a yes does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Objection {
    /// A mark stops it.
    Blocked(String),
    /// The desk has to be looked at first.
    Unseen,
}

/// Why the request cannot work on what is there now.
fn void(change: &Change, scene: &Scene) -> Option<String> {
    if matches!(scene.record, Target::Missing) && change.preimage().record.is_some() {
        return Some("the draft is not there any more: it was sent or deleted meanwhile".to_owned());
    }
    let [request] = change.requests() else { return None };
    let wanted = request.body.as_ref()?.get("rev")?.as_u64()?;
    let now = scene.record.sheet()?.rev()?;
    (wanted != now).then(|| {
        format!(
            "the record is at revision {now}, this was made for revision {wanted}: somebody changed it meanwhile; read it \
             again and propose anew"
        )
    })
}

/// What moved between the moment the change was wanted and the first look.
fn since_wanted(change: &Change, scene: &Scene) -> Vec<News> {
    let seen = change.preimage();
    let late = |message: &&Message| match seen.last_message {
        None => false,
        Some(None) => true,
        Some(Some(last)) => message.at.is_some_and(|at| at > last),
    };
    let mut news: Vec<News> = scene
        .messages
        .iter()
        .filter(late)
        .filter(|m| is_news(m, scene))
        .cloned()
        .map(Box::new)
        .map(News::Message)
        .collect();
    if let (Some(was), Some(now)) = (&seen.record, scene.record.sheet()) {
        news.extend(fields(was, now));
    }
    news
}

/// What moved between two looks.
fn since(before: &Scene, scene: &Scene) -> Vec<News> {
    let known: BTreeSet<&MessageId> = before.messages.iter().map(|message| &message.id).collect();
    let new = scene.messages.iter().filter(|message| !known.contains(&message.id) && is_news(message, scene));
    let mut news: Vec<News> = new.cloned().map(Box::new).map(News::Message).collect();
    if let (Some(was), Some(now)) = (before.record.sheet(), scene.record.sheet()) {
        news.extend(fields(was, now));
    }
    news
}

fn fields(was: &Sheet, now: &Sheet) -> Vec<News> {
    let moved = was.moved(now).into_iter();
    moved.map(|(name, was, now)| News::Field { name: name.to_owned(), was: was.cloned(), now: now.cloned() }).collect()
}

/// What the person wrote themselves is none.
fn is_news(message: &Message, scene: &Scene) -> bool {
    message.direction == Direction::In || message.by.is_none() || message.by != scene.me
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::{
        approval::{Preimage, change::tests::note},
        domain::{Channel, Text, UserId},
    };

    const fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    fn message(id: &str, second: i64, direction: Direction, by: Option<&str>) -> Message {
        Message {
            id: MessageId::new(id),
            conversation: None,
            channel: Channel::Chat,
            direction,
            subject: None,
            body: Text::from("words"),
            from: None,
            at: Timestamp::from_second(second).ok(),
            by: by.map(UserId::new),
            auto: false,
            error: None,
            attachments: Vec::new(),
            sentiment: None,
            redacted: false,
            edited: None,
        }
    }

    fn scene(messages: Vec<Message>) -> Scene {
        Scene { messages, me: Some(UserId::new("me")), ..Scene::default() }
    }

    fn ids(standing: &Standing) -> Vec<String> {
        let id = |news: &News| match news {
            News::Message(message) => message.id.to_string(),
            News::Field { name, .. } => name.clone(),
        };
        standing.news().iter().map(id).collect()
    }

    #[test]
    fn words_that_came_after_the_wish_are_news_and_ones_own_are_not() {
        let seen = Preimage { last_message: Some(Timestamp::from_second(10).ok()), record: None };
        let change = note("hello").since(seen);
        let mut standing = Standing::of(&change, &[]);
        let all = vec![
            message("old", 10, Direction::In, None),
            message("theirs", 11, Direction::In, None),
            message("mine", 12, Direction::Out, Some("me")),
            message("colleague", 13, Direction::Out, Some("you")),
        ];
        assert_eq!(standing.hear(&change, &[], scene(all.clone()), at(1)), Told::Moved);
        assert_eq!(ids(&standing), ["theirs", "colleague"]);
        assert_eq!(standing.hear(&change, &[], scene(all.clone()), at(2)), Told::Same);
        let later = [all, vec![message("later", 14, Direction::In, None)]].concat();
        assert_eq!(standing.hear(&change, &[], scene(later), at(3)), Told::Moved);
        assert_eq!(ids(&standing), ["theirs", "colleague", "later"]);
    }

    #[test]
    fn nothing_in_the_clear_stays_in_a_proposal() {
        let change = note("hello");
        let mut standing = Standing::of(&change, &[]);
        let from = Some(crate::domain::Guarded::revealed("mara@quill.example"));
        let mail = Message { from, ..message("a", 1, Direction::In, None) };
        standing.hear(&change, &[], scene(vec![mail]), at(1));
        let kept = standing.scene().and_then(|scene| scene.messages[0].from.clone());
        assert!(kept.is_some_and(|from| from.is_masked()));
    }

    #[test]
    fn without_a_preimage_the_first_look_is_the_beginning() {
        let change = note("hello");
        let mut standing = Standing::of(&change, &[]);
        standing.hear(&change, &[], scene(vec![message("a", 1, Direction::In, None)]), at(1));
        assert_eq!(standing.news(), []);
    }

    #[test]
    fn a_request_for_a_past_revision_is_void() {
        let sheet = |rev: u64| Target::There(Sheet::of(&json!({ "rev": rev, "name": "x" }), []));
        let change = crate::approval::change::tests::patch(json!({ "name": "y", "rev": 3 }));
        let mut standing = Standing::of(&change, &[]);
        let with = |record| Scene { record, ..Scene::default() };
        assert_eq!(standing.hear(&change, &[], with(sheet(3)), at(1)), Told::Moved);
        assert_eq!(standing.hear(&change, &[], with(sheet(3)), at(2)), Told::Same);
        assert!(
            matches!(standing.hear(&change, &[], with(sheet(4)), at(3)), Told::Void(why) if why.contains("revision 4"))
        );
    }

    #[test]
    fn a_draft_that_is_gone_voids_what_was_wanted_of_it() {
        let seen = Preimage { record: Some(Sheet::of(&json!({ "body": "hi" }), [])), ..Preimage::default() };
        let change = note("hello").since(seen);
        let gone = Scene { record: Target::Missing, ..Scene::default() };
        let mut standing = Standing::of(&change, &[]);
        assert!(matches!(standing.hear(&change, &[], gone, at(1)), Told::Void(why) if why.contains("not there")));
    }

    #[test]
    fn fields_that_moved_since_the_wish_are_news() {
        let sheet = |tier: &str| Sheet::of(&json!({ "tier": tier }), []);
        let change = note("hello").since(Preimage { record: Some(sheet("gold")), ..Preimage::default() });
        let now = Scene { record: Target::There(sheet("silver")), ..Scene::default() };
        let mut standing = Standing::of(&change, &[]);
        assert_eq!(standing.hear(&change, &[], now, at(1)), Told::Moved);
        assert_eq!(ids(&standing), ["tier"]);
    }

    #[test]
    fn whatever_the_card_would_say_anew_has_to_be_read_anew() {
        let change = note("hello");
        let record = |tier: &str| Scene {
            record: Target::There(Sheet::of(&json!({ "updatedAt": tier }), [])),
            ..Scene::default()
        };
        let foreign = crate::privacy::Foreign { kind: "phone", owner: crate::domain::CustomerId::new("66c9") };
        let mut standing = Standing::of(&change, &[]);
        standing.hear(&change, &[], record("one"), at(1));
        assert_eq!(standing.hear(&change, &[], record("one"), at(2)), Told::Same);
        assert_eq!(standing.hear(&change, &[], record("two"), at(3)), Told::Moved, "the record");
        let marked = Scene { foreign: vec![foreign], ..record("two") };
        assert_eq!(standing.hear(&change, &[], marked.clone(), at(4)), Told::Moved, "another mark");
        assert_eq!(standing.fail("no route"), Told::Moved);
        assert_eq!(standing.hear(&change, &[], marked, at(5)), Told::Moved, "it can be read again");
    }

    #[test]
    fn what_sends_or_deletes_waits_for_a_look_and_the_rest_does_not() {
        let change = note("hello");
        let mut standing = Standing::of(&change, &[]);
        for effect in [Effect::Send, Effect::Delete] {
            assert_eq!(standing.objection(effect, at(0)), Some(Objection::Unseen));
        }
        assert_eq!(standing.objection(Effect::Write, at(0)), None);
        standing.hear(&change, &[], Scene::default(), at(1));
        assert_eq!(standing.objection(Effect::Send, at(61)), None);
        assert_eq!(standing.objection(Effect::Send, at(62)), Some(Objection::Unseen));
        assert_eq!((standing.fail("no route"), standing.fail("no route")), (Told::Moved, Told::Same));
        assert_eq!(standing.objection(Effect::Send, at(2)), Some(Objection::Unseen));
    }
}
