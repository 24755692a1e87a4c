//! Owns a request as a command line somebody can paste: `shiftdeck request GET '/v1/…'`. Quoted for a POSIX shell, with
//! placeholders where personal values were. Does not send anything.

use crate::{approval::Request, kustomer::SCHEME, privacy::Vault, transport::Heard};

/// A read that went out.
pub(super) fn of_read(heard: &Heard, vault: &Vault) -> String {
    let body = heard.body.as_deref().map(|body| String::from_utf8_lossy(body).into_owned());
    line(heard.method.as_str(), &heard.path, body.as_deref(), vault)
}

/// A request that waits for a yes.
pub(super) fn of_wish(request: &Request, vault: &Vault) -> String {
    let body = request.body.as_ref().map(ToString::to_string);
    if let Some(tool) = request.path.strip_prefix(SCHEME) {
        let arguments = veiled_body(body.as_deref().unwrap_or("{}"), vault);
        return format!("shiftdeck tools call {} --args {}", quoted(&decoded(tool)), quoted(&arguments));
    }
    line(request.method.as_str(), &request.path, body.as_deref(), vault)
}

fn line(method: &str, path: &str, body: Option<&str>, vault: &Vault) -> String {
    let mut line = format!("shiftdeck request {method} {}", quoted(&veiled_path(path, vault)));
    if let Some(body) = body {
        line.push_str(" -d ");
        line.push_str(&quoted(&veiled_body(body, vault)));
    }
    line
}

/// A path in which each part that holds a personal value shows its placeholder instead; the others stay as they were sent.
fn veiled_path(path: &str, vault: &Vault) -> String {
    let mut out = String::with_capacity(path.len());
    for part in path.split_inclusive(['/', '?', '&', '=']) {
        let (words, end) = part.split_at(part.trim_end_matches(['/', '?', '&', '=']).len());
        let plain = decoded(words);
        let veiled = vault.veil(&plain);
        out.push_str(if veiled == plain { words } else { &veiled });
        out.push_str(end);
    }
    out
}

/// A body as it was sent, its values veiled one by one; what is no JSON is veiled as text.
fn veiled_body(body: &str, vault: &Vault) -> String {
    match serde_json::from_str::<serde_json::Value>(body) {
        Ok(mut value) => {
            vault.veil_json(&mut value);
            value.to_string()
        }
        Err(_) => vault.veil(body),
    }
}

/// Percent-encoded bytes as the text they stand for; what is no UTF-8 stays encoded.
fn decoded(words: &str) -> String {
    let mut bytes = Vec::with_capacity(words.len());
    let mut rest = words.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, after) {
            (b'%', [high, low, tail @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                bytes.push(hex(high).unwrap_or_default() << 4 | hex(low).unwrap_or_default());
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| words.to_owned())
}

/// Words as one argument of a POSIX shell: nothing in them acts. Line breaks and other controls become spaces, because a
/// terminal may take a pasted line break for the end of the command.
fn quoted(words: &str) -> String {
    let one_line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("'{}'", one_line.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{domain::Revealed, transport::Method};

    fn read(method: Method, path: &str, body: Option<&str>) -> Heard {
        Heard { method, path: path.to_owned(), body: body.map(|body| body.as_bytes().to_vec()) }
    }

    #[test]
    fn values_leave_as_placeholders_and_ids_as_they_are() {
        let vault = Vault::new();
        vault.place("phone", &Revealed::new("+4915550001122"), None);
        let path = "/v1/customers/66a1f0c2b7d4e9001c3a5f10/conversations?page=2&pageSize=100";
        assert_eq!(of_read(&read(Method::Get, path, None), &vault), format!("shiftdeck request GET '{path}'"));
        let by_email = of_read(&read(Method::Get, "/v1/customers/email=mara%40quill.example", None), &vault);
        assert_eq!(by_email, "shiftdeck request GET '/v1/customers/email=⟦email:1⟧'");
        let search = r#"{"and":[{"customer_emails":{"equals":"mara@quill.example"}}]}"#;
        let search = of_read(&read(Method::Post, "/v1/customers/search", Some(search)), &vault);
        assert!(search.ends_with(r#"-d '{"and":[{"customer_emails":{"equals":"⟦email:1⟧"}}]}'"#), "{search}");
        let request = Request {
            method: Method::Post,
            path: "/v1/conversations/66a1/notes".into(),
            body: Some(json!({"body": "it's +4915550001122"})),
        };
        let expected = r#"shiftdeck request POST '/v1/conversations/66a1/notes' -d '{"body":"it'\''s ⟦phone:1⟧"}'"#;
        assert_eq!(of_wish(&request, &vault), expected);
    }

    /// What a POSIX shell makes of one word of single quotes and backslashes.
    fn shell(word: &str) -> String {
        let (mut out, mut inside, mut letters) = (String::new(), false, word.chars());
        while let Some(c) = letters.next() {
            match (c, inside) {
                ('\'', _) => inside = !inside,
                ('\\', false) => out.extend(letters.next()),
                (c, true) => out.push(c),
                (c, false) => unreachable!("`{c}` stands bare"),
            }
        }
        assert!(!inside, "a quote is left open");
        out
    }

    proptest! {
        #[test]
        fn nothing_in_an_argument_acts_on_a_shell(words in any::<String>()) {
            let word = quoted(&words);
            prop_assert!(!word.chars().any(char::is_control));
            let read: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            prop_assert_eq!(shell(&word), read);
        }
    }
}
