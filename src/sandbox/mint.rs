//! Owns what the desk makes up: ids of new records, API keys, small seeded chances. Everything follows from the seed and
//! the order of events, so two desks treated alike answer alike.

use sha2::{Digest, Sha256};

/// Makes ids that look like `ObjectId`s: the first 8 hex digits are the second of creation (Kustomer API reference 2.4).
#[derive(Clone, Debug)]
pub struct Mint {
    salt: u32,
    made: u32,
}

impl Mint {
    /// A mint of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self { salt: splitmix(seed) as u32, made: 0 }
    }

    /// The next id.
    pub fn id(&mut self, now_ms: i64) -> String {
        self.made = self.made.wrapping_add(1);
        let second = u32::try_from(now_ms.div_euclid(1000)).unwrap_or_default();
        format!("{second:08x}{:08x}{:08x}", self.salt, self.made)
    }
}

/// Whether the text is a record id: 24 hex digits.
pub fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An id that follows from the seed and a word alone.
pub fn fixed_id(seed: u64, word: &str) -> String {
    hash(seed, word).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// A key that looks like the ones Kustomer hands out: opaque, but it starts `eyJ` (Kustomer API reference 1.2).
pub fn api_key(seed: u64, name: &str) -> String {
    let (body, seal) = (hash(seed, &format!("{name} body")), hash(seed, &format!("{name} seal")));
    format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{}.{}", letters(&body), letters(&seal))
}

fn hash(seed: u64, word: &str) -> [u8; 32] {
    Sha256::digest(format!("{seed}/{word}")).into()
}

fn letters(bytes: &[u8]) -> String {
    const SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bytes.iter().map(|byte| char::from(SAFE[usize::from(byte & 63)])).collect()
}

/// One step of the splitmix64 sequence: a well-spread number from any number.
pub fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_new_each_time_and_keys_follow_from_the_seed() {
        let mut mint = Mint::new(7);
        let (first, second) = (mint.id(1_741_083_300_123), mint.id(1_741_083_300_123));
        assert!(is_id(&first) && is_id(&second) && first < second);
        assert!(first.starts_with("67c6d2"));
        assert_eq!(api_key(7, "main"), api_key(7, "main"));
        assert_ne!(api_key(7, "main"), api_key(8, "main"));
        assert!(api_key(7, "main").starts_with("eyJ"));
    }
}
