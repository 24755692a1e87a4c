//! Owns what a sign-in brought: kept in the system's keyring, or where there is none, in memory until the program ends; never in
//! a file.
//!
//! Invariants: it is kept under the server's name and a hash of its address (which may hold a token), so a name that is pointed
//! elsewhere does not take it there; the issuer it came from is kept with it, and the library gives it up where that changes.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::transport::{AuthError, CredentialRefreshGuard, CredentialStore, StoredCredentials};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::config::{
    McpServer, McpWay,
    keyring::{KeyringError, Slot},
};

/// Where sign-ins are kept. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct Tokens {
    memory: Arc<Mutex<HashMap<String, SecretString>>>,
    has_keyring: bool,
}

/// How a sign-in is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the system's keyring.
    Keyring,
    /// Until the program ends, because there is no keyring, or it refused.
    Memory,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { memory: Arc::default(), has_keyring: true }
    }
}

impl Tokens {
    /// Those that nothing is kept of when the program ends.
    pub fn in_memory() -> Self {
        Self { memory: Arc::default(), has_keyring: false }
    }

    /// Whether there is a sign-in for this server. Asks the keyring, which may ask a person: not for a drawing thread.
    pub fn is_there(&self, server: &McpServer) -> bool {
        slot(server).is_some_and(|slot| self.read(&slot).is_some())
    }

    /// Forgets a sign-in; whether there was one.
    ///
    /// # Errors
    /// When the keyring refuses.
    pub fn forget(&self, server: &McpServer) -> Result<bool, KeyringError> {
        let Some(slot) = slot(server) else { return Ok(false) };
        let was_here = self.memory().remove(&slot.profile).is_some();
        match slot.forget() {
            Ok(was_there) => Ok(was_here || was_there),
            Err(KeyringError::Missing(_)) => Ok(was_here),
            Err(error) => Err(error),
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, HashMap<String, SecretString>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, slot: &Slot) -> Option<SecretString> {
        if let Some(kept) = self.memory().get(&slot.profile) {
            return Some(kept.clone());
        }
        let kept = if self.has_keyring { slot.key().ok().flatten() } else { None };
        if let Some(kept) = &kept {
            self.memory().insert(slot.profile.clone(), kept.clone());
        }
        kept
    }

    fn write(&self, slot: &Slot, kept: SecretString) -> Kept {
        let how = if self.has_keyring && slot.keep(&kept).is_ok() { Kept::Keyring } else { Kept::Memory };
        self.memory().insert(slot.profile.clone(), kept);
        how
    }

    /// The part of it that is one server's.
    pub(super) fn of(&self, server: &McpServer) -> Option<Own> {
        Some(Own { tokens: self.clone(), slot: slot(server)?, kept: Arc::default() })
    }
}

/// Where a server's sign-in stands.
fn slot(server: &McpServer) -> Option<Slot> {
    let McpWay::Http { url, host_shown, .. } = &server.way else { return None };
    let address: String =
        Sha256::digest(url.expose_secret()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    // A desk's base has no blank: no profile can be called so that it takes this one's place.
    Some(Slot { profile: format!("mcp {}", server.alias), base: format!("{host_shown} {address}") })
}

/// One server's sign-in.
#[derive(Clone)]
pub(super) struct Own {
    tokens: Tokens,
    slot: Slot,
    kept: Arc<Mutex<Option<Kept>>>,
}

impl Own {
    /// How it was kept last, if it was.
    pub fn kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn load_now(&self) -> Option<StoredCredentials> {
        let kept = self.tokens.read(&self.slot)?;
        serde_json::from_str(kept.expose_secret()).ok()
    }

    fn save_now(&self, credentials: &StoredCredentials) -> Result<(), AuthError> {
        let text = serde_json::to_string(credentials)
            .map_err(|_| AuthError::CredentialStoreError("it cannot be written down".into()))?;
        let how = self.tokens.write(&self.slot, SecretString::from(text));
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
        Ok(())
    }

    fn forget_now(&self) {
        self.tokens.memory().remove(&self.slot.profile);
        let _ = self.slot.forget();
    }
}

type Answer<'t, T> = Pin<Box<dyn Future<Output = Result<T, AuthError>> + Send + 't>>;

/// Runs where waiting for a keyring, or for a person it asks, holds nobody up.
async fn aside<T: Send + 'static>(
    own: &Own,
    act: impl FnOnce(&Own) -> Result<T, AuthError> + Send + 'static,
) -> Result<T, AuthError> {
    let own = own.clone();
    let ended = tokio::task::spawn_blocking(move || act(&own)).await;
    ended.unwrap_or_else(|_| Err(AuthError::CredentialStoreError("the keyring could not be asked".into())))
}

impl CredentialStore for Own {
    fn load<'a, 't>(&'a self) -> Answer<'t, Option<StoredCredentials>>
    where
        'a: 't,
        Self: 't,
    {
        Box::pin(aside(self, |own| Ok(own.load_now())))
    }

    fn save<'a, 't>(&'a self, credentials: StoredCredentials) -> Answer<'t, ()>
    where
        'a: 't,
        Self: 't,
    {
        Box::pin(aside(self, move |own| own.save_now(&credentials)))
    }

    fn clear<'a, 't>(&'a self) -> Answer<'t, ()>
    where
        'a: 't,
        Self: 't,
    {
        Box::pin(aside(self, |own| {
            own.forget_now();
            Ok(())
        }))
    }

    /// Before it is renewed it is read again: another console may have done so, and what it used up is of no more use.
    fn acquire_refresh_guard<'a, 't>(&'a self) -> Answer<'t, Option<CredentialRefreshGuard>>
    where
        'a: 't,
        Self: 't,
    {
        Box::pin(aside(self, |own| {
            if own.tokens.has_keyring
                && let Ok(Some(kept)) = own.slot.key()
            {
                own.tokens.memory().insert(own.slot.profile.clone(), kept);
            }
            Ok(None)
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn server(url: &str) -> McpServer {
        McpServer {
            alias: "desk".into(),
            way: McpWay::Http {
                url: SecretString::from(url),
                token: None,
                oauth: true,
                host_shown: "https://x".into(),
            },
            reviewed: None,
            patience: Duration::from_secs(1),
        }
    }

    #[tokio::test]
    async fn a_sign_in_is_kept_by_server_and_address_and_shown_nowhere() {
        let tokens = Tokens::in_memory();
        let here = server("https://x/mcp/canary");
        let own = tokens.of(&here).expect("a place");
        let kept = r#"{"client_id":"c","token_response":{"access_token":"canary","token_type":"bearer"},"issuer":"https://i"}"#;
        let credentials: StoredCredentials = serde_json::from_str(kept).expect("credentials");
        own.save(credentials).await.expect("kept");
        assert_eq!(own.kept(), Some(Kept::Memory));
        assert_eq!(own.load().await.expect("read").and_then(|kept| kept.issuer).as_deref(), Some("https://i"));
        assert!(tokens.is_there(&here));
        assert!(!format!("{tokens:?} {:?}", slot(&here)).contains("canary"));
        assert_ne!(slot(&here), slot(&server("https://x/other")), "another address is another place");
        assert_eq!(tokens.forget(&here), Ok(true));
        assert!(!tokens.is_there(&here));
    }
}
