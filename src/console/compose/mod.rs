//! Owns the composer: a note, a reply or a change of a draft being written, docked below the panes so that what is answered
//! stays in sight. Turns what was typed into one [`Change`]; whether that happens is the approval desk's. Knows no pane and
//! performs nothing: `update::compose` drives it.
//!
//! ```text
//! ╭ Reply · Billed twice ────────────────────────────────────╮
//! │ email · leaves at once, after your yes          212/10240 │
//! │ to      ****@quill.example, as the conversation has it    │
//! │ cc                            bcc                         │
//! │ subject Re: Billed twice                                  │
//! │ Hi Mara, …                                                │
//! ╰───────────────────────────────────────────────────────────╯
//! ```
//!
//! Invariants: everything typed is kept at each change, under a key of its conversation and kind, and forgotten only when it
//! is at the desk. A recipient nobody typed is left out of the request: the desk knows the conversation's own, masked or not.

mod letter;
mod placeholder;
mod spoken;
pub mod view;

use jiff::Timestamp;

pub use letter::Letter;
pub use placeholder::Facts;

use crate::{
    approval::{Change, Operation, Preimage},
    console::{
        keymap::Key,
        remote::{Problem, Remote},
        widgets::{
            composer::Composer,
            input::{Input, Typed},
        },
    },
    domain::{Channel, ContactKind, Conversation, Customer, CustomerId, Draft, Guarded},
    kustomer::changes::{self, DraftEdit, DraftParts, Sending, WishError},
    privacy::text,
};

/// What is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A private note on a conversation.
    Note(Box<Conversation>),
    /// An answer in a conversation.
    Reply(Box<Conversation>),
    /// A message that begins a conversation.
    New(CustomerId),
    /// Another text for a draft at the desk.
    Edit(Box<Draft>),
}

/// Channels a draft can be on (Kustomer API reference 14.3), the usual first.
pub const CHANNELS: [Channel; 8] = [
    Channel::Email,
    Channel::Chat,
    Channel::Sms,
    Channel::Whatsapp,
    Channel::Facebook,
    Channel::Instagram,
    Channel::TwitterDm,
    Channel::TwitterTweet,
];

/// How a kept letter says that it stays a draft.
const BY_HAND: &str = "draft";

impl About {
    /// Under which key its words are kept.
    pub fn key(&self) -> String {
        match self {
            Self::Note(conversation) => format!("note:{}", conversation.id),
            Self::Reply(conversation) => format!("reply:{}", conversation.id),
            Self::New(customer) => format!("write:{customer}"),
            Self::Edit(draft) => format!("draft:{}", draft.id),
        }
    }

    /// Under which key the words of a change were kept, if it is one this composer makes.
    pub fn key_of(change: &Change) -> Option<String> {
        let subject = change.subject();
        match change.operation() {
            Operation::AddNote => Some(format!("note:{}", subject.conversation.as_ref()?)),
            Operation::CreateDraft => Some(match (&subject.conversation, &subject.customer) {
                (Some(conversation), _) => format!("reply:{conversation}"),
                (None, customer) => format!("write:{}", customer.as_ref()?),
            }),
            Operation::Listed { label: "PUT /v1/drafts/{id}", .. } => {
                let path = &change.requests().first()?.path;
                Some(format!("draft:{}", path.rsplit('/').next()?))
            }
            Operation::OpenWindow
            | Operation::Disclose
            | Operation::UpdateCustomer
            | Operation::CreateKobjects
            | Operation::CallTool
            | Operation::Listed { .. }
            | Operation::Other => None,
        }
    }

    /// Whom it is for, where that is known.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Note(conversation) | Self::Reply(conversation) => conversation.customer.as_ref(),
            Self::New(customer) => Some(customer),
            Self::Edit(draft) => draft.customer.as_ref(),
        }
    }

    /// The conversation it belongs to, where that was handed in.
    pub fn conversation(&self) -> Option<&Conversation> {
        match self {
            Self::Note(conversation) | Self::Reply(conversation) => Some(conversation),
            Self::New(_) | Self::Edit(_) => None,
        }
    }

    /// The channel to begin with: the last one words were exchanged on, as far as the list tells.
    fn channel(&self) -> Channel {
        match self {
            Self::Note(_) => Channel::Note,
            Self::Reply(conversation) => {
                let written = conversation.channels.iter().rev().find(|channel| CHANNELS.contains(channel));
                written.cloned().unwrap_or(Channel::Email)
            }
            Self::New(_) => Channel::Email,
            Self::Edit(draft) => draft.channel.clone(),
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Reply(conversation) => {
                let name = conversation.name.raw();
                if name.to_lowercase().starts_with("re:") { name.to_owned() } else { format!("Re: {name}") }
            }
            Self::Edit(draft) => draft.subject.as_ref().map(|subject| subject.raw().to_owned()).unwrap_or_default(),
            Self::Note(_) | Self::New(_) => String::new(),
        }
    }
}

