//! Owns a frame as SVG: one text for each run of one look, stretched to its cells so that any monospaced font fits.

use std::fmt::Write;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr;

/// A cell's width and height.
const CELL: (f32, f32) = (8.4, 17.0);

/// How cells look.
#[derive(Clone, PartialEq)]
struct Look {
    text: String,
    ground: String,
    bold: bool,
    italic: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &Cell, page: &(String, String)) -> Self {
        let (mut text, mut ground) = (hex(cell.fg, &page.0), hex(cell.bg, &page.1));
        let has = |modifier| cell.modifier.contains(modifier);
        if has(Modifier::REVERSED) {
            std::mem::swap(&mut text, &mut ground);
        }
        let (bold, italic) = (has(Modifier::BOLD), has(Modifier::ITALIC));
        Self { text, ground, bold, italic, underlined: has(Modifier::UNDERLINED) }
    }
}

fn hex(colour: Color, default: &str) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}

/// The frame as a picture.
pub fn of(frame: &Buffer) -> String {
    let (columns, rows) = (frame.area.width, frame.area.height);
    // The ground of the last corner is the page's.
    let corner = frame.cell((columns - 1, rows / 2)).expect("a cell");
    let page = (hex(corner.fg, "#d3dae4"), hex(corner.bg, "#0f141b"));
    let (width, height) = (f32::from(columns) * CELL.0, f32::from(rows) * CELL.1);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-size=\"14\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\">\n<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        page.1
    );
    for (y, row) in frame.content().chunks(usize::from(columns)).enumerate() {
        for (x, cells, look, words) in runs(&steady(row), &page) {
            run(&mut picture, (x, y, cells), &look, &words, &page.1);
        }
    }
    picture.push_str("</svg>\n");
    picture
}

/// How the ids of the seeded world begin; those made since begin with the second they were made in.
const SEEDED: &str = "6600000";
/// The length of an id.
const ID: usize = 24;

/// A row without what the machine's speed decides: how long a tool took, what is left of the desk's budget, the ids of what was
/// made on the way.
fn steady(row: &[Cell]) -> Vec<Cell> {
    let mut row = row.to_vec();
    let symbols: Vec<String> = row.iter().map(|cell| cell.symbol().to_owned()).collect();
    let is_digit = |at: usize| symbols.get(at).is_some_and(|symbol| symbol.chars().all(|c| c.is_ascii_digit()));
    let says = |at: usize, words: &str| {
        words.chars().enumerate().all(|(i, c)| symbols.get(at + i).is_some_and(|s| *s == c.to_string()))
    };
    let is_hex = |at: &usize| symbols.get(*at).is_some_and(|symbol| symbol.chars().all(|c| c.is_ascii_hexdigit()));
    for at in 1..symbols.len() {
        if !is_hex(&(at - 1)) && (at..symbols.len()).take_while(is_hex).count() == ID && !says(at, SEEDED) {
            row[at..at + ID].iter_mut().for_each(|cell| {
                cell.set_symbol("0");
            });
        }
        if says(at, "/1000") && is_digit(at - 1) {
            (0..at).rev().take_while(|at| is_digit(*at)).for_each(|at| {
                row[at].set_symbol("9");
            });
        }
        if says(at, " ms") && is_digit(at - 1) {
            let first = (0..at).rev().take_while(|at| is_digit(*at)).last().unwrap_or(at);
            row[first].set_symbol("9");
            // What stands behind a longer number moves up to it, as far as the frame.
            let (more, end) = (at - first - 1, symbols.len() - 1);
            row[first + 1..end].rotate_left(more);
            row[end - more..end].iter_mut().for_each(|cell| {
                cell.set_symbol(" ");
            });
        }
    }
    row
}

/// Neighbours of one look: where they begin, how many cells they take, their words. Anything but ASCII stands alone, because
/// fonts differ about its width.
fn runs(row: &[Cell], page: &(String, String)) -> Vec<(usize, usize, Look, String)> {
    let mut all: Vec<(usize, usize, Look, String)> = Vec::new();
    let mut x = 0;
    while let Some(cell) = row.get(x) {
        let look = Look::of(cell, page);
        let symbol = if cell.symbol().is_empty() { " " } else { cell.symbol() };
        let wide = symbol.width().max(1);
        match all.last_mut() {
            Some((_, cells, last, words)) if *last == look && symbol.is_ascii() && words.is_ascii() => {
                *cells += wide;
                words.push_str(symbol);
            }
            _ => all.push((x, wide, look, symbol.to_owned())),
        }
        x += wide;
    }
    all
}

fn run(picture: &mut String, (x, y, cells): (usize, usize, usize), look: &Look, words: &str, page: &str) {
    let (left, top, wide) = (x as f32 * CELL.0, y as f32 * CELL.1, cells as f32 * CELL.0);
    if look.ground != page {
        let (wide, high) = (wide + 0.3, CELL.1 + 0.3);
        let ground = &look.ground;
        let _ = writeln!(
            picture,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" fill=\"{ground}\"/>"
        );
    }
    let blanks = words.len() - words.trim_start_matches(' ').len();
    let shown = words.trim_matches(' ');
    if shown.is_empty() {
        return;
    }
    let left = left + blanks as f32 * CELL.0;
    let wide = shown.width() as f32 * CELL.0;
    let mut looks = String::new();
    for (wanted, attribute) in [
        (look.bold, " font-weight=\"bold\""),
        (look.italic, " font-style=\"italic\""),
        (look.underlined, " text-decoration=\"underline\""),
    ] {
        looks.push_str(if wanted { attribute } else { "" });
    }
    let escaped = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        picture,
        "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" \
         fill=\"{}\"{looks}>{escaped}</text>",
        top + 13.0,
        look.text
    );
}
