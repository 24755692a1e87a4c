//! Every bundled theme: it loads without a warning, degrades, and its text can be read on every ground it is drawn on. And
//! a person's own folder of themes.

use std::fs;

use ratatui::style::{Color, Modifier};

use super::*;

/// Themes that name colours, so that their contrast is known.
fn painted() -> impl Iterator<Item = (String, Theme)> {
    let themes = Themes::bundled();
    let names: Vec<String> = themes.names().filter(|name| *name != "terminal").map(str::to_owned).collect();
    names.into_iter().map(move |name| {
        let (theme, _) = themes.theme(Some(&name), Depth::True);
        (name, theme)
    })
}

/// Linear red, green and blue.
fn linear(colour: Color) -> [f64; 3] {
    let Color::Rgb(r, g, b) = colour else { return [f64::NAN; 3] };
    [r, g, b].map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn luminance(colour: Color) -> f64 {
    let [r, g, b] = linear(colour);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// WCAG 2.2, 1.4.3: the ratio of the lighter to the darker.
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Lines and bars, not text: WCAG asks less of them.
const NOT_TEXT: [Role; 5] = [Role::Ground, Role::Border, Role::BorderFocused, Role::Faint, Role::ProgressRest];

/// What other roles' text may stand on: rows keep the colours of their cells and change the ground only.
const GROUNDS: [Role; 6] =
    [Role::Ground, Role::Header, Role::Input, Role::Selected, Role::SelectedUnfocused, Role::Untrusted];

#[test]
fn every_bundled_theme_loads_without_a_warning_at_every_depth() {
    let themes = Themes::bundled();
    assert!(themes.names().count() >= 8);
    for known in themes.known() {
        assert!(!known.about.is_empty() && !known.about.starts_with('!'), "{known:?}");
        for depth in [Depth::Mono, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let (_, warnings) = themes.theme(Some(&known.name), depth);
            assert_eq!(warnings, [], "{} {depth:?}", known.name);
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
    assert_eq!(files, Themes::bundled().names().collect::<Vec<_>>());
}

#[test]
fn text_stands_out_from_every_ground_as_wcag_aa_asks() {
    let mut poor = Vec::new();
    for (name, theme) in painted() {
        let wanted = if name.starts_with("contrast") { 7.0 } else { 4.5 };
        for role in Role::ALL.iter().filter(|role| !NOT_TEXT.contains(role)) {
            let style = theme.style(*role);
            let fg = style.fg.expect("a colour");
            let own = style.bg.map(|bg| vec![(role, bg)]);
            let any = GROUNDS.iter().filter_map(|ground| Some((ground, theme.style(*ground).bg?))).collect();
            for (ground, bg) in own.unwrap_or(any) {
                let ratio = contrast(fg, bg);
                if ratio < wanted {
                    poor.push(format!("{name}: {} on {}: {ratio:.2}", role.name(), ground.name()));
                }
            }
        }
    }
    assert_eq!(poor, Vec::<String>::new());
}

#[test]
fn what_is_no_text_can_still_be_seen() {
    for (name, theme) in painted() {
        let ground = theme.style(Role::Ground).bg.expect("a ground");
        for (role, least) in [(Role::BorderFocused, 3.0), (Role::Faint, 2.0), (Role::Border, 1.4)] {
            let ratio = contrast(theme.style(role).fg.expect("a colour"), ground);
            assert!(ratio >= least, "{name} {}: {ratio:.2}", role.name());
        }
    }
}

/// How an eye without green or red cones sees a colour (Machado, Oliveira and Fernandes 2009, severity 1), in OKLab.
fn seen(colour: Color, eye: [[f64; 3]; 3]) -> [f64; 3] {
    const CONES: [[f64; 3]; 3] =
        [[0.412_221, 0.536_333, 0.051_446], [0.211_903, 0.680_700, 0.107_397], [0.088_302, 0.281_719, 0.629_979]];
    const LAB: [[f64; 3]; 3] =
        [[0.210_454, 0.793_618, -0.004_072], [1.977_998, -2.428_592, 0.450_594], [0.025_904, 0.782_772, -0.808_676]];
    let light = linear(colour);
    let times =
        |by: [[f64; 3]; 3], colour: [f64; 3]| by.map(|row| row.iter().zip(colour).map(|(a, b)| a * b).sum::<f64>());
    let left = times(eye, light).map(|part| part.clamp(0.0, 1.0));
    times(LAB, times(CONES, left).map(f64::cbrt))
}

#[test]
fn the_colour_safe_themes_tell_good_from_bad_to_every_eye() {
    const NO_GREEN: [[f64; 3]; 3] = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]];
    const NO_RED: [[f64; 3]; 3] = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]];
    let pairs = [
        (Role::SlaFine, Role::SlaBreached, 0.15),
        (Role::SlaFine, Role::SlaSoon, 0.15),
        (Role::SlaSoon, Role::SlaBreached, 0.07),
        (Role::Good, Role::Error, 0.15),
        (Role::DiffNew, Role::DiffOld, 0.15),
        (Role::Progress, Role::ProgressFailed, 0.15),
    ];
    for (name, theme) in painted().filter(|(name, _)| name.starts_with("colour-safe")) {
        for eye in [NO_GREEN, NO_RED] {
            for (one, other, least) in pairs {
                let colour = |role| seen(theme.style(role).fg.expect("a colour"), eye);
                let apart = colour(one).iter().zip(colour(other)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                assert!(apart >= least, "{name}: {} and {}: {apart:.3}", one.name(), other.name());
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
fn sixteen_colours_are_the_terminals_own() {
    let (theme, _) = Theme::named(None, Depth::Sixteen);
    for role in Role::ALL {
        let style = theme.style(*role);
        for colour in [style.fg, style.bg].into_iter().flatten() {
            assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{}", role.name());
        }
    }
}

#[test]
fn an_unknown_theme_is_said_and_replaced() {
    let (theme, warnings) = Theme::named(Some("neon"), Depth::True);
    assert_eq!(theme.name(), "dark");
    assert!(warnings[0].to_string().starts_with("there is no theme `neon`; there are colour-safe,"), "{warnings:?}");
}

#[test]
fn where_nobody_asked_the_ground_decides() {
    let cases = [
        (Depth::True, false, "dark"),
        (Depth::True, true, "light"),
        (Depth::Sixteen, true, "terminal"),
        (Depth::Mono, false, "terminal"),
    ];
    for (depth, light, name) in cases {
        assert_eq!(fitting(depth, light), name, "{depth:?} {light}");
    }
}

#[test]
fn a_persons_theme_may_change_one_colour_of_a_bundled_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write(
        "mine.toml",
        "# Mine.\nparent = \"light\"\n[palette]\naccent = \"#123456\"\n[roles]\n\"tag\" = { fg = \"red\" }",
    );
    let themes = Themes::with_folder(folder.path());
    assert_eq!(themes.warnings(), []);
    let (mine, warnings) = themes.theme(Some("mine"), Depth::True);
    assert_eq!(warnings, []);
    let (light, _) = themes.theme(Some("light"), Depth::True);
    assert_eq!(mine.style(Role::Accent).fg, Some(Color::Rgb(0x12, 0x34, 0x56)));
    assert_eq!(mine.style(Role::Text), light.style(Role::Text));
    assert_eq!(mine.style(Role::Tag).fg, light.style(Role::Error).fg);
}

#[test]
fn whatever_lies_in_the_folder_is_said_and_survived() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("dark.toml", "");
    write("Loud Name.toml", "");
    write("broken.toml", "roles = 7");
    write("circle.toml", "parent = \"circle\"");
    write("orphan.toml", "parent = \"nobody\"");
    write("colourless.toml", "parent = \"dark\"\n[roles]\n\"text\" = { fg = \"mauve\" }\n\"nothing\" = {}");
    write("huge.toml", &"#".repeat(100_000));
    write("notes.txt", "not a theme");
    let themes = Themes::with_folder(folder.path());
    let said: Vec<String> = themes.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    for (name, word) in [
        ("broken", "invalid type"),
        ("circle", "its own parent"),
        ("orphan", "no parent `nobody`"),
        ("colourless", "no role `nothing`"),
    ] {
        let (_, warnings) = themes.theme(Some(name), Depth::True);
        assert!(warnings.iter().any(|warning| warning.to_string().contains(word)), "{name}: {warnings:?}");
        let known = themes.known().into_iter().find(|known| known.name == name).expect("it is offered");
        assert!(known.about.starts_with('!'), "{known:?}");
    }
}
