//! `fs7 rooms`: which there are, who is in one, what went to it, and a message to it.

use serde_json::{Map, Value};

use super::client::{Client, encoded, with_query};
use super::connections::state;
use super::failure::{CommandResult, Exit, Failure};
use super::message::{self, Sending};
use super::output;
use crate::cli::messaging::{PlaceArgs, RoomsArgs, RoomsCommand};
use crate::config::Draft;

/// Does what the command line says.
pub(crate) fn run(draft: &Draft, args: &RoomsArgs) -> CommandResult {
    match &args.command {
        None => list(draft, &args.place),
        Some(RoomsCommand::List(place)) => list(draft, place),
        Some(RoomsCommand::Show { room, place }) => show(draft, room, place),
        Some(RoomsCommand::History { room, limit, place }) => history(draft, room, *limit, place),
        Some(RoomsCommand::Send {
            room,
            except,
            message,
            place,
        }) => {
            let sending = Sending {
                path: &format!("{}/send", path_of(room)),
                namespace: Some(&place.namespace),
                except: &except.except,
                json: place.json,
            };
            message::send(draft, &sending, message)
        }
    }
}

fn list(draft: &Draft, place: &PlaceArgs) -> CommandResult {
    let body = read(draft, "/api/rooms", &[], place)?;
    let rooms = items(&body);
    if place.json {
        output::json(&body)?;
    } else if rooms.is_empty() {
        output::message("nobody is in a room");
    } else {
        table(&["ROOM", "MEMBERS"], rooms, |room| {
            vec![text(room, "room"), text(room, "members")]
        })?;
    }
    Ok(Exit::Done)
}

fn show(draft: &Draft, room: &str, place: &PlaceArgs) -> CommandResult {
    let body = read(draft, &path_of(room), &[], place)?;
    let members = body.get("members").map(items).unwrap_or_default();
    if place.json {
        output::json(&body)?;
    } else if members.is_empty() {
        output::message(&format!("nobody is in `{}`", output::printable(room)));
    } else {
        table(&["ID", "STATE", "DATA"], members, |member| {
            vec![text(member, "id"), state(member).to_owned(), data(member)]
        })?;
    }
    Ok(Exit::Done)
}

/// User data on one line.
fn data(member: &Value) -> String {
    match member.get("data").and_then(Value::as_object) {
        Some(data) if *data != Map::new() => {
            output::printable(&Value::from(data.clone()).to_string())
        }
        _ => "-".to_owned(),
    }
}

fn history(draft: &Draft, room: &str, limit: usize, place: &PlaceArgs) -> CommandResult {
    let path = format!("{}/history", path_of(room));
    let body = read(draft, &path, &[("limit", Some(&limit.to_string()))], place)?;
    let told = items(&body);
    if place.json {
        output::json(&body)?;
    } else if told.is_empty() {
        output::message(&format!(
            "nothing went to `{}` yet",
            output::printable(room)
        ));
    } else {
        table(&["AT", "EVENT", "ARGUMENTS"], told, |told| {
            let args = told.get("args").map(Value::to_string);
            let args = output::printable(&args.unwrap_or_default());
            vec![text(told, "at"), text(told, "event"), args]
        })?;
    }
    Ok(Exit::Done)
}

fn read(
    draft: &Draft,
    path: &str,
    query: &[(&str, Option<&str>)],
    place: &PlaceArgs,
) -> Result<Value, Failure> {
    let mut query = query.to_vec();
    query.push(("namespace", Some(&place.namespace)));
    let path = with_query(path, &query);
    Client::find(draft)?.get(&path)?.result()
}

fn table(
    headings: &[&str],
    items: &[Value],
    row: impl Fn(&Value) -> Vec<String>,
) -> Result<(), Failure> {
    let headings = headings.iter().map(|&heading| heading.to_owned()).collect();
    let rows: Vec<_> = std::iter::once(headings)
        .chain(items.iter().map(row))
        .collect();
    output::table(&rows)
}

fn items(body: &Value) -> &[Value] {
    body.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(item: &Value, name: &str) -> String {
    match item.get(name) {
        Some(Value::String(text)) => output::printable(text),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn path_of(room: &str) -> String {
    format!("/api/rooms/{}", encoded(room))
}
