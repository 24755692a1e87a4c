//! Owns `shiftdeck request`: one request as typed. Reads run; everything else becomes a proposal, is shown whole on the
//! terminal, and is sent only after a yes there.

use serde_json::Value;

use super::{Exit, Failure, args::Request, out, session::Session, tty};
use crate::{
    approval::{Author, Effect},
    config::Config,
    domain::Text,
    kustomer::changes,
    transport::Method,
};

/// Runs it.
pub async fn run(config: Config, args: &Request) -> Result<Exit, Failure> {
    let method = Method::parse(&args.method)
        .ok_or_else(|| Failure::usage(format!("method {}", args.method), "it is GET, POST, PUT, PATCH or DELETE"))?;
    let body = args.data.as_deref().map(body).transpose()?;
    let path = with_query(&args.path, &args.query);
    let change = changes::raw(method, &path, body).map_err(|error| Failure::usage("the path", error.to_string()))?;
    let headers = headers(&args.headers, change.effect())?;
    let session = Session::open(config).await?;
    let answers = if change.effect() == Effect::Read {
        vec![session.reader.raw(&change, headers).await?.body]
    } else {
        session.sign_in().await?;
        let approved = tty::ask_alone(&session, change, Author::Person, Text::new(args.reason.as_str()))?;
        session.engine.perform(&session.writer, approved).await?.answers
    };
    for answer in &answers {
        out::json(answer)?;
    }
    session.close().await;
    Ok(Exit::Done)
}

fn body(given: &str) -> Result<Value, Failure> {
    serde_json::from_str(given).map_err(|error| Failure::usage("the body (-d)", format!("it is not JSON: {error}")))
}

fn with_query(path: &str, query: &[String]) -> String {
    let encode = |part: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        part.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let mut whole = path.to_owned();
    for pair in query {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        whole.push(if whole.contains('?') { '&' } else { '?' });
        whole.push_str(&format!("{}={}", encode(key), encode(value)));
    }
    whole
}

/// Extra headers ride on reads only: on a write they would be sent without standing on the card.
fn headers(given: &[String], effect: Effect) -> Result<Vec<(String, String)>, Failure> {
    const OURS: [&str; 5] = ["authorization", "host", "content-length", "transfer-encoding", "cookie"];
    if !given.is_empty() && effect != Effect::Read {
        return Err(Failure::usage(
            "-H",
            "headers can be added to reads only: an approval covers method, path and body",
        ));
    }
    let split = |header: &String| {
        let (name, value) =
            header.split_once(':').ok_or_else(|| Failure::usage(format!("-H {header:?}"), "it is 'Name: value'"))?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        if OURS.contains(&name.as_str()) || name.is_empty() {
            return Err(Failure::usage(format!("-H {name}"), "that header is set by the program"));
        }
        Ok((name, value))
    };
    given.iter().map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_parameters_are_encoded_once() {
        assert_eq!(
            with_query("/v1/users", &["email=a+b@x.example".into(), "page=2".into()]),
            "/v1/users?email=a%2Bb%40x.example&page=2"
        );
    }

    #[test]
    fn a_header_cannot_carry_a_key_or_ride_on_a_write() {
        assert!(headers(&["Authorization: Bearer x".into()], Effect::Read).is_err());
        assert!(headers(&["X-Trace: 1".into()], Effect::Write).is_err());
        assert_eq!(headers(&["X-Trace: 1".into()], Effect::Read), Ok(vec![("x-trace".into(), "1".into())]));
    }
}
