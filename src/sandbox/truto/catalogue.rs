//! Owns which tools the simulated integration layer offers for the desk (integrations reference, 1.5 and 1.10): name, resource
//! and method, the desk's own call behind each, and the schemas that are told. Calls nothing (`proxy`).
//!
//! The names in the reference's table 1.10 are public; all others follow its naming rules, and which resource and method
//! stands behind a name is decided here (unverified there). A method without a description is offered only to those who ask
//! for such.

use serde_json::{Map, Value, json};

/// One method of one resource.
#[derive(Debug)]
pub struct Tool {
    /// The published name.
    pub name: &'static str,
    /// What it is about.
    pub resource: &'static str,
    /// `list`, `get`, `create`, `update`, `delete`, or a name of its own.
    pub method: &'static str,
    /// The desk's call: its method and path; each `{variable}` is an argument.
    pub upstream: (&'static str, &'static str),
    /// What it does, for models; empty for an undocumented one.
    pub about: &'static str,
    /// Arguments told beside those of the path: name, type, whether it belongs to the body, whether it must be given.
    pub takes: &'static [Argument],
}

/// An argument of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    kind: &'static str,
    /// Whether it goes into the body; else into the query.
    pub is_body: bool,
    is_needed: bool,
}

const fn query(name: &'static str, kind: &'static str) -> Argument {
    Argument { name, kind, is_body: false, is_needed: false }
}

const fn body(name: &'static str, kind: &'static str) -> Argument {
    Argument { name, kind, is_body: true, is_needed: false }
}

const fn needed(name: &'static str, kind: &'static str) -> Argument {
    Argument { name, kind, is_body: true, is_needed: true }
}

const fn tool(
    name: &'static str,
    (resource, method): (&'static str, &'static str),
    upstream: (&'static str, &'static str),
    about: &'static str,
    takes: &'static [Argument],
) -> Tool {
    Tool { name, resource, method, upstream, about, takes }
}

/// The word that stands for the whole body, for those that are no object.
pub const WHOLE_BODY: &str = "items";

const PERSON: &[Argument] = &[
    body("name", "string"),
    body("emails", "array"),
    body("phones", "array"),
    body("externalId", "string"),
    body("tags", "array"),
    body("custom", "object"),
    body("company", "string"),
    body("rev", "integer"),
];
const HANDLING: &[Argument] = &[
    body("status", "string"),
    body("snooze", "object"),
    body("priority", "integer"),
    body("assignedUsers", "array"),
    body("assignedTeams", "array"),
    body("queue", "object"),
    body("tags", "array"),
    body("name", "string"),
    body("custom", "object"),
    body("rev", "integer"),
];
const OBJECT: &[Argument] = &[
    needed("title", "string"),
    body("externalId", "string"),
    body("customer", "string"),
    body("custom", "object"),
    body("data", "object"),
    body("tags", "array"),
];
const OBJECT_UPDATE: &[Argument] = &[
    body("title", "string"),
    body("externalId", "string"),
    body("custom", "object"),
    body("tags", "array"),
    body("rev", "integer"),
];
const SEARCH: &[Argument] = &[
    query("page", "integer"),
    query("pageSize", "integer"),
    query("idsOnly", "boolean"),
    body("queryContext", "string"),
    body("and", "array"),
    body("or", "array"),
    body("not", "array"),
    body("sort", "array"),
    body("timeZone", "string"),
    body("fields", "array"),
    body("aggs", "object"),
    body("includeDeleted", "boolean"),
];
const MESSAGE: &[Argument] = &[
    needed("channel", "string"),
    body("app", "string"),
    body("preview", "string"),
    body("subject", "string"),
    body("direction", "string"),
    body("meta", "object"),
    body("status", "string"),
    body("externalId", "string"),
];
const DRAFT: &[Argument] = &[
    needed("channel", "string"),
    body("app", "string"),
    body("conversation", "string"),
    body("body", "string"),
    body("subject", "string"),
    body("to", "array"),
    body("from", "object"),
    body("cc", "array"),
    body("bcc", "array"),
    body("scheduled", "boolean"),
    body("sendAt", "string"),
    body("externalId", "string"),
    body("payload", "object"),
    body("attachments", "array"),
    body("template", "object"),
];
const NOTE: &[Argument] = &[
    needed("body", "string"),
    body("externalId", "string"),
    body("userMentions", "array"),
    body("attachments", "array"),
];
const ITEMS: &[Argument] = &[needed(WHOLE_BODY, "array")];
const PAGES: &[Argument] = &[];

