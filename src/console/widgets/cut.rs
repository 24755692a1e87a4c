//! Owns fitting text into columns: widths in cells, cuts between graphemes, and the sign that something was cut.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many cells a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in at most `cells` cells; what does not fit gives way to `…`.
pub fn fit(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let Some(room) = cells.checked_sub(1) else { return String::new() };
    let mut out = String::with_capacity(text.len().min(cells * 4));
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide > room {
            break;
        }
        used += wide;
        out.push_str(grapheme);
    }
    out.push('…');
    out
}

/// The text in exactly `cells` cells, filled with spaces behind.
pub fn pad(text: &str, cells: usize) -> String {
    let mut out = fit(text, cells);
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(width(&out))));
    out
}

/// The text in exactly `cells` cells, filled with spaces before.
pub fn pad_left(text: &str, cells: usize) -> String {
    let cut = fit(text, cells);
    let mut out = " ".repeat(cells.saturating_sub(width(&cut)));
    out.push_str(&cut);
    out
}

/// The text in lines of at most `cells` cells: broken between words where there are some, between graphemes where not.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_word_bounds() {
            let wide = width(word);
            if used + wide <= cells {
                line.push_str(word);
                used += wide;
            } else if wide <= cells {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                let blank = word.trim().is_empty();
                used = if blank { 0 } else { wide };
                line.push_str(if blank { "" } else { word });
            } else {
                for grapheme in word.graphemes(true) {
                    // Some scripts join letters into one grapheme that no narrow column holds.
                    let grapheme = if width(grapheme) > cells { "…" } else { grapheme };
                    let wide = width(grapheme);
                    if used + wide > cells {
                        lines.push(std::mem::take(&mut line));
                        used = 0;
                    }
                    line.push_str(grapheme);
                    used += wide;
                }
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cuts_fall_between_graphemes_and_wide_ones_count_two() {
        assert_eq!(fit("日本語テキスト", 5), "日本…");
        assert_eq!(fit("日本語テキスト", 6), "日本…");
        assert_eq!(fit("👨‍👩‍👧‍👦 family", 4), "👨‍👩‍👧‍👦 …");
        assert_eq!(fit("plain", 5), "plain");
        assert_eq!(fit("plain", 0), "");
        assert_eq!((pad("ab", 4), pad_left("ab", 4)), ("ab  ".into(), "  ab".into()));
    }

    #[test]
    fn lines_break_between_words_and_long_words_inside() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(wrap("🈐ொ", 2), ["…"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in any::<String>(), cells in 2usize..60) {
            prop_assert!(width(&fit(&text, cells)) <= cells);
            prop_assert_eq!(width(&pad("x", cells)), cells);
            for line in wrap(&crate::privacy::text::block(&text), cells) {
                prop_assert!(width(&line) <= cells, "{:?}", line);
            }
        }
    }
}
