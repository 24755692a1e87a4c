//! Owns `shiftdeck doctor`: looks at settings, local data, desk, key, budget, model and terminal, and says of each whether
//! it will do and what to do if not. Changes nothing.

use std::io::{self, IsTerminal};

use serde_json::{Value, json};

use super::{Exit, Failure, args::Doctor, out, session::Session};
use crate::{
    approval,
    assistant::{display_name, stream},
    config::Config,
    transport::ErrorKind,
};

/// What was found of one thing.
struct Finding {
    what: &'static str,
    fine: bool,
    words: String,
    exit: Exit,
}

impl Finding {
    fn fine(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, fine: true, words: words.into(), exit: Exit::Done }
    }

    fn wrong(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, fine: false, words: words.into(), exit: Exit::Failed }
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
    findings.push(model(&session).await);
    findings.push(terminal());
    report(&findings, args.json)?;
    let exit = findings.iter().map(|finding| finding.exit).find(|exit| *exit != Exit::Done).unwrap_or(Exit::Done);
    session.close().await;
    Ok(exit)
}

fn trail(session: &Session) -> Result<Finding, Failure> {
    let chain = session.store.audit_chain()?;
    Ok(match approval::verify(&chain, session.store.audit_witness().as_ref()) {
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
            return vec![Finding { exit, ..Finding::wrong("desk", format!("{error}. {}", error.next())) }];
        }
    };
    let simulated = if session.reader.transport().simulated() == Some(true) { ", SANDBOX: simulated data" } else { "" };
    let budget = session.reader.transport().budget().borrow().clone();
    let told = |n: Option<u32>| n.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    let mut findings = vec![
        Finding::fine("desk", format!("{}, signed in as {}{simulated}", session.desk, me.name.line())),
        Finding::fine(
            "budget",
            format!("{} of {} requests left in this window", told(budget.org.left), told(budget.org.limit)),
        ),
    ];
    findings.push(roles(&me.roles));
    findings
}

/// What the console cannot do for want of a role (Kustomer API reference, appendix A; prefixes cover what is below them).
fn roles(held: &[String]) -> Finding {
    const NEEDS: [(&str, &str, &str); 7] = [
        ("search", "org.permission.search", "org.user.search"),
        ("timelines", "org.permission.message", "org.user.message"),
        ("notes", "org.permission.note", "org.user.note"),
        ("KObjects", "org.permission.klass", "org.user.klass"),
        ("unmasking", "org.permission.unmasking_window", "org.user.customer.write"),
        ("bulk jobs' results", "org.permission.bulk", "org.user.bulk"),
        ("queues by name", "org.permission.queue", "org.permission.routing"),
    ];
    if held.is_empty() {
        return Finding::fine("roles", "the desk does not tell which roles the key has");
    }
    let holds = |wanted: &str| held.iter().any(|role| wanted.starts_with(role.as_str()) || role.starts_with(wanted));
    let missing: Vec<&str> =
        NEEDS.iter().filter(|(_, new, old)| !holds(new) && !holds(old)).map(|(feature, _, _)| *feature).collect();
    if missing.is_empty() {
        Finding::fine("roles", format!("{} roles, nothing missing", held.len()))
    } else {
        Finding { exit: Exit::NotSignedIn, ..Finding::wrong("roles", format!("missing for: {}", missing.join(", "))) }
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
        let rows: Vec<Value> =
            findings.iter().map(|f| json!({ "what": f.what, "fine": f.fine, "words": f.words })).collect();
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
    fn a_broad_role_covers_what_is_below_it_and_a_missing_one_is_named_by_what_it_disables() {
        let all = ["org.permission".to_owned()];
        assert!(roles(&all).fine);
        let some: Vec<String> = ["search", "message", "note.read", "klass", "unmasking_window", "queue"]
            .iter()
            .map(|r| format!("org.permission.{r}"))
            .collect();
        let finding = roles(&some);
        assert_eq!((finding.fine, finding.words.as_str()), (false, "missing for: bulk jobs' results"));
    }
}
