//! The table of rules in the README is the table of rules in the code.
//! `UPDATE_GOLDEN=1 cargo test -p fs7-contract --test documented` writes it anew.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use fs7_contract::check::rules::RULES;

const HEAD: &str = "| rule | finding | what it asks for |\n|---|---|---|\n";

#[test]
fn every_rule_stands_in_the_readme() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).expect("read the README");
    let (before, _) = text.split_once(HEAD).expect("a table of rules");
    let rows = RULES.iter().map(|rule| {
        let sentence = rule.sentence.replace('|', "\\|");
        format!(
            "| `{}` | {} | {sentence} |\n",
            rule.name,
            rule.severity.as_str()
        )
    });
    let expected = format!("{before}{HEAD}{}", rows.collect::<String>());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, expected).expect("write the README");
        return;
    }
    assert!(
        text == expected,
        "the table differs; write it anew with `UPDATE_GOLDEN=1`"
    );
}
