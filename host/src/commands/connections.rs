//! `fs7 connections`: who is there, what is sent to one, its user data, and the end of its stay.

use serde_json::{Map, Value};

use super::client::{Client, encoded, with_query};
use super::failure::{CommandResult, Exit, Failure};
use super::message::{self, Sending};
use super::output;
use super::trigger::read_json;
use crate::cli::messaging::{
    ConnectionsArgs, ConnectionsCommand, DataArgs, ListArgs, SomewhereArgs,
};
use crate::config::Draft;

/// The list's headings.
const HEADINGS: [&str; 7] = [
    "ID",
    "NAMESPACE",
    "STATE",
    "TRANSPORT",
    "ADDRESS",
    "SINCE",
    "ROOMS",
];
/// Longest list of rooms in a table, in characters.
const ROOMS_MAX: usize = 60;

/// Does what the command line says.
pub(crate) fn run(draft: &Draft, args: &ConnectionsArgs) -> CommandResult {
    match &args.command {
        None => list(draft, &args.list),
        Some(ConnectionsCommand::List(args)) => list(draft, args),
        Some(ConnectionsCommand::Count(place)) => count(draft, place),
        Some(ConnectionsCommand::Show { id, place }) => show(draft, id, place),
        Some(ConnectionsCommand::Send { id, message, place }) => {
            let sending = Sending {
                path: &format!("{}/send", path_of(id)),
                namespace: place.namespace.as_deref(),
                except: &[],
                json: place.json,
            };
            message::send(draft, &sending, message)
        }
        Some(ConnectionsCommand::Disconnect { id, namespace }) => {
            let path = at(&path_of(id), namespace.as_deref());
            Client::find(draft)?.delete(&path)?.result()?;
            done(&format!("{} is disconnected", printed(id)))
        }
        Some(ConnectionsCommand::Join {
            id,
            room,
            namespace,
        }) => {
            let path = at(&room_of(id, room), namespace.as_deref());
            Client::find(draft)?.post(&path, "")?.result()?;
            done(&format!("{} is in {}", printed(id), printed(room)))
        }
        Some(ConnectionsCommand::Leave {
            id,
            room,
            namespace,
        }) => {
            let path = at(&room_of(id, room), namespace.as_deref());
            Client::find(draft)?.delete(&path)?.result()?;
            done(&format!("{} has left {}", printed(id), printed(room)))
        }
        Some(ConnectionsCommand::Data(args)) => data(draft, args),
    }
}

fn list(draft: &Draft, args: &ListArgs) -> CommandResult {
    let query = [
        ("namespace", args.place.namespace.as_deref()),
        ("room", args.room.as_deref()),
        ("limit", Some(&*args.limit.to_string())),
        ("after", args.after.as_deref()),
    ];
    let path = with_query("/api/connections", &query);
    let body = Client::find(draft)?.get(&path)?.result()?;
    if args.place.json {
        output::json(&body)?;
        return Ok(Exit::Done);
    }
    let connections = body.get("connections").and_then(Value::as_array);
    let connections = connections.map(Vec::as_slice).unwrap_or_default();
    if connections.is_empty() {
        output::message("nobody is connected, and no session waits for its client");
        return Ok(Exit::Done);
    }
    let headings = HEADINGS.map(str::to_owned).to_vec();
    let rows: Vec<_> = std::iter::once(headings)
        .chain(connections.iter().map(row))
        .collect();
    output::table(&rows)?;
    if let Some(next) = body.get("next").and_then(Value::as_str) {
        let next = output::printable(next);
        output::hint(&format!("more follow: add `--after {next}`"));
    }
    Ok(Exit::Done)
}

fn row(connection: &Value) -> Vec<String> {
    let text = |name: &str| match connection.get(name).and_then(Value::as_str) {
        Some(text) => output::printable(text),
        None => "-".to_owned(),
    };
    vec![
        text("id"),
        text("namespace"),
        state(connection).to_owned(),
        text("transport"),
        text("address"),
        text("connected_at"),
        rooms(connection),
    ]
}

/// In one word, here and for the members of a room.
pub(super) fn state(connection: &Value) -> &'static str {
    let is = |name: &str| connection.get(name).and_then(Value::as_bool) == Some(true);
    match (is("session"), is("connected")) {
        (false, _) => "connected",
        (true, true) => "session",
        (true, false) => "absent",
    }
}