/// Every tool.
#[rustfmt::skip]
pub const TOOLS: &[Tool] = &[
    tool("list_all_kustomer_customers", ("customers", "list"), ("GET", "/v1/customers"), "Lists customers, newest first.", PAGES),
    tool("get_single_kustomer_customer_by_id", ("customers", "get"), ("GET", "/v1/customers/{id}"), "Reads one customer. Sensitive values are masked unless an unmasking window is open.", &[]),
    tool("create_a_kustomer_customer", ("customers", "create"), ("POST", "/v1/customers"), "Creates a customer.", PERSON),
    tool("update_a_kustomer_customer_by_id", ("customers", "update"), ("PATCH", "/v1/customers/{id}"), "Changes a customer. Phones are E.164.", PERSON),
    tool("delete_a_kustomer_customer_by_id", ("customers", "delete"), ("DELETE", "/v1/customers/{id}"), "Deletes a customer.", &[]),
    tool("kustomer_customers_using_email", ("customers", "using_email"), ("GET", "/v1/customers/email={email}"), "Finds a customer by email.", &[]),
    tool("kustomer_customers_using_phone", ("customers", "using_phone"), ("GET", "/v1/customers/phone={phone}"), "Finds a customer by phone.", &[]),
    tool("kustomer_customers_using_external_id", ("customers", "using_external_id"), ("GET", "/v1/customers/externalId={external_id}"), "Finds a customer by the org's own id.", &[]),
    tool("kustomer_search_customers_search", ("search_customers", "search"), ("POST", "/v1/customers/search"), "Searches customers, conversations, messages, notes, companies or KObjects (queryContext).", SEARCH),
    tool("create_a_kustomer_customer_unmasking_window", ("customer_unmasking_windows", "create"), ("POST", "/v1/customers/{customer_id}/unmasking-windows"), "Opens a window in which a customer's sensitive values are readable.", &[]),
    tool("delete_a_kustomer_customer_unmasking_window_by_id", ("customer_unmasking_windows", "delete"), ("DELETE", "/v1/customers/{id}/unmasking-windows"), "Closes a customer's unmasking window.", &[]),
    tool("list_all_kustomer_customer_messages", ("customer_messages", "list"), ("GET", "/v1/customers/{customer_id}/messages"), "Lists a customer's messages.", PAGES),
    tool("list_all_kustomer_customer_notes", ("customer_notes", "list"), ("GET", "/v1/customers/{customer_id}/notes"), "Lists the notes about a customer.", PAGES),
    tool("list_all_kustomer_customer_drafts", ("customer_drafts", "list"), ("GET", "/v1/customers/{customer_id}/drafts"), "Lists a customer's drafts.", PAGES),
    tool("list_all_kustomer_customer_merges", ("customer_merges", "list"), ("GET", "/v1/customers/{customer_id}/merges"), "", PAGES),
    tool("list_all_kustomer_customer_custom_objects", ("customer_custom_objects", "list"), ("GET", "/v1/customers/{customer_id}/klasses/{klass}"), "Lists a customer's KObjects of a klass.", PAGES),
    tool("create_a_kustomer_customer_custom_object", ("customer_custom_objects", "create"), ("POST", "/v1/customers/{customer_id}/klasses/{klass}"), "Creates a KObject of a klass for a customer.", OBJECT),
    tool("list_all_kustomer_conversations", ("conversations", "list"), ("GET", "/v1/customers/{customer_id}/conversations"), "Lists a customer's conversations, newest first.", PAGES),
    tool("list_all_kustomer_org_conversations", ("org_conversations", "list"), ("GET", "/v1/conversations"), "Lists the org's conversations, newest first.", PAGES),
    tool("get_single_kustomer_conversation_by_id", ("conversations", "get"), ("GET", "/v1/conversations/{id}"), "Reads one conversation.", &[]),
    tool("update_a_kustomer_conversation_by_id", ("conversations", "update"), ("PATCH", "/v1/conversations/{id}"), "Changes a conversation's status, priority, assignment, tags.", HANDLING),
    tool("list_all_kustomer_conversation_messages", ("conversation_messages", "list"), ("GET", "/v1/conversations/{conversation_id}/messages"), "Lists the messages of a conversation.", PAGES),
    tool("create_a_kustomer_message", ("messages", "create"), ("POST", "/v1/conversations/{conversation_id}/messages"), "Records a message in a conversation. An outbound one reaches the customer.", MESSAGE),
    tool("get_single_kustomer_message_by_id", ("messages", "get"), ("GET", "/v1/messages/{id}"), "Reads one message.", &[]),
    tool("list_all_kustomer_conversation_notes", ("conversation_notes", "list"), ("GET", "/v1/conversations/{conversation_id}/notes"), "Lists the private notes of a conversation.", PAGES),
    tool("create_a_kustomer_conversation_note", ("conversation_notes", "create"), ("POST", "/v1/conversations/{conversation_id}/notes"), "Adds a private note to a conversation.", NOTE),
    tool("get_single_kustomer_note_by_id", ("notes", "get"), ("GET", "/v1/notes/{id}"), "Reads one note.", &[]),
    tool("delete_a_kustomer_note_by_id", ("notes", "delete"), ("DELETE", "/v1/notes/{id}"), "Deletes a note.", &[]),
    tool("list_all_kustomer_conversation_events", ("conversation_events", "list"), ("GET", "/v1/conversations/{conversation_id}/events"), "Lists what happened to a conversation.", PAGES),
    tool("list_all_kustomer_conversation_times", ("conversation_times", "list"), ("GET", "/v1/conversations/{conversation_id}/times"), "", PAGES),
    tool("list_all_kustomer_conversation_attachments", ("conversation_attachments", "list"), ("GET", "/v1/conversations/{conversation_id}/attachments"), "Lists the files of a conversation.", PAGES),
    tool("create_a_kustomer_conversation_tag", ("conversation_tags", "create"), ("POST", "/v1/conversations/{conversation_id}/tags"), "Adds tags to a conversation.", ITEMS),
    tool("kustomer_conversation_tags_remove", ("conversation_tags", "remove"), ("DELETE", "/v1/conversations/{conversation_id}/tags"), "Takes tags off a conversation.", ITEMS),
    tool("create_a_kustomer_email_draft", ("email_drafts", "create"), ("POST", "/v1/customers/{customer_id}/drafts"), "Creates an email draft (channel email).", DRAFT),
    tool("create_a_kustomer_customer_sms_draft", ("customer_sms_drafts", "create"), ("POST", "/v1/customers/{customer_id}/drafts"), "Creates an SMS draft (channel sms), plain text.", DRAFT),
    tool("create_a_kustomer_customer_whatsapp_basic_draft", ("customer_whatsapp_basic_drafts", "create"), ("POST", "/v1/customers/{customer_id}/drafts"), "Creates a WhatsApp draft (channel whatsapp).", DRAFT),
    tool("create_a_kustomer_customer_draft", ("customer_drafts", "create"), ("POST", "/v1/customers/{customer_id}/drafts"), "Creates a draft on any other channel.", DRAFT),
    tool("update_a_kustomer_draft_by_id", ("drafts", "update"), ("PUT", "/v1/drafts/{id}"), "Changes a draft; with scheduled and sendAt it is sent.", DRAFT),
    tool("delete_a_kustomer_draft_by_id", ("drafts", "delete"), ("DELETE", "/v1/drafts/{id}"), "Deletes a draft.", &[]),
    tool("list_all_kustomer_klasses", ("klasses", "list"), ("GET", "/v1/klasses"), "Lists the org's klasses.", PAGES),
    tool("get_single_kustomer_klass_by_id", ("klasses", "get"), ("GET", "/v1/klasses/{id}"), "", &[]),
    tool("get_single_kustomer_metadata_by_id", ("metadata", "get"), ("GET", "/v1/metadata/{id}"), "Reads the attributes of a resource: customer, conversation, kobject.order …", &[]),
    tool("list_all_kustomer_custom_objects", ("custom_objects", "list"), ("GET", "/v1/klasses/{klass}"), "Lists the KObjects of a klass.", PAGES),
    tool("kustomer_custom_objects_read", ("custom_objects", "read"), ("GET", "/v1/klasses/{klass}/{id}"), "Reads one KObject of a klass.", &[]),
    tool("kustomer_custom_objects_using_external_id", ("custom_objects", "using_external_id"), ("GET", "/v1/klasses/{klass}/externalId={external_id}"), "Finds a KObject by the org's own id.", &[]),
    tool("create_a_kustomer_custom_object", ("custom_objects", "create"), ("POST", "/v1/klasses/{klass}"), "Creates a KObject of a klass.", OBJECT),
    tool("kustomer_custom_objects_change", ("custom_objects", "change"), ("PUT", "/v1/klasses/{klass}/{id}"), "Changes a KObject of a klass.", OBJECT_UPDATE),
    tool("kustomer_custom_objects_remove", ("custom_objects", "remove"), ("DELETE", "/v1/klasses/{klass}/{id}"), "Deletes a KObject of a klass.", &[]),
    tool("kustomer_custom_objects_bulk_create", ("custom_objects", "bulk_create"), ("POST", "/v1/klasses/{klass}/bulk"), "Creates up to 100 KObjects in one job.", ITEMS),
    tool("kustomer_custom_objects_bulk_update", ("custom_objects", "bulk_update"), ("PUT", "/v1/klasses/{klass}/bulk"), "Changes up to 100 KObjects in one job.", ITEMS),
    tool("kustomer_customers_bulk_create", ("customers", "bulk_create"), ("POST", "/v1/customers/bulk"), "Creates up to 100 customers in one job.", ITEMS),
    tool("kustomer_customers_bulk_update", ("customers", "bulk_update"), ("PUT", "/v1/customers/bulk"), "Changes up to 100 customers in one job.", ITEMS),
    tool("kustomer_conversations_bulk_update", ("conversations", "bulk_update"), ("PUT", "/v1/conversations/bulk"), "Changes up to 100 conversations in one job.", ITEMS),
    tool("get_single_kustomer_bulk_operation_by_id", ("bulk_operations", "get"), ("GET", "/v1/bulk/{id}"), "Reads how a bulk job stands.", &[]),
    tool("list_all_kustomer_bulk_operation_batches", ("bulk_operation_batches", "list"), ("GET", "/v1/bulk/{bulk_operation_id}/batches"), "Lists the batches of a bulk job with their results.", PAGES),
    tool("list_all_kustomer_companies", ("companies", "list"), ("GET", "/v1/companies"), "Lists companies.", &[query("externalId", "string"), query("filter", "string")]),
    tool("get_single_kustomer_company_by_id", ("companies", "get"), ("GET", "/v1/companies/{id}"), "Reads one company.", &[]),
    tool("list_all_kustomer_users", ("users", "list"), ("GET", "/v1/users"), "Lists the people who work here.", &[query("userType", "string"), query("deleted", "boolean")]),
    tool("kustomer_users_current", ("users", "current"), ("GET", "/v1/users/current"), "Tells who is signed in.", &[]),
    tool("list_all_kustomer_teams", ("teams", "list"), ("GET", "/v1/teams"), "Lists teams.", PAGES),
    tool("list_all_kustomer_queues", ("queues", "list"), ("GET", "/v1/routing/queues"), "Lists queues.", PAGES),
    tool("list_all_kustomer_tags", ("tags", "list"), ("GET", "/v1/tags"), "Lists tags.", PAGES),
    tool("list_all_kustomer_shortcuts", ("shortcuts", "list"), ("GET", "/v1/shortcuts"), "Lists canned texts.", PAGES),
    tool("list_all_kustomer_slas", ("slas", "list"), ("GET", "/v1/slas"), "Lists SLA policies.", PAGES),
    tool("get_single_kustomer_sla_by_id", ("slas", "get"), ("GET", "/v1/slas/{id}"), "Reads one SLA policy.", &[]),
    tool("list_all_kustomer_brands", ("brands", "list"), ("GET", "/v1/brands"), "", PAGES),
];

