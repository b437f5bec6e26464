//! The contract that serves, for people and for tools: `/asyncapi` and `/asyncapi.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fs7_codegen::documents::{self, Registered};
use fs7_contract::emit;
use fs7_contract::model::Contract;
use http::header::{self, HeaderName};
use serde_json::{Value, json};

use crate::outcome::{Code, Rejection};
use crate::registry::Table;

use super::Gateway;
use super::problem;

/// The page. Nobody else may frame it, and it fetches nothing.
pub(super) async fn page(State(gateway): State<Arc<Gateway>>) -> Response {
    let table = gateway.host.registry.table();
    // A large contract takes its time, which others must not wait for.
    let rendering = tokio::task::spawn_blocking(move || {
        let registered = registered(&table);
        match &table.contract {
            Some(contract) => documents::html(&contract.document, Some(&registered)).ok(),
            None => documents::html(&no_contract()?, Some(&registered)).ok(),
        }
    });
    match rendering.await {
        Ok(Some(page)) => {
            let kind = "text/html; charset=utf-8";
            answer(kind, documents::CONTENT_SECURITY_POLICY, page)
        }
        _ => failed(),
    }
}

/// The document: AsyncAPI 3, in one file, with the handlers that serve it.
pub(super) async fn document(State(gateway): State<Arc<Gateway>>) -> Response {
    let table = gateway.host.registry.table();
    let rendering = tokio::task::spawn_blocking(move || {
        let registered = registered(&table);
        let document = match &table.contract {
            Some(contract) => {
                let published = contract.published.clone();
                documents::with_handlers(published, Some(&contract.document), &registered)
            }
            None => documents::with_handlers(empty(), None, &registered),
        };
        emit::json(&document)
    });
    match rendering.await {
        Ok(text) => answer("application/json", "default-src 'none'", text),
        Err(_) => failed(),
    }
}

fn answer(kind: &'static str, policy: &'static str, text: String) -> Response {
    let headers: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

fn failed() -> Response {
    let words = "the document could not be written";
    problem::response(&Rejection::new(Code::HandlerFailed, words))
}

fn registered(table: &Table) -> Vec<Registered> {
    let events = table.events().into_iter();
    events
        .map(|(subscription, entry)| Registered {
            namespace: subscription.namespace.to_string(),
            event: subscription.event.to_string(),
            handler: entry.file.to_string(),
            version: entry.handler.description().version.clone(),
            generation: entry.since_generation,
        })
        .collect()
}

/// The document of a server without a contract, before its handlers stand in it.
fn empty() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "fs7",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "This server runs without a contract. These are its registered events.",
        },
        "defaultContentType": "application/json",
        "channels": {},
        "operations": {},
    })
}

fn no_contract() -> Option<Contract> {
    let path = PathBuf::from("asyncapi.json");
    let files: BTreeMap<_, _> = [(path.clone(), emit::json(&empty()))].into();
    fs7_contract::read(&path, &files).contract
}
