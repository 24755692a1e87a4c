//! Owns the Bulk pane: jobs of this machine, watched live, batch by batch, each failure under the reference people know; told to
//! stand still or go on; planned again or taken back; and new ones made from a file or pasted rows (`wizard`). It sends nothing:
//! every plan becomes a wish, and jobs are run by the engine.

mod detail;
mod linear;
mod list;
mod wizard;

use std::collections::BTreeMap;

use ratatui::{buffer::Buffer, layout::Rect};

use self::wizard::Wizard;
use crate::{
    approval::Change,
    bulk::{JobState, Progress},
    console::{
        actions::Action,
        effect::{Effect, Fetch, Wish},
        jobs::{Does, JobRow, Planned, Planning},
        keymap::Key,
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        state::Shared,
        theme::Role,
        widgets::{frame, list::Cursor, states},
    },
    domain::{BulkId, BulkJob, BulkStatus},
    kustomer::Receipt,
    privacy::text,
};

/// Rows from which on the chosen job's detail is shown unasked.
const ROOMY: u16 = 14;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Bulk {
    listed: Remote<Vec<JobRow>>,
    jobs: BTreeMap<BulkId, Remote<BulkJob>>,
    paces: BTreeMap<BulkId, Progress>,
    cursor: Cursor,
    /// Lines of the detail scrolled past; `None` while the list has the keys.
    detail: Option<usize>,
    wizard: Option<Wizard>,
    /// What rows become is asked when the klasses are here.
    waits_for_klasses: bool,
}

impl Pane for Bulk {
    const SPEC: Spec = Spec {
        title: "Bulk",
        about: "jobs over many records: from a file, watched, taken up again, taken back",
        actions: &[
            Action::Import,
            Action::PutForward,
            Action::PauseJob,
            Action::CancelJob,
            Action::RetryJob,
            Action::UndoJob,
            Action::JobResults,
            Action::Canary,
        ],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        self.listed.ask();
        cx.fetch(Fetch::Jobs);
    }

    fn visit(&mut self, target: &Target, cx: &mut UpdateCx<'_>) {
        if let Target::BulkOf { resource, ids, words } = target {
            self.wizard = Some(Wizard::of_ids(resource.clone(), ids.clone(), words.clone()));
            self.wizard_asks(cx);
        }
    }

