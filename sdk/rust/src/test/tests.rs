//! A plugin with a bit of everything, answered by the harness.

use super::*;
use crate::prelude::*;

crate::handlers! {
    "nothing" => nothing,
    "sum" => sum,
    "raw" in "/deep" => raw,
    "picture" => picture,
    "progress" => progress,
    "impossible" => impossible,
    "others" => others,
    "closure" => |_: &mut Context, word: String| Ok(word.to_uppercase()),
    connect in "/deep" => enter,
    disconnect in "/deep" => left,
}

fn nothing(_context: &mut Context) -> Result<(), Rejection> {
    Ok(())
}

fn sum(_context: &mut Context, first: i64, second: Option<i64>) -> Result<i64, Rejection> {
    Ok(first + second.unwrap_or(0))
}

fn raw(context: &mut Context, args: Args) -> Result<Args, Rejection> {
    context.emit("raw_ack", args.clone())?;
    Ok(args)
}

#[derive(Serialize, Deserialize)]
struct Picture {
    title: String,
    data: Binary,
}

fn picture(context: &mut Context, picture: Picture, rest: Value) -> Result<Args, Rejection> {
    assert_eq!(rest, json!({"_placeholder": true, "num": 1}));
    let left = context.event().attachments.clone();
    assert_eq!(left, [vec![], vec![4, 5]]);
    Ok(args![
        left.len(),
        Picture {
            title: picture.title + "!",
            ..picture
        }
    ])
}

fn progress(context: &mut Context) -> Result<(), Rejection> {
    context.join("late")?;
    context.emit("step", 1)?;
    context.flush();
    context.emit("step", 2)?;
    Err(Rejection::busy("come back"))
}

fn impossible(context: &mut Context, what: String) -> Result<(), Rejection> {
    match what.as_str() {
        "name" => context.emit("disconnect", ())?,
        "room" => context.join("")?,
        "text" => context.emit("x", Args::raw("[", Vec::new()))?,
        "reply" => context.emit("x", Args::list(&json!({})))?,
        _ => {}
    }
    Ok(())
}

fn others(context: &mut Context) -> Result<(), Rejection> {
    context
        .room("lobby")
        .except_sender()
        .except("c-2")
        .except_room("quiet")
        .emit("a", 1)?;
    context.everyone().emit("b", args![])?;
    context.emit_to("c-2", "c", args![1, "two"])?;
    context.join_other("c-2", "lobby")?;
    context.leave("hall")?;
    context.disconnect_other("c-3");
    debug!("plain");
    warn!("formatted {}", 1);
    Ok(())
}

fn enter(_context: &mut Context, auth: Value) -> Result<(), Rejection> {
    if auth["deny"] == true {
        return Err(Rejection::forbidden("not you"));
    }
    Ok(())
}

fn left(_context: &mut Context) -> Result<(), Rejection> {
    Ok(())
}

#[test]
fn acknowledgement_carries_what_the_function_returns() {
    assert_eq!(
        message("nothing").arg("ignored").run::<Handlers>().reply(),
        Ok(json!([]))
    );
    assert_eq!(
        message("sum").arg(1).arg(2).run::<Handlers>().reply(),
        Ok(json!([3]))
    );
    assert_eq!(
        message("sum").arg(1).run::<Handlers>().reply(),
        Ok(json!([1]))
    );
    assert_eq!(
        message("closure").arg("a").run::<Handlers>().reply(),
        Ok(json!(["A"]))
    );
}

#[test]
fn raw_arguments_stay_byte_for_byte() {
    let args = Args::raw("[1.10, {\"_placeholder\":true,\"num\":0}]", vec![vec![7]]);
    let outcome = message("raw")
        .namespace("/deep")
        .args(args.clone())
        .run::<Handlers>();
    assert_eq!(outcome.reply_args(), Some(&args));
    assert_eq!(outcome.emits()[0].args, args);
}

