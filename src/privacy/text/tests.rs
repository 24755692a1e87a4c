//! The gate against real writing and against everything known to act on a terminal, hide from a reader or burst a cell.

use proptest::prelude::*;

use super::*;

fn cleaned(raw: &str) -> String {
    line(raw).into_string()
}

#[test]
fn what_acts_on_a_terminal_is_shown_instead() {
    let cases = [
        ("a\u{1b}[31mred\u{7}", "a␛[31mred␇"),
        ("\u{9b}31m", "⟨U+009B⟩31m"),
        ("\u{1b}]0;owned\u{1b}\\", "␛]0;owned␛\\"),
        ("\u{9d}52;c;eA==\u{9c}", "⟨U+009D⟩52;c;eA==⟨U+009C⟩"),
        ("\u{1b}P+q\u{1b}\\ \u{90}$q", "␛P+q␛\\ ⟨U+0090⟩$q"),
        (
            "\u{1b}_Gi=1\u{1b}\\ \u{9f}x \u{1b}^y \u{9e} \u{1b}Xz \u{98}",
            "␛_Gi=1␛\\ ⟨U+009F⟩x ␛^y ⟨U+009E⟩ ␛Xz ⟨U+0098⟩",
        ),
        ("over\rwritten \u{8}\u{8} \u{b}\u{c}\u{7f}", "over␍written ␈␈ ␋␌␡"),
        ("\u{202E}gpj.exe\u{2066}a\u{2069}\u{200F}\u{061C}", "⟨U+202E⟩gpj.exe⟨U+2066⟩a⟨U+2069⟩⟨U+200F⟩⟨U+061C⟩"),
    ];
    for (raw, shown) in cases {
        assert_eq!(cleaned(raw), shown);
    }
    for c in ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}') {
        assert!(!cleaned(&format!("a{c}b")).contains(|c: char| c.is_control()), "{c:?}");
    }
}

#[test]
fn what_hides_from_a_reader_is_shown() {
    for hidden in [
        "\u{200B}",
        "\u{2060}",
        "\u{FEFF}",
        "\u{AD}",
        "\u{034F}",
        "\u{115F}",
        "\u{1160}",
        "\u{3164}",
        "\u{FFA0}",
        "\u{180E}",
        "\u{17B4}",
        "\u{2061}",
        "\u{2064}",
        "\u{206A}",
        "\u{FE00}",
        "\u{FE0E}",
        "\u{FE0F}",
        "\u{E0100}",
        "\u{E0001}",
        "\u{E0041}",
        "\u{FFF9}",
        "\u{1D173}",
        "\u{13430}",
        "\u{FDD0}",
        "\u{FFFE}",
        "\u{10FFFF}",
        "\u{200C}",
        "\u{200D}",
    ] {
        let shown = cleaned(&format!("pass{hidden}word"));
        let code = u32::from(hidden.chars().next().expect("one character"));
        assert_eq!(shown, format!("pass⟨U+{code:04X}⟩word"));
    }
    assert_eq!(cleaned("日\u{200D}本"), "日⟨U+200D⟩本");
    assert_eq!(cleaned("7\u{FE0F}"), "7⟨U+FE0F⟩");
    assert_eq!(cleaned("🏴\u{E0041}\u{E0042}"), "🏴⟨U+E0041⟩⟨U+E0042⟩", "tags that spell no flag");
}

#[test]
fn living_scripts_stay_readable() {
    for text in [
        "مرحبا بكم، أين طلبي رقم ١٢٣؟",
        "السَّلَامُ عَلَيْكُمْ ﷺ",
        "שלום עולם",
        "בְּרֵאשִׁ֖ית בָּרָ֣א",
        "می\u{200C}خواهم، کتاب\u{200C}ها و نامه\u{200C}ای",
        "ه\u{200D} قمری",
        "क्\u{200D}ष हिन्दी में श्रीमान्\u{200C}जी",
        "র\u{200D}্যাব বাংলা",
        "தமிழ் മലയാളം ന്\u{200D} ශ්\u{200D}රී ලංකා",
        "ภาษาไทย ที่นี่ ກໍ່ລາວ ភាសាខ្មែរ မြန်မာ",
        "བོད་སྐད་ བརྒྱུད",
        "日本語と한국어、中文！ ﾊﾝｶｸ ＡＢＣ",
        "각 (decomposed: \u{1100}\u{1161}\u{11A8})",
        "👨\u{200D}👩\u{200D}👧\u{200D}👦 👩🏽\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👨🏿 👩🏾\u{200D}🚀 🧑🏽\u{200D}🤝\u{200D}🧑🏻",
        "🇩🇪 🇮🇳 🏳\u{FE0F}\u{200D}🌈 🏴\u{200D}☠\u{FE0F}",
        "❤\u{FE0F} ☺\u{FE0E} ©\u{FE0F} ↔\u{FE0F} ▶\u{FE0F}",
        "1\u{FE0F}\u{20E3} #\u{FE0F}\u{20E3} *\u{20E3}",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        "Żółć e\u{301} Tiếng Việt ệ o\u{302}\u{323} ﬁ œ ß İı",
        "Ελληνικά Русский Українська ქართული Հայերեն አማርኛ",
    ] {
        assert_eq!(cleaned(text), text);
    }
}

