"""Event names that JSON writes with escapes are read over a WebSocket, and the connection stays.
Argument: URL."""

import json
import sys

import socketio

WAIT_SECONDS = 60

(url,) = sys.argv[1:]
client = socketio.Client(reconnection=False)
client.connect(url, transports=["websocket"])

# Python writes all that is not ASCII with escapes, a crab as two of them.
names = ["größe", "🦀", 'say "hi"', "back\\slash", "two\nlines", "\u0000"]
refused = [client.call(name, 1, timeout=WAIT_SECONDS) for name in names]
acked = client.call("echo", 1, timeout=WAIT_SECONDS)

print(json.dumps({"messages": [error["message"] for error in refused], "acked": acked}))
client.disconnect()
