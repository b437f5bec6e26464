//! Plugins as files: the texts that change with the contract, put into the templates.

use fs7_contract::extension::Arguments;
use fs7_contract::model::Contract;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value as Context, context};
use serde_json::Value;

use super::code::Code;
use super::emits::{self, Emit};
use super::lower::{Lowering, lines};
use super::plan::{self, Planned};
use super::shape::{Item, Shape};
use super::types::{comment, literal, name};
use super::{GENERATED_FILE, Options, answer, file, json, types, value};
use crate::file::{GeneratedFile, Owner};
use crate::names;
use crate::sample;

const MANIFEST: &str = include_str!("../../templates/handlers/Cargo.toml.jinja");
const WORKSPACE: &str = include_str!("../../templates/handlers/workspace.toml.jinja");
const README: &str = include_str!("../../templates/handlers/README.md.jinja");
const IGNORED: &str = include_str!("../../templates/handlers/gitignore.jinja");
const GENERATED: &str = include_str!("../../templates/handlers/generated.rs.jinja");
const LIBRARY: &str = include_str!("../../templates/handlers/lib.rs.jinja");

/// Most values in a reply that a test writes out.
const EXPECTED_SIZE_MAX: usize = 30;
/// Longest chain of calls, and longest arguments of a call, on one line.
const CHAIN_MAX: usize = 60;
/// Where what a test expects stands on a line of its own.
const ASSERTED_INDENT: usize = 12;
/// Longest line of Rust.
const COLUMNS_MAX: usize = 100;

/// The files of one plugin, and what should be known about them.
pub(super) struct Rendered {
    pub(super) files: Vec<GeneratedFile>,
    pub(super) notes: Vec<String>,
}

/// A plugin's files.
pub(super) fn plugin(contract: &Contract, planned: &Planned<'_>) -> Rendered {
    let parts = Parts::of(contract, planned);
    let package = &planned.package;
    let mut notes = Vec::new();
    if parts.example.is_none() {
        notes.push(format!(
            "`{package}`: no example of the payload was found, so its test sends none; give the message one in the contract"
        ));
    }
    if parts.reply.is_none() {
        notes.push(format!(
            "`{package}`: no example of the reply was found, so it answers that it has none yet; give the reply one in the contract"
        ));
    }
    let path = |name: &str| format!("{package}/{name}");
    let manifest = render(MANIFEST, context! { package });
    Rendered {
        files: vec![
            file(path("Cargo.toml"), manifest, Owner::Author),
            file(
                path(GENERATED_FILE),
                parts.generated(contract),
                Owner::Generated,
            ),
            file(path("src/lib.rs"), parts.library(), Owner::Author),
        ],
        notes,
    }
}

/// The files around the plugins.
pub(super) fn workspace(contract: &Contract, options: &Options) -> [GeneratedFile; 3] {
    let manifest = render(WORKSPACE, context! { sdk => &options.sdk });
    let title = lines(&contract.info.title).join(" ");
    let readme = render(README, context! { title });
    [
        file("Cargo.toml".to_owned(), manifest, Owner::Author),
        file("README.md".to_owned(), readme, Owner::Author),
        file(".gitignore".to_owned(), IGNORED.to_owned(), Owner::Author),
    ]
}

/// What the templates are filled with.
struct Parts<'a> {
    planned: &'a Planned<'a>,
    items: Vec<Item>,
    payload: Shape,
    /// None where the contract describes no reply.
    reply_shape: Option<Shape>,
    emits: Vec<Emit<'a>>,
    /// A payload; none where none was found.
    example: Option<Value>,
    /// What a fresh handler answers; none where nothing valid was found.
    reply: Option<Value>,
}

