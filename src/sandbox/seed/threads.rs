//! Owns what is said: which conversations a customer has had, about what, in which words, by whom. Does not turn them into
//! records (`conversation`) and puts no dates on single messages.
//!
//! Invariant: the words only mention what the customer really holds (their order's number, carrier, flight, plan).

use super::{
    BUSY, Plan,
    holdings::{Holdings, Order},
    material::{Needs, Topic, TopicWords, Words, WrittenBy, WrittenThread, material},
    people::Person,
    rng::Rng,
};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A conversation before its records are written.
#[derive(Debug)]
pub(super) struct Script {
    pub topic_name: &'static str,
    pub topic: &'static Topic,
    /// A code as the desk spells it, `de_de`.
    pub lang: &'static str,
    pub channel: &'static str,
    pub subject: String,
    pub standing: Standing,
    pub priority: usize,
    pub tags: Vec<String>,
    pub order: Option<String>,
    pub agent: usize,
    pub lines: Vec<Line>,
    pub notes: Vec<String>,
    pub draft: Option<Draft>,
}

/// Where a conversation stands, and the one date everything else in it is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The customer waits; the reply is due that many milliseconds from now (overdue when negative), or never.
    Waiting(Option<i64>),
    /// Open, answered that many milliseconds ago.
    Answered(i64),
    /// Put aside: last activity, and when it comes back.
    Snoozed { last: i64, until: i64 },
    /// Closed: the last activity, so many milliseconds ago.
    Done(i64),
}

/// One message.
#[derive(Debug)]
pub(super) struct Line {
    pub by: By,
    pub text: String,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Customer,
    Agent,
    /// An automatic first answer.
    Auto,
}

/// A reply that waits for a person's yes.
#[derive(Debug)]
pub(super) struct Draft {
    pub by: By,
    pub body: String,
}

/// The customer's conversations, the oldest first.
pub(super) fn scripts(plan: &Plan, person: &Person, held: &Holdings) -> Vec<Script> {
    let mut rng = Rng::new(plan.seed, 3, person.index as u64);
    if let Some(role) = person.role.filter(|role| !role.threads.is_empty()) {
        return role.threads.iter().map(|thread| written(person, held, thread, &mut rng)).collect();
    }
    let count = rng.below(MOST_CONVERSATIONS) + 1;
    let endings = (person.index >= BUSY).then(|| endings(plan, person.index));
    let late = held.orders.iter().find(|order| order.is_late());
    (0..count)
        .map(|position| {
            let from_end = count - 1 - position;
            let standing = match &endings {
                Some(endings) => Standing::Done(endings[position]),
                None => standing(from_end, &mut rng),
            };
            let topic = match late {
                Some(_) if from_end == 0 && rng.chance(75) => material().topic("late_parcel"),
                Some(_) if from_end == 1 && rng.chance(55) => material().topic("late_parcel"),
                _ => rng.weighted(
                    &material().topics,
                    |(_, topic)| if fits(topic, person, held) { topic.weight } else { 0 },
                ),
            };
            let order = match late {
                Some(late) if topic.0 == "late_parcel" => Some(late),
                _ if topic.1.needs == Needs::Order => Some(rng.pick(&held.orders)),
                _ => None,
            };
            rolled(&mut Writer { person, held, order, rng: &mut rng }, topic, standing)
        })
        .collect()
}

fn fits(topic: &Topic, person: &Person, held: &Holdings) -> bool {
    match topic.needs {
        Needs::None => true,
        Needs::Order => !held.orders.is_empty(),
        Needs::Tenant => person.region.is_some(),
        Needs::Flight => held.flight.is_some(),
        Needs::Subscription => held.plan.is_some(),
    }
}

const MOST_CONVERSATIONS: usize = 8;

