//! Owns `shiftdeck handover`: the report of a shift, from this machine's trail; the desk is asked how bulk jobs ended.

use super::{Exit, Failure, args::Handover as Args, audit, out, session::Session};
use crate::{
    approval::{
        self, Entry,
        handover::{Handover, Jobs},
    },
    bulk,
    config::{Config, DeskChoice},
    store,
};

/// Runs it.
pub async fn run(config: Config, args: &Args) -> Result<Exit, Failure> {
    let since = audit::since(&args.since)?;
    let session = Session::open(config).await?;
    let entries = audit::entries(&session.store)?;
    let jobs = jobs(&session, &entries).await;
    let mut report = Handover::of(&entries, since, session.clock.now(), &jobs);
    let evidence = store::evidence(&session.config.paths.data)?;
    match approval::verify(&evidence, None) {
        Ok(verified) => report.head = verified.head.map(|head| head.to_string()),
        // The report says what the trail says; whoever reads it has to know what that is worth.
        Err(fault) => out::say(&format!("the audit trail this is made from does not hold: {fault}")),
    }
    session.close().await;
    let document = if args.json {
        format!("{:#}\n", serde_json::to_value(&report).expect("a report is plain data"))
    } else {
        report.markdown()
    };
    match &args.output {
        Some(file) => audit::write(file, &document)?,
        None => out::text(&document)?,
    }
    Ok(Exit::Done)
}

/// How the jobs of the trail stand at the desk. The embedded desk begins anew each time: it knows none of them.
async fn jobs(session: &Session, entries: &[Entry]) -> Jobs {
    match session.config.desk {
        DeskChoice::Sandbox => Jobs::new(),
        DeskChoice::Real { .. } => {
            let own = |id: &str| bulk::own_job(&session.store, id);
            session.reader.standings(entries, session.trail.org(), own).await
        }
    }
}