    fn fetched(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match (fetch, answer) {
            (Fetch::Jobs, Fetched::Jobs(answer)) => {
                self.listed.answer(answer, cx.shared.moment.now);
                self.watch(cx);
            }
            (Fetch::Job { id, .. }, Fetched::Job(answer)) => self.looked(id, answer, cx),
            (Fetch::Plan(planning), Fetched::Plan(answer)) => self.planned(planning, *answer, cx),
            _ => {}
        }
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.wizard.is_some() && action != Action::Reload {
            return self.wizard_act(action, cx);
        }
        if let Some(top) = self.detail {
            let last = self.chosen().map_or(0, |job| self.detail_rows(job, 80, cx.shared).len());
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
                let id = self.chosen().ok_or(Cannot("choose a job first"))?.started.id.to_string();
                cx.effect(Effect::Copy(id));
                cx.say("the job's id is on the clipboard");
            }
            Action::Import => {
                self.wizard = Some(Wizard::default());
                // They are chosen from in a moment.
                if matches!(cx.shared.klasses, Remote::NotAsked | Remote::Failed(None, _)) {
                    cx.fetch(Fetch::Klasses);
                }
            }
            other => return self.job_act(other, cx),
        }
        Ok(())
    }

    fn picked(&mut self, _purpose: &'static str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        self.wizard_picked(chosen, cx)
    }

    fn performed(&mut self, change: &Change, _result: Result<&Receipt, &Problem>, cx: &mut UpdateCx<'_>) {
        if change.manifest().is_some() {
            self.enter(cx);
        }
    }

    fn tick(&mut self, cx: &mut UpdateCx<'_>) {
        if self.waits_for_klasses && !cx.shared.klasses.is_loading() {
            self.wizard_asks(cx);
        }
    }

    fn ticks(&self) -> bool {
        self.waits_for_klasses
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        let is_running = |row: &&JobRow| {
            let at_the_desk = || {
                let job = self.jobs.get(&row.started.id).and_then(Remote::value);
                job.is_some_and(|job| job.status != BulkStatus::Complete)
            };
            row.state().map_or_else(at_the_desk, |state| state == JobState::Running)
        };
        let count = self.rows().iter().filter(is_running).count();
        (count > 0).then(|| count.to_string())
    }

    fn is_typing(&self) -> bool {
        self.wizard.as_ref().is_some_and(Wizard::is_typing)
    }

    fn type_key(&mut self, key: &Key, _cx: &mut UpdateCx<'_>) {
        if let Some(Wizard::Source(input)) = &mut self.wizard {
            input.key(key);
        }
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        self.wizard_pasted(text, cx);
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::pane(cx, area, buf);
        if let Some(wizard) = &self.wizard {
            return wizard.view(cx, inside, buf);
        }
        if inside.height < 2 || states::instead(cx.theme, &self.listed, "jobs", inside, buf) {
            return;
        }
        if self.rows().is_empty() {
            let lines = [
                "i imports a file or pasted rows; the assistant proposes jobs too; marked rows become one from the queue.",
                "Each is previewed and approved first, then watched here, batch by batch.",
            ];
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
    fn rows(&self) -> &[JobRow] {
        self.listed.value().map_or(&[], Vec::as_slice)
    }

    fn chosen(&self) -> Option<&JobRow> {
        self.rows().get(self.cursor.chosen(self.rows().len())?)
    }

    /// Asks after the chosen job, every job that runs, and those of the desk that are not known to have ended.
    fn watch(&mut self, cx: &mut UpdateCx<'_>) {
        let mut wanted = Vec::new();
        for row in self.rows() {
            let known = self.jobs.get(&row.started.id);
            let is_over = known.and_then(Remote::value).is_some_and(|job| job.status == BulkStatus::Complete);
            let is_asked = known.is_some_and(Remote::is_loading);
            if !is_asked && (row.state() == Some(JobState::Running) || !is_over) {
                wanted.push(row.started.id.clone());
            }
        }
        for id in wanted {
            self.jobs.entry(id.clone()).or_default().ask();
            cx.fetch(Fetch::Job { id, paced: false });
        }
    }

    /// Takes in how a job stands, and looks again while it moves.
    fn looked(&mut self, id: &BulkId, answer: Result<(BulkJob, Option<JobRow>), Problem>, cx: &mut UpdateCx<'_>) {
        let own = answer.as_ref().ok().and_then(|(_, own)| own.clone());
        if let Some(snapshot) = own.as_ref().and_then(|row| row.own.as_ref()) {
            self.paces.entry(id.clone()).or_default().note(cx.shared.moment.elapsed, snapshot);
        }
        let listed = self.listed.value_mut().and_then(|rows| rows.iter_mut().find(|row| row.started.id == *id));
        if let (Some(listed), Some(own)) = (listed, own.clone()) {
            *listed = own;
        }
        let job = self.jobs.entry(id.clone()).or_default();
        job.answer(answer.map(|(job, _)| job), cx.shared.moment.now);
        // A failed look is not repeated by itself: `r` does, and the row says so. One that stands still is looked at when
        // somebody acts on it.
        let moves = match (&own, &*job) {
            (Some(own), _) => own.state() == Some(JobState::Running),
            (None, Remote::Ready(job, _)) => job.status != BulkStatus::Complete,
            (None, _) => false,
        };
        if moves {
            cx.fetch(Fetch::Job { id: id.clone(), paced: true });
        }
    }

    /// A plan is there: one made from rows is shown first, any other goes straight to its card.
    fn planned(&mut self, planning: &Planning, answer: Result<Planned, Problem>, cx: &mut UpdateCx<'_>) {
        match (planning, answer) {
            (Planning::Of(wanted), answer) => {
                // It may have been given up meanwhile: then the plan goes, too.
                match (self.wizard.take(), answer) {
                    (Some(Wizard::Making(_)), Ok(planned)) => {
                        self.wizard = Some(Wizard::previewing((**wanted).clone(), planned));
                    }
                    (Some(Wizard::Making(_)), Err(problem)) => self.wizard = Some(Wizard::Failed(problem)),
                    (other, Ok(planned)) => {
                        self.wizard = other;
                        cx.effect(Effect::Job(Does::Forget, planned.id));
                    }
                    (other, Err(_)) => self.wizard = other,
                }
            }
            (_, Ok(planned)) if planned.sends => {
                cx.wish(Wish { change: planned.change, reason: planned.reason });
                self.enter(cx);
            }
            (_, Ok(planned)) => {
                cx.say(text::line(&format!("nothing to send: {}", planned.preview.join(" · "))).into_string());
                cx.effect(Effect::Job(Does::Forget, planned.id));
            }
            (_, Err(problem)) => cx.say(format!("{}: {}", problem.what, problem.why)),
        }
    }

    /// What is asked of the chosen job.
    fn job_act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let row = self.chosen().ok_or(Cannot("there is no job to do that to"))?;
        let id = row.started.id.to_string();
        let state = row.state().ok_or(Cannot("the desk alone knows this job: it can only be watched"))?;
        let act = match (action, state) {
            (Action::PauseJob, JobState::Running) => Does::Pause,
            (Action::PauseJob, JobState::Paused | JobState::Interrupted) => Does::Resume,
            (Action::PauseJob | Action::PutForward, JobState::Planned) => return plan(Planning::Again(id), cx),
            (Action::PutForward, _) => return Err(Cannot("it has its approval")),
            (Action::CancelJob, JobState::Planned) => Does::Forget,
            (Action::CancelJob, JobState::Running | JobState::Paused | JobState::Interrupted) => Does::Cancel,
            (Action::PauseJob | Action::CancelJob, _) => return Err(Cannot("it is over")),
            (Action::RetryJob | Action::UndoJob, state) if !state.is_over() => {
                return Err(Cannot("it is not over yet: let it end, or end it with X"));
            }
            (Action::RetryJob, _) => return plan(Planning::Retry(id), cx),
            (Action::UndoJob, _) => return plan(Planning::Undo(id), cx),
            (Action::JobResults, _) => Does::Results,
            (Action::Canary, _) => return Err(Cannot("that is said while a plan is made")),
            _ => return Err(Cannot("nothing to do that to here")),
        };
        cx.effect(Effect::Job(act, id));
        Ok(())
    }
}

/// Has a plan made; its card comes when it is there.
#[expect(clippy::unnecessary_wraps, reason = "the last word of an action")]
fn plan(planning: Planning, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
    cx.say("being planned …");
    cx.fetch(Fetch::Plan(planning));
    Ok(())
}
