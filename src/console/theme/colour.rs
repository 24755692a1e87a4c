//! Owns colours: reading `#rrggbb` and names, and bringing them down to what a terminal can show.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none wanted: weight, underline and reverse only.
    Mono,
    /// The terminal's own sixteen.
    Sixteen,
    /// The 256-colour cube.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment promises: `NO_COLOR` first, then `COLORTERM`, then `TERM`.
    pub fn detect(no_color: bool, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if no_color || term == "dumb" {
            Self::Mono
        } else if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }

    /// The nearest colour this depth can show; `None` where it shows none.
    pub(super) fn bring_down(self, colour: Color) -> Option<Color> {
        match (self, colour) {
            (Self::Mono, _) => None,
            (Self::Indexed, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest_indexed((r, g, b)))),
            (Self::Sixteen, Color::Rgb(r, g, b)) => Some(nearest_named(r, g, b)),
            (Self::True | Self::Indexed | Self::Sixteen, other) => Some(other),
        }
    }
}

const NAMED: [(&str, Color, (u8, u8, u8)); 16] = [
    ("black", Color::Black, (0, 0, 0)),
    ("red", Color::Red, (170, 0, 0)),
    ("green", Color::Green, (0, 170, 0)),
    ("yellow", Color::Yellow, (170, 120, 0)),
    ("blue", Color::Blue, (0, 0, 170)),
    ("magenta", Color::Magenta, (170, 0, 170)),
    ("cyan", Color::Cyan, (0, 170, 170)),
    ("gray", Color::Gray, (170, 170, 170)),
    ("bright-black", Color::DarkGray, (85, 85, 85)),
    ("bright-red", Color::LightRed, (255, 85, 85)),
    ("bright-green", Color::LightGreen, (85, 255, 85)),
    ("bright-yellow", Color::LightYellow, (255, 255, 85)),
    ("bright-blue", Color::LightBlue, (85, 85, 255)),
    ("bright-magenta", Color::LightMagenta, (255, 85, 255)),
    ("bright-cyan", Color::LightCyan, (85, 255, 255)),
    ("white", Color::White, (255, 255, 255)),
];

/// Reads `#rrggbb`, a terminal colour's name, or `default`.
pub(super) fn parse(word: &str) -> Option<Color> {
    if word == "default" {
        return Some(Color::Reset);
    }
    if let Some((_, colour, _)) = NAMED.iter().find(|(name, ..)| *name == word) {
        return Some(*colour);
    }
    let hex = word.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii())?;
    let part = |from: usize| u8::from_str_radix(&hex[from..from + 2], 16).ok();
    Some(Color::Rgb(part(0)?, part(2)?, part(4)?))
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |a: u8, b: u8, weight: u32| weight * u32::from(a.abs_diff(b)).pow(2);
    // The eye tells greens apart best and blues worst.
    part(a.0, b.0, 3) + part(a.1, b.1, 4) + part(a.2, b.2, 2)
}

fn nearest_named(r: u8, g: u8, b: u8) -> Color {
    NAMED.iter().min_by_key(|(_, _, rgb)| distance(*rgb, (r, g, b))).map_or(Color::Reset, |(_, colour, _)| *colour)
}

fn nearest_indexed(rgb: (u8, u8, u8)) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |value: u8| (0..6u8).min_by_key(|i| STEPS[usize::from(*i)].abs_diff(value)).unwrap_or(0);
    let place = [step(rgb.0), step(rgb.1), step(rgb.2)];
    let [red, green, blue] = place.map(|step| STEPS[usize::from(step)]);
    let level = (u16::from(rgb.0) + u16::from(rgb.1) + u16::from(rgb.2)) / 3;
    let shade = u8::try_from((level.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    let grey = 8 + 10 * shade;
    if distance((grey, grey, grey), rgb) < distance((red, green, blue), rgb) {
        232 + shade
    } else {
        16 + 36 * place[0] + 6 * place[1] + place[2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_the_depth_and_no_color_has_the_last_word() {
        let cases = [
            (true, Some("truecolor"), Some("xterm-256color"), Depth::Mono),
            (false, Some("truecolor"), Some("xterm"), Depth::True),
            (false, None, Some("screen-256color"), Depth::Indexed),
            (false, None, Some("linux"), Depth::Sixteen),
            (false, None, Some("dumb"), Depth::Mono),
            (false, None, None, Depth::Sixteen),
        ];
        for (no_color, colorterm, term, expected) in cases {
            assert_eq!(Depth::detect(no_color, colorterm, term), expected, "{colorterm:?} {term:?}");
        }
    }

    #[test]
    fn colours_come_down_to_their_nearest() {
        assert_eq!(Depth::Indexed.bring_down(Color::Rgb(255, 0, 0)), Some(Color::Indexed(196)));
        assert_eq!(Depth::Indexed.bring_down(Color::Rgb(18, 18, 18)), Some(Color::Indexed(233)));
        assert_eq!(Depth::Sixteen.bring_down(Color::Rgb(250, 90, 90)), Some(Color::LightRed));
        assert_eq!(Depth::Mono.bring_down(Color::Red), None);
    }

    #[test]
    fn only_colours_read_as_colours() {
        assert_eq!(parse("#10141b"), Some(Color::Rgb(16, 20, 27)));
        assert_eq!(parse("bright-cyan"), Some(Color::LightCyan));
        for word in ["#10141", "#zzzzzz", "", "pink", "#1€41b"] {
            assert_eq!(parse(word), None, "{word}");
        }
    }
}
