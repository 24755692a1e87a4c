//! What the simulated desk carries on loopback: requests a second for a customer read, a page of the queue and a new note,
//! over one connection and over eight. `cargo bench --bench desk` prints one line each.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shiftdeck::sandbox::{self, Options, RateLimit};

const FOR: Duration = Duration::from_secs(2);
const CONNECTIONS: [usize; 2] = [1, 8];

/// The request of each number.
type Requests<'a> = Box<dyn Fn(usize) -> String + Sync + 'a>;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // A window of a millisecond: no limit is ever met.
    let rate_limit = Some(RateLimit { requests: u32::MAX, window_ms: 1 });
    let running = runtime.block_on(sandbox::start(Options { rate_limit, ..Options::default() })).expect("a desk");
    let client = Client { addr: running.addr, key: running.ready().api_key.clone() };
    let customers = client.ids("/v1/customers?pageSize=100");
    let conversations = client.ids("/v1/conversations?pageSize=100");
    let queue = json!({
        "queryContext": "conversation", "and": [{ "conversation_status": { "equals": "open" } }],
        "sort": [{ "conversation_updated_at": "desc" }],
    });
    let ask: [(&str, Requests); 3] = [
        ("GET customer", Box::new(|n| client.request("GET", &format!("/v1/customers/{}", pick(&customers, n)), ""))),
        ("queue page", {
            let body = queue.to_string();
            let client = &client;
            Box::new(move |_| client.request("POST", "/v1/customers/search?page=1&pageSize=50", &body))
        }),
        ("POST note", {
            let (client, conversations) = (&client, &conversations);
            Box::new(move |n| {
                let path = format!("/v1/conversations/{}/notes", pick(conversations, n));
                client.request("POST", &path, r#"{"body":"Called back, all is well."}"#)
            })
        }),
    ];
    for (name, request) in &ask {
        for connections in CONNECTIONS {
            let done = client.run(connections, request);
            println!("{name}, {connections} connections: {:.0} requests a second", done as f64 / FOR.as_secs_f64());
        }
    }
    runtime.block_on(running.shutdown());
}

fn pick(ids: &[String], number: usize) -> &str {
    &ids[number % ids.len()]
}

/// Speaks HTTP/1.1 by hand, so that the figure is the desk's and no client's.
struct Client {
    addr: SocketAddr,
    key: String,
}

impl Client {
    fn request(&self, method: &str, path: &str, body: &str) -> String {
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}",
            self.key
        )
    }

    fn ids(&self, path: &str) -> Vec<String> {
        let page = self.connect().ask(&self.request("GET", path, ""));
        let page: Value = serde_json::from_slice(&page).expect("a page");
        let rows = page["data"].as_array().expect("rows");
        rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
    }

    fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.addr).expect("the desk listens");
        stream.set_nodelay(true).expect("an option every TCP stream has");
        Connection(BufReader::new(stream))
    }

    /// Asks over so many connections at once and gives back how many answers came.
    fn run(&self, connections: usize, request: &(dyn Fn(usize) -> String + Sync)) -> usize {
        thread::scope(|scope| {
            let one = |number: usize| {
                let mut connection = self.connect();
                let (began, mut done) = (Instant::now(), 0);
                while began.elapsed() < FOR {
                    connection.ask(&request(done * connections + number));
                    done += 1;
                }
                done
            };
            let all: Vec<_> = (0..connections).map(|number| scope.spawn(move || one(number))).collect();
            all.into_iter().map(|thread| thread.join().expect("a connection")).sum()
        })
    }
}

struct Connection(BufReader<TcpStream>);

impl Connection {
    /// One request, one answer: its body.
    fn ask(&mut self, request: &str) -> Vec<u8> {
        self.0.get_mut().write_all(request.as_bytes()).expect("the desk reads");
        let (mut length, mut first) = (0, true);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("an answer");
            if first {
                assert!(line.starts_with("HTTP/1.1 20"), "{line}");
                first = false;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("the whole body");
        body
    }
}
