//! Arguments held against the contract, in the mode `strict`: what fits, and what does not.

use std::path::Path;

use divan::{Bencher, black_box};
use fs7_contract::validator::Checks;

use crate::stand;

/// A larger event: an order with its lines.
const ORDER: &str = r##"
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  order:
    address: order
    messages: {placed: {payload: {$ref: "#/components/schemas/Order"}}}
operations:
  receiveOrder: {action: receive, channel: {$ref: "#/channels/order"}}
components:
  schemas:
    Order:
      type: object
      properties:
        id: {type: string, format: uuid}
        placed: {type: string, format: date-time}
        lines: {type: array, maxItems: 1000, items: {$ref: "#/components/schemas/Line"}}
      required: [id, placed, lines]
      additionalProperties: false
    Line:
      type: object
      properties:
        article: {type: string, minLength: 1, maxLength: 40}
        amount: {type: integer, minimum: 1, maximum: 1000}
        price: {type: number, exclusiveMinimum: 0}
        unit: {type: string, enum: [piece, kg, m]}
      required: [article, amount, price, unit]
"##;

/// A hundred lines, 6 KB.
fn order(unit: &str) -> String {
    let line = format!(r#"{{"article":"A-4711","amount":3,"price":12.50,"unit":"{unit}"}}"#);
    let lines = vec![line; 100].join(",");
    let head = r#""id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","placed":"2026-01-02T03:04:05Z""#;
    format!(r#"[{{{head},"lines":[{lines}]}}]"#)
}

/// Compiled checks of a contract.
fn checks(path: &Path) -> Checks {
    let reading = fs7_contract::read(path, &fs7_contract::Disk);
    Checks::compile(&reading.contract.unwrap()).unwrap()
}

fn bench(bencher: Bencher<'_, '_>, event: &str, text: &str, fits: bool) {
    let directory = tempfile::tempdir().unwrap();
    stand::contract::write(directory.path());
    std::fs::write(directory.path().join("order.yaml"), ORDER).unwrap();
    let file = match event {
        "order" => "order.yaml",
        _ => stand::contract::FILE,
    };
    let checks = checks(&directory.path().join(file));
    let check = &checks.received("/", event).unwrap().payload;
    assert_eq!(check.verify(text, 0, 64).is_ok(), fits);
    bencher.bench(|| black_box(check.verify(black_box(text), 0, 64)).is_ok());
}

#[divan::bench]
fn fits_user(bencher: Bencher<'_, '_>) {
    bench(bencher, "user_signed_up", stand::PAYLOAD, true);
}

#[divan::bench]
fn violates_user(bencher: Bencher<'_, '_>) {
    bench(bencher, "user_signed_up", r#"[{"user_id":1}]"#, false);
}

#[divan::bench]
fn fits_order_of_100_lines(bencher: Bencher<'_, '_>) {
    bench(bencher, "order", &order("kg"), true);
}

#[divan::bench]
fn violates_order_of_100_lines(bencher: Bencher<'_, '_>) {
    bench(bencher, "order", &order("mile"), false);
}

/// What every event pays that the contract leaves open: is it JSON, and not too deep?
#[divan::bench]
fn json_of_order_only(bencher: Bencher<'_, '_>) {
    let text = order("kg");
    bencher.bench(|| fs7::json::check_array(black_box(&text)).unwrap());
}