/// How many milliseconds ago each conversation of a customer ended who comes after [`BUSY`] and so is history: all is done,
/// the latest conversation up to twenty months ago. The oldest comes first. Rolled with dice of its own, so that it is known
/// without writing the conversations.
pub(super) fn endings(plan: &Plan, index: usize) -> Vec<i64> {
    let count = Rng::new(plan.seed, 3, index as u64).below(MOST_CONVERSATIONS) + 1;
    let mut rng = Rng::new(plan.seed, 30, index as u64);
    let mut endings = vec![rng.between(5 * 60 * MINUTE, 600 * DAY)];
    while endings.len() < count {
        endings.push(endings[endings.len() - 1] + rng.between(12 * DAY, 70 * DAY));
    }
    endings.reverse();
    endings
}

/// Most busy customers' latest conversation is open, hardly any of their older ones.
fn standing(from_end: usize, rng: &mut Rng) -> Standing {
    let open = match from_end {
        0 => 80,
        1 => 28,
        _ => 6,
    };
    if rng.chance(open) {
        return if rng.chance(82) {
            Standing::Waiting(due(rng))
        } else {
            Standing::Answered(rng.between(10 * MINUTE, 2 * DAY))
        };
    }
    let last = (from_end as i64) * rng.between(12 * DAY, 70 * DAY) + rng.between(5 * 60 * MINUTE, 9 * DAY);
    if from_end < 3 && rng.chance(22) {
        return Standing::Snoozed { last: rng.between(60 * MINUTE, 6 * DAY), until: rng.between(20 * MINUTE, 5 * DAY) };
    }
    Standing::Done(last)
}

/// When a waiting customer's answer is due: some are overdue, many are near, some have no policy.
fn due(rng: &mut Rng) -> Option<i64> {
    const SPANS: [(i64, i64, usize); 6] =
        [(-120, -2, 8), (1, 5, 6), (5, 15, 8), (15, 60, 16), (60, 11 * 60, 34), (13 * 60, 40 * 60, 20)];
    if rng.chance(9) {
        return None;
    }
    let &(low, high, _) = rng.weighted(&SPANS, |(_, _, weight)| *weight);
    Some(rng.between(low * MINUTE, high * MINUTE))
}

fn written(person: &Person, held: &Holdings, thread: &'static WrittenThread, rng: &mut Rng) -> Script {
    let (topic_name, topic) = material().topic(&thread.topic);
    let order = thread.order.and_then(|position| held.orders.get(position));
    let mut writer = Writer { person, held, order, rng };
    let agent = writer.rng.below(material().org.agents.len());
    let last = thread.days_ago.unwrap_or(0) * DAY;
    let standing = match thread.status.as_str() {
        "done" => Standing::Done(last),
        _ => Standing::Waiting(thread.breach_minutes.map(|minutes| minutes * MINUTE)),
    };
    let mut script = Script {
        topic_name,
        topic,
        lang: &person.locale.code,
        channel: &thread.channel,
        subject: writer.fill(&thread.subject, agent),
        standing,
        priority: thread.priority.unwrap_or(topic.priority),
        tags: thread.tags.clone().unwrap_or_else(|| topic.tags.clone()),
        order: order.map(|order| order.number.clone()),
        agent,
        lines: Vec::new(),
        notes: Vec::new(),
        draft: None,
    };
    for line in &thread.lines {
        let text = writer.fill(&line.text, agent);
        match line.by {
            WrittenBy::Customer => script.lines.push(Line { by: By::Customer, text }),
            WrittenBy::Agent => script.lines.push(Line { by: By::Agent, text }),
            WrittenBy::Note => script.notes.push(text),
        }
    }
    script
}

fn rolled(writer: &mut Writer<'_>, (topic_name, topic): &'static (String, Topic), standing: Standing) -> Script {
    let (lang, words, about) = material().words(writer.person.lang, topic_name);
    let agents = &material().org.agents;
    let team: Vec<usize> = (0..agents.len()).filter(|&agent| agents[agent].team == topic.team).collect();
    let agent = *writer.rng.pick(&team);
    let channel = channel(writer, topic);
    let mut tags = topic.tags.clone();
    if writer.rng.chance(6) {
        tags.push("vip".into());
    }
    let subject = if channel == "email" {
        let subject = writer.rng.pick(&about.subject);
        writer.fill(subject, agent)
    } else {
        String::new()
    };
    let mut cast = Scene { words, about, topic, channel, agent };
    let lines = lines(writer, &mut cast, standing);
    Script {
        topic_name,
        topic,
        lang: if lang == "en" { "en_us" } else { &writer.person.locale.code },
        channel,
        subject,
        standing,
        priority: (topic.priority as i64 + writer.rng.between(-1, 2)).clamp(1, 5) as usize,
        tags,
        order: writer.order.map(|order| order.number.clone()),
        agent,
        notes: notes(writer, &cast),
        draft: draft(writer, &cast, standing),
        lines,
    }
}

