//! Owns what Parcelry gives a caller to bring back: states and cursors, signed so that nobody can write one. Does not know
//! what stands in them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::mint::hex;

const VERSION: &str = "v1";

/// The key of one server.
#[derive(Clone, Debug)]
pub struct Seal([u8; 32]);

impl Seal {
    /// The key that follows from the seed.
    pub fn new(seed: u64) -> Self {
        Self(Sha256::digest(format!("parcelry seal {seed}")).into())
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac
    }

    /// A secret of this purpose and number.
    pub fn secret(&self, purpose: &str, number: u64) -> String {
        URL_SAFE_NO_PAD.encode(&self.mac(&format!("{purpose}/{number}")).finalize().into_bytes()[..24])
    }

    /// A value as text that only this key can have made.
    pub fn close(&self, value: &Value) -> String {
        let body = format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(value.to_string()));
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&body).finalize().into_bytes());
        format!("{body}.{mac}")
    }

    /// The value again, if the text is one of ours and whole.
    pub fn open(&self, text: &str) -> Option<Value> {
        let (body, mac) = text.rsplit_once('.')?;
        self.mac(body).verify_slice(&URL_SAFE_NO_PAD.decode(mac).ok()?).ok()?;
        let value = body.strip_prefix(VERSION)?.strip_prefix('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
    }
}

/// A digest of what was asked for.
pub fn digest(name: &str, arguments: &Value) -> String {
    hex(&Sha256::digest(format!("{name} {arguments}")))
}

/// The challenge that goes with a verifier (PKCE, S256).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_own_key_opens_and_nothing_can_be_changed() {
        let seal = Seal::new(1);
        let closed = seal.close(&json!({ "o": 4 }));
        assert_eq!(seal.open(&closed), Some(json!({ "o": 4 })));
        assert_eq!(Seal::new(2).open(&closed), None);
        for place in 0..closed.len() {
            let mut bytes = closed.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            // The last letter of either part has bits that say nothing.
            let other = String::from_utf8(bytes).expect("ASCII");
            assert!(seal.open(&other).is_none_or(|value| value == json!({ "o": 4 })), "{other}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
