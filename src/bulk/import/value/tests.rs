//! Cells as values of fields, and reasons that repeat nobody's value.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::{
    bulk::{Resource, import::fields::Fields},
    domain::Attribute,
};

fn moments() -> Moments {
    Moments { now: "2025-03-04T10:15:00Z".parse().expect("a moment"), zone: TimeZone::UTC, order: None }
}

fn fields() -> Fields {
    let names = ["tierStr", "noteTxt", "totalNum", "vipBool", "placedAt", "siteUrl", "orderId", "areaTree"];
    let mut custom: Vec<Attribute> = names.iter().map(|name| Attribute::undescribed(name)).collect();
    custom[0].enumeration = vec!["gold".into(), "silver".into()];
    Fields::of(Resource::Customers, &custom)
}

fn of(name: &str, cell: &Cell) -> Result<Value, String> {
    let fields = fields();
    read(fields.get(fields.named(name).expect("a field")), cell, &moments())
}

fn text_of(name: &str, words: &str) -> Result<Value, String> {
    of(name, &Cell::words(words))
}

#[test]
fn cells_become_values_of_their_fields_type() {
    for (name, words, expected) in [
        ("name", " Mara Quill ", json!("Mara Quill")),
        ("tierStr", "GOLD", json!("gold")),
        ("totalNum", "64.5", json!(64.5)),
        ("totalNum", "1.234,50", json!(1234.5)),
        ("totalNum", "1,234,567", json!(1_234_567)),
        ("totalNum", "1 234,5", json!(1234.5)),
        ("totalNum", "-7", json!(-7)),
        ("vipBool", "Yes", json!(true)),
        ("vipBool", "0", json!(false)),
        ("placedAt", "31.12.2025 9:30", json!("2025-12-31T09:30:00.000Z")),
        ("siteUrl", "https://acme.example/a?b", json!("https://acme.example/a?b")),
        ("orderId", "66A1F0C2B7D4E9001C3A5F10", json!("66a1f0c2b7d4e9001c3a5f10")),
        (
            "emails",
            "Mara@Quill.example; m2@quill.example",
            json!([{"email": "mara@quill.example"}, {"email": "m2@quill.example"}]),
        ),
        ("phones", "0049 1555 0001122", json!([{"phone": "+4915550001122"}])),
        ("tags", "vip, late,vip", json!(["vip", "late"])),
        ("gender", "M", json!("m")),
    ] {
        assert_eq!(text_of(name, words), Ok(expected), "{name} {words}");
    }
    assert_eq!(of("name", &Cell::Typed(json!(7731))), Ok(json!("7731")));
    assert_eq!(of("totalNum", &Cell::Typed(json!(7.5))), Ok(json!(7.5)));
    assert_eq!(of("tags", &Cell::Typed(json!(["vip"]))), Ok(json!(["vip"])));
}

#[test]
fn what_does_not_fit_is_said_without_repeating_it() {
    for (name, words, why) in [
        ("totalNum", "1,234", "thousands"),
        ("totalNum", "12ab", "no number"),
        ("totalNum", "1,23,4", "no number"),
        ("totalNum", "123456789012345678901", "more digits"),
        ("totalNum", "NaN", "no number"),
        ("totalNum", "1e999", "too large"),
        ("vipBool", "maybe", "neither yes nor no"),
        ("placedAt", "3/4/2025", "two different days"),
        ("siteUrl", "javascript:alert(1)", "no web address"),
        ("siteUrl", "https:// x", "no web address"),
        ("orderId", "7731", "no id"),
        ("tierStr", "platinum", "none of: gold, silver"),
        ("emails", "mara@quill", "no e-mail"),
        ("emails", "mara quill@x.example", "no e-mail"),
        ("phones", "15550001122", "country code"),
        ("phones", "call me", "no phone"),
        ("tags", "a;#b", "no tag"),
        ("locations", "{oops", "JSON"),
        ("name", "a\u{0}b", "NUL"),
        ("name", "a\u{fffd}b", "--encoding"),
    ] {
        let said = text_of(name, words).expect_err(words);
        assert!(said.contains(why) && !said.contains(words), "{name}: {said}");
    }
    let long = text_of("name", &"é".repeat(257)).expect_err("long");
    assert!(long.contains("257"), "{long}");
    let mask = of("emails", &Cell::Typed(json!([{"email": {"isMasked": true}}])));
    assert_eq!(mask, Err(super::super::masks::REFUSED.to_owned()));
}

proptest! {
    /// Any cell is a value or a reason, for every field there is.
    #[test]
    fn any_cell_is_survived(words in "\\PC{0,30}", number in any::<f64>(), which in 0_usize..100) {
        let fields = fields();
        let field = fields.get(which % fields.all().len());
        for cell in [Cell::words(&words), Cell::typed(json!(number)), Cell::typed(json!([words, number])), Cell::typed(json!({"a": words}))] {
            let _ = read(field, &cell, &moments());
        }
    }

    /// A number written in any of the usual ways is that number.
    #[test]
    fn numbers_come_back(number in -1_000_000_000_i64..1_000_000_000, cents in 0_u8..100) {
        let written = format!("{number}.{cents:02}");
        let expected: f64 = written.parse().expect("a number");
        let read = |words: &str| text_of("totalNum", words).ok().and_then(|value| value.as_f64());
        prop_assert_eq!(read(&written), Some(expected));
        prop_assert_eq!(read(&written.replace('.', ",")), Some(expected));
    }
}
