//! Owns the keys kept in the operating system's secret store (Keychain, Credential Manager, Secret Service). There is no
//! other place: where no such store runs, nothing is kept, and the caller is told why.
//!
//! Invariants: a key is bound to a profile and to its desk's base URL, so a profile that is pointed elsewhere does not take
//! the key there; no error from here carries a key.

use std::{sync::mpsc, thread, time::Duration};

use keyring::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};

/// The service all entries stand under.
const SERVICE: &str = "shiftdeck";
/// A locked store may ask the person for a password; longer than this nobody is there.
const PATIENCE: Duration = Duration::from_mins(2);

/// Why the store did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is no store on this machine, or it cannot be reached.
    #[error("this machine offers no keyring ({0})")]
    Missing(String),
    /// It is there and refused.
    #[error("the keyring refused ({0})")]
    Refused(String),
    /// It did not answer.
    #[error("the keyring did not answer within two minutes")]
    Silent,
}

/// Whose key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The profile's name.
    pub profile: String,
    /// Its desk's base URL.
    pub base: String,
}

impl Slot {
    fn entry(&self) -> Result<Entry, KeyringError> {
        available()?;
        Entry::new(SERVICE, &format!("{} at {}", self.profile, self.base)).map_err(|error| refused(&error))
    }

    /// The key that is kept, if one is.
    pub fn key(&self) -> Result<Option<SecretString>, KeyringError> {
        let slot = self.clone();
        patiently(move || read(&slot.entry()?))
    }

    /// Keeps a key, in the place of an older one.
    pub fn keep(&self, key: &SecretString) -> Result<(), KeyringError> {
        let (slot, key) = (self.clone(), key.clone());
        patiently(move || write(&slot.entry()?, &key))
    }

    /// Removes the key; whether there was one.
    pub fn forget(&self) -> Result<bool, KeyringError> {
        let slot = self.clone();
        patiently(move || remove(&slot.entry()?))
    }
}

/// Whether there is a store. The answer is remembered until the program ends.
pub fn available() -> Result<(), KeyringError> {
    Entry::store_status().as_ref().copied().map_err(|error| KeyringError::Missing(error.to_string()))
}

fn refused(error: &Error) -> KeyringError {
    // Some variants carry what is stored: only words that name the kind of trouble leave.
    KeyringError::Refused(match error {
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what is kept there is no key".to_owned(),
        Error::Ambiguous(_) => "several keys are kept under this name".to_owned(),
        other => other.to_string(),
    })
}

fn read(entry: &Entry) -> Result<Option<SecretString>, KeyringError> {
    match entry.get_password() {
        Ok(key) => Ok(Some(SecretString::from(key))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(refused(&error)),
    }
}

fn write(entry: &Entry, key: &SecretString) -> Result<(), KeyringError> {
    entry.set_password(key.expose_secret()).map_err(|error| refused(&error))
}

fn remove(entry: &Entry) -> Result<bool, KeyringError> {
    match entry.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(error) => Err(refused(&error)),
    }
}

/// Runs on a thread of its own: the store's library brings its own small runtime, and may wait for a person.
fn patiently<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (answer, answered) = mpsc::channel();
    thread::spawn(move || answer.send(ask()));
    answered.recv_timeout(PATIENCE).unwrap_or(Err(KeyringError::Silent))
}

#[cfg(test)]
mod tests {
    use keyring_core::{api::CredentialStoreApi, mock};

    use super::*;

    fn entry() -> Entry {
        let store = mock::Store::new().expect("the pretended store");
        Entry { inner: store.build(SERVICE, "acme", None).expect("an entry") }
    }

    #[test]
    fn a_key_is_kept_replaced_and_removed() {
        let entry = entry();
        let shown = |entry: &Entry| read(entry).map(|key| key.map(|key| key.expose_secret().to_owned()));
        assert_eq!(shown(&entry), Ok(None));
        assert_eq!(remove(&entry), Ok(false));
        for key in ["eyJ-first", "eyJ-second"] {
            assert_eq!(write(&entry, &SecretString::from(key)), Ok(()));
            assert_eq!(shown(&entry), Ok(Some(key.to_owned())));
        }
        assert_eq!(remove(&entry), Ok(true));
        assert_eq!(shown(&entry), Ok(None));
    }

    #[test]
    fn no_error_carries_what_is_kept() {
        let entry = entry();
        let mock: &mock::Cred = entry.inner.as_any().downcast_ref().expect("a pretended entry");
        mock.set_error(Error::BadEncoding(b"canary-6f1c".to_vec()));
        let error = read(&entry).expect_err("it is set to fail");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}
