//! Owns `shiftdeck export`: a whole collection, or what changed in a window, as JSON lines; with progress on stderr and
//! resumed by the same command after whatever ended it. The order of pages is `kustomer::walk`'s, the file and its journal
//! are `kustomer::export`'s.
//!
//! Sensitive values are always written masked, also while an unmasking window is open and for keys that may see them: a
//! file outlives both.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    pin::Pin,
    time::Duration,
};

use futures::{Stream, StreamExt};
use jiff::Timestamp;
use serde_json::json;

use super::{Exit, Failure, args, out, session::Session};
use crate::{
    clock::{self, Clock},
    config::Config,
    kustomer::{
        export::{self, Export, ExportError, Tally, Veil},
        walk::{Batch, Collection, Given, Stand},
    },
    transport::{ApiError, Lane},
};

/// How often progress is told where nobody watches a line being rewritten.
const EVERY: Duration = Duration::from_secs(5);
/// How often that line is rewritten.
const TICK: Duration = Duration::from_millis(200);

/// How far back a search sees (Kustomer API reference 9.2).
const YEARS: jiff::SignedDuration = jiff::SignedDuration::from_hours(2 * 365 * 24);

type Pages = Pin<Box<dyn Stream<Item = Result<Batch, ApiError>> + Send>>;

/// What came of it.
struct Ended {
    tally: Tally,
    stand: Stand,
    /// Whether somebody pressed Ctrl-C.
    interrupted: bool,
}

/// Runs it.
pub async fn run(config: Config, args: &args::Export) -> Result<Exit, Failure> {
    let collection = collection(&args.resource)?;
    let to_stdout = args.output.as_os_str() == "-";
    if to_stdout && args.json {
        return Err(Failure::usage("--json", "the records take stdout already: give -o a file"));
    }
    let now = Clock::real().now();
    let since = args.since.as_deref().map(|words| moment(words, now)).transpose()?;
    let until = args.until.as_deref().map(|words| moment(words, now)).transpose()?;
    let start = collection.start(since, until).ok_or_else(|| {
        Failure::usage(format!("--since with {}", args.resource), "the desk lists these whole only; leave it out")
    })?;
    let session = Session::open(config).await?;
    session.sign_in().await?;
    no_window(&session).await?;
    if matches!(start, Stand::Search(_)) && since.is_none_or(|since| since < now - YEARS) {
        out::say("searches see two years back: what has not changed since is not in it; without --since all of it is");
    }
    let reader = session.reader.with_lane(Lane::Bulk);
    let veil = reader.veil(&collection).await?;
    let mut told = Progress::new(&session.clock, collection.name());
    let walk = |stand: Stand, given: Given| -> Pages { Box::pin(reader.walk(collection.clone(), stand, given)) };
    let ended = if to_stdout {
        stream(walk(start.clone(), Given::default()), start, &veil, &mut told).await?
    } else {
        let order = format!("{} of {}, since {:?}, until {:?}", args.resource, session.desk, args.since, args.until);
        let (export, given) =
            Export::open(&args.output, &order, start).map_err(|error| cannot(&args.output, &error))?;
        if export.tally().lines > 0 {
            out::say(&format!("going on after {} rows of an earlier run", export.tally().lines));
        }
        told.begin(export.tally());
        let pages = walk(export.stand().clone(), given);
        file(pages, export, &veil, &mut told).await.map_err(|error| error.in_words(&args.output))?
    };
    session.close().await;
    Ok(tell(args, &ended)?)
}

/// Nothing is taken out in bulk while somebody's values are in the clear: what a crash left open is closed first, what a
/// console has open refuses.
async fn no_window(session: &Session) -> Result<(), Failure> {
    session.close_abandoned_windows().await?;
    let open = session.store.open_windows(session.trail.org())?.len();
    if open == 0 {
        return Ok(());
    }
    let why = format!("{open} unmasking window(s) opened from this machine are not closed");
    Err(Failure::new("the export", why, "close them in the console (c on the timeline), then run it again")
        .exiting(Exit::Refused))
}

