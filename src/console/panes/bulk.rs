//! Owns the Bulk pane: jobs started here, how far the desk is with each, and every failure with its reason. Watches a job
//! until it is complete. Does not start one: that takes a card.
//!
//! ```text
//! ┌ 6 Bulk ─────────────────────────────────────────────────────┐
//! │ create 100 service_outage   ███████████░░░  82/100  running  │
//! │   batch 1  complete  25 ok                                   │
//! │   TEN-81901  customer is locked by a merge in progress       │
//! └──────────────────────────────────────────────────────────────┘
//! ```

use std::collections::HashMap;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        msg::Fetched,
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, list::Cursor, states},
    },
    domain::{BulkId, BulkJob, BulkStatus},
    privacy::text,
    store::StartedJob,
};

/// Cells of the progress bar.
const BAR: usize = 24;
/// Failures and batches shown under the chosen job.
const DETAILS: usize = 200;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Bulk {
    started: Remote<Vec<StartedJob>>,
    jobs: HashMap<BulkId, Remote<BulkJob>>,
    cursor: Cursor,
}

/// What is known of a job's items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    succeeded: u64,
    failed: u64,
    total: u64,
}

impl Pane for Bulk {
    const SPEC: Spec = Spec {
        title: "Bulk",
        about: "jobs over many records: how far they are, and each failure with its reason",
        actions: &[],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.reload(cx);
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        let now = cx.shared.moment.now;
        match (fetch, answer) {
            (Fetch::Jobs, Fetched::Jobs(answer)) => {
                self.started.answer(answer, now);
                self.look_at_all(cx);
            }
            (Fetch::Job { id, .. }, Fetched::Job(answer)) => {
                let job = self.jobs.entry(id.clone()).or_default();
                job.answer(answer, now);
                if job.value().is_some_and(|job| job.status != BulkStatus::Complete) && job.problem().is_none() {
                    cx.fetch(Fetch::Job { id: id.clone(), paced: true });
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.cursor.act(action, self.rows().len()) {
            return Ok(());
        }
        match action {
            Action::Reload => self.reload(cx),
            Action::Copy => {
                let report = self.report().ok_or(Cannot("there is no job to copy"))?;
                cx.effect(Effect::Copy(report));
                cx.say("the failures are on the clipboard");
            }
            Action::Open | Action::Back => {}
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        let at_work =
            self.jobs.values().filter_map(Remote::value).filter(|job| job.status != BulkStatus::Complete).count();
        (at_work > 0).then(|| format!("{at_work} running"))
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if states::instead(cx.theme, &self.started, "bulk jobs", inside, buf) {
            return;
        }
        if self.rows().is_empty() {
            let lines =
                ["Ask the assistant to create KObjects for many customers; the card tells the true count first."];
            states::message(cx.theme, ("No bulk job was started here yet", Role::Dim), &lines, inside, buf);
            return;
        }
        let lines = self.lines(cx, usize::from(inside.width));
        let at = lines.iter().position(|(_, chosen)| *chosen).unwrap_or(0);
        let height = usize::from(inside.height);
        let start = at.saturating_sub(height / 3).min(lines.len().saturating_sub(height));
        for (row, (line, chosen)) in (0..).zip(lines.iter().skip(start).take(height)) {
            if *chosen {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), inside, row, buf);
            }
            frame::row(line, inside, row, buf);
        }
    }
}

impl Bulk {
    /// A job was started: look at it now, wherever the person is.
    pub fn job_started(&mut self, cx: &mut UpdateCx<'_>) {
        self.reload(cx);
    }

    fn reload(&mut self, cx: &mut UpdateCx<'_>) {
        self.started.ask();
        cx.fetch(Fetch::Jobs);
    }

    /// Asks about every job not known to be complete. The newest come first and older ones were complete long ago.
    fn look_at_all(&mut self, cx: &mut UpdateCx<'_>) {
        let ids: Vec<BulkId> = self.rows().iter().take(20).map(|job| job.id.clone()).collect();
        for id in ids {
            let job = self.jobs.entry(id.clone()).or_default();
            if job.value().is_none_or(|job| job.status != BulkStatus::Complete) && !job.is_loading() {
                job.ask();
                cx.fetch(Fetch::Job { id, paced: false });
            }
        }
    }

    fn rows(&self) -> &[StartedJob] {
        self.started.value().map_or(&[], Vec::as_slice)
    }

    /// The failures of the chosen job, a line each.
    fn report(&self) -> Option<String> {
        let started = self.rows().get(self.cursor.chosen(self.rows().len())?)?;
        let job = self.jobs.get(&started.id)?.value()?;
        Some(failures(job).map(|(id, why)| format!("{id}\t{why}\n")).collect())
    }

    fn lines(&self, cx: &ViewCx<'_>, width: usize) -> Vec<(Line<'static>, bool)> {
        let chosen = self.cursor.chosen(self.rows().len());
        let mut lines = Vec::new();
        for (index, started) in self.rows().iter().enumerate() {
            let remote = self.jobs.get(&started.id);
            let job = remote.and_then(Remote::value);
            lines.push((headline(cx, started, job, width), chosen == Some(index)));
            if let Some(problem) = remote.and_then(Remote::problem) {
                let words = text::line(&format!("    {}: {} {}", problem.what, problem.why, problem.next));
                lines.push((Line::styled(cut::fit(&words, width), cx.theme.style(Role::Error)), false));
            }
            if let Some(job) = job.filter(|_| chosen == Some(index)) {
                lines.extend(details(cx, job, width).into_iter().map(|line| (line, false)));
            }
        }
        lines
    }
}

impl Tally {
    fn of(started: &StartedJob, job: &BulkJob) -> Self {
        let sum = |count: fn(&crate::domain::Batch) -> u64| job.batches.iter().map(count).sum();
        let (succeeded, failed): (u64, u64) = (sum(|batch| batch.succeeded), sum(|batch| batch.failed));
        Self { succeeded, failed, total: started.items.max(succeeded + failed) }
    }
}

fn headline(cx: &ViewCx<'_>, started: &StartedJob, job: Option<&BulkJob>, width: usize) -> Line<'static> {
    let tally = job.map_or(Tally { total: started.items, ..Tally::default() }, |job| Tally::of(started, job));
    let style = |role| cx.theme.style(role);
    let (word, role) = match job.map(|job| &job.status) {
        None => ("asking".to_owned(), Role::Dim),
        Some(BulkStatus::Complete) if tally.failed > 0 => (format!("complete, {} failed", tally.failed), Role::Error),
        Some(BulkStatus::Complete) => ("complete".to_owned(), Role::Good),
        Some(status) => (status.as_str().to_owned(), Role::Running),
    };
    let at = started.started.to_zoned(cx.shared.zone.clone()).strftime("%H:%M:%S").to_string();
    let numbers = format!(" {:>7}  ", format!("{}/{}", tally.succeeded + tally.failed, tally.total));
    let room = width.saturating_sub(at.len() + 2 + BAR + 1 + cut::width(&numbers) + cut::width(&word)).clamp(8, 60);
    let mut spans = vec![
        Span::styled(format!("{at}  "), style(Role::Dim)),
        Span::styled(cut::pad(&cut::fit(&text::line(&started.summary), room), room + 1), style(Role::Strong)),
    ];
    spans.extend(bar(cx, tally));
    spans.push(Span::styled(numbers, style(Role::Text)));
    spans.push(Span::styled(word, style(role)));
    Line::from(spans)
}

fn bar(cx: &ViewCx<'_>, tally: Tally) -> [Span<'static>; 3] {
    let (full, rest) = if cx.shared.ascii { ("#", ".") } else { ("█", "░") };
    let cells = |n: u64| usize::try_from(n * BAR as u64 / tally.total.max(1)).unwrap_or(BAR).min(BAR);
    let failed = cells(tally.failed).max(usize::from(tally.failed > 0));
    let good = cells(tally.succeeded + tally.failed).saturating_sub(failed);
    [
        Span::styled(full.repeat(good), cx.theme.style(Role::Progress)),
        Span::styled(full.repeat(failed), cx.theme.style(Role::ProgressFailed)),
        Span::styled(rest.repeat(BAR.saturating_sub(good + failed)), cx.theme.style(Role::ProgressRest)),
    ]
}

fn details(cx: &ViewCx<'_>, job: &BulkJob, width: usize) -> Vec<Line<'static>> {
    let style = |role| cx.theme.style(role);
    let mut lines = vec![Line::styled(
        cut::fit(&format!("    job {} · batches {}/{}", job.id, job.batches_done, job.batches_total), width),
        style(Role::Dim),
    )];
    for (n, batch) in (1..).zip(&job.batches) {
        let words = format!(
            "    batch {n:<3} {:<9} {:>4} ok {:>4} failed",
            batch.status.as_str(),
            batch.succeeded,
            batch.failed
        );
        lines.push(Line::styled(
            cut::fit(&words, width),
            style(if batch.failed > 0 { Role::Warning } else { Role::Text }),
        ));
    }
    for (id, why) in failures(job).take(DETAILS) {
        lines.push(Line::from(vec![
            Span::styled(format!("    {}  ", cut::pad(&cut::fit(&id, 24), 24)), style(Role::Error)),
            Span::styled(cut::fit(&why, width.saturating_sub(30)), style(Role::Text)),
        ]));
    }
    lines
}

/// Each failed item by the reference it was sent under, which is the id people know, with the desk's reason.
fn failures(job: &BulkJob) -> impl Iterator<Item = (String, String)> + '_ {
    let items = job.batches.iter().flat_map(|batch| &batch.results);
    items.filter_map(|item| {
        let why = item.error.as_ref()?;
        Some((text::line(&item.client_ref).into_string(), why.line().into_string()))
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{Batch, Text};

    #[test]
    fn failures_go_by_the_orgs_own_ids_and_count_into_the_total() {
        let started = StartedJob {
            id: BulkId::new("66b1"),
            summary: "create 2".into(),
            started: Timestamp::UNIX_EPOCH,
            items: 2,
        };
        let item = |client_ref: &str, error: Option<&str>| ItemResult {
            client_ref: client_ref.into(),
            object_id: None,
            error: error.map(Text::from),
        };
        let batch = Batch {
            status: BulkStatus::Complete,
            succeeded: 1,
            failed: 1,
            results: vec![item("row-1", None), item("TEN-10002", Some("locked"))],
            errors: vec![],
        };
        let job = BulkJob {
            id: BulkId::new("66b1"),
            status: BulkStatus::Complete,
            batches_done: 1,
            batches_total: 1,
            batches: vec![batch],
        };
        assert_eq!(Tally::of(&started, &job), Tally { succeeded: 1, failed: 1, total: 2 });
        assert_eq!(failures(&job).collect::<Vec<_>>(), [("TEN-10002".to_owned(), "locked".to_owned())]);
    }
}
