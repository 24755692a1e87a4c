//! Owns one look at lists of tools before the library has them: over HTTP it leaves tools out whose headers cannot be sent, and
//! says so in its own log only. Everything else passes through.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::{HeaderName, HeaderValue};
use futures::StreamExt;
use rmcp::{
    model::{ClientJsonRpcMessage, JsonRpcMessage, ServerJsonRpcMessage, ServerResult},
    transport::{
        common::client_side_sse::BoxedSseResponse,
        streamable_http_client::{
            StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse, StreamableHttpResponseLimits,
        },
    },
};

use super::definition::{LeftOut, cut, headers};

/// Tools that were left out before we saw them.
#[derive(Clone, Debug, Default)]
pub(super) struct Dropped(Arc<Mutex<Vec<LeftOut>>>);

impl Dropped {
    /// Those since the last time.
    pub fn take(&self) -> Vec<LeftOut> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn look(&self, message: &ServerJsonRpcMessage) {
        let JsonRpcMessage::Response(response) = message else { return };
        let ServerResult::ListToolsResult(list) = &response.result else { return };
        for tool in &list.tools {
            if let Err(why) = headers(&tool.schema_as_json_value()) {
                let left = LeftOut { name: cut(&tool.name, 128), why };
                let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if all.len() < 1_000 && !all.contains(&left) {
                    all.push(left);
                }
            }
        }
    }

    fn look_at(&self, event: Option<&str>) {
        // Most events are no lists: the parse is spared them.
        if let Some(event) = event.filter(|event| event.contains("x-mcp-header"))
            && let Ok(message) = serde_json::from_str(event)
        {
            self.look(&message);
        }
    }
}

/// A client that looks.
#[derive(Clone)]
pub(super) struct Ear<C> {
    pub inner: C,
    pub dropped: Dropped,
}

type Headers = HashMap<HeaderName, HeaderValue>;
type Posted<C> = Result<StreamableHttpPostResponse, StreamableHttpError<<C as StreamableHttpClient>::Error>>;
type Streamed<C> = Result<BoxedSseResponse, StreamableHttpError<<C as StreamableHttpClient>::Error>>;

impl<C: StreamableHttpClient + Sync> StreamableHttpClient for Ear<C> {
    type Error = C::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        token: Option<String>,
        headers: Headers,
    ) -> Posted<C> {
        let limits = StreamableHttpResponseLimits::default();
        self.post_message_with_response_limits(uri, message, session, token, headers, limits).await
    }

    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        token: Option<String>,
        headers: Headers,
        limits: StreamableHttpResponseLimits,
    ) -> Posted<C> {
        let posted =
            self.inner.post_message_with_response_limits(uri, message, session, token, headers, limits).await?;
        Ok(match posted {
            StreamableHttpPostResponse::Json(message, session) => {
                self.dropped.look(&message);
                StreamableHttpPostResponse::Json(message, session)
            }
            StreamableHttpPostResponse::Sse(stream, session) => {
                let dropped = self.dropped.clone();
                let stream = stream.inspect(move |event| {
                    dropped.look_at(event.as_ref().ok().and_then(|event| event.data.as_deref()));
                });
                StreamableHttpPostResponse::Sse(stream.boxed(), session)
            }
            other => other,
        })
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        token: Option<String>,
        headers: Headers,
    ) -> Result<(), StreamableHttpError<C::Error>> {
        self.inner.delete_session(uri, session, token, headers).await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last: Option<String>,
        token: Option<String>,
        headers: Headers,
    ) -> Streamed<C> {
        self.inner.get_stream(uri, session, last, token, headers).await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last: Option<String>,
        token: Option<String>,
        headers: Headers,
        most: usize,
    ) -> Streamed<C> {
        self.inner.get_stream_with_max_sse_event_size(uri, session, last, token, headers, most).await
    }
}
