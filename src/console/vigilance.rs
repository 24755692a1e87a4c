//! Owns when a canary comes and what it looks like: a draft as the assistant proposes them, for the customer in hand, with
//! one planted error. Made of templates and of what is on screen anyway; the made-up persons in it are nobody. Opt-in. The
//! desk sees to it that none is ever performed (`approval::vigilance`).

use crate::{
    approval::{Canary, Change, Facts, Planted},
    domain::{Channel, Conversation, Customer, Text},
    kustomer::changes::{self, DraftParts, Recipients, Sending},
};

/// The tool whose proposals canaries look like.
const TOOL: &str = "draft_create";

/// The most decisions between two canaries.
const APART: u64 = 5;

/// When canaries come: after so many decisions, which nobody can foresee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vigil {
    left: u16,
    wait: u64,
    seed: u64,
}

/// Whom a canary can be about.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// The conversation in hand.
    pub conversation: &'a Conversation,
    /// Its customer.
    pub customer: &'a Customer,
    /// A conversation of somebody else with their name, if one is known.
    pub other: Option<(&'a Conversation, &'a Text)>,
}

/// A canary, ready to be put before the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What makes it one.
    pub canary: Canary,
    /// What is shown.
    pub change: Change,
    /// The reason that is shown.
    pub reason: Text,
}

impl Vigil {
    /// A vigil of this many canaries.
    pub fn new(left: u16, seed: u64) -> Self {
        let mut vigil = Self { left, wait: 0, seed };
        vigil.wait = 1 + vigil.roll(APART);
        vigil
    }

    /// Hears of a decision; whether a canary is due now.
    pub fn decided(&mut self) -> bool {
        self.wait = self.wait.saturating_sub(1);
        self.left > 0 && self.wait == 0
    }

    /// Makes the canary that is due, if there is anything to make one of; else it stays due.
    pub fn make(&mut self, material: Material<'_>) -> Option<Made> {
        let planted = Planted::ALL[self.roll(Planted::ALL.len() as u64) as usize];
        let number = 10_000 + self.roll(80_000);
        let made = made(planted, number, material)?;
        self.left -= 1;
        self.wait = 1 + self.roll(APART);
        Some(made)
    }

    /// A number below `n`, from the seed (SplitMix64).
    fn roll(&mut self, n: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// Words of one canary.
struct Words {
    reason: String,
    body: String,
    mark: Option<String>,
    says: String,
}

fn made(planted: Planted, number: u64, material: Material<'_>) -> Option<Made> {
    let Material { conversation, customer, other } = material;
    let subject = conversation.name.line().into_string();
    let other = other.filter(|(other, _)| other.customer.as_ref() != Some(&customer.id));
    let (whom, name, words) = match planted {
        Planted::WrongCustomer => {
            let (other, name) = other?;
            (other.customer.clone()?, Some(name.clone()), wrong_customer(&subject, &other.name.line()))
        }
        Planted::WrongOrder => (customer.id.clone(), Some(customer.name.clone()), wrong_order(number)),
        Planted::LeakedData => (customer.id.clone(), Some(customer.name.clone()), leaked(number)),
        Planted::WrongLanguage => (customer.id.clone(), Some(customer.name.clone()), wrong_language()),
    };
    let written = |channel: &&Channel| !matches!(channel, Channel::Voice | Channel::Note | Channel::Other(_));
    let change = changes::create_draft(DraftParts {
        customer: whom,
        customer_name: name,
        conversation: Some(conversation.id.clone()),
        channel: conversation.channels.iter().find(written).cloned().unwrap_or(Channel::Chat),
        recipients: Recipients::default(),
        subject: None,
        body: words.body,
        sending: Sending::ByHand,
    });
    let facts = Facts { tool: Some(TOOL.to_owned()), segment: None };
    let canary = Canary { planted, says: words.says, mark: words.mark };
    Some(Made { canary, change: change.ok()?.known(facts), reason: Text::new(words.reason) })
}

fn wrong_customer(subject: &str, other: &str) -> Words {
    Words {
        reason: format!("answers the conversation {subject:?}"),
        body: format!("Thank you for your patience. We have looked into {other:?} and it is settled now."),
        mark: None,
        says: format!("the conversation is {subject:?}; the draft was for the customer of {other:?}"),
    }
}

fn wrong_order(number: u64) -> Words {
    let (right, wrong) = (format!("A-{number}"), format!("A-{}", number + 9));
    Words {
        reason: format!("the replacement for order {right} has left the warehouse"),
        body: format!("Good news: the replacement for your order {wrong} has left our warehouse and is on its way."),
        says: format!("the reason spoke of order {right}, the draft of {wrong}"),
        mark: Some(wrong),
    }
}

fn leaked(number: u64) -> Words {
    // Reserved for documentation: it reaches nobody.
    let address = format!("p.okafor{}@example.com", number % 100);
    Words {
        reason: "confirms that the delivery address was changed".to_owned(),
        body: format!(
            "Your delivery address is changed, as it was for Priya Okafor ({address}), who wrote to us before you."
        ),
        says: format!("the draft gave away another customer's name and address ({address})"),
        mark: Some(address),
    }
}

fn wrong_language() -> Words {
    const BODY: &str = "O seu reembolso foi aprovado e chega à sua conta em três dias úteis.";
    Words {
        reason: "says in English that the refund is approved and arrives within three working days".to_owned(),
        body: BODY.to_owned(),
        says: "the reason asked for English, the draft was in Portuguese".to_owned(),
        mark: Some(BODY.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::CustomerId,
        kustomer::changes::tests::{conversation, customer},
    };

    #[test]
    fn canaries_come_one_at_a_time_and_no_more_than_were_asked_for() {
        let mut vigil = Vigil::new(2, 7);
        let mut came = 0;
        for _ in 0..100 {
            if vigil.decided() {
                let (conversation, customer) = (conversation(), customer());
                came += u32::from(
                    vigil.make(Material { conversation: &conversation, customer: &customer, other: None }).is_some(),
                );
            }
        }
        assert_eq!(came, 2);
    }

    #[test]
    fn each_error_stands_on_the_card_and_an_edit_could_mend_it() {
        let (mine, customer) = (conversation(), customer());
        let other = Conversation {
            customer: Some(CustomerId::new("66c9")),
            name: Text::new("Broken kettle"),
            ..conversation()
        };
        let name = Text::new("Ole Ek");
        let material = Material { conversation: &mine, customer: &customer, other: Some((&other, &name)) };
        for planted in Planted::ALL {
            let made = made(planted, 12_345, material).expect("there is enough to make it of");
            let (body, _) = made.change.editable_text().expect("a draft has words");
            assert!(made.canary.mark.as_ref().is_none_or(|mark| body.contains(mark.as_str())), "{planted:?}");
            let is_theirs = made.change.subject().customer.as_ref() == Some(&customer.id);
            assert_eq!(is_theirs, planted != Planted::WrongCustomer, "{planted:?}");
        }
        let alone = Material { other: None, ..material };
        assert_eq!(made(Planted::WrongCustomer, 1, alone), None, "there is nobody to confuse them with");
    }
}