/// The rooms in short.
fn rooms(connection: &Value) -> String {
    let rooms = connection.get("rooms").and_then(Value::as_array);
    let rooms = rooms.map(Vec::as_slice).unwrap_or_default();
    let mut words = String::new();
    for (index, room) in rooms.iter().filter_map(Value::as_str).enumerate() {
        let room = output::printable(room);
        if index > 0 && words.chars().count() + room.chars().count() > ROOMS_MAX {
            return format!("{words} and {} more", rooms.len() - index);
        }
        if index > 0 {
            words.push_str(", ");
        }
        words.push_str(&room);
    }
    if words.is_empty() {
        "-".to_owned()
    } else {
        words
    }
}

fn count(draft: &Draft, place: &SomewhereArgs) -> CommandResult {
    let client = Client::find(draft)?;
    let path = at("/api/connections/count", place.namespace.as_deref());
    let mut body = client.get(&path)?.result()?;
    let memory = client.get("/api/connections/memory")?.result()?;
    if place.json {
        if let Some(body) = body.as_object_mut() {
            body.insert("memory".to_owned(), memory);
        }
        output::json(&body)?;
        return Ok(Exit::Done);
    }
    let number = |body: &Value, name: &str| {
        let number = body.get(name).and_then(Value::as_u64);
        number.unwrap_or_default()
    };
    output::line(&format!(
        "connections and sessions: {}; connected: {}, absent: {}; sessions: {}",
        number(&body, "count"),
        number(&body, "connected"),
        number(&body, "absent"),
        number(&body, "sessions"),
    ))?;
    output::line(&format!(
        "all namespaces together take {} bytes: user data, what waits, and what is kept for \
         sessions",
        number(&memory, "total_memory"),
    ))?;
    Ok(Exit::Done)
}

fn show(draft: &Draft, id: &str, place: &SomewhereArgs) -> CommandResult {
    let path = at(&path_of(id), place.namespace.as_deref());
    let body = Client::find(draft)?.get(&path)?.result()?;
    if place.json {
        output::json(&body)?;
        return Ok(Exit::Done);
    }
    let text = |name: &str| match body.get(name) {
        Some(Value::String(text)) => output::printable(text),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    let mut rows = vec![
        vec!["id".to_owned(), text("id")],
        vec!["namespace".to_owned(), text("namespace")],
        vec!["state".to_owned(), state(&body).to_owned()],
    ];
    for (name, words) in [
        ("connection", "connection in the log"),
        ("principal", "principal"),
        ("transport", "transport"),
        ("address", "address"),
        ("connected_at", "connected since"),
        ("active_at", "last event"),
        ("waiting_bytes", "bytes that wait"),
        ("retained_bytes", "bytes kept for it"),
    ] {
        rows.push(vec![words.to_owned(), text(name)]);
    }
    let all_rooms = body.get("rooms").and_then(Value::as_array);
    for room in all_rooms.into_iter().flatten().filter_map(Value::as_str) {
        rows.push(vec!["room".to_owned(), output::printable(room)]);
    }
    let data = body.get("data").and_then(Value::as_object);
    for (key, value) in data.unwrap_or(&Map::new()) {
        let key = format!("data {}", output::printable(key));
        rows.push(vec![key, value.to_string()]);
    }
    output::table(&rows)?;
    Ok(Exit::Done)
}

fn data(draft: &Draft, args: &DataArgs) -> CommandResult {
    let mut path = format!("{}/data", path_of(&args.id));
    if let Some(key) = &args.key {
        path = format!("{path}/{}", encoded(key));
    }
    let path = at(&path, args.namespace.as_deref());
    let key = args.key.as_deref().unwrap_or_default();
    if let Some(value) = &args.set {
        let value = read_json("--set", value)?;
        let body = value.get().to_owned();
        Client::find(draft)?.put(&path, body)?.result()?;
        return done(&format!("{} is set", printed(key)));
    }
    let client = Client::find(draft)?;
    if args.unset {
        client.delete(&path)?.result()?;
        return done(&format!("{} is taken away", printed(key)));
    }
    output::json(&client.get(&path)?.result()?)?;
    Ok(Exit::Done)
}

fn done(words: &str) -> Result<Exit, Failure> {
    output::message(words);
    Ok(Exit::Done)
}

fn printed(name: &str) -> String {
    format!("`{}`", output::printable(name))
}

fn path_of(id: &str) -> String {
    format!("/api/connections/{}", encoded(id))
}

fn room_of(id: &str, room: &str) -> String {
    format!("{}/rooms/{}", path_of(id), encoded(room))
}

fn at(path: &str, namespace: Option<&str>) -> String {
    with_query(path, &[("namespace", namespace)])
}
