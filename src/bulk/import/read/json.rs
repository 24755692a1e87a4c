//! Owns rows of JSON: the items of a list, or one value a line. Only one of them is in memory at a time.
//!
//! A record's columns are its keys; those below `custom` stand beside the others as `custom.NAME`, and a record as the desk
//! gives it (`{id, attributes}`) counts as its attributes with its id. A lone word or number is an id.

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, Read},
};

use serde_json::{Map, Value};

use super::{LARGEST_ROW, MOST_COLUMNS, ReadError};
use crate::bulk::import::cell::{Cell, Row};

/// One item: which, and what it is, or why it is nothing.
type Item = (u64, Result<Value, String>);

/// Items of a source, read one by one.
pub struct Items {
    text: Box<dyn BufRead + Send>,
    by_line: bool,
    number: u64,
    ended: bool,
}

/// The items of one list.
pub fn list(text: Box<dyn BufRead + Send>) -> Items {
    Items { text, by_line: false, number: 0, ended: false }
}

/// One item a line.
pub fn lines(text: Box<dyn BufRead + Send>) -> Items {
    Items { text, by_line: true, number: 0, ended: false }
}

impl Iterator for Items {
    type Item = Result<Item, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = if self.by_line { self.line() } else { self.item() };
        self.ended = !matches!(item, Ok(Some(_)));
        item.transpose()
    }
}

impl Items {
    fn broken(&self, why: &str) -> ReadError {
        ReadError::Broken { row: self.number, why: why.to_owned() }
    }

    fn line(&mut self) -> Result<Option<Item>, ReadError> {
        loop {
            self.number += 1;
            let mut line = Vec::new();
            (&mut self.text).take(LARGEST_ROW as u64 + 1).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                return Ok(None);
            }
            if line.len() > LARGEST_ROW {
                return Err(self.broken("it is longer than 4 MB"));
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some((self.number, parsed(&line))));
            }
        }
    }

    /// The next item of a list: cut out by its brackets and quotes, so that one that is no JSON costs only itself.
    fn item(&mut self) -> Result<Option<Item>, ReadError> {
        if self.number == 0 && self.peek()? == Some(b'[') {
            self.text.consume(1);
        }
        match self.peek()? {
            Some(b']') => return Ok(None),
            Some(b',') if self.number > 0 => self.text.consume(1),
            None => return Err(self.broken("the list does not end")),
            Some(_) if self.number > 0 => return Err(self.broken("there is no comma after it")),
            Some(_) => {}
        }
        self.number += 1;
        // A comma before the closing bracket is what people leave behind.
        if self.peek()? == Some(b']') {
            return Ok(None);
        }
        let item = self.cut()?;
        Ok(Some((self.number, parsed(&item))))
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let bytes = self.text.fill_buf()?;
            if bytes.is_empty() {
                return Ok(None);
            }
            if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii_whitespace()) {
                let byte = bytes[at];
                self.text.consume(at);
                return Ok(Some(byte));
            }
            let length = bytes.len();
            self.text.consume(length);
        }
    }

    /// The bytes of one item, up to the comma or bracket behind it.
    fn cut(&mut self) -> Result<Vec<u8>, ReadError> {
        let (mut item, mut depth, mut quoted, mut escaped) = (Vec::new(), 0_usize, false, false);
        loop {
            let bytes = self.text.fill_buf()?;
            if bytes.is_empty() {
                return Err(self.broken("the list ends within it"));
            }
            let mut end = None;
            for (at, byte) in bytes.iter().enumerate() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    _ if quoted => {}
                    b'{' | b'[' => depth += 1,
                    b',' | b']' if depth == 0 => {
                        end = Some(at);
                        break;
                    }
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            let taken = end.unwrap_or(bytes.len());
            item.extend_from_slice(&bytes[..taken]);
            self.text.consume(taken);
            if end.is_some() {
                return Ok(item);
            }
            if item.len() > LARGEST_ROW {
                return Err(self.broken("it is longer than 4 MB"));
            }
        }
    }
}

fn parsed(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The place, not the words: those are customers'.
        format!("it is no JSON (character {} of it)", error.column())
    })
}

/// An item's cells by column; `None` for what is no record.
fn flat(value: Value) -> Option<Map<String, Value>> {
    let mut record = match value {
        Value::Object(record) => record,
        word @ (Value::String(_) | Value::Number(_)) => return Some(Map::from_iter([("id".to_owned(), word)])),
        _ => return None,
    };
    if let Some(Value::Object(mut attributes)) = record.remove("attributes") {
        if let Some(id) = record.remove("id") {
            attributes.insert("id".to_owned(), id);
        }
        record = attributes;
    }
    if let Some(Value::Object(custom)) = record.remove("custom") {
        record.extend(custom.into_iter().map(|(name, value)| (format!("custom.{name}"), value)));
    }
    Some(record)
}

/// All columns of a source, in the order of their first record; it is read from end to end.
///
/// # Errors
/// [`ReadError`] for a source that cannot be read on, or holds no record.
pub fn columns(items: Items) -> Result<Vec<String>, ReadError> {
    let (mut columns, mut known) = (Vec::new(), HashSet::new());
    for item in items {
        for name in item?.1.ok().and_then(flat).into_iter().flat_map(|record| record.into_iter().map(|(name, _)| name))
        {
            if !known.contains(&name) {
                known.insert(name.clone());
                columns.push(name);
            }
        }
        if columns.len() > MOST_COLUMNS {
            return Err(ReadError::TooLarge { what: "the number of columns", most: "16,384" });
        }
    }
    if columns.is_empty() {
        return Err(ReadError::NoTable {
            what: "this is JSON without records",
            next: "it has to be a list of objects (or of ids), or one a line",
        });
    }
    Ok(columns)
}

/// Rows with a cell for each column.
pub struct Aligned {
    items: Items,
    places: HashMap<String, usize>,
}

impl Aligned {
    /// Rows of these columns.
    pub fn new(items: Items, header: &[String]) -> Self {
        Self { items, places: header.iter().cloned().zip(0..).collect() }
    }
}

impl Iterator for Aligned {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (number, item) = match self.items.next()? {
            Ok(item) => item,
            Err(error) => return Some(Err(error)),
        };
        let mut cells = vec![Cell::Empty; self.places.len()];
        let record =
            item.and_then(|value| flat(value).ok_or_else(|| "it is no record: an object is needed".to_owned()));
        let flaw = match record {
            Ok(record) => {
                for (name, value) in record {
                    if let Some(place) = self.places.get(&name) {
                        cells[*place] = Cell::typed(value);
                    }
                }
                None
            }
            Err(why) => Some(why),
        };
        Some(Ok(Row { number, cells, flaw }))
    }
}
