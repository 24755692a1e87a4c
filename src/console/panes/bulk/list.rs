//! Owns how jobs are listed: two lines each, what it is and how far it is.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::Bulk;
use crate::{
    bulk::JobState,
    console::{
        jobs::JobRow,
        pane::ViewCx,
        remote::Remote,
        theme::Role,
        widgets::{cut, frame, rich::Row, when},
    },
    domain::{BulkJob, BulkStatus},
    privacy::text,
};

/// The heights a sparkline is drawn with.
const HEIGHTS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const HEIGHTS_ASCII: [&str; 8] = [".", ".", "-", "-", "=", "=", "#", "#"];

/// What a job came to so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub worked: u64,
    pub not_worked: u64,
}

impl Tally {
    /// By its own snapshot where it is ours, else by the desk's batches.
    pub fn of(row: &JobRow, job: Option<&BulkJob>) -> Self {
        if let Some(snapshot) = &row.own {
            return Self { worked: snapshot.worked, not_worked: snapshot.not_worked() };
        }
        job.map_or_else(Self::default, |job| {
            job.batches.iter().fold(Self::default(), |sum, batch| Self {
                worked: sum.worked + batch.succeeded,
                not_worked: sum.not_worked + batch.failed,
            })
        })
    }

    fn done(self) -> u64 {
        self.worked + self.not_worked
    }
}

impl Bulk {
    pub(super) fn view_list(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let rows = self.rows();
        let chosen = self.cursor.chosen(rows.len());
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

    fn job_rows(&self, cx: &ViewCx<'_>, row: &JobRow, width: usize) -> [Line<'static>; 2] {
        let at = when::at(row.started.started, cx.shared.moment.now, &cx.shared.zone);
        let room = width.saturating_sub(cut::width(&at) + 2);
        let what = Row::of(format!(" {}", cut::pad(&text::line(&row.started.summary), room)), Role::Text)
            .and(format!(" {at}"), Role::Dim)
            .line(cx.theme, "");
        let tally = Tally::of(row, self.jobs.get(&row.started.id).and_then(Remote::value));
        let (words, role) = self.state_words(row, tally);
        let bar = (width / 4).clamp(4, 40);
        let mut spans = vec![Span::raw(" ")];
        spans.extend(progress(cx, tally, row.started.items, bar));
        let spark = self.spark(row, cx.shared.ascii);
        let words = cut::fit(&words, width.saturating_sub(bar + 4 + cut::width(&spark)));
        spans.push(Span::styled(format!("  {words}"), cx.theme.style(role)));
        spans.push(Span::styled(format!(" {spark}"), cx.theme.style(Role::Progress)));
        [what, Line::from(spans)]
    }

    /// Rows done between one look and the next, while it runs.
    fn spark(&self, row: &JobRow, ascii: bool) -> String {
        if row.state() != Some(JobState::Running) {
            return String::new();
        }
        let points = self.paces.get(&row.started.id).map(crate::bulk::Progress::points).unwrap_or_default();
        let points = &points[points.len().saturating_sub(16)..];
        let most = points.iter().max().copied().unwrap_or_default().max(1);
        let heights = if ascii { HEIGHTS_ASCII } else { HEIGHTS };
        points.iter().map(|point| heights[usize::try_from(point * 7 / most).unwrap_or(7).min(7)]).collect()
    }

    pub(super) fn state_words(&self, row: &JobRow, tally: Tally) -> (String, Role) {
        let counts =
            format!("{}/{} · {} worked, {} not", tally.done(), row.started.items, tally.worked, tally.not_worked);
        let Some(snapshot) = &row.own else { return self.desk_words(row, &counts, tally) };
        let left = self.paces.get(&row.started.id).and_then(|pace| pace.left(snapshot));
        let left = left.filter(|_| snapshot.state == JobState::Running);
        let left = left.and_then(|left| jiff::SignedDuration::try_from(left).ok());
        let left = left.map(|left| format!(" · {} left", when::span(left))).unwrap_or_default();
        let why = snapshot.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let [waiting, under_way, ..] = snapshot.batches;
        let words = match snapshot.state {
            JobState::Planned => format!("{} rows planned, not approved · a puts it up", row.started.items),
            JobState::Running => format!("{counts}{left} · batches: {under_way} under way, {waiting} wait"),
            JobState::Paused => format!("{counts} · stands still{why} · p goes on"),
            JobState::Interrupted => format!("{counts} · was cut off · p goes on"),
            state => format!("{counts} · {}", state.word()),
        };
        let role = match (snapshot.state, tally.not_worked) {
            (JobState::Planned, _) => Role::Dim,
            (JobState::Running, _) => Role::Running,
            (JobState::Paused | JobState::Interrupted, _) => Role::Warning,
            (_, 0) => Role::Good,
            _ => Role::Error,
        };
        (text::line(&words).into_string(), role)
    }

    /// A job the desk alone knows.
    fn desk_words(&self, row: &JobRow, counts: &str, tally: Tally) -> (String, Role) {
        match self.jobs.get(&row.started.id) {
            None | Some(Remote::NotAsked | Remote::Loading(None)) => ("asking the desk …".to_owned(), Role::Dim),
            Some(Remote::Failed(_, problem)) => {
                let words = format!("{counts} · not read: {} · r asks again", problem.why);
                (text::line(&words).into_string(), Role::Warning)
            }
            Some(Remote::Loading(Some(job)) | Remote::Ready(job, _)) => {
                let words =
                    format!("{counts} · {} · batch {}/{}", job.status.as_str(), job.batches_done, job.batches_total);
                let role = match (&job.status, tally.not_worked) {
                    (BulkStatus::Complete, 0) => Role::Good,
                    (BulkStatus::Complete, _) => Role::Error,
                    (BulkStatus::Queued | BulkStatus::Scheduled | BulkStatus::Running | BulkStatus::Other(_), _) => {
                        Role::Running
                    }
                };
                (words, role)
            }
        }
    }
}

/// A bar of `cells`: what worked, what did not (at least one cell, so that it is seen), what is left.
fn progress(cx: &ViewCx<'_>, tally: Tally, items: u64, cells: usize) -> [Span<'static>; 3] {
    let total = items.max(tally.done()).max(1);
    let share = |count: u64| usize::try_from(count * cells as u64 / total).unwrap_or(cells);
    let failed = share(tally.not_worked).max(usize::from(tally.not_worked > 0)).min(cells);
    let worked = share(tally.worked).min(cells - failed);
    let (full, bad, rest) = if cx.shared.ascii { ("#", "x", ".") } else { ("█", "▓", "░") };
    [
        Span::styled(full.repeat(worked), cx.theme.style(Role::Progress)),
        Span::styled(bad.repeat(failed), cx.theme.style(Role::ProgressFailed)),
        Span::styled(rest.repeat(cells - failed - worked), cx.theme.style(Role::ProgressRest)),
    ]
}
