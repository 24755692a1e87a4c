//! Owns what could be typed next: from the words before the cursor and what is known of the org to candidates. Pure, and
//! bounded: a list to choose from, not an inventory.

use std::collections::HashMap;

use super::{
    Scope,
    keys::{self, FAMILIES, Kind, Names},
    parse,
    terms::{Field, NamedDay, quoted},
};
use crate::domain::{Attribute, AttributeKind};

/// The most candidates.
const MOST: usize = 12;

/// Candidates, and where they go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The byte offset from which a candidate replaces what stands before the cursor.
    pub from: usize,
    /// The best first.
    pub candidates: Vec<Candidate>,
}

/// Something that could be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// As it is to stand in the query.
    pub text: String,
    /// What it is, in a few words.
    pub about: String,
}

/// What could stand at the cursor (a byte offset; beyond the end counts as the end). Nothing inside quotation marks.
pub fn complete(text: &str, cursor: usize, scope: &Scope<'_>) -> Completion {
    let before = text.get(..cursor).unwrap_or(text);
    let start = token(before);
    let negation = usize::from(before[start..].starts_with('-'));
    let (start, body) = (start + negation, &before[start + negation..]);
    if body.starts_with('"') {
        return Completion { from: start, candidates: Vec::new() };
    }
    let Some(operator) = body.find([':', '<', '>']) else {
        return Completion { from: start, candidates: chosen(body, keys_of(body, scope)) };
    };
    let sign = body[operator..].len() - body[operator..].trim_start_matches([':', '<', '>', '=', '~']).len();
    let (key, sign, partial) =
        (&body[..operator], &body[operator..operator + sign], body[operator + sign..].trim_start_matches('"'));
    let from = start + operator + sign.len();
    let values = match key {
        "sort" if negation == 0 => {
            let descending = partial.starts_with('-');
            let partial = partial.trim_start_matches('-');
            let orders = keys::orders(scope.context).map(|field| Candidate {
                text: format!("{}{}", if descending { "-" } else { "" }, field.written),
                about: if descending { "the largest or latest first" } else { "the smallest or earliest first" }
                    .to_owned(),
            });
            let fits = orders.filter(|order| order.text.trim_start_matches('-').starts_with(partial));
            return Completion { from, candidates: fits.take(MOST).collect() };
        }
        "with" if negation == 0 => vec![candidate("deleted", "deleted records are found too")],
        _ => match keys::resolve(key, scope) {
            Ok(field) => values(&field, sign, scope),
            Err(_) => Vec::new(),
        },
    };
    Completion { from, candidates: chosen(partial, values) }
}

/// Where the part that is being typed begins: behind the last space or parenthesis outside quotation marks.
fn token(before: &str) -> usize {
    let (mut start, mut inside, mut escaped) = (0, false, false);
    for (at, c) in before.char_indices() {
        match c {
            '\\' if inside && !escaped => {
                escaped = true;
                continue;
            }
            '"' if !escaped => inside = !inside,
            c if !inside && (c.is_whitespace() || c == '(' || c == ')') => start = at + c.len_utf8(),
            _ => {}
        }
        escaped = false;
    }
    start
}

fn candidate(text: impl Into<String>, about: impl Into<String>) -> Candidate {
    Candidate { text: text.into(), about: about.into() }
}

/// Those that begin with what was typed, then those that hold it, in their own order.
fn chosen(typed: &str, all: Vec<Candidate>) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let plain = |candidate: &Candidate| candidate.text.trim_matches('"').to_lowercase();
    let (begins, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|candidate| plain(candidate).starts_with(&typed));
    let holds = rest.into_iter().filter(|candidate| typed.chars().count() > 1 && plain(candidate).contains(&typed));
    begins.into_iter().chain(holds).take(MOST).collect()
}

