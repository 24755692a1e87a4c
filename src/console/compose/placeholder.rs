//! Owns the placeholders of canned text, `{{customer.name}}`: which are known and what stands for them here. The API reference
//! tells no list (18.2, 24), so these are the plain ones. An address or a number is never filled in: it is masked, or would
//! leave the window it was shown in.

use crate::{
    domain::{Conversation, Customer, Text, User},
    privacy::text,
};

/// Whom and what a text is about, as far as known.
#[derive(Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The customer written to.
    pub customer: Option<&'a Customer>,
    /// The conversation answered.
    pub conversation: Option<&'a Conversation>,
    /// Who writes.
    pub me: Option<&'a User>,
}

impl Facts<'_> {
    /// What stands for a name; `None` when it is not known, or not known yet.
    fn value(&self, name: &str) -> Option<String> {
        let first = |name: &Text| name.raw().split_whitespace().next().map(Text::from);
        let value = match name.trim().to_ascii_lowercase().as_str() {
            "customer.name" | "customer.displayname" => Some(self.customer?.name.clone()),
            "customer.firstname" => first(&self.customer?.name),
            "customer.company" | "company.name" => self.customer?.company.clone(),
            "customer.externalid" => self.customer?.external_id.clone(),
            "conversation.name" | "conversation.subject" => Some(self.conversation?.name.clone()),
            "user.name" | "user.displayname" | "agent.name" | "agent.displayname" => Some(self.me?.name.clone()),
            "user.firstname" | "agent.firstname" => first(&self.me?.name),
            _ => None,
        };
        value.filter(|value| !value.is_blank()).map(|value| text::line(value.raw()).into_string())
    }
}

/// Fills in what is known; the rest stays as it is written. Each hole is looked at once: what is filled in cannot make a
/// placeholder of its own.
pub fn fill(words: &str, facts: &Facts<'_>) -> String {
    let mut filled = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, hole, after)) = next(rest) {
        filled.push_str(before);
        match facts.value(hole) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The names of the placeholders that nothing stands for, each once.
pub fn unfilled(words: &str, facts: &Facts<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = words;
    while let Some((_, hole, after)) = next(rest) {
        let name = hole.trim().to_owned();
        if facts.value(hole).is_none() && !names.contains(&name) {
            names.push(name);
        }
        rest = after;
    }
    names
}

/// What stands before the first placeholder, its name, and what comes after. A lone `}}` is text.
fn next(words: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let end = from + words[from..].find("}}")?;
        if let Some(start) = words[from..end].rfind("{{").map(|at| from + at)
            && !words[start..end].contains('\n')
        {
            return Some((&words[..start], &words[start + 2..end], &words[end + 2..]));
        }
        from = end + 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::UserId;

    fn me() -> User {
        User { id: UserId::new("u1"), name: "Ines Adler".into(), machine: false, roles: Vec::new() }
    }

    #[test]
    fn the_known_are_filled_and_the_others_stay() {
        let me = me();
        let facts = Facts { me: Some(&me), ..Facts::default() };
        let words = "Hi {{ customer.name }},\n}} {{user.name}} ({{agent.firstName}}) {{nonsense}} {{a\nb}}";
        let expected = "Hi {{ customer.name }},\n}} Ines Adler (Ines) {{nonsense}} {{a\nb}}";
        assert_eq!(fill(words, &facts), expected);
        assert_eq!(unfilled(words, &facts), ["customer.name", "nonsense"]);
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let me = User { name: "{{user.name}}".into(), ..me() };
        let facts = Facts { me: Some(&me), ..Facts::default() };
        assert_eq!(fill("{{user.name}}", &facts), "{{user.name}}");
    }

    proptest! {
        #[test]
        fn without_facts_any_text_stays_as_it_is(words in "[{}a-z.\n é]{0,60}") {
            prop_assert_eq!(fill(&words, &Facts::default()), words);
        }
    }
}
