//! Owns what a person can want and the words by which it is recognised. Does not act on it (`plan`).
//!
//! Recognition is by English words and by the shapes of what is named (`wording`); word order hardly matters. What is not
//! recognised is [`Intent::Unclear`], never a guess.
//!
//! Invariant: pure; the same words always mean the same.

use std::collections::BTreeSet;

use super::wording;

/// What a person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Look at a customer from several sides and perhaps leave a note.
    Investigate(Wish),
    /// Make a record for each of many customers at once.
    BulkRecords,
    BulkStatus,
    /// Compare a customer's phone number with another source and correct it.
    SyncPhone,
    Draft,
    /// Leave a note with words given by the person.
    Note(String),
    Summarise,
    /// The custom objects of a klass, one number or all of the customer's.
    Records {
        klass: String,
        number: Option<String>,
    },
    Find(String),
    Overview,
    Klasses,
    Help,
    Unclear,
}

/// The sides of an investigation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// Which details are wanted, and whether they must be in the clear.
    pub details: BTreeSet<Detail>,
    /// How many of the latest conversations matter.
    pub conversations: Option<usize>,
    /// Whether it matters if they asked before.
    pub history: bool,
    /// The klass whose records matter.
    pub klass: Option<String>,
    pub note: bool,
    /// What it is about, in the person's words, for reasons and headings.
    pub matter: Option<&'static str>,
}

/// A detail of a customer's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// All of it, in the clear.
    Unmasked,
    Phone,
    Email,
    BillingId,
}

/// Words that name a klass of the desk.
const KLASSES: [(&str, &[&str]); 5] = [
    ("order", &["order", "orders", "parcel", "package", "delivery"]),
    ("return", &["return", "returns"]),
    ("subscription", &["subscription", "subscriptions"]),
    ("flight_incident", &["flight", "flights"]),
    ("service_outage", &["outage", "outages"]),
];

/// What these words ask for.
pub(super) fn recognise(said: &str) -> Intent {
    let text = Text::of(said);
    let wish = text.wish();
    if text.bulk() {
        Intent::BulkRecords
    } else if text.any(&["bulk", "job", "batch", "batches"]) && wording::job_id(said).is_some() {
        Intent::BulkStatus
    } else if text.any(&["draft", "compose", "reply", "respond"])
        || text.has("write a message")
        || text.has("write them")
    {
        Intent::Draft
    } else if text.any(&["phone", "mobile", "number"])
        && text.any(&["update", "sync", "synchronise", "synchronize", "correct", "change", "differs"])
    {
        Intent::SyncPhone
    } else if let Some(note) = text.note_text(said).filter(|_| wish.is_bare_note()) {
        Intent::Note(note)
    } else if wish.is_bare_note() && !text.any(&["summary", "summarize", "summarise", "summarizing", "summarising"]) {
        Intent::Note(String::new())
    } else if wish.is_investigation() {
        Intent::Investigate(wish)
    } else {
        text.small(said, wish)
    }
}

impl Wish {
    fn is_bare_note(&self) -> bool {
        self.note && self.details.is_empty() && self.conversations.is_none() && self.klass.is_none() && !self.history
    }

    fn is_investigation(&self) -> bool {
        self.note || !self.details.is_empty() || self.conversations.is_some() || (self.history && self.klass.is_some())
    }
}

/// A text in lower case and its words.
struct Text {
    lower: String,
    words: BTreeSet<String>,
}

impl Text {
    fn of(said: &str) -> Self {
        let lower = said.to_ascii_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        Self { words: words.map(str::to_owned).collect(), lower }
    }

