//! Owns the text of an approval card, made from the change itself and from the desk as it was last read: never from what an
//! author says, whose words stand apart in a frame. Each word from outside passes `privacy::text`, and stands behind a bar
//! that our own lines never have, so that words which imitate a card are seen to be words.
//!
//! ```text
//! effect, what it does                 head      field by field, now and then       fields
//! what moved since it was wanted       news      the author's words, framed         reason
//! request, whom, where, as of when     facts     the request, whole                 request
//! what to look at twice                marks
//! ```

mod fields;
mod news;
mod plan;
mod request;

use jiff::tz::TimeZone;

pub(super) use crate::console::widgets::blanks::{counted, one_line};
use crate::{
    approval::{Author, Change, Effect, Operation, Proposal, Target, risk},
    console::{theme::Role, widgets::cut},
    domain::{Channel, ContactKind, Customer, Guarded},
};
pub(super) use fields::spoken as spoken_fields;
pub(super) use news::spoken as spoken_news;
pub(super) use plan::lines as plan_lines;

/// A line: words and what they are.
pub type Words = Vec<(String, Role)>;

/// Width of the labels in front of facts.
const LABEL: usize = 14;

/// What a card's lines depend on besides the proposal.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Cells a line may take.
    pub width: usize,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Where the person sits, for times.
    pub zone: &'a TimeZone,
}

/// The whole card.
pub fn lines(proposal: &Proposal, setting: Setting<'_>) -> Vec<Words> {
    let mut card = Card { width: setting.width.max(20), ascii: setting.ascii, zone: setting.zone, lines: Vec::new() };
    card.head(proposal);
    card.news(proposal);
    card.facts(proposal);
    card.terms(proposal);
    card.marks(proposal);
    card.fields(proposal);
    card.reason(proposal);
    card.disclosed(proposal.change());
    card.requests(proposal.change());
    card.lines
}

/// The role an effect's word has.
pub fn effect_role(effect: Effect) -> Role {
    match effect {
        Effect::Read => Role::EffectRead,
        Effect::Unmask | Effect::Disclose => Role::EffectUnmask,
        Effect::Draft => Role::EffectDraft,
        Effect::Write => Role::EffectWrite,
        Effect::Send => Role::EffectSend,
        Effect::Bulk => Role::EffectBulk,
        Effect::Delete => Role::EffectDelete,
    }
}

struct Card<'a> {
    width: usize,
    ascii: bool,
    zone: &'a TimeZone,
    lines: Vec<Words>,
}

