//! Owns `shiftdeck bulk import`, `set` and `delete`: what is wanted in words becomes a table, a mapping and a plan; the plan is
//! shown, and run after a yes at the terminal. Files are read and rows are judged by `bulk::import`.

use std::{io, path::Path, time::Duration};

use jiff::tz::TimeZone;

use super::{
    super::{
        Exit, Failure,
        args::{BulkDelete, BulkImport, BulkReading, BulkRunning, BulkSet},
        out, search,
        session::Session,
        tty,
    },
    approve_and_run,
};
use crate::{
    bulk::{
        Options, Plan, Resource,
        import::{
            Asked, Bad, Draft, ImportError, Input, MapError, Mode, Moments, Order, PrepareError, ReadError, Table,
            Wishes, charset::Charset, constant, make,
        },
        preview,
    },
    config::DeskChoice,
    domain::KlassName,
    kustomer::search::Context,
};

/// Between two words on how far the reading is.
const TOLD: Duration = Duration::from_secs(5);

/// A plan that is wanted.
struct Wanted<'a> {
    table: Table,
    resource: Resource,
    mode: Mode,
    asked: Asked,
    moments: Moments,
    clears: bool,
    /// Said of where the rows come from.
    source: String,
    bad: Option<&'a Path>,
    /// Whether the mapping of such a table is remembered.
    remembers: bool,
    running: &'a BulkRunning,
    reason: String,
}

/// `shiftdeck bulk import`.
pub async fn import(session: &Session, args: &BulkImport) -> Result<Exit, Failure> {
    let resource = resource(args)?;
    let asked = Asked {
        columns: pairs("--map", &args.map, "COLUMN=FIELD")?,
        computed: pairs("--set", &args.set, "FIELD=EXPRESSION")?,
    };
    let table = Table::detect(input(&args.file)?, &wishes(&args.reading)?)?;
    let mode = match (args.update, args.upsert) {
        (true, _) => Mode::Update,
        (_, true) => Mode::Upsert,
        _ => Mode::Create,
    };
    let wanted = Wanted {
        source: make::source(&table),
        reason: format!("importing {resource} from {}", table.input().name()),
        resource,
        mode,
        asked,
        moments: moments(session, &args.reading)?,
        clears: args.clear_empty,
        bad: args.bad.as_deref(),
        remembers: true,
        running: &args.running,
        table,
    };
    plan_and_run(session, wanted).await
}

/// `shiftdeck bulk set`: an update of the ids a query finds, with each field a constant.
pub async fn set(session: &Session, args: &BulkSet) -> Result<Exit, Failure> {
    let fields = pairs("the fields", &args.fields, "FIELD=VALUE")?;
    let me = session.sign_in().await?;
    let ids = search::ids(session, &args.context, &args.query, me).await?;
    let computed = fields.into_iter().map(|(field, value)| (field, constant(&value))).collect();
    let asked = Asked { columns: vec![("id".to_owned(), "id".to_owned())], computed };
    let source = format!("the query {} in {}", args.query, args.context);
    plan_and_run(session, of_ids(session, &args.context, &ids, Mode::Update, asked, source, &args.running)?).await
}

/// `shiftdeck bulk delete`.
pub async fn delete(session: &Session, args: &BulkDelete) -> Result<Exit, Failure> {
    if let Some(file) = &args.ids {
        let table = Table::detect(input(file)?, &Wishes::default())?;
        let wanted = Wanted {
            source: make::source(&table),
            reason: format!("deleting the records listed in {}", table.input().name()),
            resource: Resource::from(&args.context),
            mode: Mode::Delete,
            asked: Asked::default(),
            moments: make::moments(session.clock.now()),
            clears: false,
            bad: None,
            remembers: false,
            running: &args.running,
            table,
        };
        return plan_and_run(session, wanted).await;
    }
    let me = session.sign_in().await?;
    let query = args.query.as_deref().unwrap_or_default();
    let ids = search::ids(session, &args.context, query, me).await?;
    let asked = Asked { columns: vec![("id".to_owned(), "id".to_owned())], computed: Vec::new() };
    let source = format!("the query {query} in {}", args.context);
    plan_and_run(session, of_ids(session, &args.context, &ids, Mode::Delete, asked, source, &args.running)?).await
}