/// When it leaves, once it is approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// At once.
    Now,
    /// When a person sends it.
    ByHand,
    /// At this moment.
    At(Timestamp),
}

/// Why something cannot be put up yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// Nothing is known that a placeholder stands for.
    #[error("nothing stands for {{{{{0}}}}}: write it out")]
    Hole(String),
    /// The channel takes less.
    #[error("{over} characters too long for {channel} ({filled} of {limit})")]
    TooLong {
        /// By how much.
        over: usize,
        /// The channel.
        channel: String,
        /// How long it is, placeholders filled in.
        filled: usize,
        /// The most it may be.
        limit: usize,
    },
    /// It should have left already.
    #[error("the time it should leave at has passed: choose another")]
    Passed,
    /// The conversation came without its customer.
    #[error("the desk does not say whose conversation this is")]
    Nobody,
    /// The desk's own rules.
    #[error(transparent)]
    Refused(WishError),
}

/// A part of the composer that can be typed into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the fields' own labels")]
pub enum Field {
    To,
    Cc,
    Bcc,
    Subject,
    Body,
}

/// What the Enter key does where the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enter {
    /// Mail has lines.
    NewLine,
    /// From a line of its head to the next.
    NextField,
    /// Notes and chats are put up.
    PutUp,
}

/// Something being written.
#[derive(Clone, Debug)]
pub struct Compose {
    about: About,
    channel: Channel,
    /// The person chose the channel: an answer of the desk does not move it any more.
    is_chosen: bool,
    to: Input,
    cc: Input,
    bcc: Input,
    subject: Input,
    body: Composer,
    leaves: Leaves,
    field: Field,
    /// Whom it is for, without anything in the clear: masks and names only.
    person: Remote<Customer>,
}

impl Compose {
    /// A composer with what was kept of an earlier try.
    pub fn open(about: About, kept: Option<&str>) -> Self {
        let letter = match (&about, kept) {
            (About::Note(_), Some(words)) => Letter { body: words.to_owned(), ..Letter::default() },
            (_, Some(kept)) => Letter::read(kept),
            (About::Edit(draft), None) => Letter { body: draft.body.raw().to_owned(), ..Letter::default() },
            (_, None) => Letter::default(),
        };
        let switched = letter.channel.as_deref().map(Channel::parse).filter(|channel| CHANNELS.contains(channel));
        let switched = switched.filter(|_| matches!(about, About::Reply(_) | About::New(_)));
        Self {
            is_chosen: switched.is_some(),
            channel: switched.unwrap_or_else(|| about.channel()),
            to: Input::with(&letter.to),
            cc: Input::with(&letter.cc),
            bcc: Input::with(&letter.bcc),
            subject: Input::with(&letter.subject.unwrap_or_else(|| about.subject())),
            body: Composer::with(&letter.body),
            leaves: match letter.leaves.as_str() {
                "" => Leaves::Now,
                written => written.parse().map_or(Leaves::ByHand, Leaves::At),
            },
            field: Field::Body,
            person: Remote::NotAsked,
            about,
        }
    }

    /// What is being written.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Over which channel.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// When it leaves.
    pub fn leaves(&self) -> Leaves {
        self.leaves
    }

    /// Where the cursor is.
    pub fn field(&self) -> Field {
        self.field
    }

    /// Whom it is for, as far as read.
    pub fn person(&self) -> Option<&Customer> {
        self.person.value()
    }

    /// The words as typed.
    pub fn words(&self) -> String {
        self.body.words()
    }

