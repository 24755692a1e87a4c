//! Owns the reading of the search language. What a key means is `keys`'s, how a query is printed `terms`'s.

use jiff::{Timestamp, civil::DateTime};

use super::{
    Query, QueryError, Scope,
    keys::{self, Kind, Names},
    terms::{Compare, Field, Moment, NamedDay, Operand, Sort, Term, Test, Unit, quoted},
};
use crate::domain::Directory;

/// The most criteria of one list the desk takes (Kustomer API reference 9.1).
const MOST: usize = 20;
/// The longest text looked for, in characters.
const LONGEST: usize = 256;

/// Where a term stands, which is the list of the document it goes into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    All,
    Any,
    None,
}

struct Reader<'a> {
    rest: &'a str,
    column: usize,
    scope: &'a Scope<'a>,
    query: Query,
}

/// A whole query.
pub(super) fn parse(text: &str, scope: &Scope<'_>) -> Result<Query, QueryError> {
    let query = Query {
        context: scope.context.clone(),
        all: Vec::new(),
        any: Vec::new(),
        none: Vec::new(),
        sort: None,
        with_deleted: false,
        now: scope.now,
        zone: scope.zone.clone(),
    };
    let mut reader = Reader { rest: text, column: 1, scope, query };
    reader.space();
    while !reader.rest.is_empty() {
        reader.part()?;
        reader.space();
    }
    Ok(reader.query)
}

fn error(column: usize, message: impl Into<String>) -> QueryError {
    QueryError { column, message: message.into() }
}