/// Keys with the operator they are mostly used with.
fn keys_of(typed: &str, scope: &Scope<'_>) -> Vec<Candidate> {
    let key = |written: &str, kind: Kind, about: &str| {
        let sign = match kind {
            Kind::Time | Kind::Count | Kind::Number => ">",
            Kind::Due => "<",
            _ => ":",
        };
        candidate(format!("{written}{sign}"), about)
    };
    let custom = |prefix: &str, attributes: &[Attribute]| -> Vec<Candidate> {
        let known = attributes.iter().filter_map(|attribute| {
            let field = keys::resolve(&format!("{prefix}{}", attribute.name), scope).ok()?;
            Some(key(&field.written, field.kind, attribute.label.line().as_ref()))
        });
        known.collect()
    };
    let described = |resource: &str| scope.attributes.get(resource).map_or(&[][..], Vec::as_slice);
    if let Some((of, _)) = typed.split_once('.') {
        return match FAMILIES.iter().find(|family| family.word == of) {
            Some(family) => {
                let own = family.keys.iter().map(|row| key(&format!("{of}.{}", row.word), row.kind, row.kind.about()));
                own.chain(custom(&format!("{of}."), described(of))).collect()
            }
            None => custom(&format!("{of}."), described(&format!("kobject.{of}"))),
        };
    }
    let mut all: Vec<Candidate> =
        keys::plain(scope.context).map(|(_, row)| key(row.word, row.kind, row.kind.about())).collect();
    all.extend(scope.context.resource().map(|resource| custom("", described(&resource))).unwrap_or_default());
    all.push(candidate("sort:", "the order"));
    all.push(candidate("with:", "deleted records too"));
    if !typed.is_empty() {
        let klasses = scope.attributes.keys().filter_map(|key| key.strip_prefix("kobject."));
        let families = FAMILIES.iter().map(|family| family.word).chain(klasses);
        all.extend(families.map(|of| candidate(format!("{of}."), "what belongs to it")));
    }
    all
}

fn values(field: &Field, sign: &str, scope: &Scope<'_>) -> Vec<Candidate> {
    let words = |values: &[&str], about: &str| values.iter().map(|value| candidate(*value, about)).collect::<Vec<_>>();
    match field.kind {
        Kind::OneOf(known) => words(known, ""),
        Kind::Flag => words(&["yes", "no"], ""),
        Kind::Named(names) => {
            let me = (names == Names::Users && scope.me.is_some()).then(|| candidate("me", "who is signed in"));
            let listed = parse::listed(names, scope.names);
            let mut bearers: HashMap<String, usize> = HashMap::new();
            for (_, name) in &listed {
                *bearers.entry(name.to_lowercase()).or_default() += 1;
            }
            // A name two of them have is no answer to which of them.
            let known = listed.iter().filter(|(_, name)| bearers.get(&name.to_lowercase()) == Some(&1));
            me.into_iter().chain(known.map(|(_, name)| candidate(quoted(name), names.word()))).collect()
        }
        Kind::Time | Kind::Due => {
            let days = NamedDay::ALL.iter().filter(|(_, _, away)| *away <= 0 || field.kind == Kind::Due);
            let mut all: Vec<Candidate> = days.map(|(word, _, _)| candidate(*word, "a day, where you are")).collect();
            if sign.starts_with(['<', '>']) {
                all.extend(match field.kind {
                    Kind::Due => words(&["30m", "1h", "2h", "8h", "1d"], "from now on"),
                    _ => words(&["1h", "1d", "7d", "30d", "12w"], "ago"),
                });
            }
            all
        }
        Kind::Short | Kind::Exact if sign == ":" => enumeration(field, scope),
        Kind::Full | Kind::Long | Kind::Short | Kind::Exact | Kind::Count | Kind::Number => Vec::new(),
    }
}

/// The values metadata lists for a custom attribute.
fn enumeration(field: &Field, scope: &Scope<'_>) -> Vec<Candidate> {
    let described = scope.attributes.iter().find_map(|(resource, attributes)| {
        let prefix = match resource.strip_prefix("kobject.") {
            Some(klass) => format!("kobject_custom_{klass}_"),
            None => format!("{resource}_custom_"),
        };
        let name = field.attribute.strip_prefix(&prefix)?;
        attributes.iter().find(|attribute| attribute.name == name && attribute.kind != AttributeKind::Unknown)
    });
    let values = described.into_iter().flat_map(|attribute| &attribute.enumeration);
    let shown = values.filter(|value| value.line().as_ref() == value.raw() && !value.is_blank());
    shown.map(|value| candidate(quoted(value.raw()), "")).collect()
}
