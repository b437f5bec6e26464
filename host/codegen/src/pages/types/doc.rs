//! Comments above types and members.

/// A comment of these paragraphs, indented, with a line feed at its end; nothing where there is
/// nothing to say.
pub(crate) fn comment(paragraphs: &[String], indent: usize) -> String {
    let space = " ".repeat(indent);
    let text = paragraphs.join("\n\n");
    let lines: Vec<String> = text
        .trim()
        .lines()
        .map(|line| line.trim_end().replace("*/", "*\\/").replace('\0', ""))
        .collect();
    match lines.as_slice() {
        [] => String::new(),
        [only] if only.is_empty() => String::new(),
        [only] => format!("{space}/** {only} */\n"),
        several => {
            let body: String = several
                .iter()
                .map(|line| format!("{space} * {line}").trim_end().to_owned() + "\n")
                .collect();
            format!("{space}/**\n{body}{space} */\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_cannot_end_early() {
        let paragraphs = |text: &str| vec![text.to_owned()];
        assert_eq!(comment(&paragraphs("a */ b"), 2), "  /** a *\\/ b */\n");
        assert_eq!(
            comment(&paragraphs("a\n\nb\n"), 0),
            "/**\n * a\n *\n * b\n */\n"
        );
        assert_eq!(comment(&paragraphs(" \n"), 0), "");
    }
}