fn channel(writer: &mut Writer<'_>, topic: &'static Topic) -> &'static str {
    match writer.rng.pick(&topic.channels).as_str() {
        "whatsapp" if !writer.person.has_whatsapp => "sms",
        channel => channel,
    }
}

/// The setting of one conversation: whose words, about what, over which channel, with which agent.
struct Scene {
    words: &'static Words,
    about: &'static TopicWords,
    topic: &'static Topic,
    channel: &'static str,
    agent: usize,
}

/// The messages: the customer opens; the two sides take turns until the conversation stands as it should.
fn lines(writer: &mut Writer<'_>, scene: &mut Scene, standing: Standing) -> Vec<Line> {
    let waiting = matches!(standing, Standing::Waiting(_));
    let mut lines = vec![writer.customer(scene, &scene.about.open, Opening::First)];
    if scene.topic.tags.iter().any(|tag| tag == "spam") {
        return lines;
    }
    if writer.rng.chance(12) {
        lines.push(writer.agent(scene, &scene.words.hold, By::Auto));
    }
    for _ in 0..writer.rng.below(4) {
        if writer.rng.chance(88) {
            lines.push(writer.agent(scene, &scene.words.hold, By::Agent));
        }
        let pool = match writer.rng.below(3) {
            0 => &scene.words.chase,
            1 => &scene.words.extra,
            _ => &scene.about.more,
        };
        lines.push(writer.customer(scene, pool, Opening::Later));
    }
    if !waiting {
        lines.push(writer.agent(scene, &scene.about.resolve, By::Agent));
    }
    if matches!(standing, Standing::Done(_)) && writer.rng.chance(65) {
        lines.push(writer.customer(scene, &scene.words.thanks, Opening::Later));
        if writer.rng.chance(60) {
            lines.push(writer.agent(scene, &scene.words.bye, By::Agent));
        }
    }
    if waiting && lines.last().is_some_and(|line| line.by != By::Customer) {
        lines.push(writer.customer(scene, &scene.words.chase, Opening::Later));
    }
    lines
}

fn notes(writer: &mut Writer<'_>, scene: &Scene) -> Vec<String> {
    let count = [0, 0, 0, 1, 1, 2][writer.rng.below(6)];
    (0..count)
        .map(|_| {
            let pool = if writer.rng.chance(25) { &scene.words.mention } else { &scene.words.note };
            let colleague = writer.rng.below(material().org.agents.len());
            let note = writer.rng.pick(pool);
            writer.fill(note, colleague)
        })
        .collect()
}

fn draft(writer: &mut Writer<'_>, scene: &Scene, standing: Standing) -> Option<Draft> {
    if !matches!(standing, Standing::Waiting(_)) || scene.channel == "voice" || !writer.rng.chance(14) {
        return None;
    }
    let by = if writer.rng.chance(60) { By::Auto } else { By::Agent };
    let line = writer.agent(scene, &scene.about.resolve, By::Agent);
    Some(Draft { by, body: line.text })
}

/// Whether a message opens the conversation; only then can its text be hostile or HTML at length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    First,
    Later,
}

/// Puts words into mouths.
struct Writer<'a> {
    person: &'a Person,
    held: &'a Holdings,
    order: Option<&'a Order>,
    rng: &'a mut Rng,
}

