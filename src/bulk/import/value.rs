//! Owns the reading of one cell as the value of one field: what fits, and in words why something does not. The words never
//! repeat the value.

use serde_json::{Value, json};

use super::{
    cell::Cell,
    fields::{By, Field, Kind, Place},
    moment::Moments,
};

/// The most characters of any cell.
const LONGEST: usize = 100_000;

/// Reads a filled cell.
///
/// # Errors
/// Why it does not fit, for people.
pub fn read(field: &Field, cell: &Cell, moments: &Moments) -> Result<Value, String> {
    if let Place::Refer(_, by) = &field.place {
        return key(*by, &words(cell)?).map(Value::from);
    }
    let value = match &field.kind {
        Kind::Words(least, most) => text(cell, *least, *most)?.into(),
        Kind::Number => number(cell)?,
        Kind::Whole(least, most) => whole(cell, *least, *most)?,
        Kind::Truth => truth(cell)?.into(),
        Kind::Moment => moments.read(&words(cell)?)?.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string().into(),
        Kind::Link => link(&words(cell)?)?.into(),
        Kind::Id => match cell {
            // A reference to several records, where the org's metadata allows it.
            Cell::Typed(Value::Array(_)) if matches!(field.place, Place::Custom(_)) => list(cell, 100, id)?,
            _ => id(&words(cell)?)?,
        },
        Kind::Ids(most) => list(cell, *most, id)?,
        Kind::Tags(most) => list(cell, *most, tag)?,
        Kind::One(known) => one(&words(cell)?, known)?.into(),
        Kind::Listed(known) => one(&words(cell)?, &known.iter().map(String::as_str).collect::<Vec<_>>())?.into(),
        Kind::Emails => list(cell, 10, |word| Ok(json!({"email": key(By::Email, word)?})))?,
        Kind::Phones => list(cell, 10, |word| Ok(json!({"phone": key(By::Phone, word)?})))?,
        Kind::Domains => list(cell, 100, domain)?,
        Kind::Json => structure(cell)?,
    };
    Ok(value)
}

/// A cell as words; numbers and truths of typed sources are words too.
fn words(cell: &Cell) -> Result<String, String> {
    let words = match cell {
        Cell::Empty => String::new(),
        Cell::Text(words) => words.clone(),
        Cell::Typed(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        Cell::Typed(_) => return Err("it is a list or an object; one value is needed".to_owned()),
    };
    if words.contains('\0') {
        return Err("there is a NUL character in it".to_owned());
    }
    if words.contains('\u{fffd}') {
        return Err("a character of it could not be read; say the right --encoding".to_owned());
    }
    Ok(words)
}

fn text(cell: &Cell, least: usize, most: usize) -> Result<String, String> {
    let words = words(cell)?;
    let length = if words.len() <= most { words.len() } else { words.chars().count() };
    if length > most.min(LONGEST) {
        return Err(format!("it has {length} characters, the most is {most}"));
    }
    if length < least && words.chars().count() < least {
        return Err(format!("it needs {least} characters at least"));
    }
    Ok(words)
}

fn number(cell: &Cell) -> Result<Value, String> {
    if let Cell::Typed(value @ Value::Number(_)) = cell {
        return Ok(value.clone());
    }
    let words = words(cell)?;
    let mut plain: String =
        words.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’' | '_')).collect();
    let (dots, commas) = (plain.matches('.').count(), plain.matches(',').count());
    let tail = |separator| plain.rsplit(separator).next().map_or(0, str::len);
    if commas > 0 {
        plain = match (dots, commas) {
            // The later of the two stands before the decimals.
            (1.., _) if plain.rfind(',') > plain.rfind('.') => grouped(&plain, '.', ',')?,
            (0, 1) if tail(',') == 3 => {
                return Err("its comma can stand for thousands or before decimals; write it without one".to_owned());
            }
            (0, 1) => plain.replace(',', "."),
            _ => grouped(&plain, ',', '.')?,
        };
    } else if dots > 1 {
        plain = grouped(&plain, '.', ',')?;
    }
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || !plain.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
        return Err("it is no number".to_owned());
    }
    if let Ok(whole) = plain.parse::<i64>() {
        return Ok(json!(whole));
    }
    match plain.parse::<f64>() {
        Ok(number) if !number.is_finite() => Err("it is too large for a number".to_owned()),
        Ok(_) if digits > 17 => Err("it has more digits than a number keeps".to_owned()),
        Ok(number) => Ok(json!(number)),
        Err(_) => Err("it is no number".to_owned()),
    }
}

/// A number without its thousands' separators, each of which has three digits behind it.
fn grouped(words: &str, thousands: char, decimals: char) -> Result<String, String> {
    let (whole, part) = words.split_once(decimals).map_or((words, None), |(whole, part)| (whole, Some(part)));
    let groups: Vec<&str> = whole.split(thousands).collect();
    let fits = groups.iter().skip(1).all(|group| group.len() == 3) && part.is_none_or(|part| !part.contains(thousands));
    if !fits {
        return Err("it is no number".to_owned());
    }
    Ok(groups.concat() + &part.map(|part| format!(".{part}")).unwrap_or_default())
}

fn whole(cell: &Cell, least: i64, most: i64) -> Result<Value, String> {
    let number = number(cell)?;
    let whole = number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64));
    match whole {
        Some(whole) if (least..=most).contains(&whole) => Ok(json!(whole)),
        _ => Err(format!("it has to be a whole number from {least} to {most}")),
    }
}