fn of_ids<'a>(
    session: &Session,
    context: &Context,
    ids: &[String],
    mode: Mode,
    asked: Asked,
    source: String,
    running: &'a BulkRunning,
) -> Result<Wanted<'a>, Failure> {
    let table = Table::detect(Input::pasted(ids.join("\n"))?, &Wishes { header: Some(false), ..Wishes::default() })?;
    Ok(Wanted {
        table,
        resource: Resource::from(context),
        mode,
        asked,
        moments: make::moments(session.clock.now()),
        clears: true,
        reason: format!("bulk change of {source}"),
        source,
        bad: None,
        remembers: false,
        running,
    })
}

async fn plan_and_run(session: &Session, wanted: Wanted<'_>) -> Result<Exit, Failure> {
    session.sign_in().await?;
    let running = wanted.running;
    let plan = Box::pin(plan(session, &wanted)).await?;
    let limit = session.reader.transport().budget().borrow().org.limit;
    if let Err(failure) = show(&plan, running, limit) {
        // Nobody saw it whole: nobody can want it.
        plan.forget();
        return Err(failure);
    }
    let counts = plan.counts();
    if running.dry_run || counts.sent() == 0 {
        plan.forget();
        if counts.sent() == 0 && counts.invalid == 0 {
            out::say("there is nothing to send");
        }
        return Ok(if counts.invalid > 0 { Exit::Failed } else { Exit::Done });
    }
    if !tty::is_there() {
        return Err(nobody(session, plan));
    }
    approve_and_run(session, &plan, Options { canary: running.canary }, running.json, &wanted.reason).await
}

/// Nobody could be asked: the plan stays where a person can still say yes to it.
fn nobody(session: &Session, plan: Plan) -> Failure {
    let failure = tty::nobody(&plan.summary());
    match session.config.desk {
        // The embedded desk ends with this program.
        DeskChoice::Sandbox => {
            plan.forget();
            failure
        }
        DeskChoice::Real { .. } => {
            failure.advising(format!("the plan is kept: in a terminal, shiftdeck bulk resume {}", plan.id()))
        }
    }
}

async fn plan(session: &Session, wanted: &Wanted<'_>) -> Result<Plan, Failure> {
    if wanted.mode == Mode::Delete && !wanted.resource.allows(crate::bulk::Verb::Delete) {
        return Err(Failure::usage(format!("deleting {}", wanted.resource), "Kustomer has no bulk call for that"));
    }
    let draft = Draft {
        table: &wanted.table,
        source: &wanted.source,
        resource: &wanted.resource,
        mode: wanted.mode,
        asked: &wanted.asked,
        moments: wanted.moments.clone(),
        clears: wanted.clears,
        remembers: wanted.remembers,
    };
    let mapped = |table: &Table, lines: &[String]| {
        out::say(&format!("read as {}", table.words()));
        lines.iter().take(200).for_each(|line| out::say(&format!("  {line}")));
    };
    let mut told = session.clock.elapsed();
    let progress = |rows: u64| {
        if session.clock.elapsed().saturating_sub(told) >= TOLD {
            told = session.clock.elapsed();
            out::say(&format!("{rows} rows worked through …"));
        }
    };
    let mut bad = wanted.bad.map(|path| Bad::to(path, &wanted.table.header));
    let at = (&session.store, session.trail.org(), session.clock.now());
    let plan = draft.make(&session.reader, at, &mut bad, mapped, progress).await?.plan;
    if let (Some(bad), Some(path)) = (bad, wanted.bad) {
        let rows = bad.finish()?;
        if rows > 0 {
            out::say(&format!("{rows} rows that cannot be sent are in {}", path.display()));
        }
    }
    Ok(plan)
}

