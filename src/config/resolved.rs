//! Owns configuration as the program uses it: every question answered, every conflict settled in one order (flags, then
//! environment, then settings file, then default).

use std::{collections::BTreeMap, fs, io, path::Path, time::Duration};

use secrecy::SecretString;

use super::{
    Approval, ConfigError, Env, Flags, Notify, Paths, Pictures, Settings, Tools,
    keyring::{KeyringError, Slot},
    mcp::{self, McpServer},
    model::{self, ModelChoice, Spending, Task},
};

/// Everything the start needs to know.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Config {
    /// Where files live.
    pub paths: Paths,
    /// Which desk to open.
    pub desk: DeskChoice,
    /// Which model to ask; `None` when a real desk is open and no model is configured.
    pub model: Option<ModelChoice>,
    /// Tasks that ask another.
    pub model_tasks: BTreeMap<Task, ModelChoice>,
    /// What models cost and what may be spent.
    pub spending: Spending,
    /// MCP servers whose tools are offered.
    pub mcp: Vec<McpServer>,
    /// Whether a model is told placeholders for customers' names and street addresses, too.
    pub veil_names: bool,
    /// The theme asked for by name.
    pub theme: Option<String>,
    /// What the environment says of the terminal.
    pub terminal: Terminal,
    /// How a person who looks elsewhere is called back.
    pub notify: Notify,
    /// How pictures are drawn.
    pub pictures: Pictures,
    /// Whether things that only please may move.
    pub motion: bool,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Plain lines instead of a screen.
    pub linear: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// How long a window opened from here may stay open.
    pub unmask_for: Duration,
    /// What approvals ask, besides the floor.
    pub approval: Approval,
    /// Which tools an assistant is offered.
    pub tools: Tools,
    /// How many canaries come in a shift, where they are wanted.
    pub vigilance: Option<u16>,
    /// Remapped keys.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The queue's columns by name; none given, the usual ones.
    pub columns: Vec<String>,
}

/// What the environment says of the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether colours are unwanted (`NO_COLOR`).
    pub no_color: bool,
    /// Its name (`TERM`).
    pub term: String,
    /// What it says of its colours (`COLORTERM`).
    pub colorterm: String,
    /// What it says it is (`TERM_PROGRAM`).
    pub program: String,
    /// What it says of its ground (`COLORFGBG`).
    pub ground: String,
    /// Whether tmux stands between (`TMUX`).
    pub tmux: bool,
}

impl Terminal {
    fn of(env: &Env) -> Self {
        let word = |name| env.get(name).unwrap_or_default().to_owned();
        Self {
            no_color: env.get("NO_COLOR").is_some(),
            term: word("TERM"),
            colorterm: word("COLORTERM"),
            program: word("TERM_PROGRAM"),
            ground: word("COLORFGBG"),
            tmux: env.get("TMUX").is_some(),
        }
    }
}

/// Which desk.
#[derive(Debug)]
pub enum DeskChoice {
    /// The simulated desk, in this process.
    Sandbox,
    /// A desk somewhere.
    Real {
        /// The profile's name, or `environment`.
        name: String,
        /// Base URL without trailing slash and without `/v1`.
        base: String,
        /// The API key.
        key: SecretString,
        /// Where the key came from.
        source: KeySource,
        /// The integrated account at Truto, where the desk is reached through it; then address and key are Truto's.
        account: Option<String>,
    },
}

/// Where a key came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// `KUSTOMER_API_KEY`, or `TRUTO_API_TOKEN` for a desk reached through Truto.
    Environment,
    /// The system's keyring.
    Keyring,
}

/// Where Truto is, unless the environment says another place (integrations reference, 0.1).
const TRUTO: &str = "https://api.truto.one";
/// Its key in the environment.
const TRUTO_TOKEN: &str = "TRUTO_API_TOKEN";

/// Asks the keyring; another one in tests.
type Lookup = fn(&Slot) -> Result<Option<SecretString>, KeyringError>;

