//! Owns fetching a file by a signed address: one request, bounded, to wherever the desk says its files are (Kustomer API
//! reference 16). Knows no desk and repeats nothing.
//!
//! Invariant: the key is not sent; the address goes into no error and no log, because whoever has it has the file; an
//! address on this machine is only followed for a desk on this machine.

use reqwest::Url;

use super::{
    ApiError, ErrorKind,
    send::{READ_TIMEOUT, client, is_loopback, lost},
};

/// The bytes behind `url`, at most `most`.
pub(super) async fn bytes(label: &'static str, url: &str, most: usize, local: bool) -> Result<Vec<u8>, ApiError> {
    let failed = |kind| ApiError::new(kind, label);
    let parsed = Url::parse(url).map_err(|_| failed(ErrorKind::BadRequest).with_cause("the address is no URL"))?;
    if is_loopback(&parsed) && !local {
        return Err(failed(ErrorKind::BadRequest).with_cause("the address leads to this machine"));
    }
    let unreachable = |error: &reqwest::Error| failed(ErrorKind::Unreachable).with_cause(lost(error).why());
    let mut response = client(url, READ_TIMEOUT)?.get(parsed).send().await.map_err(|error| unreachable(&error))?;
    match response.status().as_u16() {
        200 => {}
        401 | 403 => return Err(failed(ErrorKind::Forbidden).with_cause("the address has expired")),
        404 | 410 => return Err(failed(ErrorKind::NotFound)),
        500..=599 => return Err(failed(ErrorKind::Server)),
        _ => return Err(failed(ErrorKind::Garbled)),
    }
    let mut all = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if all.len() + chunk.len() > most {
            return Err(failed(ErrorKind::Garbled).with_cause("the file is too large"));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}
