//! The same job on bare socketioxide with native closures, each message in its own task, as its
//! documentation shows it. Listens at PORT (0: any) and prints the address as one line of JSON.
//!
//!     cargo run --release -- [PORT]

use std::io::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::json;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, SocketRef, TryData};

#[derive(Deserialize)]
struct UserSignedUp {
    #[serde(rename = "user_id")]
    _user_id: String,
    email: String,
}

#[derive(Deserialize, Serialize)]
struct Said {
    room: String,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Status {
    status: &'static str,
    message: &'static str,
}

const fn success(message: &'static str) -> Status {
    Status {
        status: "success",
        message,
    }
}

fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

async fn user_signed_up(socket: SocketRef, user: TryData<UserSignedUp>, ack: AckSender) {
    match user.0 {
        Ok(user) if is_address(&user.email) => {
            let _ = socket.emit(
                "user_signed_up_ack",
                &success("User signed up successfully"),
            );
            let _ = ack.send(&success("user_signed_up handled successfully."));
        }
        _ => {
            let _ = ack.send(&json!({"status": "error", "code": "invalid_payload"}));
        }
    }
}

async fn join(socket: SocketRef, room: TryData<String>, ack: AckSender) {
    if let Ok(room) = room.0 {
        socket.join(room);
    }
    let _ = ack.send(&json!({"status": "success"}));
}

async fn say(socket: SocketRef, io: SocketIo, said: TryData<Said>, ack: AckSender) {
    let _ = socket;
    if let Ok(said) = said.0 {
        let _ = io.to(said.room.clone()).emit("said", &said).await;
    }
    let _ = ack.send(&json!({"status": "success"}));
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or_else(|| "0".to_owned());
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.on("user_signed_up", user_signed_up);
        socket.on("join", join);
        socket.on("say", say);
    });
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), r#"{{"listening":"{address}"}}"#)?;
    axum::serve(listener, axum::Router::new().layer(layer)).await
}
