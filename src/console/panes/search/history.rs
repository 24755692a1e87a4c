//! Owns what was searched for before: the newest last, each once, gone through with up and down while typing. Kept over
//! restarts, but for queries that name a person by an address or a number: those live as long as the sitting.

use crate::{kustomer::search::Context, privacy::pii};

/// The most queries that are remembered.
const MOST: usize = 100;
/// Keys whose values are somebody's address, number or name at another service.
const PERSONAL: [&str; 11] = [
    "email",
    "shared_email",
    "phone",
    "shared_phone",
    "address",
    "social",
    "social_id",
    "shared_social",
    "shared_social_id",
    "from",
    "to",
];

/// What was searched for.
#[derive(Debug, Default)]
pub struct History {
    all: Vec<(Context, String)>,
    /// Where one stands while going through it, and what was typed before.
    at: Option<(usize, String)>,
}

impl History {
    /// What was kept; lines that do not fit are left out.
    pub fn read(kept: &str) -> Self {
        let line = |line: &str| {
            let (context, words) = line.split_once('\t')?;
            Some((context.parse().ok()?, words.to_owned()))
        };
        Self { all: kept.lines().filter_map(line).take(MOST).collect(), at: None }
    }

    /// What may be kept.
    pub fn kept(&self) -> String {
        let lines = self.all.iter().filter(|(_, words)| !is_personal(words) && !words.contains(['\n', '\t']));
        lines.map(|(context, words)| format!("{context}\t{words}")).collect::<Vec<_>>().join("\n")
    }

    /// Puts a query at its end.
    pub fn add(&mut self, context: &Context, words: &str) {
        self.at = None;
        if words.trim().is_empty() {
            return;
        }
        let entry = (context.clone(), words.to_owned());
        self.all.retain(|other| *other != entry);
        self.all.push(entry);
        let over = self.all.len().saturating_sub(MOST);
        self.all.drain(..over);
    }

    /// The newest ones, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &(Context, String)> {
        self.all.iter().rev()
    }

    /// One step back in time. `typed` is what stands there now; it comes back at the end of the way.
    pub fn older(&mut self, typed: &str) -> Option<(Context, String)> {
        let (at, before) = self.at.take().unwrap_or_else(|| (self.all.len(), typed.to_owned()));
        let to = at.saturating_sub(1);
        self.at = Some((to, before));
        self.all.get(to).cloned()
    }

    /// One step forth; behind the newest stands what was typed, in whatever place one is.
    pub fn newer(&mut self) -> Option<(Option<Context>, String)> {
        let (at, before) = self.at.take()?;
        match self.all.get(at + 1) {
            Some((context, words)) => {
                self.at = Some((at + 1, before));
                Some((Some(context.clone()), words.clone()))
            }
            None => Some((None, before)),
        }
    }

    /// Something was typed: the way through begins anew.
    pub fn leave(&mut self) {
        self.at = None;
    }
}

/// Whether a query, finished or not, names a person by an address or a number. A domain names nobody.
pub fn is_personal(words: &str) -> bool {
    let named = words.split(|c: char| c.is_whitespace() || c == '(').any(|term| {
        let Some((key, value)) = term.trim_start_matches('-').split_once(':') else { return false };
        let key = key.rsplit('.').next().unwrap_or(key);
        let value = value.trim_start_matches(['"', '~', '@']);
        let is_domain = key.ends_with("email") && !value.contains('@') && value.contains('.');
        PERSONAL.contains(&key) && !value.is_empty() && value != "*" && !is_domain
    });
    named || !pii::find(words).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_goes_back_and_down_returns_to_what_was_typed() {
        let mut history = History::default();
        for (context, words) in [(Context::Customer, "a"), (Context::Note, "b"), (Context::Customer, "a")] {
            history.add(&context, words);
        }
        assert_eq!(history.older("half"), Some((Context::Customer, "a".into())));
        assert_eq!(history.older("a"), Some((Context::Note, "b".into())));
        assert_eq!(history.older("b"), Some((Context::Note, "b".into())), "the oldest stays");
        assert_eq!(history.newer(), Some((Some(Context::Customer), "a".into())));
        assert_eq!(history.newer(), Some((None, "half".into())));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn what_names_a_person_is_remembered_for_the_sitting_and_never_kept() {
        let mut history = History::default();
        for words in [
            "refund status:open",
            "email:mara@quill.example",
            "customer.email:mara@quill.example",
            "-phone:4915550001122",
            "mara@quill.example",
            "+49 155 5000 1122",
            "(from:mara OR to:mara)",
            "email:~quill.example phone:*",
        ] {
            history.add(&Context::Customer, words);
        }
        assert_eq!(history.newest().count(), 8);
        assert_eq!(history.kept(), "customer\trefund status:open\ncustomer\temail:~quill.example phone:*");
        assert_eq!(History::read(&history.kept()).newest().count(), 2);
        assert_eq!(History::read("nonsense\nticket\tx\n\u{0}\t").newest().count(), 0);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut history = History::default();
        (0..500).for_each(|number| history.add(&Context::Customer, &number.to_string()));
        assert_eq!(history.newest().count(), MOST);
        assert_eq!(history.newest().next(), Some(&(Context::Customer, "499".to_owned())));
    }
}
