//! Owns which records bulk calls work on: paths, words, which verbs there are, and what makes a row findable and a second
//! sending harmless (Kustomer API reference 21). Does not know which fields a record has.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Verb;
use crate::{
    approval::Operation,
    domain::KlassName,
    kustomer::{path::segment, search::Context},
    transport::Method,
};

/// What a plan works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// Customers.
    Customers,
    /// Conversations.
    Conversations,
    /// Messages.
    Messages,
    /// Private notes.
    Notes,
    /// Companies.
    Companies,
    /// KObjects of one klass.
    Kobjects(KlassName),
}

impl From<&Context> for Resource {
    /// What is found in this place.
    fn from(context: &Context) -> Self {
        match context {
            Context::Customer => Self::Customers,
            Context::Conversation => Self::Conversations,
            Context::Message => Self::Messages,
            Context::Note => Self::Notes,
            Context::Company => Self::Companies,
            Context::Kobject(klass) => Self::Kobjects(klass.clone()),
        }
    }
}

impl Resource {
    /// The resource of this word; KObjects go by their klass, which no word names.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "customers" => Self::Customers,
            "conversations" => Self::Conversations,
            "messages" => Self::Messages,
            "notes" => Self::Notes,
            "companies" => Self::Companies,
            _ => return None,
        })
    }

    /// The words a person knows it by.
    pub fn words(&self) -> String {
        match self {
            Self::Customers => "customers".into(),
            Self::Conversations => "conversations".into(),
            Self::Messages => "messages".into(),
            Self::Notes => "notes".into(),
            Self::Companies => "companies".into(),
            Self::Kobjects(klass) => format!("KObjects of klass {klass}"),
        }
    }

    /// What metadata calls it; none where there is no metadata of it (Kustomer API reference 7).
    pub fn described(&self) -> Option<&'static str> {
        match self {
            Self::Customers => Some("customer"),
            Self::Conversations => Some("conversation"),
            Self::Messages => Some("message"),
            Self::Companies => Some("company"),
            Self::Notes | Self::Kobjects(_) => None,
        }
    }

    /// The path of the single calls, without an id.
    pub fn path(&self) -> String {
        match self {
            Self::Customers => "/v1/customers".into(),
            Self::Conversations => "/v1/conversations".into(),
            Self::Messages => "/v1/messages".into(),
            Self::Notes => "/v1/notes".into(),
            Self::Companies => "/v1/companies".into(),
            Self::Kobjects(klass) => format!("/v1/klasses/{}", segment(klass.as_str())),
        }
    }

    /// The path of the bulk calls.
    pub fn bulk_path(&self) -> String {
        format!("{}/bulk", self.path())
    }

    /// The resource whose bulk calls go to this path.
    pub fn at(path: &str) -> Option<Self> {
        let list = path.strip_prefix("/v1/")?.strip_suffix("/bulk")?;
        match list.strip_prefix("klasses/") {
            Some(name) if !name.contains(['/', '%', '?']) => Some(Self::Kobjects(KlassName::new(name))),
            Some(_) => None,
            None => Self::named(list),
        }
    }

    /// Whether the API has a bulk call for this.
    pub fn allows(&self, verb: Verb) -> bool {
        match verb {
            Verb::Create | Verb::Update => true,
            Verb::Delete => matches!(self, Self::Customers | Self::Kobjects(_)),
        }
    }

    /// Whether updates are refused when the record's revision has moved on.
    pub fn has_rev(&self) -> bool {
        matches!(self, Self::Customers | Self::Conversations | Self::Companies | Self::Kobjects(_))
    }

    /// Whether the desk itself refuses the same item a second time: unique external ids, revisions, records that are gone.
    /// Of messages and notes that is not known (Kustomer API reference 11, 12).
    pub fn refuses_twice(&self, verb: Verb) -> bool {
        match verb {
            Verb::Create => !matches!(self, Self::Messages | Self::Notes),
            // The same values again are the same values.
            Verb::Update | Verb::Delete => true,
        }
    }

    /// Where one record is found by the org's own id, if the API has such a road.
    pub fn by_external_id(&self, external: &str) -> Option<String> {
        let external = segment(external);
        Some(match self {
            Self::Customers => format!("/v1/customers/externalId={external}"),
            Self::Conversations => format!("/v1/conversations/externalId={external}"),
            Self::Messages => format!("/v1/messages/externalid={external}"),
            Self::Companies => format!("/v1/companies?externalId={external}"),
            Self::Kobjects(klass) => format!("/v1/klasses/{}/externalId={external}", segment(klass.as_str())),
            Self::Notes => return None,
        })
    }

    /// Where one record is read.
    pub fn by_id(&self, id: &str) -> String {
        format!("{}/{}", self.path(), segment(id))
    }

    /// The operation of its bulk calls, as cards and errors name it.
    pub fn operation(&self, verb: Verb) -> Operation {
        let listed = |label, words| Operation::Listed { label, words };
        match (self, verb) {
            (Self::Kobjects(_), Verb::Create) => Operation::CreateKobjects,
            (Self::Kobjects(_), Verb::Update) => listed("PUT /v1/klasses/{name}/bulk", "update KObjects in bulk"),
            (Self::Kobjects(_), Verb::Delete) => listed("DELETE /v1/klasses/{name}/bulk", "delete KObjects in bulk"),
            (Self::Customers, Verb::Create) => listed("POST /v1/customers/bulk", "create customers in bulk"),
            (Self::Customers, Verb::Update) => listed("PUT /v1/customers/bulk", "update customers in bulk"),
            (Self::Customers, Verb::Delete) => listed("DELETE /v1/customers/bulk", "delete customers in bulk"),
            (Self::Conversations, Verb::Create) => {
                listed("POST /v1/conversations/bulk", "create conversations in bulk")
            }
            (Self::Conversations, _) => listed("PUT /v1/conversations/bulk", "update conversations in bulk"),
            (Self::Messages, Verb::Create) => listed("POST /v1/messages/bulk", "create messages in bulk"),
            (Self::Messages, _) => listed("PUT /v1/messages/bulk", "update messages in bulk"),
            (Self::Notes, Verb::Create) => listed("POST /v1/notes/bulk", "create notes in bulk"),
            (Self::Notes, _) => listed("PUT /v1/notes/bulk", "update notes in bulk"),
            (Self::Companies, Verb::Create) => listed("POST /v1/companies/bulk", "create companies in bulk"),
            (Self::Companies, _) => listed("PUT /v1/companies/bulk", "update companies in bulk"),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl Verb {
    /// The method of its bulk calls.
    pub fn method(self) -> Method {
        match self {
            Self::Create => Method::Post,
            Self::Update => Method::Put,
            Self::Delete => Method::Delete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_known_by_its_path_and_only_by_that() {
        let klass = Resource::Kobjects(KlassName::new("service_outage"));
        for resource in [
            Resource::Customers,
            Resource::Conversations,
            Resource::Messages,
            Resource::Notes,
            Resource::Companies,
            klass,
        ] {
            assert_eq!(Resource::at(&resource.bulk_path()), Some(resource));
        }
        for other in ["/v1/customers", "/v1/drafts/bulk", "/v1/klasses/a/b/bulk", "/v1/customers/bulk?ids=1"] {
            assert_eq!(Resource::at(other), None, "{other}");
        }
    }
}
