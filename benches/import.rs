//! The validation of a file of a hundred thousand rows, from its bytes to values and reasons; without the writing of the plan,
//! which is the disk's. `cargo bench --bench import`.

use divan::{Bencher, counter::ItemsCount};
use shiftdeck::{
    bulk::{
        Resource,
        import::{Asked, Fields, Former, Input, Mapping, Mode, Table, Wishes, make},
    },
    domain::{Attribute, KlassName},
};

fn main() {
    divan::main();
}

/// Orders as a shop exports them; every thousandth cannot be sent.
fn orders(rows: usize) -> Vec<u8> {
    let mut text = "Order,External ID,Status,Total,Paid,Placed,Link,Note\n".to_owned();
    for n in 0..rows {
        let total = if n % 1_000 == 999 { "a lot".to_owned() } else { format!("{}.{:02}", n % 900, n % 100) };
        text.push_str(&format!(
            "Order {n},E-{n},shipped,{total},yes,2025-03-{:02} 09:30,https://shop.example/o/{n},\"left at the door, ring twice\"\n",
            n % 28 + 1
        ));
    }
    text.into_bytes()
}

fn fields() -> Fields {
    let names = ["statusStr", "totalNum", "paidBool", "placedAt", "linkUrl", "noteTxt"];
    let mut custom = names.map(Attribute::undescribed);
    custom[0].enumeration = vec!["open".into(), "shipped".into(), "returned".into()];
    Fields::of(Resource::Kobjects(KlassName::new("order")), &custom)
}

#[divan::bench(sample_count = 10)]
fn validate_100_000_rows(bencher: Bencher) {
    const ROWS: usize = 100_000;
    let (input, fields) = (Input::pasted(orders(ROWS)).expect("input"), fields());
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let table = Table::detect(input.clone(), &Wishes::default()).expect("a table");
        let asked = Asked { columns: vec![("Order".to_owned(), "title".to_owned())], computed: Vec::new() };
        let mapping = Mapping::make(&table.header, &[], &fields, Mode::Create, &asked, None).expect("a mapping");
        let moments = make::moments("2025-03-04T10:15:00Z".parse().expect("a moment"));
        let mut former = Former::new(&table.header, &fields, &mapping, Mode::Create, moments, false);
        let rows = table.rows().expect("rows");
        let bad = rows.map(|row| former.form(row.expect("a row"))).filter(|row| !row.faults.is_empty()).count();
        assert_eq!(bad, ROWS / 1_000);
    });
}
