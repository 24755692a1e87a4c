//! Tables of every format through the same door, and hostile ones.

use std::io::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::bulk::import::cell::{Cell, guarded};

fn detect(bytes: impl Into<Vec<u8>>) -> Result<Table, ReadError> {
    Table::detect(Input::pasted(bytes)?, &Wishes::default())
}

fn table(bytes: impl Into<Vec<u8>>) -> (Table, Vec<Row>) {
    let table = detect(bytes).expect("a table");
    let rows = table.rows().expect("rows").collect::<Result<_, _>>().expect("rows");
    (table, rows)
}

fn shown(rows: &[Row]) -> Vec<(u64, Vec<String>)> {
    rows.iter().map(|row| (row.number, row.cells.iter().map(Cell::shown).collect())).collect()
}

fn row(number: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

/// A workbook with one sheet of these cells (`<c …>` each), as spreadsheets pack it.
pub(in crate::bulk) fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut sheet = String::from(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
    );
    for (number, cells) in (1..).zip(rows) {
        sheet.push_str(&format!(r#"<row r="{number}">"#));
        for (letter, cell) in ('A'..='Z').zip(cells.iter()) {
            sheet.push_str(&if cell.parse::<f64>().is_ok() {
                format!(r#"<c r="{letter}{number}"><v>{cell}</v></c>"#)
            } else {
                format!(r#"<c r="{letter}{number}" t="inlineStr"><is><t>{cell}</t></is></c>"#)
            });
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    packed(&[("xl/worksheets/sheet1.xml", sheet.as_bytes())])
}

fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    const LINKS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let fixed = [
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", LINKS.as_bytes()),
    ];
    for (name, bytes) in fixed.iter().chain(parts) {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a part");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("an archive").into_inner()
}

#[test]
fn the_same_table_is_read_from_every_format() {
    let expected = [row(2, &["Ada", "ada@quill.example", "7"]), row(3, &["Bo, jr.", "bo@quill.example", "8.5"])];
    for (words, bytes) in [
        (
            "comma-separated",
            "name,email,total\nAda,ada@quill.example,7\n\"Bo, jr.\",bo@quill.example,8.5\n".as_bytes().to_vec(),
        ),
        ("separated by ';'", b"name;email;total\r\nAda;ada@quill.example;7\r\nBo, jr.;bo@quill.example;8.5".to_vec()),
        (
            "tab-separated",
            b"name\temail\ttotal\nAda\tada@quill.example\t7\nBo, jr.\tbo@quill.example\t8.5\n\n\n".to_vec(),
        ),
        (
            "sheet People",
            workbook(&[
                &["name", "email", "total"],
                &["Ada", "ada@quill.example", "7"],
                &["Bo, jr.", "bo@quill.example", "8.5"],
            ]),
        ),
    ] {
        let (table, rows) = table(bytes);
        assert!(table.words().starts_with(words), "{}", table.words());
        assert_eq!((table.header.join(" "), table.has_header), ("name email total".to_owned(), true));
        assert_eq!(shown(&rows), expected, "{words}");
    }
    let json = json!([{"name": "Ada", "total": 7}, {"total": 8.5, "custom": {"tierStr": "gold"}, "name": "Bo, jr."}]);
    let lines = json.as_array().expect("a list").iter().map(|item| format!("{item}\n")).collect::<String>();
    for (first, bytes) in [(1, json.to_string()), (1, format!(" {json:#}\n")), (1, lines)] {
        let (table, rows) = table(bytes);
        assert_eq!(table.header, ["name", "total", "custom.tierStr"]);
        assert_eq!(shown(&rows), [row(first, &["Ada", "7", ""]), row(first + 1, &["Bo, jr.", "8.5", "gold"])]);
    }
}

#[test]
fn ids_are_read_however_they_are_pasted() {
    for words in [
        "TEN-1001\nTEN-1002\r\nTEN-1003\n",
        "TEN-1001, TEN-1002,TEN-1003",
        "TEN-1001 TEN-1002 TEN-1003",
        "[\"TEN-1001\", \"TEN-1002\",\"TEN-1003\"]",
    ] {
        let (table, rows) = table(words);
        assert_eq!(table.header, ["id"], "{words}");
        assert_eq!(shown(&rows), [row(1, &["TEN-1001"]), row(2, &["TEN-1002"]), row(3, &["TEN-1003"])]);
    }
}

#[test]
fn a_record_of_the_desk_counts_as_its_attributes() {
    let (table, rows) =
        table(r#"{"type": "customer", "id": "66c1", "attributes": {"name": "Ada", "custom": {"vipBool": true}}}"#);
    assert_eq!(
        table.header,
        ["custom.vipBool", "id", "name"].map(str::to_owned).to_vec().as_slice(),
        "{:?}",
        table.header
    );
    assert_eq!(rows[0].cells[0], Cell::Typed(json!(true)));
}

#[test]
fn a_ragged_row_and_a_broken_item_cost_themselves_only() {
    let (_, rows) = table("a,b\n1,2\n3\n4,5,6\n7,8\n");
    let flaws: Vec<bool> = rows.iter().map(|row| row.flaw.is_some()).collect();
    assert_eq!(flaws, [false, true, true, false]);
    for bytes in ["[{\"a\": 1}, {\"a\" 2}, 7, [1], {\"a\": 3}]", "{\"a\": 1}\n{\"a\" 2}\n7\n[1]\n{\"a\": 3}\n"] {
        let (_, rows) = table(bytes);
        let flaws: Vec<bool> = rows.iter().map(|row| row.flaw.is_some()).collect();
        assert_eq!(flaws, [false, true, false, true, false], "{bytes}");
    }
}

#[test]
fn what_is_no_table_is_refused_in_words() {
    for (bytes, words) in [
        (b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), "old Excel"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        (packed(&[]).split_off(0).into_iter().take(40).collect(), "workbook"),
        (b" \n \n".to_vec(), "empty"),
        (b"{}".to_vec(), "without records"),
        (b"[1, 2".to_vec(), "ends within it"),
        (b"[{\"a\": 1} {\"a\": 2}]".to_vec(), "without records"),
    ] {
        let said = match detect(bytes.clone()) {
            Ok(table) => {
                let rows = table.rows().and_then(Iterator::collect::<Result<Vec<_>, _>>);
                rows.map_or_else(|error| error.to_string(), |rows| format!("{:?}", rows[0].flaw))
            }
            Err(error) => error.to_string(),
        };
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(matches!(Input::pasted(Vec::new()), Err(ReadError::Empty)));
}

#[test]
fn a_quote_that_never_closes_ends_in_words_not_in_memory() {
    let mut text = b"a,b\n1,\"2\n".to_vec();
    text.extend(std::iter::repeat_n(b"3,4\n".as_slice(), 2_000_000).flatten());
    let rows: Result<Vec<_>, _> = detect(text).expect("a table").rows().expect("rows").collect();
    let said = rows.expect_err("broken").to_string();
    assert!(said.contains("row 2") && said.contains("quote"), "{said}");
}

#[test]
fn ten_thousand_columns_are_a_table_and_a_hundred_thousand_are_none() {
    let wide = |columns: usize| (0..columns).map(|n| format!("c{n}x")).collect::<Vec<_>>().join(",") + "\n";
    let (table, _) = table(wide(10_000) + &"x,".repeat(9_999) + "x\n");
    assert_eq!(table.header.len(), 10_000);
    // Their header alone is longer than what is looked at to find the columns.
    assert!(detect(wide(100_000)).is_err());
}

#[test]
fn a_bomb_is_measured_before_it_is_read() {
    let zeros = vec![b' '; 300 * 1024 * 1024];
    let bomb = packed(&[("xl/sharedStrings.xml", &zeros)]);
    assert!(bomb.len() < 1024 * 1024);
    assert!(matches!(detect(bomb), Err(ReadError::TooLarge { .. })));
    let far = r#"<worksheet><sheetData><row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="ZZZZ9"><v>1</v></c></row></sheetData></worksheet>"#;
    assert!(detect(packed(&[("xl/worksheets/sheet1.xml", far.as_bytes())])).is_err());
}

fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 é✓;,|\t\"'=+@\n-]{0,12}", Just("\u{0}".to_owned()), Just("⟦phone:1⟧".to_owned())]
}

proptest! {
    /// What was written as CSV is read back cell by cell, whatever the delimiter.
    #[test]
    fn written_cells_are_read_back(
        rows in prop::collection::vec(prop::collection::vec(any_cell(), 3), 1..8),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["name", "size", "colour"]).expect("written");
        for row in &rows {
            writer.write_record(row.iter().map(|cell| guarded(cell.trim()))).expect("written");
        }
        let wishes = Wishes { delimiter: Some(delimiter), header: Some(true), ..Wishes::default() };
        let table = Table::detect(Input::pasted(writer.into_inner().expect("bytes")).expect("input"), &wishes).expect("a table");
        let read: Vec<Vec<String>> = table.rows().expect("rows").map(|row| row.expect("a row").cells.iter().map(Cell::shown).collect()).collect();
        let written: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()).filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
        prop_assert_eq!(read, written);
    }

    /// Any bytes end in rows or in words, never in a panic, and rows are counted upwards.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 1..400), begins in prop::sample::select(vec!["", "[", "{", "a,b\n", "PK\u{3}\u{4}", "\u{feff}"])) {
        let mut all = begins.as_bytes().to_vec();
        all.extend(bytes);
        if let Ok(table) = detect(all) {
            let mut last = 0;
            for row in table.rows().into_iter().flatten().flatten() {
                prop_assert!(row.number > last);
                prop_assert!(row.flaw.is_some() || row.cells.len() == table.header.len());
                last = row.number;
            }
        }
    }

    /// A damaged workbook ends in words.
    #[test]
    fn a_damaged_workbook_is_survived(at in 0_usize..2000, byte in any::<u8>()) {
        let mut book = workbook(&[&["name", "total"], &["Ada", "7"]]);
        let place = at % book.len();
        book[place] = byte;
        if let Ok(table) = detect(book) {
            let _ = table.rows().map(Iterator::count);
        }
    }

    /// Any JSON value is rows or words.
    #[test]
    fn any_json_is_survived(words in "[\\[\\]{}\",:0-9a-z \n\\\\]{0,60}", wraps in any::<bool>()) {
        let text = if wraps { format!("[{words}]") } else { format!("{{{words}") };
        if let Ok(table) = detect(text.clone()) {
            let read: Vec<_> = table.rows().expect("rows").collect();
            if let Ok(Value::Array(items)) = serde_json::from_str::<Value>(&text) && table.format == Format::Json {
                prop_assert_eq!(read.len(), items.len());
            }
        }
    }
}