/// The tool of a resource and a method.
pub fn find(resource: &str, method: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.resource == resource && tool.method == method)
}

/// Which methods, tags and descriptions are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Methods and groups of them; empty means all.
    pub methods: Vec<String>,
    /// Tags, which are the resources' names; empty means all.
    pub tags: Vec<String>,
    /// Also those nobody described.
    pub undocumented: bool,
}

impl Wanted {
    /// Whether a tool is among them.
    pub fn takes(&self, tool: &Tool) -> bool {
        let is_named = |word: &String| match word.as_str() {
            "read" => matches!(tool.method, "get" | "list"),
            "write" => matches!(tool.method, "create" | "update" | "delete"),
            "custom" => !is_standard(tool.method),
            name => name == tool.method,
        };
        (self.methods.is_empty() || self.methods.iter().any(is_named))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| tag == tool.resource))
            && (self.undocumented || !tool.about.is_empty())
    }

    /// The tools that are wanted.
    pub fn tools(&self) -> impl Iterator<Item = &'static Tool> {
        TOOLS.iter().filter(|tool| self.takes(tool))
    }
}

/// Whether a method is one of the five every resource may have.
pub fn is_standard(method: &str) -> bool {
    matches!(method, "list" | "get" | "create" | "update" | "delete")
}

