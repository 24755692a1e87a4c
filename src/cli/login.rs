//! Owns `shiftdeck login` and `shiftdeck logout`: a key is read where nobody sees it, tried at the desk, and kept in the
//! system's keyring, or not at all. It is never an argument, never written to a file, never said.

use std::io::{self, IsTerminal, Read};

use secrecy::{ExposeSecret, SecretString};

use super::{
    Exit, Failure,
    args::{Args, Login, Region},
    out,
    token::Token,
    tty,
};
use crate::{
    clock::Clock,
    config::{self, Env, Paths, base_url, chosen_profile, edit, keyring, keyring::Slot},
    kustomer::Reader,
    privacy::text,
    transport::{Endpoint, ErrorKind, Transport},
};

/// The longest key that is taken, in bytes.
const LONGEST: u64 = 16_384;

/// `shiftdeck login`.
pub async fn login(args: &Args, login: &Login) -> Result<Exit, Failure> {
    let env = Env::read();
    let paths = Paths::resolve(&env)?;
    let (slot, written) = whose(args, login, &env, &paths)?;
    // Asked before the key is: nobody should type a secret for nothing.
    keyring::available().map_err(|why| nowhere(&why))?;
    let key = read(&slot)?;
    let (name, token) = check(&slot, &key).await?;
    slot.keep(&key).map_err(|why| nowhere(&why))?;
    edit::put_profile(&paths.settings(), &slot.profile, &written)?;
    out::say(&format!("signed in to {} as {name}; the key is kept in this machine's keyring", slot.base));
    out::say(&format!("profile {}; {}", text::line(&slot.profile), token.words(Clock::real().now())));
    Ok(Exit::Done)
}

/// `shiftdeck logout`.
pub fn logout(args: &Args) -> Result<Exit, Failure> {
    let env = Env::read();
    let settings = config::settings(&Paths::resolve(&env)?.settings())?;
    let none = || Failure::usage("logout", "no profile is named, and the settings name none");
    let slot = chosen_profile(&settings, &args.flags(), &env)?.ok_or_else(none)?;
    let was_there = slot.forget().map_err(|why| nowhere(&why))?;
    let profile = text::line(&slot.profile);
    out::say(&if was_there {
        format!("the key of {profile} is gone from the keyring; at the desk it works until it is deleted there")
    } else {
        format!("the keyring holds no key of {profile}")
    });
    Ok(Exit::Done)
}

/// Which profile, and its desk as it is written into the settings.
fn whose(args: &Args, login: &Login, env: &Env, paths: &Paths) -> Result<(Slot, String), Failure> {
    let flags = args.flags();
    let settings = config::settings(&paths.settings())?;
    let named = flags.profile.clone().or_else(|| env.get("SHIFTDECK_PROFILE").map(str::to_owned));
    let desk = match (&login.desk, login.region) {
        (Some(desk), _) => Some(desk.clone()),
        (None, Some(region)) => Some(region.host().to_owned()),
        (None, None) => {
            let known = named.as_ref().or(settings.profile.as_ref()).and_then(|name| settings.profiles.get(name));
            known.map(|profile| profile.desk.clone()).or_else(|| env.get("KUSTOMER_BASE_URL").map(str::to_owned))
        }
    };
    let desk = desk.ok_or_else(|| {
        Failure::usage("login", "it is not known to which desk: shiftdeck login ORG, or the base URL of its API")
    })?;
    let base = base_url(&desk)?;
    let own = || if login.desk.is_none() && login.region.is_none() { settings.profile.clone() } else { None };
    let profile = named.or_else(own).unwrap_or_else(|| name_of(&desk));
    Ok((Slot { profile, base }, desk))
}

/// A profile's name for a desk nobody named: the org, or the host.
fn name_of(desk: &str) -> String {
    let host = desk.split("://").nth(1).unwrap_or(desk).split('/').next().unwrap_or(desk);
    let org = host.strip_suffix(".api.kustomerapp.com").unwrap_or(host);
    org.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// The key: from the keyboard without echo, or the first line of stdin.
fn read(slot: &Slot) -> Result<SecretString, Failure> {
    let typed = if io::stdin().is_terminal() {
        tty::secret(&format!("API key for {} (it is not shown): ", slot.base))?
    } else {
        let mut line = String::new();
        io::stdin().take(LONGEST).read_to_string(&mut line)?;
        SecretString::from(line.lines().next().unwrap_or_default())
    };
    let key = typed.expose_secret().trim();
    if key.is_empty() || key.bytes().any(|b| !b.is_ascii_graphic()) {
        let why = "that is no key: it is one word without spaces or line breaks";
        return Err(Failure::new("login", why, "copy the key whole, from Settings > Security > API Keys"));
    }
    Ok(SecretString::from(key))
}

/// Asks the desk whose key it is; nothing is kept before.
async fn check(slot: &Slot, key: &SecretString) -> Result<(String, Token), Failure> {
    let clock = Clock::real();
    let transport = Transport::new(Endpoint { base: slot.base.clone(), key: key.clone() }, clock.clone())?;
    let reader = Reader::new(transport, clock);
    let me = reader.me().await.map_err(|error| {
        let unknown = error.kind() == ErrorKind::NotSignedIn;
        let failure = Failure::from(error);
        if unknown { failure.advising(WRONG_KEY) } else { failure }
    })?;
    let token = Token::current(&reader).await.unwrap_or_default().or_roles(&me.roles);
    Ok((me.name.line().into_string(), token))
}

/// What to do about a 401 (Kustomer API reference 1.1, 1.2).
pub const WRONG_KEY: &str = "nothing was kept. The key is mistyped, deleted or expired, or it belongs to another region or \
                             org: a key only works where it was made. Check the desk's address (shiftdeck login ORG, or \
                             --region us|eu|in), then make a new key under Settings > Security > API Keys";

fn nowhere(why: &keyring::KeyringError) -> Failure {
    let next = "nothing was kept, and nothing is ever written to a file instead. Put the key into KUSTOMER_API_KEY (and the \
                desk into KUSTOMER_BASE_URL or a profile), for instance from a password manager";
    Failure::new("the keyring", why.to_string(), next).exiting(Exit::Refused)
}

impl Region {
    /// Its API host.
    pub fn host(self) -> &'static str {
        let word = match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::In => "in",
        };
        config::REGIONS.iter().find(|(region, _)| *region == word).map_or(config::REGIONS[0].1, |(_, host)| host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_named_after_the_org_or_the_host() {
        for (desk, name) in [
            ("acme", "acme"),
            ("https://acme.api.kustomerapp.com/v1", "acme"),
            ("https://api.prod2.kustomerapp.com", "api-prod2-kustomerapp-com"),
            ("http://127.0.0.1:8080", "127-0-0-1-8080"),
        ] {
            assert_eq!(name_of(desk), name);
        }
    }

    #[test]
    fn regions_have_their_hosts() {
        assert_eq!(Region::Eu.host(), "https://api.prod2.kustomerapp.com");
    }
}
