//! `fs7 bench`: puts a load on a server and prints what came of it.

use std::time::Duration;

use anyhow::Context as _;
use fs7_load::{
    Broadcast, Events, Http, Join, LoadError, Order, Plan, Report, Scenario, Storm, Target,
    Transport,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::client::Client;
use super::failure::{CommandResult, Exit, Failure};
use super::{instance, output};
use crate::app;
use crate::cli::bench::{
    BenchArgs, BenchCommand, BroadcastArgs, Carrier, EventsArgs, HttpArgs, JoinArgs, LoadArgs,
    OrderArgs, StormArgs,
};
use crate::config::Draft;

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let hint = error.hint();
        let exit = match error {
            LoadError::Plan(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        let failure: Self = anyhow::Error::new(error).into();
        Self {
            hint: hint.map(str::to_owned),
            exit,
            ..failure
        }
    }
}

/// Puts the load on the server.
pub(crate) fn run(
    settings: &dyn Fn() -> Result<Draft, Failure>,
    args: &BenchArgs,
) -> CommandResult {
    let (load, join, scenario) = match &args.command {
        BenchCommand::Events(args) => (&args.load, Some(&args.join), events(args)?),
        BenchCommand::Idle(args) => (&args.load, Some(&args.join), Scenario::Idle(args.hold)),
        BenchCommand::Broadcast(args) => (&args.load, Some(&args.join), broadcast(args)?),
        BenchCommand::Storm(args) => (&args.load, Some(&args.join), storm(args)),
        BenchCommand::Http(args) => (&args.load, None, http(settings, args)?),
    };
    let (target, own_pid) = target(settings, load)?;
    let plan = Plan {
        target,
        join: how_to_join(load, join)?,
        connections: load.connections,
        pid: load.pid.or(own_pid),
        scenario,
    };
    let say = (!load.quiet).then_some(output::message as fn(&str));
    // Every client asks as often as every other, however many there are: see the server's runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .global_queue_interval(app::GLOBAL_QUEUE_INTERVAL)
        .build()
        .context("start the load generator")?;
    let report = runtime.block_on(fs7_load::run(plan, say))?;
    // What clients have not finished dies with them.
    runtime.shutdown_background();
    tell(&report, load)?;
    Ok(if report.is_good {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn tell(report: &Report, load: &LoadArgs) -> Result<(), Failure> {
    // First what cannot fail for a path: a measurement is not made twice.
    if load.json {
        output::json(report)?;
    } else {
        let rows: Vec<_> = report.rows().into_iter().map(Vec::from).collect();
        output::table(&rows)?;
    }
    let Some(path) = &load.report else {
        return Ok(());
    };
    let mut text = serde_json::to_vec_pretty(report).context("write the report")?;
    text.push(b'\n');
    Ok(instance::write_whole(path, &text)
        .with_context(|| format!("write the report to `{}`", path.display()))?)
}

/// The URL, or the server of this directory with its process.
fn target(
    settings: &dyn Fn() -> Result<Draft, Failure>,
    load: &LoadArgs,
) -> Result<(Target, Option<u32>), Failure> {
    let parse = |url: &str| Target::parse(url).map_err(|error| Failure::usage(error.to_string()));
    match &load.url {
        Some(url) => parse(url).map(|target| (target, None)),
        None => {
            let client = Client::find(&settings()?)?;
            let pid = client.record.identity.pid;
            parse(&client.url()).map(|target| (target, Some(pid)))
        }
    }
}

fn how_to_join(load: &LoadArgs, join: Option<&JoinArgs>) -> Result<Join, Failure> {
    if !load.namespace.starts_with('/') || load.namespace.contains(',') {
        return Err(Failure::usage(format!(
            "`{}` is no namespace: expected `/` or `/name`",
            load.namespace
        )));
    }
    let auth = join.and_then(|join| join.auth.as_deref());
    let path = join.map_or("/", |join| &join.path);
    if !path.starts_with('/') {
        return Err(Failure::usage(format!(
            "`{path}` is no path: expected one that begins with `/`"
        )));
    }
    Ok(Join {
        transport: match join.map(|join| join.transport) {
            Some(Carrier::Polling) => Transport::Polling,
            Some(Carrier::Websocket) | None => Transport::WebSocket,
        },
        namespace: load.namespace.clone(),
        path: path.to_owned(),
        auth: auth.map(object).transpose()?,
    })
}

fn object(text: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(text)
        .context("`--auth` is not a JSON object")
        .map_err(|error| {
            Failure::from(error)
                .with_hint("quote it for the shell, as in `--auth '{\"token\": 1}'`")
                .with_exit(Exit::Usage)
        })
}

/// An event whose argument is JSON.
fn order(event: &str, payload: Option<&str>, flag: &str) -> Result<Order, Failure> {
    let payload = payload.map(|text| {
        serde_json::from_str::<Box<RawValue>>(text)
            .with_context(|| format!("`{flag}` is not JSON"))
            .map_err(|error| {
                let hint = "quote it for the shell, as in `--payload '{\"user_id\": \"u-1\"}'`";
                Failure::from(error).with_hint(hint).with_exit(Exit::Usage)
            })
    });
    Ok(Order {
        event: event.to_owned(),
        payload: payload.transpose()?.map(|payload| payload.get().to_owned()),
    })
}

fn ordered(args: &OrderArgs) -> Result<Order, Failure> {
    order(&args.event, args.payload.as_deref(), "--payload")
}

fn events(args: &EventsArgs) -> Result<Scenario, Failure> {
    Ok(Scenario::Events(Events {
        order: ordered(&args.order)?,
        depth: args.depth,
        rate: args.rate,
        is_acked: !args.no_ack,
        awaited: args.awaited.clone(),
        duration: args.time.duration,
        warmup: args.time.warmup,
    }))
}

fn broadcast(args: &BroadcastArgs) -> Result<Scenario, Failure> {
    let payload = args.join_payload.as_deref();
    let joining = args.joining.as_deref();
    Ok(Scenario::Broadcast(Broadcast {
        order: ordered(&args.order)?,
        awaited: args.awaited.clone(),
        joining: joining
            .map(|event| order(event, payload, "--join-payload"))
            .transpose()?,
        depth: args.depth,
        duration: args.time.duration,
        warmup: args.time.warmup,
    }))
}

fn storm(args: &StormArgs) -> Scenario {
    Scenario::Storm(Storm {
        has_sessions: args.sessions,
        within: Duration::from_millis(args.within),
        rounds: args.rounds,
        patience: args.patience,
    })
}

fn http(
    settings: &dyn Fn() -> Result<Draft, Failure>,
    args: &HttpArgs,
) -> Result<Scenario, Failure> {
    // The key of this directory's server is nobody else's business: it goes to that one alone.
    let key = match (&args.key, &args.load.url) {
        (Some(key), _) => Some(key.clone()),
        (None, Some(_)) => {
            let settings = settings()?;
            settings.set_key().map(|key| key.expose().to_owned())
        }
        (None, None) => settings()?.client_key()?.map(|key| key.expose().to_owned()),
    };
    Ok(Scenario::Http(Http {
        order: ordered(&args.order)?,
        depth: args.depth,
        rate: args.rate,
        key,
        duration: args.time.duration,
        warmup: args.time.warmup,
    }))
}
