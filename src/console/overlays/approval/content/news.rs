//! Owns how a card tells what moved at the desk since the change was wanted: new words whole, changed fields old and new.

use super::{Card, fields, one_line};
use crate::{
    approval::{News, Proposal},
    console::theme::Role,
    domain::{Direction, Message},
};

impl Card<'_> {
    /// What moved, before everything else: it has to be read before a yes counts.
    pub(super) fn news(&mut self, proposal: &Proposal) {
        let news = proposal.standing().news();
        if news.is_empty() {
            return;
        }
        self.heading("▲ NEW since this was wanted; read it before you answer:", Role::Warning);
        for one in news {
            match one {
                News::Message(message) => {
                    let head = self.headline(message);
                    self.say(format!("  {head}"), Role::Strong);
                    if let Some(subject) = &message.subject {
                        self.quoted(2, subject.raw(), Role::MessageIn, Role::Untrusted);
                    }
                    self.quoted(2, message.body.raw(), Role::MessageIn, Role::Untrusted);
                }
                News::Field { name, was, now } => {
                    self.say(format!("  {} changed at the desk", one_line(name)), Role::Strong);
                    self.value("-", was.as_ref(), Role::DiffOld);
                    self.value("+", now.as_ref(), Role::DiffNew);
                }
            }
        }
    }

    fn headline(&self, message: &Message) -> String {
        let at = message.at.map(|at| at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string());
        format!(
            "{}{} over {}",
            who(message),
            at.map(|at| format!(" at {at}")).unwrap_or_default(),
            message.channel.as_str()
        )
    }
}

fn who(message: &Message) -> &'static str {
    match (message.direction, message.auto) {
        (Direction::In, _) => "the customer wrote",
        (Direction::Out, true) => "the desk wrote by itself",
        (Direction::Out, false) => "a colleague wrote",
    }
}

/// The same in sentences.
pub fn spoken(proposal: &Proposal) -> Vec<String> {
    let one = |news: &News| match news {
        News::Message(message) => format!("new       {}: {}", who(message), one_line(message.body.raw())),
        News::Field { name, was, now } => {
            let said = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), fields::one);
            format!("new       {} changed at the desk from {} to {}", one_line(name), said(was), said(now))
        }
    };
    proposal.standing().news().iter().map(one).collect()
}
