//! Owns `shiftdeck doctor`: looks at settings, local data, desk, key, budget, model and terminal, and says of each whether
//! it will do and what to do if not. Changes nothing.

use std::io::{self, IsTerminal};

use serde_json::{Value, json};

use super::{
    Exit, Failure,
    args::Doctor,
    out,
    roles::{self, Missing},
    session::Session,
    token::Token,
};
use crate::{
    approval,
    assistant::{ModelErrorKind, display_name, stream},
    config::{Config, DeskChoice, KeySource, keyring},
    store,
    transport::ErrorKind,
};

/// A key that ends within so many days is worth a word.
const SOON: i64 = 14;

/// What was found of one thing.
struct Finding {
    what: &'static str,
    fine: bool,
    words: String,
    /// More for scripts, one object each.
    detail: Vec<Value>,
    exit: Exit,
}

impl Finding {
    fn fine(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, fine: true, words: words.into(), detail: Vec::new(), exit: Exit::Done }
    }

    fn wrong(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, fine: false, words: words.into(), detail: Vec::new(), exit: Exit::Failed }
    }
}

/// Runs it.
pub async fn run(config: Config, args: &Doctor) -> Result<Exit, Failure> {
    let settings = config.paths.settings();
    let session = Session::open(config).await?;
    let mut findings = vec![
        Finding::fine(
            "settings",
            format!("{}{}", settings.display(), if settings.exists() { "" } else { " (none; defaults)" }),
        ),
        Finding::fine("data", session.config.paths.data.display().to_string()),
        trail(&session)?,
    ];
    findings.extend(desk(&session).await);
    findings.push(keyring());
    findings.push(model(&session).await);
    findings.push(terminal());
    report(&findings, args.json)?;
    let exit = findings.iter().map(|finding| finding.exit).find(|exit| *exit != Exit::Done).unwrap_or(Exit::Done);
    session.close().await;
    Ok(exit)
}

fn trail(session: &Session) -> Result<Finding, Failure> {
    let evidence = store::evidence(&session.config.paths.data)?;
    Ok(match approval::verify(&evidence, None) {
        Ok(verified) => Finding::fine("audit trail", format!("holds, {} records", verified.records)),
        Err(fault) => Finding::wrong("audit trail", fault.to_string()),
    })
}

/// Who the key is, what it may not do, and what is left of the budget.
async fn desk(session: &Session) -> Vec<Finding> {
    let me = match session.reader.me().await {
        Ok(me) => me,
        Err(error) => {
            let exit = match error.kind() {
                ErrorKind::NotSignedIn | ErrorKind::Forbidden => Exit::NotSignedIn,
                ErrorKind::Limited | ErrorKind::Unreachable => Exit::GaveUp,
                _ => Exit::Failed,
            };
            let next = unreached(error.kind()).unwrap_or_else(|| error.next());
            return vec![Finding { exit, ..Finding::wrong("desk", format!("{error}. {next}")) }];
        }
    };
    let simulated = if session.reader.transport().simulated() == Some(true) { ", SANDBOX: simulated data" } else { "" };
    let token = Token::current(&session.reader).await.unwrap_or_default().or_roles(&me.roles);
    let budget = session.reader.transport().budget().borrow().clone();
    let told = |n: Option<u32>| n.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    vec![
        Finding::fine("desk", format!("{}, signed in as {}{simulated}", session.desk, me.name.line())),
        Finding::fine(
            "budget",
            format!("{} of {} requests left in this window", told(budget.org.left), told(budget.org.limit)),
        ),
        key(session, &token),
        roles(&token.roles),
    ]
}

/// What a refusal at the door means (Kustomer API reference 1.1, 1.2, 3); which status a wrong region gives is unverified.
fn unreached(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::NotSignedIn => Some(
            "The key is mistyped, deleted or expired, or it belongs to another region: a key only works where it was made. \
             The org's own address (an org name as desk) finds the region by itself",
        ),
        ErrorKind::NotFound => Some(
            "There is no Kustomer API at this address, or the org's name is mistyped: check the desk in the settings or in \
             KUSTOMER_BASE_URL",
        ),
        ErrorKind::Forbidden => {
            Some("The desk knows the key and refuses it from here: an address list may be set on it")
        }
        _ => None,
    }
}