fn collection(name: &str) -> Result<Collection, Failure> {
    Collection::named(name).ok_or_else(|| {
        let names: Vec<&str> = Collection::names().collect();
        Failure::usage(format!("--resource {name}"), format!("it is kobject_KLASS or one of {}", names.join(", ")))
    })
}

/// A day (its midnight here), a moment with an offset, or an age: `2025-03-04`, `2025-03-04T10:00:00Z`, `90m`, `12h`, `30d`,
/// `2w`.
fn moment(words: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    clock::moment(words, now).ok_or_else(|| {
        Failure::usage(format!("the time {words:?}"), "write 2025-03-04, 2025-03-04T10:00:00Z, 12h, 30d or 2w")
    })
}

/// What ends a run before its time.
enum Stopped {
    Desk(ApiError),
    File(ExportError),
}

impl Stopped {
    fn in_words(self, path: &Path) -> Failure {
        match self {
            Self::Desk(error) => {
                out::say("what was written so far is kept: the same command goes on with it");
                error.into()
            }
            Self::File(error) => cannot(path, &error),
        }
    }
}

fn cannot(path: &Path, error: &ExportError) -> Failure {
    let next = match error {
        ExportError::Taken => "move it away, or name another file",
        ExportError::Busy => "wait for it, or name another file",
        ExportError::Other(_) => "end that one first, or name another file",
        ExportError::Mismatch(_) => "move both files away and begin anew",
        ExportError::Io(_) => "check the folder's permissions and free space, then run the same command again",
    };
    Failure::new(format!("writing {}", path.display()), error.to_string(), next)
}

async fn file(mut pages: Pages, mut export: Export, veil: &Veil, told: &mut Progress) -> Result<Ended, Stopped> {
    let pressed = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::pin!(pressed);
    let interrupted = loop {
        let page = tokio::select! {
            biased;
            () = &mut pressed => break true,
            page = pages.next() => page,
        };
        let Some(page) = page else { break false };
        let page = page.map_err(Stopped::Desk)?;
        export.take(&page, veil).map_err(Stopped::File)?;
        told.page(&page);
    };
    told.end();
    let stand = export.stand().clone();
    let tally = if interrupted { export.tally() } else { export.finish().map_err(Stopped::File)? };
    Ok(Ended { tally, stand, interrupted })
}

async fn stream(mut pages: Pages, start: Stand, veil: &Veil, told: &mut Progress) -> Result<Ended, Failure> {
    let (mut tally, mut stand) = (Tally::default(), start);
    while let Some(page) = pages.next().await {
        let page = page?;
        let mut lines = Vec::new();
        page.rows.iter().for_each(|row| export::line(row, veil, &mut lines));
        let mut stdout = io::stdout().lock();
        stdout.write_all(&lines)?;
        stdout.flush()?;
        tally.add(&page);
        told.page(&page);
        stand = page.stand;
    }
    told.end();
    Ok(Ended { tally, stand, interrupted: false })
}

/// Tells how it ended.
fn tell(args: &args::Export, ended: &Ended) -> io::Result<Exit> {
    let Ended { tally, stand, interrupted } = ended;
    let (rows, unreached) = (tally.lines - tally.again, stand.unreached());
    if args.json {
        out::json(&json!({
            "resource": args.resource, "file": args.output.display().to_string(), "rows": rows,
            "changed_meanwhile": tally.again, "skipped": tally.skipped, "unreached": unreached, "complete": !interrupted,
        }))?;
    }
    let mut words = vec![format!("{rows} rows")];
    if tally.again > 0 {
        words.push(format!(
            "{} changed meanwhile: the newest version counts, it is the last line of its id",
            tally.again
        ));
    }
    if tally.skipped > 0 {
        words.push(format!("{} entries without an id were left out", tally.skipped));
    }
    if stand.shrunk() > 0 {
        words.push("records were removed meanwhile; what moved was read again".to_owned());
    }
    if unreached > 0 {
        words.push(format!("{unreached} could not be reached: more share one moment than a search gives"));
    }
    if *interrupted {
        words.push("interrupted: the same command goes on".to_owned());
    }
    out::say(&words.join(" · "));
    Ok(match (interrupted, unreached) {
        (true, _) => Exit::Interrupted,
        (false, 0) => Exit::Done,
        (false, _) => Exit::Failed,
    })
}