    /// What is to be kept of it; empty where nothing was typed.
    pub fn kept(&self) -> String {
        let is_untouched = match &self.about {
            About::Note(_) => return if self.body.is_blank() { String::new() } else { self.body.words() },
            About::Edit(draft) => Composer::with(draft.body.raw()).words() == self.body.words(),
            About::Reply(_) | About::New(_) => false,
        };
        let subject = self.subject.words();
        let letter = Letter {
            channel: self.is_chosen.then(|| self.channel.as_str().to_owned()),
            to: self.to.words().to_owned(),
            cc: self.cc.words().to_owned(),
            bcc: self.bcc.words().to_owned(),
            subject: (Input::with(&self.about.subject()).words() != subject).then(|| subject.to_owned()),
            leaves: match self.leaves {
                Leaves::Now => String::new(),
                Leaves::ByHand => BY_HAND.to_owned(),
                Leaves::At(at) => at.to_string(),
            },
            body: if is_untouched { String::new() } else { self.body.words() },
        };
        let written = letter.written();
        // A draft's own words go along once anything about it was changed.
        if is_untouched && !written.is_empty() {
            Letter { body: self.body.words(), ..letter }.written()
        } else {
            written
        }
    }

    /// The fields this channel has, in the order Tab goes through them.
    pub fn fields(&self) -> &'static [Field] {
        match self.channel {
            Channel::Email => &[Field::To, Field::Cc, Field::Bcc, Field::Subject, Field::Body],
            Channel::Note => &[Field::Body],
            _ => &[Field::To, Field::Body],
        }
    }

    /// Goes to the field beside this one, around the ends.
    pub fn step(&mut self, by: isize) {
        let fields = self.fields();
        let at = fields.iter().position(|field| *field == self.field).unwrap_or(0) as isize;
        self.field = fields[(at + by).rem_euclid(fields.len() as isize).unsigned_abs()];
    }

    /// What Enter does here.
    pub fn enter(&self) -> Enter {
        match (self.field, &self.channel) {
            (Field::Body, Channel::Email) => Enter::NewLine,
            (Field::Body, _) => Enter::PutUp,
            _ => Enter::NextField,
        }
    }

    /// Breaks the line of the words.
    pub fn new_line(&mut self) {
        if self.field == Field::Body {
            self.body.new_line();
        }
    }

    /// Takes a key as text; whether it changed something.
    pub fn type_key(&mut self, key: &Key) -> bool {
        let typed = match self.line_mut() {
            Some(line) => line.key(key),
            None => self.body.key(key),
        };
        typed == Typed::Changed
    }

    /// Takes text at the cursor, in whichever field it is.
    pub fn paste(&mut self, words: &str) {
        match self.line_mut() {
            Some(line) => line.paste(words),
            None => self.body.paste(words),
        }
    }

    /// Puts prepared words into the text, with its placeholders filled in.
    pub fn insert(&mut self, words: &str, facts: &Facts<'_>) {
        self.field = Field::Body;
        self.body.paste(&placeholder::fill(words, facts));
    }

    /// Takes other words for the text: they come back from an editor.
    pub fn replace(&mut self, words: &str) {
        self.field = Field::Body;
        self.body = Composer::with(words);
    }

    /// Goes over another channel. A draft at the desk keeps its own (Kustomer API reference 14.1).
    pub fn choose_channel(&mut self, channel: Channel) {
        self.channel = channel;
        self.is_chosen = true;
        if !self.fields().contains(&self.field) {
            self.field = Field::Body;
        }
    }

    /// Whether the channel can be chosen.
    pub fn has_choice(&self) -> bool {
        matches!(self.about, About::Reply(_) | About::New(_))
    }

    /// Leaves then.
    pub fn schedule(&mut self, leaves: Leaves) {
        self.leaves = leaves;
    }

    /// Is being read whom it is for.
    pub fn ask_person(&mut self) {
        self.person.ask();
    }

    /// Takes in whom it is for, and the channel they wrote over last. What is in the clear is dropped: the composer needs
    /// names only, and outlives windows.
    pub fn take_person(&mut self, answer: Result<(Customer, Option<Channel>), Problem>, now: Timestamp) {
        let answer = answer.map(|(mut person, channel)| {
            person.contacts.retain(|contact| contact.value.is_masked());
            person.custom.clear();
            if let Some(channel) = channel.filter(|channel| self.may_answer_over(channel)) {
                self.channel = channel;
            }
            person
        });
        self.person.answer(answer, now);
    }

    /// A customer's window is closing: what it let through leaves.
    pub fn forget(&mut self, customer: &CustomerId) {
        if let About::Edit(draft) = &mut self.about
            && draft.customer.as_ref() == Some(customer)
        {
            draft.to.iter_mut().for_each(Guarded::mask);
        }
    }

    /// Whether the desk's word on the channel counts: nobody chose one, and nobody is writing yet.
    fn may_answer_over(&self, channel: &Channel) -> bool {
        let is_untouched = self.body.is_blank() && self.field == Field::Body;
        matches!(self.about, About::Reply(_)) && !self.is_chosen && is_untouched && CHANNELS.contains(channel)
    }

    /// The mask of the address the conversation answers to, where the customer has one of that kind.
    pub fn mask(&self) -> Option<String> {
        let kind = match self.channel {
            Channel::Email => ContactKind::Email,
            Channel::Sms => ContactKind::Phone,
            Channel::Whatsapp => ContactKind::Whatsapp,
            _ => return None,
        };
        let contact = self.person()?.contacts_of(kind).next()?;
        let Guarded::Masked(shown) = &contact.value else { return None };
        Some(text::line(shown.raw()).into_string())
    }

    /// How many characters there are, and the most the channel takes.
    pub fn count(&self) -> (usize, Option<usize>) {
        (self.body.count(), self.channel.body_limit())
    }

    /// What keeps it from being put up, beyond what the desk's own rules say of a change.
    pub fn obstacle(&self, facts: &Facts<'_>, now: Timestamp) -> Option<Unready> {
        let words = self.body.words();
        if let Some(hole) = placeholder::unfilled(&words, facts).into_iter().next() {
            return Some(Unready::Hole(hole));
        }
        let filled = placeholder::fill(&words, facts).chars().count();
        match (self.channel.body_limit(), self.leaves) {
            (Some(limit), _) if filled > limit => {
                let channel = self.channel.as_str().to_owned();
                Some(Unready::TooLong { over: filled - limit, channel, filled, limit })
            }
            (_, Leaves::At(at)) if at <= now => Some(Unready::Passed),
            _ => None,
        }
    }

    /// The change this would be.
    ///
    /// # Errors
    /// Why it cannot be put up.
    pub fn change(&self, facts: &Facts<'_>, now: Timestamp) -> Result<Change, Unready> {
        if let Some(why) = self.obstacle(facts, now) {
            return Err(why);
        }
        let body = placeholder::fill(&self.body.words(), facts);
        let name = self.person().or(facts.customer).map(|person| &person.name);
        let subject = Some(self.subject.words().to_owned()).filter(|_| self.channel == Channel::Email);
        let recipients = Letter {
            to: self.to.words().to_owned(),
            cc: self.cc.words().to_owned(),
            bcc: self.bcc.words().to_owned(),
            ..Letter::default()
        }
        .recipients();
        let made = match &self.about {
            About::Note(conversation) => {
                let reference = format!("shiftdeck-{}-{}", conversation.id, now.as_millisecond());
                changes::add_note(conversation, name, &body, &reference)
            }
            About::Edit(draft) => changes::update_draft(draft, name, &DraftEdit { subject, body, recipients }),
            About::Reply(_) | About::New(_) => {
                let customer = self.about.customer().ok_or(Unready::Nobody)?;
                let seen = self.about.conversation().map(Preimage::conversation).unwrap_or_default();
                let made = changes::create_draft(DraftParts {
                    customer: customer.clone(),
                    customer_name: name.cloned(),
                    conversation: self.about.conversation().map(|conversation| conversation.id.clone()),
                    channel: self.channel.clone(),
                    recipients,
                    subject,
                    body,
                    sending: match self.leaves {
                        Leaves::Now => Sending::Now(now),
                        Leaves::ByHand => Sending::ByHand,
                        Leaves::At(at) => Sending::Later(at),
                    },
                });
                made.map(|change| change.since(seen))
            }
        };
        made.map_err(Unready::Refused)
    }

    fn line_mut(&mut self) -> Option<&mut Input> {
        match self.field {
            Field::To => Some(&mut self.to),
            Field::Cc => Some(&mut self.cc),
            Field::Bcc => Some(&mut self.bcc),
            Field::Subject => Some(&mut self.subject),
            Field::Body => None,
        }
    }
}

#[cfg(test)]
mod tests;
