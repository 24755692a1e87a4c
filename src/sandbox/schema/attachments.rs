//! Owns the bodies of attachments and media, and which files each kind of record takes (Kustomer API reference 14.3, 16).

use super::{
    Field,
    Rule::{Flag, Id, Text, Whole},
    nul, opt, req,
};
use crate::sandbox::{errors::Refusal, files::MOST_LENGTH};

/// What a new attachment says about itself.
pub const NEW: &[Field] =
    &[req("name", Text(1, 1024)), req("contentType", Text(1, 256)), req("contentLength", Whole(0, MOST_LENGTH))];

/// What may be said about one later.
pub const CHANGE: &[Field] = &[
    opt("name", Text(1, 1024)),
    opt("redacted", Flag),
    opt("contentType", Text(1, 256)),
    opt("contentLength", Whole(0, MOST_LENGTH)),
];

/// An attachment as messages and notes name it.
pub const NAMED: &[Field] = &[
    req("_id", Id),
    req("name", Text(1, 1024)),
    req("contentType", Text(1, 256)),
    req("contentLength", Whole(0, MOST_LENGTH)),
    nul("sourceId", Text(0, 1024)),
];

/// Extensions the media store refuses.
const BLOCKED: &[&str] = &[
    "bin", "bat", "chm", "com", "cpl", "crt", "exe", "hlp", "hta", "inf", "ins", "isp", "jse", "lnk", "mdb", "msc",
    "msi", "msp", "mst", "pcd", "pif", "ps1", "reg", "scr", "sct", "shs", "vbe", "vba", "vbs", "wsf", "wsh", "wsl",
];

/// What goes out over `WhatsApp`: audio, video, documents, images, stickers.
const WHATSAPP: &[&str] = &[
    "aac", "mp4", "amr", "mpeg", "mp3", "ogg", "m4a", "3gp", "3gpp", "txt", "pdf", "doc", "docx", "xls", "xlsx", "ppt",
    "pptx", "jpeg", "jpg", "png", "webp",
];

/// Refuses a file name the media store blocks.
pub fn check_media(name: &str) -> Result<(), Refusal> {
    if BLOCKED.contains(&extension(name).as_str()) {
        return Err(Refusal::invalid("name", "has an extension that is not allowed"));
    }
    Ok(())
}

/// Refuses a file name `WhatsApp` does not carry.
pub fn check_whatsapp(name: &str) -> Result<(), Refusal> {
    if WHATSAPP.contains(&extension(name).as_str()) {
        return Ok(());
    }
    Err(Refusal::invalid("name", "is not a kind of file WhatsApp takes"))
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_decide_whatever_their_case() {
        assert!(check_media("report.pdf").is_ok() && check_media("README").is_ok());
        assert!(check_media("setup.EXE").is_err() && check_media("a.pdf.scr").is_err());
        assert!(check_whatsapp("a.JPG").is_ok() && check_whatsapp("a.webp").is_ok());
        assert!(check_whatsapp("a.svg").is_err() && check_whatsapp("noextension").is_err());
    }
}
