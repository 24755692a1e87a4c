//! Owns words sealed for the disk: what a person has half typed may name a customer's number, and must come back whole after
//! a crash. Does not write files (`store`).
//!
//! The key is derived from the desk's API key, which is never on this disk in the clear: whoever could open the words could
//! as well ask the desk. A changed API key makes older words unreadable; they are then nobody's.
//!
//! Invariant: what is sealed can be opened under the same name and the same API key only, and not changed unseen.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf,
};
use secrecy::{ExposeSecret, SecretString};

const SALT: &[u8] = b"shiftdeck half-typed words";

/// Opens and closes. Clones share one key.
#[derive(Clone)]
pub struct Seal {
    key: Arc<RandomizedNonceKey>,
    label: String,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("label", &self.label).finish_non_exhaustive()
    }
}

impl Seal {
    /// A seal of this desk's key; `None` where there is no key to derive it from.
    pub fn under(secret: &SecretString, desk: &str) -> Option<Self> {
        let secret = secret.expose_secret();
        if secret.is_empty() {
            return None;
        }
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(secret.as_bytes());
        let derive = |purpose: &str| {
            let info = [purpose.as_bytes(), b"\0", desk.as_bytes()];
            let mut bytes = [0; 32];
            prk.expand(&info, hkdf::HKDF_SHA256).ok()?.fill(&mut bytes).ok()?;
            Some(bytes)
        };
        let key = RandomizedNonceKey::new(&AES_256_GCM, &derive("key")?).ok()?;
        let label = hex(&derive("label")?[..4]);
        Some(Self { key: Arc::new(key), label })
    }

    /// Tells seals apart without telling anything of their keys.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Words nobody reads without the key; `None` when the library fails, which it has no reason to.
    pub fn close(&self, name: &str, words: &str) -> Option<String> {
        self.close_bytes(name, words.as_bytes()).map(|bytes| hex(&bytes))
    }

    /// The same of bytes, as bytes: for many rows.
    pub fn close_bytes(&self, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = bytes.to_vec();
        let nonce = self.key.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed).ok()?;
        Some([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// The words again; `None` for what was sealed otherwise, or changed.
    pub fn open(&self, name: &str, sealed: &str) -> Option<String> {
        String::from_utf8(self.open_bytes(name, unhex(sealed)?)?).ok()
    }

    /// The bytes again, under the same rule.
    pub fn open_bytes(&self, name: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        if sealed.len() < NONCE_LEN {
            return None;
        }
        let (nonce, rest) = sealed.split_at_mut(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        Some(self.key.open_in_place(nonce, Aad::from(name.as_bytes()), rest).ok()?.to_vec())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(words: &str) -> Option<Vec<u8>> {
    let digits = words.as_bytes();
    if digits.len() % 2 == 1 {
        return None;
    }
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "call Mara on +4915550001122 ✓";

    fn seal(secret: &str, desk: &str) -> Seal {
        Seal::under(&SecretString::from(secret), desk).expect("a key")
    }

    #[test]
    fn words_come_back_under_the_same_key_and_name_only() {
        let mine = seal("eyJ-main", "https://acme.example");
        let closed = mine.close("assistant.prompt", WORDS).expect("closed");
        assert!(!closed.contains("4915"), "{closed}");
        assert_eq!(mine.open("assistant.prompt", &closed).as_deref(), Some(WORDS));
        assert_eq!(mine.open("note:c1", &closed), None);
        assert_eq!(seal("eyJ-other", "https://acme.example").open("assistant.prompt", &closed), None);
        assert_eq!(seal("eyJ-main", "https://other.example").open("assistant.prompt", &closed), None);
        assert_ne!(mine.label(), seal("eyJ-main", "https://other.example").label());
    }

    #[test]
    fn a_changed_byte_or_nonsense_is_refused() {
        let mine = seal("eyJ-main", "desk");
        let closed = mine.close("a", WORDS).expect("closed");
        assert_ne!(closed, mine.close("a", WORDS).expect("closed"), "no nonce is used twice");
        for at in 0..closed.len() {
            let mut bytes = closed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert_eq!(mine.open("a", &changed), None, "byte {at}");
        }
        for nonsense in ["", "0", "zz", "00", "é0", &closed[..30]] {
            assert_eq!(mine.open("a", nonsense), None, "{nonsense}");
        }
        assert!(Seal::under(&SecretString::from(""), "desk").is_none());
    }
}
