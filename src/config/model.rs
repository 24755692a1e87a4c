//! Owns the settings of models: endpoints and how they are addressed, which task asks which, prices and budgets; as
//! written, and as resolved. Does not connect to one, nor count (`assistant::ledger`).

use std::{collections::BTreeMap, time::Duration};

use jiff::civil::Time;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

use super::{ConfigError, Env, resolved::plain_url};

/// How long a model may think before its first, or next, word.
const PATIENCE: Duration = Duration::from_mins(3);
/// The bounds of what settings may say of it.
const PATIENCES: std::ops::RangeInclusive<u64> = 1..=3_600;

/// `[model]` as written: the endpoint everything asks that names no other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Model {
    /// Its base URL, up to before `/chat/completions`.
    pub base_url: Option<String>,
    /// The model's name.
    pub name: Option<String>,
    /// Whether customers' names and street addresses become placeholders, as masked values always do; yes, unless told. A
    /// model that writes in languages with genders, or has to recognise people, does better without.
    pub veil_names: Option<bool>,
    /// How the key travels.
    pub auth: Auth,
    /// What every address carries, e.g. `api-version`.
    pub query: BTreeMap<String, String>,
    /// The environment variable that holds the key; `OPENAI_API_KEY` unless said.
    pub key_env: Option<String>,
    /// Seconds it may be silent.
    pub patience_seconds: Option<u64>,
    /// Further endpoints by name, for `tasks`.
    pub profiles: BTreeMap<String, Profile>,
    /// Which profile, or which model of the main endpoint, a task asks.
    pub tasks: Tasks,
    /// What models cost, by their names.
    pub prices: BTreeMap<String, Price>,
    /// What may be spent.
    pub budget: Budget,
}

/// Another endpoint, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `Model`")]
pub struct Profile {
    pub base_url: Option<String>,
    pub name: Option<String>,
    pub auth: Auth,
    pub query: BTreeMap<String, String>,
    /// The environment variable that holds the key. None is sent unless it is named: a key is not for every address.
    pub key_env: Option<String>,
    pub patience_seconds: Option<u64>,
}

/// How a key travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// `Authorization: Bearer`, as nearly everywhere.
    #[default]
    Bearer,
    /// `api-key`, as at Azure.
    ApiKey,
}

/// `[model.tasks]` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "as in `Task`")]
pub struct Tasks {
    pub assistant: Option<String>,
    pub ask: Option<String>,
    pub plan: Option<String>,
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// The dialogue in the console.
    Assistant,
    /// `shiftdeck ask`.
    Ask,
    /// Proposing a runbook before anything is done.
    Plan,
}

impl Tasks {
    fn all(&self) -> [(Task, Option<&String>); 3] {
        [(Task::Assistant, self.assistant.as_ref()), (Task::Ask, self.ask.as_ref()), (Task::Plan, self.plan.as_ref())]
    }
}

/// An amount of money in millionths, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Micros(pub u64);

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let amount = f64::deserialize(from)?;
        if !(0.0..=1e9).contains(&amount) {
            return Err(de::Error::custom("an amount of money is a number from 0 to 1000000000"));
        }
        Ok(Self((amount * 1e6).round() as u64))
    }
}

/// What a model costs for a million tokens, in the budget's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Read by it.
    pub input_per_million: Micros,
    /// Read by it from the endpoint's cache; as much as other input unless said.
    pub cached_per_million: Option<Micros>,
    /// Written by it.
    pub output_per_million: Micros,
}

/// `[model.budget]` as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// Tokens a turn may take.
    pub turn_tokens: Option<u64>,
    /// Money a turn may take.
    pub turn_cost: Option<Micros>,
    /// Tokens a shift may take.
    pub shift_tokens: Option<u64>,
    /// Money a shift may take.
    pub shift_cost: Option<Micros>,
    /// What money is counted in; `USD` unless said.
    pub currency: Option<String>,
    /// When shifts begin, local time, e.g. `["06:00", "14:00", "22:00"]`; midnight unless said.
    pub shift_starts: Vec<String>,
}

