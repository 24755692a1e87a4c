//! Owns what an org is made of beside its people's names: companies, teams, role groups, tokens, brands, schedules, tags,
//! shortcuts, spam senders, SLA policies, webhooks, senders, survey forms. Knows no wire shape. A literal this version does
//! not know is kept as the desk spelled it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Field, Guarded, TagId, TeamId, Text, UserId};

/// An organisation customers belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The org's own id for it.
    pub external_id: Option<Text>,
    /// The e-mail domains it goes by.
    pub domains: Vec<Text>,
    /// Custom attributes.
    pub custom: Vec<Field>,
    /// The last change.
    pub updated: Option<Timestamp>,
    /// Document revision.
    pub rev: Option<u64>,
}

/// A team of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: Text,
    /// Who is in it.
    pub members: Vec<UserId>,
}

/// A set of roles given together: a "permission set" in the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Whether it is the desk's own and cannot be changed.
    pub system: bool,
    /// What it allows.
    pub roles: Vec<String>,
}

/// A key or a sign-in, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The last characters of the secret, to tell keys apart.
    pub last_characters: String,
    /// What it allows.
    pub roles: Vec<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last used.
    pub used: Option<Timestamp>,
    /// When it ends; `None` when the desk does not tell, which is not the same as never.
    pub expires: Option<Timestamp>,
}

/// A name the org writes under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Whether it is the one without further word.
    pub default: bool,
}

/// Business hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// An IANA name.
    pub time_zone: Option<Text>,
    /// Whether it is the one without further word.
    pub default: bool,
    /// Open from minute to minute of the day, by day, Sunday first.
    pub hours: [Vec<(u16, u16)>; 7],
}

/// A label of conversations and customers, whose records hold its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// Its name.
    pub name: Text,
    /// Its colour, as the desk names it.
    pub color: Option<Text>,
}

/// A prepared text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The words.
    pub text: Text,
    /// Whether only its users and teams see it.
    pub private: bool,
}

/// A sender whose mail is always or never spam.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpamSender {
    /// Its id.
    pub id: String,
    /// The address or domain; personal, so guarded.
    pub sender: Option<Guarded>,
    /// `whitelist`, `blacklist`, or as the desk has it.
    pub list: String,
}

/// A policy with the versions that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaPolicy {
    /// Its id.
    pub id: String,
    /// The version in force.
    pub current: Option<u64>,
    /// Versions, oldest first.
    pub versions: Vec<SlaVersion>,
}

/// One version of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaVersion {
    /// Its id; conversations point at it.
    pub id: String,
    /// Its number.
    pub version: u64,
    /// Its name.
    pub name: Text,
    /// `calendar`, or as the desk has it (the other literal is unverified, Kustomer API reference 11).
    pub hours: String,
    /// Milliseconds by metric and priority (5 is the highest), enabled metrics only.
    pub targets: BTreeMap<(String, u8), u64>,
}

/// An address the desk tells of changes. Its signing secret is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Where it is told.
    pub url: Text,
    /// Of what.
    pub events: Vec<String>,
}

/// A sender the org can write from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundAccount {
    /// Its channel.
    pub channel: super::Channel,
    /// What people call it.
    pub name: Text,
    /// The address or number.
    pub account: Text,
}

/// A satisfaction survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyForm {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Where it is asked.
    pub channel: Option<super::Channel>,
    /// Whether it is in use.
    pub enabled: bool,
}
