"""Five arguments go to `echo` and come back, as the acknowledgement and as `echo_ack`; events that
nobody answers are refused in words. Arguments: URL, transport."""

import json
import queue
import sys

import socketio

WAIT_SECONDS = 60

url, transport = sys.argv[1:]
events = queue.Queue()
client = socketio.Client(reconnection=False)
client.on("echo_ack", lambda *args: events.put(("echo_ack", list(args))))
client.on("error_event", lambda error: events.put(("error_event", error)))
client.connect(url, transports=[transport])

sent = [
    1.5,
    "Größe 漢字 🦀 \u2028 \"quoted\" \\ \u0000",
    {"first": bytes(range(256)), "deep": {"second": b"\x00\xff\x07"}, "plain": True},
    [[1, [bytes(70_000)]], []],
    None,
]

acked = client.call("echo", tuple(sent), timeout=WAIT_SECONDS)
assert list(acked) == sent, f"the acknowledgement is {acked!r:.500}"
name, emitted = events.get(timeout=WAIT_SECONDS)
assert (name, emitted) == ("echo_ack", sent), f"the emit is {emitted!r:.500}"

refused = client.call("nobody_answers", 1, timeout=WAIT_SECONDS)
client.emit("nobody_answers_either", 1)
name, told = events.get(timeout=WAIT_SECONDS)
assert name == "error_event", name

print(
    json.dumps(
        {
            "transport": client.transport(),
            "acked": len(acked),
            "refused": refused["code"],
            "message": refused["message"],
            "told": told["code"],
        }
    )
)
client.disconnect()
