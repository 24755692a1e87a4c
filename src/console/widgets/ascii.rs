//! Owns the ASCII form of everything we draw, for terminals that were asked to stay with ASCII: the last step of a frame, so
//! that no sign can be forgotten. Other people's letters stay as they are: they have no other form.

use ratatui::buffer::{Buffer, CellWidth};

/// Signs and what stands for them. Those not listed that are no letters of a language become `?`.
const FORMS: [(&str, &str); 12] = [
    ("-", "─━╌╍┄┅┈┉═╴╶╸╺–—−‐‑‒―▁▂▃"),
    ("|", "│┃╎╏┆┇┊┋║╵╷╹╻▎▏▍▌▐▕¦‖"),
    ("+", "┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬✚"),
    ("#", "█▓▒■▇▆▅▄▀▉▊▋◼▰"),
    (".", "·…░∙•▪◦▫□◻▱⋯"),
    (">", "→›»▸▶►⟩❯⇒↦"),
    ("<", "←‹«◂◀◄⟨❮⇐↤"),
    ("^", "↑▴▲△⇑"),
    ("v", "↓▾▼▽✓✔⇓"),
    ("x", "×✗✘✕✖╳"),
    ("*", "◆◇●○◌◉◎★☆✎✱⚑⚐◷◔◕◑◐◒◓⊘⊙☰"),
    ("!", "⚠‼❗⛔"),
];

/// Typographic signs of our own sentences.
const QUOTES: [(&str, &str); 2] = [("\"", "“”„‟"), ("'", "‘’‚‛′")];

/// Gives every sign of the frame its ASCII form.
pub fn flatten(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii()
            && let Some(form) = form(cell.symbol())
        {
            // A wide sign leaves its second cell to itself: the form may be one cell only, and is followed by a space.
            let wide = cell.cell_width() > 1;
            cell.set_symbol(if wide { wide_form(form) } else { form });
        }
    }
}

fn wide_form(form: &'static str) -> &'static str {
    if form == "!" { "!!" } else { "??" }
}

/// The form of a symbol; `None` for letters, digits and marks of a language.
fn form(symbol: &str) -> Option<&'static str> {
    let first = symbol.chars().next()?;
    if let Some((form, _)) = FORMS.iter().chain(&QUOTES).find(|(_, signs)| signs.contains(first)) {
        return Some(form);
    }
    let is_sign = matches!(first, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '\u{2190}'..='\u{2BFF}');
    is_sign.then_some("?")
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Cell, layout::Rect};

    use super::*;

    fn flat(text: &str) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, 40, 1));
        buf.set_string(0, 0, text, ratatui::style::Style::default());
        flatten(&mut buf);
        buf.content().iter().map(Cell::symbol).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn signs_get_their_form_and_letters_stay() {
        assert_eq!(flat("╭─ Queue · 3 … ─╮ ▸ ✓ ✗ “so” ␛[1m"), "+- Queue . 3 . -+ > v x \"so\" ?[1m");
        assert_eq!(flat("Łódź é ü"), "Łódź é ü");
    }

    #[test]
    fn every_form_is_ascii_and_no_sign_has_two() {
        let mut seen = std::collections::HashSet::new();
        for (form, signs) in FORMS.iter().chain(&QUOTES) {
            assert!(form.is_ascii() && form.len() == 1);
            for sign in signs.chars() {
                assert!(seen.insert(sign), "{sign}");
            }
        }
    }
}
