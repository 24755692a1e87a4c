//! Owns what a request means, whichever way it came: methods of both eras, and the last thing done to an answer. Transport
//! is `http`'s and `stdio`'s.

use serde_json::{Value, json};

use super::{
    Asked, Era, MODERN, Mcp, REVISIONS,
    calls::{self, Line},
    faults::McpFault,
    rpc::{self, Failure},
    spoil,
    tools::{self, PAGE, TOOLS},
};

/// How long what is listed stays true, milliseconds.
const FRESH_MS: u64 = 60_000;
/// A version of the protocol nobody knows.
const NO_VERSION: &str = "2031-01-01";

/// How an answer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it is.
    Whole,
    /// Half of it, then nothing.
    Cut,
    /// Not at all: the connection drops.
    Dies,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The message.
    pub message: Value,
    /// What HTTP says beside it.
    pub status: u16,
    /// How it leaves.
    pub ending: Ending,
}

impl Finished {
    /// A refusal.
    pub fn refused(id: &Value, failure: &Failure) -> Self {
        Self { message: failure.answer(id), status: failure.status, ending: Ending::Whole }
    }
}

/// Answers a request.
pub async fn answer(mcp: &Mcp, asked: &Asked, line: &Line) -> Finished {
    let id = &asked.request.id;
    let result = match asked.request.method.as_str() {
        "tools/list" => list(mcp, asked),
        "tools/call" => calls::call(mcp, asked, line).await,
        "ping" if asked.era != Era::Modern => Ok(json!({})),
        "server/discover" if asked.era == Era::Modern => Ok(discovered(mcp, asked)),
        method => {
            let failure = Failure::new(-32601, format!("There is no method {method}."));
            Err(Failure { status: if asked.era == Era::Modern { 404 } else { 200 }, ..failure })
        }
    };
    match result {
        Ok(result) => finished(mcp, asked, result),
        Err(failure) => Finished::refused(id, &failure),
    }
}

fn finished(mcp: &Mcp, asked: &Asked, mut result: Value) -> Finished {
    if asked.era == Era::Modern {
        if result.get("resultType").is_none() {
            result["resultType"] = json!("complete");
        }
        result["_meta"] = json!({ "io.modelcontextprotocol/serverInfo": server_info() });
    }
    let mut id = asked.request.id.clone();
    let mut ending = Ending::Whole;
    if asked.request.method == "tools/call" {
        let is_done = result["isError"] == false;
        let wrote = is_done && asked.tool().and_then(tools::find).is_some_and(|tool| tool.writes);
        if asked.struck(mcp, McpFault::OtherId).is_some() {
            id = other(&id);
        }
        if wrote && asked.struck(mcp, McpFault::Dies).is_some() {
            ending = Ending::Dies;
        } else if asked.struck(mcp, McpFault::Cut).is_some() {
            ending = Ending::Cut;
        }
        if asked.struck(mcp, McpFault::ListChanged).is_some() {
            mcp.announce_change();
        }
    }
    Finished { message: rpc::answer(&id, &result), status: 200, ending }
}

/// An id that could be another request's.
fn other(id: &Value) -> Value {
    id.as_i64().map_or_else(|| json!(format!("{}0", id.as_str().unwrap_or("x"))), |number| json!(number + 1_000))
}

fn server_info() -> Value {
    json!({ "name": "parcelry", "title": "Parcelry (simulated)", "version": "1.0.0" })
}

const INSTRUCTIONS: &str = "Parcels, refunds and labels of a simulated shipping service.";

fn capabilities() -> Value {
    json!({ "tools": { "listChanged": true } })
}

fn discovered(mcp: &Mcp, asked: &Asked) -> Value {
    let lies = asked.struck(mcp, McpFault::Version).is_some();
    json!({
        "supportedVersions": if lies { vec![NO_VERSION] } else { vec![MODERN] },
        "capabilities": capabilities(), "instructions": INSTRUCTIONS, "ttlMs": FRESH_MS, "cacheScope": "public",
    })
}

/// The answer to a handshake, and the revision agreed on: what was asked for, or the newest.
pub fn initialized(mcp: &Mcp, asked: &Asked) -> (Value, &'static str) {
    let wanted = asked.request.params["protocolVersion"].as_str();
    let newest = REVISIONS[REVISIONS.len() - 1];
    let agreed = REVISIONS.into_iter().find(|known| Some(*known) == wanted).unwrap_or(newest);
    let told = if asked.struck(mcp, McpFault::Version).is_some() { NO_VERSION } else { agreed };
    let result = json!({
        "protocolVersion": told, "capabilities": capabilities(), "serverInfo": server_info(),
        "instructions": INSTRUCTIONS,
    });
    (result, agreed)
}

fn list(mcp: &Mcp, asked: &Asked) -> Result<Value, Failure> {
    let from = match asked.request.params.get("cursor") {
        None | Some(Value::Null) => 0,
        Some(cursor) => {
            let opened = cursor.as_str().and_then(|cursor| mcp.seal().open(cursor));
            let from = opened.and_then(|opened| opened["o"].as_u64());
            from.ok_or_else(|| Failure::params("This cursor is not one of ours."))? as usize
        }
    };
    let all = spoil::list(mcp, asked, TOOLS.iter().map(tools::Tool::told).collect());
    let is_endless = asked.struck(mcp, McpFault::Pages).is_some();
    let start = if is_endless { from % all.len() } else { from };
    let page: Vec<&Value> = all.iter().skip(start).take(PAGE).collect();
    let mut result = json!({ "tools": page });
    if is_endless || from + PAGE < all.len() {
        result["nextCursor"] = json!(mcp.seal().close(&json!({ "o": from + PAGE })));
    }
    if asked.era == Era::Modern {
        result["ttlMs"] = json!(FRESH_MS);
        result["cacheScope"] = json!("public");
    }
    Ok(result)
}
