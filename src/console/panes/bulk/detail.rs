//! Owns one job in detail: batch by batch, what did not work under the reference it was sent with.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Bulk;
use crate::{
    console::{
        jobs::JobRow,
        pane::ViewCx,
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{cut, frame, rich::Row},
    },
    privacy::text,
};

impl Bulk {
    pub(super) fn view_detail(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(row) = self.chosen().filter(|_| area.height >= 3) else { return };
        let top = self.detail.unwrap_or(0);
        let title = format!("job {}", row.started.id);
        let inside = frame::titled(cx, &title, cx.focused && self.detail.is_some(), area, buf);
        let rows = self.detail_rows(row, usize::from(inside.width), cx.shared);
        let top = top.min(rows.len().saturating_sub(usize::from(inside.height)));
        for (y, row) in (0..inside.height).zip(&rows[top..]) {
            frame::row(&row.line(cx.theme, ""), inside, y, buf);
        }
    }

    /// The reference a row was sent with is the id people know. Batches of which nothing is to be said stand in one line.
    pub(super) fn detail_rows(&self, row: &JobRow, width: usize, shared: &Shared) -> Vec<Row> {
        let mark = if shared.ascii { "x" } else { "✗" };
        let Some(job) = self.jobs.get(&row.started.id).and_then(Remote::value) else {
            return vec![Row::of("not read yet", Role::Dim)];
        };
        let mut rows = Vec::new();
        let mut quiet: Vec<(usize, u64, &str)> = Vec::new();
        for (number, batch) in (1..).zip(&job.batches) {
            if batch.failed == 0 && batch.errors.is_empty() {
                quiet.push((number, batch.succeeded, batch.status.as_str()));
                continue;
            }
            tell(&mut rows, &mut quiet, width);
            let words =
                format!("batch {number}: {} · {} worked, {} not", batch.status.as_str(), batch.succeeded, batch.failed);
            rows.push(Row::of(cut::fit(&words, width), Role::Error));
            // The desk repeats each item's reason among the batch's errors: told once, by item, where it tells items.
            for error in batch.errors.iter().filter(|_| batch.results.is_empty()) {
                rows.push(Row::of(cut::fit(&format!("  {mark} {}", error.line()), width), Role::Error));
            }
            for item in &batch.results {
                let Some(error) = &item.error else { continue };
                let words = format!("  {mark} {}: {}", text::line(&item.client_ref), error.line());
                rows.extend(cut::wrap(&words, width.max(8)).into_iter().map(|line| Row::of(line, Role::Error)));
            }
        }
        tell(&mut rows, &mut quiet, width);
        if rows.is_empty() {
            rows.push(Row::of("no batch has been reported yet", Role::Dim));
        }
        rows
    }
}

/// Batches alike, in one line for each state.
fn tell(rows: &mut Vec<Row>, quiet: &mut Vec<(usize, u64, &str)>, width: usize) {
    while let Some((first, _, state)) = quiet.first().copied() {
        let alike = quiet.iter().take_while(|(_, _, other)| *other == state).count();
        let worked: u64 = quiet[..alike].iter().map(|(_, worked, _)| worked).sum();
        let last = quiet[alike - 1].0;
        let which = if first == last { format!("batch {first}") } else { format!("batches {first} to {last}") };
        rows.push(Row::of(cut::fit(&format!("{which}: {state} · {worked} worked"), width), Role::Text));
        quiet.drain(..alike);
    }
}