impl Tool {
    /// The variables of the desk's path, in order.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.upstream.1.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// Whether the id stands in the layer's own path.
    pub fn has_id(&self) -> bool {
        matches!(self.method, "get" | "update" | "delete")
    }

    /// The tool as `/tools` tells it.
    pub fn told(&self) -> Value {
        let (query, body) = (self.schema(false), self.schema(true));
        json!({
            "name": self.name, "resource": self.resource, "method": self.method, "description": self.about,
            "query_schema": query, "body_schema": body, "required": self.required(), "tags": [self.resource],
        })
    }

    /// All arguments in one schema, as an MCP endpoint tells them.
    pub fn flat_schema(&self) -> Value {
        let mut properties = self.properties(false);
        properties.extend(self.properties(true));
        json!({ "type": "object", "properties": properties, "required": self.required() })
    }

    /// Whether an argument of this name belongs into the body.
    pub fn is_body(&self, name: &str) -> bool {
        self.takes.iter().any(|argument| argument.name == name && argument.is_body)
    }

    fn required(&self) -> Vec<&'static str> {
        let needed = self.takes.iter().filter(|argument| argument.is_needed).map(|argument| argument.name);
        self.variables().chain(needed).collect()
    }

    fn schema(&self, of_body: bool) -> Value {
        json!({ "type": "object", "properties": self.properties(of_body) })
    }

    fn properties(&self, of_body: bool) -> Map<String, Value> {
        let mut properties = Map::new();
        if !of_body {
            properties.extend(self.variables().map(|name| (name.to_owned(), json!({ "type": "string" }))));
            if self.method == "list" {
                properties.insert("limit".into(), json!({ "type": "integer" }));
                properties.insert("next_cursor".into(), json!({ "type": "string" }));
            }
        }
        let arguments = self.takes.iter().filter(|argument| argument.is_body == of_body);
        properties.extend(arguments.map(|argument| (argument.name.to_owned(), json!({ "type": argument.kind }))));
        properties
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::super::table, *};

    #[test]
    fn every_tool_has_a_name_a_place_and_an_operation_of_the_desk_of_its_own() {
        let names: BTreeSet<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        let places: BTreeSet<_> = TOOLS.iter().map(|tool| (tool.resource, tool.method)).collect();
        assert_eq!((names.len(), places.len()), (TOOLS.len(), TOOLS.len()));
        for tool in TOOLS {
            let (method, path) = tool.upstream;
            let path = path.replace(['{', '}'], "");
            assert!(matches!(table::find(method, &path), table::Asked::Op(..)), "{} stands for nothing", tool.name);
        }
    }

    #[test]
    fn tools_are_chosen_by_group_tag_and_description() {
        let chosen = |methods: &[&str], tags: &[&str], undocumented| {
            let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            let wanted = Wanted { methods: owned(methods), tags: owned(tags), undocumented };
            wanted.tools().map(|tool| tool.name).collect::<Vec<_>>()
        };
        assert_eq!(chosen(&["read"], &["slas"], false), ["list_all_kustomer_slas", "get_single_kustomer_sla_by_id"]);
        assert_eq!(chosen(&["search"], &[], false), ["kustomer_search_customers_search"]);
        assert_eq!(chosen(&["write"], &["notes"], false), ["delete_a_kustomer_note_by_id"]);
        assert_eq!((chosen(&[], &["brands"], false).len(), chosen(&[], &["brands"], true).len()), (0, 1));
        assert!(chosen(&["custom"], &[], false).iter().all(|name| name.starts_with("kustomer_")));
    }

    #[test]
    fn what_must_be_given_is_told_beside_both_schemas() {
        let told = find("conversation_notes", "create").expect("a tool").told();
        assert_eq!(told["required"], json!(["conversation_id", "body"]));
        assert_eq!(told["query_schema"]["properties"]["conversation_id"]["type"], "string");
        assert_eq!(told["body_schema"]["properties"]["body"]["type"], "string");
        assert_eq!(told["body_schema"]["properties"].get("conversation_id"), None);
    }
}