fn show(plan: &Plan, running: &BulkRunning, limit: Option<u32>) -> Result<(), Failure> {
    if running.json {
        let document = preview::document(plan, limit)?;
        if running.dry_run && !running.list { out::json(&document)? } else { out::json_line(&document)? }
    } else {
        preview::lines(plan, limit)?.iter().try_for_each(|line| out::line(line))?;
    }
    if running.list {
        preview::each::<Failure>(plan, |row| {
            if running.json {
                return Ok(out::json_line(&row.document())?);
            }
            Ok(row.lines().iter().try_for_each(|line| out::line(line))?)
        })?;
    }
    Ok(())
}

fn input(file: &Path) -> Result<Input, ReadError> {
    if file.as_os_str() == "-" { Input::piped(io::stdin().lock()) } else { Input::file(file) }
}

fn resource(args: &BulkImport) -> Result<Resource, Failure> {
    if let Some(klass) = &args.klass {
        return Ok(Resource::Kobjects(KlassName::new(klass)));
    }
    let word = args.resource.as_deref().unwrap_or_default();
    let unknown =
        || Failure::usage(format!("--resource {word}"), "it is customers, conversations, messages, notes or companies");
    Resource::named(word).ok_or_else(unknown)
}

fn pairs(what: &str, given: &[String], shape: &str) -> Result<Vec<(String, String)>, Failure> {
    let pair = |words: &String| {
        // A column may have a `=` of its own: the field behind the last one never does; an expression may.
        let split = if shape.starts_with("COLUMN") { words.rsplit_once('=') } else { words.split_once('=') };
        let (name, value) = split.ok_or_else(|| Failure::usage(what, format!("it is {shape}")))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    given.iter().map(pair).collect()
}

fn wishes(reading: &BulkReading) -> Result<Wishes, Failure> {
    let delimiter = match reading.delimiter.as_deref() {
        None => None,
        Some("tab" | "\\t") => Some(b'\t'),
        Some(one) if one.len() == 1 => one.bytes().next(),
        Some(_) => return Err(Failure::usage("--delimiter", "it is one character, or tab")),
    };
    let charset = match reading.encoding.as_deref() {
        None => None,
        Some(name) => {
            Some(Charset::named(name).ok_or_else(|| Failure::usage("--encoding", "no such encoding is known"))?)
        }
    };
    let header = match reading.header.as_deref() {
        None => None,
        Some("yes") => Some(true),
        Some("no") => Some(false),
        Some(_) => return Err(Failure::usage("--header", "it is yes or no")),
    };
    Ok(Wishes { delimiter, charset, header, sheet: reading.sheet.clone() })
}

fn moments(session: &Session, reading: &BulkReading) -> Result<Moments, Failure> {
    let mut moments = make::moments(session.clock.now());
    if let Some(zone) = &reading.zone {
        let unknown = |_| Failure::usage("--zone", "no such zone is known; it is a name like Europe/Berlin");
        moments.zone = TimeZone::get(zone).map_err(unknown)?;
    }
    moments.order = match reading.dates.as_deref() {
        None => None,
        Some("dmy") => Some(Order::DayFirst),
        Some("mdy") => Some(Order::MonthFirst),
        Some(_) => return Err(Failure::usage("--dates", "it is dmy or mdy")),
    };
    Ok(moments)
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let next = "`shiftdeck bulk import --help` names what can be said of a file: --delimiter, --encoding, --header, --sheet";
        Self::new("the file", error.to_string(), next)
    }
}

impl From<MapError> for Failure {
    fn from(error: MapError) -> Self {
        Self::new(
            "the mapping",
            error.to_string(),
            "map columns with --map COLUMN=FIELD, or leave them out with --map COLUMN=",
        )
        .exiting(Exit::Usage)
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Read(error) => error.into(),
            PrepareError::Map(error) => error.into(),
            PrepareError::Import(error) => error.into(),
            PrepareError::Api(error) => error.into(),
            PrepareError::Plan(error) => error.into(),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Read(error) => error.into(),
            ImportError::Api(error) => error.into(),
            ImportError::Plan(error) => error.into(),
            ImportError::Bad(_) => Self::new("--bad", error.to_string(), "name a file that is not there yet"),
        }
    }
}
