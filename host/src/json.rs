//! What counts as arguments on the wire: a JSON array, nested no deeper than every client can
//! follow.

use serde::de::IgnoredAny;

/// Deepest nesting of arrays and objects: the same with and without a contract.
const DEPTH_MAX: usize = fs7_contract::validator::DEPTH_MAX;

/// Checks arguments without building a tree.
///
/// # Errors
/// Fails with words that name what is wrong.
pub fn check_array(text: &str) -> Result<(), String> {
    // One walk tells of nearly all that is right; what it is not sure of is read closely.
    if fs7_contract::validator::is_list(text) {
        return Ok(());
    }
    if !text.starts_with('[') {
        return Err("the arguments are no JSON array".into());
    }
    if is_too_deep(text) {
        return Err(format!("the arguments are nested deeper than {DEPTH_MAX}"));
    }
    serde_json::from_str::<IgnoredAny>(text)
        .map(|_| ())
        .map_err(|error| format!("the arguments are no JSON: {error}"))
}

/// Checks one value, which was found to be JSON.
///
/// # Errors
/// When it is nested too deep.
pub fn check_value(text: &str) -> Result<(), String> {
    if is_too_deep(text) {
        return Err(format!("the value is nested deeper than {DEPTH_MAX}"));
    }
    Ok(())
}

/// Whether brackets are nested deeper than they may be. Text that holds no more than so many, in
/// strings or not, is not looked at closely.
fn is_too_deep(text: &str) -> bool {
    // `[` and `{` differ in one bit.
    let brackets = || text.bytes().filter(|byte| byte | 0x20 == b'{').count();
    text.len() > DEPTH_MAX && brackets() > DEPTH_MAX && depth(text) > DEPTH_MAX
}

/// How deep brackets are nested, in text that need not be JSON.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_arrays_of_bounded_depth() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let wide = format!("[{}[]]", "{},[],".repeat(DEPTH_MAX));
        let told = format!("[\"{}\"]", "[{".repeat(DEPTH_MAX));
        for text in [
            "[]",
            "[1]",
            r#"["[[[[","\"]"]"#,
            &nested(DEPTH_MAX),
            &wide,
            &told,
        ] {
            assert_eq!(check_array(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "{}",
            "1",
            "[1",
            "[1]x",
            "[\u{1e}]",
            "[\"\u{1e}\"]",
            &nested(DEPTH_MAX + 1),
        ] {
            assert!(check_array(text).is_err(), "{text:?}");
        }
        assert!(check_array(&nested(1_000_000)).is_err());
    }
}
