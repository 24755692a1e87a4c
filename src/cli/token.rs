//! Owns what a key says of itself at `GET /v1/auth/tokens/current` (Kustomer API reference 22.3): roles, and when it ends.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    kustomer::Reader,
    transport::{ApiError, Call, ErrorKind},
};

/// A key, without the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Its roles; empty when the desk does not tell.
    pub roles: Vec<String>,
    /// When it stops working. No source names the attribute (reference 29), so several spellings are read.
    pub expires: Option<Timestamp>,
}

impl Token {
    /// Asks the desk about the key in use. A desk that does not tell is no failure.
    pub async fn current(reader: &Reader) -> Result<Self, ApiError> {
        const LABEL: &str = "GET /v1/auth/tokens/current";
        match reader.transport().send(Call::get(LABEL, "/v1/auth/tokens/current", reader.lane())).await {
            Ok(answer) => Ok(Self::read(&answer.body)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden) => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn read(body: &Value) -> Self {
        let of = &body["data"]["attributes"];
        let roles = of["roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let plain = |role: &str| role.chars().filter(char::is_ascii_graphic).take(200).collect();
        let expires = ["expiresAt", "expirationDate", "expires"].iter().find_map(|key| of[*key].as_str()?.parse().ok());
        Self { roles: roles.map(plain).collect(), expires }
    }

    /// The same, with the user's roles where the key tells none of its own.
    #[must_use]
    pub fn or_roles(mut self, roles: &[String]) -> Self {
        if self.roles.is_empty() {
            self.roles = roles.to_vec();
        }
        self
    }

    /// Whole days until it ends; negative when it has.
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        self.expires.map(|end| end.duration_since(now).as_secs().div_euclid(86_400))
    }

    /// For people.
    pub fn words(&self, now: Timestamp) -> String {
        let end = match self.days_left(now) {
            None => "the desk does not tell when it ends".to_owned(),
            Some(days) if days < 0 => "it has ended".to_owned(),
            Some(days) => format!("it ends in {days} days"),
        };
        format!("the key has {} roles; {end}", self.roles.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn days_are_counted_down_to_the_end_of_the_key() {
        let body =
            json!({"data": {"attributes": {"roles": ["org.permission", 7], "expiresAt": "2025-03-11T12:00:00.000Z"}}});
        let token = Token::read(&body);
        assert_eq!(token.roles, ["org.permission"]);
        let at = |now: &str| token.days_left(now.parse().expect("a time"));
        assert_eq!((at("2025-03-01T00:00:00Z"), at("2025-03-11T12:30:00Z")), (Some(10), Some(-1)));
        assert_eq!(Token::read(&json!([])), Token::default());
    }
}