/// Reads the settings file and settles everything.
pub fn resolve(flags: &Flags, env: &Env) -> Result<Config, ConfigError> {
    let paths = Paths::resolve(env)?;
    let read = settings(&paths.settings())?;
    settle(paths, read, flags, env, Slot::key)
}

/// Reads the settings file; a missing one is empty.
pub fn settings(file: &Path) -> Result<Settings, ConfigError> {
    let name = || file.display().to_string();
    match fs::read_to_string(file) {
        Ok(text) => {
            toml::from_str(&text).map_err(|error| ConfigError::Invalid { file: name(), why: error.to_string() })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(ConfigError::Unreadable { file: name(), why: error.to_string() }),
    }
}

fn settle(paths: Paths, settings: Settings, flags: &Flags, env: &Env, kept: Lookup) -> Result<Config, ConfigError> {
    let model = model::main(&settings.model, env)?;
    Ok(Config {
        paths,
        desk: desk(&settings, flags, env, kept)?,
        mcp: mcp::servers(&settings.mcp, env)?,
        veil_names: settings.model.veil_names.unwrap_or(true),
        model_tasks: model::tasks(&settings.model, model.as_ref(), env)?,
        model,
        spending: model::spending(settings.model)?,
        theme: flags.theme.clone().or(settings.theme),
        terminal: Terminal::of(env),
        notify: settings.notify,
        pictures: settings.pictures,
        motion: settings.motion.unwrap_or(true),
        ascii: flags.ascii || settings.ascii,
        linear: flags.linear || settings.linear,
        mouse: !flags.no_mouse && settings.mouse.unwrap_or(true),
        unmask_for: Duration::from_secs(60 * u64::from(settings.unmask_minutes.unwrap_or(10).clamp(1, 60))),
        approval: settings.approval,
        vigilance: settings.vigilance.canaries(),
        tools: settings.tools,
        keys: settings.keys,
        columns: settings.queue.columns,
    })
}

fn desk(settings: &Settings, flags: &Flags, env: &Env, kept: Lookup) -> Result<DeskChoice, ConfigError> {
    if flags.sandbox {
        return Ok(DeskChoice::Sandbox);
    }
    if let (None, Some(url)) = (flags.profile.as_deref().or(env.get("SHIFTDECK_PROFILE")), env.get("KUSTOMER_BASE_URL"))
    {
        let base = base_url(url)?;
        let next = "Put the API key into KUSTOMER_API_KEY, or start with --sandbox";
        let key =
            env.get("KUSTOMER_API_KEY").ok_or_else(|| ConfigError::NoKey { desk: base.clone(), why: None, next })?;
        let (name, source) = ("environment".into(), KeySource::Environment);
        return Ok(DeskChoice::Real { key: SecretString::from(key), base, name, source, account: None });
    }
    if let (None, Some(account)) =
        (flags.profile.as_deref().or(env.get("SHIFTDECK_PROFILE")), env.get("TRUTO_ACCOUNT_ID"))
    {
        let base = base_url(env.get("TRUTO_BASE_URL").unwrap_or(TRUTO))?;
        let next = "Put the API token into TRUTO_API_TOKEN, or start with --sandbox";
        let key = env.get(TRUTO_TOKEN).ok_or_else(|| ConfigError::NoKey { desk: base.clone(), why: None, next })?;
        let (name, source) = ("environment".into(), KeySource::Environment);
        let account = Some(account.to_owned());
        return Ok(DeskChoice::Real { key: SecretString::from(key), base, name, source, account });
    }
    match chosen_profile(settings, flags, env)? {
        None => Ok(DeskChoice::Sandbox),
        Some(slot) => {
            let account = settings.profiles.get(&slot.profile).and_then(|profile| profile.account.clone());
            let variable = if account.is_some() { TRUTO_TOKEN } else { "KUSTOMER_API_KEY" };
            let (key, source) = key(&slot, env, variable, kept)?;
            Ok(DeskChoice::Real { key, source, base: slot.base, name: slot.profile, account })
        }
    }
}

/// The profile that is asked for: by flag, by environment, or the settings' own.
///
/// # Errors
/// When it is not there, or its desk is none.
pub fn chosen_profile(settings: &Settings, flags: &Flags, env: &Env) -> Result<Option<Slot>, ConfigError> {
    let named = flags.profile.as_deref().or(env.get("SHIFTDECK_PROFILE")).or(settings.profile.as_deref());
    let Some(name) = named else { return Ok(None) };
    let profile = settings.profiles.get(name).ok_or_else(|| no_profile(name, settings))?;
    Ok(Some(Slot { profile: name.to_owned(), base: base_url(&profile.desk)? }))
}

/// The key of a profile: the environment's wins, else the one kept in the keyring.
fn key(slot: &Slot, env: &Env, variable: &str, kept: Lookup) -> Result<(SecretString, KeySource), ConfigError> {
    if let Some(key) = env.get(variable) {
        return Ok((SecretString::from(key), KeySource::Environment));
    }
    let none = |why, next| ConfigError::NoKey { desk: slot.base.clone(), why, next };
    match kept(slot) {
        Ok(Some(key)) => Ok((key, KeySource::Keyring)),
        Ok(None) => Err(none(
            None,
            "`shiftdeck login` keeps one in the system's keyring; KUSTOMER_API_KEY (for a desk through Truto, TRUTO_API_TOKEN) is \
             used without being kept; --sandbox needs none",
        )),
        Err(why) => {
            Err(none(Some(why.to_string()), "Put the API key into KUSTOMER_API_KEY, which is used without being kept"))
        }
    }
}

fn no_profile(name: &str, settings: &Settings) -> ConfigError {
    let known: Vec<&str> = settings.profiles.keys().map(String::as_str).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    ConfigError::NoProfile { name: name.to_owned(), known }
}

/// The API hosts of the regions (Kustomer API reference 1.1), for orgs whose own host is not to be used.
pub const REGIONS: [(&str, &str); 3] = [
    ("us", "https://api.kustomerapp.com"),
    ("eu", "https://api.prod2.kustomerapp.com"),
    ("in", "https://api.prod4.kustomerapp.com"),
];

/// An org name or a base URL, as a base URL. `/v1` at its end is dropped: paths carry it.
///
/// # Errors
/// For anything that is neither, and for plain http to another machine.
pub fn base_url(given: &str) -> Result<String, ConfigError> {
    let is_org = !given.is_empty() && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_org {
        return Ok(format!("https://{given}.api.kustomerapp.com"));
    }
    let url = plain_url(given)?;
    Ok(url.strip_suffix("/v1").unwrap_or(&url).to_owned())
}

/// An http(s) URL without trailing slash. Plain http only to this machine: a key must not cross a network in clear.
pub(super) fn plain_url(given: &str) -> Result<String, ConfigError> {
    let bad = |why| ConfigError::BadUrl { url: given.to_owned(), why };
    let url = given.trim_end_matches('/');
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or_else(|| bad("it needs http:// or https://"))?;
    let authority = rest.split('/').next().unwrap_or_default();
    // To a browser a backslash ends a host, to us it would not.
    if authority.is_empty() || rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(bad("the host is missing or not one"));
    }
    if authority.contains('@') {
        return Err(bad("it carries credentials; put the key into the environment"));
    }
    let host =
        if authority.starts_with('[') { authority.split_inclusive(']').next() } else { authority.split(':').next() };
    let local = matches!(host, Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.starts_with("http://") && !local {
        return Err(bad("plain http is only allowed to this machine; use https"));
    }
    Ok(url.to_owned())
}

/// The host of an address a person or a library may be sent to: https, or http to this machine, and without credentials.
///
/// # Errors
/// For any other address.
pub fn safe_url(given: &str) -> Result<String, ConfigError> {
    let url = plain_url(given)?;
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    Ok(rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn settled(settings: &str, flags: &Flags, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let env = Env::of([("SHIFTDECK_HOME", "home")].into_iter().chain(env.iter().copied()));
        let settings = toml::from_str(settings).expect("the settings of the test parse");
        settle(Paths::resolve(&env).expect("a home is set"), settings, flags, &env, kept)
    }

    /// A keyring with one key in it.
    fn kept(slot: &Slot) -> Result<Option<SecretString>, KeyringError> {
        let is_there = *slot == Slot { profile: "beta".into(), base: "https://beta.api.kustomerapp.com".into() };
        if slot.profile == "locked" {
            return Err(KeyringError::Missing("no bus".into()));
        }
        Ok(is_there.then(|| SecretString::from("kept")))
    }

    fn key_of(config: Result<Config, ConfigError>) -> Option<(String, KeySource)> {
        match config.ok()?.desk {
            DeskChoice::Sandbox => None,
            DeskChoice::Real { key, source, .. } => Some((key.expose_secret().to_owned(), source)),
        }
    }

    #[test]
    fn a_key_comes_from_the_environment_then_from_the_keyring_of_exactly_this_desk() {
        let settings =
            "[profiles.beta]\ndesk = \"beta\"\n[profiles.moved]\ndesk = \"beta\"\n[profiles.locked]\ndesk = \"acme\"";
        let of = |name: &str, env: &[(&str, &str)]| {
            settled(settings, &Flags { profile: Some(name.into()), ..Flags::default() }, env)
        };
        let env = [("KUSTOMER_API_KEY", "given")];
        assert_eq!(key_of(of("beta", &env)), Some(("given".into(), KeySource::Environment)));
        assert_eq!(key_of(of("beta", &[])), Some(("kept".into(), KeySource::Keyring)));
        let words = |name: &str| of(name, &[]).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(words("moved").contains("shiftdeck login"), "{}", words("moved"));
        assert!(
            words("locked").contains("no keyring (no bus). Put the API key into KUSTOMER_API_KEY"),
            "{}",
            words("locked")
        );
    }

    fn base_of(config: Config) -> Option<String> {
        match config.desk {
            DeskChoice::Sandbox => None,
            DeskChoice::Real { base, .. } => Some(base),
        }
    }

    const ACME: &str = "profile = \"acme\"\n[profiles.acme]\ndesk = \"acme\"";

    #[test]
    fn nothing_configured_opens_the_sandbox() {
        assert_eq!(base_of(settled("", &Flags::default(), &[]).expect("settled")), None);
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let key = ("KUSTOMER_API_KEY", "k");
        let file = settled(ACME, &Flags::default(), &[key]).expect("settled");
        assert_eq!(base_of(file).as_deref(), Some("https://acme.api.kustomerapp.com"));
        let env =
            settled(ACME, &Flags::default(), &[key, ("KUSTOMER_BASE_URL", "http://127.0.0.1:9/v1/")]).expect("settled");
        assert_eq!(base_of(env).as_deref(), Some("http://127.0.0.1:9"));
        let flags = Flags { sandbox: true, ..Flags::default() };
        assert_eq!(base_of(settled(ACME, &flags, &[key]).expect("settled")), None);
    }

    #[test]
    fn a_desk_without_a_key_says_where_the_key_goes() {
        let error = settled(ACME, &Flags::default(), &[]).expect_err("there is no key");
        assert!(error.to_string().contains("KUSTOMER_API_KEY"));
    }

    #[test]
    fn a_key_never_crosses_a_network_in_clear() {
        let env = [("KUSTOMER_API_KEY", "k"), ("KUSTOMER_BASE_URL", "http://desk.example")];
        assert!(matches!(settled("", &Flags::default(), &env), Err(ConfigError::BadUrl { .. })));
        for url in ["http://127.0.0.1.evil.example", "http://u:p@127.0.0.1", "ftp://x", "http://"] {
            assert!(plain_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_misspelt_setting_refuses_to_load() {
        let error = toml::from_str::<Settings>("unmask_minuts = 3").expect_err("it is unknown");
        assert!(error.to_string().contains("unmask_minuts"));
    }
}
