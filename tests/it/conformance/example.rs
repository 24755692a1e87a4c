//! Owns how one call of an operation is written down: what stands in its path, what it sends, what comes back.

use serde_json::Value;

/// What a successful answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No body at all.
    Nothing,
    /// One resource of this type; an empty name accepts any, where the reference leaves the literal open.
    One(&'static str),
    /// A page of resources of this type, with `meta` and `links`.
    Page(&'static str),
    /// Resources without paging.
    Several(&'static str),
    /// Something else, with a value at this JSON pointer.
    Other(&'static str),
}

/// One call.
#[derive(Clone, Debug)]
pub struct Example {
    pub method: &'static str,
    /// As in `operations.txt`.
    pub path: &'static str,
    /// What the path's variables are, in order: fixtures (`$customer`, fresh ones `$+customer`) or literals.
    pub variables: Vec<&'static str>,
    pub query: &'static str,
    pub body: Option<Value>,
    pub shape: Shape,
    /// Whether an unknown id in the path is a 404.
    pub misses: bool,
}

/// A call of `GET path`, and so on.
pub fn get(path: &'static str) -> Example {
    new("GET", path)
}

pub fn post(path: &'static str) -> Example {
    new("POST", path)
}

pub fn put(path: &'static str) -> Example {
    new("PUT", path)
}

pub fn patch(path: &'static str) -> Example {
    new("PATCH", path)
}

pub fn delete(path: &'static str) -> Example {
    new("DELETE", path)
}

fn new(method: &'static str, path: &'static str) -> Example {
    Example { method, path, variables: Vec::new(), query: "", body: None, shape: Shape::Nothing, misses: true }
}

impl Example {
    /// What stands in the path, separated by spaces.
    pub fn at(mut self, variables: &'static str) -> Self {
        self.variables = variables.split(' ').collect();
        self
    }

    pub fn query(mut self, query: &'static str) -> Self {
        self.query = query;
        self
    }

    pub fn send(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn one(self, kind: &'static str) -> Self {
        Self { shape: Shape::One(kind), ..self }
    }

    pub fn page(self, kind: &'static str) -> Self {
        Self { shape: Shape::Page(kind), ..self }
    }

    pub fn several(self, kind: &'static str) -> Self {
        Self { shape: Shape::Several(kind), ..self }
    }

    pub fn other(self, pointer: &'static str) -> Self {
        Self { shape: Shape::Other(pointer), ..self }
    }

    /// For paths of which the reference does not say that an unknown value is an error.
    pub fn never_misses(mut self) -> Self {
        self.misses = false;
        self
    }
}