#[test]
fn a_tower_of_marks_is_cut_and_counted() {
    let tower = format!("e{}", "\u{301}".repeat(10_000));
    let shown = cleaned(&tower);
    assert!(shown.ends_with("⟨+9992 marks⟩") && shown.len() < 64, "{}", shown.len());
}

#[test]
fn a_mark_with_nothing_to_stand_on_gets_something() {
    assert_eq!(cleaned("\u{301}x"), "\u{25CC}\u{301}x");
    assert_eq!(cleaned("\u{1161}x"), "⟨U+1161⟩x", "a vowel of Hangul joins no circle");
}

#[test]
fn nothing_chains_into_a_cell_without_end() {
    let chains = [
        "👨\u{200D}".repeat(10_000),
        "क्".repeat(10_000),
        "\u{1100}".repeat(10_000),
        "\u{0600}".repeat(10_000),
        format!("🏴{}\u{E007F}", "\u{E0061}".repeat(10_000)),
        format!("a{}", "\u{FE0F}".repeat(10_000)),
    ];
    for chain in chains {
        for grapheme in cleaned(&chain).graphemes(true) {
            assert!(grapheme.len() <= 4 * (LONGEST_GRAPHEME + 16), "{} bytes in one cell", grapheme.len());
        }
    }
}

#[test]
fn a_megabyte_without_a_break_is_shown_to_a_point_and_said() {
    let long = "x\u{202e}".repeat(300_000);
    let shown = cleaned(&long);
    assert!(shown.len() < 8 * LONGEST_LINE, "{}", shown.len());
    assert!(shown.ends_with(" bytes⟩"));
    assert!(block(&long).len() > long.len(), "a card shows all of it");
}

#[test]
fn blocks_keep_their_lines_and_lines_do_not() {
    assert_eq!(&*block("a\r\nb\tc\u{2028}d\u{85}e"), "a\nb    c\nd\ne");
    assert_eq!(cleaned("a\r\nb\tc"), "a b c");
}

/// Text made of what is likeliest to break something.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        any::<char>().prop_map(String::from),
        (0x80u32..0xA0).prop_filter_map("C1", char::from_u32).prop_map(String::from),
        prop::sample::select(vec![
            "\u{1b}",
            "\u{200D}",
            "\u{200C}",
            "\u{FE0F}",
            "\u{FE0E}",
            "\u{20E3}",
            "\u{301}",
            "\u{E0061}",
            "\u{E007F}",
            "🏴",
            "👨",
            "❤",
            "क",
            "्",
            "ه",
            "می",
            "\u{1100}",
            "\u{1161}",
            "\u{0600}",
            "🇩",
            "1",
            "a",
            " ",
            "\n",
            "\r",
            "\t",
            "\u{2028}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Whether a character of cleaned text is one that only a neighbour may excuse.
fn is_excused(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}') || is_tag(c)
}

#[test]
fn a_tag_behind_a_broken_joiner_of_a_flag_is_seen() {
    assert_eq!(&*line("🏴\u{200D}\u{E007F} "), "🏴⟨U+200D⟩⟨U+E007F⟩ ");
    assert_eq!(&*line("🏴\u{E0061}\u{200D}\u{E007F} "), "🏴⟨U+E0061⟩⟨U+200D⟩⟨U+E007F⟩ ");
    let scotland = "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}";
    assert_eq!(&*line(scotland), scotland);
}

proptest! {
    #[test]
    fn nothing_that_hides_or_acts_comes_through(raw in hostile()) {
        for (safe, breaks) in [(line(&raw), false), (block(&raw), true)] {
            for c in safe.chars().filter(|c| !(is_excused(*c) || breaks && *c == '\n')) {
                prop_assert!(!c.is_control() && !hides(c), "{:04X}", u32::from(c));
            }
            for grapheme in safe.graphemes(true).filter(|grapheme| *grapheme != "\n") {
                prop_assert!(grapheme.width() > 0 || grapheme.chars().all(is_excused), "{:?}", grapheme);
                prop_assert!(grapheme.chars().count() <= 2 * LONGEST_GRAPHEME, "{:?}", grapheme);
            }
        }
    }

    #[test]
    fn what_is_clean_stays_as_it_is(raw in hostile()) {
        let once = line(&raw).into_string();
        prop_assert_eq!(cleaned(&once), once);
    }

    #[test]
    fn the_cost_is_bounded_by_the_input(raw in hostile()) {
        prop_assert!(block(&raw).len() <= 8 * raw.len() + 16);
    }
}
