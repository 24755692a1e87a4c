//! Owns what a call of a tool does and how it is carried through in either era: an era without a session answers that it
//! needs input and is asked again; one with a session asks on the way. The tool itself does not know which.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    Asked, Era, Mcp,
    asking::{self, Answer, KEY},
    evidence::Entry,
    faults::McpFault,
    media,
    parcels::{Done, Parcels, text},
    rpc::{self, Failure},
    seal,
    session::Session,
    spoil,
    sse::Frame,
    tools::{self, Asks, Tool},
};
use crate::sandbox::times::iso;

/// How long a state that was given out may be brought back.
const STATE_MS: i64 = 10 * 60_000;
/// Pieces of a report.
const PIECES: u32 = 5;
/// From this revision on there is structured content, and callers can be asked.
const STRUCTURED: &str = "2025-06-18";

/// Where a call may speak before it is answered.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// The stream of the answer, where there is one.
    pub out: Option<UnboundedSender<Frame>>,
    /// Who can be asked on the way.
    pub session: Option<Session>,
}

impl Line {
    fn say(&self, message: Value) {
        if let Some(out) = &self.out {
            // Nobody listens any more: the answer will find that out.
            let _ = out.send(Frame::Message(message));
        }
    }
}

/// What one step of a call came to.
enum Step {
    Done(Value, bool),
    Failed(String),
    Ask(Value),
}

impl From<Done> for Step {
    fn from(done: Done) -> Self {
        match done {
            Ok((value, effect)) => Self::Done(value, effect),
            Err(why) => Self::Failed(why),
        }
    }
}

/// A call in the log; one that is dropped on the way was cancelled.
struct Recorded<'a> {
    mcp: &'a Mcp,
    seq: u64,
    is_over: bool,
}

impl Recorded<'_> {
    fn end(&mut self, outcome: &'static str, effect: bool) {
        self.is_over = true;
        self.mcp.kept().log.end(self.seq, outcome, effect);
    }
}

impl Drop for Recorded<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.mcp.kept().log.end(self.seq, "cancelled", false);
        }
    }
}

/// One call.
struct Call<'a> {
    mcp: &'a Mcp,
    asked: &'a Asked,
    line: &'a Line,
    tool: &'a Tool,
    given: Value,
    /// How often it was asked before.
    round: u64,
}

/// Carries a `tools/call` out and gives its result.
pub async fn call(mcp: &Mcp, asked: &Asked, line: &Line) -> Result<Value, Failure> {
    let params = &asked.request.params;
    let name = params["name"].as_str().ok_or_else(|| Failure::params("name is missing."))?;
    let given = match params.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(given)) => given.clone(),
        Some(_) => return Err(Failure::params("arguments is an object.")),
    };
    let mut recorded = begin(mcp, asked, name, &given);
    let Some(tool) = tools::find(name) else {
        recorded.end("refused", false);
        return spoil::made_up(name).ok_or_else(|| Failure::params(format!("There is no tool {name}.")));
    };
    if let Some(ms) = asked.struck(mcp, McpFault::Slow) {
        mcp.sleep(Duration::from_millis(ms.unsigned_abs())).await;
    }
    if let Some(why) = tool.refuses(&given) {
        recorded.end("failed", false);
        return Ok(failed(&why));
    }
    let call = Call { mcp, asked, line, tool, given: Value::Object(given), round: 0 };
    let outcome = match asked.era {
        Era::Modern => call.stepwise().await,
        Era::Legacy(_) => call.through().await,
    };
    match &outcome {
        Ok((result, effect)) => recorded.end(word(result), *effect),
        Err(_) => recorded.end("refused", false),
    }
    outcome.map(|(result, _)| spoil::result(mcp, asked, result))
}

fn begin<'a>(mcp: &'a Mcp, asked: &Asked, name: &str, given: &Map<String, Value>) -> Recorded<'a> {
    let entry = Entry {
        seq: 0,
        at: iso(mcp.now()),
        era: asked.era.name(),
        revision: asked.era.revision(),
        endpoint: asked.endpoint.path(),
        id: asked.request.id.clone(),
        tool: name.to_owned(),
        arguments: Value::Object(given.clone()),
        outcome: "running",
        effect: false,
    };
    Recorded { mcp, seq: mcp.kept().log.begin(entry), is_over: false }
}

