//! Owns what a source is (a table of which format, encoding, delimiter, header) and its rows, one by one. Does not know what
//! the columns mean.
//!
//! Invariant: what one row may take of memory is bounded, whatever the source holds; a source that is no table is refused
//! in words that say what to do, and a row that is no row is passed on as flawed, with its number.

mod delimited;
mod heading;
mod json;
mod sheet;

use std::io::{self, BufRead};

use super::{cell::Row, charset::Charset, input::Input};

/// The most columns; a sheet of any spreadsheet has fewer.
pub(super) const MOST_COLUMNS: usize = 16_384;
/// The most bytes of one row.
pub(super) const LARGEST_ROW: usize = 4 * 1024 * 1024;

/// Why a source cannot be read as a table.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read at all.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// There is nothing in it.
    #[error("it is empty; nothing to import")]
    Empty,
    /// It is something else.
    #[error("{what}; {next}")]
    NoTable {
        /// What it is.
        what: &'static str,
        /// What to do.
        next: &'static str,
    },
    /// It is more than is taken.
    #[error("{what} is too large; the most is {most}")]
    TooLarge {
        /// What is.
        what: &'static str,
        /// The most, and how to get there.
        most: &'static str,
    },
    /// From here on it is no table any more.
    #[error("row {row}: {why}; mend the file there, or say its delimiter, quotes and encoding")]
    Broken {
        /// The row.
        row: u64,
        /// Why.
        why: String,
    },
    /// The workbook cannot be read.
    #[error("the workbook cannot be read: {0}; open it in a spreadsheet and save the sheet as CSV")]
    Workbook(String),
    /// There is no such sheet.
    #[error("there is no sheet of this name; it has: {0}")]
    NoSheet(String),
}

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells with a delimiter between them.
    Delimited(u8),
    /// Ids, and nothing else.
    Ids,
    /// A JSON list.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// A sheet of a workbook.
    Sheet,
}

/// What the person says of the source; what they do not say is found out.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The character between cells.
    pub delimiter: Option<u8>,
    /// The encoding.
    pub charset: Option<Charset>,
    /// Whether the first row is a header.
    pub header: Option<bool>,
    /// Which sheet of a workbook.
    pub sheet: Option<String>,
}

/// A source that is a table: what it is, and its columns.
#[derive(Clone, Debug)]
pub struct Table {
    input: Input,
    /// How its rows are written.
    pub format: Format,
    /// How its bytes are read; a workbook has no encoding to tell.
    pub charset: Option<Charset>,
    /// Whether its first row names the columns.
    pub has_header: bool,
    /// The columns' names: unique, and made up where there is no header.
    pub header: Vec<String>,
    sheet: Option<String>,
}

/// The rows of a table.
pub struct Rows(Box<dyn Iterator<Item = Result<Row, ReadError>> + Send>);

impl Iterator for Rows {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl Table {
    /// Finds out what a source is.
    ///
    /// # Errors
    /// [`ReadError`] for what is no table.
    pub fn detect(input: Input, wishes: &Wishes) -> Result<Self, ReadError> {
        let mut start = input.open()?;
        refuse(start.fill_buf()?)?;
        if start.fill_buf()?.starts_with(b"PK\x03\x04") {
            return sheet::detect(input, wishes);
        }
        let charset = match wishes.charset {
            Some(charset) => charset.marked(start.fill_buf()?),
            None => Charset::detect(start)?,
        };
        let mut text = charset.read(input.open()?)?;
        let first = first_of(&mut text)?;
        let opens = first.trim_start().bytes().next();
        let table = |format, has_header, header| Self {
            input: input.clone(),
            format,
            charset: Some(charset),
            has_header,
            header,
            sheet: None,
        };
        match (opens, wishes.delimiter) {
            (None, _) => Err(ReadError::Empty),
            (Some(b'['), None) => Ok(table(Format::Json, false, json::columns(json::list(text_of(&input, charset)?))?)),
            (Some(b'{'), None) => {
                Ok(table(Format::JsonLines, false, json::columns(json::lines(text_of(&input, charset)?))?))
            }
            _ => {
                let (format, has_header, header) = delimited::detect(&first, wishes)?;
                Ok(table(format, has_header, header))
            }
        }
    }

