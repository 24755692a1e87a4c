//! Owns the bytes of uploaded files and the signed URLs that lead to them, as an object store beside the API would (Kustomer
//! API reference 16). Does not know attachments as records (`records::attachments`) nor HTTP (`uploads`).
//!
//! Invariant: a URL works for one file, one direction and [`LIFETIME_MS`] of the desk's time, and what is held never
//! exceeds [`MOST_HELD`]. Unverified in the reference and decided here: both figures, and [`MOST_LENGTH`].

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{errors::Refusal, mint::hex};

/// How long a signed URL works, by the desk's clock.
pub const LIFETIME_MS: i64 = 15 * 60_000;
/// The largest file, in bytes.
pub const MOST_LENGTH: i64 = 15 << 20;
/// The most bytes held in all.
const MOST_HELD: usize = 256 << 20;

/// The files that come with the seeded world.
const SAMPLES: &[(&str, &[u8])] = &[
    ("damage.png", include_bytes!("../../assets/sandbox/files/damage.png")),
    ("tracking.txt", include_bytes!("../../assets/sandbox/files/tracking.txt")),
    ("invoice.pdf", include_bytes!("../../assets/sandbox/files/invoice.pdf")),
];

/// The bytes of a file that comes with the seeded world.
pub fn sample(name: &str) -> Option<&'static [u8]> {
    SAMPLES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

/// What a URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Form upload: `POST` of `multipart/form-data`.
    Form,
    /// Raw upload: `PUT` of the bytes.
    Raw,
    /// Download: `GET`.
    Down,
}

/// Signs what leads to a file.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    seed: u64,
    /// Scheme and authority in front of the paths (`http://127.0.0.1:4711`); empty for relative URLs.
    base: &'a str,
}

impl<'a> Signer<'a> {
    /// A signer of this desk; `base` is how the client reached it.
    pub fn new(seed: u64, base: &'a str) -> Self {
        Self { seed, base }
    }

    /// The address of a file (`attachments/66a1…`) without a signature.
    pub fn address(self, file: &str) -> String {
        format!("{}{}{file}", self.base, super::uploads::ROOT)
    }

    /// A URL that works from `now` on.
    pub fn url(self, way: Way, file: &str, now: i64) -> String {
        let expires = now + LIFETIME_MS;
        format!("{}?expires={expires}&signature={}", self.address(file), self.signature(way, file, expires))
    }

    /// The signature of a way to a file until `expires` (milliseconds since the epoch).
    pub fn signature(self, way: Way, file: &str, expires: i64) -> String {
        hex(&Sha256::digest(format!("{}\n{way:?}\n{file}\n{expires}", self.seed)))
    }

    /// Whether a signature is ours and has not expired.
    pub fn accepts(self, way: Way, file: &str, expires: i64, signature: &str, now: i64) -> bool {
        now < expires && expires <= now.saturating_add(LIFETIME_MS) && self.signature(way, file, expires) == signature
    }
}

/// The bytes held, by record id.
#[derive(Debug)]
pub struct Files {
    seed: u64,
    held: HashMap<String, Vec<u8>>,
    length: usize,
}

impl Files {
    /// No files yet.
    pub fn new(seed: u64) -> Self {
        Self { seed, held: HashMap::new(), length: 0 }
    }

    /// Signs for a client that reached the desk at `base`.
    pub fn signer<'a>(&self, base: &'a str) -> Signer<'a> {
        Signer::new(self.seed, base)
    }

    /// The bytes of a record.
    pub fn get(&self, id: &str) -> Option<&[u8]> {
        self.held.get(id).map(Vec::as_slice)
    }

    /// Keeps a record's bytes, in place of those it had.
    pub fn keep(&mut self, id: &str, bytes: &[u8]) -> Result<(), Refusal> {
        let others = self.length - self.held.get(id).map_or(0, Vec::len);
        if others + bytes.len() > MOST_HELD {
            return Err(Refusal::bad_request(format!("The simulated file store holds at most {MOST_HELD} bytes.")));
        }
        self.held.insert(id.to_owned(), bytes.to_vec());
        self.length = others + bytes.len();
        Ok(())
    }

    /// Forgets the bytes of these records for good.
    pub fn forget<'i>(&mut self, ids: impl IntoIterator<Item = &'i str>) {
        for id in ids {
            self.length -= self.held.remove(id).map_or(0, |bytes| bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_one_file_one_way_and_some_minutes() {
        let signer = Signer::new(7, "");
        let expires = 1_000 + LIFETIME_MS;
        let signature = signer.signature(Way::Down, "attachments/a", expires);
        assert!(signer.accepts(Way::Down, "attachments/a", expires, &signature, 1_000));
        assert!(!signer.accepts(Way::Down, "attachments/a", expires, &signature, expires));
        assert!(!signer.accepts(Way::Raw, "attachments/a", expires, &signature, 1_000));
        assert!(!signer.accepts(Way::Down, "attachments/b", expires, &signature, 1_000));
        assert!(!signer.accepts(Way::Down, "attachments/a", expires + 1, &signature, 1_000));
        assert!(!Signer::new(8, "").accepts(Way::Down, "attachments/a", expires, &signature, 1_000));
    }

    #[test]
    fn bytes_are_counted_replaced_and_forgotten() {
        let mut files = Files::new(1);
        files.keep("a", b"12345").expect("room");
        files.keep("a", b"123").expect("room");
        assert_eq!((files.length, files.get("a")), (3, Some(&b"123"[..])));
        assert!(files.keep("b", &vec![0; MOST_HELD - 2]).is_err(), "over the bound");
        files.forget(["a", "never there"]);
        assert_eq!((files.length, files.get("a")), (0, None));
    }
}
