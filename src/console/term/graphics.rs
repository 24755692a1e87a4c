//! Owns pictures on terminals that draw them themselves, in points instead of half blocks: kitty's protocol and sixel, as bytes,
//! and what of it is on screen. Does not decide what is shown (`view::pictured`) nor write to the terminal (`canvas`).
//!
//! The half blocks stay below in the cells, so that a terminal that turns out not to know the protocol shows those.
//! Invariant: the bytes are ours and base64 or sixel characters made of decoded points; nothing a customer sent is passed on as
//! it came. A picture leaves before a frame in which something lies over it.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use icy_sixel::SixelImage;
use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::png::PngEncoder, imageops::FilterType};
use ratatui::layout::Rect;

use crate::console::widgets::picture::Picture;

/// How a terminal shows pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Graphics {
    /// Only by the colours of its cells.
    #[default]
    Blocks,
    /// By kitty's graphics protocol.
    Kitty,
    /// By sixel.
    Sixel,
}

/// The number our one picture has at the terminal (kitty): of any use to ourselves only.
const NUMBER: u32 = 7_701;
/// Base64 characters a part of a picture may have (kitty's protocol).
const PART: usize = 4_096;
/// Points of a cell where the terminal does not tell: a usual font.
const CELL: (u16, u16) = (8, 16);

/// The picture on screen besides the cells.
#[derive(Debug, Default)]
pub struct Shown {
    place: Option<(Rect, u64)>,
    /// The bytes that show it, kept for when its cells are written anew.
    bytes: String,
}

impl Shown {
    /// What has to be told the terminal for this frame; `written` are the cells of the frame that were just written.
    pub fn tell(
        &mut self,
        graphics: Graphics,
        wanted: Option<(Rect, &Picture)>,
        cell: Option<(u16, u16)>,
        written: impl Fn(Rect) -> bool,
    ) -> String {
        let wanted = wanted.filter(|_| graphics != Graphics::Blocks);
        let place = wanted.map(|(place, picture)| (place, picture.mark()));
        if place == self.place {
            // Kitty keeps a picture over its cells; a sixel is part of them.
            let is_torn = graphics == Graphics::Sixel && place.is_some_and(|(place, _)| written(place));
            return if is_torn { self.bytes.clone() } else { String::new() };
        }
        let gone = if self.place.is_some() { leave(graphics) } else { String::new() };
        self.place = place;
        self.bytes = wanted.map(|(place, picture)| show(graphics, place, picture, cell)).unwrap_or_default();
        gone + &self.bytes
    }
}

fn leave(graphics: Graphics) -> String {
    match graphics {
        Graphics::Kitty => format!("\x1b_Ga=d,d=I,i={NUMBER},q=2\x1b\\"),
        // The cells below it were written, because they differ from half blocks.
        Graphics::Sixel | Graphics::Blocks => String::new(),
    }
}

/// The bytes that show a picture; empty where it cannot be encoded, and the half blocks stay.
fn show(graphics: Graphics, place: Rect, picture: &Picture, cell: Option<(u16, u16)>) -> String {
    let drawn = match graphics {
        Graphics::Kitty => kitty(place, picture),
        Graphics::Sixel => sixel(place, picture, cell.unwrap_or(CELL)),
        Graphics::Blocks => None,
    };
    drawn.map(|bytes| format!("\x1b[{};{}H{bytes}", place.y + 1, place.x + 1)).unwrap_or_default()
}

/// As a PNG of our own making, in parts, scaled by the terminal to these cells.
fn kitty(place: Rect, picture: &Picture) -> Option<String> {
    let (width, height, points) = picture.points();
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(points, width, height, ExtendedColorType::Rgb8).ok()?;
    let text = STANDARD.encode(png);
    let parts: Vec<&str> =
        text.as_bytes().chunks(PART).map(|part| std::str::from_utf8(part).unwrap_or_default()).collect();
    let mut told = String::with_capacity(text.len() + parts.len() * 16);
    for (at, part) in parts.iter().enumerate() {
        let more = u8::from(at + 1 < parts.len());
        let head = if at == 0 {
            format!("a=T,f=100,i={NUMBER},q=2,C=1,c={},r={},", place.width, place.height)
        } else {
            String::new()
        };
        let _ = write!(told, "\x1b_G{head}m={more};{part}\x1b\\");
    }
    Some(told)
}

