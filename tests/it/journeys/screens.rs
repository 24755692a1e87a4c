//! Every pane at three sizes in five looks, through the real program in a pseudo-terminal: the right pane is in front, no line
//! runs over, and no colour and no sign is written that the look does without.

use crate::harness::{Console, Home};

const PANES: [&str; 8] = ["Queue", "Search", "Timeline", "KObjects", "Drafts", "Bulk", "Assistant", "Audit"];
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// How it is started, and what its bytes and cells must be.
struct Look {
    name: &'static str,
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    colours: fn(&[u16]) -> bool,
    signs: fn(char) -> bool,
}

/// Whether a `CSI … m` sets a colour as a 24-bit value, an index, or at all.
fn is_true(sgr: &[u16]) -> bool {
    sgr.windows(2).any(|pair| matches!(pair, [38 | 48 | 58, 2]))
}

fn is_indexed(sgr: &[u16]) -> bool {
    sgr.windows(3).any(|pair| matches!(pair, [38 | 48 | 58, 5, index] if *index > 15))
}

fn is_coloured(sgr: &[u16]) -> bool {
    sgr.iter().any(|code| matches!(code, 30..=38 | 40..=48 | 58 | 90..=107))
}

fn is_our_sign(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '\u{2190}'..='\u{2BFF}' | '·' | '×' | '«' | '»')
}

const LOOKS: [Look; 5] = [
    Look { name: "default", args: &[], env: &[], colours: |_| true, signs: |_| true },
    Look { name: "light", args: &["--theme", "light"], env: &[], colours: |_| true, signs: |_| true },
    Look {
        name: "16 colours",
        args: &[],
        env: &[("TERM", "xterm"), ("COLORTERM", "")],
        colours: |sgr| !is_true(sgr) && !is_indexed(sgr),
        signs: |_| true,
    },
    Look { name: "NO_COLOR", args: &[], env: &[("NO_COLOR", "1")], colours: |sgr| !is_coloured(sgr), signs: |_| true },
    Look { name: "ASCII", args: &["--ascii"], env: &[], colours: |_| true, signs: |c| !is_our_sign(c) },
];

/// Every `CSI … m` of what was written.
fn colours(written: &str) -> Vec<Vec<u16>> {
    let sequences = written.split("\x1b[").skip(1);
    let inside = sequences.filter_map(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        (rest.as_bytes()[end] == b'm').then(|| &rest[..end])
    });
    inside.map(|codes| codes.split([';', ':']).filter_map(|code| code.parse().ok()).collect()).collect()
}

/// The pane's title stands in a frame below header and tabs (on a wide screen it shares the line with others), and no line
/// ran over into the next.
fn shows(screen: &vt100::Screen, pane: &str, rows: u16) -> bool {
    let (height, width) = (screen.size().0.get(), screen.size().1.get());
    let title = screen.rows(0, width).nth(2).unwrap_or_default();
    let fits = (0..height).all(|row| !screen.row_wrapped(row));
    let is_filled = screen.rows(0, width).nth(usize::from(rows) - 1).is_some_and(|hints| !hints.trim().is_empty());
    let mut frames = title.split(['╭', '┌', '┏', '+']);
    let is_there = frames.any(|frame| frame.chars().take(24).collect::<String>().contains(pane));
    height == rows && is_there && fits && is_filled
}

#[test]
fn every_pane_at_every_size_in_every_look() {
    for look in LOOKS {
        let home = Home::new();
        let mut console = Console::start_in(&home, None, look.args, SIZES[0], look.env);
        console.wait("SANDBOX").wait("Billed twice");
        for pane in PANES {
            for (cols, rows) in SIZES {
                console.resize(cols, rows);
                let what = format!("{pane} at {cols}x{rows} in {}", look.name);
                console.wait_for(&what, |screen| shows(screen, pane, rows));
                let strange = console.with_screen(|screen| screen.contents().chars().find(|c| !(look.signs)(*c)));
                assert_eq!(strange, None, "{what}:\n{}", console.raw());
            }
            console.press("<tab>");
        }
        for sgr in colours(&console.written()) {
            assert!((look.colours)(&sgr), "{}: {sgr:?}", look.name);
        }
    }
}
