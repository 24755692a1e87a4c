//! Owns `shiftdeck policy`: the rules as they are understood, a changed policy tried on past decisions, and the second of
//! two yeses.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    Exit, Failure,
    args::{Policy as Args, PolicyCommand},
    audit, out,
    session::{self, Session, policy},
    tty::{self, Answer},
};
use crate::{
    approval::{
        self, Half, Policy, Rule,
        replay::{Differs, Replayed, replay},
    },
    config::Config,
    kustomer::changes::Known,
    privacy::text,
    store::Store,
};

/// Runs it.
pub async fn run(config: Config, args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        PolicyCommand::Show { json } => show(&config, *json),
        PolicyCommand::Test { file, last, json } => test(&config, file.as_deref(), *last, *json),
        PolicyCommand::Second { proposal: None, json } => waiting(config, *json).await,
        PolicyCommand::Second { proposal: Some(proposal), .. } => second(config, proposal).await,
    }
}

fn show(config: &Config, json: bool) -> Result<Exit, Failure> {
    let policy = policy(config)?;
    let file = config.paths.policy();
    if json {
        let rules: Vec<Value> = policy.rules.iter().map(in_json).collect();
        out::json(&json!({
            "file": file.display().to_string(),
            "exists": file.exists(),
            "cards_for_own": policy.cards_for_own,
            "count_over": policy.count_over,
            "rules": rules,
        }))?;
        return Ok(Exit::Done);
    }
    out::line(
        "The floor: everything but a read asks a person; bulk jobs and deletions ask for the number of records.",
    )?;
    out::line(&format!("More than {} records ask for their number too.", policy.count_over))?;
    if policy.cards_for_own {
        out::line("Your own small changes are put on cards (cards_for_own).")?;
    }
    if policy.rules.is_empty() {
        return none(&file);
    }
    out::line(&format!("Rules of {} (the strictest that fits wins):\n", file.display()))?;
    let rows: Vec<Vec<String>> = policy
        .rules
        .iter()
        .map(|rule| vec![safe(&rule.name), rule.demand.word().to_owned(), safe(&conditions(rule).join("; "))])
        .collect();
    out::table(&["RULE", "ANSWER", "WHEN"], &rows)?;
    Ok(Exit::Done)
}

fn none(file: &Path) -> Result<Exit, Failure> {
    out::line(&format!("No rules besides. They would stand in {}.", file.display()))?;
    Ok(Exit::Done)
}

fn safe(words: &str) -> String {
    text::line(words).into_string()
}

/// What a rule is about, in words.
fn conditions(rule: &Rule) -> Vec<String> {
    let one_of = |what: &str, words: &[String]| (!words.is_empty()).then(|| format!("{what} {}", words.join(" or ")));
    let effects: Vec<String> = rule.effects.iter().map(|effect| effect.word().to_owned()).collect();
    let mut all: Vec<String> = [
        one_of("effect", &effects),
        one_of("tool", &rule.tools),
        one_of("channel", &rule.channels),
        one_of("tag", &rule.tags),
    ]
    .into_iter()
    .flatten()
    .collect();
    all.extend(rule.attributes.iter().map(|(name, values)| format!("{name} {}", values.join(" or "))));
    all.extend(rule.amount.as_ref().map(|amount| format!("{} over {}", amount.field, amount.over)));
    if all.is_empty() {
        all.push("always".to_owned());
    }
    all
}

fn in_json(rule: &Rule) -> Value {
    let effects: Vec<&str> = rule.effects.iter().map(|effect| effect.word()).collect();
    json!({
        "name": rule.name,
        "answer": rule.demand.word(),
        "effect": effects,
        "tool": rule.tools,
        "channel": rule.channels,
        "tag": rule.tags,
        "attribute": rule.attributes,
        "amount": rule.amount.as_ref().map(|amount| json!({ "field": amount.field, "over": amount.over })),
    })
}