/// How far it is, told on stderr: one line rewritten where a person watches, else a line now and then.
struct Progress {
    clock: Clock,
    name: String,
    /// Rows there before this run, and now.
    before: u64,
    rows: u64,
    started: Duration,
    told: Option<Duration>,
    watched: bool,
}

impl Progress {
    fn new(clock: &Clock, name: &str) -> Self {
        let (watched, started) = (io::stderr().is_terminal(), clock.elapsed());
        Self { clock: clock.clone(), name: name.to_owned(), before: 0, rows: 0, started, told: None, watched }
    }

    fn begin(&mut self, tally: Tally) {
        self.before = tally.lines - tally.again;
        self.rows = self.before;
    }

    fn page(&mut self, page: &Batch) {
        self.rows += page.rows.iter().filter(|row| !row.again).count() as u64;
        let now = self.clock.elapsed();
        let pause = if self.watched { TICK } else { EVERY };
        if self.told.is_some_and(|told| now < told + pause)
            || (self.told.is_none() && !self.watched && now < self.started + EVERY)
        {
            return;
        }
        self.told = Some(now);
        let words =
            words(&self.name, self.rows, self.rows - self.before, page.expected, now.saturating_sub(self.started));
        if self.watched {
            let _ = write!(io::stderr(), "\r{words:<76}");
        } else {
            out::say(&words);
        }
    }

    fn end(&self) {
        if self.watched && self.told.is_some() {
            let _ = writeln!(io::stderr());
        }
    }
}

/// One line of progress. The time left is that of the rows left at the pace of this run.
fn words(name: &str, rows: u64, of_this_run: u64, expected: Option<u64>, took: Duration) -> String {
    let pace = of_this_run as f64 / took.as_secs_f64().max(0.001);
    let Some(expected) = expected.filter(|expected| *expected >= rows && *expected > 0) else {
        return format!("{name}: {rows} rows, {pace:.0} a second");
    };
    let left = Duration::from_secs_f64(((expected - rows) as f64 / pace.max(0.001)).min(1e7));
    let (minutes, seconds) = (left.as_secs() / 60, left.as_secs() % 60);
    let percent = rows * 100 / expected;
    format!("{name}: {rows} of {expected} ({percent} %), {pace:.0} a second, {minutes} min {seconds:02} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_day_a_moment_or_an_age() {
        let now: Timestamp = "2025-03-04T12:00:00Z".parse().expect("valid");
        for (words, expected) in [
            ("2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z"),
            ("30d", "2025-02-02T12:00:00Z"),
            ("90m", "2025-03-04T10:30:00Z"),
        ] {
            assert_eq!(moment(words, now).map(|at| at.to_string()), Ok(expected.to_owned()));
        }
        assert!(moment("2025-03-01", now).is_ok());
        for wrong in ["", "d", "-3d", "yesterday", "99999999999w", "4294967295w"] {
            assert!(moment(wrong, now).is_err(), "{wrong}");
        }
    }

    #[test]
    fn progress_names_the_time_left_where_the_desk_tells_how_many() {
        let second = Duration::from_secs;
        assert_eq!(words("notes", 300, 300, None, second(3)), "notes: 300 rows, 100 a second");
        let expected = "customers: 12500 of 50000 (25 %), 100 a second, 6 min 15 s left";
        assert_eq!(words("customers", 12_500, 2_500, Some(50_000), second(25)), expected);
    }
}