impl Reader<'_> {
    fn space(&mut self) {
        while let Some(c) = self.rest.chars().next().filter(|c| c.is_whitespace()) {
            self.advance(c.len_utf8());
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.column += self.rest[..bytes].chars().count();
        self.rest = &self.rest[bytes..];
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let eaten = self.rest.starts_with(prefix);
        if eaten {
            self.advance(prefix.len());
        }
        eaten
    }

    /// Whether the next word is this one, whole.
    fn sees(&self, word: &str) -> bool {
        let after = self.rest.strip_prefix(word).map(|rest| rest.chars().next());
        after.is_some_and(|next| next.is_none_or(|c| c.is_whitespace() || c == ')' || c == '('))
    }

    fn part(&mut self) -> Result<(), QueryError> {
        let column = self.column;
        if self.eat("sort:") {
            self.query.sort = Some(self.sort()?);
            return Ok(());
        }
        if self.eat("with:") {
            let column = self.column;
            if self.value()? != "deleted" {
                return Err(error(column, "only with:deleted is known, which also finds what was deleted"));
            }
            self.query.with_deleted = true;
            return Ok(());
        }
        if self.sees("OR") {
            return Err(error(column, "alternatives stand in parentheses: (a OR b); \"OR\" looks for the word"));
        }
        if self.rest.starts_with(')') {
            return Err(error(column, "nothing is open here; a parenthesis belongs into quotation marks"));
        }
        if self.rest.starts_with('(') || self.rest.starts_with("-(") {
            return self.group();
        }
        let (place, term) = self.term()?;
        self.add(column, place, term)
    }

    /// `(a OR b)`, or `-(a OR b)`, which is `-a -b`.
    fn group(&mut self) -> Result<(), QueryError> {
        let opened = self.column;
        let negated = self.eat("-");
        self.eat("(");
        if !negated && !self.query.any.is_empty() {
            let why = "the desk takes one group of alternatives; a second one cannot be asked in the same query";
            return Err(error(opened, why));
        }
        loop {
            self.space();
            let column = self.column;
            if self.rest.starts_with('(') || self.rest.starts_with("-(") {
                return Err(error(column, "the desk cannot look into a group inside a group"));
            }
            if self.sees("OR") || self.rest.starts_with(')') {
                return Err(error(column, "an alternative is missing here"));
            }
            let (place, term) = self.term()?;
            match (negated, place) {
                (false, Place::All) => self.add_alternative(column, term)?,
                (false, _) => {
                    let why = "an alternative cannot be negated (only -key:* can); the desk has no words for it";
                    return Err(error(column, why));
                }
                (true, Place::All) if !matches!(term, Term::Field(_, Test::Absent | Test::Present)) => {
                    self.add(column, Place::None, term)?;
                }
                (true, _) => return Err(error(column, "write this negation outside of the parentheses")),
            }
            self.space();
            if self.eat(")") {
                return Ok(());
            }
            let column = self.column;
            if self.rest.is_empty() {
                return Err(error(opened, "this parenthesis is not closed"));
            }
            if !self.sees("OR") {
                let why = "between alternatives stands OR; the desk cannot ask for two things together in one of them";
                return Err(error(column, why));
            }
            self.eat("OR");
        }
    }

    fn add_alternative(&mut self, column: usize, term: Term) -> Result<(), QueryError> {
        match &term {
            Term::Field(field, Test::Present) => {
                let why = format!(
                    "that {} has any value cannot be an alternative: the desk only knows absence",
                    field.written
                );
                Err(error(column, why))
            }
            Term::Field(field, Test::Is(Operand::Time(moment))) if moment.lasts() => {
                let key = &field.written;
                Err(error(
                    column,
                    format!("a whole day is two conditions, not one alternative; write {key}> or {key}<"),
                ))
            }
            Term::Field(_, _) | Term::Words(_) => self.add(column, Place::Any, term),
        }
    }

    /// Puts a term where it belongs, if there is room and it is not there yet.
    fn add(&mut self, column: usize, place: Place, term: Term) -> Result<(), QueryError> {
        let list = match place {
            Place::All => &mut self.query.all,
            Place::Any => &mut self.query.any,
            Place::None => &mut self.query.none,
        };
        if list.contains(&term) {
            return Ok(());
        }
        list.push(term);
        let full = super::dsl::lists(&self.query).into_iter().any(|(_, criteria)| criteria.len() > MOST);
        if full {
            return Err(error(
                column,
                format!("the desk takes at most {MOST} conditions, {MOST} alternatives and {MOST} exceptions"),
            ));
        }
        Ok(())
    }

    /// A term, and whether it was negated.
    fn term(&mut self) -> Result<(Place, Term), QueryError> {
        let place = if self.eat("-") { Place::None } else { Place::All };
        let column = self.column;
        let Some(key) = self.key() else {
            return Ok((place, Term::Words(self.value()?)));
        };
        let field = keys::resolve(&key, self.scope).map_err(|why| error(column, why))?;
        let test = self.test(&field)?;
        match test {
            Test::Is(Operand::Time(Moment::Away { .. })) => {
                return Err(error(column, format!("an age is never met exactly; write {key}>30d or {key}<30d")));
            }
            Test::Is(Operand::Time(moment)) if place == Place::None && moment.lasts() => {
                return Err(error(column, format!("a day cannot be left out; write {key}< or {key}>")));
            }
            Test::Is(Operand::Time(_)) if place == Place::None => {
                return Err(error(column, format!("an instant cannot be left out; write {key}< or {key}>")));
            }
            Test::Present if place == Place::None => return Ok((Place::All, Term::Field(field, Test::Absent))),
            Test::Is(_) | Test::Present | Test::Absent | Test::Has(_) | Test::Compare(..) => {}
        }
        Ok((place, Term::Field(field, test)))
    }

    /// A key, if an operator follows it; else it is a word like any other. Klasses may have `-` in their names.
    fn key(&mut self) -> Option<String> {
        let end = self.rest.find([':', '<', '>'])?;
        let (key, word) = (&self.rest[..end], |c: char| c.is_ascii_alphanumeric() || c == '_');
        let sound = match key.split_once('.') {
            Some((of, name)) => keys::is_klass(of) && !name.is_empty() && name.chars().all(word),
            None => !key.is_empty() && key.chars().all(word),
        };
        let key = sound.then(|| key.to_owned())?;
        self.advance(end);
        Some(key)
    }

    fn test(&mut self, field: &Field) -> Result<Test, QueryError> {
        let (kind, key) = (field.kind, &field.written);
        let compare = Compare::SIGNS.into_iter().find(|(sign, _)| self.eat(sign));
        let column = self.column;
        if let Some((sign, compare)) = compare {
            if !matches!(kind, Kind::Time | Kind::Due | Kind::Count | Kind::Number) {
                return Err(error(column, format!("{sign} compares numbers and times; write : for {key}")));
            }
            return Ok(Test::Compare(compare, self.operand(kind)?));
        }
        self.eat(":");
        let is_whole = self.rest.chars().nth(1).is_none_or(|c| c.is_whitespace() || c == ')');
        if self.rest.starts_with('*') && is_whole {
            if kind == Kind::Full {
                return Err(error(column, "every record has some text; write words"));
            }
            self.eat("*");
            return Ok(Test::Present);
        }
        let has = self.eat("~");
        match kind {
            Kind::Full | Kind::Long => Ok(Test::Has(self.value()?)),
            Kind::Short if has => Ok(Test::Has(self.value()?)),
            _ if has => Err(error(column, format!(":~ looks for a word in a text; write : for {key}"))),
            _ => Ok(Test::Is(self.operand(kind)?)),
        }
    }

    fn operand(&mut self, kind: Kind) -> Result<Operand, QueryError> {
        let column = self.column;
        let value = self.value()?;
        operand(kind, value, self.scope).map_err(|why| error(column, why))
    }

    fn sort(&mut self) -> Result<Sort, QueryError> {
        let descending = self.eat("-");
        let column = self.column;
        let word = self.value()?;
        let context = self.scope.context;
        let field = keys::orders(context).find(|field| field.written == word).ok_or_else(|| {
            let known: Vec<String> = keys::orders(context).map(|field| field.written).collect();
            error(column, format!("results can be sorted by {}", known.join(", ")))
        })?;
        Ok(Sort { field, descending })
    }

    /// A word, or a text in quotation marks.
    fn value(&mut self) -> Result<String, QueryError> {
        let column = self.column;
        let value = if self.eat("\"") { self.quoted(column)? } else { self.word()? };
        if value.trim().is_empty() {
            return Err(error(column, "a value is missing here"));
        }
        if value.chars().count() > LONGEST {
            return Err(error(column, format!("this is longer than {LONGEST} characters")));
        }
        Ok(value)
    }

    fn word(&mut self) -> Result<String, QueryError> {
        let end = self.rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')').unwrap_or(self.rest.len());
        let word = self.rest[..end].to_owned();
        self.advance(end);
        if self.rest.starts_with('(') {
            return Err(error(self.column, "a parenthesis inside a value belongs into quotation marks with it"));
        }
        Ok(word)
    }

    fn quoted(&mut self, opened: usize) -> Result<String, QueryError> {
        let (mut value, mut escaped) = (String::new(), false);
        while let Some(c) = self.rest.chars().next() {
            self.advance(c.len_utf8());
            match c {
                '\\' if !escaped => escaped = true,
                '"' if !escaped => return Ok(value),
                _ => {
                    value.push(c);
                    escaped = false;
                }
            }
        }
        Err(error(opened, "the closing quotation mark is missing"))
    }
}