fn test(config: &Config, file: Option<&Path>, last: usize, json: bool) -> Result<Exit, Failure> {
    let tried = match file {
        Some(file) if !file.exists() => {
            return Err(Failure::new(file.display().to_string(), "there is no such file", "name a policy to try"));
        }
        Some(file) => {
            let names = session::tool_names(config);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let read = approval::load_policy(file, &names)?;
            Policy { cards_for_own: config.approval.cards_for_own, ..read }
        }
        None => policy(config)?,
    };
    let rows = replay(&audit::entries(&Store::open(&config.paths.data)?)?, &tried, last);
    let count = |verdict: Differs| rows.iter().filter(|row| row.verdict == verdict).count();
    let (differently, cannot_tell) = (count(Differs::Differently), count(Differs::CannotTell));
    if json {
        out::json(&json!({
            "decisions": rows.len(),
            "differently": differently,
            "cannot_tell": cannot_tell,
            "rows": rows,
        }))?;
        return Ok(Exit::Done);
    }
    out::line(&format!(
        "{} decisions: {differently} would be treated differently, {cannot_tell} cannot be told\n",
        rows.len()
    ))?;
    let cells = |row: &Replayed| {
        let now =
            if row.rules.is_empty() { row.now.clone() } else { format!("{} ({})", row.now, row.rules.join(", ")) };
        let at = row.at.get(..19).unwrap_or(&row.at).replace('T', " ");
        let decided = format!("{} {}", row.decision, row.effect);
        let cells = [
            format!("#{}", row.seq),
            at,
            decided,
            row.operation.clone(),
            row.then.clone(),
            now,
            row.verdict.word().to_owned(),
        ];
        cells.iter().map(|cell| safe(cell)).collect::<Vec<_>>()
    };
    let told: Vec<Vec<String>> = rows.iter().map(cells).collect();
    out::table(&["ENTRY", "WHEN (UTC)", "DECIDED", "WHAT", "ASKED THEN", "WOULD ASK", "VERDICT"], &told)?;
    Ok(Exit::Done)
}

async fn waiting(config: Config, json: bool) -> Result<Exit, Failure> {
    let session = Session::open(config).await?;
    let halves = session.trail.halves()?;
    session.close().await;
    if json {
        for half in &halves {
            let waiting = half.waiting.as_ref().ok();
            out::json_line(&json!({
                "proposal": half.proposal,
                "entry": half.seq,
                "at": half.at,
                "summary": waiting.map(|waiting| safe(&waiting.summary)),
                "first": waiting.map(|waiting| waiting.by_name.line().into_string()),
                "because": waiting.map(|waiting| waiting.because.line().into_string()),
            }))?;
        }
        return Ok(Exit::Done);
    }
    if halves.is_empty() {
        out::line("nothing waits for a second yes on this desk")?;
        return Ok(Exit::Done);
    }
    let row = |half: &Half| {
        let at = half.at.get(..16).unwrap_or(&half.at).replace('T', " ");
        let (by, what) = match &half.waiting {
            Ok(waiting) => (waiting.by_name.line().into_string(), safe(&waiting.summary)),
            Err(damaged) => (String::new(), damaged.to_string()),
        };
        vec![half.proposal.clone(), format!("#{}", half.seq), at, by, what]
    };
    let rows: Vec<Vec<String>> = halves.iter().map(row).collect();
    out::table(&["PROPOSAL", "ENTRY", "FIRST YES (UTC)", "BY", "WHAT"], &rows)?;
    Ok(Exit::Done)
}

/// Puts what waits before the person at this terminal; theirs has to be another yes than the first.
async fn second(config: Config, proposal: &str) -> Result<Exit, Failure> {
    let session = Session::open(config).await?;
    session.sign_in().await?;
    let ended = answer(&session, proposal).await;
    session.close().await;
    ended
}

async fn answer(session: &Session, proposal: &str) -> Result<Exit, Failure> {
    let fits: Vec<Half> =
        session.trail.halves()?.into_iter().filter(|half| half.proposal.starts_with(proposal)).collect();
    let [half] = fits.as_slice() else {
        let why =
            if fits.is_empty() { "nothing of that name waits for a second yes" } else { "more than one begins so" };
        return Err(Failure::new(format!("proposal {proposal:?}"), why, "`shiftdeck policy second` lists what waits"));
    };
    let operation = |label: &str| Known::labelled(label).map(Known::operation);
    let taken = half.waiting.as_ref().map_err(|damaged| *damaged).and_then(|waiting| waiting.take_up(operation));
    let taken = taken.map_err(|damaged| Failure::new("what waits", damaged.to_string(), "propose it again"))?;
    if !tty::is_there() {
        return Err(tty::nobody(taken.change().summary()));
    }
    let mut desk = session.approvals();
    let id = desk
        .take_up(taken, half.seq, session.clock.elapsed())
        .map_err(|denied| Failure::new("refused", denied.to_string(), "change the policy").exiting(Exit::Refused))?;
    let answered =
        tokio::task::block_in_place(|| tty::decide(&mut desk, id, &session.reader, &session.store.witness_file()))?;
    match answered {
        Answer::Go(approved) => {
            let receipt = session.engine.perform(&session.writer, approved).await?;
            out::say(&format!("done: {}", receipt.operation.words()));
            Ok(Exit::Done)
        }
        Answer::Refused(refusal) => {
            session.trail.refused(&refusal)?;
            Err(Failure::new("refused", refusal.why(), "nothing was sent").exiting(Exit::Refused))
        }
        // It goes on waiting: leaving is no answer.
        Answer::First(_) | Answer::Interrupted(_) => Ok(Exit::Interrupted),
    }
}
