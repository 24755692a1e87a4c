//! Owns turning somebody else's words (plain text, Markdown, HTML mail) into rows of cells. Everything goes through
//! `privacy::text`; nothing is dropped in silence: what is hidden, folded or cut says so. Links are words that tell their
//! host; where they lead is told beside the row ([`Row::links`]), and nothing here makes them clickable.
//!
//! ```text
//! words ─┬─ html: marked and flattened, laid out by html2text ─┐
//!        ├─ markdown: events to pieces ────────────────────────┼─> lines of pieces ─ clean ─ wrap ─ fold quotes ─> rows
//!        └─ plain ─────────────────────────────────────────────┘
//! ```
//!
//! Invariant: no row is wider than the width asked for (from [`NARROWEST`] on), and the work is bounded whatever comes.

mod hidden;
mod html;
mod link;
mod markdown;

use std::{borrow::Cow, ops::Range, sync::Arc};

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::cut;
use crate::{
    console::theme::{Role, Theme},
    privacy::text,
};

/// Narrower than this is drawn as this: a wide letter and a mark still fit.
pub const NARROWEST: usize = 8;
/// Bytes looked at; the rest is cut, visibly.
const MOST_BYTES: usize = 256 * 1024;
/// Rows made; the rest is cut, visibly.
const MOST_ROWS: usize = 4_000;
/// From this many quoted rows on they fold into one.
const FOLD_FROM: usize = 3;

/// Words of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The words, safe for cells.
    pub words: String,
    /// Their look.
    pub role: Role,
    /// Where they lead: an `http` or `https` address of printable ASCII, as sent. Never shown by itself.
    pub url: Option<Arc<str>>,
}

/// Cells of a row that lead somewhere: for whoever makes links of them. Whether to is theirs to decide; the words beside it
/// tell the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The cells, counted from the row's first.
    pub columns: Range<usize>,
    /// The address: `http` or `https`, printable ASCII only.
    pub url: Arc<str>,
}

/// A row of cells, or (before wrapping) a line of any length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(pub Vec<Piece>);

/// Whether mail quoted below an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// As one row that says how much there is.
    Folded,
    /// In full.
    Shown,
}

impl Row {
    /// A row of one look. The words must already be safe.
    pub fn of(words: impl Into<String>, role: Role) -> Self {
        Self(vec![Piece { words: words.into(), role, url: None }])
    }

    /// Adds words of a look. They must already be safe.
    #[must_use]
    pub fn and(mut self, words: impl Into<String>, role: Role) -> Self {
        self.0.push(Piece { words: words.into(), role, url: None });
        self
    }

    /// What it says, without looks.
    pub fn words(&self) -> String {
        self.0.iter().map(|piece| piece.words.as_str()).collect()
    }

    /// The row in a theme's looks, with every occurrence of `needle` (lower case) marked.
    pub fn line(&self, theme: &Theme, needle: &str) -> Line<'static> {
        let mut spans = Vec::new();
        for piece in &self.0 {
            let style = theme.style(piece.role);
            let mut rest = piece.words.as_str();
            while let Some((before, found, after)) = split_at(rest, needle) {
                spans.push(Span::styled(before.to_owned(), style));
                spans.push(Span::styled(found.to_owned(), theme.style(Role::Match)));
                rest = after;
            }
            spans.push(Span::styled(rest.to_owned(), style));
        }
        Line::from(spans)
    }

    /// Where its words lead.
    pub fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        let mut column = 0;
        for piece in &self.0 {
            let end = column + cut::width(&piece.words);
            if let Some(url) = &piece.url {
                match links.last_mut().filter(|last| last.columns.end == column && last.url == *url) {
                    Some(last) => last.columns.end = end,
                    None => links.push(Link { columns: column..end, url: Arc::clone(url) }),
                }
            }
            column = end;
        }
        links
    }

    fn push(&mut self, words: &str, role: Role) {
        self.push_link(words, role, None);
    }

    fn push_link(&mut self, words: &str, role: Role, url: Option<&Arc<str>>) {
        match self.0.last_mut() {
            Some(last) if last.role == role && last.url.as_ref() == url => last.words.push_str(words),
            _ => self.0.push(Piece { words: words.to_owned(), role, url: url.cloned() }),
        }
    }
}

/// The first occurrence of `needle`, ignoring ASCII case, and what stands around it.
fn split_at<'a>(text: &'a str, needle: &str) -> Option<(&'a str, &'a str, &'a str)> {
    if needle.is_empty() {
        return None;
    }
    let at = text.to_ascii_lowercase().find(&needle.to_ascii_lowercase())?;
    let end = at + needle.len();
    Some((&text[..at], &text[at..end], &text[end..]))
}

/// Somebody else's words as rows of at most `width` cells; `base` is the look of plain words.
pub fn rows(raw: &str, width: usize, base: Role, quotes: Quotes) -> Vec<Row> {
    let width = width.max(NARROWEST);
    let (raw, bytes_cut) = head(raw);
    let lines = if html::is_html(raw) {
        html::lines(raw, width, base)
    } else if markdown::is_markdown(raw) {
        markdown::lines(raw, base)
    } else {
        plain(raw, base)
    };
    let mut rows = Vec::new();
    for line in &lines {
        wrap(&cleaned(line), width, &mut rows);
        if rows.len() > MOST_ROWS {
            break;
        }
    }
    trim(&mut rows);
    if quotes == Quotes::Folded {
        rows = fold(rows, width);
    }
    let rows_cut = rows.len() > MOST_ROWS;
    rows.truncate(MOST_ROWS);
    if bytes_cut > 0 {
        rows.push(Row::of(cut::fit(&format!("[cut: {} kB more]", bytes_cut.div_ceil(1024)), width), Role::Hidden));
    } else if rows_cut {
        rows.push(Row::of(cut::fit("[cut: more lines follow]", width), Role::Hidden));
    }
    rows
}

