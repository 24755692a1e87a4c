//! Owns how words are shown that could push others out of view, on a card and in a question of a server: runs of blanks and
//! empty lines become their number. Nothing else is left out. Everything passes `privacy::text`.

use std::fmt::Write;

use crate::privacy::text;

/// Blanks in a row that are shown as they are, and line breaks.
const BLANKS: usize = 3;
const BREAKS: usize = 2;

/// Words of several lines, made safe, with their blanks counted: `⟨4000 spaces⟩`, `⟨12 empty lines⟩`.
pub fn counted(raw: &str) -> String {
    text::block(&count(raw)).into_string()
}

/// The same in one line: a line break is a sign.
pub fn one_line(raw: &str) -> String {
    counted(raw).replace('\n', " ⏎ ")
}

fn count(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        let Some((one, many, most)) = kind(c) else {
            out.push(c);
            continue;
        };
        let mut run = 1;
        let mut written = String::from(c);
        while let Some(next) = chars.next_if(|next| kind(*next).is_some_and(|(same, ..)| same == one)) {
            // A Windows line break is one.
            run += usize::from(!(next == '\n' && written.ends_with('\r')));
            written.push(next);
        }
        if run <= most {
            out.push_str(&written);
        } else if many == LINES {
            let _ = write!(out, "\n⟨{} empty lines⟩\n", run - 1);
        } else {
            let _ = write!(out, "⟨{run} {many}⟩");
        }
    }
    out
}

const LINES: &str = "empty lines";

/// What sort of blank a character is: its name, of many, and how many may stand as they are.
fn kind(c: char) -> Option<(&'static str, &'static str, usize)> {
    match c {
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(("line", LINES, BREAKS)),
        '\t' => Some(("tab", "tabs", BLANKS)),
        ' ' => Some(("space", "spaces", BLANKS)),
        // Blanks of other widths, and the letters that look like one.
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{2800}' => {
            Some(("blank", "blanks", BLANKS))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_are_counted_and_words_stay() {
        for (raw, shown) in [
            ("a b   c", "a b   c"),
            (&format!("a{}b", " ".repeat(4_000)), "a⟨4000 spaces⟩b"),
            ("a\t\t\t\t\tb", "a⟨5 tabs⟩b"),
            ("a\n\nb", "a\n\nb"),
            (&format!("a{}b", "\n".repeat(13)), "a\n⟨12 empty lines⟩\nb"),
            ("a\r\n\r\n\r\nb", "a\n⟨2 empty lines⟩\nb"),
            ("a\u{3000}\u{3000}\u{2003}\u{a0}b", "a⟨4 blanks⟩b"),
        ] {
            assert_eq!(counted(raw), shown, "{raw:?}");
        }
        assert_eq!(one_line("a\nb"), "a ⏎ b");
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_is_left_out(raw in "[a-c \t\n\u{3000}]{0,200}") {
            let letters = |text: &str| -> String { text.chars().filter(|c| ('a'..='c').contains(c)).collect() };
            let mut shown = counted(&raw);
            for word in ["spaces", "tabs", "blanks", "empty lines"] {
                shown = shown.replace(word, "");
            }
            prop_assert_eq!(letters(&shown), letters(&raw));
        }
    }
}
