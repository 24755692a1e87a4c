//! Owns tables with a character between cells (CSV, TSV and what spreadsheets of other countries write) and plain lists of ids.

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use csv::{ReaderBuilder, StringRecord};

use super::{Format, LARGEST_ROW, MOST_COLUMNS, ReadError, Wishes, heading};
use crate::bulk::import::cell::{Cell, Row};

/// Delimiters that are looked for, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows of the beginning that have to agree.
const SAMPLE: usize = 50;

/// What a text is, by its beginning.
pub fn detect(first: &str, wishes: &Wishes) -> Result<(Format, bool, Vec<String>), ReadError> {
    let delimiter = wishes.delimiter.unwrap_or_else(|| likeliest(first));
    let rows = sample(first, delimiter);
    let Some(top) = rows.first() else { return Err(ReadError::Empty) };
    if top.len() > MOST_COLUMNS {
        return Err(ReadError::TooLarge { what: "the number of columns", most: "16,384" });
    }
    let has_header = wishes.header.unwrap_or_else(|| heading::is_header(top, rows.get(1).map(Vec::as_slice)));
    if wishes.delimiter.is_none() && !has_header && is_ids(&rows) {
        return Ok((Format::Ids, false, vec!["id".to_owned()]));
    }
    let given = if has_header { top.clone() } else { vec![String::new(); top.len()] };
    Ok((Format::Delimited(delimiter), has_header, heading::names(&given)))
}

/// The delimiter under which the rows agree best in how many cells they have.
fn likeliest(first: &str) -> u8 {
    let score = |delimiter: &u8| {
        let rows = sample(first, *delimiter);
        let columns = rows.first().map_or(0, Vec::len);
        let agree = rows.iter().filter(|row| row.len() == columns).count();
        // More columns only count among those that agree.
        if columns < 2 { (0, 0) } else { (agree * 100 / rows.len(), columns) }
    };
    let best = DELIMITERS.iter().rev().max_by_key(|delimiter| score(delimiter));
    best.copied().unwrap_or(b',')
}

fn sample(first: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = builder(delimiter).from_reader(first.as_bytes());
    let rows = reader.records().take(SAMPLE).map_while(Result::ok);
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

/// Whether there is nothing but ids: one a row, or all in one row.
fn is_ids(rows: &[Vec<String>]) -> bool {
    let is_word = |word: &str| !word.trim().contains(char::is_whitespace);
    let is_numbered = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let lone = rows.iter().all(|row| row.len() == 1 && is_word(&row[0]));
    let [line] = rows else { return lone };
    let words: Vec<&str> = line.iter().flat_map(|cell| cell.split_whitespace()).collect();
    lone || (words.len() > 1 && words.iter().all(|word| is_numbered(word)))
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    builder
}

/// A source of which no more than so much is read before somebody says to go on.
struct Metered<R> {
    from: R,
    left: Arc<AtomicUsize>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(to)?;
        let left = self.left.load(Ordering::Relaxed);
        if read > left {
            return Err(io::Error::other(format!(
                "it is longer than {} MB (a quote that is never closed?)",
                LARGEST_ROW >> 20
            )));
        }
        self.left.store(left - read, Ordering::Relaxed);
        Ok(read)
    }
}

/// Rows of a delimited text.
pub struct Delimited {
    reader: csv::Reader<Metered<Box<dyn BufRead + Send>>>,
    left: Arc<AtomicUsize>,
    record: StringRecord,
    columns: usize,
    number: u64,
    skips: bool,
    ended: bool,
}

impl Delimited {
    /// Reads from the beginning; `skips` the header.
    pub fn new(text: Box<dyn BufRead + Send>, delimiter: u8, skips: bool, columns: usize) -> Self {
        let left = Arc::new(AtomicUsize::new(LARGEST_ROW));
        let reader = builder(delimiter).from_reader(Metered { from: text, left: Arc::clone(&left) });
        Self { reader, left, record: StringRecord::new(), columns, number: 0, skips, ended: false }
    }

    fn read(&mut self) -> Result<Option<Row>, ReadError> {
        self.left.store(LARGEST_ROW, Ordering::Relaxed);
        self.number += 1;
        let number = self.number;
        let broken = |error: csv::Error| {
            let why = match error.kind() {
                csv::ErrorKind::Io(error) => error.to_string(),
                csv::ErrorKind::Utf8 { .. } => "it is no text in this encoding".to_owned(),
                _ => "it cannot be read".to_owned(),
            };
            ReadError::Broken { row: number, why }
        };
        if !self.reader.read_record(&mut self.record).map_err(broken)? {
            return Ok(None);
        }
        let flaw = (self.record.len() != self.columns)
            .then(|| format!("it has {} cells, the table has {} columns", self.record.len(), self.columns));
        let cells = self.record.iter().take(self.columns).map(Cell::words).collect();
        Ok(Some(Row { number, cells, flaw }))
    }
}

impl Iterator for Delimited {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        if std::mem::take(&mut self.skips)
            && let Err(error) = self.read()
        {
            self.ended = true;
            return Some(Err(error));
        }
        loop {
            match self.read() {
                // Lines with nothing but delimiters are what spreadsheets leave below a table.
                Ok(Some(row)) if row.cells.iter().all(Cell::is_empty) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Ok(None) => {
                    self.ended = true;
                    return None;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Ids, one by one, whatever stands between them.
pub fn ids(mut text: Box<dyn BufRead + Send>) -> impl Iterator<Item = Result<Row, ReadError>> + Send {
    let (mut waiting, mut number, mut ended) = (VecDeque::<String>::new(), 0, false);
    std::iter::from_fn(move || {
        while waiting.is_empty() && !ended {
            let mut line = Vec::new();
            let read = Read::take(&mut text, LARGEST_ROW as u64).read_until(b'\n', &mut line);
            match read {
                Ok(0) => ended = true,
                Ok(_) => {
                    let line = String::from_utf8_lossy(&line);
                    let words = line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'));
                    let words = words.map(|word| word.trim_matches('"').to_owned()).filter(|word| !word.is_empty());
                    waiting.extend(words);
                }
                Err(error) => {
                    ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
        let id = waiting.pop_front()?;
        number += 1;
        Some(Ok(Row { number, cells: vec![Cell::words(&id)], flaw: None }))
    })
}
