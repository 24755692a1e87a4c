//! Owns the masks of the desk as they come back in people's files: a presentation is not the value, and is never written back.

use serde_json::Value;

/// Why a row with one is not sent.
pub const REFUSED: &str = "it is a mask of the desk's, not the value; leave the cell empty or write the real value";

/// Whether there is a masked value in it, at any depth.
pub fn is_in(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.get("isMasked") == Some(&Value::Bool(true))
                || fields.contains_key("maskedPresentation")
                || fields.values().any(is_in)
        }
        Value::Array(items) => items.iter().any(is_in),
        Value::String(words) => looks_like_one(words),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether words are what a mask shows: stars in front of what is left of a value, or nothing else.
pub fn looks_like_one(words: &str) -> bool {
    let stars = words.bytes().take_while(|byte| *byte == b'*').count();
    stars >= 4 || (stars > 0 && stars == words.len()) || words.bytes().filter(|byte| *byte == b'*').count() >= 6
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn masks_are_known_by_their_shape_and_their_stars() {
        for mask in [
            json!({"isMasked": true, "maskedPresentation": "****77"}),
            json!([{"email": {"isMasked": true}}]),
            json!("****@acme.example"),
            json!("********"),
            json!("**"),
        ] {
            assert!(is_in(&mask), "{mask}");
        }
        for plain in [json!("5 * 3"), json!("**bold** words"), json!(7), json!({"isMasked": false})] {
            assert!(!is_in(&plain), "{plain}");
        }
    }
}