impl<'a> Parts<'a> {
    fn of(contract: &'a Contract, planned: &'a Planned<'a>) -> Self {
        let mut types = Lowering::new();
        let title = plan::title(planned.operation);
        let payload = emits::payload(&mut types, &format!("{title} payload"), &planned.messages);
        let replies = planned.reply_messages();
        let described = !planned.replies.is_empty();
        let reply_shape =
            described.then(|| emits::payload(&mut types, &format!("{title} reply"), &replies));
        let emits = emits::of(contract, planned, &mut types);
        let example = match planned.messages.as_slice() {
            [] => Some(Value::Null),
            messages => messages.iter().find_map(|message| sample::message(message)),
        };
        let items = types.finish();
        let is_list = planned.arguments == Arguments::List;
        let replies = answer::of(&replies, planned.event, is_list);
        // What the type has no words for comes last.
        let shape = reply_shape.as_ref().unwrap_or(&Shape::Any);
        let told = replies
            .iter()
            .find(|reply| value::of(&items, shape, reply).is_some());
        let reply = told.or(replies.last()).cloned();
        Self {
            planned,
            items,
            payload,
            reply_shape,
            emits,
            example,
            reply,
        }
    }

    fn is_list(&self) -> bool {
        self.planned.arguments == Arguments::List
    }

    /// The file that follows the contract.
    fn generated(&self, contract: &Contract) -> String {
        let title = lines(&contract.info.title).join(" ");
        let emits: String = self
            .emits
            .iter()
            .map(|emit| emit.text(&self.items))
            .collect();
        let as_const = |value: &Option<Value>| value.as_ref().map(json::raw);
        render(
            GENERATED,
            context! {
                event => shown(self.planned.event),
                title,
                version => lines(&contract.info.version).join(" "),
                types => types::text(&self.items),
                payload => name(&self.items, &self.payload),
                is_list => self.is_list(),
                example => as_const(&self.example),
                reply => self.told_reply().is_none().then(|| as_const(&self.reply)),
                emits,
            },
        )
    }

    /// The reply as an expression.
    fn told_reply(&self) -> Option<Code> {
        let shape = self.reply_shape.as_ref().unwrap_or(&Shape::Any);
        value::of(&self.items, shape, self.reply.as_ref()?)
    }

    /// The author's file.
    fn library(&self) -> String {
        let Planned {
            namespace,
            event,
            operation,
            ..
        } = self.planned;
        let function = names::snake(plan::title(operation));
        let words = plan::words(&[&operation.summary, &operation.title, &operation.description]);
        let acknowledge = self.acknowledge();
        let signature = self.signature(&function, acknowledge.is_some());
        let expected = self
            .reply
            .as_ref()
            .filter(|_| self.told_reply().is_some())
            .filter(|reply| answer::is_exact(reply) && json::size(reply) <= EXPECTED_SIZE_MAX);
        let expected = expected.map(|reply| match self.is_list() {
            true => format!("json!({})", json::line(reply)),
            false => format!("json!([{}])", json::line(reply)),
        });
        let replied = expected.map(|expected| {
            let fits = ASSERTED_INDENT + expected.chars().count() + 4 < COLUMNS_MAX;
            let expected = if fits {
                format!("Ok({expected})")
            } else {
                format!("Ok(\n                {expected}\n            )")
            };
            assert_equal("outcome.reply()", &expected)
        });
        let emitted = acknowledge
            .as_ref()
            .map(|it| assert_equal("outcome.emits()[0].name", &literal(&it.0)));
        render(
            LIBRARY,
            context! {
                event => shown(event),
                words => comment(&words.map(lines).unwrap_or_default(), ""),
                event_literal => literal(event),
                namespace_literal => (*namespace != "/").then(|| literal(namespace)),
                function,
                signature,
                is_list => self.is_list(),
                log => literal(&format!("handling {}: {{payload:?}}", braces(event))),
                acknowledge => acknowledge.as_ref().map(|it| it.1.text(4, 2)),
                reply => self.told_reply().map(|reply| self.reply_text(reply)),
                reply_type => self.reply_type(),
                has_reply => self.reply.is_some(),
                run => self.run(),
                has_example => self.example.is_some(),
                replied,
                emitted,
                failure => literal(&format!("{event} has no reply yet")),
            },
        )
    }

