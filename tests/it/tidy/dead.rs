//! What nobody uses: guests and stories without a test, modules that are not compiled, links that
//! lead nowhere.

use fs7_tests::repo;

use super::Untidy;
use super::repository::Source;

/// Guests, stories and test modules that no test names.
pub(super) fn unused(sources: &[Source]) -> Vec<Untidy> {
    let tests: String = sources
        .iter()
        .filter(|source| source.is_rust())
        .filter(|source| {
            let is_outside = source.is_in("tests/it/") || source.is_in("tests/support/");
            let opens_guests = source.text.contains("repo::guest(");
            is_outside || (source.path.ends_with("/tests.rs") && opens_guests)
        })
        .map(|source| source.text.as_str())
        .collect();
    let main = sources
        .iter()
        .find(|source| source.path == "tests/it/main.rs");
    let main = main.map_or("", |main| &main.text);
    let mut untidy = Vec::new();
    for source in sources {
        let parts: Vec<_> = source.path.split('/').collect();
        let what = match parts.as_slice() {
            ["tests", "guests", guest, "Cargo.toml"] if !tests.contains(&quoted(guest)) => {
                "no test runs this guest"
            }
            ["tests", "scenarios", "common.mjs"] => continue,
            ["tests", "scenarios", story] if !tests.contains(&quoted(story)) => {
                "no test plays this story"
            }
            ["tests", "it", module] if *module != "main.rs" && !is_declared(main, module) => {
                "`main.rs` does not declare this module"
            }
            _ => continue,
        };
        untidy.push(Untidy::new(source, 1, what));
    }
    untidy
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn is_declared(main: &str, file: &str) -> bool {
    let module = file.trim_end_matches(".rs");
    main.lines().any(|line| line == format!("mod {module};"))
}

/// Links of the documents to files that are not there.
pub(super) fn broken_links(sources: &[Source]) -> Vec<Untidy> {
    let documents = sources.iter().filter(|source| source.path.ends_with(".md"));
    documents
        .flat_map(|source| {
            let broken = source.lines().flat_map(|(number, line)| {
                links(line)
                    .filter(|link| !leads_somewhere(source, link))
                    .map(move |link| Untidy::new(source, number, format!("`{link}` leads nowhere")))
            });
            broken.collect::<Vec<_>>()
        })
        .collect()
}

fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

fn leads_somewhere(source: &Source, link: &str) -> bool {
    if link.contains("://") || link.starts_with('#') || link.starts_with("mailto:") {
        return true;
    }
    let path = link.split('#').next().unwrap_or_default();
    let document = repo::root().join(&source.path);
    document
        .parent()
        .is_some_and(|folder| folder.join(path).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_names_is_seen() {
        let sources = [
            Source::new("tests/it/main.rs", "mod used;\n"),
            Source::new(
                "tests/it/used.rs",
                "launch().guest(\"one\"); node(\"a.mjs\")",
            ),
            Source::new("tests/it/lost.rs", ""),
            Source::new("tests/guests/one/Cargo.toml", ""),
            Source::new("tests/guests/two/Cargo.toml", ""),
            Source::new("tests/scenarios/a.mjs", ""),
            Source::new("tests/scenarios/b.py", ""),
        ];
        let unused = unused(&sources);
        let seen: Vec<_> = unused.iter().map(|untidy| untidy.path.as_str()).collect();
        assert_eq!(
            seen,
            [
                "tests/it/lost.rs",
                "tests/guests/two/Cargo.toml",
                "tests/scenarios/b.py"
            ]
        );
    }

    #[test]
    fn link_to_nothing_is_seen() {
        let text = "[a](README.md#top) [b](https://example.com)\n[c](nowhere.md) [d](#here)\n";
        let seen = broken_links(&[Source::new("x.md", text)]);
        let seen: Vec<_> = seen.iter().map(ToString::to_string).collect();
        assert_eq!(seen, ["x.md:2: `nowhere.md` leads nowhere"]);
    }
}
