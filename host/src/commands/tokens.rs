//! `fs7 tokens`: makes and checks reconnect tokens.

use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::failure::{CommandResult, Exit};
use super::output;
use crate::cli::messaging::{PlaceArgs, TokensArgs, TokensCommand};
use crate::config::Draft;

/// Does what the command line says.
pub(crate) fn run(draft: &Draft, args: &TokensArgs) -> CommandResult {
    match &args.command {
        TokensCommand::Make { id, count, place } => {
            let request = json!({
                "session": id,
                "namespace": place.namespace,
                "count": count,
            });
            let answer = ask(draft, "/api/tokens", &request)?;
            print(answer, place, |body| {
                let tokens = body.get("tokens").and_then(Value::as_array);
                for token in tokens.into_iter().flatten().filter_map(Value::as_str) {
                    output::line(&output::printable(token))?;
                }
                output::message(&format!("each is good once, until {}", until(body)));
                Ok(Exit::Done)
            })
        }
        TokensCommand::Check {
            token,
            consume,
            place,
        } => {
            let request = json!({
                "token": token,
                "namespace": place.namespace,
                "consume": consume,
            });
            let answer = ask(draft, "/api/tokens/validate", &request)?;
            print(answer, place, |body| {
                let session = body.get("session").and_then(Value::as_str);
                output::line(&output::printable(session.unwrap_or("?")))?;
                output::message(&if *consume {
                    "the token was good, and is used up".to_owned()
                } else {
                    format!("the token is good once, until {}", until(body))
                });
                Ok(Exit::Done)
            })
        }
    }
}

fn ask(draft: &Draft, path: &str, request: &Value) -> Result<Answer, super::failure::Failure> {
    Ok(Client::find(draft)?.post(path, request.to_string())?)
}

fn print(
    answer: Answer,
    place: &PlaceArgs,
    words: impl Fn(&Value) -> CommandResult,
) -> CommandResult {
    if place.json {
        output::json(&answer.body)?;
        return Ok(if answer.status.is_success() {
            Exit::Done
        } else {
            Exit::Failed
        });
    }
    words(&answer.result()?)
}

fn until(body: &Value) -> String {
    let until = body.get("expires_at").and_then(Value::as_str);
    output::printable(until.unwrap_or("?"))
}