    /// The reply within the lines of the function.
    fn reply_text(&self, reply: Code) -> String {
        if self.is_list() {
            reply.text(4, self.reply_type().chars().count() + 15)
        } else {
            Code::call("Ok", vec![reply]).text(4, 0)
        }
    }

    /// The expression that sends the example, broken where rustfmt breaks it.
    fn run(&self) -> String {
        let mut chain = vec![format!("test::message({})", literal(self.planned.event))];
        if self.planned.namespace != "/" {
            chain.push(format!(".namespace({})", literal(self.planned.namespace)));
        }
        let example = if self.is_list() {
            ".args(Args::list(&example))"
        } else {
            ".arg(example)"
        };
        chain.extend([example.to_owned(), ".run::<Handlers>()".to_owned()]);
        let line = chain.concat();
        if line.chars().count() <= CHAIN_MAX {
            line
        } else {
            chain.join("\n            ")
        }
    }

    fn reply_type(&self) -> String {
        match &self.reply_shape {
            Some(shape) => name(&self.items, shape),
            None => "Value".to_owned(),
        }
    }

    /// The first lines of the function, broken where they are long.
    fn signature(&self, function: &str, emits: bool) -> String {
        let context = if emits { "context" } else { "_context" };
        let (payload, reply) = if self.is_list() {
            ("args: Args".to_owned(), "Args".to_owned())
        } else {
            let payload = name(&self.items, &self.payload);
            (format!("payload: {payload}"), self.reply_type())
        };
        let answer = format!("Result<{reply}, Rejection>");
        let line = format!("fn {function}({context}: &mut Context, {payload}) -> {answer} {{");
        if line.chars().count() <= COLUMNS_MAX {
            line
        } else {
            format!(
                "fn {function}(\n    {context}: &mut Context,\n    {payload},\n) -> {answer} {{"
            )
        }
    }

    /// The seed's `EVENT_ack`, where the contract names it, or says nothing about a reply: its name
    /// and the call that emits it.
    fn acknowledge(&self) -> Option<(String, Code)> {
        let event = format!("{}_ack", self.planned.event);
        let named = self.emits.iter().find(|emit| emit.operation.event == event);
        let Some(emit) = named else {
            let seeds = self.reply_shape.is_none() && !self.planned.operation.has_parameters();
            let success = value::any(&answer::success(self.planned.event));
            let arguments = vec![Code::Text(literal(&event)), success];
            return seeds.then(|| (event, Code::call("context.emit", arguments)));
        };
        if emit.operation.has_parameters() {
            return None;
        }
        let mut arguments = vec![Code::Text("context".to_owned())];
        if !emit.is_bare(&self.items) {
            let is_list = emit.operation.extension.arguments == Some(Arguments::List);
            let payloads = answer::of(&emit.messages, self.planned.event, is_list);
            let mut told = payloads
                .iter()
                .filter_map(|payload| value::of(&self.items, &emit.shape, payload));
            arguments.push(told.next()?);
        }
        Some((event, Code::call(&emit.function, arguments)))
    }
}

/// A line of a test, broken where rustfmt breaks it.
fn assert_equal(found: &str, expected: &str) -> String {
    let line = format!("{found}, {expected}");
    if line.chars().count() <= CHAIN_MAX {
        format!("assert_eq!({line});")
    } else {
        format!("assert_eq!(\n            {found},\n            {expected}\n        );")
    }
}

/// A name within back-ticks of a comment.
fn shown(name: &str) -> String {
    lines(name).join(" ").replace('`', "'")
}

/// A name within a text of `format!`.
fn braces(name: &str) -> String {
    name.replace('{', "{{").replace('}', "}}")
}

/// A template of ours; that each of them is sound is tested.
fn render(template: &str, context: Context) -> String {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .lstrip_blocks(true);
    if let Ok(syntax) = syntax.build() {
        environment.set_syntax(syntax);
    }
    let rendered = environment.render_str(template, context);
    rendered.unwrap_or_else(|error| format!("{error}\n"))
}
