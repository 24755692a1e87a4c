//! Every key of the language against the simulated desk: what the table says can be asked for and ordered by, the desk
//! takes.

use secrecy::SecretString;

use super::{
    keys::{FAMILIES, Kind},
    *,
};
use crate::{
    clock::Clock,
    kustomer::Reader,
    sandbox::{self, Options},
    transport::{Endpoint, Transport},
};

/// Criteria asked for at once: fewer searches, far from the twenty a list may hold (Kustomer API reference 9.1).
const AT_ONCE: usize = 18;

/// The tests of a key, one for every way its values can be asked for.
fn tests(key: &str, kind: Kind) -> Vec<String> {
    match kind {
        Kind::Full => vec![format!("{key}:parcel")],
        Kind::Long => vec![format!("{key}:parcel"), format!("{key}:*")],
        Kind::Short => vec![format!("{key}:parcel"), format!("{key}:~parcel"), format!("{key}:*")],
        Kind::Exact | Kind::Named(_) => vec![format!("{key}:66a1f0c2b7d4e9001c3a0000"), format!("{key}:*")],
        Kind::OneOf(values) => vec![format!("{key}:{}", values[0]), format!("{key}:*")],
        Kind::Time => vec![format!("{key}>1d"), format!("{key}<1d"), format!("{key}:*")],
        Kind::Due => vec![format!("{key}<2h"), format!("{key}:*")],
        Kind::Count => vec![format!("{key}:3"), format!("{key}>3"), format!("{key}:*")],
        Kind::Number => vec![format!("{key}:3"), format!("{key}>3"), format!("{key}<=3"), format!("{key}:*")],
        Kind::Flag => vec![format!("{key}:yes"), format!("{key}:*")],
    }
}

/// All that can be written in a context: its own and borrowed keys in every way, all other families' in one.
fn written(context: &Context) -> Vec<String> {
    let plain = keys::plain(context).flat_map(|(_, key)| tests(key.word, key.kind));
    let others = FAMILIES.iter().filter(|family| family.word != keys::own(context).word);
    let others = others.flat_map(|family| {
        family
            .keys
            .iter()
            .filter_map(|key| tests(&format!("{}.{}", family.word, key.word), key.kind).into_iter().next())
    });
    plain.chain(others).collect()
}

#[tokio::test]
async fn the_desk_takes_every_key_in_every_context() {
    let running = sandbox::start(Options { customers: 12, ..Options::default() }).await.expect("a desk");
    let ready = running.ready();
    let endpoint = Endpoint { base: ready.kustomer.clone(), key: SecretString::from(ready.api_key.as_str()) };
    let transport = Transport::new(endpoint, Clock::real()).expect("loopback is accepted");
    let reader = Reader::new(transport, Clock::real());
    let zone = TimeZone::UTC;
    let mut refused = Vec::new();
    for context in ["customer", "conversation", "message", "note", "company", "kobject_order"] {
        let context: Context = context.parse().expect("a context");
        let scope = Scope::bare(&context, reader.clock().now(), &zone);
        let criteria = written(&context);
        let mut orders: Vec<String> = keys::orders(&context).map(|field| format!("sort:{}", field.written)).collect();
        let mut queries: Vec<String> = criteria.chunks(AT_ONCE).map(|some| some.join(" ")).collect();
        for (place, order) in orders.drain(..).enumerate() {
            match queries.get_mut(place) {
                Some(query) => *query = format!("{query} {order}"),
                None => queries.push(order),
            }
        }
        for text in queries {
            let query = Query::parse(&text, &scope).unwrap_or_else(|error| unreachable!("{context} {text}: {error}"));
            if let Err(error) = reader.find(&query, 10).await {
                refused.push(format!("{context}: {text}: {error} {:?}", error.detail().map(crate::domain::Text::raw)));
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}
