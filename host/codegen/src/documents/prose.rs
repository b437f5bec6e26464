//! Words of the contract on their way into a page: descriptions are CommonMark, and whoever wrote
//! them is not trusted with the page.

use minijinja::Value;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Schemes that a link may have.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// CommonMark as HTML: raw HTML becomes text, images become links, other schemes lead nowhere.
pub(super) fn html(text: &str) -> Value {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: safe(dest_url),
            title,
            id,
        }),
        // Nothing is fetched from elsewhere.
        Event::Start(Tag::Image {
            dest_url,
            title,
            id,
            ..
        }) => Event::Start(Tag::Link {
            link_type: pulldown_cmark::LinkType::Inline,
            dest_url: safe(dest_url),
            title,
            id,
        }),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        // The page's own headings are above.
        Event::Start(Tag::Heading { .. }) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Paragraph),
        other => other,
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    Value::from_safe_string(page)
}

/// The address, where a browser that follows it does nothing but go there.
fn safe(url: CowStr<'_>) -> CowStr<'_> {
    let is_known = match url.split_once(':') {
        Some((scheme, _)) => {
            let is_scheme = !scheme.contains(['/', '?', '#']);
            !is_scheme
                || SCHEMES
                    .iter()
                    .any(|known| scheme.eq_ignore_ascii_case(known))
        }
        None => true,
    };
    if is_known { url } else { CowStr::Borrowed("#") }
}

/// Text in a cell of a Markdown table.
pub(super) fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

/// Text on one line.
pub(super) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text as code, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let text = cell(text);
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

/// One empty line where templates leave several, none at the end.
pub(super) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut is_code = false;
    let mut blank = 0;
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        let line = if is_code { line } else { line.trim_end() };
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if is_code || blank < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}
