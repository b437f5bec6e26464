//! The form of a file: how it begins, how long it and its functions are, what it must not hold.

use super::Untidy;
use super::repository::Source;

const LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// Words that say that something is not done. Written in two halves, or this file would hold them.
const MARKERS: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
];
/// Macros that are for trying things out.
const TRIALS: [&str; 3] = [
    concat!("dbg", "!("),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];
/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 4] = ["/root/", "/work/", "/home/", "/Users/"];
/// Where packages come from; anything else is a mirror of one machine.
const REGISTRIES: [&str; 3] = [
    "registry+https://github.com/rust-lang/crates.io-index",
    "https://registry.npmjs.org/",
    "https://pypi.org/",
];

/// Every Rust file says at its top what it is for, and none is called `mod.rs`.
pub(super) fn header(source: &Source) -> Vec<Untidy> {
    let mut untidy = Vec::new();
    if !source.is_rust() || source.is_generated() {
        return untidy;
    }
    if !source.text.starts_with("//! ") {
        untidy.push(Untidy::new(
            source,
            1,
            "begin with `//!` and what the file is for",
        ));
    }
    if source.path.ends_with("/mod.rs") {
        untidy.push(Untidy::new(
            source,
            1,
            "name it after its folder, beside it: `foo.rs` and `foo/`",
        ));
    }
    untidy
}

/// Short files.
pub(super) fn length(source: &Source) -> Vec<Untidy> {
    let lines = source.text.lines().count();
    if !source.is_rust() || source.is_generated() || lines <= LINES_MAX {
        return Vec::new();
    }
    vec![Untidy::new(
        source,
        lines,
        format!("at most {LINES_MAX} lines: split it"),
    )]
}

/// Short functions. What the formatter has formed begins with `fn` and ends with a brace at the
/// same depth.
pub(super) fn function_length(source: &Source) -> Vec<Untidy> {
    let mut untidy = Vec::new();
    if !source.is_rust() || source.is_generated() {
        return untidy;
    }
    let lines: Vec<_> = source.text.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let Some(depth) = function_depth(line) else {
            continue;
        };
        let end = format!("{}}}", " ".repeat(depth));
        let body = lines.iter().skip(start);
        let length = 1 + body.clone().take_while(|line| **line != end).count();
        let has_body = body.clone().any(|line| *line == end);
        if has_body && !line.ends_with('}') && length > FUNCTION_LINES_MAX {
            let what = format!("a function of {length} lines, at most {FUNCTION_LINES_MAX}");
            untidy.push(Untidy::new(source, start + 1, what));
        }
    }
    untidy
}

/// The depth of a line that begins a function.
fn function_depth(line: &str) -> Option<usize> {
    let code = line.trim_start();
    let words: Vec<_> = code.split_whitespace().take(5).collect();
    let before = words.iter().position(|word| *word == "fn")?;
    let is_function = words.iter().take(before).all(|word| {
        word.starts_with("pub") || ["async", "const", "unsafe", "extern", "\"C\""].contains(word)
    });
    (is_function && !code.ends_with(';')).then_some(line.len() - code.len())
}

/// No space at the end of a line, a line feed at the end of the file.
pub(super) fn space(source: &Source) -> Vec<Untidy> {
    let mut untidy = Vec::new();
    if source.is_generated() {
        return untidy;
    }
    for (number, line) in source.lines() {
        if line.ends_with([' ', '\t', '\r']) {
            untidy.push(Untidy::new(source, number, "space at the end of the line"));
        }
    }
    if !source.text.is_empty() && !source.text.ends_with('\n') {
        let last = source.text.lines().count();
        untidy.push(Untidy::new(
            source,
            last,
            "no line feed at the end of the file",
        ));
    }
    untidy
}

/// Nothing that was left for later.
pub(super) fn markers(source: &Source) -> Vec<Untidy> {
    let mut untidy = Vec::new();
    if source.is_generated() {
        return untidy;
    }
    for (number, line) in source.lines() {
        let is_word = |word: &str| {
            line.split(|it: char| !it.is_alphanumeric())
                .any(|it| it == word)
        };
        let marker = MARKERS.into_iter().find(|word| is_word(word));
        let trial = TRIALS
            .into_iter()
            .find(|word| source.is_rust() && line.contains(word));
        if let Some(word) = marker.or(trial) {
            let what = format!("`{word}`: finish it, or open an issue");
            untidy.push(Untidy::new(source, number, what));
        }
    }
    untidy
}