fn truth(cell: &Cell) -> Result<bool, String> {
    const YES: [&str; 8] = ["true", "yes", "y", "1", "on", "x", "ja", "wahr"];
    const NO: [&str; 7] = ["false", "no", "n", "0", "off", "nein", "falsch"];
    let word = words(cell)?.to_ascii_lowercase();
    if YES.contains(&word.as_str()) {
        return Ok(true);
    }
    if NO.contains(&word.as_str()) { Ok(false) } else { Err("it is neither yes nor no (true, false)".to_owned()) }
}

fn link(words: &str) -> Result<String, String> {
    let fits = |rest: &str| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace);
    let lower = words.to_ascii_lowercase();
    let is_link = ["https://", "http://", "ftp://"]
        .iter()
        .any(|scheme| lower.starts_with(scheme) && words.get(scheme.len()..).is_some_and(fits));
    if is_link && words.len() <= 2048 {
        Ok(words.to_owned())
    } else {
        Err("it is no web address; it begins with https://".to_owned())
    }
}

/// Whether words are an id of the desk's.
pub fn is_id(words: &str) -> bool {
    words.len() == 24 && words.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn id(words: &str) -> Result<Value, String> {
    if is_id(words) {
        Ok(words.to_ascii_lowercase().into())
    } else {
        Err("it is no id of the desk's (24 hexadecimal digits)".to_owned())
    }
}

fn tag(words: &str) -> Result<Value, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ('À'..='ÿ').contains(&c) || "_/<>-.".contains(c);
    let fits = words.starts_with(allowed) && words.chars().all(|c| allowed(c) || c == ' ');
    if fits && words.chars().count() <= 64 {
        Ok(words.into())
    } else {
        Err("it holds what is no tag (letters, digits, _ / < > - . and blanks, 64 at most)".to_owned())
    }
}

fn domain(words: &str) -> Result<Value, String> {
    let fits = words.contains('.') && !words.contains(|c: char| c.is_whitespace() || c == '@' || c == '/');
    if fits { Ok(json!({ "domain": words.to_lowercase() })) } else { Err("it is no domain (acme.example)".to_owned()) }
}

fn one(words: &str, known: &[&str]) -> Result<String, String> {
    let found = known.iter().find(|value| **value == words);
    let found = found.or_else(|| known.iter().find(|value| value.to_lowercase() == words.to_lowercase()));
    found.map(|value| (*value).to_owned()).ok_or_else(|| {
        let shown: Vec<String> =
            known.iter().take(8).map(|value| crate::privacy::text::line(value).into_string()).collect();
        let more = if known.len() > shown.len() { ", …" } else { "" };
        format!("it is none of: {}{more}", shown.join(", "))
    })
}

/// A list: of JSON, or words with `;`, `,`, `|` or line ends between them. Each item once.
fn list(cell: &Cell, most: usize, item: impl Fn(&str) -> Result<Value, String>) -> Result<Value, String> {
    let mut items = Vec::new();
    match cell {
        Cell::Typed(Value::Array(all)) => {
            for value in all {
                match value {
                    Value::String(word) => items.push(item(word.trim())?),
                    // A record as the desk gives it: whole, unless there is a mask in it.
                    Value::Object(_) if super::masks::is_in(value) => return Err(super::masks::REFUSED.to_owned()),
                    Value::Object(_) => items.push(value.clone()),
                    _ => return Err("its items have to be words".to_owned()),
                }
            }
        }
        cell => {
            let words = words(cell)?;
            let separator =
                [';', '\n', '|', ','].into_iter().find(|separator| words.contains(*separator)).unwrap_or(';');
            for word in words.split(separator).map(str::trim).filter(|word| !word.is_empty()) {
                items.push(item(word)?);
            }
        }
    }
    let mut once: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !once.contains(&item) {
            once.push(item);
        }
        if once.len() > most {
            return Err(format!("it lists more than {most}"));
        }
    }
    Ok(once.into())
}

fn structure(cell: &Cell) -> Result<Value, String> {
    let refused = || "it has to be a JSON object or list".to_owned();
    let value = match cell {
        Cell::Typed(value) => value.clone(),
        cell => serde_json::from_str(&words(cell)?).map_err(|_| refused())?,
    };
    if super::masks::is_in(&value) {
        return Err(super::masks::REFUSED.to_owned());
    }
    if value.is_object() || value.is_array() { Ok(value) } else { Err(refused()) }
}

/// A key a record is looked up by, as the desk spells it.
pub fn key(by: By, words: &str) -> Result<String, String> {
    let words = words.trim();
    match by {
        By::ExternalId if words.chars().count() <= 256 => Ok(words.to_owned()),
        By::ExternalId => Err("it has more than 256 characters".to_owned()),
        By::Email => {
            let fits = |(local, domain): (&str, &str)| {
                let dotted = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
                !local.is_empty() && dotted && !domain.contains('@')
            };
            let plain = !words.contains(|c: char| c.is_whitespace() || c.is_control() || ",;<>".contains(c));
            if plain && words.len() <= 256 && words.split_once('@').is_some_and(fits) {
                Ok(words.to_lowercase())
            } else {
                Err("it is no e-mail address".to_owned())
            }
        }
        By::Phone => {
            let digits: String =
                words.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '/' | '.' | '\u{a0}')).collect();
            let digits = digits.strip_prefix("00").map_or(digits.clone(), |rest| format!("+{rest}"));
            let rest = digits.strip_prefix('+').unwrap_or(&digits);
            if !(7..=15).contains(&rest.len()) || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("it is no phone number".to_owned());
            }
            if digits.starts_with('+') {
                Ok(digits)
            } else {
                Err("it has no country code; write it with + in front (+49 …)".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests;
