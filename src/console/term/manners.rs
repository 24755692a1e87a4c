//! Owns what this terminal understands besides cells, and the bytes it is told so in: its title, notifications, the
//! clipboard, the question for its ground. Pure: from traits of the environment to bytes. Does not write them.
//!
//! Invariant: nothing from outside is in any of it, save the clipboard's text, which is base64.

use std::fmt::Write;

use crossterm::{Command, clipboard::CopyToClipboard};

use super::graphics::Graphics;
use crate::console::attention::News;

/// What the environment tells of a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// `TERM`.
    pub term: String,
    /// `TERM_PROGRAM`.
    pub program: String,
    /// `COLORFGBG`: the colours of text and ground as numbers, `15;0`.
    pub colours: String,
    /// Whether tmux stands between.
    pub tmux: bool,
}

/// How a person is called back to the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Announce {
    /// Not at all.
    Off,
    /// By the bell.
    #[default]
    Bell,
    /// OSC 9: iTerm2, WezTerm, Ghostty.
    Osc9,
    /// OSC 99: kitty.
    Osc99,
    /// OSC 777: foot, rxvt-unicode.
    Osc777,
}

/// What a terminal understands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manners {
    announce: Announce,
    tmux: bool,
    reads: bool,
    light: Option<bool>,
    graphics: Graphics,
}

impl Manners {
    /// What a terminal of these traits understands, calling in the way it knows.
    pub fn of(traits: &Traits) -> Self {
        let term = traits.term.as_str();
        let known = |names: &[&str]| names.iter().any(|name| term.starts_with(name) || traits.program == *name);
        // tmux hands none of these on, but knows the bell and marks the window.
        let announce = if traits.tmux {
            Announce::Bell
        } else if known(&["xterm-kitty", "kitty"]) {
            Announce::Osc99
        } else if known(&["iTerm.app", "WezTerm", "wezterm", "ghostty", "xterm-ghostty"]) {
            Announce::Osc9
        } else if known(&["foot", "rxvt-unicode"]) {
            Announce::Osc777
        } else {
            Announce::Bell
        };
        // The Linux console and screen print what they do not know.
        let reads = !["linux", "dumb", "screen"].iter().any(|name| term.starts_with(name)) || traits.tmux;
        let graphics = if traits.tmux {
            // It would have to be asked to hand them on, and would not know when its panes move.
            Graphics::Blocks
        } else if known(&["xterm-kitty", "kitty", "ghostty", "xterm-ghostty"]) {
            Graphics::Kitty
        } else if known(&["foot", "WezTerm", "wezterm", "mlterm", "contour", "yaft", "iTerm.app"]) {
            Graphics::Sixel
        } else {
            Graphics::Blocks
        };
        Self { announce, tmux: traits.tmux, reads, light: light(&traits.colours), graphics }
    }

    /// The same, showing pictures as the person wants it.
    #[must_use]
    pub fn picturing(self, graphics: Graphics) -> Self {
        Self { graphics, ..self }
    }

    /// How it shows pictures.
    pub fn graphics(&self) -> Graphics {
        self.graphics
    }

    /// The same, calling as the person wants it.
    #[must_use]
    pub fn announcing(self, announce: Announce) -> Self {
        Self { announce, ..self }
    }

    /// Whether the ground is light, where the environment says so.
    pub fn light(&self) -> Option<bool> {
        self.light
    }

    /// Whether it takes no notice of sequences it does not know: the others print them.
    pub fn reads_sequences(&self) -> bool {
        self.reads
    }

    /// The question for the ground's colour; the answer comes among the keys. Empty where it is known or nobody would answer.
    pub fn ask_ground(&self) -> &'static str {
        if self.reads && self.light.is_none() { "\x1b]11;?\x1b\\" } else { "" }
    }

    /// The window's title.
    pub fn title(&self, words: &str) -> String {
        if self.reads { format!("\x1b]2;{}\x1b\\", plain(words)) } else { String::new() }
    }

    /// A call back to the window. Some terminals show the words; they are counts.
    pub fn announce(&self, news: &News) -> String {
        let words = plain(&news.to_string());
        match self.announce {
            Announce::Off => String::new(),
            Announce::Bell => "\x07".to_owned(),
            Announce::Osc9 => format!("\x1b]9;{words}\x1b\\"),
            Announce::Osc99 => format!("\x1b]99;i=shiftdeck:p=title;Shiftdeck: {words}\x1b\\"),
            Announce::Osc777 => format!("\x1b]777;notify;Shiftdeck;{words}\x1b\\"),
        }
    }

    /// Text for the clipboard (OSC 52). tmux is told itself, and asked to hand it on besides: which of the two it heeds
    /// is a matter of its settings.
    pub fn copy(&self, text: &str) -> String {
        let mut told = String::new();
        let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut told);
        if self.tmux {
            let inner = told.replace('\x1b', "\x1b\x1b");
            let _ = write!(told, "\x1bPtmux;{inner}\x1b\\");
        }
        told
    }
}

