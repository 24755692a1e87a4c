//! Owns the making of an approved call at a server: what has to be as it was approved before anything leaves, and what is
//! certain about a call that did not end well.

use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;

use super::{Sources, mcp, progress};
use crate::{
    approval::{Change, Origin, Request, Ticket},
    connect::mcp::{Challenge, McpError, path},
    kustomer::{Outlet, OutletError},
};

/// Codes by which a server says that it did not take a call: no such method, no such tool or wrong arguments, a message it
/// cannot read, headers or versions it does not want (integrations reference, 3.3).
const NOT_TAKEN: [i64; 7] = [-32700, -32600, -32601, -32602, -32020, -32021, -32022];

impl Outlet for Sources {
    fn call<'a>(
        &'a self,
        change: &'a Change,
        n: usize,
        ticket: &'a Ticket,
    ) -> BoxFuture<'a, Result<Value, OutletError>> {
        async move {
            let (origin, request) = named(change, n)?;
            let not_called = |why: &str| OutletError::NotCalled(why.to_owned());
            let server = self.server(&origin.source).ok_or_else(|| not_called("its source is not set up here"))?;
            let (client, tools) = server.relist().await.map_err(|error| before(&error))?;
            let who = server.who(&client);
            let tool = tools.iter().find(|tool| tool.name == origin.tool);
            let tool = tool.ok_or_else(|| not_called("its server does not offer it any more"))?;
            if who.origin(tool) != *origin {
                return Err(not_called("it, or its server, is not what was approved any more"));
            }
            match client.perform(ticket, n, request, progress::listener()).await {
                Ok(told) if told.is_error => Err(OutletError::Failed(mcp::words(&told))),
                Ok(told) => Ok(mcp::kept(&told)),
                Err(error) => {
                    if error.is_gone() || error.is_unclear() {
                        server.forget().await;
                    }
                    if matches!(error, McpError::SignIn(_) | McpError::Scope(_)) {
                        server.fail(&error);
                    }
                    Err(after(&error))
                }
            }
        }
        .boxed()
    }
}

/// Whose tool a request calls: the one the card showed.
fn named(change: &Change, n: usize) -> Result<(&Origin, &Request), OutletError> {
    let not_called = |why: &str| OutletError::NotCalled(why.to_owned());
    let origin = change.subject().origin.as_ref().ok_or_else(|| not_called("nobody is named who offers it"))?;
    let request = change.requests().get(n).ok_or_else(|| not_called("it is not part of what was approved"))?;
    if request.path != path(&origin.source, &origin.tool) {
        return Err(not_called("its request is for another tool than the card named"));
    }
    Ok((origin, request))
}

/// What is certain when a server could not even be asked what it offers.
fn before(error: &McpError) -> OutletError {
    OutletError::NotCalled(plain(error))
}

/// What is certain after the call was to be made.
fn after(error: &McpError) -> OutletError {
    match error {
        McpError::Said { code, words } if NOT_TAKEN.contains(code) => {
            OutletError::Refused { code: *code, words: words.clone() }
        }
        McpError::Said { words, .. } => OutletError::Failed(words.clone()),
        McpError::Unclear(_) | McpError::Garbled(_) | McpError::TooMuch(_) | McpError::Asked(_) => {
            OutletError::Unclear(plain(error))
        }
        _ => OutletError::NotCalled(plain(error)),
    }
}

/// What happened, without the server's words: it goes into the audit trail.
fn plain(error: &McpError) -> String {
    match error {
        McpError::Unreachable { why, .. } => McpError::Unreachable { why, said: None }.to_string(),
        McpError::Said { code, .. } => format!("the MCP server refused ({code})"),
        McpError::Scope(_) => McpError::Scope(Challenge::default()).to_string(),
        McpError::Version(_) => "the MCP server speaks a version of the protocol that is not known here".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Text;

    #[test]
    fn what_is_certain_is_told_apart_and_no_servers_word_is_kept() {
        let words = || Text::from("canary-words");
        for (error, is) in [
            (McpError::Said { code: -32602, words: words() }, "Refused"),
            (McpError::Said { code: -32603, words: words() }, "Failed"),
            (McpError::Unclear("the connection ended"), "Unclear"),
            (McpError::Garbled("it is no answer"), "Unclear"),
            (McpError::TooMuch("an answer"), "Unclear"),
            (McpError::Asked("for a model"), "Unclear"),
            (McpError::NotApproved, "NotCalled"),
            (McpError::Unreachable { why: "refused", said: Some(words()) }, "NotCalled"),
            (McpError::Scope(Challenge::default()), "NotCalled"),
            (McpError::Version(words()), "NotCalled"),
            (McpError::SignIn(Challenge::default()), "NotCalled"),
        ] {
            let told = after(&error);
            assert!(format!("{told:?}").starts_with(is), "{told:?}");
            assert!(!told.to_string().contains("canary"), "{told}");
        }
    }
}
