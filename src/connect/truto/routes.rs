//! Owns which of Truto's published tools stands for which of the desk's calls: one reviewed table. The names are the public ones
//! of the integrations reference 1.10 and those its naming rules give (unverified there); resource and method behind a name are
//! the account's own word (`offer`), so a name that means something else in an account goes where that account says.

use serde_json::{Map, Value};

use crate::{approval::Effect, kustomer::changes, transport::Method};

/// One of the desk's calls and the tool that makes it.
#[derive(Debug)]
pub struct Route {
    /// The desk's method.
    method: Method,
    /// The desk's path; each `{variable}` is an argument of the tool by that name.
    path: &'static str,
    /// The tool's published name.
    pub tool: &'static str,
    /// Whether it only reads, whatever its method on the wire.
    pub reads: bool,
}

const fn get(path: &'static str, tool: &'static str) -> Route {
    Route { method: Method::Get, path, tool, reads: true }
}

const fn write(method: Method, path: &'static str, tool: &'static str) -> Route {
    Route { method, path, tool, reads: false }
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    Route { method: Method::Post, path: "/v1/customers/search", tool: "kustomer_search_customers_search", reads: true },
    get("/v1/customers", "list_all_kustomer_customers"),
    get("/v1/customers/{id}", "get_single_kustomer_customer_by_id"),
    get("/v1/customers/email={email}", "kustomer_customers_using_email"),
    get("/v1/customers/phone={phone}", "kustomer_customers_using_phone"),
    get("/v1/customers/externalId={external_id}", "kustomer_customers_using_external_id"),
    get("/v1/customers/{customer_id}/conversations", "list_all_kustomer_conversations"),
    get("/v1/customers/{customer_id}/messages", "list_all_kustomer_customer_messages"),
    get("/v1/customers/{customer_id}/notes", "list_all_kustomer_customer_notes"),
    get("/v1/customers/{customer_id}/drafts", "list_all_kustomer_customer_drafts"),
    get("/v1/customers/{customer_id}/merges", "list_all_kustomer_customer_merges"),
    get("/v1/customers/{customer_id}/klasses/{klass}", "list_all_kustomer_customer_custom_objects"),
    get("/v1/conversations", "list_all_kustomer_org_conversations"),
    get("/v1/conversations/{id}", "get_single_kustomer_conversation_by_id"),
    get("/v1/conversations/{conversation_id}/messages", "list_all_kustomer_conversation_messages"),
    get("/v1/conversations/{conversation_id}/notes", "list_all_kustomer_conversation_notes"),
    get("/v1/conversations/{conversation_id}/events", "list_all_kustomer_conversation_events"),
    get("/v1/conversations/{conversation_id}/times", "list_all_kustomer_conversation_times"),
    get("/v1/conversations/{conversation_id}/attachments", "list_all_kustomer_conversation_attachments"),
    get("/v1/messages/{id}", "get_single_kustomer_message_by_id"),
    get("/v1/notes/{id}", "get_single_kustomer_note_by_id"),
    get("/v1/klasses", "list_all_kustomer_klasses"),
    get("/v1/klasses/{klass}", "list_all_kustomer_custom_objects"),
    get("/v1/klasses/{klass}/{id}", "kustomer_custom_objects_read"),
    get("/v1/klasses/{klass}/externalId={external_id}", "kustomer_custom_objects_using_external_id"),
    get("/v1/metadata/{id}", "get_single_kustomer_metadata_by_id"),
    get("/v1/bulk/{id}", "get_single_kustomer_bulk_operation_by_id"),
    get("/v1/bulk/{bulk_operation_id}/batches", "list_all_kustomer_bulk_operation_batches"),
    get("/v1/companies", "list_all_kustomer_companies"),
    get("/v1/companies/{id}", "get_single_kustomer_company_by_id"),
    get("/v1/users", "list_all_kustomer_users"),
    get("/v1/users/current", "kustomer_users_current"),
    get("/v1/teams", "list_all_kustomer_teams"),
    get("/v1/routing/queues", "list_all_kustomer_queues"),
    get("/v1/tags", "list_all_kustomer_tags"),
    get("/v1/shortcuts", "list_all_kustomer_shortcuts"),
    get("/v1/slas", "list_all_kustomer_slas"),
    get("/v1/slas/{id}", "get_single_kustomer_sla_by_id"),
    get("/v1/brands", "list_all_kustomer_brands"),
    write(Method::Post, "/v1/customers", "create_a_kustomer_customer"),
    write(Method::Patch, "/v1/customers/{id}", "update_a_kustomer_customer_by_id"),
    write(Method::Put, "/v1/customers/{id}", "update_a_kustomer_customer_by_id"),
    write(Method::Delete, "/v1/customers/{id}", "delete_a_kustomer_customer_by_id"),
    write(Method::Post, "/v1/customers/{customer_id}/unmasking-windows", "create_a_kustomer_customer_unmasking_window"),
    write(Method::Delete, "/v1/customers/{id}/unmasking-windows", "delete_a_kustomer_customer_unmasking_window_by_id"),
    write(Method::Post, "/v1/customers/{customer_id}/drafts", "create_a_kustomer_customer_draft"),
    write(Method::Post, "/v1/customers/{customer_id}/klasses/{klass}", "create_a_kustomer_customer_custom_object"),
    write(Method::Patch, "/v1/conversations/{id}", "update_a_kustomer_conversation_by_id"),
    write(Method::Put, "/v1/conversations/{id}", "update_a_kustomer_conversation_by_id"),
    write(Method::Post, "/v1/conversations/{conversation_id}/messages", "create_a_kustomer_message"),
    write(Method::Post, "/v1/conversations/{conversation_id}/notes", "create_a_kustomer_conversation_note"),
    write(Method::Post, "/v1/conversations/{conversation_id}/tags", "create_a_kustomer_conversation_tag"),
    write(Method::Delete, "/v1/conversations/{conversation_id}/tags", "kustomer_conversation_tags_remove"),
    write(Method::Delete, "/v1/notes/{id}", "delete_a_kustomer_note_by_id"),
    write(Method::Put, "/v1/drafts/{id}", "update_a_kustomer_draft_by_id"),
    write(Method::Delete, "/v1/drafts/{id}", "delete_a_kustomer_draft_by_id"),
    write(Method::Post, "/v1/klasses/{klass}", "create_a_kustomer_custom_object"),
    write(Method::Put, "/v1/klasses/{klass}/{id}", "kustomer_custom_objects_change"),
    write(Method::Delete, "/v1/klasses/{klass}/{id}", "kustomer_custom_objects_remove"),
    write(Method::Post, "/v1/klasses/{klass}/bulk", "kustomer_custom_objects_bulk_create"),
    write(Method::Put, "/v1/klasses/{klass}/bulk", "kustomer_custom_objects_bulk_update"),
    write(Method::Post, "/v1/customers/bulk", "kustomer_customers_bulk_create"),
    write(Method::Put, "/v1/customers/bulk", "kustomer_customers_bulk_update"),
    write(Method::Put, "/v1/conversations/bulk", "kustomer_conversations_bulk_update"),
];

