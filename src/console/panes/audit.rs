//! Holds the place of the Audit pane.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    actions::Action,
    pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
    widgets::frame,
};

/// The pane.
#[derive(Debug, Default)]
pub struct Audit;

impl Pane for Audit {
    const SPEC: Spec = Spec { title: "Audit", about: "", actions: &[] };

    fn enter(&mut self, _cx: &mut UpdateCx<'_>) {}

    fn act(&mut self, _action: Action, _cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        Err(Cannot("that does nothing here yet"))
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        frame::pane(cx, area, buf);
    }
}
