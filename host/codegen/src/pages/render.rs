//! Templates, and what they are filled with.

use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, Value, context};

use super::plan::{Page, Plan};
use super::{literal, types};
use crate::file::{GeneratedFile, Owner};

/// Where everything lies that a run writes again.
pub(super) const FOLDER: &str = ".generated";

macro_rules! templates {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!("../../templates/pages/", $name)))),*]
    };
}

const TEMPLATES: &[(&str, &str)] = &templates![
    "README.md",
    "forms.ts",
    "operations.ts",
    "page.vue",
    "receive.spec.ts",
    "receive.vue",
    "routes.ts",
    "send.spec.ts",
    "send.vue",
    "testing.ts",
    "types.operations.ts",
    "types.schemas.ts",
];

/// What differs from contract to contract.
pub(super) fn files(plan: &Plan) -> Result<Vec<GeneratedFile>, Error> {
    let templates = environment()?;
    let pages: Vec<Value> = plan.pages.iter().map(page_context).collect();
    let declarations = plan.types.declarations().iter();
    let declarations: Vec<Value> = declarations.map(|it| Value::from(&it.text)).collect();
    let imports: Vec<Value> = imports(plan).into_iter().map(Value::from).collect();
    let whole = context! {
        pages => pages.clone(),
        title => one_line(&plan.title),
        example => plan.pages.first().map_or_else(|| "'…'".to_owned(), |it| literal::string(&it.name)),
        facts => facts(plan),
        imports,
        declarations,
    };
    let render = |path: String, template: &str, context: &Value, owner: Owner| {
        let text = templates.get_template(template)?.render(context)?;
        Ok::<_, Error>(GeneratedFile { path, text, owner })
    };
    let generated = |path: &str, template: &str, context: &Value| {
        render(
            format!("{FOLDER}/{path}"),
            template,
            context,
            Owner::Generated,
        )
    };
    let mut files = vec![
        generated("README.md", "README.md", &whole)?,
        generated("contract/operations.ts", "operations.ts", &whole)?,
        generated("types/operations.ts", "types.operations.ts", &whole)?,
        generated("types/schemas.ts", "types.schemas.ts", &whole)?,
        generated("routes.ts", "routes.ts", &whole)?,
    ];
    for (page, context) in plan.pages.iter().zip(&pages) {
        let stem = &page.stem;
        let context = context! { page => context };
        let (view, spec) = if page.is_receive {
            ("receive.vue", "receive.spec.ts")
        } else {
            ("send.vue", "send.spec.ts")
        };
        if page.is_receive {
            files.push(generated(
                &format!("forms/{stem}.ts"),
                "forms.ts",
                &context,
            )?);
        }
        files.push(generated(&format!("pages/{stem}.vue"), view, &context)?);
        files.push(generated(
            &format!("testing/{stem}.ts"),
            "testing.ts",
            &context,
        )?);
        files.push(render(
            format!("{stem}.vue"),
            "page.vue",
            &context,
            Owner::Author,
        )?);
        files.push(render(
            format!("{stem}.spec.ts"),
            spec,
            &context,
            Owner::Author,
        )?);
    }
    Ok(files)
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut templates = Environment::new();
    // Braces belong to Vue.
    let syntax = SyntaxConfig::builder()
        .variable_delimiters("[[", "]]")
        .block_delimiters("[%", "%]")
        .comment_delimiters("[#", "#]")
        .keep_trailing_newline(true)
        .build()?;
    templates.set_syntax(syntax);
    templates.set_auto_escape_callback(|_| AutoEscape::None);
    for &(name, text) in TEMPLATES {
        templates.add_template(name, text)?;
    }
    Ok(templates)
}

fn page_context(page: &Page) -> Value {
    let word = |name: &str| {
        page.facts
            .get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
    };
    context! {
        stem => &page.stem,
        component => &page.component,
        literal => literal::string(&page.name),
        key => literal::key(&page.name),
        receive => page.is_receive,
        list => page.is_list,
        send => &page.send,
        reply => &page.reply,
        received => &page.received,
        parameters => page.parameters.is_some(),
        defaults => page.parameters.as_ref().map(|it| literal::value(it, 0)),
        messages => literal::value(&page.messages, 0),
        example => literal::value(&page.example, 0),
        about => types::comment(&page.about, 2).trim_end(),
        action => word("action"),
        event_cell => cell(word("event")),
        namespace_cell => cell(word("namespace")),
    }
}

/// The facts of all operations by name.
fn facts(plan: &Plan) -> String {
    let facts = plan
        .pages
        .iter()
        .map(|page| (page.name.clone(), page.facts.clone()));
    let facts: serde_json::Map<String, serde_json::Value> = facts.collect();
    literal::value(&facts.into(), 0)
}

/// The declared types that the operations name.
fn imports(plan: &Plan) -> BTreeSet<&str> {
    let all = plan
        .pages
        .iter()
        .flat_map(|page| [&page.send, &page.reply, &page.received]);
    let is_name = |it: char| it.is_alphanumeric() || it == '_';
    let words: BTreeSet<&str> = all.flat_map(|it| it.split(|it| !is_name(it))).collect();
    let declared = plan.types.declarations().iter().map(|it| it.name.as_str());
    declared.filter(|name| words.contains(name)).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Code in a table of Markdown.
fn cell(text: &str) -> String {
    format!("`{}`", one_line(text).replace('`', "'").replace('|', "\\|"))
}