/// Tools for one channel's drafts. The desk has one call for all of them, so a draft's channel decides which tool makes it.
#[rustfmt::skip]
const DRAFTS: &[(&str, Route)] = &[
    ("email", write(Method::Post, DRAFTED, "create_a_kustomer_email_draft")),
    ("sms", write(Method::Post, DRAFTED, "create_a_kustomer_customer_sms_draft")),
    ("whatsapp", write(Method::Post, DRAFTED, "create_a_kustomer_customer_whatsapp_basic_draft")),
];
const DRAFTED: &str = "/v1/customers/{customer_id}/drafts";
/// Calls that create something out of nothing but their path.
const BARE: [&str; 1] = ["/v1/customers/{customer_id}/unmasking-windows"];

/// The tool a reviewed name stands for; of two calls of one tool, the first.
pub fn of_tool(name: &str) -> Option<&'static Route> {
    ROUTES.iter().chain(DRAFTS.iter().map(|(_, route)| route)).find(|route| route.tool == name)
}

impl Route {
    /// The desk's method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The desk's path, its variables in braces.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Whether the desk reads a body of it.
    pub fn takes_body(&self) -> bool {
        !BARE.contains(&self.path)
    }

    /// The tool that makes a draft on this channel, where this is the creation of one and the channel has its own.
    pub fn for_channel(&self, channel: &str) -> Option<&'static Self> {
        let of_channel = DRAFTS.iter().find(|(of, _)| *of == channel).map(|(_, route)| route);
        of_channel.filter(|route| (route.method, route.path) == (self.method, self.path))
    }

    /// The names of what its path holds, in order.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// Whether a method is what the tool's name says: the account's word is a stranger's claim, and one that calls its deletion a
    /// read would have us delete.
    pub fn means(&self, method: &str) -> bool {
        const NAMED: [(&str, &str); 5] = [
            ("list_all_", "list"),
            ("get_single_", "get"),
            ("create_a_", "create"),
            ("update_a_", "update"),
            ("delete_a_", "delete"),
        ];
        let is_standard = NAMED.iter().any(|(_, standard)| *standard == method);
        match NAMED.iter().find(|(prefix, _)| self.tool.starts_with(prefix)) {
            Some((_, standard)) => *standard == method,
            None => !is_standard && self.tool.strip_suffix(method).is_some_and(|rest| rest.ends_with('_')),
        }
    }

    /// What it does: a read of ours is one, whatever its method; everything else is judged as a request written by hand is.
    fn effect(&self, arguments: &Map<String, Value>) -> Effect {
        if self.reads {
            return Effect::Read;
        }
        let path: String = self.path.replace(['{', '}'], "");
        let judged = changes::raw(self.method, &path, Some(Value::Object(arguments.clone())));
        judged.map_or(Effect::Delete, |change| change.effect())
    }

    /// How much of the path is literal text: the more, the better it fits.
    fn literal(&self) -> usize {
        self.path.split('/').map(|part| part.split('{').next().unwrap_or_default().len()).sum()
    }
}

