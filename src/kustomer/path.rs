//! Owns the building of paths: values are percent-encoded, so that nothing a customer or a model writes can change which
//! operation a path names. Does not know which paths exist.

use std::fmt::Write as _;

/// One path segment or query value, percent-encoded down to the unreserved characters of RFC 3986. A value of nothing
/// but dots gets an underscore in front: URL parsers climb on `..` even when it is encoded, and no record is called that.
pub(crate) fn segment(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    if value.bytes().all(|byte| byte == b'.') {
        out.push('_');
    }
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Percent-decoded, as the server will: an encoded `bulk` is still a bulk call.
pub(crate) fn decoded(text: &str) -> String {
    let hex = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let pair = (bytes[at] == b'%').then(|| Some((hex(*bytes.get(at + 1)?)?, hex(*bytes.get(at + 2)?)?))).flatten();
        if let Some((high, low)) = pair {
            out.push(high * 16 + low);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_stay_inside_their_segment() {
        for (value, expected) in [
            ("+4915550001122", "%2B4915550001122"),
            ("mara@quill.example", "mara%40quill.example"),
            ("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"),
            ("é", "%C3%A9"),
            ("..", "_.."),
        ] {
            assert_eq!(segment(value), expected);
        }
    }

    proptest! {
        #[test]
        fn no_separator_survives(value in "\\PC*") {
            prop_assert!(!segment(&value).contains(['/', '?', '#', '&', '=', ' ', '@', ':', '\\']));
        }
    }
}
