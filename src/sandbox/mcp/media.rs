//! Owns the one answer that is not text: a proof of delivery with a picture, a sound, a link and a slip.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// The proof that this parcel arrived.
pub fn proof(parcel: &Value) -> Value {
    let id = parcel["id"].as_str().unwrap_or_default();
    let slip = format!("parcelry://slips/{id}");
    json!({ "content": [
        { "type": "text", "text": format!("Proof of delivery for {id}."), "annotations": { "audience": ["user"], "priority": 0.9 } },
        { "type": "image", "data": PIXEL, "mimeType": "image/png" },
        { "type": "audio", "data": STANDARD.encode(silence()), "mimeType": "audio/wav" },
        { "type": "resource_link", "uri": format!("https://parcelry.example/proofs/{id}"), "name": "proof", "title": "The proof's page", "mimeType": "text/html" },
        { "type": "resource", "resource": { "uri": slip, "mimeType": "text/plain", "text": format!("{id} was handed to the recipient.") } },
    ] })
}

/// A tenth of a second of silence: 8 kHz, 8 bits, one channel.
fn silence() -> Vec<u8> {
    const SAMPLES: u32 = 800;
    const RATE: u32 = 8_000;
    let head: [&[u8]; 13] = [
        b"RIFF",
        &(36 + SAMPLES).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &RATE.to_le_bytes(),
        &RATE.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &8_u16.to_le_bytes(),
        b"data",
        &SAMPLES.to_le_bytes(),
    ];
    head.concat().into_iter().chain(std::iter::repeat_n(128, SAMPLES as usize)).collect()
}
