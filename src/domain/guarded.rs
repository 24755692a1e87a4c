//! Owns values the desk calls sensitive, and the rule that neither `Debug` nor serialisation ever gives one in the clear.
//! Does not decide which attributes are sensitive (the desk's metadata does) nor who may look (`approval`).

use std::{fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};

use super::Text;

/// A value behind the desk's mask, or revealed for the length of an unmasking window.
#[derive(Clone, PartialEq, Eq)]
pub enum Guarded {
    /// The desk keeps it back and gives this presentation instead, for instance `****1122`.
    Masked(Text),
    /// An open window (or the key's own right) let the real value through.
    Revealed(Revealed),
}

/// A real personal value: wiped from memory when the last copy goes, never printed by `Debug`, not serialisable.
#[derive(Clone)]
pub struct Revealed(Arc<SecretString>);

impl Guarded {
    /// A real value the desk let through.
    pub fn revealed(value: impl Into<String>) -> Self {
        Self::Revealed(Revealed::new(value))
    }

    /// The real value, if it is in the clear.
    pub fn clear(&self) -> Option<&Revealed> {
        match self {
            Self::Masked(_) => None,
            Self::Revealed(value) => Some(value),
        }
    }

    /// Drops a real value; what is left says only that there was one.
    pub fn mask(&mut self) {
        if !self.is_masked() {
            *self = Self::Masked(Text::new("********"));
        }
    }

    /// Whether the real value is kept back.
    pub fn is_masked(&self) -> bool {
        matches!(self, Self::Masked(_))
    }

    /// The part after `@`, when this is an e-mail address; masks keep it visible (Kustomer shows `****@acme.example`).
    pub fn email_domain(&self) -> Option<&str> {
        let whole = match self {
            Self::Masked(shown) => shown.raw(),
            Self::Revealed(value) => value.expose(),
        };
        whole.rsplit_once('@').map(|(_, domain)| domain).filter(|domain| domain.contains('.'))
    }
}

impl Revealed {
    /// Takes a real value into keeping.
    pub fn new(value: impl Into<String>) -> Self {
        let mut value: String = value.into();
        let kept = SecretString::from(value.as_str());
        value.zeroize();
        Self(Arc::new(kept))
    }

    /// The value itself. Callers: the screen while a window is open, the vault, and a request a person approved.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Revealed {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Revealed {}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(…)")
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_masked() { "Guarded(masked)" } else { "Guarded(revealed)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_prints_the_value() {
        let value = Guarded::revealed("+4915550001122");
        assert!(!format!("{value:?} {:?}", value.clear()).contains("1122"));
    }

    #[test]
    fn the_domain_of_an_address_is_known_masked_or_not() {
        assert_eq!(Guarded::Masked(Text::new("****@acme.example")).email_domain(), Some("acme.example"));
        assert_eq!(Guarded::revealed("mara@quill.example").email_domain(), Some("quill.example"));
        assert_eq!(Guarded::Masked(Text::new("****1122")).email_domain(), None);
    }
}