    /// Its rows, from the first; the header is none of them.
    ///
    /// # Errors
    /// [`ReadError`] when the source is gone.
    pub fn rows(&self) -> Result<Rows, ReadError> {
        let text = || text_of(&self.input, self.charset.unwrap_or(Charset::UTF_8));
        Ok(Rows(match self.format {
            Format::Delimited(delimiter) => {
                Box::new(delimited::Delimited::new(text()?, delimiter, self.has_header, self.header.len()))
            }
            Format::Ids => Box::new(delimited::ids(text()?)),
            Format::Json => Box::new(json::Aligned::new(json::list(text()?), &self.header)),
            Format::JsonLines => Box::new(json::Aligned::new(json::lines(text()?), &self.header)),
            Format::Sheet => {
                Box::new(sheet::rows(&self.input, self.sheet.as_deref(), self.has_header, self.header.len())?)
            }
        }))
    }

    /// The source.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// What was found, in words: `CSV with ";", windows-1252 (guessed), header in row 1, 7 columns`.
    pub fn words(&self) -> String {
        let format = match self.format {
            Format::Delimited(b',') => "comma-separated".to_owned(),
            Format::Delimited(b'\t') => "tab-separated".to_owned(),
            Format::Delimited(other) => format!("separated by {:?}", char::from(other)),
            Format::Ids => "a list of ids".to_owned(),
            Format::Json => "a JSON list".to_owned(),
            Format::JsonLines => "JSON lines".to_owned(),
            Format::Sheet => match &self.sheet {
                Some(name) => format!("sheet {}", crate::privacy::text::line(name)),
                None => "a sheet".to_owned(),
            },
        };
        let guessed = |charset: Charset| if charset.guessed { " (guessed)" } else { "" };
        let encoding =
            self.charset.map(|charset| format!(", {}{}", charset.name(), guessed(charset))).unwrap_or_default();
        let is_json = matches!(self.format, Format::Json | Format::JsonLines);
        let header = match (is_json, self.has_header) {
            (true, _) => "",
            (false, true) => ", the first row is the header",
            (false, false) => ", no header",
        };
        let count = self.header.len();
        format!("{format}{encoding}{header}, {count} column{}", if count == 1 { "" } else { "s" })
    }
}

fn text_of(input: &Input, charset: Charset) -> Result<Box<dyn BufRead + Send>, ReadError> {
    Ok(charset.read(input.open()?)?)
}

/// Files people mistake for tables, by how they begin.
fn refuse(start: &[u8]) -> Result<(), ReadError> {
    const CSV: &str = "open it in a spreadsheet and save the sheet as CSV or xlsx";
    const KNOWN: [(&[u8], &str, &str); 6] = [
        (b"\xd0\xcf\x11\xe0", "this is an old Excel workbook (xls), or one with a password", CSV),
        (b"%PDF", "this is a PDF", "ask for the table itself, as CSV"),
        (b"\x1f\x8b", "this is compressed (gzip)", "unpack it first"),
        (b"BZh", "this is compressed (bzip2)", "unpack it first"),
        (b"\xfd7zXZ", "this is compressed (xz)", "unpack it first"),
        (b"SQLite format 3", "this is a database", "export the table as CSV"),
    ];
    match KNOWN.iter().find(|(begins, _, _)| start.starts_with(begins)) {
        Some((_, what, next)) => Err(ReadError::NoTable { what, next }),
        None => Ok(()),
    }
}

/// The beginning of a text, whole lines of it where it is longer than what is looked at.
fn first_of(text: &mut impl BufRead) -> Result<String, ReadError> {
    const LOOKED_AT: usize = 512 * 1024;
    let mut bytes = Vec::with_capacity(LOOKED_AT);
    let mut whole = io::Read::take(text, LOOKED_AT as u64);
    io::Read::read_to_end(&mut whole, &mut bytes)?;
    if bytes.len() == LOOKED_AT
        && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
    {
        bytes.truncate(end + 1);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