/// A value of this kind.
///
/// # Errors
/// In words: what would be one.
pub(super) fn operand(kind: Kind, value: String, scope: &Scope<'_>) -> Result<Operand, String> {
    match kind {
        Kind::Full | Kind::Long | Kind::Short | Kind::Exact => Ok(Operand::Text(value)),
        Kind::OneOf(known) if known.contains(&value.as_str()) => Ok(Operand::Text(value)),
        Kind::OneOf(known) => Err(format!("it is one of {}", known.join(", "))),
        Kind::Named(names) => named(names, value, scope),
        Kind::Flag => match value.as_str() {
            "yes" | "true" => Ok(Operand::Flag(true)),
            "no" | "false" => Ok(Operand::Flag(false)),
            _ => Err("write yes or no".to_owned()),
        },
        Kind::Count | Kind::Number => value
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(|number| Operand::Number(number + 0.0))
            .ok_or_else(|| "write a number".to_owned()),
        Kind::Time | Kind::Due => moment(&value, kind == Kind::Due, scope).map(Operand::Time).ok_or_else(|| {
            "write a date (2025-03-01), today, yesterday, an instant (2025-03-01T14:00), or a distance from now (30d; m, \
             h, d and w are known)"
                .to_owned()
        }),
    }
}

fn moment(text: &str, ahead: bool, scope: &Scope<'_>) -> Option<Moment> {
    if let Some((_, named, _)) = NamedDay::ALL.iter().find(|(word, _, _)| *word == text) {
        return Some(Moment::Named(*named));
    }
    if text.contains('T') {
        let local = || text.parse::<DateTime>().ok()?.to_zoned(scope.zone.clone()).ok().map(|zoned| zoned.timestamp());
        return text.parse::<Timestamp>().ok().or_else(local).and_then(whole).map(Moment::At);
    }
    if let Ok(date) = text.parse() {
        return Some(Moment::Day(date)).filter(|_| text.len() == 10);
    }
    let letter = text.chars().last()?;
    let (_, unit, _) = Unit::ALL.iter().find(|(known, _, _)| *known == letter)?;
    let amount: u32 = text[..text.len() - letter.len_utf8()].parse().ok()?;
    // A hundred years; beyond it, times leave the range the desk and we can write.
    let is_near = i64::from(amount) * unit.seconds() <= 100 * 366 * 86_400;
    is_near.then_some(Moment::Away { amount, unit: *unit, ahead })
}

