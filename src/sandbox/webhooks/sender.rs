//! Owns the desk's own way out to the receivers of its webhooks: one signed POST, at most five seconds. Does not decide when
//! (`webhooks`) nor to whom (`registry`).
//!
//! Invariant: what a receiver answers is not read beyond its status.

use std::{sync::OnceLock, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, header},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, ResponseFuture, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{Delivery, Outcome, registry::Target, signature};
use crate::clock::Clock;

const PATIENCE: Duration = Duration::from_secs(5);

/// Sends deliveries. TLS is set up with the first receiver that wants it, and not at all on a machine without roots.
#[derive(Debug)]
pub struct Sender {
    plain: Client<HttpConnector, Body>,
    tls: OnceLock<Option<Client<HttpsConnector<HttpConnector>, Body>>>,
    clock: Clock,
}

impl Sender {
    /// A sender whose patience is measured by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { plain: Client::builder(TokioExecutor::new()).build_http(), tls: OnceLock::new(), clock }
    }

    /// Sends one delivery and gives it back with what became of it.
    pub async fn send(&self, target: Target, delivery: Delivery) -> (Delivery, Outcome) {
        let Some(answer) = self.post(&target, &delivery) else { return (delivery, Outcome::Unreachable) };
        let outcome = tokio::select! {
            answered = answer => {
                answered.map_or(Outcome::Unreachable, |response| Outcome::Answered(response.status().as_u16()))
            }
            () = self.clock.sleep(PATIENCE) => Outcome::TimedOut,
        };
        (delivery, outcome)
    }

    fn post(&self, target: &Target, delivery: &Delivery) -> Option<ResponseFuture> {
        let mut request = Request::new(Body::from(delivery.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target.url.clone();
        let headers = request.headers_mut();
        headers.extend(target.headers.iter().cloned());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let seals = [
            ("x-kustomer-webhook-event", delivery.event.clone()),
            ("x-kustomer-webhook-signature", signature(&target.token, &delivery.body)),
        ];
        for (name, value) in seals {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?);
        }
        if target.url.scheme_str() == Some("https") {
            return self.tls.get_or_init(tls).as_ref().map(|client| client.request(request));
        }
        Some(self.plain.request(request))
    }
}

fn tls() -> Option<Client<HttpsConnector<HttpConnector>, Body>> {
    let connector = HttpsConnectorBuilder::new().try_with_platform_verifier().ok()?.https_only().enable_http1().build();
    Some(Client::builder(TokioExecutor::new()).build(connector))
}
