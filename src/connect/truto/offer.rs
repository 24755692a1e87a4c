//! Owns what an integrated account offers: its tools as they were fetched, each with the fingerprint of its definition, and
//! what differs from the last time a person looked. A tool that changed since is quarantined until they did. Fetches through
//! the transport; keeps nothing (`cli` does).
//!
//! Everything here is a stranger's claim: bounded, and never more than data.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{routes, takes};
use crate::{
    connect::looked::{self, Looked, Shift},
    kustomer::path::segment,
    transport::{ApiError, Call, ErrorKind, Lane, Transport},
};

/// Tools that are taken from one account.
const MOST: usize = 2_000;
/// Characters of a name.
const NAME: usize = 128;
/// Characters of a description.
const ABOUT: usize = 2_000;
/// Bytes of a definition whose schemas are kept.
const DEFINITION: usize = 64 * 1024;

/// One tool of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// What it is about; with the method all that a call goes by.
    pub resource: String,
    /// `list`, `get`, `create`, `update`, `delete`, or a name of its own.
    pub method: String,
    /// What it is for, in the account's words.
    pub about: String,
    /// What it takes, as one closed object; `None` where it is described at a length that is not kept.
    pub schema: Option<Value>,
    /// The arguments that go into the query; all others go into the body.
    pub in_query: BTreeSet<String>,
    /// The one argument that holds a body which is no object, where there is such.
    pub whole_body: Option<String>,
    /// Over its definition.
    pub fingerprint: String,
    /// Whether it differs from what a person last looked at.
    pub is_quarantined: bool,
}

/// The tools of an account, by their published names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer(BTreeMap<String, Arc<Offered>>);

/// Why the offer could not be had.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// It could not be fetched.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The answer holds no list of tools.
    #[error("the answer of Truto holds no list of tools")]
    NoList,
}

impl Offer {
    /// Fetches the tools of an account, also those nobody described.
    ///
    /// # Errors
    /// [`OfferError`].
    pub async fn fetch(transport: &Transport, account: &str) -> Result<Self, OfferError> {
        let account = segment(account);
        let path = format!("/integrated-account/{account}/tools?has_description=false");
        let asked = Call::get("GET /integrated-account/{id}/tools", path, Lane::Person);
        match transport.send(asked).await {
            Ok(answer) => Self::read(&answer.body),
            // Deprecated (integrations reference, 1.2): its successor tells names, resources and methods, but no schemas.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let path = format!("/integrated-account/{account}/capabilities?type=proxy&has_description=false");
                let asked = Call::get("GET /integrated-account/{id}/capabilities", path, Lane::Person);
                Self::of_capabilities(&transport.send(asked).await?.body)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads `/tools`: the list is called `result`, or `results` (integrations reference, 1.3).
    pub fn read(body: &Value) -> Result<Self, OfferError> {
        let list = ["result", "results"].iter().find_map(|key| body.get(key)?.as_array()).ok_or(OfferError::NoList)?;
        Ok(Self(list.iter().take(MOST).filter_map(offered).collect()))
    }

    fn of_capabilities(body: &Value) -> Result<Self, OfferError> {
        let proxy = body.get("proxy").and_then(Value::as_array).ok_or(OfferError::NoList)?;
        let methods = proxy.iter().flat_map(|resource| {
            let methods = resource.get("methods").and_then(Value::as_array);
            let of_resource = |method: &Value| {
                let mut tool = method.as_object()?.clone();
                tool.insert("resource".into(), resource.get("resource")?.clone());
                offered(&Value::Object(tool))
            };
            methods.into_iter().flatten().filter_map(of_resource).collect::<Vec<_>>()
        });
        Ok(Self(methods.take(MOST).collect()))
    }

    /// The tool of this name.
    pub fn get(&self, name: &str) -> Option<&Offered> {
        self.0.get(name).map(Arc::as_ref)
    }

    /// All tools by name.
    pub fn tools(&self) -> impl Iterator<Item = (&str, &Offered)> {
        self.0.iter().map(|(name, offered)| (name.as_str(), offered.as_ref()))
    }

    /// The tool of this resource and method, for those that are called by these alone. Of several names for one, one that
    /// changed counts: under another name it would be called all the same.
    pub(super) fn method(&self, resource: &str, method: &str) -> Option<(&str, &Arc<Offered>)> {
        let is_it = |tool: &Offered| tool.resource == resource && tool.method == method;
        let named = self.0.iter().filter(|(_, tool)| is_it(tool)).map(|(name, tool)| (name.as_str(), tool));
        named.max_by_key(|(_, tool)| tool.is_quarantined)
    }

    /// The same as [`Self::get`], to be kept.
    pub(super) fn shared(&self, name: &str) -> Option<Arc<Offered>> {
        self.0.get(name).cloned()
    }

    /// The fingerprints, to be kept once a person looked.
    pub fn looked_at(&self) -> Looked {
        self.0.iter().map(|(name, tool)| (name.clone(), tool.fingerprint.clone())).collect()
    }

    /// Holds the offer against what was looked at: tools that changed are quarantined.
    #[must_use]
    pub fn since(mut self, looked_at: &Looked) -> (Self, Vec<Shift>) {
        let shifts = looked::shifts(looked_at, &self.looked_at());
        for name in looked::changed(&shifts) {
            if let Some(tool) = self.0.get_mut(name) {
                Arc::make_mut(tool).is_quarantined = true;
            }
        }
        (self, shifts)
    }
}

fn offered(tool: &Value) -> Option<(String, Arc<Offered>)> {
    let word = |name: &str| {
        let word = tool.get(name)?.as_str()?;
        let is_plain = !word.is_empty() && word.len() <= NAME && word.chars().all(|c| c.is_ascii_graphic());
        is_plain.then(|| word.to_owned())
    };
    let (name, resource, method) = (word("name")?, word("resource")?, word("method")?);
    let properties = tool.pointer("/body_schema/properties").and_then(Value::as_object);
    // A body that is no object is told as one argument that is a list (unverified).
    let whole_body = properties.filter(|properties| properties.len() == 1).and_then(|properties| {
        let (name, schema) = properties.iter().next()?;
        let is_list = schema.get("type").and_then(Value::as_str) == Some("array");
        (is_list && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')).then(|| name.clone())
    });
    let definition = tool.to_string();
    let fingerprint = Sha256::digest(&definition).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let about = tool.get("description").and_then(Value::as_str).unwrap_or_default().chars().take(ABOUT).collect();
    let in_path: Vec<&str> = routes::of_tool(&name).into_iter().flat_map(routes::Route::variables).collect();
    let (schema, in_query) = takes::read(tool, &method, &in_path);
    let schema = Some(schema).filter(|_| definition.len() <= DEFINITION);
    let offered = Offered { resource, method, about, schema, in_query, whole_body, fingerprint, is_quarantined: false };
    Some((name, Arc::new(offered)))
}
