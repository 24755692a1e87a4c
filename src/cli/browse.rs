//! Owns the reading commands for one customer or klass: `timeline`, `kobjects`.

use serde_json::json;

use super::{
    Exit, Failure,
    args::{Kobjects, Timeline},
    out, render,
    session::Session,
};
use crate::{
    config::Config,
    domain::{Customer, CustomerId, KlassName},
    kustomer::{Key, Reader},
};

fn count(shown: usize, total: Option<u64>) -> String {
    total.map_or_else(|| format!("{shown} shown"), |total| format!("{shown} of {total}"))
}

/// `shiftdeck timeline`.
pub async fn timeline(config: Config, args: &Timeline) -> Result<Exit, Failure> {
    let session = Session::open(config).await?;
    session.sign_in().await?;
    let customer = find(&session.reader, &args.customer).await?;
    let timeline = session.reader.whole_timeline(&customer.id).await?;
    if args.json {
        let items: Vec<_> = timeline.items.iter().map(render::item).collect();
        out::json(&json!({ "customer": render::customer(&customer), "items": items, "gaps": timeline.gaps }))?;
    } else {
        let row = |item| {
            let (what, words) = render::item_line(item);
            vec![item.at().map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(), what, words]
        };
        out::table(
            &["WHEN (UTC)", "WHAT", &customer.name.line()],
            &timeline.items.iter().map(row).collect::<Vec<_>>(),
        )?;
        timeline.gaps.iter().for_each(|gap| out::say(&format!("not shown — {gap}")));
    }
    session.close().await;
    Ok(Exit::Done)
}

/// A customer by whatever people call one: an address, the desk's id, the org's id.
async fn find(reader: &Reader, given: &str) -> Result<Customer, Failure> {
    let is_id = given.len() == 24 && given.bytes().all(|b| b.is_ascii_hexdigit());
    let found = if given.contains('@') {
        reader.customer_by(Key::Email(given)).await?
    } else if is_id {
        Some(reader.customer(&CustomerId::new(given)).await?)
    } else {
        reader.customer_by(Key::ExternalId(given)).await?
    };
    found.ok_or_else(|| Failure::new("no such customer", "the desk knows nobody by that", "try shiftdeck search"))
}

/// `shiftdeck kobjects`.
pub async fn kobjects(config: Config, args: &Kobjects) -> Result<Exit, Failure> {
    let session = Session::open(config).await?;
    session.sign_in().await?;
    let klass = session.reader.klass(&KlassName::new(&args.klass)).await?;
    let (rows, total) = match (&args.customer, &args.external_id) {
        (_, Some(id)) => (session.reader.kobject_by_external_id(&klass.name, id).await?.into_iter().collect(), None),
        (Some(customer), None) => (session.reader.kobjects_of(&CustomerId::new(customer), &klass.name).await?, None),
        (None, None) => {
            let page = session.reader.kobjects(&klass.name, 1).await?;
            (page.rows, page.total)
        }
    };
    if args.json {
        out::json(
            &json!({ "klass": klass.name.as_str(), "kobjects": rows.iter().map(render::kobject).collect::<Vec<_>>() }),
        )?;
    } else {
        let row = |kobject: &crate::domain::Kobject| {
            let external = kobject.external_id.as_ref().map(|id| id.line().into_string()).unwrap_or_default();
            vec![kobject.id.to_string(), external, kobject.title.line().into_string()]
        };
        out::table(&["ID", "EXTERNAL ID", "TITLE"], &rows.iter().map(row).collect::<Vec<_>>())?;
        out::say(&count(rows.len(), total));
    }
    session.close().await;
    Ok(Exit::Done)
}