/// What a published tool does to the world, called with these arguments; nothing for a tool that is in no table of ours.
pub fn effect(tool: &str, arguments: &Map<String, Value>) -> Option<Effect> {
    let routes = ROUTES.iter().chain(DRAFTS.iter().map(|(_, route)| route)).filter(|route| route.tool == tool);
    routes.map(|route| route.effect(arguments)).max()
}

/// The route of a call, with the values of its path, still encoded. A literal wins over a variable.
pub fn find(method: Method, path: &str) -> Option<(&'static Route, Vec<String>)> {
    let fitting = ROUTES.iter().filter_map(|route| Some((route, fits(route.path, path)?)));
    let best = fitting.clone().map(|(route, _)| route.literal()).max()?;
    fitting.filter(|(route, _)| route.literal() == best).find(|(route, _)| route.method == method)
}

fn fits(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut parts, mut given, mut values) = (pattern.split('/'), path.split('/'), Vec::new());
    loop {
        let (part, value) = match (parts.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(part), Some(value)) => (part, value),
            _ => return None,
        };
        match part.split_once('{') {
            None if part == value => {}
            Some((literal, _)) if value.len() > literal.len() && value.starts_with(literal) => {
                values.push(value[literal.len()..].to_owned());
            }
            None | Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_wins_and_every_route_is_reached() {
        let tool = |method, path: &str| find(method, path).map(|(route, _)| route.tool);
        assert_eq!(tool(Method::Get, "/v1/users/current"), Some("kustomer_users_current"));
        assert_eq!(tool(Method::Get, "/v1/customers/email=a%40b"), Some("kustomer_customers_using_email"));
        assert_eq!(tool(Method::Post, "/v1/customers/bulk"), Some("kustomer_customers_bulk_create"));
        assert_eq!(tool(Method::Delete, "/v1/users/current"), None);
        assert_eq!(tool(Method::Get, "/v1/nothing"), None);
        for route in ROUTES {
            let example = route.path.replace(['{', '}'], "");
            assert_eq!(tool(route.method, &example), Some(route.tool), "{}", route.path);
        }
    }

    #[test]
    fn each_tool_has_the_effect_of_its_call_and_a_strange_one_has_none() {
        let arguments = |written: Value| written.as_object().cloned().unwrap_or_default();
        let plain = |tool: &str| effect(tool, &Map::new());
        assert_eq!(plain("list_all_kustomer_customers"), Some(Effect::Read));
        assert_eq!(plain("kustomer_search_customers_search"), Some(Effect::Read), "a POST that reads");
        assert_eq!(plain("create_a_kustomer_customer_unmasking_window"), Some(Effect::Unmask));
        assert_eq!(plain("create_a_kustomer_customer_draft"), Some(Effect::Draft));
        let scheduled = arguments(serde_json::json!({"sendAt": "2026-03-02T10:00:00Z"}));
        assert_eq!(effect("create_a_kustomer_customer_draft", &scheduled), Some(Effect::Send));
        for (_, route) in DRAFTS {
            assert_eq!((plain(route.tool), effect(route.tool, &scheduled)), (Some(Effect::Draft), Some(Effect::Send)));
        }
        assert_eq!(plain("delete_a_kustomer_note_by_id"), Some(Effect::Delete));
        assert_eq!(plain("kustomer_custom_objects_bulk_create"), Some(Effect::Bulk));
        assert_eq!(plain("update_a_kustomer_customer_by_id"), Some(Effect::Write));
        assert_eq!(plain("kustomer_everything_purge"), None);
        assert!(ROUTES.iter().all(|route| route.reads == (plain(route.tool) == Some(Effect::Read))));
    }

    #[test]
    fn a_name_and_its_method_have_to_agree() {
        let means = |path: &str, method: &str| find(Method::Get, path).is_some_and(|(route, _)| route.means(method));
        assert!(means("/v1/customers/1", "get") && means("/v1/customers/email=x", "using_email"));
        for (path, method) in [
            ("/v1/customers/1", "delete"),
            ("/v1/customers/email=x", "delete"),
            ("/v1/customers/email=x", "email"),
            ("/v1/customers/email=x", "purge"),
            ("/v1/customers/1", ""),
        ] {
            assert_eq!(means(path, method), method == "email", "{path} {method}");
        }
    }
}
