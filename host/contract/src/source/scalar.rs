//! Plain scalars of YAML's core schema (YAML 1.2.2, section 10.3.2) as JSON values.

use serde_json::Number;

use super::node::Data;

/// What a plain scalar stands for, or the words for what JSON cannot hold.
pub(super) fn plain(text: &str) -> Result<Data, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Data::Null),
        "true" | "True" | "TRUE" => return Ok(Data::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Data::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(not_json(text)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err(not_json(text));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return Ok(radix(digits, 16).unwrap_or_else(|| Data::String(text.to_owned())));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return Ok(radix(digits, 8).unwrap_or_else(|| Data::String(text.to_owned())));
    }
    if !is_number(unsigned) {
        return Ok(Data::String(text.to_owned()));
    }
    number(text)
        .map(Data::Number)
        .ok_or_else(|| format!("`{text}` is too large for a number"))
}

fn not_json(text: &str) -> String {
    format!("`{text}` is a number that JSON does not have")
}

fn radix(digits: &str, radix: u32) -> Option<Data> {
    // `from_str_radix` would take a sign.
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    Some(Data::Number(value.into()))
}

/// `[0-9]+` or `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_number(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa =
        digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let is_exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    is_mantissa && is_exponent
}

/// A number of the core schema: leading zeros, a plus sign and a bare point are allowed there.
fn number(text: &str) -> Option<Number> {
    let (is_negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..)?),
        Some(b'+') => (false, text.get(1..)?),
        _ => (false, text),
    };
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let sign = if is_negative { "-" } else { "" };
        if let Ok(value) = unsigned.parse::<u64>()
            && !is_negative
        {
            return Some(value.into());
        }
        if let Ok(value) = format!("{sign}{unsigned}").parse::<i64>() {
            return Some(value.into());
        }
    }
    Number::from_f64(text.parse::<f64>().ok()?)
}

/// A number as JSON writes it.
pub(super) fn json_number(text: &str) -> Option<Number> {
    number(text)
}
