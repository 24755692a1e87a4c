//! Owns the log: one file under the cache folder, readable by its owner only, warnings and up unless `SHIFTDECK_LOG` asks
//! for more. Never the terminal. What is logged is ids, labels, statuses and times, never customers' words or values.

use std::{
    fs::{self, OpenOptions},
    path::Path,
    sync::Mutex,
};

use tracing_subscriber::EnvFilter;

/// Filters that no setting can undo: these libraries log bodies and headers.
const SILENCED: &str = "async_openai=off,reqwest=off,hyper=off,hyper_util=off,h2=off,rustls=off,html5ever=off,selectors=off,\
     zbus=off,keyring=off,keyring_core=off,rmcp=off,oauth2=off,process_wrap=off,sse_stream=off,jsonschema=off";

/// Starts logging to `file`; where that cannot be, there is no log.
pub fn start(file: &Path) {
    let Some(folder) = file.parent() else { return };
    if fs::create_dir_all(folder).is_err() {
        return;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let Ok(file) = options.open(file) else { return };
    let wanted = std::env::var("SHIFTDECK_LOG").unwrap_or_else(|_| "warn".into());
    let level =
        ["off", "error", "warn", "info", "debug", "trace"].into_iter().find(|level| *level == wanted).unwrap_or("warn");
    let filter = EnvFilter::new(format!("{level},{SILENCED}"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file));
    let _ = subscriber.try_init();
}
