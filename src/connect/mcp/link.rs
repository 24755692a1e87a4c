//! Owns how a connection comes about: the probe for the modern way, the fallback to a handshake, over HTTP or a program's
//! pipes; and hearing of changed lists where that needs a stream of its own.

use std::time::Duration;

use rmcp::{
    Peer, RoleClient,
    model::{ProtocolVersion, ServerNotification, SubscriptionFilter},
    service::{ClientInitializeError, ClientLifecycleMode, ClientServiceExt, RunningService},
    transport::{
        AuthClient, StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    McpError,
    child::{self, Heard},
    client::{Era, Identity, said},
    ear::{Dropped, Ear},
    error::words,
    handler::Handler,
    sign_in::signed_in,
    tokens::Tokens,
};
use crate::{
    clock::Clock,
    config::{Env, McpServer, McpWay},
    store::Store,
    transport::{ErrorKind, mcp as http},
};

/// The probe's own limit in the library, which is waited for before the handshake.
const PROBE: Duration = Duration::from_secs(10);
/// The most bytes of one message.
const MESSAGE: usize = 8 * 1024 * 1024;
/// How much longer than a call a connection may be silent: silence is judged call by call.
const SILENCE: Duration = Duration::from_mins(11);
/// How long is waited before a stream of changes is opened again, growing.
const AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30), Duration::from_mins(2)];

/// What connecting needs besides the server.
#[derive(Clone, Debug)]
pub struct Means {
    /// Where a person's yes to a command is kept.
    pub store: Store,
    /// The environment programs are given a part of.
    pub env: Env,
    /// Where sign-ins are kept.
    pub tokens: Tokens,
}

impl Means {
    /// With sign-ins in the system's keyring.
    pub fn new(store: Store, env: Env) -> Self {
        Self { store, env, tokens: Tokens::default() }
    }
}

/// A connection.
pub(super) struct Link {
    pub running: RunningService<RoleClient, Handler>,
    pub heard: Option<Heard>,
    pub dropped: Dropped,
}

type Running = Result<RunningService<RoleClient, Handler>, ClientInitializeError>;

/// The probe first; what it leaves in doubt is settled by a handshake on a connection of its own.
pub(super) async fn connect(
    server: &McpServer,
    handler: &Handler,
    clock: &Clock,
    means: &Means,
) -> Result<Link, McpError> {
    let probe = ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        legacy_version: Some(ProtocolVersion::V_2025_11_25),
    };
    let dropped = Dropped::default();
    let (running, heard) = once(server, handler, clock, means, (probe, &dropped)).await?;
    match running {
        Ok(running) => Ok(Link { running, heard, dropped }),
        Err(error) if is_in_doubt(&error) => {
            let (running, heard) =
                once(server, handler, clock, means, (ClientLifecycleMode::Initialize, &dropped)).await?;
            match running {
                Ok(running) => Ok(Link { running, heard, dropped }),
                Err(error) => Err(failed(&error, heard.as_ref())),
            }
        }
        Err(error) => Err(failed(&error, heard.as_ref())),
    }
}

/// Whether a failed probe says nothing about the handshake (integrations reference, 3.6: anything else, or silence).
fn is_in_doubt(error: &ClientInitializeError) -> bool {
    matches!(
        error,
        ClientInitializeError::ExpectedInitResponse(_)
            | ClientInitializeError::ExpectedInitResult(_)
            | ClientInitializeError::ConflictInitResponseId(..)
            | ClientInitializeError::UncorrelatedErrorResponse { .. }
            | ClientInitializeError::ConnectionClosed(_)
    )
}

fn failed(error: &ClientInitializeError, heard: Option<&Heard>) -> McpError {
    match McpError::starting(error) {
        McpError::Unreachable { why, said: None } => McpError::Unreachable { why, said: heard.and_then(Heard::last) },
        other => other,
    }
}

