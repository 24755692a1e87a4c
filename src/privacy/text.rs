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
use unicode_width::UnicodeWidthStr;

use crate::domain::Text;

/// Marks that may stand on one letter; more are a width attack, not writing. Tibetan and pointed Hebrew stay below.
const MOST_MARKS: usize = 8;
/// Characters one grapheme may hold: the longest in use (a kiss of two skin tones, an Indic conjunct) have ten or so, while
/// joiners, viramas and Hangul jamo can chain without end into what a terminal takes for one cell.
const LONGEST_GRAPHEME: usize = 24;
/// Bytes of one line that are shown: more than any screen, and what keeps a megabyte without a break from costing a frame.
const LONGEST_LINE: usize = 64 * 1024;

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

/// One line: line breaks and tabs become spaces. What is longer than any screen ends in the number of bytes left out.
pub fn line(raw: &str) -> Safe {
    if raw.len() <= LONGEST_LINE {
        return clean(raw, " ", " ");
    }
    let end = raw.floor_char_boundary(LONGEST_LINE);
    let Safe(mut shown) = clean(&raw[..end], " ", " ");
    let _ = write!(shown, "⟨+{} bytes⟩", raw.len() - end);
    Safe(shown)
}

/// Several lines: line breaks stay, as `\n`; tabs become four spaces. Nothing is left out: it is what cards and drafts show.
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
    let mut before = None;
    for (at, grapheme) in raw.grapheme_indices(true) {
        match grapheme {
            "\n" | "\r\n" | "\u{2028}" | "\u{2029}" | "\u{85}" => out.push_str(newline),
            "\t" => out.push_str(tab),
            _ => push_grapheme(&mut out, grapheme, before, raw[at + grapheme.len()..].chars().next()),
        }
        before = out.chars().next_back();
    }
    Safe(out)
}

/// Judges a grapheme character by character; `before` and `after` are its neighbours.
fn push_grapheme(out: &mut String, grapheme: &str, mut before: Option<char>, after: Option<char>) {
    if grapheme.width() == 0 && grapheme.chars().any(is_mark) {
        // A mark with nothing to stand on would stand on whatever was drawn before it, or be drawn nowhere.
        if grapheme.chars().next().is_some_and(stands_on_a_circle) {
            out.push('\u{25CC}');
        } else {
            return grapheme.chars().take(LONGEST_GRAPHEME).for_each(|c| push_marker(out, c));
        }
    }
    let (mut marks, mut dropped) = (0_usize, 0_usize);
    let mut chars = grapheme.chars().enumerate().peekable();
    while let Some((place, c)) = chars.next() {
        marks += usize::from(is_mark(c));
        if place >= LONGEST_GRAPHEME || is_mark(c) && marks > MOST_MARKS {
            dropped += 1;
            continue;
        }
        let next = chars.peek().map_or(after, |(_, next)| Some(*next));
        if stays(c, before, next, grapheme) {
            out.push(c);
        } else {
            push_marker(out, c);
        }
        // What became a marker joins nothing any more.
        before = out.chars().next_back();
    }
    if dropped > 0 {
        let _ = write!(out, "⟨+{dropped} marks⟩");
    }
}

/// Whether a mark joins the dotted circle that marks are shown on; vowels of Hangul and some rare signs do not.
fn stands_on_a_circle(c: char) -> bool {
    is_mark(c) && ['\u{25CC}', c].iter().collect::<String>().graphemes(true).count() == 1
}

/// Whether a character may stand as it is.
fn stays(c: char, before: Option<char>, after: Option<char>, grapheme: &str) -> bool {
    let (pictured_before, pictured_after) = (before.is_some_and(ends_picture), after.is_some_and(is_picture));
    match c {
        // A joiner holds emoji families and the letters of joining scripts together; anywhere else it only hides.
        '\u{200D}' => pictured_before && pictured_after || before.is_some_and(is_joining_letter),
        // The non-joiner stands between letters of Persian and Indic words.
        '\u{200C}' => before.is_some_and(is_joining_letter) && after.is_some_and(is_joining_letter),
        // Emoji or text form of a picture; with a digit, a keycap.
        '\u{FE0E}' => before.is_some_and(is_picture),
        '\u{FE0F}' => before.is_some_and(is_picture) || before.is_some_and(is_keycap) && after == Some('\u{20E3}'),
        // The tag block spells regional flags after a black flag; elsewhere it is a hidden message.
        // With anything else in the same cluster they would spell what nobody sees.
        '\u{E0020}'..='\u{E007F}' => {
            let tags = grapheme.strip_prefix('\u{1F3F4}').unwrap_or_default();
            tags.ends_with('\u{E007F}') && tags.chars().all(is_tag)
        }
        _ => !hides(c) && !c.is_control(),
    }
}

/// Characters that reorder, vanish, or pretend to be nothing. Sources: Unicode `Bidi_Control`,
/// `Default_Ignorable_Code_Point`, `Noncharacter_Code_Point`, format controls of scripts without living users.
fn hides(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{3164}' | '\u{FFA0}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FDD0}'..='\u{FDEF}'
        | '\u{13430}'..='\u{1345F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' | '\u{2028}' | '\u{2029}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Pictures that may be joined or take a form: emoji and the symbols that have an emoji form.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{00A9}' | '\u{00AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{23FF}' | '\u{24C2}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

fn is_keycap(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '#' | '*')
}

/// What a joiner may stand behind: a picture, its form, or the end of a flag's tags.
fn ends_picture(c: char) -> bool {
    is_picture(c) || matches!(c, '\u{FE0F}' | '\u{E007F}')
}

/// Scripts whose words need joiners: Arabic to Malayalam and Sinhala, Khmer, Mongolian.
fn is_joining_letter(c: char) -> bool {
    matches!(c, '\u{0620}'..='\u{08FF}' | '\u{0900}'..='\u{0DFF}' | '\u{1780}'..='\u{17B3}' | '\u{17B6}'..='\u{17FF}'
        | '\u{1820}'..='\u{18AF}' | '\u{FB50}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
        || unicode_width::UnicodeWidthChar::width(c) == Some(0) && !hides(c) && !c.is_control() && !is_tag(c)
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
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
mod tests;
