//! Owns a customer's voice after the seeded present: who they are, in which language they write, and their words for an
//! occasion. Does not decide when anybody writes (`live`).
//!
//! Invariant: the same (seed, index, roll) gives the same words.

use super::{
    Plan,
    holdings::{self, Holdings},
    material::material,
    people::{self, Person},
    rng::Rng,
    threads::{self, Occasion, Spoken},
};

/// Channels a customer can write over; a voice has no other.
const CHANNELS: [&str; 8] =
    ["email", "chat", "sms", "whatsapp", "facebook", "instagram", "twitter-dm", "twitter-tweet"];

/// Somebody who can say something.
#[derive(Debug)]
pub struct Voice {
    plan: Plan,
    person: Person,
    held: Holdings,
}

impl Voice {
    /// The seeded customer at an index.
    pub fn of(plan: &Plan, index: usize) -> Self {
        let person = people::person(plan, index);
        let held = holdings::holdings(plan, &person);
        Self { plan: *plan, person, held }
    }

    /// The same voice under another name, for a customer who is not seeded.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        if name != self.person.name {
            name.clone_into(&mut self.person.name);
            name.split(' ').next().unwrap_or(name).clone_into(&mut self.person.first);
        }
        self
    }

    /// The same voice in another language, `de` or `de_de`; one without words keeps its own.
    #[must_use]
    pub fn speaking(mut self, lang: &str) -> Self {
        let code = lang.split(['_', '-']).next().unwrap_or(lang);
        if let Some((code, _)) = material().words.get_key_value(code) {
            self.person.lang = code;
        }
        self
    }

    /// The customer's id.
    pub fn id(&self) -> &str {
        &self.person.id
    }

    /// The address they write from: a mail address for mail, else a number.
    pub fn address(&self, channel: &str) -> &str {
        if channel == "email" { &self.person.email } else { &self.person.phone }
    }

    /// Words for an occasion; over the channel of that name, or over one of their choice.
    pub fn say(&self, occasion: Occasion, channel: Option<&str>, roll: u64) -> Spoken {
        let channel = channel.and_then(|name| CHANNELS.into_iter().find(|known| *known == name));
        let mut rng = Rng::new(self.plan.seed, 9, roll);
        threads::spoken(&self.person, &self.held, occasion, channel, &mut rng)
    }
}
