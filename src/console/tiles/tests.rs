//! The layout's rules over many trees and sizes.

use proptest::prelude::*;

use super::*;

/// A tree as keys make it: splits, closings, resizings in any order.
fn any_tile() -> impl Strategy<Value = Tile> {
    let step = (0..4_u8, 0..PaneId::ALL.len(), 0..PaneId::ALL.len(), any::<bool>(), -400..400_i16);
    proptest::collection::vec(step, 0..12).prop_map(|steps| {
        let mut tile = Tile::Pane(PaneId::Queue);
        for (kind, one, other, is_beside, by) in steps {
            let (one, other) = (PaneId::ALL[one], PaneId::ALL[other]);
            let way = if is_beside { Way::Beside } else { Way::Below };
            let panes = tile.panes();
            let at = panes[usize::from(by.unsigned_abs()) % panes.len()];
            match kind {
                0 | 1 => {
                    tile.split(at, way, other);
                }
                2 => {
                    tile.grow(one, way, by);
                }
                _ => {
                    tile.close(at);
                }
            }
        }
        tile
    })
}

proptest! {
    #[test]
    fn parts_cover_the_body_and_never_overlap(tile in any_tile(), width in 1..500_u16, height in 1..200_u16) {
        let body = Rect::new(3, 2, width, height);
        let parts = tile.parts(body);
        let cells = |area: Rect| u32::from(area.width) * u32::from(area.height);
        prop_assert_eq!(parts.iter().map(|(_, part)| cells(*part)).sum::<u32>(), cells(body));
        for (place, (pane, part)) in parts.iter().enumerate() {
            prop_assert_eq!(part.intersection(body), *part);
            for (other, beside) in &parts[place + 1..] {
                prop_assert!(pane != other && part.intersection(*beside).is_empty());
            }
        }
    }

    #[test]
    fn a_layout_kept_reads_as_itself(tile in any_tile()) {
        prop_assert_eq!(Tile::from_json(&tile.to_json()), Some(tile));
    }

    #[test]
    fn a_border_dragged_lands_where_it_was_dropped(tile in any_tile(), x in 60..140_u16, y in 15..45_u16) {
        let body = Rect::new(0, 0, 200, 60);
        let mut dragged = tile.clone();
        for (number, (way, whole, _)) in tile.cuts(body).iter().enumerate() {
            dragged.drag(number, body, Position { x, y });
            let (at, start, length) = match way {
                Way::Beside => (x, whole.x, whole.width),
                Way::Below => (y, whole.y, whole.height),
            };
            let (_, whole_now, first) = dragged.cuts(body)[number];
            let edge = if *way == Way::Beside { first.right() } else { first.bottom() };
            let is_inside = at >= start + length * 2 / 10 && at <= start + length * 8 / 10;
            if is_inside && whole_now == *whole {
                prop_assert!(edge.abs_diff(at) <= 1, "{edge} {at}");
            }
        }
    }
}

fn three() -> Tile {
    let mut tile = Tile::Pane(PaneId::Queue);
    assert!(tile.split(PaneId::Queue, Way::Beside, PaneId::Timeline));
    assert!(tile.split(PaneId::Timeline, Way::Below, PaneId::Assistant));
    tile
}

#[test]
fn a_fourth_pane_and_one_that_is_here_are_refused() {
    let mut tile = three();
    assert!(!tile.split(PaneId::Queue, Way::Below, PaneId::Audit));
    let mut two = Tile::row(&[PaneId::Queue, PaneId::Timeline]).expect("panes");
    assert!(!two.split(PaneId::Queue, Way::Below, PaneId::Timeline));
}

#[test]
fn neighbours_are_found_by_where_they_stand() {
    let parts = three().parts(Rect::new(0, 0, 200, 60));
    let beside = |of, toward| neighbour(&parts, of, toward);
    assert_eq!(beside(PaneId::Queue, Toward::Right), Some(PaneId::Timeline));
    assert_eq!(beside(PaneId::Assistant, Toward::Left), Some(PaneId::Queue));
    assert_eq!(beside(PaneId::Assistant, Toward::Up), Some(PaneId::Timeline));
    assert_eq!(beside(PaneId::Queue, Toward::Down), None);
}

#[test]
fn the_last_pane_cannot_be_closed_and_the_rest_takes_the_room() {
    let mut tile = three();
    assert!(tile.close(PaneId::Queue) && tile.close(PaneId::Timeline));
    assert_eq!(tile, Tile::Pane(PaneId::Assistant));
    assert!(!tile.close(PaneId::Assistant));
}

#[test]
fn foreign_layouts_are_none() {
    let pane = json!("Queue");
    for foreign in [
        json!(null),
        json!("Attic"),
        json!({"way": "beside", "share": 500, "parts": [pane, pane]}),
        json!({"way": "across", "share": 500, "parts": ["Queue", "Audit"]}),
        json!({"way": "below", "share": -1, "parts": ["Queue", "Audit"]}),
        json!({"way": "below", "share": 500, "parts": ["Queue"]}),
    ] {
        assert_eq!(Tile::from_json(&foreign), None, "{foreign}");
    }
}
