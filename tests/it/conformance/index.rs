//! Owns the list of documented operations (`operations.txt`), as a table.

/// An operation as the reference documents it.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: &'static str,
    /// Under `/v1`, with variables in braces.
    pub path: &'static str,
    /// None where the reference does not say which success it is.
    pub status: Option<u16>,
    /// Full names of the roles of which any one is enough; empty where the reference names none.
    pub roles: Vec<String>,
}

impl Operation {
    /// `GET /customers/{}`: two spellings of a variable are one operation.
    pub fn name(&self) -> String {
        name(self.method, self.path)
    }
}

/// An operation's name without those of its variables.
pub fn name(method: &str, path: &str) -> String {
    let mut out = format!("{method} ");
    let mut rest = path;
    while let Some((literal, tail)) = rest.split_once('{') {
        out.push_str(literal);
        out.push_str("{}");
        rest = tail.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}

/// Every documented operation.
pub fn operations() -> Vec<Operation> {
    let lines = include_str!("operations.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(operation).collect()
}

fn operation(line: &'static str) -> Operation {
    let mut parts = line.split(" | ");
    let mut next = || parts.next().unwrap_or_else(|| panic!("four columns in {line}"));
    let (method, path) = next().split_once(' ').unwrap_or_else(|| panic!("method and path in {line}"));
    let status = match next() {
        "2xx" => None,
        text => Some(text.parse().unwrap_or_else(|_| panic!("a status in {line}"))),
    };
    let mut roles = Vec::new();
    for prefix in ["org.permission.", "org."] {
        roles.extend(next().split(' ').filter(|role| *role != "-").map(|role| format!("{prefix}{role}")));
    }
    Operation { method, path, status, roles }
}
