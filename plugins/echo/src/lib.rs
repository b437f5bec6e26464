//! Answers `echo` with its arguments, byte for byte and with their binary data: once as the
//! acknowledgement, once as `echo_ack`.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! {
    "echo" => echo,
}

fn echo(context: &mut Context, args: Args) -> Result<Args, Rejection> {
    context.emit("echo_ack", args.clone())?;
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs7_sdk::test;

    #[test]
    fn arguments_come_back_byte_for_byte() {
        let args = Args::raw(
            r#"[1.50,"t\u00e4xt",{"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":1}}, [[{"_placeholder":true,"num":2}]],null]"#,
            vec![vec![0, 255], vec![], vec![7; 1000]],
        );
        let outcome = test::message("echo").args(args.clone()).run::<Handlers>();
        assert_eq!(outcome.reply_args(), Some(&args));
        assert_eq!(outcome.emits()[0].args, args);
        assert_eq!(outcome.emits()[0].name, "echo_ack");
    }

    #[test]
    fn nothing_comes_back_as_nothing() {
        let outcome = test::message("echo").run::<Handlers>();
        assert_eq!(outcome.reply(), Ok(json!([])));
    }
}
