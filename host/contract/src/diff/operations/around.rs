//! What stands around the operations: it breaks nobody who talks to this server.

use super::{Change, Kind, Part};
use crate::model::{Contract, Server};

pub(super) fn compare(old: &Contract, new: &Contract) -> Vec<Change> {
    let mut words = Vec::new();
    let mut say = |what: &str, before: &str, after: &str| {
        if before != after {
            words.push(format!("{what} was `{before}` and is now `{after}`"));
        }
    };
    say("the title", &old.info.title, &new.info.title);
    say("the version", &old.info.version, &new.info.version);
    let (before, after) = (&old.info, &new.info);
    let is_described_alike = before.description == after.description
        && before.terms_of_service == after.terms_of_service
        && before.contact == after.contact
        && before.license == after.license
        && before.tags == after.tags
        && before.external_docs == after.external_docs;
    if !is_described_alike {
        words.push("`info` changed".to_owned());
    }
    let described = words.into_iter().map(|words| change(words, None, None));
    described.chain(servers(old, new)).collect()
}

fn servers(old: &Contract, new: &Contract) -> Vec<Change> {
    let find = |list: &[Server], key: &str| list.iter().find(|it| it.key == key).cloned();
    let mut changes = Vec::new();
    for server in &old.servers {
        let place = Some(server.place.clone());
        let Some(after) = find(&new.servers, &server.key) else {
            let words = format!("the server `{}` is gone", server.key);
            changes.push(change(words, place, None));
            continue;
        };
        let (from, to) = (address(server), address(&after));
        if from != to {
            let words = format!("the server `{}` was `{from}` and is now `{to}`", server.key);
            changes.push(change(words, place, Some(after.place)));
        } else if (&server.title, &server.description) != (&after.title, &after.description) {
            let words = format!("the server `{}` is described differently", server.key);
            changes.push(change(words, place, Some(after.place)));
        }
    }
    for server in &new.servers {
        if find(&old.servers, &server.key).is_none() {
            let words = format!("the server `{}` is new", server.key);
            changes.push(change(words, None, Some(server.place.clone())));
        }
    }
    changes
}

/// The address as a URL: in 2.x it has its scheme already.
fn address(server: &Server) -> String {
    let address = server
        .address
        .split_once("://")
        .map_or(&*server.address, |(_, rest)| rest);
    format!("{}://{}", server.protocol, address.trim_end_matches('/'))
}

fn change(
    words: String,
    old: Option<crate::place::Place>,
    new: Option<crate::place::Place>,
) -> Change {
    Change {
        kind: Kind::Safe,
        subject: None,
        part: Part::Operation,
        pointer: String::new(),
        words,
        old,
        new,
    }
}