/// How an endpoint wants to be addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// How the key travels.
    pub auth: Auth,
    /// What every address carries.
    pub query: Vec<(String, String)>,
    /// How long it may be silent.
    pub patience: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self { auth: Auth::Bearer, query: Vec::new(), patience: PATIENCE }
    }
}

/// Which model, as resolved.
#[derive(Clone, Debug)]
pub struct ModelChoice {
    /// Base URL, up to before `/chat/completions`, without trailing slash.
    pub base: String,
    /// The key; empty for servers that want none.
    pub key: SecretString,
    /// The model's name; `None` takes the first the endpoint lists.
    pub model: Option<String>,
    /// How it is addressed.
    pub access: Access,
}

/// What models cost and what may be spent, as resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// By model.
    pub prices: BTreeMap<String, Price>,
    /// The limits.
    pub budget: Budget,
    /// When shifts begin, in order; never empty once resolved.
    pub shift_starts: Vec<Time>,
}

impl Spending {
    /// What money is counted in.
    pub fn currency(&self) -> &str {
        self.budget.currency.as_deref().unwrap_or("USD")
    }
}

/// The endpoint everything asks that names no other: the environment's, else the file's.
pub(super) fn main(settings: &Model, env: &Env) -> Result<Option<ModelChoice>, ConfigError> {
    let Some(url) = env.get("OPENAI_BASE_URL").or(settings.base_url.as_deref()) else { return Ok(None) };
    let key_env = settings.key_env.as_deref().unwrap_or("OPENAI_API_KEY");
    Ok(Some(ModelChoice {
        base: plain_url(url)?,
        key: SecretString::from(env.get(key_env).unwrap_or_default()),
        model: env.get("OPENAI_MODEL").or(settings.name.as_deref()).map(str::to_owned),
        access: access(settings.auth, &settings.query, settings.patience_seconds)?,
    }))
}

/// The tasks that ask another model than the main one. What the environment names holds for every task.
pub(super) fn tasks(
    settings: &Model,
    main: Option<&ModelChoice>,
    env: &Env,
) -> Result<BTreeMap<Task, ModelChoice>, ConfigError> {
    if env.get("OPENAI_BASE_URL").or(env.get("OPENAI_MODEL")).is_some() {
        return Ok(BTreeMap::new());
    }
    let mut chosen = BTreeMap::new();
    for (task, name) in settings.tasks.all() {
        let Some(name) = name else { continue };
        let choice = match settings.profiles.get(name) {
            Some(profile) => of_profile(name, profile, main, env)?,
            None => main.cloned().map(|main| ModelChoice { model: Some(name.clone()), ..main }),
        };
        chosen.extend(choice.map(|choice| (task, choice)));
    }
    Ok(chosen)
}

fn of_profile(
    name: &str,
    profile: &Profile,
    main: Option<&ModelChoice>,
    env: &Env,
) -> Result<Option<ModelChoice>, ConfigError> {
    let Some(url) = &profile.base_url else {
        if profile.name.is_none() {
            return Err(bad(&format!("profiles.{name}"), "it names neither a base_url nor a model"));
        }
        return Ok(main.cloned().map(|main| ModelChoice { model: profile.name.clone(), ..main }));
    };
    Ok(Some(ModelChoice {
        base: plain_url(url)?,
        key: SecretString::from(profile.key_env.as_deref().and_then(|key| env.get(key)).unwrap_or_default()),
        model: profile.name.clone(),
        access: access(profile.auth, &profile.query, profile.patience_seconds)?,
    }))
}

fn access(auth: Auth, query: &BTreeMap<String, String>, seconds: Option<u64>) -> Result<Access, ConfigError> {
    if seconds.is_some_and(|seconds| !PATIENCES.contains(&seconds)) {
        return Err(bad("patience_seconds", "it is from 1 to 3600"));
    }
    let query = query.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Access { auth, query, patience: seconds.map_or(PATIENCE, Duration::from_secs) })
}