/// Nothing of the machine that it was written on.
pub(super) fn machine(source: &Source) -> Vec<Untidy> {
    let mut untidy = Vec::new();
    // Documents of other people and pointers into documents: such paths mean nothing there.
    let documents = ["tests/contract/official/", "tests/contract/invalid/"];
    let is_document = documents.iter().any(|folder| source.is_in(folder));
    if source.path == "tests/it/tidy/form.rs" || is_document {
        return untidy;
    }
    for (number, line) in source.lines() {
        if let Some(path) = MACHINE_PATHS.iter().find(|path| line.contains(*path)) {
            let what = format!("`{path}…` exists on one machine only");
            untidy.push(Untidy::new(source, number, what));
        }
        let is_source = source.path.ends_with(".lock") && line.starts_with("source = ");
        let is_resolved =
            source.path.ends_with("package-lock.json") && line.contains("\"resolved\"");
        if (is_source || is_resolved) && !REGISTRIES.iter().any(|public| line.contains(public)) {
            untidy.push(Untidy::new(
                source,
                number,
                "a registry that not everybody has",
            ));
        }
    }
    untidy
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn file_without_a_header_is_seen() {
        assert_eq!(check(header, "a.rs", "//! A file.\n"), [""; 0]);
        assert_eq!(check(header, "a.rs", "use b;\n").len(), 1);
        assert_eq!(check(header, "a/mod.rs", "//! A file.\n").len(), 1);
        assert_eq!(check(header, "a.py", "import b\n"), [""; 0]);
    }

    #[test]
    fn long_file_is_seen() {
        assert_eq!(check(length, "a.rs", &"x\n".repeat(500)), [""; 0]);
        assert_eq!(check(length, "a.rs", &"x\n".repeat(501)).len(), 1);
        assert_eq!(check(length, "Cargo.lock", &"x\n".repeat(501)), [""; 0]);
    }

    #[test]
    fn long_function_is_seen() {
        let function = |head: &str, lines: usize| {
            let indent = " ".repeat(head.len() - head.trim_start().len());
            format!(
                "//! x\n{head} {{\n{}{indent}}}\n",
                format!("{indent}    x();\n").repeat(lines)
            )
        };
        for head in [
            "fn a()",
            "pub(crate) async fn a<T>(b: T) -> T",
            "    fn a()",
        ] {
            assert_eq!(
                check(function_length, "a.rs", &function(head, 68)),
                [""; 0],
                "{head}"
            );
            let seen = check(function_length, "a.rs", &function(head, 69));
            assert_eq!(
                seen,
                ["a.rs:2: a function of 71 lines, at most 70"],
                "{head}"
            );
        }
        let two = function("fn a()", 60) + &function("fn b()", 60);
        assert_eq!(check(function_length, "a.rs", &two), [""; 0]);
        let declared = "//! x\nfn a();\n".to_owned() + &"x\n".repeat(100) + "}\n";
        assert_eq!(check(function_length, "a.rs", &declared), [""; 0]);
    }

    #[test]
    fn space_at_an_end_is_seen() {
        assert_eq!(check(space, "a.md", "a\nb\n"), [""; 0]);
        assert_eq!(
            check(space, "a.md", "a \nb\n"),
            ["a.md:1: space at the end of the line"]
        );
        assert_eq!(check(space, "a.md", "a\t\n").len(), 1);
        assert_eq!(check(space, "a.md", "a\nb").len(), 1);
    }

    #[test]
    fn what_was_left_for_later_is_seen() {
        for word in MARKERS.into_iter().chain(TRIALS) {
            assert_eq!(
                check(markers, "a.rs", &format!("// {word}: later\n")).len(),
                1,
                "{word}"
            );
        }
        assert_eq!(check(markers, "a.rs", "// methods, TODOS\n"), [""; 0]);
    }

    #[test]
    fn path_and_registry_of_one_machine_are_seen() {
        for path in MACHINE_PATHS {
            assert_eq!(
                check(machine, "a.md", &format!("see {path}x\n")).len(),
                1,
                "{path}"
            );
        }
        let lock = |source: &str| check(machine, "Cargo.lock", &format!("source = \"{source}\"\n"));
        assert_eq!(lock(REGISTRIES[0]), [""; 0]);
        assert_eq!(lock("registry+https://mirror.example/index").len(), 1);
        let npm = "\"resolved\": \"https://mirror.example/a.tgz\"\n";
        assert_eq!(
            check(machine, "tests/clients/package-lock.json", npm).len(),
            1
        );
    }
}
