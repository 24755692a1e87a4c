//! Owns `shiftdeck profile`: which desks there are, where their keys come from, which one opens. Never shows a key.

use serde_json::json;

use super::{
    Exit, Failure,
    args::{Args, Profile, ProfileCommand},
    out,
};
use crate::{
    config::{self, Env, Paths, Settings, base_url, edit, keyring::Slot},
    privacy::text,
};

/// Runs it.
pub fn run(args: &Args, profile: &Profile) -> Result<Exit, Failure> {
    let env = Env::read();
    let file = Paths::resolve(&env)?.settings();
    let settings = config::settings(&file)?;
    let flags = args.flags();
    let current = flags.profile.as_deref().or(env.get("SHIFTDECK_PROFILE")).or(settings.profile.as_deref());
    match &profile.command {
        ProfileCommand::List { json } => list(&settings, current, *json)?,
        ProfileCommand::Show { name, json } => {
            let none = || Failure::usage("profile", "no profile is named, and the settings name none");
            show(&settings, name.as_deref().or(current).ok_or_else(none)?, &env, *json)?;
        }
        ProfileCommand::Use { name } => {
            desk(&settings, name)?;
            edit::use_profile(&file, name)?;
            out::say(&format!("{} opens from now on", text::line(name)));
            if env.get("SHIFTDECK_PROFILE").is_some_and(|other| other != name) {
                out::say("but SHIFTDECK_PROFILE is set and comes first");
            }
        }
    }
    Ok(Exit::Done)
}

fn desk<'s>(settings: &'s Settings, name: &str) -> Result<&'s str, Failure> {
    let known: Vec<&str> = settings.profiles.keys().map(String::as_str).collect();
    let known =
        if known.is_empty() { "there are none yet".to_owned() } else { format!("there are {}", known.join(", ")) };
    let none = || Failure::new("profile", format!("there is no profile {name}; {known}"), "shiftdeck login makes one");
    settings.profiles.get(name).map(|profile| profile.desk.as_str()).ok_or_else(none)
}

fn list(settings: &Settings, current: Option<&str>, json: bool) -> Result<(), Failure> {
    if json {
        let rows = settings.profiles.iter().map(|(name, profile)| {
            json!({ "name": name, "desk": profile.desk, "base": base_url(&profile.desk).ok(), "current": current == Some(name) })
        });
        return Ok(out::json(&json!({ "profiles": rows.collect::<Vec<_>>() }))?);
    }
    let row = |(name, profile): (&String, &config::Profile)| {
        let mark = if current == Some(name) { "*" } else { "" };
        let base = base_url(&profile.desk).unwrap_or_else(|error| error.to_string());
        vec![mark.to_owned(), text::line(name).into_string(), text::line(&base).into_string()]
    };
    out::table(&["", "PROFILE", "DESK"], &settings.profiles.iter().map(row).collect::<Vec<_>>())?;
    if settings.profiles.is_empty() {
        out::say("no profiles yet: shiftdeck login ORG makes one; without any, the simulated desk opens");
    }
    Ok(())
}

fn show(settings: &Settings, name: &str, env: &Env, json: bool) -> Result<(), Failure> {
    let base = base_url(desk(settings, name)?)?;
    let slot = Slot { profile: name.to_owned(), base };
    let key = match (env.get("KUSTOMER_API_KEY"), slot.key()) {
        (Some(_), _) => "environment".to_owned(),
        (None, Ok(Some(_))) => "keyring".to_owned(),
        (None, Ok(None)) => "none: shiftdeck login keeps one".to_owned(),
        (None, Err(why)) => format!("none: {why}; KUSTOMER_API_KEY is used when set"),
    };
    if json {
        return Ok(out::json(&json!({ "name": name, "base": slot.base, "key": key }))?);
    }
    for (what, value) in [("profile", name), ("desk", &slot.base), ("key", &key)] {
        out::line(&format!("{what:<8} {}", text::line(value)))?;
    }
    Ok(())
}
