//! Owns the search for planted personal values: in a text, in bytes, in every file of a folder; as they are and in the
//! disguises a value leaves a program in (case, encodings, reversed, without separators). Knows nothing of any journey.

use std::{fmt::Write as _, path::Path};

/// Values that must not be found, each by the name it is reported under.
pub struct Planted(Vec<Needle>);

struct Needle {
    name: String,
    disguise: &'static str,
    bytes: Vec<u8>,
}

/// The shortest disguise that is looked for: what is shorter is found by accident.
const SHORTEST: usize = 7;

impl Planted {
    /// These values, each with its name.
    pub fn new<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(values.into_iter().flat_map(|(name, value)| needles(name, value)).collect())
    }

    /// Where and how the values are found in these bytes; `place` is how the bytes are called.
    pub fn hits(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        let lower = bytes.to_ascii_lowercase();
        // One pass: only where a needle could begin is more looked at than two bytes.
        let mut begins = vec![false; 1 << 16];
        self.0.iter().for_each(|needle| begins[first_two(&needle.bytes)] = true);
        let mut found = vec![false; self.0.len()];
        for at in 0..lower.len().saturating_sub(1) {
            let rest = &lower[at..];
            if begins[first_two(rest)] {
                for (needle, found) in self.0.iter().zip(&mut found) {
                    *found |= rest.starts_with(&needle.bytes);
                }
            }
        }
        let found = self.0.iter().zip(found).filter_map(|(needle, found)| found.then_some(needle));
        found.map(|needle| format!("{} ({}) in {place}", needle.name, needle.disguise)).collect()
    }

    /// The same in a text.
    pub fn hits_in(&self, place: &str, text: &str) -> Vec<String> {
        self.hits(place, text.as_bytes())
    }

    /// The same in every file below a folder, and in the files' names.
    pub fn hits_below(&self, folder: &Path) -> Vec<String> {
        let mut hits = Vec::new();
        for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            hits.extend(self.hits("a file's name", name.as_encoded_bytes()));
            if path.is_dir() {
                hits.extend(self.hits_below(&path));
            } else {
                hits.extend(self.hits(&path.display().to_string(), &std::fs::read(&path).unwrap_or_default()));
            }
        }
        hits
    }
}

/// A value in all its disguises, in lower case: what is searched is, too.
fn needles(name: &str, value: &str) -> Vec<Needle> {
    let lower = value.to_ascii_lowercase();
    let mut all = vec![
        ("as it is", lower.clone().into_bytes()),
        ("reversed", lower.chars().rev().collect::<String>().into_bytes()),
        ("percent-encoded", percent(&lower).into_bytes()),
        (
            "in hexadecimal",
            value
                .bytes()
                .fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                })
                .into_bytes(),
        ),
        ("in UTF-16", lower.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= SHORTEST {
        for separator in [" ", "-", "."] {
            let apart: Vec<String> = digits.chars().map(String::from).collect();
            all.push(("spelled out", apart.join(separator).into_bytes()));
        }
        all.push(("its digits", digits.into_bytes()));
    }
    all.extend(base64_inside(value.as_bytes()).into_iter().map(|inside| ("in base64", inside)));
    let kept = all.into_iter().filter(|(_, bytes)| bytes.len() >= SHORTEST);
    kept.map(|(disguise, bytes)| Needle { name: name.to_owned(), disguise, bytes }).collect()
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

/// What of the value's base64 is the same wherever it stands in a longer text: three forms, one for each place. In lower
/// case, which loses little: six letters in a row are no accident.
fn base64_inside(value: &[u8]) -> Vec<Vec<u8>> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..3usize)
        .map(|before| {
            let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(value.iter().copied()).collect();
            let whole = padded.len() / 3 * 3;
            let encoded: Vec<u8> = padded[..whole]
                .chunks(3)
                .flat_map(|three| {
                    let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
                    [18, 12, 6, 0].map(|shift| LETTERS[(bits >> shift & 63) as usize].to_ascii_lowercase())
                })
                .collect();
            encoded[(before * 4).div_ceil(3).min(encoded.len())..].to_vec()
        })
        .collect()
}

fn first_two(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

#[test]
fn planted_values_are_found_in_every_disguise() {
    let planted = Planted::new([("phone", "+4915577000123")]);
    for text in [
        "call +4915577000123 now",
        "3210007755194+",
        "q=%2B4915577000123",
        "4 9 1 5 5 7 7 0 0 0 1 2 3",
        "2b34393135353737303030313233",
        "eCArNDkxNTU3NzAwMDEyMw==",
        "KzQ5MTU1NzcwMDAxMjM=",
    ] {
        assert!(!planted.hits_in("a text", text).is_empty(), "{text}");
    }
    assert_eq!(planted.hits_in("a text", "****0123, ⟦phone:1⟧, +4915577000124"), Vec::<String>::new());
}

#[test]
fn every_file_of_a_folder_is_searched() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("a").join("b");
    std::fs::create_dir_all(&inside).expect("made");
    std::fs::write(inside.join("log"), b"\0\xffmara.CANARY@quill.example\0").expect("written");
    let planted = Planted::new([("mail", "mara.canary@quill.example")]);
    assert_eq!(planted.hits_below(folder.path()).len(), 1);
}
