//! Owns the one gate between somebody else's words and a terminal cell. Nothing from outside is drawn, copied, put into a
//! title or logged without passing here. Does not wrap or cut (`console::widgets`).
//!
//! Rule: what acts on a terminal or hides from a reader becomes a visible marker; what a script needs to be readable
//! (Arabic and Hebrew letters, joiners inside emoji and Indic words, flags) stays. Nothing is dropped in silence.

use std::{
    fmt::{self, Write},
    ops::Deref,
};

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::Text;

/// Marks that may stand on one letter; more are a width attack, not writing.
const MOST_MARKS: usize = 8;

/// Text that may be put into a terminal cell. Made only by [`line()`] and [`block`].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Safe(String);

impl Safe {
    /// The cleaned text, given away.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Safe {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Safe {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Safe {
    /// Only the length: safe for a terminal is not safe for a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Safe({} bytes)", self.0.len())
    }
}

impl From<Safe> for String {
    fn from(safe: Safe) -> Self {
        safe.0
    }
}

/// One line: line breaks and tabs become spaces.
pub fn line(raw: &str) -> Safe {
    clean(raw, " ", " ")
}

/// Several lines: line breaks stay, as `\n`; tabs become four spaces.
pub fn block(raw: &str) -> Safe {
    clean(raw, "\n", "    ")
}

impl Text {
    /// [`line()`] over these words.
    pub fn line(&self) -> Safe {
        line(self.raw())
    }

    /// [`block`] over these words.
    pub fn block(&self) -> Safe {
        block(self.raw())
    }
}

fn clean(raw: &str, newline: &str, tab: &str) -> Safe {
    if raw.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Safe(raw.to_owned());
    }
    let mut out = String::with_capacity(raw.len() + 16);
    for grapheme in raw.graphemes(true) {
        match grapheme {
            "\n" | "\r\n" | "\u{2028}" | "\u{2029}" | "\u{85}" => out.push_str(newline),
            "\t" => out.push_str(tab),
            _ => push_grapheme(&mut out, grapheme),
        }
    }
    Safe(out)
}

/// Judges a grapheme character by character, with its neighbours in view.
fn push_grapheme(out: &mut String, grapheme: &str) {
    let mut before = None;
    let mut marks = 0_usize;
    let mut dropped = 0_usize;
    let mut chars = grapheme.chars().peekable();
    while let Some(c) = chars.next() {
        if is_mark(c) {
            marks += 1;
            if marks > MOST_MARKS {
                dropped += 1;
                continue;
            }
        }
        if stays(c, before, chars.peek().copied(), grapheme) {
            out.push(c);
        } else {
            push_marker(out, c);
        }
        before = Some(c);
    }
    if dropped > 0 {
        let _ = write!(out, "⟨+{dropped} marks⟩");
    }
}

/// Whether a character may stand as it is.
fn stays(c: char, before: Option<char>, after: Option<char>, grapheme: &str) -> bool {
    match c {
        // A joiner holds emoji families and Indic conjuncts together; anywhere else it only hides.
        '\u{200D}' => before.is_some_and(joins) && (after.is_some_and(joins) || !after.is_some_and(is_mark)),
        // The non-joiner is a letter's neighbour in Persian and Indic words.
        '\u{200C}' => before.is_some_and(is_joining_letter),
        '\u{FE0E}' | '\u{FE0F}' => before.is_some_and(|b| !b.is_alphabetic() && b > '\u{22}'),
        // The tag block spells regional flags after a black flag; elsewhere it is a hidden message.
        '\u{E0020}'..='\u{E007F}' => grapheme.starts_with('\u{1F3F4}'),
        _ => !hides(c) && !c.is_control(),
    }
}

/// Characters that reorder, vanish, or pretend to be a space. Sources: Unicode `Bidi_Control`, `Default_Ignorable_Code_Point`.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{3164}' | '\u{FFA0}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}' | '\u{2028}' | '\u{2029}')
}

fn joins(c: char) -> bool {
    c >= '\u{2190}' || is_joining_letter(c)
}

/// Scripts whose words need joiners: Arabic to Malayalam and Sinhala.
fn is_joining_letter(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{08FF}' | '\u{0900}'..='\u{0DFF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
        || unicode_width::UnicodeWidthChar::width(c) == Some(0) && !hides(c) && !c.is_control()
}

/// The visible stand-in: control pictures for C0 and DEL, the code point for the rest.
fn push_marker(out: &mut String, c: char) {
    match c {
        '\0'..='\u{1F}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7F}' => out.push('␡'),
        _ => {
            let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(raw: &str) -> String {
        line(raw).into_string()
    }

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(cleaned("a\u{1b}[31mred\u{7}"), "a␛[31mred␇");
        assert_eq!(cleaned("\u{9b}31m"), "⟨U+009B⟩31m");
        assert_eq!(cleaned("\u{202E}gpj.exe"), "⟨U+202E⟩gpj.exe");
        assert_eq!(cleaned("pass\u{200B}word\u{AD}"), "pass⟨U+200B⟩word⟨U+00AD⟩");
        assert_eq!(cleaned("\u{E0041}\u{E0042}"), "⟨U+E0041⟩⟨U+E0042⟩");
    }

    #[test]
    fn living_scripts_stay_readable() {
        for text in [
            "مرحبا بكم",
            "שלום עולם",
            "می\u{200C}خواهم",
            "क्\u{200D}ष हिन्दी",
            "日本語と한국어",
            "👨\u{200D}👩\u{200D}👧\u{200D}👦",
            "🇩🇪 🇮🇳",
            "❤\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "Żółć e\u{301}",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn a_tower_of_marks_is_cut_and_counted() {
        let tower = format!("e{}", "\u{301}".repeat(10_000));
        assert!(cleaned(&tower).ends_with("⟨+9992 marks⟩"));
    }

    #[test]
    fn blocks_keep_their_lines_and_lines_do_not() {
        assert_eq!(&*block("a\r\nb\tc"), "a\nb    c");
        assert_eq!(cleaned("a\r\nb\tc"), "a b c");
    }

    proptest! {
        #[test]
        fn nothing_that_hides_or_acts_comes_through(raw in any::<String>()) {
            let safe = line(&raw);
            let reorders = |c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            let bad = safe.chars().any(|c| c.is_control() || reorders(c));
            prop_assert!(!bad);
        }
    }
}