async fn once(
    server: &McpServer,
    handler: &Handler,
    clock: &Clock,
    means: &Means,
    (how, dropped): (ClientLifecycleMode, &Dropped),
) -> Result<(Running, Option<Heard>), McpError> {
    let within = clock.sleep(server.patience + PROBE);
    match &server.way {
        McpWay::Http { url, token, oauth, .. } => {
            let (client, config) = over_http(url, token.as_ref(), server.patience + SILENCE)?;
            let dropped = dropped.clone();
            let handler = handler.clone();
            let serve = async {
                if *oauth {
                    let inner = AuthClient::new(client, signed_in(server, &means.tokens).await?);
                    let transport = StreamableHttpClientTransport::with_client(Ear { inner, dropped }, config);
                    return Ok(handler.serve_with_lifecycle(transport, how).await);
                }
                let transport = StreamableHttpClientTransport::with_client(Ear { inner: client, dropped }, config);
                Ok(handler.serve_with_lifecycle(transport, how).await)
            };
            tokio::select! {
                running = serve => Ok((running?, None)),
                () = within => Err(McpError::Silent),
            }
        }
        McpWay::Child { .. } => {
            let (process, heard) = child::start(server, &means.env, &means.store)?;
            tokio::select! {
                running = handler.clone().serve_with_lifecycle(process, how) => Ok((running, Some(heard))),
                () = within => Err(McpError::Silent),
            }
        }
    }
}

fn over_http(
    url: &SecretString,
    token: Option<&SecretString>,
    silence: Duration,
) -> Result<(http::HttpClient, StreamableHttpClientTransportConfig), McpError> {
    let client = http::client(url, silence).map_err(|error| match error.kind() {
        ErrorKind::Unreachable => {
            McpError::Unreachable { why: "the system's certificates cannot be loaded", said: None }
        }
        _ => McpError::Address("it is no URL, or plain http to another machine"),
    })?;
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.expose_secret()).max_sse_event_size(MESSAGE);
    config.max_json_response_size = MESSAGE;
    if let Some(token) = token {
        config = config.auth_header(token.expose_secret());
    }
    Ok((client, config))
}

/// What the server says it is.
///
/// # Errors
/// When it answered with a version that is not known here.
pub(super) fn identity(
    server: &McpServer,
    running: &RunningService<RoleClient, Handler>,
) -> Result<Identity, McpError> {
    let Some(info) = running.peer_info() else { return Err(McpError::Garbled("it did not say what it is")) };
    let version = &info.protocol_version;
    if !ProtocolVersion::KNOWN_VERSIONS.contains(version) {
        return Err(McpError::Version(words(version.as_str())));
    }
    let named = info.server_info.as_ref();
    Ok(Identity {
        name: said(named.map(|named| named.name.as_str()), 200),
        version: said(named.map(|named| named.version.as_str()), 200),
        protocol: version.as_str().to_owned(),
        era: if *version >= ProtocolVersion::V_2026_07_28 { Era::Modern } else { Era::Legacy },
        instructions: said(info.instructions.as_deref(), 4_000),
        address: address(server),
    })
}

/// Where a server is, without anything secret.
pub fn address(server: &McpServer) -> String {
    match &server.way {
        McpWay::Http { host_shown, .. } => host_shown.clone(),
        McpWay::Child { .. } => child::command_line(server).unwrap_or_default(),
    }
}

/// Whether the server tells when its tools change.
pub(super) fn tells_changes(running: &RunningService<RoleClient, Handler>) -> bool {
    let tools = running.peer_info().and_then(|info| info.capabilities.tools.clone());
    tools.is_some_and(|tools| tools.list_changed == Some(true))
}

/// Hears of changes until the connection ends. A stream that broke is opened again, and counts as a change: one may have
/// been missed.
pub(super) async fn listen(peer: Peer<RoleClient>, handler: Handler, clock: Clock) {
    let mut failures = 0;
    while !peer.is_transport_closed() {
        let filter = SubscriptionFilter::builder().tools_list_changed().build();
        if let Ok(mut stream) = peer.listen(filter).await {
            failures = 0;
            while let Ok(Some(told)) = stream.next().await {
                if matches!(told, ServerNotification::ToolListChangedNotification(_)) {
                    handler.note_change();
                }
            }
            if peer.is_transport_closed() {
                return;
            }
            handler.note_change();
        } else if failures == AGAIN.len() {
            return;
        } else {
            failures += 1;
        }
        clock.sleep(AGAIN[failures.min(AGAIN.len() - 1)]).await;
    }
}
