//! Owns how the desk says no: one [`Refusal`] for every reason, and the two bodies Kustomer answers with (Kustomer API
//! reference 3). Does not decide when to refuse.
//!
//! Invariant: a refusal never quotes a customer's data, only field names and ids. The code and title strings of 401, 403,
//! 404, 409 and 429 are placeholders: the reference marks them unverified.

use serde_json::{Value, json};

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {detail}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Machine-readable reason.
    pub code: &'static str,
    /// What went wrong, for people.
    pub detail: String,
    /// Where in the body or the path: `/data/attributes/priority`, `id`.
    pub place: Option<String>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), place: None }
    }

    /// 400 without a field to blame.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, "bad_request", detail)
    }

    /// 400 that names the field, as a path of keys under the body (`emails/0/email`).
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { place: Some(field.into()), ..Self::new(400, "bad_request", detail) }
    }

    /// 401: no token, or none we issued.
    pub fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "Missing or invalid API token.")
    }

    /// 401 for a token whose time is over; clients in the wild look for this text (Kustomer API reference 3).
    pub fn expired() -> Self {
        Self::new(401, "unauthorized", "Expired token")
    }

    /// 403: the token holds none of the roles that would do.
    pub fn forbidden(accepted: &str) -> Self {
        Self::new(403, "forbidden", format!("Requires one of: {accepted}."))
    }

    /// 404 for a record of the named kind (`Conversation`).
    pub fn not_found(what: &str) -> Self {
        Self { place: Some("id".into()), ..Self::new(404, "not_found", format!("{what} not found")) }
    }

    /// 409 for a value another record already has.
    pub fn duplicate(field: &str) -> Self {
        Self { place: Some(field.into()), ..Self::new(409, "conflict", "duplicate detected") }
    }

    /// 409 for anything else that stands in the way.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(409, "conflict", detail)
    }

    /// 429.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(429, "too_many_requests", detail)
    }

    /// Any other status, for injected faults.
    pub fn status(status: u16) -> Self {
        let code = match status {
            413 => "payload_too_large",
            429 => "too_many_requests",
            503 => "service_unavailable",
            _ => "internal_server_error",
        };
        Self::new(status, code, "The request could not be completed.")
    }

    /// The body: the JSON:API-like item where there is a place to point at, the plain item otherwise.
    pub fn body(&self) -> Value {
        match (&self.place, self.status) {
            (Some(place), 404) => json!({ "errors": [{
                "status": "404", "code": self.code, "title": self.detail, "detail": self.detail,
                "source": { "parameter": place }, "meta": {} }] }),
            (Some(place), status) => json!({ "errors": [{
                "status": status.to_string(), "code": self.code, "title": title(status), "detail": self.detail,
                "source": { "pointer": format!("/data/attributes/{place}") }, "meta": {} }] }),
            (None, _) => json!({ "errors": [{ "code": self.code, "message": self.detail, "meta": {} }] }),
        }
    }

    /// The one string a bulk result has room for (`results[].error`).
    pub fn in_bulk(&self) -> String {
        match (&self.place, self.status) {
            (Some(place), 400) => format!("{}: {}", place, self.detail),
            (Some(_) | None, _) => self.detail.clone(),
        }
    }
}

fn title(status: u16) -> &'static str {
    match status {
        409 => "Conflict",
        _ => "Invalid request body or parameters",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_pointed_at_and_a_missing_record_names_its_parameter() {
        assert_eq!(
            Refusal::invalid("priority", "must be an integer from 1 to 5").body()["errors"][0]["source"],
            json!({ "pointer": "/data/attributes/priority" })
        );
        let missing = Refusal::not_found("Conversation").body();
        assert_eq!(missing["errors"][0]["title"], "Conversation not found");
        assert_eq!(missing["errors"][0]["source"]["parameter"], "id");
        assert_eq!(Refusal::unauthorized().body()["errors"][0]["code"], "unauthorized");
    }
}