fn key(session: &Session, token: &Token) -> Finding {
    let from = match &session.config.desk {
        DeskChoice::Sandbox => "of the embedded desk",
        DeskChoice::Real { source: KeySource::Environment, .. } => "from KUSTOMER_API_KEY",
        DeskChoice::Real { source: KeySource::Keyring, .. } => "from the keyring",
    };
    let now = session.clock.now();
    let words = format!("{from}; {}", token.words(now));
    match token.days_left(now) {
        Some(days) if days < SOON => {
            Finding::wrong("key", format!("{words}. Make a new one in time, then shiftdeck login"))
        }
        Some(_) | None => Finding::fine("key", words),
    }
}

/// What cannot be done for want of a role.
fn roles(held: &[String]) -> Finding {
    if held.is_empty() {
        return Finding::fine("roles", "the desk does not tell which roles the key has");
    }
    let missing = roles::missing(held);
    if missing.is_empty() {
        return Finding::fine("roles", format!("{} roles, nothing missing", held.len()));
    }
    let lost = missing.iter().map(|missing| format!("{} ({})", missing.feature, missing.role));
    let words = format!("will not work: {}", lost.collect::<Vec<_>>().join("; "));
    Finding {
        exit: Exit::NotSignedIn,
        detail: missing.iter().map(Missing::json).collect(),
        ..Finding::wrong("roles", words)
    }
}

/// Whether keys can be kept here. Without it nothing is wrong: keys then come from the environment.
fn keyring() -> Finding {
    match keyring::available() {
        Ok(()) => Finding::fine("keyring", "available: shiftdeck login keeps keys there"),
        Err(why) => Finding::fine("keyring", format!("{why}; keys come from KUSTOMER_API_KEY and are not kept")),
    }
}

async fn model(session: &Session) -> Finding {
    let Some(config) = &session.model else {
        return Finding::fine("model", "none configured; set OPENAI_BASE_URL to have an assistant");
    };
    match stream::models(config).await {
        Ok(models) => {
            let listed = models.into_iter().next().unwrap_or_default();
            let chosen = if config.model.is_empty() { listed } else { config.model.clone() };
            Finding::fine("model", format!("{} at {}", display_name(&chosen), config.base))
        }
        Err(error) if !config.model.is_empty() && error.kind() == ModelErrorKind::NotFound => {
            let words = format!("{} at {}; this endpoint lists no models", display_name(&config.model), config.base);
            Finding::fine("model", words)
        }
        Err(error) => Finding { exit: Exit::GaveUp, ..Finding::wrong("model", format!("{error}. {}", error.next())) },
    }
}

fn terminal() -> Finding {
    let size = crossterm::terminal::size().map_or_else(|_| "size unknown".to_owned(), |(w, h)| format!("{w}x{h}"));
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        Finding::fine("terminal", size)
    } else {
        Finding::fine("terminal", "stdin or stdout is none: approvals cannot be asked here")
    }
}

fn report(findings: &[Finding], json: bool) -> io::Result<()> {
    if json {
        let rows: Vec<Value> = findings
            .iter()
            .map(|f| json!({ "what": f.what, "fine": f.fine, "words": f.words, "detail": f.detail }))
            .collect();
        return out::json(&json!({ "findings": rows }));
    }
    for finding in findings {
        let mark = if finding.fine { "ok " } else { "NOT" };
        out::line(&format!("{mark} {:<12} {}", finding.what, finding.words))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_roles_are_told_by_what_they_disable() {
        assert!(roles(&["org.permission".to_owned()]).fine);
        let finding = roles(&["org.permission.search".to_owned()]);
        assert!(!finding.fine && finding.words.contains("unmasking (org.permission.unmasking_window.create)"));
        assert!(finding.detail.iter().any(|missing| missing["disables"] == "unmasking"));
    }
}
