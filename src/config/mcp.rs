//! Owns the settings of MCP servers: where one is or how it is started, what opens it, how long it may be silent; as written,
//! and as resolved. Does not connect to one (`connect::mcp`).
//!
//! Invariant: an address may hold a token, so it is a secret; what is shown of it is `host_shown`, which holds none.

use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;

use super::{ConfigError, Env, resolved::plain_url};

/// How long a server may take for an answer, or be silent while it works.
const PATIENCE: Duration = Duration::from_mins(1);
/// The bounds of what settings may say of it, in seconds.
const PATIENCES: std::ops::RangeInclusive<u64> = 1..=3_600;
/// The longest alias: it begins the names of the server's tools.
const LONGEST_ALIAS: usize = 24;
/// Sources of tools that are no servers of these.
const RESERVED: [&str; 2] = ["builtin", "truto"];
/// Servers that are taken.
const MOST: usize = 32;

/// `[mcp.ALIAS]` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// The server's address; it may hold a token.
    pub url: Option<Address>,
    /// The program that is the server, started here.
    pub command: Option<String>,
    /// Its arguments, each as it is: no shell reads them.
    pub args: Vec<String>,
    /// The names of environment variables it is given.
    pub env: Vec<String>,
    /// The environment variable that holds a bearer token for the address.
    pub token_env: Option<String>,
    /// Whether a person signs in to it in a browser.
    pub oauth: bool,
    /// As whom this program was registered there, where that was done beforehand.
    pub client_id: Option<String>,
    /// The environment variable that holds the secret of that registration, where it has one.
    pub client_secret_env: Option<String>,
    /// Whose published tools a person says these are.
    pub reviewed: Option<Reviewed>,
    /// Seconds it may be silent.
    pub timeout_s: Option<u64>,
}

/// An address as written; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Address(pub String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

/// Whose published tools a server's are, as a person vouches: then a table of ours says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reviewed {
    /// The MCP endpoint of an integrated account at Truto.
    Truto,
}

/// One server, as resolved.
#[derive(Clone, Debug)]
pub struct McpServer {
    /// What it is called here.
    pub alias: String,
    /// How it is reached.
    pub way: McpWay,
    /// Whose published tools these are.
    pub reviewed: Option<Reviewed>,
    /// How long it may be silent.
    pub patience: Duration,
}

/// A registration made beforehand with whoever signs people in to a server.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The client's id.
    pub id: String,
    /// Its secret, from the environment.
    pub secret: Option<SecretString>,
}

/// How a server is reached.
#[derive(Clone, Debug)]
pub enum McpWay {
    /// By an address.
    Http {
        /// It may hold a token.
        url: SecretString,
        /// The bearer token from the environment.
        token: Option<SecretString>,
        /// Whether a person signs in to it.
        oauth: bool,
        /// As whom this program was registered there, where that was done beforehand.
        client: Option<Registered>,
        /// Scheme, host and port: all that is ever shown of the address.
        host_shown: String,
    },
    /// As a program started here.
    Child {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// The names of the variables it is given, besides those every program needs.
        env: Vec<String>,
    },
}

/// All servers, in the order of their names.
///
/// # Errors
/// For a setting that makes no sense; the words never hold an address.
pub(super) fn servers(written: &BTreeMap<String, Written>, env: &Env) -> Result<Vec<McpServer>, ConfigError> {
    if written.len() > MOST {
        return Err(bad("", "there are more than 32"));
    }
    written.iter().map(|(alias, written)| server(alias, written, env)).collect()
}

fn server(alias: &str, written: &Written, env: &Env) -> Result<McpServer, ConfigError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if alias.is_empty() || alias.len() > LONGEST_ALIAS || !alias.chars().all(fits) {
        return Err(bad(alias, "its name is 1 to 24 of a-z, 0-9, _ and -"));
    }
    if RESERVED.contains(&alias) {
        return Err(bad(alias, "that is what another source of tools is called"));
    }
    if written.timeout_s.is_some_and(|seconds| !PATIENCES.contains(&seconds)) {
        return Err(bad(alias, "timeout_s is from 1 to 3600"));
    }
    let way = match (&written.url, &written.command) {
        (Some(url), None) => http(alias, &url.0, written, env)?,
        (None, Some(command)) => child(alias, command, written)?,
        _ => return Err(bad(alias, "it has either a url or a command")),
    };
    let patience = written.timeout_s.map_or(PATIENCE, Duration::from_secs);
    Ok(McpServer { alias: alias.to_owned(), way, reviewed: written.reviewed, patience })
}

