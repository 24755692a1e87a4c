//! Owns the call that a published tool's arguments make: the desk's own call where the reviewed table knows the tool, else its
//! method of its resource, written as the proxy's own path. Sends nothing; the road puts the account in.

use serde_json::{Map, Value};

use super::{
    offer::{Offer, Offered},
    routes::{self, Route},
};
use crate::{kustomer::path::segment, transport::Method};

/// The path of what is called by resource and method alone.
pub(super) const PROXY: &str = "/proxy/";

/// A call, before it is looked at or sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The method.
    pub method: Method,
    /// The path with its query: the desk's own, or one below the proxy.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
}

/// What our reviewed table says of a published tool.
#[derive(Clone, Copy, Debug)]
pub struct Reviewed(&'static Route);

impl Reviewed {
    /// Of this tool, where the table has it.
    pub fn of(tool: &str) -> Option<Self> {
        routes::of_tool(tool).map(Self)
    }

    /// Whether it only reads.
    pub fn reads(self) -> bool {
        self.0.reads
    }

    /// The desk's method and path, its variables by their names.
    pub fn call(self) -> (Method, &'static str) {
        (self.0.method(), self.0.path())
    }

    /// Whether the account's method is what the tool's name says.
    pub fn means(self, offered: &Offered) -> bool {
        self.0.means(&offered.method)
    }
}

impl Offer {
    /// The call of a tool with these arguments; `page` and `pageSize` are a list's.
    ///
    /// # Errors
    /// What is missing, in words for a model.
    pub fn wanted(&self, tool: &str, mut arguments: Map<String, Value>) -> Result<Wanted, String> {
        let offered = self.get(tool).ok_or("the account does not offer it any more")?;
        let (method, mut path) = match routes::of_tool(tool) {
            Some(route) => (route.method(), desk_path(route, &mut arguments)?),
            None => proxy_path(offered, &mut arguments)?,
        };
        let (mut query, mut body) = (Vec::new(), Map::new());
        for (name, value) in arguments.into_iter().filter(|(_, value)| !value.is_null()) {
            let is_page = offered.method == "list" && ["page", "pageSize"].contains(&name.as_str());
            if is_page || offered.in_query.contains(&name) || matches!(method, Method::Get | Method::Delete) {
                query.push(format!("{}={}", segment(&name), segment(&word(&name, &value)?)));
            } else {
                body.insert(name, value);
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let whole = offered.whole_body.as_ref().and_then(|name| body.remove(name));
        let has_body = matches!(method, Method::Post | Method::Put | Method::Patch);
        let is_bare = body.is_empty() && routes::of_tool(tool).is_some_and(|route| !route.takes_body());
        let body = whole.or_else(|| (has_body && !is_bare).then_some(Value::Object(body)));
        Ok(Wanted { method, path, body })
    }
}

fn desk_path(route: &Route, arguments: &mut Map<String, Value>) -> Result<String, String> {
    let mut path = route.path().to_owned();
    for name in route.variables() {
        path = path.replace(&format!("{{{name}}}"), &segment(&taken(name, arguments)?));
    }
    Ok(path)
}

fn proxy_path(offered: &Offered, arguments: &mut Map<String, Value>) -> Result<(Method, String), String> {
    let resource = format!("{PROXY}{}", segment(&offered.resource));
    let mut of_one = || Ok::<_, String>(format!("{resource}/{}", segment(&taken("id", arguments)?)));
    Ok(match offered.method.as_str() {
        "list" => (Method::Get, resource),
        "get" => (Method::Get, of_one()?),
        "create" => (Method::Post, resource),
        "update" => (Method::Patch, of_one()?),
        "delete" => (Method::Delete, of_one()?),
        custom => (Method::Post, format!("{resource}/{}", segment(custom))),
    })
}

fn taken(name: &str, arguments: &mut Map<String, Value>) -> Result<String, String> {
    let value = arguments.remove(name).map(|value| word(name, &value)).transpose()?;
    value.filter(|value| !value.is_empty()).ok_or_else(|| format!("`{name}` is missing"))
}

/// A value as it stands in a path or a query.
fn word(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(word) => Ok(word.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Array(items) => Ok(items.iter().map(|item| word(name, item)).collect::<Result<Vec<_>, _>>()?.join(",")),
        Value::Object(_) | Value::Null => Err(format!("`{name}` has to be a word or a number")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_become_the_desks_own_call_or_a_method_of_a_resource() {
        let offer = Offer::read(&json!({"result": [
            {"name": "create_a_kustomer_conversation_note", "resource": "conversation_notes", "method": "create",
                "query_schema": {"properties": {"conversation_id": {}}}, "body_schema": {"properties": {"body": {}}}},
            {"name": "create_a_kustomer_customer_unmasking_window", "resource": "windows", "method": "create"},
            {"name": "kustomer_custom_objects_bulk_create", "resource": "custom_objects", "method": "bulk_create",
                "body_schema": {"properties": {"items": {"type": "array"}}}},
            {"name": "list_all_kustomer_wizards", "resource": "wizards", "method": "list",
                "query_schema": {"properties": {"name": {}}}},
            {"name": "update_a_kustomer_wizard_by_id", "resource": "../wizards", "method": "update",
                "body_schema": {"properties": {"name": {}}}},
        ]}))
        .expect("a list");
        let wanted = |tool: &str, arguments: Value| {
            let arguments = arguments.as_object().expect("an object").clone();
            offer.wanted(tool, arguments).map(|wanted| (wanted.method, wanted.path, wanted.body))
        };
        for (tool, arguments, method, path, body) in [
            (
                "create_a_kustomer_conversation_note",
                json!({"conversation_id": "6/6", "body": "x"}),
                Method::Post,
                "/v1/conversations/6%2F6/notes",
                Some(json!({"body": "x"})),
            ),
            (
                "create_a_kustomer_customer_unmasking_window",
                json!({"customer_id": "66"}),
                Method::Post,
                "/v1/customers/66/unmasking-windows",
                None,
            ),
            (
                "kustomer_custom_objects_bulk_create",
                json!({"klass": "order", "items": [{}]}),
                Method::Post,
                "/v1/klasses/order/bulk",
                Some(json!([{}])),
            ),
            (
                "list_all_kustomer_wizards",
                json!({"name": "a b", "page": 2, "pageSize": 5}),
                Method::Get,
                "/proxy/wizards?name=a%20b&page=2&pageSize=5",
                None,
            ),
            (
                "update_a_kustomer_wizard_by_id",
                json!({"id": "1?x", "name": "a"}),
                Method::Patch,
                "/proxy/..%2Fwizards/1%3Fx",
                Some(json!({"name": "a"})),
            ),
        ] {
            assert_eq!(wanted(tool, arguments), Ok((method, path.to_owned(), body)), "{tool}");
        }
        assert_eq!(wanted("update_a_kustomer_wizard_by_id", json!({})), Err("`id` is missing".to_owned()));
        assert!(wanted("nothing", json!({})).is_err());
    }
}
