"""Sends every event of the example handlers over one connection and prints what comes back: the
acknowledgement, and the events that the server emits.

    pip install "python-socketio[client]" && python happy_client.py [URL]

Exits with 1 when an event was not acknowledged with success.
"""

import datetime
import sys

import socketio

ACK_TIMEOUT_S = 5

EVENTS = [
    ("user_signed_up", {"user_id": "u-1", "email": "ann@example.com"}),
    ("user_updated", {"user_id": "u-1", "name": "Ann"}),
    ("user_deleted", {"user_id": "u-1", "reason": "moved away"}),
    ("send_notification", {"title": "News", "message": "The server answers."}),
    ("on_light_measured", {"lumens": 12, "sentAt": datetime.datetime.now().astimezone().isoformat()}),
    ("example_event", {"text": "hello", "list": [1, 2.5, None]}),
]


def main(url: str) -> int:
    client = socketio.Client(reconnection=False)
    client.on("*", lambda name, *args: print(" ".join(map(str, ("  event", name, *args)))))
    try:
        client.connect(url, wait_timeout=ACK_TIMEOUT_S)
    except socketio.exceptions.ConnectionError as error:
        print(f"connect to {url}: {error}", file=sys.stderr)
        return 1
    print(f"connected to {url}")
    failed = 0
    for name, payload in EVENTS:
        print(f"emit {name}", payload)
        try:
            reply = client.call(name, payload, timeout=ACK_TIMEOUT_S)
        except socketio.exceptions.TimeoutError:
            reply = None
        print("  ack", reply)
        success = isinstance(reply, dict) and reply.get("status") == "success"
        failed += 0 if success else 1
    client.disconnect()
    print("all events were answered" if failed == 0 else f"{failed} events failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"))