fn http(alias: &str, url: &str, written: &Written, env: &Env) -> Result<McpWay, ConfigError> {
    if !written.args.is_empty() || !written.env.is_empty() {
        return Err(bad(alias, "args and env belong to a command, not to a url"));
    }
    if written.oauth && written.token_env.is_some() {
        return Err(bad(alias, "it has either a token_env or oauth"));
    }
    if !written.oauth && written.client_id.is_some()
        || written.client_id.is_none() && written.client_secret_env.is_some()
    {
        return Err(bad(alias, "client_id belongs to oauth, and client_secret_env to a client_id"));
    }
    let secret = |name: &Option<String>, why| match name {
        None => Ok(None),
        Some(name) => env.get(name).map(|held| Some(SecretString::from(held))).ok_or_else(|| bad(alias, why)),
    };
    let token = secret(&written.token_env, "the environment does not hold the token token_env names")?;
    let client = match &written.client_id {
        None => None,
        Some(id) => Some(Registered {
            id: id.clone(),
            secret: secret(&written.client_secret_env, "the environment does not hold what client_secret_env names")?,
        }),
    };
    // The words of `plain_url` quote the address: they are not passed on.
    let checked = plain_url(url).map_err(|error| match error {
        ConfigError::BadUrl { why, .. } => bad(alias, why),
        other => other,
    })?;
    if checked.contains('#') {
        return Err(bad(alias, "its url holds a fragment"));
    }
    Ok(McpWay::Http {
        host_shown: shown(url),
        // As written: to a server, a slash at the end is another address.
        url: SecretString::from(url),
        token,
        oauth: written.oauth,
        client,
    })
}

fn child(alias: &str, command: &str, written: &Written) -> Result<McpWay, ConfigError> {
    if written.oauth || written.token_env.is_some() || written.client_id.is_some() {
        return Err(bad(alias, "oauth and token_env belong to a url; a command is given variables by env"));
    }
    let is_word = |word: &str| !word.contains('\0');
    if command.trim().is_empty() || !is_word(command) || !written.args.iter().all(|arg| is_word(arg)) {
        return Err(bad(alias, "its command is empty or holds a null"));
    }
    let is_name = |name: &String| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !written.env.iter().all(is_name) {
        return Err(bad(alias, "env lists names of variables, without their values"));
    }
    Ok(McpWay::Child { command: command.to_owned(), args: written.args.clone(), env: written.env.clone() })
}

/// Scheme, host and port of an address: no path, no query, which may be a token.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let path = if rest.len() > host.len() + 1 { "/…" } else { "" };
    format!("{scheme}://{host}{path}")
}

fn bad(alias: &str, why: &'static str) -> ConfigError {
    ConfigError::BadMcp { alias: alias.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<Vec<McpServer>, ConfigError> {
        let written: BTreeMap<String, Written> = toml::from_str(text).expect("the settings of the test parse");
        servers(&written, &Env::of([("TOKEN", "canary-token")]))
    }

    #[test]
    fn a_server_has_an_address_or_a_command_and_nothing_of_the_other() {
        let fine = "[desk]\nurl = \"https://mcp.example/x\"\ntoken_env = \"TOKEN\"\ntimeout_s = 5\n\
                    [files]\ncommand = \"npx\"\nargs = [\"-y\", \"server\"]\nenv = [\"HOME_TOKEN\"]\n\
                    [layer]\nurl = \"http://127.0.0.1:9/mcp\"\noauth = true\nreviewed = \"truto\"";
        let servers = resolved(fine).expect("settings");
        assert_eq!(servers.iter().map(|server| server.alias.as_str()).collect::<Vec<_>>(), ["desk", "files", "layer"]);
        assert_eq!(servers[0].patience, Duration::from_secs(5));
        assert_eq!(servers[2].reviewed, Some(Reviewed::Truto));
        for wrong in [
            "[a]",
            "[a]\nurl = \"https://x\"\ncommand = \"y\"",
            "[a]\nurl = \"http://far.example\"",
            "[a]\nurl = \"https://user:pw@far.example\"",
            "[a]\nurl = 'https://evil.example\\.bank.example/'",
            "[a]\nurl = \"https://x\"\nargs = [\"y\"]",
            "[a]\nurl = \"https://x\"\ntoken_env = \"ABSENT\"",
            "[a]\nurl = \"https://x\"\ntoken_env = \"TOKEN\"\noauth = true",
            "[a]\ncommand = \"y\"\noauth = true",
            "[a]\ncommand = \"y\"\nenv = [\"A=b\"]",
            "[truto]\ncommand = \"y\"",
            "[A]\ncommand = \"y\"",
            "[a]\ncommand = \"y\"\ntimeout_s = 0",
        ] {
            assert!(resolved(wrong).is_err(), "{wrong}");
        }
        assert!(toml::from_str::<Written>("commmand = \"y\"").is_err());
        assert!(toml::from_str::<Written>("reviewed = \"other\"").is_err());
    }

    #[test]
    fn neither_address_nor_token_is_said() {
        let text = "[a]\nurl = \"https://mcp.example:8443/mcp/canary-url?key=canary-query\"\ntoken_env = \"TOKEN\"";
        let servers = resolved(text).expect("settings");
        assert!(!format!("{servers:?}").contains("canary"), "{servers:?}");
        let McpWay::Http { host_shown, .. } = &servers[0].way else { unreachable!("an address") };
        assert_eq!(host_shown, "https://mcp.example:8443/…");
        let written: BTreeMap<String, Written> = toml::from_str(text).expect("written");
        assert!(!format!("{written:?}").contains("canary"));
        let error = resolved("[a]\nurl = \"ftp://x/canary\"").expect_err("it is no web address");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}
