//! Every bundled theme: it loads without a warning, degrades, and its text can be read on its ground.

use std::fs;

use ratatui::style::{Color, Modifier};

use super::*;

fn luminance(colour: Color) -> f64 {
    let Color::Rgb(r, g, b) = colour else { return f64::NAN };
    let part = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}

fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Lines and bars, not text: WCAG asks less of them.
const NOT_TEXT: [Role; 5] = [Role::Ground, Role::Border, Role::BorderFocused, Role::Faint, Role::ProgressRest];

#[test]
fn every_bundled_theme_loads_without_a_warning_at_every_depth() {
    for (name, _) in bundled() {
        for depth in [Depth::Mono, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let (_, warnings) = Theme::named(Some(name), depth);
            assert_eq!(warnings, [], "{name} {depth:?}");
        }
    }
}

#[test]
fn the_list_of_bundled_themes_is_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/themes");
    let mut files: Vec<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().replace(".toml", ""))
        .collect();
    files.sort();
    assert_eq!(files, bundled().map(|(name, _)| name.to_owned()));
}

#[test]
fn text_stands_out_from_its_ground_as_wcag_aa_asks() {
    for name in ["dark", "light"] {
        let (theme, _) = Theme::named(Some(name), Depth::True);
        let ground = theme.style(Role::Ground).bg.expect("a ground");
        for role in Role::ALL.iter().filter(|role| !NOT_TEXT.contains(role)) {
            let style = theme.style(*role);
            let (fg, bg) = (style.fg.expect("a colour"), style.bg.unwrap_or(ground));
            let ratio = contrast(fg, bg);
            assert!(ratio >= 4.5, "{name} {}: {ratio:.2}", role.name());
        }
    }
}

/// Rows that are selected keep the colours of their cells and change the ground only.
#[test]
fn text_stays_legible_on_a_selected_row() {
    for name in ["dark", "light"] {
        let (theme, _) = Theme::named(Some(name), Depth::True);
        for ground in [Role::Selected, Role::SelectedUnfocused] {
            let ground = theme.style(ground).bg.expect("a ground");
            for role in [Role::Text, Role::Dim, Role::SlaBreached, Role::SlaSoon, Role::SlaFine, Role::Customer] {
                let ratio = contrast(theme.style(role).fg.expect("a colour"), ground);
                assert!(ratio >= 4.5, "{name} {}: {ratio:.2}", role.name());
            }
        }
    }
}

#[test]
fn without_colours_weight_and_reverse_remain() {
    let (theme, _) = Theme::named(Some("dark"), Depth::Mono);
    for role in Role::ALL {
        let style = theme.style(*role);
        assert_eq!((style.fg, style.bg), (None, None), "{}", role.name());
    }
    assert!(theme.style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    assert!(theme.style(Role::SlaBreached).add_modifier.contains(Modifier::BOLD));
}

#[test]
fn an_unknown_theme_is_said_and_replaced() {
    let (theme, warnings) = Theme::named(Some("neon"), Depth::True);
    assert_eq!(theme.name(), "dark");
    assert_eq!(warnings[0].to_string(), "there is no theme `neon`; there are dark, light, terminal");
}