    fn any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.words.contains(*word))
    }

    fn has(&self, phrase: &str) -> bool {
        self.lower.contains(phrase)
    }

    fn bulk(&self) -> bool {
        let many = self.any(&["bulk", "affected"]) || self.has("for all of them") || self.has("for each of them");
        many && self.any(&["create", "records", "objects", "outage", "service_outage"])
    }

    fn klass(&self) -> Option<String> {
        let known = KLASSES.iter().find(|(name, words)| self.words.contains(*name) || self.any(words));
        known.map(|(name, _)| (*name).to_owned())
    }

    fn wish(&self) -> Wish {
        let mut details = BTreeSet::new();
        if self.any(&["unmask", "unmasked", "reveal"]) || self.has("in the clear") {
            details.insert(Detail::Unmasked);
        }
        if self.any(&["phone"]) || self.has("number to call") {
            details.insert(Detail::Phone);
        }
        if self.has("billing id") || self.has("billing number") {
            details.insert(Detail::BillingId);
        }
        if self.any(&["email", "mail"])
            && self.any(&["get", "exact", "unmask", "reveal"])
            && !self.has("domain")
            && !self.has("emailed")
            && self.has("their email")
        {
            details.insert(Detail::Email);
        }
        let plural = self.any(&["conversations", "tickets", "cases", "history"]);
        let records = self.any(&["look", "lookup", "status", "object", "objects", "check", "find"]);
        Wish {
            details,
            conversations: plural.then(|| wording::last_count(&self.lower).unwrap_or(5)),
            history: self.has("before") || self.has("already asked") || self.has("asked about"),
            klass: self.klass().filter(|_| records),
            note: self.any(&["note", "notes"])
                && self.any(&["add", "leave", "put", "write", "make", "post", "create", "private", "internal", "save"]),
            matter: self.matter(),
        }
    }

    fn matter(&self) -> Option<&'static str> {
        if self.has("double") && self.has("bill")
            || self.any(&["twice"])
            || self.has("double charge")
            || self.has("charged double")
        {
            Some("a double charge")
        } else if self.any(&["order", "parcel", "package", "delivery"])
            && (self.has("arriv") || self.any(&["late", "missing", "where", "delayed"]))
        {
            Some("an order that has not arrived")
        } else if self.any(&["refund", "refunds"]) {
            Some("a refund")
        } else if self.any(&["login", "password", "locked"]) {
            Some("trouble signing in")
        } else {
            None
        }
    }

    /// The words of a note when the person gave them: after a colon, in quotes, after "saying" or "that".
    fn note_text(&self, said: &str) -> Option<String> {
        let at = self.lower.find("note")?;
        wording::given_text(said.get(at..).unwrap_or(said))
    }

    fn small(&self, said: &str, wish: Wish) -> Intent {
        let summary = self.words.iter().any(|word| word.starts_with("summar"))
            || self.has("what is this about")
            || self.any(&["tldr"]);
        if summary {
            return Intent::Summarise;
        }
        if self.has("this customer") || self.has("the customer") && self.any(&["about", "who", "overview"]) {
            return Intent::Overview;
        }
        let asks = self.any(&["status", "where", "show", "list", "look", "check", "find", "what", "which", "how"]);
        if let Some(klass) = self.klass().filter(|_| asks) {
            return Intent::Records { klass, number: wording::record_number(said) };
        }
        if self.any(&["klass", "klasses"]) || self.has("custom objects") {
            return Intent::Klasses;
        }
        if let Some(query) = wording::after_verb(said, &["find", "search", "look up", "lookup", "who is"]) {
            return Intent::Find(query);
        }
        if self.any(&["help", "hello", "hi", "hey"]) && self.words.len() < 8
            || self.has("what can you do")
            || self.has("who are you")
        {
            return Intent::Help;
        }
        if wish.matter.is_some() { Intent::Overview } else { Intent::Unclear }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_scenarios_are_recognised() {
        let billed = "A user just wrote in saying they were double-billed. Search for their customer profile using the email domain from the ticket. If you find them, unmask their data, get their exact phone number and external billing ID, and summarize their last 3 conversations. Put all of this into a private note on the current conversation.";
        let wish = Wish {
            details: [Detail::Unmasked, Detail::Phone, Detail::BillingId].into(),
            conversations: Some(3),
            history: false,
            klass: None,
            note: true,
            matter: Some("a double charge"),
        };
        assert_eq!(recognise(billed), Intent::Investigate(wish));
        let order = "A user just emailed from ⟦email:1⟧ complaining that their recent order hasn't arrived. Find their account, check their recent conversations to see if they've asked about this before, look up their custom 'order' object for the status, and then add a private note to their active conversation summarizing what you found.";
        let wish = Wish {
            details: BTreeSet::new(),
            conversations: Some(5),
            history: true,
            klass: Some("order".into()),
            note: true,
            matter: Some("an order that has not arrived"),
        };
        assert_eq!(recognise(order), Intent::Investigate(wish));
        let outage = "We have an active incident affecting our EU-West cluster. Take this JSON list of affected tenant IDs, map them to Kustomer external IDs, and bulk create 'service_outage' custom objects for all of them. Once initiated, monitor the bulk operation until it finishes and alert me if any batches fail. [\"TEN-1\"]";
        assert_eq!(recognise(outage), Intent::BulkRecords);
    }

    #[test]
    fn small_wishes_in_free_wording() {
        let cases = [
            ("double-billed? check the last three conversations and the billing id, leave a note", "Investigate"),
            ("Please summarise this conversation", "Summarise"),
            ("what's the status of order 40016?", "Records"),
            ("where is order #40016", "Records"),
            ("Draft a WhatsApp message to this customer saying the parcel comes tomorrow", "Draft"),
            ("Look up USR-555, compare the phone with +12025550199 and update it if it differs", "SyncPhone"),
            ("Add a note: called back, no answer", "Note"),
            ("leave a note that the refund is out", "Note"),
            ("search for Daniel Kim", "Find"),
            ("find nadia.okonjo@quill.example", "Find"),
            ("list the last 5 conversations of Daniel Kim", "Investigate"),
            ("tell me about this customer", "Overview"),
            ("which klasses are there?", "Klasses"),
            ("what can you do?", "Help"),
            ("the second one", "Unclear"),
            ("USR-555", "Unclear"),
            ("[\"TEN-10000\", \"TEN-10001\"]", "Unclear"),
        ];
        for (said, expected) in cases {
            let intent = format!("{:?}", recognise(said));
            assert!(intent.starts_with(expected), "{said} -> {intent}");
        }
    }
}
