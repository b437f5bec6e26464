//! The contract for people: one HTML page, or Markdown. And the document of a running server: the
//! contract with what serves it.

mod json;
mod prose;
mod schema;
mod view;

use fs7_contract::model::Contract;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, context};

pub use json::{Registered, with_handlers};

/// The `Content-Security-Policy` that the page is made for: nothing but its own style.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page of a contract: one file that needs nothing else, readable without a network. With
/// `registered`, it says which handler serves which event.
///
/// # Errors
/// Where a template of this crate is wrong, and for no contract else.
pub fn html(contract: &Contract, registered: Option<&[Registered]>) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("prose", prose::html);
    environment.add_template("page", include_str!("../templates/documents/page.html"))?;
    environment.add_template("schema", include_str!("../templates/documents/schema.html"))?;
    let view = view::View::new(contract, registered);
    let page = environment.get_template("page")?;
    page.render(context! {
        view => Serde(view),
        style => include_str!("../templates/documents/style.css"),
        policy => CONTENT_SECURITY_POLICY,
    })
}

/// The contract as Markdown.
///
/// # Errors
/// As [`html`].
pub fn markdown(contract: &Contract, registered: Option<&[Registered]>) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    environment.add_filter("cell", prose::cell);
    environment.add_filter("code", prose::code);
    environment.add_filter("line", prose::line);
    environment.add_template(
        "page",
        include_str!("../templates/documents/document.md.jinja"),
    )?;
    let view = view::View::new(contract, registered);
    let text = environment
        .get_template("page")?
        .render(context! { view => Serde(view) })?;
    Ok(prose::tidy(&text))
}
