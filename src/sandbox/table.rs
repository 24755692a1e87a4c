//! Owns what an operation is and how the one for a request is found. The operations themselves stand in `routes`, beside
//! the functions that carry them out.
//!
//! Invariant: of two patterns that fit a request the one with more literal text counts, whatever order they stand in.

use std::collections::BTreeSet;

use super::{
    call::{Answer, Call},
    query::decode,
    roles,
    routes::{
        attachments, audit_logs, brands, bulk, companies, conversations, customers, drafts, forwards, klasses,
        kobjects, merges, messages, metadata, notes, queues, routing, satisfaction, schedules, sessions, settings,
        shortcuts, slas, spam, tags, teams, tokens, tracking, users, webhooks,
    },
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
    /// The roles of which a key needs any one; none means any key. Operations on `KObjects` also accept the role of the one
    /// klass their path names (Kustomer API reference, appendix A).
    pub fn accepted(&self, captured: &[String]) -> Vec<String> {
        let mut accepted = roles::accepted(self.permission, self.legacy);
        let variables = self.path.split('{').skip(1);
        let klass = variables.zip(captured).find(|(variable, _)| variable.starts_with("name}")).map(|(_, klass)| klass);
        if let (Some(klass), Some(action)) = (klass, self.permission.strip_prefix("kobject.")) {
            accepted.push(format!("org.permission.kobject.kobject_{klass}.{action}"));
        }
        accepted
    }

    /// How much of the path is literal text.
    fn literal(&self) -> usize {
        self.path.split('/').map(|part| part.split('{').next().unwrap_or_default().len()).sum()
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

/// Method and path of every operation.
#[cfg(test)]
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    operations().map(|op| (op.method, op.path))
}

/// Finds the operation for a method and a path (still encoded).
pub fn find(method: &str, path: &str) -> Asked {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let fitting: Vec<(&Op, Vec<String>)> =
        operations().filter_map(|op| fits(op.path, &segments).map(|captured| (op, captured))).collect();
    // A path taken literally by one operation is not the variable of another, whatever their methods.
    let most = fitting.iter().map(|(op, _)| op.literal()).max();
    let is_best = |(op, _): &(&Op, Vec<String>)| Some(op.literal()) == most;
    let other_method = !fitting.is_empty();
    match fitting.into_iter().filter(is_best).find(|(op, _)| op.method == method) {
        Some((op, captured)) => Asked::Op(op, captured),
        None if other_method => Asked::OtherMethod,
        None => Asked::Nothing,
    }
}

fn fits(pattern: &str, segments: &[&str]) -> Option<Vec<String>> {
    let mut captured = Vec::new();
    let mut parts = pattern.trim_matches('/').split('/');
    for segment in segments {
        let part = parts.next()?;
        match part.split_once('{') {
            None if part == *segment => {}
            Some((literal, _)) if !segment.is_empty() && segment.starts_with(literal) => {
                captured.push(decode(&segment[literal.len()..]));
            }
            None | Some(_) => return None,
        }
    }
    parts.next().is_none().then_some(captured)
}

/// One line of a list of operations.
pub const fn op(
    method: &'static str,
    path: &'static str,
    permission: &'static str,
    legacy: &'static str,
    run: fn(&mut Call) -> Answer,
) -> Op {
    Op { method, path, permission, legacy, run }
}

/// Every role that any operation accepts, by name.
pub fn roles() -> BTreeSet<String> {
    operations().flat_map(|op| op.accepted(&[])).collect()
}

/// Every operation there is, one list a file of `routes`.
fn operations() -> impl Iterator<Item = &'static Op> {
    [
        users::OPERATIONS,
        teams::OPERATIONS,
        tokens::OPERATIONS,
        brands::OPERATIONS,
        schedules::OPERATIONS,
        tags::OPERATIONS,
        shortcuts::OPERATIONS,
        spam::OPERATIONS,
        tracking::OPERATIONS,
        slas::OPERATIONS,
        queues::OPERATIONS,
        routing::OPERATIONS,
        settings::OPERATIONS,
        search::OPERATIONS,
        customers::OPERATIONS,
        conversations::OPERATIONS,
        messages::OPERATIONS,
        notes::OPERATIONS,
        drafts::OPERATIONS,
        kobjects::OPERATIONS,
        attachments::OPERATIONS,
        companies::OPERATIONS,
        forwards::OPERATIONS,
        klasses::OPERATIONS,
        merges::OPERATIONS,
        metadata::OPERATIONS,
        satisfaction::OPERATIONS,
        sessions::OPERATIONS,
        bulk::OPERATIONS,
        audit_logs::OPERATIONS,
        webhooks::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}

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
    fn a_role_for_one_klass_opens_that_klass_only() {
        let Asked::Op(op, captured) = find("PUT", "/v1/klasses/order/abc") else { unreachable!("an operation") };
        let accepted = op.accepted(&captured);
        assert!(accepted.contains(&"org.permission.kobject.update".to_owned()), "{accepted:?}");
        assert!(accepted.contains(&"org.permission.kobject.kobject_order.update".to_owned()), "{accepted:?}");
        let Asked::Op(op, captured) = find("PUT", "/v1/customers/abc") else { unreachable!("an operation") };
        assert_eq!(op.accepted(&captured).len(), 2);
    }

    #[test]
    fn no_operation_is_hidden_behind_an_earlier_one() {
        for op in operations() {
            let example = op.path.replace(['{', '}'], "");
            let (found, _) = path_of(op.method, &example).expect("every operation is reached by its own example");
            assert_eq!(found, op.path, "{} {}", op.method, op.path);
        }
    }
}