/// Stretched to the points that these cells have, as kitty does it: half blocks that stood out below would look broken.
fn sixel(place: Rect, picture: &Picture, cell: (u16, u16)) -> Option<String> {
    let (width, height, points) = picture.points();
    let whole = RgbImage::from_raw(width, height, points.to_vec())?;
    let across = u32::from(place.width) * u32::from(cell.0.clamp(1, 64));
    // Sixels come in rows of six points: a broken one would reach into the line below.
    let down = u32::from(place.height) * u32::from(cell.1.clamp(1, 128)) / 6 * 6;
    let scaled = image::imageops::resize(&whole, across.max(1), down.max(1), FilterType::Triangle);
    let (width, height) = (scaled.width() as usize, scaled.height() as usize);
    let opaque = image::DynamicImage::ImageRgb8(scaled).into_rgba8().into_raw();
    SixelImage::try_from_rgba(opaque, width, height).ok()?.encode().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = include_bytes!("../../../assets/sandbox/files/damage.png");

    fn told(shown: &mut Shown, graphics: Graphics, wanted: Option<(Rect, &Picture)>, torn: bool) -> String {
        shown.tell(graphics, wanted, Some((10, 20)), |_| torn)
    }

    #[test]
    fn a_picture_is_told_once_and_taken_away_before_something_lies_over_it() {
        let picture = Picture::decode(PNG).expect("a PNG");
        let place = Rect::new(2, 5, 24, 8);
        let mut shown = Shown::default();
        let first = told(&mut shown, Graphics::Kitty, Some((place, &picture)), true);
        assert!(first.starts_with("\x1b[6;3H\x1b_Ga=T,f=100,i=7701,q=2,C=1,c=24,r=8,m="), "{first:?}");
        assert!(first.ends_with("\x1b\\"));
        assert_eq!(told(&mut shown, Graphics::Kitty, Some((place, &picture)), true), "");
        assert_eq!(told(&mut shown, Graphics::Kitty, None, false), "\x1b_Ga=d,d=I,i=7701,q=2\x1b\\");
        assert_eq!(told(&mut shown, Graphics::Kitty, None, false), "");
    }

    #[test]
    fn parts_of_a_large_picture_are_short_and_the_last_says_so() {
        let noise =
            RgbImage::from_fn(300, 200, |x, y| image::Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (x ^ y) as u8]));
        let mut png = Vec::new();
        PngEncoder::new(&mut png).write_image(&noise, 300, 200, ExtendedColorType::Rgb8).expect("encoded");
        let picture = Picture::decode(&png).expect("a PNG");
        let bytes = kitty(Rect::new(0, 0, 40, 13), &picture).expect("bytes");
        let parts: Vec<&str> = bytes.split("\x1b_G").skip(1).collect();
        assert!(parts.len() > 3 && parts.iter().all(|part| part.len() < PART + 100));
        let last = parts.iter().position(|part| part.contains("m=0;"));
        assert_eq!(last, Some(parts.len() - 1));
        assert!(bytes.bytes().all(|byte| byte == 0x1b || (b' '..=b'~').contains(&byte)));
    }

    #[test]
    fn a_sixel_has_the_points_of_its_cells_and_is_told_again_when_they_were_written() {
        let picture = Picture::decode(PNG).expect("a PNG");
        let place = Rect::new(0, 0, 24, 8);
        let mut shown = Shown::default();
        let first = told(&mut shown, Graphics::Sixel, Some((place, &picture)), true);
        let body = first.strip_prefix("\x1b[1;1H").expect("its place first");
        let read = SixelImage::decode(body.as_bytes()).expect("a sixel");
        assert_eq!(read.dimensions(), (240, 156));
        assert!(first.bytes().all(|byte| byte == 0x1b || (b' '..=b'~').contains(&byte)));
        assert_eq!(told(&mut shown, Graphics::Sixel, Some((place, &picture)), false), "");
        assert_eq!(told(&mut shown, Graphics::Sixel, Some((place, &picture)), true), first);
    }

    #[test]
    fn terminals_without_pictures_are_told_nothing() {
        let picture = Picture::decode(PNG).expect("a PNG");
        let mut shown = Shown::default();
        assert_eq!(told(&mut shown, Graphics::Blocks, Some((Rect::new(0, 0, 9, 9), &picture)), true), "");
    }
}
