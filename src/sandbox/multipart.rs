//! Owns `multipart/form-data` bodies as an object store reads them. Does not know what the fields mean (`uploads`).
//!
//! Invariant: any body is read or found to be none, never a panic; parts borrow from the body, so nothing is copied.

/// One field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// The parts of a body, in order; none when it is not a complete form with this content type's boundary.
pub fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let (media_type, rest) = content_type.split_once(';')?;
    let parameter = rest.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    let boundary = parameter.trim_matches('"');
    if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") || boundary.is_empty() {
        return None;
    }
    let delimiter = format!("\r\n--{boundary}");
    // What stands before the first boundary counts for nothing, and that boundary needs no line break before it.
    let opening = &delimiter.as_bytes()[2..];
    let mut rest = &body[find(body, opening)? + opening.len()..];
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let content = rest.strip_prefix(b"\r\n")?;
        let end = find(content, delimiter.as_bytes())?;
        parts.push(part(&content[..end])?);
        rest = &content[end + delimiter.len()..];
    }
    Some(parts)
}

fn part(content: &[u8]) -> Option<Part<'_>> {
    const BREAK: &[u8] = b"\r\n\r\n";
    let end = find(content, BREAK)?;
    let head = std::str::from_utf8(&content[..end]).ok()?;
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let name = disposition.split(';').find_map(|parameter| parameter.trim().strip_prefix("name="))?;
    Some(Part { name: name.trim_matches('"'), bytes: &content[end + BREAK.len()..] })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(fields: &[(&str, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, bytes) in fields {
            body.extend(format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--b1--\r\n");
        body
    }

    const TYPE: &str = "multipart/form-data; boundary=b1";

    #[test]
    fn fields_come_in_order_with_their_bytes_as_they_are() {
        let body = form(&[("key", b"a"), ("file", b"\x00\r\n--b\xff\r\n")]);
        let parts = parts(TYPE, &body).expect("a form");
        assert_eq!(parts, [Part { name: "key", bytes: b"a" }, Part { name: "file", bytes: b"\x00\r\n--b\xff\r\n" }]);
    }

    #[test]
    fn what_is_cut_or_no_form_is_none() {
        let body = form(&[("key", b"a")]);
        assert_eq!(parts(TYPE, &body[..body.len() - 6]), None);
        assert_eq!(parts("application/json", &body), None);
        assert_eq!(parts("multipart/form-data; boundary=other", &body), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200), cut in 0..120_usize) {
            let _ = parts(TYPE, &body);
            let whole = form(&[("key", b"a"), ("file", &body)]);
            let _ = parts(TYPE, &whole[..cut.min(whole.len())]);
        }
    }
}