#[test]
fn binary_data_goes_in_and_out() {
    let picture = Picture {
        title: "dot".to_owned(),
        data: Binary(vec![1, 2]),
    };
    let outcome = message("picture")
        .arg(picture)
        .arg(Binary(vec![4, 5]))
        .run::<Handlers>();
    let placeholder = json!({"_placeholder": true, "num": 0});
    assert_eq!(
        outcome.reply(),
        Ok(json!([2, {"title": "dot!", "data": placeholder}]))
    );
    assert_eq!(
        outcome.reply_args().map(Args::attachments),
        Some(&[vec![1, 2]][..])
    );
}

#[test]
fn rejection_drops_all_but_flushed_emits() {
    let outcome = message("progress").run::<Handlers>();
    assert_eq!(
        outcome.rejection().map(|it| it.message.as_str()),
        Some("come back")
    );
    let steps: Vec<_> = outcome
        .emits()
        .iter()
        .map(|emit| emit.args.to_value())
        .collect();
    assert_eq!(steps, [json!([1])]);
    assert!(outcome.rooms_joined().is_empty());
}

#[test]
fn impossible_effects_become_a_failure_that_the_log_explains() {
    for (what, reason) in [
        ("name", "event name is reserved: `disconnect`"),
        ("room", "room name is empty or too long: ``"),
        ("text", "arguments cannot be sent: not a JSON array"),
        (
            "reply",
            "arguments cannot be sent: the arguments are no JSON array",
        ),
    ] {
        let outcome = message("impossible").arg(what).run::<Handlers>();
        assert_eq!(
            outcome.rejection().map(|it| it.code),
            Some(crate::RejectionCode::Failed)
        );
        assert!(outcome.logged(reason), "{what}: {:?}", outcome.log());
    }
}

#[test]
fn effects_are_kept_in_order() {
    let outcome = message("others").run::<Handlers>();
    let targets: Vec<_> = outcome.emits().iter().map(|emit| &emit.target).collect();
    assert!(matches!(
        targets.as_slice(),
        [Target::Room(room), Target::Everyone(nobody), Target::Socket(id)]
            if room.except.sender && room.except.sockets == ["c-2"] && room.except.rooms == ["quiet"]
                && !nobody.sender && id == "c-2"
    ));
    assert_eq!(outcome.effects().len(), 6);
    assert_eq!(outcome.rooms_left(), ["hall"]);
    assert_eq!(outcome.log()[1].message, "formatted 1");
    assert_eq!(outcome.log()[0].level, Level::Debug);
    assert_eq!(outcome.log()[0].context, "fs7_sdk::test::tests");
}

#[test]
fn hooks_answer_in_their_namespace() {
    let enter = |auth: Value| connect().namespace("/deep").arg(auth).run::<Handlers>();
    assert_eq!(
        enter(json!({"deny": true}))
            .rejection()
            .map(|it| it.message.as_str()),
        Some("not you")
    );
    assert_eq!(enter(json!({})).reply(), Ok(json!([])));
    assert!(
        disconnect()
            .namespace("/deep")
            .arg("gone")
            .run::<Handlers>()
            .reply()
            .is_ok()
    );
    assert!(connect().run::<Handlers>().rejection().is_some());
}

#[test]
fn table_describes_itself() {
    let description = Handlers::describe();
    assert_eq!(
        (description.name.as_str(), description.version.as_str()),
        ("fs7-sdk", "0.1.0")
    );
    let deep: Vec<_> = description
        .subscriptions
        .iter()
        .filter(|subscription| subscription.namespace == "/deep")
        .map(|subscription| subscription.event.as_str())
        .collect();
    assert_eq!(deep, ["raw", "connect", "disconnect"]);
}

#[test]
fn argument_that_cannot_be_written_fails_the_event() {
    let keys_are_no_text = std::collections::BTreeMap::from([((1, 2), 3)]);
    let outcome = message("nothing").arg(keys_are_no_text).run::<Handlers>();
    assert!(outcome.rejection().is_some());
}
