//! Tidiness that a machine can check: form, sizes, walls between the rooms of the host, and that
//! nothing in the repository is dead or stale.

mod dead;
mod form;
mod repository;
mod walls;

use std::fmt;

use fs7_tests::repo;

use repository::Source;

/// One thing that is not tidy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Untidy {
    path: String,
    line: usize,
    what: String,
}

impl Untidy {
    fn new(source: &Source, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: source.path.clone(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Untidy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// What one file must obey.
type Rule = fn(&Source) -> Vec<Untidy>;

const RULES: [Rule; 9] = [
    form::header,
    form::length,
    form::function_length,
    form::space,
    form::markers,
    form::machine,
    walls::rooms,
    walls::unbounded,
    walls::sleep,
];

#[track_caller]
fn expect_none(untidy: &[Untidy]) {
    let lines: Vec<_> = untidy.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "not tidy:\n{}", lines.join("\n"));
}

#[test]
fn every_file_is_tidy() {
    let sources = repository::sources();
    assert!(
        sources.len() > 150,
        "only {} files were found",
        sources.len()
    );
    let untidy: Vec<_> = sources
        .iter()
        .flat_map(|source| RULES.iter().flat_map(|rule| rule(source)))
        .collect();
    expect_none(&untidy);
}

#[test]
fn every_guest_story_and_module_is_used() {
    expect_none(&dead::unused(&repository::sources()));
}

#[test]
fn every_link_leads_somewhere() {
    expect_none(&dead::broken_links(&repository::sources()));
}

/// A test against a component of other sources shows nothing.
#[test]
fn components_are_built_from_these_sources() {
    for check in [repo::check_guests, repo::check_plugins] {
        check().unwrap_or_else(|words| panic!("{words}"));
    }
}

/// Runs one rule over one small file.
#[cfg(test)]
fn check(rule: Rule, path: &str, text: &str) -> Vec<String> {
    rule(&Source::new(path, text))
        .iter()
        .map(ToString::to_string)
        .collect()
}
