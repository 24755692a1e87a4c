//! Owns the brand operations (Kustomer API reference 24). One brand is the default.

use serde_json::json;

use crate::sandbox::{
    doc::Kind,
    records::plain::Plain,
    schema::settings,
    table::{Op, op},
};

/// The operations of this file, with the roles they accept (Kustomer API reference, appendix A).
pub const OPERATIONS: &[Op] = &[
    op("GET", "/v1/brands", "brand.read", "admin.brand.read user.brand.read", |call| BRAND.list(call)),
    op("POST", "/v1/brands", "brand.create", "admin.brand.write", |call| BRAND.create(call, 201)),
    op("GET", "/v1/brands/default", "brand.read", "admin.brand.read user.brand.read", |call| {
        super::plain::find_default(call, &BRAND)?;
        BRAND.one(call, 200)
    }),
    op("GET", "/v1/brands/{id}", "brand.read", "admin.brand.read user.brand.read", |call| BRAND.one(call, 200)),
    op("PATCH", "/v1/brands/{id}", "brand.update", "admin.brand.write", |call| BRAND.update(call, 200)),
];

const BRAND: Plain = Plain {
    unique: &["name"],
    ..Plain::new(Kind::Brand, "Brand", settings::BRAND, || json!({ "iconUrl": null, "default": false }))
};
