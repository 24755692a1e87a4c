//! Owns the text of a URL: percent decoding and query pairs. Does not know any route.
//!
//! Invariant: never fails; a broken escape stays as the text it was, because the desk must answer it, not crash on it.

/// Decodes `%XX`. A `+` stays a plus: in a path it is one.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| hex_pair(bytes.get(at + 1..at + 3))).flatten();
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex_pair(pair: Option<&[u8]>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = pair? else { return None };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// The query's pairs, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the part after `?`.
    pub fn parse(raw: &str) -> Self {
        let plain = |text: &str| decode(&text.replace('+', " "));
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (plain(name), plain(value))
        };
        Self(raw.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the value is the word `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// A comma list, empty parts dropped.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.get(name).map(commas).unwrap_or_default()
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The pairs that are not about paging, as links repeat them.
    pub fn beyond_paging(&self) -> impl Iterator<Item = (&str, &str)> {
        let paging = |name: &str| name == "page" || name == "pageSize";
        self.0.iter().filter(move |(name, _)| !paging(name)).map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The non-empty parts of a comma list.
pub fn commas(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plus_is_a_space_only_in_a_query() {
        assert_eq!(decode("phone=%2B49+1"), "phone=+49+1");
        assert_eq!(Query::parse("a=x+y%2B&b&c=%zz").get("a"), Some("x y+"));
        assert_eq!(Query::parse("c=%zz").get("c"), Some("%zz"));
    }

    proptest! {
        #[test]
        fn any_text_decodes(text in "\\PC{0,40}") {
            let _ = decode(&text);
            let _ = Query::parse(&text);
        }
    }
}
