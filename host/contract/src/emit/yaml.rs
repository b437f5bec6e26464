//! YAML.

use serde_json::Value;

/// A document as YAML 1.2, with a line feed at the end: two spaces, lists within their key, texts
/// of several lines as blocks, and quotes around every text that a reader of YAML 1.1 or 1.2 could
/// take for something else.
pub fn yaml(document: &Value) -> String {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: false,
        prefer_block_scalars: true,
        folded_wrap_chars: usize::MAX,
    };
    // Every JSON value can be written; JSON itself is YAML, should that ever be wrong.
    serde_saphyr::to_string_with_options(document, options)
        .unwrap_or_else(|_| super::json(document))
}
