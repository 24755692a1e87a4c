//! Owns earlier dialogues in the assistant's pane: the list of those about this conversation, the search over all, and one of
//! them to read. Nothing in it is run again or put to a model. What is kept is `assistant::transcript`'s.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    assistant::transcript::{Said, Step},
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        linear::spoken::Spoken,
        msg::Fetched,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx, ViewCx},
        theme::Role,
        widgets::{cut, frame, list, when},
    },
    privacy::text,
    store::{Looking, TranscriptHead},
};

/// What words are asked for.
const FIND: &str = "transcript.find";
/// What a dialogue is picked for.
const OPEN: &str = "transcript.open";
/// Lines of one step that are drawn at most.
const LONGEST: usize = 200;

/// What is read of earlier dialogues.
#[derive(Debug, Default)]
pub struct Past {
    shown: Option<(TranscriptHead, Vec<Step>)>,
    chosen: usize,
}

impl Past {
    /// Whether one is being read.
    pub fn is_open(&self) -> bool {
        self.shown.is_some()
    }

    /// Takes an action that is about earlier dialogues; `None` for every other.
    pub fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Option<Result<(), Cannot>> {
        match action {
            Action::Transcripts => return Some(Self::of_conversation(cx)),
            Action::FindTranscript => {
                let hint = "words that were said; values were never kept";
                cx.pick(Picker::new("Search all dialogues", FIND, Vec::new()).or_text(hint));
                return Some(Ok(()));
            }
            _ => {}
        }
        let (_, steps) = self.shown.as_ref()?;
        let last = steps.len().saturating_sub(1);
        match action {
            Action::Back => self.shown = None,
            Action::Copy => {
                let step = steps.get(self.chosen)?;
                cx.effect(Effect::Copy(format!("{}\n{}", step.who(), step.body())));
                cx.say("copied");
            }
            moving => self.chosen = list::moved(moving, self.chosen, last)?,
        }
        Some(Ok(()))
    }

    fn of_conversation(cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let conversation = cx.shared.current.as_ref().and_then(|current| current.conversation.clone());
        let none = "no conversation in hand; open one, or search all dialogues";
        let conversation = Some(conversation.ok_or(Cannot(none))?);
        cx.fetch(Fetch::Transcripts(Looking { conversation, ..Looking::default() }));
        Ok(())
    }

    /// Something was picked; `None` when the list was another's.
    pub fn picked(purpose: &str, chosen: &str, cx: &mut UpdateCx<'_>) -> Option<Result<(), Cannot>> {
        match purpose {
            FIND => {
                let words = chosen.split_whitespace().map(str::to_owned).collect();
                cx.fetch(Fetch::Transcripts(Looking { words, ..Looking::default() }));
            }
            OPEN => cx.fetch(Fetch::Transcript(chosen.to_owned())),
            _ => return None,
        }
        Some(Ok(()))
    }

    /// What was asked for came.
    pub fn fetched(&mut self, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match answer {
            Fetched::Transcripts(Ok(found)) if found.is_empty() => cx.say("no earlier dialogue like that"),
            Fetched::Transcripts(Ok(found)) => {
                let choices = found.into_iter().map(|head| choice(&head, cx));
                cx.pick(Picker::new("Earlier dialogues", OPEN, choices.collect()));
            }
            Fetched::Transcript(Ok(Some(shown))) => (self.shown, self.chosen) = (Some(shown), 0),
            Fetched::Transcript(Ok(None)) => cx.say("that dialogue is gone"),
            Fetched::Transcripts(Err(problem)) | Fetched::Transcript(Err(problem)) => {
                cx.say(format!("{}: {}", problem.what, problem.why));
            }
            _ => {}
        }
    }

    /// Draws the one that is read.
    pub fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some((head, steps)) = self.shown.as_ref().filter(|_| area.height > 0) else { return };
        let rule = format!("earlier dialogue {}, to read only: esc closes it", head.id);
        frame::row(
            &Line::styled(cut::fit(&rule, usize::from(area.width)), cx.theme.style(Role::Warning)),
            area,
            0,
            buf,
        );
        let area = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let width = usize::from(area.width).saturating_sub(2);
        let mut lines: Vec<(usize, String, Role)> = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            lines.push((at, text::line(&step.who()).into_string(), role(step)));
            let body = cut::wrap(step.body().trim_end(), width.max(8));
            lines.extend(body.into_iter().take(LONGEST).map(|line| (at, line, Role::Text)));
            lines.push((at, String::new(), Role::Text));
        }
        let first = lines.iter().position(|(at, ..)| *at == self.chosen).unwrap_or(0);
        let top = first.min(lines.len().saturating_sub(usize::from(area.height)));
        for (y, (at, words, role)) in (0..area.height).zip(lines.iter().skip(top)) {
            let mark = match (*at == self.chosen, cx.shared.ascii) {
                (true, false) => "▌ ",
                (true, true) => "> ",
                (false, _) => "  ",
            };
            let spans =
                [Span::styled(mark, cx.theme.style(Role::Accent)), Span::styled(words.as_str(), cx.theme.style(*role))];
            frame::row(&Line::from(spans.to_vec()), area, y, buf);
        }
    }

    /// The one that is read, in words.
    pub fn in_words(&self) -> Option<Spoken> {
        let (head, steps) = self.shown.as_ref()?;
        let row = |step: &Step| format!("{}: {}", text::line(&step.who()), step.body().trim_end());
        let rows = steps.iter().map(row).collect();
        let head = format!("earlier dialogue {}, to read only", head.id);
        Some(Spoken { head, rows, chosen: Some(self.chosen), ..Spoken::default() })
    }

    /// Chooses a step by its place.
    pub fn choose(&mut self, place: usize) {
        self.chosen = place;
    }
}

fn choice(head: &TranscriptHead, cx: &UpdateCx<'_>) -> Choice {
    let began = head
        .began
        .parse()
        .map_or_else(|_| head.began.clone(), |at| when::at(at, cx.shared.moment.now, &cx.shared.zone));
    Choice { id: head.id.clone(), label: head.title.clone(), detail: format!("{began}, {} steps", head.steps) }
}

fn role(step: &Step) -> Role {
    match step.said {
        Said::Person { .. } => Role::AssistantPerson,
        Said::Model { .. } | Said::Call { .. } => Role::AssistantCall,
        Said::Notice { .. } => Role::Dim,
    }
}
