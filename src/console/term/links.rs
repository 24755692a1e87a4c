//! Owns links a terminal opens by itself (OSC 8): web addresses that stand on the finished frame in full. What is seen is
//! where it leads, whoever wrote it: words with another target behind them are never made into a link here.
//!
//! Each cell carries its own link, so that a frame may redraw any part of it.

use std::{num::NonZeroU16, ops::Range};

use ratatui::{
    buffer::{Buffer, Cell, CellDiffOption},
    layout::Rect,
};

/// The longest address that is made a link.
const LONGEST: usize = 512;

/// Makes links of the frame's addresses.
pub fn mark(buf: &mut Buffer) {
    let width = usize::from(buf.area.width).max(1);
    let lines: Vec<String> = buf.content.chunks(width).map(ascii).collect();
    for (row, line) in lines.iter().enumerate() {
        let below = lines.get(row + 1).map_or("", String::as_str);
        for (start, address) in addresses(line, below) {
            let open = format!("\x1b]8;id={:x};{address}\x1b\\", id(address));
            let from = row * width + start;
            for cell in &mut buf.content[from..from + address.len()] {
                let linked = format!("{open}{}\x1b]8;;\x1b\\", cell.symbol());
                cell.set_symbol(&linked);
                cell.set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::MIN));
            }
        }
    }
}

/// Words that are never made links, however they look: a model can be told to write an address that carries away what it
/// saw. Their cells say so themselves.
pub fn never(area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    for position in area.positions() {
        let cell = &mut buf[position];
        if matches!(cell.symbol().as_bytes(), [byte] if byte.is_ascii_graphic()) {
            cell.set_diff_option(NEVER);
        }
    }
}

const NEVER: CellDiffOption = CellDiffOption::ForcedWidth(NonZeroU16::MIN);

/// A row as ASCII, one byte a cell. What is none, and the lines of frames, become [`WALL`].
fn ascii(cells: &[Cell]) -> String {
    let byte = |cell: &Cell| match cell.symbol().as_bytes() {
        _ if cell.diff_option == NEVER => WALL,
        [byte] if *byte == b' ' || byte.is_ascii_graphic() && *byte != b'|' => char::from(*byte),
        _ => WALL,
    };
    cells.iter().map(byte).collect()
}

const WALL: char = '\0';

/// Whole addresses in a row, with their columns. One that runs into a wall or the edge, or ends a row that goes on in the
/// row below, may be half of one, and half an address leads somewhere else.
fn addresses<'a>(line: &'a str, below: &str) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| line[from..].find(scheme)).min() {
        let start = from + start;
        let rest = &line[start..];
        let end = rest.find(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len());
        let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
        if is_whole(line, below, start..start + end) && is_plain(address) {
            found.push((start, address));
        }
        from = start + end.max(1);
    }
    found
}

fn is_whole(line: &str, below: &str, at: Range<usize>) -> bool {
    let left = line[..at.start].rfind(WALL).map_or(0, |wall| wall + 1);
    let right = line[at.end..].find(WALL).map_or(line.len(), |wall| at.end + wall);
    let after = &line[at.end..right];
    let goes_on = || below.get(left..right).is_some_and(|below| !below.trim_matches([' ', WALL]).is_empty());
    !after.is_empty() && (!after.trim().is_empty() || !goes_on())
}

/// Whether it has a host, and one that is what it seems: no name before an `@`.
fn is_plain(address: &str) -> bool {
    let authority =
        address.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?', '#', '\\']).next().unwrap_or("");
    let is_host =
        authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'));
    !authority.is_empty() && is_host && address.len() <= LONGEST
}

/// What tells a terminal that cells belong to one link (FNV-1a).
fn id(address: &str) -> u32 {
    address.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn whole_addresses_are_links_and_nothing_else_is() {
        let cases: [(&str, &[(usize, &str)]); 7] = [
            ("see https://acme.example/a?b=1. ok", &[(4, "https://acme.example/a?b=1")]),
            ("http://a.example https://b.example ", &[(0, "http://a.example"), (17, "https://b.example")]),
            ("https://acme.example/cut\0", &[]),
            ("https://acme.example/edge", &[]),
            ("https://acme.example@evil.example/ ", &[]),
            ("https:// javascript://x ftp://y ", &[]),
            ("(https://acme.example) ", &[(1, "https://acme.example")]),
        ];
        for (line, wanted) in cases {
            assert_eq!(addresses(line, ""), wanted, "{line:?}");
        }
    }

    #[test]
    fn an_address_that_may_go_on_below_is_none() {
        let row = "\0 see http://a.example/      \0 other";
        assert_eq!(addresses(row, "\0 path                       \0 words"), []);
        assert_eq!(addresses(row, "\0                            \0 words").len(), 1);
        assert_eq!(addresses(row, "\0\0\0\0").len(), 1);
        assert_eq!(addresses("\0 http://a.example/ and more \0", "\0 words                     \0").len(), 1);
    }

    #[test]
    fn each_cell_carries_its_link_and_stays_one_cell_wide() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 24, 2));
        buf.set_string(1, 1, "http://a.example ok", Style::default());
        mark(&mut buf);
        let cell = &buf[(1, 1)];
        let open = format!("\x1b]8;id={:x};http://a.example\x1b\\", id("http://a.example"));
        assert_eq!(cell.symbol(), format!("{open}h\x1b]8;;\x1b\\"));
        assert_eq!(cell.diff_option, CellDiffOption::ForcedWidth(NonZeroU16::MIN));
        assert_eq!((buf[(0, 1)].symbol(), buf[(18, 1)].symbol()), (" ", "o"));
    }

    #[test]
    fn what_is_never_to_be_a_link_is_none() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 60, 2));
        for row in 0..2 {
            buf.set_string(1, row, "http://a.example/?all=1 ok", Style::default());
        }
        never(Rect::new(0, 0, 60, 1), &mut buf);
        mark(&mut buf);
        assert_eq!((buf[(1, 0)].symbol(), buf[(1, 1)].symbol().starts_with('\x1b')), ("h", true));
    }

    proptest! {
        #[test]
        fn a_link_holds_nothing_but_an_address(line in ".{0,80}", path in "[ -~]{0,40}") {
            let mut buf = Buffer::empty(Rect::new(0, 0, 100, 1));
            buf.set_string(0, 0, format!("{line} https://a.example/{path} "), Style::default());
            let before = buf.clone();
            mark(&mut buf);
            for (cell, old) in buf.content.iter().zip(&before.content).filter(|(cell, old)| cell.symbol() != old.symbol()) {
                let inside = cell.symbol().strip_prefix("\x1b]8;id=").and_then(|rest| rest.strip_suffix("\x1b]8;;\x1b\\"));
                let (link, shown) = inside.and_then(|inside| inside.split_once("\x1b\\")).expect("a whole link");
                prop_assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{:?}", link);
                prop_assert_eq!(shown, old.symbol());
            }
        }
    }
}