fn word(result: &Value) -> &'static str {
    match (result["resultType"].as_str(), result["isError"].as_bool()) {
        (Some("input_required"), _) => "asked",
        (_, Some(true)) => "failed",
        _ => "done",
    }
}

/// A result that says what went wrong in the system behind.
pub fn failed(why: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": why }], "isError": true })
}

impl Call<'_> {
    /// One step: what the caller answered so far travels with the request and is signed.
    async fn stepwise(mut self) -> Result<(Value, bool), Failure> {
        let params = &self.asked.request.params;
        let state = params.get("requestState").map(|state| self.brought_back(state)).transpose()?;
        self.round = state.flatten().unwrap_or(0);
        let answers = if self.round > 0 { params.get("inputResponses") } else { None };
        match self.step(answers.and_then(|answers| answers.get(KEY))).await {
            Step::Ask(request) => {
                self.can_be_asked(&request)?;
                let state = json!({
                    "d": seal::digest(self.tool.name, &self.given), "w": self.asked.who,
                    "x": self.mcp.now() + STATE_MS, "n": self.round + 1,
                });
                let result = json!({
                    "resultType": "input_required", "inputRequests": { KEY: request },
                    "requestState": self.mcp.seal().close(&state),
                });
                Ok((result, false))
            }
            step => Ok(self.result(step)),
        }
    }

    /// How often it was asked, if the state is one of ours, of this request and this caller; none when it is too old.
    fn brought_back(&self, state: &Value) -> Result<Option<u64>, Failure> {
        let wrong = || Failure::params("requestState is not the one that was given for this request.");
        let state = state.as_str().and_then(|state| self.mcp.seal().open(state)).ok_or_else(wrong)?;
        if state["d"] != seal::digest(self.tool.name, &self.given) || state["w"] != self.asked.who {
            return Err(wrong());
        }
        let is_fresh = state["x"].as_i64().is_some_and(|until| self.mcp.now() < until);
        Ok(state["n"].as_u64().filter(|_| is_fresh))
    }

    fn can_be_asked(&self, request: &Value) -> Result<(), Failure> {
        let (asks, mode) = if request["params"]["mode"] == "url" { (Asks::Url, "url") } else { (Asks::Form, "form") };
        if self.asked.abilities.can(asks) {
            return Ok(());
        }
        let needed = json!({ "elicitation": { mode: {} } });
        let failure =
            Failure::http(400, -32021, format!("{} must ask, and the client cannot be asked.", self.tool.name));
        Err(failure.with(json!({ "requiredCapabilities": needed })))
    }

    /// All steps: the caller is asked over its session.
    async fn through(mut self) -> Result<(Value, bool), Failure> {
        let mut answer = None;
        loop {
            match self.step(answer.as_ref()).await {
                Step::Ask(request) => {
                    let (Ok(()), Some(session)) = (self.can_be_asked(&request), &self.line.session) else {
                        return Ok((failed("This needs a client that can be asked."), false));
                    };
                    self.round += 1;
                    answer = Some(self.ask(session, request).await);
                }
                step => return Ok(self.result(step)),
            }
        }
    }

    async fn ask(&self, session: &Session, mut request: Value) -> Value {
        if request["params"]["mode"] == "url" {
            request["params"]["elicitationId"] = json!(format!("el-{}", self.round));
        }
        let (id, answered) = session.expect_answer();
        let message = rpc::request(&id, "elicitation/create", &request["params"]);
        match &self.line.out {
            Some(_) => self.line.say(message),
            // A caller that takes no stream may still listen on its own.
            None => session.tell(message),
        }
        match answered.await {
            Ok(Ok(answer)) => answer,
            // Refused, or the client went away.
            Ok(Err(_)) | Err(_) => json!({ "action": "cancel" }),
        }
    }

    fn result(&self, step: Step) -> (Value, bool) {
        let (value, effect) = match step {
            Step::Done(value, effect) => (value, effect),
            Step::Failed(why) => return (failed(&why), false),
            Step::Ask(_) => (Value::Null, false),
        };
        if let Some(content) = value.get("content").filter(|content| content.is_array()) {
            return (json!({ "content": content, "isError": false }), effect);
        }
        let mut result = json!({ "content": [{ "type": "text", "text": value.to_string() }], "isError": false });
        if self.tool.is_structured() && self.asked.era.is_since(STRUCTURED) {
            result["structuredContent"] = value;
        }
        (result, effect)
    }

    async fn step(&self, answer: Option<&Value>) -> Step {
        if self.asked.struck(self.mcp, McpFault::Loop).is_some() {
            return Step::Ask(asking::endless_form(self.round + 1));
        }
        match self.tool.name {
            "report_build" => self.report().await,
            "refund_confirm" => self.refund_by_form(answer),
            "card_verify" => self.verify(answer),
            name => self.plain(name).into(),
        }
    }

    fn plain(&self, name: &str) -> Done {
        let (given, now, seed) = (&self.given, self.mcp.now(), self.mcp.seed());
        let parcels = &mut self.mcp.kept().parcels;
        match name {
            "parcel_get" => parcels.get(given),
            "parcels_list" => parcels.list(given),
            "rates.search" => Ok((Parcels::rates(given), false)),
            "depot_stock" => Ok((Parcels::stock(seed, given), false)),
            "refund_create" => parcels.refund(given, now),
            "parcel_reroute" => parcels.reroute(given, now),
            "label_void" => parcels.void(given, now),
            "note_add" => parcels.note(given, now),
            "proof_get" => parcels.get(given).map(|(parcel, _)| (media::proof(&parcel), false)),
            "claims_count" => Ok((json!({ "open": seed % 17 + 3 }), false)),
            _ => Err("The carrier's system answers 503: down for maintenance. Try again in an hour.".into()),
        }
    }

    async fn report(&self) -> Step {
        let token = self.asked.request.params["_meta"].get("progressToken");
        for piece in 1..=PIECES {
            self.mcp.sleep(self.mcp.pace()).await;
            if let Some(token) = token {
                let told = json!({
                    "progressToken": token, "progress": piece, "total": PIECES,
                    "message": format!("week {piece} of {PIECES} counted"),
                });
                self.line.say(rpc::notice("notifications/progress", &told));
            }
        }
        Step::Done(self.mcp.kept().parcels.report(&self.given), false)
    }

    fn refund_by_form(&self, answer: Option<&Value>) -> Step {
        let parcel = match self.mcp.kept().parcels.get(&self.given) {
            Ok((parcel, _)) => parcel,
            Err(why) => return Step::Failed(why),
        };
        let form = asking::refund_form(&parcel);
        match (self.round, asking::read(&form, answer)) {
            (0, _) | (_, Answer::Unfit(_)) => Step::Ask(form),
            (_, Answer::Decline) => Step::Done(json!({ "refunded": false, "why": "declined" }), false),
            (_, Answer::Cancel) => Step::Done(json!({ "refunded": false, "why": "cancelled" }), false),
            (_, Answer::Accept(content)) => {
                let cents = content["amount"].as_f64().map(|euros| (euros * 100.0).round() as i64);
                let wanted = json!({
                    "parcel_id": text(&self.given, "parcel_id"), "amount_cents": cents, "reason": content["reason"],
                    "way": content["way"], "notify": content["notify"], "damage": content.get("damage"),
                });
                self.mcp.kept().parcels.refund(&wanted, self.mcp.now()).into()
            }
        }
    }

    fn verify(&self, answer: Option<&Value>) -> Step {
        let parcel = text(&self.given, "parcel_id");
        if let Err(why) = self.mcp.kept().parcels.get(&self.given) {
            return Step::Failed(why);
        }
        let page = asking::page("Verify the card on Parcelry's own page.", &self.mcp.verify_url(parcel));
        match (self.round, asking::read(&page, answer)) {
            (0, _) | (_, Answer::Unfit(_)) => Step::Ask(page),
            (_, Answer::Decline) => Step::Done(json!({ "verified": false, "why": "declined" }), false),
            (_, Answer::Cancel) => Step::Done(json!({ "verified": false, "why": "cancelled" }), false),
            // Consent is not completion: the page says when it was opened.
            (_, Answer::Accept(_)) => Step::Done(json!({ "verified": self.mcp.is_verified(parcel) }), false),
        }
    }
}