/// Somebody else's words without what marks them up, for finding words in them: cheap, and not for a screen.
pub fn bare(raw: &str) -> Cow<'_, str> {
    if html::is_html(raw) { Cow::Owned(html::bare(raw)) } else { Cow::Borrowed(raw) }
}

/// The first bytes of a text, at a character's edge, and how many were left out.
fn head(raw: &str) -> (&str, usize) {
    if raw.len() <= MOST_BYTES {
        return (raw, 0);
    }
    let end = raw.floor_char_boundary(MOST_BYTES);
    (&raw[..end], raw.len() - end)
}

/// Plain text: one line a line, addresses recognised, quotes dimmed.
fn plain(raw: &str, base: Role) -> Vec<Row> {
    text::block(raw)
        .split('\n')
        .map(|line| {
            let role = if line.trim_start().starts_with('>') { Role::Quote } else { base };
            let mut row = Row::default();
            link::spot(line, role, &mut row);
            row
        })
        .collect()
}

/// Each piece through the gate. Running it over clean words again changes nothing.
fn cleaned(row: &Row) -> Row {
    let clean = |piece: &Piece| Piece { words: text::line(&piece.words).into_string(), ..piece.clone() };
    Row(row.0.iter().map(clean).collect())
}

/// Breaks a line into rows: between words where there are some, between graphemes where not. What quotes or indents the
/// line stands before each of its rows.
fn wrap(line: &Row, width: usize, rows: &mut Vec<Row>) {
    let (lead, role) = lead(line, width);
    let indent = cut::width(&lead);
    let mut row = Row::default();
    let (mut used, mut begins_at) = (0, 0);
    let mut next = |row: &mut Row| {
        rows.push(std::mem::take(row));
        row.push(&lead, role);
        (indent, indent)
    };
    for piece in &line.0 {
        for word in piece.words.split_word_bounds() {
            let wide = cut::width(word);
            if used + wide <= width {
                row.push_link(word, piece.role, piece.url.as_ref());
                used += wide;
                continue;
            }
            if word.trim().is_empty() {
                continue;
            }
            if used > begins_at && indent + wide <= width {
                (used, begins_at) = next(&mut row);
            }
            for grapheme in word.graphemes(true) {
                let wide = cut::width(grapheme);
                if used + wide > width {
                    (used, begins_at) = next(&mut row);
                }
                row.push_link(grapheme, piece.role, piece.url.as_ref());
                used += wide;
            }
        }
    }
    rows.push(row);
}

/// What continued rows of a line begin with: its quote marks, or blanks under its list mark. Never more than a third.
fn lead(line: &Row, width: usize) -> (String, Role) {
    let Some(first) = line.0.first() else { return (String::new(), Role::Text) };
    let marks = first.words.find(|c: char| c != '>' && c != ' ').unwrap_or(0);
    let (marks, rest) = first.words.split_at(marks);
    let hang = ["• ", "* ", "- "].iter().any(|mark| rest.starts_with(mark));
    let lead = if hang { format!("{marks}  ") } else { marks.to_owned() };
    if cut::width(&lead) > width / 3 { (String::new(), first.role) } else { (lead, first.role) }
}

/// Takes blank rows off both ends, and all but one of those in a run.
fn trim(rows: &mut Vec<Row>) {
    let blank = |row: &Row| row.words().trim().is_empty();
    while rows.last().is_some_and(blank) {
        rows.pop();
    }
    let mut before = true;
    rows.retain(|row| {
        let now = blank(row);
        let stays = !(now && before);
        before = now;
        stays
    });
}

/// Quoted mail as one row: runs of `>` rows, and the line that introduces them.
fn fold(rows: Vec<Row>, width: usize) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::with_capacity(rows.len());
    let mut run: Vec<Row> = Vec::new();
    for row in rows {
        let words = row.words();
        let words = words.trim_start();
        if words.starts_with('>') || (words.is_empty() && !run.is_empty()) {
            run.push(row);
            continue;
        }
        close(&mut out, &mut run, width);
        out.push(row);
    }
    close(&mut out, &mut run, width);
    out
}

fn close(out: &mut Vec<Row>, run: &mut Vec<Row>, width: usize) {
    let quoted = run.iter().filter(|row| !row.words().trim().is_empty()).count();
    if quoted < FOLD_FROM {
        out.append(run);
        return;
    }
    let introduces = |row: &Row| {
        let words = row.words();
        words.starts_with("On ") && words.trim_end().ends_with("wrote:")
    };
    if out.last().is_some_and(|row| row.words().trim().is_empty()) {
        out.pop();
    }
    let introduced = out.last().is_some_and(introduces);
    if introduced {
        out.pop();
    }
    let count = quoted + usize::from(introduced);
    out.push(Row::of(cut::fit(&format!("▸ {count} quoted lines"), width), Role::Quote));
    run.clear();
}

#[cfg(test)]
mod tests;
