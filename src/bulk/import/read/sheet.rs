//! Owns workbooks (xlsx): one sheet of them as rows. What a workbook unpacks to is measured before anything of it is read.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek},
    panic::UnwindSafe,
    sync::Arc,
};

use calamine::{DataRef, Reader, Xlsx};
use serde_json::{Value, json};

use super::{Format, MOST_COLUMNS, ReadError, Table, Wishes, heading};
use crate::{
    bulk::import::{
        cell::{Cell, Row},
        input::Input,
    },
    privacy::{contain, text},
};

/// The most a workbook may unpack to, in bytes.
const MOST_UNPACKED: u64 = 256 * 1024 * 1024;
/// The most parts of a workbook.
const MOST_PARTS: usize = 2_000;
/// The most filled cells of a sheet; each takes memory, since a sheet is read as a whole.
const MOST_CELLS: usize = 4_000_000;

trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

type Book = Xlsx<Box<dyn Source>>;

fn open(input: &Input) -> Result<Box<dyn Source>, ReadError> {
    Ok(match input {
        Input::File(path) => Box::new(BufReader::new(File::open(path)?)),
        Input::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
    })
}

/// Unpacks everything once, to nowhere: what the directory says of sizes is not believed.
fn measure(input: &Input) -> Result<(), ReadError> {
    let refused = |error: zip::result::ZipError| ReadError::Workbook(error.to_string());
    let mut archive = zip::ZipArchive::new(open(input)?).map_err(refused)?;
    if archive.len() > MOST_PARTS {
        return Err(ReadError::TooLarge { what: "the workbook's number of parts", most: "2,000" });
    }
    if archive.index_for_name("xl/workbook.xml").is_none() {
        return Err(ReadError::NoTable {
            what: "this is an archive, but no xlsx workbook",
            next: "unpack it first, or save the sheet as CSV",
        });
    }
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(refused)?;
        left -= io::copy(&mut part.take(left + 1), &mut io::sink())?.min(left);
        if left == 0 {
            return Err(ReadError::TooLarge {
                what: "what the workbook unpacks to",
                most: "256 MB; save the sheet as CSV",
            });
        }
    }
    Ok(())
}

fn book(input: &Input) -> Result<Book, ReadError> {
    measure(input)?;
    Xlsx::new(open(input)?).map_err(|error: calamine::XlsxError| ReadError::Workbook(error.to_string()))
}

/// Runs a parser of somebody else's over somebody's file: what it trips over is an error, not the end of the program.
fn careful<T>(read: impl FnOnce() -> Result<T, ReadError> + UnwindSafe) -> Result<T, ReadError> {
    contain(read).unwrap_or_else(|_| Err(ReadError::Workbook("it is damaged".to_owned())))
}

/// Finds the sheet and its header.
pub fn detect(input: Input, wishes: &Wishes) -> Result<Table, ReadError> {
    let names = careful(|| Ok(book(&input)?.sheet_names()))?;
    let listed = || names.iter().map(|name| text::line(name).to_string()).collect::<Vec<_>>().join(", ");
    let sheet = match &wishes.sheet {
        Some(wanted) => names.iter().find(|name| *name == wanted).ok_or_else(|| ReadError::NoSheet(listed()))?,
        None => names.first().ok_or_else(|| ReadError::NoSheet("none".to_owned()))?,
    }
    .clone();
    let all = cells(&input, &sheet)?;
    let top = all.first().ok_or(ReadError::Empty)?;
    let width = all.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let words = |cells: &[Cell]| cells.iter().map(Cell::shown).collect::<Vec<_>>();
    let first = words(&top.1);
    let second = all.get(1).map(|(_, cells)| words(cells));
    let has_header = wishes.header.unwrap_or_else(|| heading::is_header(&first, second.as_deref()));
    let mut given = if has_header { first } else { Vec::new() };
    given.resize(width, String::new());
    Ok(Table {
        input,
        format: Format::Sheet,
        charset: None,
        has_header,
        header: heading::names(&given),
        sheet: Some(sheet),
    })
}

/// The rows of a sheet, as numbered there.
pub fn rows(
    input: &Input,
    sheet: Option<&str>,
    skips: bool,
    width: usize,
) -> Result<impl Iterator<Item = Result<Row, ReadError>> + Send + use<>, ReadError> {
    let all = cells(input, sheet.unwrap_or_default())?;
    Ok(all.into_iter().skip(usize::from(skips)).map(move |(number, mut cells)| {
        cells.resize(width, Cell::Empty);
        Ok(Row { number, cells, flaw: None })
    }))
}

/// The filled rows of a sheet, with their numbers.
fn cells(input: &Input, sheet: &str) -> Result<Vec<(u64, Vec<Cell>)>, ReadError> {
    careful(|| read(&mut book(input)?, sheet))
}

fn read(book: &mut Book, sheet: &str) -> Result<Vec<(u64, Vec<Cell>)>, ReadError> {
    let broken = |error: calamine::XlsxError| ReadError::Workbook(error.to_string());
    let mut reader = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let (mut rows, mut count) = (Vec::<(u64, Vec<Cell>)>::new(), 0);
    while let Some(found) = reader.next_cell().map_err(broken)? {
        let (row, column) = found.get_position();
        let (number, column) = (u64::from(row) + 1, column as usize);
        let cell = cell(found.get_value());
        if cell.is_empty() {
            continue;
        }
        count += 1;
        if column >= MOST_COLUMNS || count > MOST_CELLS {
            return Err(ReadError::TooLarge { what: "the sheet", most: "4,000,000 filled cells; save it as CSV" });
        }
        if rows.last().is_none_or(|(last, _)| *last != number) {
            if rows.last().is_some_and(|(last, _)| *last > number) {
                return Err(ReadError::Workbook("its rows are out of order".to_owned()));
            }
            rows.push((number, Vec::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            // A cell far to the right of a damaged row must not cost memory for each one before it.
            count += column.saturating_sub(cells.len());
            cells.resize(cells.len().max(column + 1), Cell::Empty);
            cells[column] = cell;
        }
    }
    Ok(rows)
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Typed(json!(number)),
        // Sheets keep whole numbers as floats: 7731 must not become 7731.0.
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Cell::Typed(json!(*number as i64)),
        DataRef::Float(number) => Cell::typed(json!(number)),
        DataRef::SharedString(words) => Cell::words(words),
        DataRef::Bool(truth) => Cell::Typed(Value::Bool(*truth)),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            Cell::Text(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}"))
        }
        DataRef::String(words) | DataRef::DateTimeIso(words) | DataRef::DurationIso(words) => Cell::words(words),
        // `#REF!` and the like: words no field takes for a value unless it takes any words.
        DataRef::Error(error) => Cell::Text(error.to_string()),
    }
}