impl Card<'_> {
    fn say(&mut self, words: impl Into<String>, role: Role) {
        self.lines.push(vec![(words.into(), role)]);
    }

    fn gap(&mut self) {
        self.lines.push(Vec::new());
    }

    /// A heading of our own; it may be longer than a line.
    fn heading(&mut self, words: &str, role: Role) {
        self.gap();
        for line in cut::wrap(words, self.width) {
            self.say(line, role);
        }
    }

    /// A labelled value, wrapped under itself.
    fn fact(&mut self, label: &str, value: &str, role: Role) {
        let wrapped = cut::wrap(value, self.width.saturating_sub(LABEL));
        for (i, line) in wrapped.into_iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            self.lines.push(vec![(cut::pad(label, LABEL), Role::Dim), (line, role)]);
        }
    }

    /// Somebody else's words behind a bar, blanks counted.
    fn quoted(&mut self, indent: usize, words: &str, bar: Role, role: Role) {
        let sign = if self.ascii { "| " } else { "▎ " };
        for line in cut::wrap(&counted(words), self.width.saturating_sub(indent + 2)) {
            self.lines.push(vec![(" ".repeat(indent), Role::Dim), (sign.to_owned(), bar), (line, role)]);
        }
    }

    fn head(&mut self, proposal: &Proposal) {
        let change = proposal.change();
        let effect = change.effect();
        let label = format!(" {} ", effect.word().to_uppercase());
        let room = self.width.saturating_sub(cut::width(&label) + 1);
        for (i, line) in cut::wrap(&one_line(change.summary()), room).into_iter().enumerate() {
            let front = match i {
                0 => vec![(label.clone(), effect_role(effect)), (" ".into(), Role::Text)],
                _ => vec![(" ".repeat(cut::width(&label) + 1), Role::Text)],
            };
            self.lines.push([front, vec![(line, Role::Strong)]].concat());
        }
    }

    fn facts(&mut self, proposal: &Proposal) {
        let change = proposal.change();
        let subject = change.subject();
        self.gap();
        if let Some(first) = change.requests().first() {
            let more = change.requests().len() - 1;
            let more = if more > 0 { format!("  and {more} more") } else { String::new() };
            self.fact("request", &format!("{}{more}", one_line(&change.line_of(first))), Role::Strong);
        }
        for (label, words, is_strange) in whose(change) {
            self.fact(label, &words, if is_strange { Role::Warning } else { Role::Text });
        }
        if let Some(customer) = &subject.customer {
            let name = subject.customer_name.as_ref().map(|name| one_line(name.raw())).unwrap_or_default();
            let words = if name.trim().is_empty() { customer.to_string() } else { format!("{name}  ({customer})") };
            self.fact("customer", &words, Role::Customer);
        }
        if let Some(conversation) = &subject.conversation {
            self.fact("conversation", conversation.as_str(), Role::Text);
        }
        if let Some(channel) = &subject.channel {
            self.fact("channel", channel.as_str(), Role::Channel);
        }
        for (label, words) in recipients(proposal) {
            self.fact(label, &words, Role::Strong);
        }
        if let Some(window) = open_window(proposal, self.zone) {
            self.fact("window", &window, Role::Warning);
        }
        if change.count() != 1 {
            self.fact("records", &change.count().to_string(), Role::Strong);
        }
        self.fact("wanted by", &one_line(&proposal.wanted_by()), Role::Text);
        let (as_of, role) = as_of(proposal, self.zone);
        self.fact("as of", &as_of, role);
    }

    /// What the policy asks besides a key.
    fn terms(&mut self, proposal: &Proposal) {
        for line in super::plain::terms(proposal) {
            self.fact("policy", &line, Role::Warning);
        }
    }

    /// The author's own words, framed as such: they are a claim, not a fact.
    fn reason(&mut self, proposal: &Proposal) {
        if proposal.reason().is_blank() {
            return;
        }
        let whose = match proposal.author() {
            Author::Person => "The reason given:",
            Author::Assistant { .. } => "Why, in the author's own words, which nobody has checked:",
        };
        self.heading(whose, Role::Dim);
        self.quoted(0, proposal.reason().raw(), Role::Warning, Role::Untrusted);
    }

    /// What leaves for a model: the values themselves, and where they go.
    fn disclosed(&mut self, change: &Change) {
        let Some(disclosure) = &change.subject().disclosure else { return };
        self.heading("What the model will be told in the clear, exactly:", Role::Dim);
        self.fact("model at", &one_line(&disclosure.endpoint), Role::Strong);
        for (placeholder, value) in &disclosure.values {
            self.fact(&one_line(placeholder), &one_line(value.expose()), Role::Revealed);
        }
    }

    /// What to look at twice: word and sign, never colour alone.
    fn marks(&mut self, proposal: &Proposal) {
        let (marks, warnings) = (proposal.standing().marks(), proposal.change().warnings());
        if marks.is_empty() && warnings.is_empty() {
            return;
        }
        self.heading("Look twice:", Role::Dim);
        for mark in marks {
            let role = match mark.risk.sign() {
                "✖" => Role::Error,
                "⚠" => Role::Warning,
                _ => Role::Strong,
            };
            let stops = if mark.blocks { "; it cannot be approved like this" } else { "" };
            self.mark(mark.risk.sign(), mark.risk.word(), &format!("{}{stops}", one_line(&mark.says)), role);
        }
        for warning in warnings {
            self.mark("!", "", &one_line(warning), Role::Warning);
        }
    }

    fn mark(&mut self, sign: &str, word: &str, says: &str, role: Role) {
        let front = if word.is_empty() { format!("{sign} ") } else { format!("{sign} {} ", cut::pad(word, LABEL)) };
        let indent = cut::width(&front);
        for (i, line) in cut::wrap(says, self.width.saturating_sub(indent)).into_iter().enumerate() {
            let front = if i == 0 { front.clone() } else { " ".repeat(indent) };
            self.lines.push(vec![(front, role), (line, if word.is_empty() { role } else { Role::Text })]);
        }
    }
}

/// Whose tool a change calls, where it is none of ours: label, words, and whether they are to be looked at twice.
pub(super) fn whose(change: &Change) -> Vec<(&'static str, String, bool)> {
    let Some(origin) = &change.subject().origin else { return Vec::new() };
    vec![
        ("source", format!("{}, at {}", one_line(&origin.source), one_line(&origin.place)), false),
        ("trust", origin.trust().to_owned(), !origin.is_reviewed),
    ]
}