/// Printable ASCII only, and not `;`, which parts fields.
fn plain(words: &str) -> String {
    words.chars().filter(|c| (' '..='~').contains(c) && *c != ';').take(120).collect()
}

/// `COLORFGBG` ends in the ground's number: 7 and 9 to 15 are light.
fn light(colours: &str) -> Option<bool> {
    let ground: u8 = colours.rsplit(';').next()?.parse().ok()?;
    match ground {
        0..=6 | 8 => Some(false),
        7 | 9..=15 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(term: &str, program: &str, tmux: bool) -> Manners {
        Manners::of(&Traits { term: term.into(), program: program.into(), tmux, ..Traits::default() })
    }

    #[test]
    fn each_terminal_is_called_in_its_own_way() {
        let news = News { breaches: 2, approvals: 1, questions: 0 };
        let cases = [
            (
                of("xterm-kitty", "", false),
                "\x1b]99;i=shiftdeck:p=title;Shiftdeck: 2 new breaches, 1 approval waits\x1b\\",
            ),
            (of("xterm-256color", "iTerm.app", false), "\x1b]9;2 new breaches, 1 approval waits\x1b\\"),
            (of("foot", "", false), "\x1b]777;notify;Shiftdeck;2 new breaches, 1 approval waits\x1b\\"),
            (of("xterm-256color", "", false), "\x07"),
            (of("tmux-256color", "WezTerm", true), "\x07"),
            (of("xterm-kitty", "", false).announcing(Announce::Off), ""),
        ];
        for (manners, told) in cases {
            assert_eq!(manners.announce(&news), told);
        }
    }

    #[test]
    fn pictures_are_drawn_by_terminals_that_can_and_never_through_tmux() {
        let cases = [
            (of("xterm-kitty", "", false), Graphics::Kitty),
            (of("foot-extra", "", false), Graphics::Sixel),
            (of("xterm-256color", "WezTerm", false), Graphics::Sixel),
            (of("xterm-256color", "", false), Graphics::Blocks),
            (of("tmux-256color", "WezTerm", true), Graphics::Blocks),
            (of("xterm", "", false).picturing(Graphics::Sixel), Graphics::Sixel),
        ];
        for (manners, graphics) in cases {
            assert_eq!(manners.graphics(), graphics, "{manners:?}");
        }
    }

    #[test]
    fn the_ground_is_asked_for_only_where_it_is_unknown_and_somebody_answers() {
        assert_eq!(of("xterm-256color", "", false).ask_ground(), "\x1b]11;?\x1b\\");
        assert_eq!(of("linux", "", false).ask_ground(), "");
        assert_eq!(of("screen-256color", "", true).ask_ground(), "\x1b]11;?\x1b\\");
        for (colours, light) in [
            ("15;0", Some(false)),
            ("0;default;15", Some(true)),
            ("0;7", Some(true)),
            ("12;8", Some(false)),
            ("", None),
        ] {
            let manners = Manners::of(&Traits { colours: colours.into(), ..Traits::default() });
            assert_eq!(manners.light(), light, "{colours}");
            assert_eq!(manners.ask_ground().is_empty(), light.is_some());
        }
    }

    #[test]
    fn tmux_is_told_twice_and_a_terminal_once() {
        assert_eq!(of("xterm", "", false).copy("id"), "\x1b]52;c;aWQ=\x1b\\");
        assert_eq!(of("tmux", "", true).copy("id"), "\x1b]52;c;aWQ=\x1b\\\x1bPtmux;\x1b\x1b]52;c;aWQ=\x1b\x1b\\\x1b\\");
    }

    proptest! {
        #[test]
        fn no_title_and_no_text_break_out_of_their_frame(words in any::<String>()) {
            let manners = of("xterm-kitty", "", true);
            for told in [manners.title(&words), manners.copy(&words)] {
                let inside = told.replace("\x1b\x1b]52;c;", "").replace("\x1b\x1b\\", "").replace("\x1bPtmux;", "");
                let inside = inside.replace("\x1b]2;", "").replace("\x1b]52;c;", "").replace("\x1b\\", "");
                prop_assert!(inside.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", told);
            }
        }
    }
}
