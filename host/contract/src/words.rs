//! Words that several findings share.

/// The name that was probably meant.
pub fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let distance =
        |name: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase());
    names
        .iter()
        .map(|name| (distance(name), *name))
        .filter(|(distance, name)| {
            *distance <= 1.max(name.chars().count().min(word.chars().count()) / 3)
        })
        .min()
        .map(|(_, name)| name)
}

/// Names in a sentence, cut where they are many.
pub fn list(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}
