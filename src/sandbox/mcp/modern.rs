//! Owns what the era without sessions demands of a request over HTTP: its headers, its `_meta`, and the stream of a
//! subscription.

use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::{
    Asked, Era, MODERN, Mcp,
    asking::Abilities,
    faults::McpFault,
    http::{self, Hit, Way, carry, empty, refused},
    rpc::{self, Failure, Message, Request},
    sse::Events,
    tools,
};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// Around a header's value that is no plain text.
const MARK: (&str, &str) = ("=?base64?", "?=");

/// The version a request names.
pub fn version(params: &Value) -> Option<&str> {
    params["_meta"][VERSION].as_str()
}

/// A message to this era.
pub async fn post(mcp: &Mcp, hit: &Hit, message: Message) -> Response {
    let request = match message {
        Message::Request(request) => request,
        Message::Notice { .. } => return empty(202),
        Message::Answer { id, .. } => {
            return refused(&id, &Failure::http(400, -32600, "Nothing was asked of you."));
        }
    };
    let id = request.id.clone();
    let abilities = match check(hit, &request) {
        Ok(abilities) => abilities,
        Err(failure) => return refused(&id, &failure),
    };
    let asked = Asked { endpoint: hit.endpoint, era: Era::Modern, request, who: hit.who.clone(), abilities };
    if asked.request.method != "server/discover" && asked.struck(mcp, McpFault::Headers).is_some() {
        return refused(&id, &mismatch("Mcp-Method", "something else"));
    }
    if asked.request.method == "subscriptions/listen" {
        return listen(mcp, hit, &asked);
    }
    let asks = asked.tool().and_then(tools::find).is_some_and(|tool| tool.asks.is_some());
    // A call that must ask may end in a status of its own, which a stream cannot say.
    let streams = hit.takes_stream() && !asks && http::reports_progress(&asked);
    carry(mcp, hit, asked, Way { session: None, streams, is_tied: true }).await
}

fn listen(mcp: &Mcp, hit: &Hit, asked: &Asked) -> Response {
    if !hit.takes_stream() {
        return refused(&asked.request.id, &Failure::http(406, -32600, "A subscription is a stream."));
    }
    let (out, frames) = unbounded_channel();
    let ended = json!({ "resultType": "complete" });
    let last = Some(rpc::answer(&asked.request.id, &ended));
    mcp.listen(asked, out);
    Events { frames, guard: None, last, clock: mcp.clock(), stop: mcp.stop() }.response()
}

fn mismatch(header: &str, said: &str) -> Failure {
    Failure::http(400, -32020, format!("Header mismatch: {header} is {said}."))
}

fn check(hit: &Hit, request: &Request) -> Result<Abilities, Failure> {
    let said = hit.header("mcp-protocol-version");
    let said = said.ok_or_else(|| mismatch("MCP-Protocol-Version", "missing"))?;
    let abilities = check_meta(&request.params, Some(said))?;
    let named = |header: &str, wanted: &str| match hit.header(header).map(decoded) {
        Some(said) if said == wanted => Ok(()),
        Some(said) => Err(mismatch(header, &said)),
        None => Err(mismatch(header, "missing")),
    };
    named("Mcp-Method", &request.method)?;
    let name = match request.method.as_str() {
        "tools/call" | "prompts/get" => request.params["name"].as_str(),
        "resources/read" => request.params["uri"].as_str(),
        _ => None,
    };
    if let Some(name) = name {
        named("Mcp-Name", name)?;
    }
    if request.method == "tools/call"
        && let Some(tool) = name.and_then(tools::find)
    {
        for (property, header) in tool.headers() {
            match &request.params["arguments"][&property] {
                Value::Null => {}
                Value::String(value) => named(&header, value)?,
                other => named(&header, &other.to_string())?,
            }
        }
    }
    Ok(abilities)
}

/// What a request says about itself: the version it speaks and what its client can do.
pub fn check_meta(params: &Value, header: Option<&str>) -> Result<Abilities, Failure> {
    let missing = |name: &str| Failure::http(400, -32602, format!("_meta lacks {name}."));
    let version = version(params).ok_or_else(|| missing(VERSION))?;
    if header.is_some_and(|said| said != version) {
        return Err(mismatch("MCP-Protocol-Version", "not what _meta says"));
    }
    if version != MODERN {
        let failure = Failure::http(400, -32022, format!("The version {version} is not spoken here."));
        return Err(failure.with(json!({ "supported": [MODERN], "requested": version })));
    }
    let capabilities = params["_meta"].get(CAPABILITIES).filter(|said| said.is_object());
    Ok(Abilities::of(capabilities.ok_or_else(|| missing(CAPABILITIES))?))
}

/// A header's value as it was meant.
fn decoded(value: &str) -> String {
    let inner = value.strip_prefix(MARK.0).and_then(|rest| rest.strip_suffix(MARK.1));
    let plain = inner.and_then(|inner| STANDARD.decode(inner).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    plain.unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_values_are_decoded_and_others_stay() {
        assert_eq!(decoded("=?base64?R3JheiDDvA==?="), "Graz ü");
        assert_eq!(decoded("=?base64?!!?="), "=?base64?!!?=");
        assert_eq!(decoded("Graz"), "Graz");
    }
}
