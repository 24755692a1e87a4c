//! Owns the Bulk pane: jobs started here, watched live, batch by batch, each failure under the org's own id. Does not
//! submit or retry jobs (`kustomer::Writer` does, on an approval).

mod linear;

use std::collections::BTreeMap;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        linear::spoken::Spoken,
        msg::Fetched,
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, list::Cursor, rich::Row, states, when},
    },
    domain::{BulkId, BulkJob, BulkStatus},
    privacy::text,
    store::StartedJob,
};

/// Rows from which on the chosen job's detail is shown unasked.
const ROOMY: u16 = 14;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Bulk {
    started: Remote<Vec<StartedJob>>,
    jobs: BTreeMap<BulkId, Remote<BulkJob>>,
    cursor: Cursor,
    /// Lines of the detail scrolled past; `None` while the list has the keys.
    detail: Option<usize>,
}

/// What a job came to so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    succeeded: u64,
    failed: u64,
}

impl Tally {
    fn of(job: &BulkJob) -> Self {
        job.batches.iter().fold(Self::default(), |sum, batch| Self {
            succeeded: sum.succeeded + batch.succeeded,
            failed: sum.failed + batch.failed,
        })
    }

    fn done(self) -> u64 {
        self.succeeded + self.failed
    }
}

impl Pane for Bulk {
    const SPEC: Spec =
        Spec { title: "Bulk", about: "jobs started here: progress, batches, and why an item failed", actions: &[] };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.started.ask();
        cx.fetch(Fetch::Jobs);
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match (fetch, answer) {
            (Fetch::Jobs, Fetched::Jobs(answer)) => {
                self.started.answer(answer.map(newest_first), cx.shared.moment.now);
                self.watch(cx);
            }
            (Fetch::Job { id, .. }, Fetched::Job(answer)) => {
                let job = self.jobs.entry(id.clone()).or_default();
                job.answer(answer, cx.shared.moment.now);
                // A failed look is not repeated by itself: `r` does, and the row says so.
                if matches!(job, Remote::Ready(job, _) if job.status != BulkStatus::Complete) {
                    cx.fetch(Fetch::Job { id: id.clone(), paced: true });
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if let Some(top) = self.detail {
            let last = self.chosen().map_or(0, |job| self.detail_rows(job, 80).len());
            if let Some(to) = crate::console::widgets::list::moved(action, top, last) {
                self.detail = Some(to);
                return Ok(());
            }
        } else if self.cursor.act(action, self.rows().len()) {
            return Ok(());
        }
        match action {
            Action::Open => {
                self.chosen().ok_or(Cannot("there is no job to open"))?;
                self.detail = if self.detail.is_some() { None } else { Some(0) };
            }
            Action::Back if self.detail.is_some() => self.detail = None,
            Action::Reload => {
                // Also those that ended: a person who asks wants to know.
                self.jobs.values_mut().for_each(|job| *job = Remote::NotAsked);
                self.enter(cx);
            }
            Action::Copy => {
                let id = self.chosen().ok_or(Cannot("choose a job first"))?.id.to_string();
                cx.effect(Effect::Copy(id));
                cx.say("the job's id is on the clipboard");
            }
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        let running = self.jobs.values().filter_map(Remote::value).filter(|job| job.status != BulkStatus::Complete);
        let count = running.count();
        (count > 0).then(|| count.to_string())
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if inside.height < 2 || states::instead(cx.theme, &self.started, "jobs", inside, buf) {
            return;
        }
        if self.rows().is_empty() {
            let lines = ["Ask the assistant for a bulk change; approved jobs are watched here, batch by batch."];
            states::message(cx.theme, ("No bulk job was started here", Role::Dim), &lines, inside, buf);
            return;
        }
        // The chosen job's failures are in view without asking wherever there is room; opening it lets them scroll.
        let detail = if self.detail.is_some() || inside.height >= ROOMY { inside.height * 3 / 5 } else { 0 };
        self.view_list(cx, Rect { height: inside.height - detail, ..inside }, buf);
        self.view_detail(cx, Rect { y: inside.bottom() - detail, height: detail, ..inside }, buf);
    }
}

impl Bulk {
    fn rows(&self) -> &[StartedJob] {
        self.started.value().map_or(&[], Vec::as_slice)
    }

    fn chosen(&self) -> Option<&StartedJob> {
        self.rows().get(self.cursor.chosen(self.rows().len())?)
    }

    /// Asks after every job that is not known to have ended.
    fn watch(&mut self, cx: &mut UpdateCx<'_>) {
        let Some(started) = self.started.value() else { return };
        for job in started {
            let known = self.jobs.entry(job.id.clone()).or_default();
            let ended = known.value().is_some_and(|job| job.status == BulkStatus::Complete);
            if !ended && !known.is_loading() {
                known.ask();
                cx.fetch(Fetch::Job { id: job.id.clone(), paced: false });
            }
        }
    }

    fn view_list(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let rows = self.rows();
        let chosen = self.cursor.chosen(rows.len());
        // Two lines a job: what it is, how far it is.
        for (slot, index) in (0..).zip(self.cursor.rows(rows.len(), usize::from(area.height / 2).max(1))) {
            let [what, bar] = self.job_rows(cx, &rows[index], usize::from(area.width));
            frame::row(&what, area, slot * 2, buf);
            frame::row(&bar, area, slot * 2 + 1, buf);
            if chosen == Some(index) {
                let role = if cx.focused && self.detail.is_none() { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, slot * 2, buf);
            }
        }
    }

    fn job_rows(&self, cx: &ViewCx<'_>, started: &StartedJob, width: usize) -> [Line<'static>; 2] {
        let at = when::at(started.started, cx.shared.moment.now, &cx.shared.zone);
        let room = width.saturating_sub(cut::width(&at) + 2);
        let what = Row::of(format!(" {}", cut::pad(&text::line(&started.summary), room)), Role::Text)
            .and(format!(" {at}"), Role::Dim)
            .line(cx.theme, "");
        let job = self.jobs.get(&started.id).and_then(Remote::value);
        let tally = job.map(Tally::of).unwrap_or_default();
        let (words, role) = self.state_words(started, tally);
        let bar = (width / 3).clamp(4, 40);
        let mut spans = vec![Span::raw(" ")];
        spans.extend(progress(cx, tally, started.items, bar));
        let words = cut::fit(&words, width.saturating_sub(bar + 3));
        spans.push(Span::styled(format!("  {words}"), cx.theme.style(role)));
        [what, Line::from(spans)]
    }

    fn state_words(&self, started: &StartedJob, tally: Tally) -> (String, Role) {
        let job = self.jobs.get(&started.id);
        let counts =
            format!("{}/{} · {} worked, {} failed", tally.done(), started.items, tally.succeeded, tally.failed);
        match job {
            None | Some(Remote::NotAsked | Remote::Loading(None)) => ("asking the desk …".to_owned(), Role::Dim),
            Some(Remote::Failed(_, problem)) => {
                let words = format!("{counts} · not read: {} · r asks again", problem.why);
                (text::line(&words).into_string(), Role::Warning)
            }
            Some(Remote::Loading(Some(job)) | Remote::Ready(job, _)) => {
                let batches =
                    format!("{counts} · {} · batch {}/{}", job.status.as_str(), job.batches_done, job.batches_total);
                let role = match (&job.status, tally.failed) {
                    (BulkStatus::Complete, 0) => Role::Good,
                    (BulkStatus::Complete, _) => Role::Error,
                    (BulkStatus::Queued | BulkStatus::Scheduled | BulkStatus::Running | BulkStatus::Other(_), _) => {
                        Role::Running
                    }
                };
                (batches, role)
            }
        }
    }

    fn view_detail(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(started) = self.chosen().filter(|_| area.height >= 3) else { return };
        let top = self.detail.unwrap_or(0);
        let inside = frame::titled(cx, &format!("job {}", started.id), cx.focused && self.detail.is_some(), area, buf);
        let rows = self.detail_rows(started, usize::from(inside.width));
        let top = top.min(rows.len().saturating_sub(usize::from(inside.height)));
        for (y, row) in (0..inside.height).zip(&rows[top..]) {
            frame::row(&row.line(cx.theme, ""), inside, y, buf);
        }
    }

    /// Batch by batch, failures under the reference they were sent with, which is the id people know.
    fn detail_rows(&self, started: &StartedJob, width: usize) -> Vec<Row> {
        let Some(job) = self.jobs.get(&started.id).and_then(Remote::value) else {
            return vec![Row::of("not read yet", Role::Dim)];
        };
        let mut rows = Vec::new();
        for (number, batch) in (1..).zip(&job.batches) {
            let words = format!(
                "batch {number}: {} · {} worked, {} failed",
                batch.status.as_str(),
                batch.succeeded,
                batch.failed
            );
            let role = if batch.failed > 0 { Role::Error } else { Role::Text };
            rows.push(Row::of(cut::fit(&words, width), role));
            // The desk repeats each item's reason among the batch's errors: told once, by item, where it tells items.
            for error in batch.errors.iter().filter(|_| batch.results.is_empty()) {
                rows.push(Row::of(cut::fit(&format!("  ✗ {}", error.line()), width), Role::Error));
            }
            for item in &batch.results {
                let Some(error) = &item.error else { continue };
                let words = format!("  ✗ {}: {}", text::line(&item.client_ref), error.line());
                rows.extend(cut::wrap(&words, width.max(8)).into_iter().map(|line| Row::of(line, Role::Error)));
            }
        }
        if rows.is_empty() {
            rows.push(Row::of("the desk has not reported a batch yet", Role::Dim));
        }
        rows
    }
}

fn newest_first(mut jobs: Vec<StartedJob>) -> Vec<StartedJob> {
    jobs.sort_by_key(|job| std::cmp::Reverse(job.started));
    jobs
}

/// A bar of `cells`: what worked, what failed (at least one cell, so that it is seen), what is left.
fn progress(cx: &ViewCx<'_>, tally: Tally, items: u64, cells: usize) -> [Span<'static>; 3] {
    let total = items.max(tally.done()).max(1);
    let share = |count: u64| usize::try_from(count * cells as u64 / total).unwrap_or(cells);
    let failed = share(tally.failed).max(usize::from(tally.failed > 0)).min(cells);
    let worked = share(tally.succeeded).min(cells - failed);
    let (full, bad, rest) = if cx.shared.ascii { ("#", "x", ".") } else { ("█", "▓", "░") };
    [
        Span::styled(full.repeat(worked), cx.theme.style(Role::Progress)),
        Span::styled(bad.repeat(failed), cx.theme.style(Role::ProgressFailed)),
        Span::styled(rest.repeat(cells - failed - worked), cx.theme.style(Role::ProgressRest)),
    ]
}
