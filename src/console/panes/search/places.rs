//! Owns what can be looked in: the desk's five kinds of records and every klass of the org, how they are called, how they
//! are named in a query (`in:notes refund`), and the strip that shows them.

use ratatui::text::{Line, Span};

use crate::{
    console::{pane::ViewCx, state::Shared, theme::Role, widgets::cut},
    kustomer::search::{Candidate, Completion, Context, QueryError},
};

/// What a query begins with to say where to look.
const PREFIX: &str = "in:";

/// A place to look in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What the desk calls it.
    pub context: Context,
    /// What people call it, many of them; safe.
    pub many: String,
    /// What a query calls it.
    pub word: String,
}

/// All of them. Klasses follow once they are known.
pub fn all(shared: &Shared) -> Vec<Place> {
    let fixed = [
        (Context::Customer, "Customers"),
        (Context::Conversation, "Conversations"),
        (Context::Message, "Messages"),
        (Context::Note, "Notes"),
        (Context::Company, "Companies"),
    ];
    let fixed = fixed.map(|(context, many)| Place { context, many: many.to_owned(), word: many.to_lowercase() });
    let klasses = shared.klasses.value().map_or(&[][..], Vec::as_slice).iter().map(|klass| Place {
        context: Context::Kobject(klass.name.clone()),
        many: cut::fit(&klass.label.line(), 20),
        word: klass.name.to_string(),
    });
    fixed.into_iter().chain(klasses).collect()
}

/// One of what is looked for, in words: `customer`, `order record`.
pub fn one(context: &Context) -> String {
    match context {
        Context::Kobject(klass) => format!("{klass} record"),
        other => other.to_string(),
    }
}

/// So many of them: `1 company`, `12 companies`.
pub fn count(context: &Context, shown: usize) -> String {
    let one = one(context);
    match (shown, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{shown} {stem}ies"),
        (_, None) => format!("{shown} {one}s"),
    }
}

/// Where `in:PLACE` at the beginning of a query leads, and how many bytes it takes, the blank behind it included. `None`
/// while it is still being typed, or when no query begins so.
pub fn named(words: &str, shared: &Shared, is_whole: bool) -> Option<Result<(Context, usize), QueryError>> {
    let start = words.len() - words.trim_start().len();
    let rest = words[start..].strip_prefix(PREFIX)?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let is_typed = is_whole || end < rest.len();
    if !is_typed {
        return None;
    }
    let word = rest[..end].to_lowercase();
    let places = all(shared);
    let is_it = |place: &&Place| word == place.word || word == place.context.to_string();
    let blank = rest[end..].chars().next().map_or(0, char::len_utf8);
    Some(places.iter().find(is_it).map(|place| (place.context.clone(), start + PREFIX.len() + end + blank)).ok_or_else(
        || {
            let known: Vec<&str> = places.iter().map(|place| place.word.as_str()).collect();
            let column = words[..start].chars().count() + PREFIX.len() + 1;
            QueryError { column, message: format!("one can look in {}", known.join(", ")) }
        },
    ))
}

/// What could be typed behind `in:`; `None` where that is not what is being typed.
pub fn complete(words: &str, shared: &Shared) -> Option<Completion> {
    let start = words.len() - words.trim_start().len();
    let typed = words[start..].strip_prefix(PREFIX)?;
    if typed.contains(char::is_whitespace) {
        return None;
    }
    let fits = all(shared).into_iter().filter(|place| place.word.starts_with(&typed.to_lowercase()));
    let candidates = fits.map(|place| Candidate { text: format!("{} ", place.word), about: place.many }).collect();
    Some(Completion { from: start + PREFIX.len(), candidates })
}

/// A place as the strip shows it: its words, and the column it begins at.
pub struct Tab {
    /// Which.
    pub context: Context,
    /// Name and count, with brackets where one is there.
    pub words: String,
    /// Cells from the left.
    pub at: usize,
    /// Whether this is where one looks now.
    pub here: bool,
}

/// The places that fit into the room, the present one always among them. `found` tells how many rows a place has.
pub fn tabs(here: &Context, room: usize, shared: &Shared, found: impl Fn(&Context) -> Option<String>) -> Vec<Tab> {
    let label = |place: &Place| {
        let count = found(&place.context).map(|count| format!(" {count}")).unwrap_or_default();
        if place.context == *here { format!("[ {}{count} ]", place.many) } else { format!("  {}{count}  ", place.many) }
    };
    let mut places = all(shared);
    if !places.iter().any(|place| place.context == *here) {
        let word = here.to_string();
        places.push(Place { context: here.clone(), many: word.clone(), word });
    }
    let labels: Vec<String> = places.iter().map(label).collect();
    let chosen = places.iter().position(|place| place.context == *here).unwrap_or(0);
    let width = |range: std::ops::Range<usize>| labels[range].iter().map(|label| cut::width(label)).sum::<usize>();
    let mut first = 0;
    while first < chosen && width(first..chosen + 1) > room {
        first += 1;
    }
    let mut at = 0;
    let mut tabs = Vec::new();
    for (place, words) in places.into_iter().zip(labels).skip(first) {
        let wide = cut::width(&words);
        if at + wide > room && !tabs.is_empty() {
            break;
        }
        let here = place.context == *here;
        tabs.push(Tab { context: place.context, words, at, here });
        at += wide;
    }
    tabs
}

/// The strip.
pub fn strip(cx: &ViewCx<'_>, tabs: &[Tab]) -> Line<'static> {
    let spans = tabs.iter().map(|tab| {
        let role = if tab.here { Role::TabActive } else { Role::Tab };
        Span::styled(tab.words.clone(), cx.theme.style(role))
    });
    spans.collect()
}