/// Prices and limits, the times of day read.
pub(super) fn spending(settings: Model) -> Result<Spending, ConfigError> {
    let read =
        |text: &String| text.parse::<Time>().map_err(|_| bad("budget.shift_starts", "each is a time such as 06:00"));
    let mut shift_starts: Vec<Time> = settings.budget.shift_starts.iter().map(read).collect::<Result<_, _>>()?;
    shift_starts.sort_unstable();
    if shift_starts.is_empty() {
        shift_starts.push(Time::midnight());
    }
    Ok(Spending { prices: settings.prices, budget: settings.budget, shift_starts })
}

fn bad(place: &str, why: &'static str) -> ConfigError {
    ConfigError::BadModel { place: place.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn settings(text: &str) -> Model {
        toml::from_str(text).expect("the settings of the test parse")
    }

    fn resolved(text: &str, env: &[(&str, &str)]) -> (Option<ModelChoice>, BTreeMap<Task, ModelChoice>) {
        let (settings, env) = (settings(text), Env::of(env.iter().copied()));
        let main = main(&settings, &env).expect("a model");
        let tasks = tasks(&settings, main.as_ref(), &env).expect("tasks");
        (main, tasks)
    }

    fn shown(choice: &ModelChoice) -> (&str, &str, Option<&str>) {
        (&choice.base, choice.key.expose_secret(), choice.model.as_deref())
    }

    const TASKS: &str = "base_url = \"https://a.example/v1\"\nname = \"large\"\n[tasks]\nask = \"local\"\nplan = \"small\"\n\
                         [profiles.local]\nbase_url = \"http://127.0.0.1:9/v1\"\nname = \"tiny\"";

    #[test]
    fn a_task_asks_its_profile_or_its_model_and_no_key_goes_to_another_endpoint() {
        let (main, tasks) = resolved(TASKS, &[("OPENAI_API_KEY", "sk")]);
        assert_eq!(main.as_ref().map(shown), Some(("https://a.example/v1", "sk", Some("large"))));
        assert_eq!(tasks.get(&Task::Ask).map(shown), Some(("http://127.0.0.1:9/v1", "", Some("tiny"))));
        assert_eq!(tasks.get(&Task::Plan).map(shown), Some(("https://a.example/v1", "sk", Some("small"))));
        assert!(!tasks.contains_key(&Task::Assistant));
    }

    #[test]
    fn what_the_environment_names_holds_for_every_task() {
        let (main, tasks) = resolved(TASKS, &[("OPENAI_MODEL", "other")]);
        assert_eq!((main.and_then(|main| main.model), tasks.len()), (Some("other".to_owned()), 0));
    }

    #[test]
    fn azure_is_a_matter_of_settings() {
        let text = "base_url = \"https://r.openai.azure.com/openai/deployments/d\"\nauth = \"api-key\"\nkey_env = \"AZ\"\n\
                    query = { api-version = \"2024-10-21\" }";
        let (main, _) = resolved(text, &[("AZ", "k"), ("OPENAI_API_KEY", "other")]);
        let main = main.expect("a model");
        let query = vec![("api-version".to_owned(), "2024-10-21".to_owned())];
        assert_eq!(main.access, Access { auth: Auth::ApiKey, query, patience: PATIENCE });
        assert_eq!(main.key.expose_secret(), "k");
    }

    #[test]
    fn money_and_times_are_read_exactly_or_refused() {
        let text = "[prices.m]\ninput_per_million = 2.5\noutput_per_million = 10\n[budget]\nshift_cost = 0.07\n\
                    shift_starts = [\"14:00\", \"06:00\"]";
        let spending = spending(settings(text)).expect("spending");
        assert_eq!(spending.prices["m"].input_per_million, Micros(2_500_000));
        assert_eq!(spending.budget.shift_cost, Some(Micros(70_000)));
        assert_eq!(spending.shift_starts.iter().map(|time| time.hour()).collect::<Vec<_>>(), [6, 14]);
        assert!(super::spending(settings("[budget]\nshift_starts = [\"dawn\"]")).is_err());
        for wrong in
            ["[budget]\nshift_cost = -1", "[budget]\nshift_tokns = 1", "[tasks]\nsummary = \"x\"", "auth = \"basic\""]
        {
            assert!(toml::from_str::<Model>(wrong).is_err(), "{wrong}");
        }
    }
}
