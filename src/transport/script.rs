//! Owns a tiny server for tests: it plays a list of raw answers, one a connection, and keeps what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What one connection gets.
#[derive(Clone)]
pub(crate) enum Step {
    /// These bytes, then the end.
    Raw(String),
    /// Nothing: the connection is closed once the request is read.
    Hang,
}

/// A whole JSON answer.
pub(crate) fn json_answer(status: u16, body: &Value) -> Step {
    let body = body.to_string();
    Step::Raw(format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ))
}

type Rule = Box<dyn Fn(&str) -> Step + Send>;

/// A running script.
#[derive(Clone)]
pub(crate) struct Script {
    base: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Script {
    /// Plays the steps in order; connections beyond them are refused an answer.
    pub async fn play(steps: Vec<Step>) -> Self {
        let steps = Mutex::new(steps.into_iter());
        Self::answer(Box::new(move |_| {
            steps.lock().unwrap_or_else(PoisonError::into_inner).next().unwrap_or(Step::Hang)
        }))
        .await
    }

    /// Answers each request by a rule over its text.
    pub async fn answer(rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn({
            let requests = Arc::clone(&requests);
            async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let request = read(&mut stream).await;
                    let step = rule(&request);
                    requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                    if let Step::Raw(bytes) = step {
                        let _ = stream.write_all(bytes.as_bytes()).await;
                    }
                    let _ = stream.shutdown().await;
                }
            }
        });
        Self { base, requests }
    }

    /// Its address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// All requests so far, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One whole request.
async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