/// Whole milliseconds, between years that can be written.
pub(super) fn whole(at: Timestamp) -> Option<Timestamp> {
    let at = Timestamp::from_millisecond(at.as_millisecond()).ok()?;
    let year = at.to_zoned(jiff::tz::TimeZone::UTC).year();
    (1..9999).contains(&year).then_some(at)
}

/// Somebody or something of the org. An id is taken as it is; a name must be known and be one's alone.
fn named(names: Names, value: String, scope: &Scope<'_>) -> Result<Operand, String> {
    if names == Names::Users && value == "me" {
        let me = scope.me.ok_or("it is not known who you are; write a name or an id")?;
        return Ok(Operand::Named { id: me.to_string(), shown: value });
    }
    let known = listed(names, scope.names);
    let is_id = value.len() == 24 && value.bytes().all(|b| b.is_ascii_hexdigit());
    if is_id || known.iter().any(|(id, _)| *id == value) {
        return Ok(Operand::Named { id: value.clone(), shown: value });
    }
    let what = names.word();
    let lower = value.to_lowercase();
    let fitting: Vec<&str> =
        known.iter().filter(|(_, name)| name.to_lowercase() == lower).map(|(id, _)| id.as_str()).collect();
    match fitting[..] {
        [id] => Ok(Operand::Named { id: id.to_owned(), shown: value }),
        // The desk takes tags by name as well as by id.
        [] if known.is_empty() && names == Names::Tags => Ok(Operand::Named { id: value.clone(), shown: value }),
        [] if known.is_empty() => Err(format!("the names of {what}s are not known here; write the id")),
        [] => {
            let close: Vec<String> = known
                .iter()
                .filter(|(_, name)| close(&name.to_lowercase(), &lower))
                .take(5)
                .map(|(_, name)| quoted(name))
                .collect();
            let hint = if close.is_empty() { String::new() } else { format!("; there is {}", close.join(", ")) };
            Err(format!("there is no {what} of this name{hint}"))
        }
        _ => Err(format!("{} {what}s have this name; write the id: {}", fitting.len(), fitting.join(", "))),
    }
}

/// Whether two names share a beginning or one holds the other.
fn close(a: &str, b: &str) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    shared >= 3 || a.contains(b) || b.contains(a)
}

/// Ids and names, in order of names. A name that cannot be shown as it is goes by its id.
pub(super) fn listed(names: Names, directory: Option<&Directory>) -> Vec<(String, String)> {
    let Some(directory) = directory else { return Vec::new() };
    let pair = |id: &str, name: &crate::domain::Text| {
        let line = name.line();
        let shown = if line.as_ref() == name.raw() && !name.is_blank() { name.raw() } else { id };
        (id.to_owned(), shown.to_owned())
    };
    let mut all: Vec<(String, String)> = match names {
        Names::Users => directory.users.iter().map(|(id, user)| pair(id.as_str(), &user.name)).collect(),
        Names::Teams => directory.teams.iter().map(|(id, name)| pair(id.as_str(), name)).collect(),
        Names::Queues => directory.queues.iter().map(|(id, name)| pair(id.as_str(), name)).collect(),
        Names::Tags => directory.tags.iter().map(|(id, name)| pair(id.as_str(), name)).collect(),
    };
    all.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    all
}

impl Names {
    /// One of them.
    pub fn word(self) -> &'static str {
        match self {
            Self::Users => "user",
            Self::Teams => "team",
            Self::Queues => "queue",
            Self::Tags => "tag",
        }
    }
}