impl Writer<'_> {
    fn customer(&mut self, scene: &Scene, pool: &'static [String], opening: Opening) -> Line {
        let body =
            if opening == Opening::Later && self.rng.chance(2) { self.hostile() } else { self.rng.pick(pool).clone() };
        let body = self.fill(&body, scene.agent);
        let text = if scene.channel != "email" {
            body
        } else if self.rng.chance(14) {
            let page = self.rng.pick(&material().goods.html);
            let page = page.replace("{body}", &escape(&body));
            self.fill(&page, scene.agent)
        } else {
            let greet = self.rng.pick(&scene.words.greet);
            let sign = self.rng.pick(&scene.words.sign);
            let sign = self.fill(sign, scene.agent);
            format!("{greet}\n\n{body}\n\n{sign}")
        };
        Line { by: By::Customer, text }
    }

    fn agent(&mut self, scene: &Scene, pool: &'static [String], by: By) -> Line {
        let body = self.rng.pick(pool);
        let body = self.fill(body, scene.agent);
        let text = if scene.channel == "email" {
            let answer = self.rng.pick(&scene.words.answer);
            let sign = self.rng.pick(&scene.words.agent_sign);
            self.fill(&format!("{answer}\n\n{body}\n\n{sign}"), scene.agent)
        } else {
            body
        };
        Line { by, text }
    }

    /// Text that a console must show without harm.
    fn hostile(&mut self) -> String {
        let goods = &material().goods;
        match self.rng.below(goods.hostile.len() + 2) {
            0 => goods.hostile_long.repeat(180),
            1 => format!("Zalgo says hi: a{} ok", goods.hostile_mark.repeat(300)),
            other => goods.hostile[other - 2].clone(),
        }
    }

    /// Puts this customer's own facts into a text's `{slots}`.
    fn fill(&mut self, text: &str, agent: usize) -> String {
        let mut out = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let filled = after.split_once('}').and_then(|(slot, after)| Some((self.slot(slot, agent)?, after)));
            let (value, after) = filled.unwrap_or_else(|| ("{".to_owned(), after));
            out.push_str(&value);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn slot(&mut self, slot: &str, agent: usize) -> Option<String> {
        const MONTHS: [&str; 6] = ["January", "March", "May", "June", "September", "October"];
        let (person, held, order) = (self.person, self.held, self.order.or(self.held.orders.first()));
        let goods = &material().goods;
        Some(match slot {
            "first" => person.first.clone(),
            "name" => person.name.clone(),
            "city" => person.locale.city.clone(),
            "company" => person.company.as_ref().map_or_else(|| person.name.clone(), |company| company.name.clone()),
            "external" => person.external_id.clone(),
            "region" => person.region.unwrap_or("eu-west").to_owned(),
            "agent" => material().org.agents[agent].name.clone(),
            "order" => order.map_or_else(|| format!("{}", 40_000 + person.index * 4), |order| order.number.clone()),
            "product" => order.map_or_else(|| self.rng.pick(&goods.products).clone(), |order| order.product.to_owned()),
            "carrier" => order.map_or_else(|| self.rng.pick(&goods.carriers).clone(), |order| order.carrier.to_owned()),
            "tracking" => order.map_or_else(|| "-".to_owned(), |order| order.tracking.clone()),
            "amount" => match (order, &held.plan) {
                (Some(order), _) => format!("{:.2} EUR", order.total),
                (None, Some(plan)) => format!("{:.2} EUR", plan.price),
                (None, None) => format!("{}.90 EUR", 19 + person.index % 60),
            },
            "flight" => held.flight.as_ref().map_or("KT204".to_owned(), |flight| flight.number.clone()),
            "booking" => held.flight.as_ref().map_or("KTX204".to_owned(), |flight| flight.booking.clone()),
            "plan" => held.plan.as_ref().map_or("plus", |held| held.plan).to_owned(),
            "month" => (*self.rng.pick(&MONTHS)).to_owned(),
            "hour" => format!("{:02}:{:02}", self.rng.between(6, 19), 5 * self.rng.below(12)),
            "ref" => format!("V{}", self.rng.between(10_000, 99_999)),
            _ => return None,
        })
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>")
}
