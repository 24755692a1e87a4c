//! Owns the reading of the search language, and the quoting that makes reading undo printing.

use super::{Compare, Field, Kind, Known, Moment, Operand, QueryError, Sort, SortKey, Term, Test, Unit, What};
use crate::domain::AttributeKind;

/// The most conditions of one sort the desk takes (Kustomer API reference 9.1).
const MOST: usize = 20;
/// The longest text looked for.
const LONGEST: usize = 256;

struct Reader<'a> {
    rest: &'a str,
    column: usize,
}

/// Terms and order.
pub(super) fn parse(text: &str) -> Result<(Vec<Term>, Option<Sort>), QueryError> {
    let mut reader = Reader { rest: text, column: 1 };
    let (mut terms, mut sort) = (Vec::new(), None);
    loop {
        reader.skip(char::is_whitespace);
        if reader.rest.is_empty() {
            return Ok((terms, sort));
        }
        let column = reader.column;
        if reader.rest.starts_with("sort:") {
            reader.eat("sort:");
            sort = Some(reader.sort()?);
            continue;
        }
        let term = reader.term()?;
        if terms.iter().filter(|other: &&Term| other.negated == term.negated).count() == MOST {
            return Err(error(column, "the desk takes at most 20 conditions, and 20 exceptions"));
        }
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
}

/// Text as it has to be written to be read as one value.
pub(super) fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && !text.starts_with(['-', '~', '*', '>', '<', '='])
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"\\:<>".contains(c));
    if plain {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn error(column: usize, message: impl Into<String>) -> QueryError {
    QueryError { column, message: message.into() }
}

impl Reader<'_> {
    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        while let Some(c) = self.rest.chars().next().filter(|c| skipped(*c)) {
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

    fn term(&mut self) -> Result<Term, QueryError> {
        let negated = self.eat("-");
        let column = self.column;
        let Some(key) = self.key() else {
            return Ok(Term { negated, what: What::Words(self.value()?) });
        };
        let field = field(&key).ok_or_else(|| {
            let known: Vec<&str> = Known::ALL.iter().map(|(word, _, _)| *word).collect();
            error(
                column,
                format!("there is no key {key}; there are {}, and custom attributes such as tierStr", known.join(", ")),
            )
        })?;
        let test = self.test(&field)?;
        match test {
            Test::Is(Operand::Time(Moment::Ago(..))) => {
                return Err(error(column, format!("an age is never met exactly; write {key}>30d or {key}<30d")));
            }
            Test::Is(Operand::Time(Moment::Day(_))) if negated => {
                return Err(error(column, format!("a day cannot be left out; write {key}< or {key}>")));
            }
            Test::Is(_) | Test::Any | Test::Has(_) | Test::Compare(..) => {}
        }
        Ok(Term { negated, what: What::Field(field, test) })
    }

    /// A key, if an operator follows it; else it is a word like any other.
    fn key(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        let operator = self.rest[end..].starts_with([':', '<', '>']);
        if end == 0 || !operator {
            return None;
        }
        let key = self.rest[..end].to_owned();
        self.advance(end);
        Some(key)
    }

    fn test(&mut self, field: &Field) -> Result<Test, QueryError> {
        let kind = kind(field);
        let compare = [(">=", Compare::AtLeast), ("<=", Compare::AtMost), (">", Compare::More), ("<", Compare::Less)]
            .into_iter()
            .find(|(sign, _)| self.eat(sign));
        let column = self.column;
        if let Some((sign, compare)) = compare {
            if !matches!(kind, Kind::Time | Kind::Count) {
                return Err(error(column, format!("{sign} compares numbers and times; write : for this key")));
            }
            return Ok(Test::Compare(compare, self.operand(kind)?));
        }
        self.eat(":");
        if self.eat("~") {
            if kind != Kind::Text {
                return Err(error(column, ":~ looks for a word in a text; write : for this key"));
            }
            return Ok(Test::Has(self.value()?));
        }
        if self.rest.starts_with('*') && self.rest[1..].chars().next().is_none_or(char::is_whitespace) {
            self.eat("*");
            return Ok(Test::Any);
        }
        Ok(Test::Is(self.operand(kind)?))
    }

    fn operand(&mut self, kind: Kind) -> Result<Operand, QueryError> {
        let column = self.column;
        let value = self.value()?;
        match kind {
            Kind::Text | Kind::Exact => Ok(Operand::Text(value)),
            Kind::Status if ["open", "snoozed", "done"].contains(&value.as_str()) => Ok(Operand::Text(value)),
            Kind::Status => Err(error(column, "a status is open, snoozed or done")),
            Kind::Flag => match value.as_str() {
                "yes" | "true" => Ok(Operand::Flag(true)),
                "no" | "false" => Ok(Operand::Flag(false)),
                _ => Err(error(column, "write yes or no")),
            },
            Kind::Count => value
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map(Operand::Number)
                .ok_or_else(|| error(column, "write a number")),
            Kind::Time => moment(&value)
                .map(Operand::Time)
                .ok_or_else(|| error(column, "write a date (2025-03-01) or an age (30d; m, h, d and w are known)")),
        }
    }

    fn sort(&mut self) -> Result<Sort, QueryError> {
        let descending = self.eat("-");
        let column = self.column;
        let word = self.value()?;
        let known = SortKey::ALL.iter().find(|(known, _)| *known == word);
        let (_, key) =
            known.ok_or_else(|| error(column, "results can be sorted by created, updated, name or active"))?;
        Ok(Sort { key: *key, descending })
    }

    /// A word, or a text in quotation marks.
    fn value(&mut self) -> Result<String, QueryError> {
        let column = self.column;
        let value = if self.eat("\"") { self.quoted(column)? } else { self.word() };
        if value.trim().is_empty() {
            return Err(error(column, "a value is missing here"));
        }
        if value.chars().count() > LONGEST {
            return Err(error(column, "this is longer than 256 characters"));
        }
        Ok(value)
    }

    fn word(&mut self) -> String {
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        let word = self.rest[..end].to_owned();
        self.advance(end);
        word
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

fn field(key: &str) -> Option<Field> {
    let known = Known::ALL.iter().find(|(word, _, _)| *word == key).map(|(_, known, _)| Field::Known(*known));
    known.or_else(|| (AttributeKind::of(key) != AttributeKind::Unknown).then(|| Field::Custom(key.to_owned())))
}

fn kind(field: &Field) -> Kind {
    match field {
        Field::Known(known) => known.kind(),
        Field::Custom(name) => match AttributeKind::of(name) {
            AttributeKind::Str | AttributeKind::Txt => Kind::Text,
            AttributeKind::Num => Kind::Count,
            AttributeKind::Bool => Kind::Flag,
            AttributeKind::At => Kind::Time,
            AttributeKind::Url | AttributeKind::Id | AttributeKind::Tree | AttributeKind::Unknown => Kind::Exact,
        },
    }
}

fn moment(text: &str) -> Option<Moment> {
    if let Ok(date) = text.parse() {
        return Some(Moment::Day(date)).filter(|_| text.len() == 10);
    }
    let letter = text.chars().last()?;
    let (_, unit, _) = Unit::ALL.iter().find(|(known, _, _)| *known == letter)?;
    let amount: u32 = text[..text.len() - 1].parse().ok()?;
    // A hundred years back; beyond it, times leave the range the desk and we can write.
    (i64::from(amount) * unit.seconds() <= 100 * 366 * 86_400).then_some(Moment::Ago(amount, *unit))
}