/// What an unmasking would start anew: the window that is open already.
pub(super) fn open_window(proposal: &Proposal, zone: &TimeZone) -> Option<String> {
    let scene = proposal.standing().scene().filter(|_| proposal.change().effect() == Effect::Unmask)?;
    let window =
        scene.customer.as_ref()?.window.as_ref().filter(|window| scene.read.is_some_and(|at| window.is_open(at)))?;
    let end = window.end?.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
    Some(format!("one is open already, until {end}: this would start it anew"))
}

/// Whom the words would reach: as the request names them, else as the desk takes them from the conversation.
pub(super) fn recipients(proposal: &Proposal) -> Vec<(&'static str, String)> {
    let change = proposal.change();
    let reaches = matches!(change.effect(), Effect::Draft | Effect::Send);
    let bodies = change.requests().iter().filter_map(|request| request.body.as_ref());
    let mut all: Vec<(&'static str, String)> =
        bodies.flat_map(risk::recipients).map(|(key, address)| (key, one_line(&address))).collect();
    let channel = change.subject().channel.as_ref().filter(|channel| **channel != Channel::Note && reaches);
    if let Some(channel) = channel.filter(|_| !all.iter().any(|(key, _)| *key == "to")) {
        let scene = proposal.standing().scene();
        let record = scene.and_then(|scene| scene.record.sheet()).and_then(|sheet| sheet.field("to"));
        let known = match (record, scene.and_then(|scene| scene.customer.as_ref())) {
            (Some(to), _) => format!(": {}", fields::one(to)),
            (None, Some(customer)) => own(customer, channel).map(|own| format!(": {own}")).unwrap_or_default(),
            (None, None) => String::new(),
        };
        all.insert(0, ("to", format!("the conversation's own{known}")));
    }
    all
}

/// The customer's own address for a channel, as far as it may be shown.
fn own(customer: &Customer, channel: &Channel) -> Option<String> {
    let kind = match channel {
        Channel::Email => ContactKind::Email,
        Channel::Whatsapp => ContactKind::Whatsapp,
        Channel::Sms | Channel::Voice => ContactKind::Phone,
        _ => return None,
    };
    let shown = |value: &Guarded| match value {
        Guarded::Masked(shown) => format!("{} (masked)", one_line(shown.raw())),
        Guarded::Revealed(_) => "(sensitive, not shown)".to_owned(),
    };
    let all: Vec<String> = customer.contacts_of(kind).map(|contact| shown(&contact.value)).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// Of when the picture is, and whether it can be trusted.
pub(super) fn as_of(proposal: &Proposal, zone: &TimeZone) -> (String, Role) {
    let standing = proposal.standing();
    if proposal.change().operation() == Operation::CallTool && proposal.change().subject().customer.is_none() {
        return (
            "what it changes is not looked at before; the tool itself is, right before the call".to_owned(),
            Role::Text,
        );
    }
    if proposal.change().manifest().is_some() {
        return ("the preview; each row is held to the revision it saw".to_owned(), Role::Text);
    }
    let read = standing.scene().and_then(|scene| scene.read);
    let at = read.map(|at| at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string());
    match (standing.trouble(), standing.scene(), at) {
        (Some(why), _, at) => {
            let old = at.map_or_else(|| "it was never read".to_owned(), |at| format!("what is shown is from {at}"));
            let next = match proposal.change().effect() {
                Effect::Send | Effect::Delete => "it waits for a new look: approving tries again",
                _ => "what it answers to may have moved",
            };
            (format!("unknown: the desk could not be read ({}); {old}; {next}", one_line(why)), Role::Error)
        }
        (None, None, _) => ("not read yet".to_owned(), Role::Warning),
        (None, Some(scene), at) => {
            let record = match &scene.record {
                Target::Missing => ", where the record is not there (any more)",
                Target::Unreadable(_) => ", where this key may not read the record",
                Target::None | Target::There(_) => "",
            };
            match at {
                Some(at) => (format!("{at}, read from the desk{record}"), Role::Text),
                None => ("it changes nothing that is there already".to_owned(), Role::Text),
            }
        }
    }
}

/// What stands on the card until the desk was looked at.
pub const READING: &str = "reading the desk …";
