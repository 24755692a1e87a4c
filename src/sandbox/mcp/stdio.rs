//! Owns the server over stdin and stdout: a line a message, both eras on one channel, its end at the end of the input.

use std::{
    io::{self, BufRead, Write},
    thread,
    time::Duration,
};

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::{
    Asked, Endpoint, Era, Mcp, REVISIONS, Setting,
    asking::Abilities,
    calls::Line,
    dispatch::{self, Finished},
    modern,
    rpc::{self, Failure, Message, Request},
    session::Session,
    sse::Frame,
};
use crate::{
    clock::Clock,
    sandbox::{
        faults::{FaultRule, Faults},
        model,
        times::Present,
    },
};

/// How long answers on their way may take once the input has ended.
const GRACE: Duration = Duration::from_secs(1);

/// Which eras are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaks {
    /// Whichever the client does.
    #[default]
    Both,
    /// 2026-07-28.
    Modern,
    /// The handshakes.
    Legacy,
}

/// Serves this process's stdin and stdout until the input ends.
pub async fn serve(seed: u64, faults: Vec<FaultRule>, clock: Clock, speaks: Speaks) -> io::Result<()> {
    let mcp = Mcp::new(Setting {
        faults: Faults::new(faults, seed),
        present: Present::new(clock),
        stop: CancellationToken::new(),
        seed,
        pace: model::PACE,
        base: None,
    });
    let (heard, lines) = unbounded_channel();
    // A thread of its own: a read of stdin cannot be given up.
    thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n') {
            let Ok(line) = line else { return };
            if heard.send(line).is_err() {
                return;
            }
        }
    });
    talk(mcp, speaks, lines, io::stdout()).await
}

/// Answers lines until they end or a fault ends it.
pub(super) async fn talk(
    mcp: Mcp,
    speaks: Speaks,
    mut lines: UnboundedReceiver<Vec<u8>>,
    mut write: impl Write,
) -> io::Result<()> {
    let (out, mut frames) = unbounded_channel();
    let clock = mcp.clock();
    let session = Session::new(REVISIONS[0], Abilities::default());
    let mut talk = Talk { mcp, speaks, out, session };
    loop {
        tokio::select! {
            frame = frames.recv() => if !written(&mut write, frame)? { return Ok(()) },
            line = lines.recv() => match line {
                Some(line) => talk.heard(&line),
                None => break,
            },
        }
    }
    talk.mcp.kept().listeners.clear();
    talk.session.hang_up();
    drop(talk);
    let drain = async {
        while written(&mut write, frames.recv().await)? {}
        Ok(())
    };
    tokio::select! {
        drained = drain => drained,
        () = clock.sleep(GRACE) => Ok(()),
    }
}

/// Writes a frame; false when the talk is over.
fn written(write: &mut impl Write, frame: Option<Frame>) -> io::Result<bool> {
    match frame {
        Some(Frame::Message(message)) => {
            writeln!(write, "{message}")?;
            write.flush()?;
            Ok(true)
        }
        Some(Frame::Cut(message)) => {
            let text = message.to_string();
            let cut: String = text.chars().take(text.chars().count() / 2).collect();
            write!(write, "{cut}")?;
            write.flush()?;
            Ok(false)
        }
        Some(Frame::Break) | None => Ok(false),
    }
}

struct Talk {
    mcp: Mcp,
    speaks: Speaks,
    out: UnboundedSender<Frame>,
    session: Session,
}

impl Talk {
    fn say(&self, message: Value) {
        // The other end of this channel is the loop that called us.
        let _ = self.out.send(Frame::Message(message));
    }

    fn heard(&mut self, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        match rpc::read(line) {
            Err(failure) => self.say(failure.answer(&Value::Null)),
            Ok(Message::Answer { id, outcome }) => self.session.answered(&id, outcome),
            Ok(Message::Notice { method, params }) => {
                if method == "notifications/cancelled" {
                    self.session.cancel(&params["requestId"]);
                    self.mcp.kept().listeners.retain(|listener| listener.id != params["requestId"]);
                }
            }
            Ok(Message::Request(request)) => self.asked(request),
        }
    }

    fn asked(&mut self, request: Request) {
        let says = modern::version(&request.params).is_some() || request.method == "server/discover";
        let is_modern = match self.speaks {
            Speaks::Both => says,
            Speaks::Modern => true,
            Speaks::Legacy => false,
        };
        let (era, abilities) = if is_modern {
            match modern::check_meta(&request.params, None) {
                Ok(abilities) => (Era::Modern, abilities),
                Err(failure) => return self.refuse(&request.id, &failure),
            }
        } else {
            (Era::Legacy(self.session.revision()), self.session.abilities())
        };
        let asked = Asked { endpoint: Endpoint::Stdio, era, request, who: "parent".into(), abilities };
        match (asked.request.method.as_str(), is_modern) {
            ("initialize", false) => self.initialize(&asked),
            ("subscriptions/listen", true) => self.mcp.listen(&asked, self.out.clone()),
            _ => self.run(asked),
        }
    }

    fn refuse(&self, id: &Value, failure: &Failure) {
        self.say(failure.answer(id));
    }

    fn initialize(&mut self, asked: &Asked) {
        let (result, revision) = dispatch::initialized(&self.mcp, asked);
        self.session = Session::new(revision, Abilities::of(&asked.request.params["capabilities"]));
        self.session.listens(self.out.clone());
        self.mcp.kept().sessions.insert("stdio".into(), (self.session.clone(), self.mcp.now()));
        self.say(rpc::answer(&asked.request.id, &result));
    }

    fn run(&self, asked: Asked) {
        let (mcp, session, out) = (self.mcp.clone(), self.session.clone(), self.out.clone());
        let cancel = session.begins(&asked.request.id);
        tokio::spawn(async move {
            let line = Line { out: Some(out.clone()), session: Some(session.clone()) };
            let finished: Option<Finished> = tokio::select! {
                finished = dispatch::answer(&mcp, &asked, &line) => Some(finished),
                () = cancel.cancelled() => None,
            };
            session.ended(&asked.request.id);
            if let Some(finished) = finished {
                // The loop may have ended by a fault meanwhile.
                let _ = out.send(finished.frame());
            }
        });
    }
}
