//! Owns pictures somebody sent: decoding them under limits, and drawing them in half blocks (two points a cell). Does not
//! fetch, nor hand points to terminals that draw pictures themselves (`term::graphics`). Where a terminal shows no colours,
//! or only ASCII was asked for, a picture is described in words.
//!
//! Invariant: whatever the bytes, decoding ends, allocates no more than `MOST_ALLOC`, and what is kept is no larger than
//! `SIDE` points a side. A picture is drawn by colours alone: nothing in it reaches the terminal as text.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::Cursor,
};

use image::{ImageFormat, ImageReader, Limits, imageops::FilterType};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{console::theme::Theme, privacy::contain};

/// The largest file that is fetched, in bytes.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Points a side that a picture may have; a larger one is refused before it is unpacked.
const MOST_SIDE: u32 = 10_000;
/// Bytes the decoder may take: 40 million points of three bytes.
const MOST_ALLOC: u64 = 120 * 1024 * 1024;
/// Points a side that are kept: what a terminal that draws pictures itself shows of one.
const SIDE: u32 = 960;

/// A picture, brought down to what a terminal can show.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its format's name.
    pub format: &'static str,
    /// Its size as sent, in points.
    pub original: (u32, u32),
    width: u32,
    height: u32,
    /// Red, green, blue; row by row.
    points: Vec<u8>,
    mark: u64,
}

impl std::fmt::Debug for Picture {
    /// Without the points: they are a customer's data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture")
            .field("format", &self.format)
            .field("original", &self.original)
            .finish_non_exhaustive()
    }
}

impl Picture {
    /// Decodes the bytes of a file; `Err` says why not. Of a moving picture, the first frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let format = match image::guess_format(bytes) {
            Ok(ImageFormat::Png) => "PNG",
            Ok(ImageFormat::Jpeg) => "JPEG",
            Ok(ImageFormat::Gif) => "GIF",
            Ok(ImageFormat::WebP) => "WebP",
            _ => return Err("it is no PNG, JPEG, GIF or WebP"),
        };
        let decoded = contain(|| {
            let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
            let mut limits = Limits::default();
            limits.max_image_width = Some(MOST_SIDE);
            limits.max_image_height = Some(MOST_SIDE);
            limits.max_alloc = Some(MOST_ALLOC);
            reader.limits(limits);
            reader.decode().ok()
        });
        let image = decoded.ok().flatten().ok_or("its data is broken, or unpacks to too much")?;
        let original = (image.width(), image.height());
        let small =
            if original.0 > SIDE || original.1 > SIDE { image.resize(SIDE, SIDE, FilterType::Triangle) } else { image };
        let small = flat(&small.to_rgba8());
        let (width, height, points) = (small.width(), small.height(), small.into_raw());
        let mut mark = DefaultHasher::new();
        (width, height, &points).hash(&mut mark);
        Ok(Self { format, original, width, height, points, mark: mark.finish() })
    }

    /// Columns and half lines it takes in `area`: as large as fits, its sides in proportion.
    fn fit(&self, area: Rect) -> Option<(u32, u32)> {
        if area.is_empty() || self.width == 0 || self.height == 0 {
            return None;
        }
        let (columns, lines) = (u32::from(area.width), 2 * u32::from(area.height));
        // Small pictures grow at most eightfold: beyond, one sees points and no picture.
        let scale =
            (f64::from(columns) / f64::from(self.width)).min(f64::from(lines) / f64::from(self.height)).min(8.0);
        let across = ((f64::from(self.width) * scale) as u32).clamp(1, columns);
        Some((across, ((f64::from(self.height) * scale) as u32).clamp(1, lines)))
    }

    /// The cells it takes in `area`; empty where there is no room.
    pub fn place(&self, area: Rect) -> Rect {
        let (across, down) = self.fit(area).unwrap_or_default();
        let cells = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        Rect { width: cells(across), height: cells(down.div_ceil(2)), ..area }
    }

    /// Tells it from other pictures.
    pub fn mark(&self) -> u64 {
        self.mark
    }

    /// Its points as kept, red, green and blue, row by row, with its columns and rows of points.
    pub fn points(&self) -> (u32, u32, &[u8]) {
        (self.width, self.height, &self.points)
    }

    /// Draws it as large as fits, its sides in proportion; `false` where the terminal cannot.
    pub fn view(&self, theme: &Theme, area: Rect, buf: &mut Buffer) -> bool {
        let Some((across, down)) = self.fit(area).filter(|_| theme.points([0; 3], [0; 3]).is_some()) else {
            return false;
        };
        for y in 0..down.div_ceil(2) {
            for x in 0..across {
                let point = |line: u32| self.point((x, across), (line.min(down - 1), down));
                let Some(style) = theme.points(point(2 * y), point(2 * y + 1)) else { return false };
                let (column, row) = (area.x + u16::try_from(x).unwrap_or(0), area.y + u16::try_from(y).unwrap_or(0));
                if let Some(cell) = buf.cell_mut((column, row)) {
                    cell.set_char('▀').set_style(style);
                }
            }
        }
        true
    }

    /// The point at `x` of `across` columns and `y` of `down` lines.
    fn point(&self, (x, across): (u32, u32), (y, down): (u32, u32)) -> [u8; 3] {
        let of = |at: u32, drawn: u32, side: u32| (u64::from(at) * u64::from(side) / u64::from(drawn)) as usize;
        let at = 3 * (of(y, down, self.height) * self.width as usize + of(x, across, self.width));
        self.points.get(at..at + 3).and_then(|point| point.try_into().ok()).unwrap_or_default()
    }
}

/// Lays a picture on white, as mail programs do.
fn flat(image: &image::RgbaImage) -> image::RgbImage {
    let over = |part: u8, alpha: u8| {
        let (part, alpha) = (u32::from(part), u32::from(alpha));
        u8::try_from((part * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    image::RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, alpha] = image.get_pixel(x, y).0;
        image::Rgb([over(r, alpha), over(g, alpha), over(b, alpha)])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::console::theme::Depth;

    const PNG: &[u8] = include_bytes!("../../../assets/sandbox/files/damage.png");

    #[test]
    fn a_picture_is_drawn_in_proportion_and_only_where_there_are_colours() {
        let picture = Picture::decode(PNG).expect("a PNG");
        assert_eq!((picture.format, picture.original), ("PNG", (48, 32)));
        let area = Rect::new(0, 0, 24, 20);
        let drawn = |depth| {
            let mut buf = Buffer::empty(area);
            let (theme, _) = Theme::named(None, depth);
            let done = picture.view(&theme, area, &mut buf);
            (done, buf.content().iter().filter(|cell| cell.symbol() == "▀").count())
        };
        assert_eq!(drawn(Depth::True), (true, 24 * 8));
        assert_eq!(drawn(Depth::Mono), (false, 0));
    }

    /// A PNG that says it is larger than anybody may send is refused by its head, before its data is unpacked.
    #[test]
    fn a_bomb_is_refused() {
        let mut bomb = PNG.to_vec();
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        assert!(Picture::decode(&bomb).is_err());
        assert!(Picture::decode(b"%PDF-1.4").is_err());
    }

    proptest! {
        #[test]
        fn broken_pictures_are_survived(cut in 0..PNG.len(), at in 8..PNG.len(), byte in any::<u8>()) {
            let mut bytes = PNG[..cut.max(9)].to_vec();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = Picture::decode(&bytes);
        }
    }
}
