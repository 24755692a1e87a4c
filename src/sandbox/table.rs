//! Owns the list of operations: method, path, roles, function (Kustomer API reference, appendix A). One line an operation.
//!
//! Invariant: of two lines that fit a request the earlier one counts, so literal paths stand before variable ones.

use super::{
    bulk::{Operation, Target},
    call::{Answer, Call},
    query::decode,
    roles,
    routes::{bulk, conversations, customers, drafts, kobjects, messages, notes, settings},
    search,
};

/// One operation.
#[derive(Debug)]
pub struct Op {
    /// HTTP method.
    method: &'static str,
    /// `{name}` stands for one segment, or for the rest of one after a literal like `email=`.
    path: &'static str,
    /// Accepted permission roles, in short form.
    permission: &'static str,
    /// Accepted legacy roles, in short form.
    legacy: &'static str,
    /// What it does.
    pub run: fn(&mut Call) -> Answer,
}

impl Op {
    /// The roles of which a key needs any one; none means any key.
    pub fn accepted(&self) -> Vec<String> {
        roles::accepted(self.permission, self.legacy)
    }

    /// Whether calls count against the search budget.
    pub fn is_search(&self) -> bool {
        self.path.ends_with("/search")
    }
}

/// What a request asks for.
#[derive(Debug)]
pub enum Asked {
    /// This operation, with the decoded values of its path.
    Op(&'static Op, Vec<String>),
    /// A path there is, with another method.
    OtherMethod,
    /// Nothing there is.
    Nothing,
}

/// Finds the operation for a method and a path (still encoded).
pub fn find(method: &str, path: &str) -> Asked {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let mut other_method = false;
    for op in OPERATIONS {
        if let Some(captured) = fits(op.path, &segments) {
            if op.method == method {
                return Asked::Op(op, captured);
            }
            other_method = true;
        }
    }
    if other_method { Asked::OtherMethod } else { Asked::Nothing }
}

fn fits(pattern: &str, segments: &[&str]) -> Option<Vec<String>> {
    let mut captured = Vec::new();
    let mut parts = pattern.trim_matches('/').split('/');
    for segment in segments {
        let part = parts.next()?;
        match part.split_once('{') {
            None if part == *segment => {}
            None => return None,
            Some((literal, _)) if !segment.is_empty() && segment.starts_with(literal) => {
                captured.push(decode(&segment[literal.len()..]));
            }
            Some(_) => return None,
        }
    }
    parts.next().is_none().then_some(captured)
}

const fn op(
    method: &'static str,
    path: &'static str,
    permission: &'static str,
    legacy: &'static str,
    run: fn(&mut Call) -> Answer,
) -> Op {
    Op { method, path, permission, legacy, run }
}

const SEARCH: &str = "search.create search.update search_global.create search_preview.create";

static OPERATIONS: &[Op] = &[
    op("GET", "/v1/users/current", "", "", settings::current_user),
    op("GET", "/v1/users", "", "", settings::users),
    op("GET", "/v1/users/{id}", "", "", settings::user),
    op("GET", "/v1/users/{id}/teams", "", "", settings::teams_of_user),
    op("GET", "/v1/teams", "", "", settings::teams),
    op("GET", "/v1/teams/{id}", "", "", settings::team),
    op("GET", "/v1/auth/tokens/current", "", "", settings::current_token),
    op("GET", "/v1/routing/queues", "queue.read routing.read", "user.queue.read", settings::queues),
    op("GET", "/v1/routing/queues/{id}", "queue.read routing.read", "user.queue.read", settings::queue),
    op("GET", "/v1/tags", "tag.read", "user.tag.read admin.tag.read", settings::tags),
    op("GET", "/v1/shortcuts", "shortcut.read", "user.shortcut.read", settings::shortcuts),
    op("GET", "/v1/brands", "brand.read", "admin.brand.read user.brand.read", settings::brands),
    op("GET", "/v1/schedules", "schedule.read", "admin.schedule.read user.schedule.read", settings::schedules),
    op("GET", "/v1/slas", "sla.read", "user.sla.read", settings::slas),
    op("GET", "/v1/slas/{id}", "sla.read", "user.sla.read", settings::sla),
    op("GET", "/v1/companies", "company.read", "user.company.read", settings::companies),
    op("GET", "/v1/companies/{id}", "company.read", "user.company.read", settings::company),
    op("GET", "/v1/metadata/{resource}", "metadata.read", "admin.metadata.read user.metadata.read", settings::metadata),
    op("PUT", "/v1/metadata/{resource}", "metadata.update", "admin.metadata.write", settings::put_metadata),
    // Customers.
    op("POST", "/v1/customers/search", SEARCH, "admin.search.read user.search.read", search::run),
    op("POST", "/v1/customers/bulk", "customer.create", "user.customer.write", |call| {
        bulk::accept(call, Operation::Create, Target::Customers, 201)
    }),
    op("PUT", "/v1/customers/bulk", "customer.update", "user.customer.write", |call| {
        bulk::accept(call, Operation::Update, Target::Customers, 201)
    }),
    op("DELETE", "/v1/customers/bulk", "customer.delete", "user.customer.delete", |call| {
        bulk::accept(call, Operation::Delete, Target::Customers, 201)
    }),
    op("GET", "/v1/customers", "customer.read", "user.customer.read", customers::list),
    op("POST", "/v1/customers", "customer.create", "user.customer.write", customers::create),
    op("GET", "/v1/customers/email={email}", "customer.read", "user.customer.read", customers::by_email),
    op("GET", "/v1/customers/phone={phone}", "customer.read", "user.customer.read", customers::by_phone),
    op(
        "GET",
        "/v1/customers/externalId={externalId}",
        "customer.read",
        "user.customer.read",
        customers::by_external_id,
    ),
    op("GET", "/v1/customers/{id}", "customer.read", "user.customer.read", customers::get),
    op("PATCH", "/v1/customers/{id}", "customer.update", "user.customer.write", customers::update),
    op("PUT", "/v1/customers/{id}", "customer.update", "user.customer.write", customers::update),
    op("DELETE", "/v1/customers/{id}", "customer.delete", "user.customer.delete", customers::delete),
    op(
        "GET",
        "/v1/customers/{id}/conversations",
        "conversation.read",
        "user.conversation.read",
        customers::conversations,
    ),
    op(
        "POST",
        "/v1/customers/{id}/conversations",
        "conversation.create",
        "user.conversation.write",
        conversations::create_for_customer,
    ),
    op("GET", "/v1/customers/{id}/messages", "message.read", "user.message.read", customers::messages),
    op("POST", "/v1/customers/{id}/messages", "message.create", "user.message.write", messages::create_for_customer),
    op("GET", "/v1/customers/{id}/notes", "note.read", "user.note.read", customers::notes),
    op("GET", "/v1/customers/{id}/drafts", "draft.read", "user.draft.read", customers::drafts),
    op("POST", "/v1/customers/{id}/drafts", "", "", drafts::create),
    op("GET", "/v1/customers/{id}/events", "event.read", "user.event.read", customers::events),
    op("GET", "/v1/customers/{id}/klasses/{name}", "customer.read", "user.customer.read", kobjects::of_customer),
    op(
        "POST",
        "/v1/customers/{id}/klasses/{name}",
        "kobject.create",
        "user.kobject.write",
        kobjects::create_for_customer,
    ),
    op(
        "POST",
        "/v1/customers/{id}/unmasking-windows",
        "unmasking_window.create",
        "user.customer.write",
        customers::open_window,
    ),
    op(
        "DELETE",
        "/v1/customers/{id}/unmasking-windows",
        "unmasking_window.delete",
        "user.customer.write",
        customers::close_window,
    ),
    // Conversations.
    op("POST", "/v1/conversations/bulk", "conversation.create", "user.conversation.write", |call| {
        bulk::accept(call, Operation::Create, Target::Conversations, 201)
    }),
    op("PUT", "/v1/conversations/bulk", "conversation.update", "user.conversation.write", |call| {
        bulk::accept(call, Operation::Update, Target::Conversations, 201)
    }),
    op("GET", "/v1/conversations", "conversation.read", "user.conversation.read", conversations::list),
    op("POST", "/v1/conversations", "conversation.create", "user.conversation.write", conversations::create),
    op(
        "GET",
        "/v1/conversations/externalId={externalId}",
        "conversation.read",
        "user.conversation.read",
        conversations::by_external_id,
    ),
    op("GET", "/v1/conversations/{id}", "conversation.read", "user.conversation.read", conversations::get),
    op("PATCH", "/v1/conversations/{id}", "conversation.update", "user.conversation.write", conversations::update),
    op("PUT", "/v1/conversations/{id}", "conversation.update", "user.conversation.write", conversations::update),
    op("DELETE", "/v1/conversations/{id}", "conversation.delete", "user.conversation.delete", conversations::delete),
    op(
        "POST",
        "/v1/conversations/{id}/tags",
        "conversation.update",
        "user.conversation.write",
        conversations::add_tags,
    ),
    op(
        "DELETE",
        "/v1/conversations/{id}/tags",
        "conversation.delete",
        "user.conversation.write",
        conversations::remove_tags,
    ),
    op("GET", "/v1/conversations/{id}/messages", "message.read", "user.message.read", conversations::messages),
    op(
        "POST",
        "/v1/conversations/{id}/messages",
        "message.create",
        "user.message.write",
        messages::create_in_conversation,
    ),
    op("GET", "/v1/conversations/{id}/notes", "note.read", "user.note.read", conversations::notes),
    // That a legacy reader may write notes here is a quirk of the reference, kept.
    op("POST", "/v1/conversations/{id}/notes", "note.create", "user.note.read", notes::create_in_conversation),
    op("GET", "/v1/conversations/{id}/events", "event.read", "user.event.read", conversations::events),
    // Messages, notes, drafts.
    op("POST", "/v1/messages/bulk", "message.create", "user.message.write", |call| {
        bulk::accept(call, Operation::Create, Target::Messages, 200)
    }),
    op("PUT", "/v1/messages/bulk", "message.update", "user.message.write", |call| {
        bulk::accept(call, Operation::Update, Target::Messages, 200)
    }),
    op("GET", "/v1/messages", "message.read", "user.message.read", messages::list),
    op("POST", "/v1/messages", "message.create", "user.message.write", messages::create),
    op("GET", "/v1/messages/externalid={externalId}", "message.read", "user.message.read", messages::by_external_id),
    op("GET", "/v1/messages/externalId={externalId}", "message.read", "user.message.read", messages::by_external_id),
    op("GET", "/v1/messages/{id}", "message.read", "user.message.read", messages::get),
    op("PATCH", "/v1/messages/{id}", "message.update", "user.message.write", messages::update),
    op("PUT", "/v1/messages/{id}", "message.update", "user.message.write", messages::update),
    op("POST", "/v1/notes/bulk", "note.create", "user.note.write", |call| {
        bulk::accept(call, Operation::Create, Target::Notes, 201)
    }),
    op("PUT", "/v1/notes/bulk", "note.update", "user.note.write", |call| {
        bulk::accept(call, Operation::Update, Target::Notes, 201)
    }),
    op("GET", "/v1/notes", "note.read", "user.note.read", notes::list),
    op("POST", "/v1/notes", "note.create", "user.note.write", notes::create),
    op("GET", "/v1/notes/{id}", "note.read", "user.note.read", notes::get),
    op("PATCH", "/v1/notes/{id}", "note.update", "user.note.write", notes::patch),
    op("PUT", "/v1/notes/{id}", "note.update", "user.note.write", notes::put),
    op("DELETE", "/v1/notes/{id}", "note.delete", "user.note.write", notes::delete),
    op("PUT", "/v1/drafts/{id}", "", "", drafts::update),
    op("DELETE", "/v1/drafts/{id}", "", "", drafts::delete),
    // Klasses and KObjects.
    op("GET", "/v1/klasses", "klass.read", "admin.klass.read user.klass.read", kobjects::klasses),
    op("GET", "/v1/klasses/{x}", "klass.read", "admin.klass.read user.klass.read", kobjects::klass_or_list),
    op("POST", "/v1/klasses/{name}", "kobject.create", "user.kobject.write", kobjects::create),
    op("POST", "/v1/klasses/{name}/bulk", "kobject.create", "user.kobject.write", |call| {
        bulk::accept(call, Operation::Create, Target::Kobjects(call.captured(0)), 201)
    }),
    op("PUT", "/v1/klasses/{name}/bulk", "kobject.update", "user.kobject.write", |call| {
        bulk::accept(call, Operation::Update, Target::Kobjects(call.captured(0)), 200)
    }),
    op("DELETE", "/v1/klasses/{name}/bulk", "kobject.delete", "user.kobject.delete", |call| {
        bulk::accept(call, Operation::Delete, Target::Kobjects(call.captured(0)), 201)
    }),
    op("GET", "/v1/klasses/{name}/externalId={externalId}", "", "", kobjects::by_external_id),
    op("GET", "/v1/klasses/{name}/{id}", "kobject.read", "user.kobject.read", kobjects::get),
    op("PUT", "/v1/klasses/{name}/{id}", "kobject.update", "user.kobject.write", kobjects::update),
    op("DELETE", "/v1/klasses/{name}/{id}", "kobject.delete", "user.kobject.delete", kobjects::delete),
    // Jobs.
    op("GET", "/v1/bulk/{id}", "bulk.read", "user.bulk.read", bulk::get),
    op("GET", "/v1/bulk/{id}/batches", "bulk.read", "user.bulk.read", bulk::batches),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(method: &str, path: &str) -> Option<(&'static str, Vec<String>)> {
        match find(method, path) {
            Asked::Op(op, captured) => Some((op.path, captured)),
            Asked::OtherMethod | Asked::Nothing => None,
        }
    }

    #[test]
    fn literal_paths_win_and_variables_are_decoded() {
        assert_eq!(path_of("GET", "/v1/users/current"), Some(("/v1/users/current", vec![])));
        assert_eq!(
            path_of("GET", "/v1/customers/phone=%2B49+1"),
            Some(("/v1/customers/phone={phone}", vec!["+49+1".into()]))
        );
        assert_eq!(path_of("POST", "/v1/klasses/order/bulk"), Some(("/v1/klasses/{name}/bulk", vec!["order".into()])));
        assert_eq!(
            path_of("GET", "/v1/klasses/order/abc"),
            Some(("/v1/klasses/{name}/{id}", vec!["order".into(), "abc".into()]))
        );
        assert!(matches!(find("DELETE", "/v1/users/current"), Asked::OtherMethod));
        assert!(matches!(find("GET", "/v1/nothing/here"), Asked::Nothing));
    }

    #[test]
    fn no_operation_is_hidden_behind_an_earlier_one() {
        for op in OPERATIONS {
            let example = op.path.replace(['{', '}'], "");
            let (found, _) = path_of(op.method, &example).expect("every operation is reached by its own example");
            assert_eq!(found, op.path, "{} {}", op.method, op.path);
        }
    }
}
