//! Owns phone numbers in the international form (E.164): what can be told from the digits alone, and a few countries' habits
//! of dialling. Says that a number is well formed, never that it exists. Pure.

/// Where a number is dialled: the calling code, the digit that is left out abroad, and how long a number is after the code
/// where that is fixed.
struct Country {
    iso: &'static str,
    code: &'static str,
    trunk: &'static str,
    length: Option<usize>,
}

const fn country(iso: &'static str, code: &'static str, trunk: &'static str, length: Option<usize>) -> Country {
    Country { iso, code, trunk, length }
}

/// Countries whose national form is understood. Others need the number in international form.
const COUNTRIES: &[Country] = &[
    country("US", "1", "1", Some(10)),
    country("CA", "1", "1", Some(10)),
    country("GB", "44", "0", None),
    country("IE", "353", "0", None),
    country("DE", "49", "0", None),
    country("AT", "43", "0", None),
    country("CH", "41", "0", Some(9)),
    country("FR", "33", "0", Some(9)),
    country("BE", "32", "0", None),
    country("NL", "31", "0", Some(9)),
    country("LU", "352", "", None),
    // Italy dials its zero abroad too.
    country("IT", "39", "", None),
    country("ES", "34", "", Some(9)),
    country("PT", "351", "", Some(9)),
    country("DK", "45", "", Some(8)),
    country("NO", "47", "", Some(8)),
    country("SE", "46", "0", None),
    country("FI", "358", "0", None),
    country("PL", "48", "", Some(9)),
    country("CZ", "420", "", Some(9)),
    country("TR", "90", "0", Some(10)),
    country("IL", "972", "0", None),
    country("AE", "971", "0", None),
    country("IN", "91", "0", Some(10)),
    country("JP", "81", "0", None),
    country("AU", "61", "0", Some(9)),
    country("NZ", "64", "0", None),
    country("SG", "65", "", Some(8)),
    country("BR", "55", "0", None),
    country("MX", "52", "", Some(10)),
    country("ZA", "27", "0", Some(9)),
];

/// Calling codes of one and two digits that are in use; all others in use have three and begin with one of [`LONG`].
const SHORT: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
    "86", "90", "91", "92", "93", "94", "95", "98",
];
/// Where codes of three digits begin.
const LONG: &[&str] = &[
    "21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69", "80", "85", "87",
    "88", "96", "97", "99",
];

/// Why a number has no international form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PhoneError {
    /// There is more than digits and the signs people put between them.
    #[error("there is more in it than one phone number")]
    Signs,
    /// Too short or too long.
    #[error("{0} digits are no phone number there")]
    Length(usize),
    /// No such calling code.
    #[error("it begins with no calling code that is in use")]
    Code,
    /// Written in a national form, of a country nobody named.
    #[error("it is in a national form; give its `country`, two letters such as DE")]
    National,
    /// A country this does not know.
    #[error("the national form of that country is not known here; give the number with + and its calling code")]
    Country,
}

/// A number in the international form.
///
/// # Errors
/// [`PhoneError`]; it never repeats the number.
pub(super) fn e164(written: &str, country: Option<&str>) -> Result<String, PhoneError> {
    let written = written.trim();
    let written = written.strip_prefix("tel:").unwrap_or(written);
    if written.contains(|c: char| !c.is_ascii_digit() && !" +-./()\u{a0}\u{2011}".contains(c)) {
        return Err(PhoneError::Signs);
    }
    // `+44 (0)20 …`: the zero in brackets is for callers at home.
    let digits: String = written.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let international = written.strip_prefix('+').map(|rest| (rest, digits.as_str()));
    let international = international.or_else(|| digits.strip_prefix("00").map(|rest| (rest, rest)));
    match international {
        Some((rest, _)) if rest.contains('+') => Err(PhoneError::Signs),
        Some((_, digits)) => whole(digits),
        None => home(&digits, country.ok_or(PhoneError::National)?),
    }
}

/// A number with its calling code.
fn whole(digits: &str) -> Result<String, PhoneError> {
    let in_use = SHORT.iter().any(|code| digits.starts_with(code)) || LONG.iter().any(|code| digits.starts_with(code));
    if !in_use {
        return Err(PhoneError::Code);
    }
    let fixed = COUNTRIES.iter().find(|country| country.code == "1" && digits.starts_with('1'));
    let fits = match fixed.and_then(|country| country.length) {
        Some(length) => digits.len() == 1 + length,
        None => (7..=15).contains(&digits.len()),
    };
    if fits { Ok(format!("+{digits}")) } else { Err(PhoneError::Length(digits.len())) }
}

/// A number as it is dialled at home.
fn home(digits: &str, country: &str) -> Result<String, PhoneError> {
    let country =
        COUNTRIES.iter().find(|known| known.iso.eq_ignore_ascii_case(country.trim())).ok_or(PhoneError::Country)?;
    let bare = match digits.strip_prefix(country.trunk) {
        // A leading 1 of ten digits in North America is no trunk digit, and no area code begins with it either.
        Some(rest) if !country.trunk.is_empty() && country.length.is_none_or(|length| digits.len() != length) => rest,
        _ => digits,
    };
    let fits = country.length.map_or((5..=12).contains(&bare.len()), |length| bare.len() == length);
    if fits { whole(&format!("{}{bare}", country.code)) } else { Err(PhoneError::Length(bare.len())) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_becomes_one_form() {
        for (written, country, expected) in [
            ("+1 (415) 555-2671", None, "+14155552671"),
            ("(415) 555-2671", Some("us"), "+14155552671"),
            ("1-415-555-2671", Some("US"), "+14155552671"),
            ("0049 30 901820", None, "+4930901820"),
            ("030/901820", Some("DE"), "+4930901820"),
            ("+44 (0)20 7946 0958", None, "+442079460958"),
            ("020 7946 0958", Some("GB"), "+442079460958"),
            ("06 698 12345", Some("IT"), "+390669812345"),
            ("612 34 56 78", Some("ES"), "+34612345678"),
            ("tel:+4930901820", None, "+4930901820"),
        ] {
            assert_eq!(e164(written, country).as_deref(), Ok(expected), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        for (written, country, expected) in [
            ("030 901820", None, PhoneError::National),
            ("030 901820", Some("XX"), PhoneError::Country),
            ("+1 415 555", None, PhoneError::Length(7)),
            ("+999 12", None, PhoneError::Length(5)),
            ("+0 30 901820", None, PhoneError::Code),
            ("call 030 901820", Some("DE"), PhoneError::Signs),
            ("+49 30 +49 30", None, PhoneError::Signs),
            ("555-2671", Some("US"), PhoneError::Length(7)),
            ("", None, PhoneError::National),
            ("⟦phone:1⟧", None, PhoneError::Signs),
        ] {
            assert_eq!(e164(written, country), Err(expected), "{written}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_out_is_well_formed_and_stays_as_it_is(written in ".{0,40}", country in "[A-Z]{2}") {
            if let Ok(number) = e164(&written, Some(&country)) {
                prop_assert!(number.starts_with('+') && (8..=16).contains(&number.len()));
                prop_assert!(number[1..].bytes().all(|b| b.is_ascii_digit()));
                prop_assert_eq!(e164(&number, None), Ok(number.clone()));
            }
        }
    }
}
