//! Owns streams of server-sent events: messages as they come, comments while none does, and breaks on demand.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use futures::stream;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::Clock;

/// How long a stream is silent at most.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What goes over a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A message.
    Message(Value),
    /// Half a message, then the connection breaks.
    Cut(Value),
    /// The connection breaks.
    Break,
}

/// A stream and what it hangs on.
#[derive(Debug)]
pub struct Events {
    /// What goes over it, until its senders are gone.
    pub frames: UnboundedReceiver<Frame>,
    /// Dropped when the client goes away.
    pub guard: Option<DropGuard>,
    /// The last message, when the server ends the stream by itself.
    pub last: Option<Value>,
    /// For keep-alive.
    pub clock: Clock,
    /// When the server ends.
    pub stop: CancellationToken,
}

impl Events {
    /// As an answer.
    pub fn response(self) -> Response {
        let pieces = stream::unfold((self, false), |(mut events, is_broken)| async move {
            if is_broken {
                // What was sent before reaches the wire first.
                tokio::task::yield_now().await;
                return Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), (events, false)));
            }
            let Some((bytes, breaks)) = events.next().await else {
                // Nothing is left to be stopped.
                drop(events.guard.take());
                return None;
            };
            Some((Ok(Bytes::from(bytes)), (events, breaks)))
        });
        let mut response = Response::new(Body::from_stream(pieces));
        let headers = [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-cache"),
            (HeaderName::from_static("x-accel-buffering"), "no"),
        ];
        for (name, value) in headers {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// The next bytes, and whether the connection breaks behind them.
    async fn next(&mut self) -> Option<(String, bool)> {
        let is_ending = self.stop.is_cancelled();
        tokio::select! {
            frame = self.frames.recv() => match frame? {
                Frame::Message(message) => Some((written(&message), false)),
                Frame::Cut(message) => Some((half(&message.to_string()), true)),
                Frame::Break => Some((": \n\n".to_owned(), true)),
            },
            () = self.stop.cancelled(), if !is_ending => {
                self.frames.close();
                Some((self.last.take().map_or_else(String::new, |last| written(&last)), false))
            }
            () = self.clock.sleep(KEEP_ALIVE) => Some((": keep-alive\n\n".to_owned(), false)),
        }
    }
}

fn written(message: &Value) -> String {
    format!("event: message\ndata: {message}\n\n")
}

/// Half a message, cut between two characters.
pub fn half(text: &str) -> String {
    let cut = text.chars().take(text.chars().count() / 2).collect::<String>();
    format!("event: message\ndata: {cut}")
}
