"""A client of `/ws` without Socket.IO, with nothing but the `websocket-client` library: an event and
its acknowledgement, a failure, plain text, a binary frame, a session that is cut and resumed, a
token that is used twice. Argument: URL of `/ws`."""

import json
import sys

import websocket

WAIT_SECONDS = 60

(url,) = sys.argv[1:]


def connect(query=""):
    return websocket.create_connection(url + query, timeout=WAIT_SECONDS)


def send(socket, **frame):
    socket.send(json.dumps(frame))


def until(socket, **members):
    """The next frame that has these members."""
    while True:
        frame = json.loads(socket.recv())
        if all(frame.get(name) == value for name, value in members.items()):
            return frame


socket = connect()
send(socket, event="echo", data={"text": "Größe 🦀"}, id=1)
acked = until(socket, id=1)["data"]
send(socket, event="nobody_answers", id="second")
refused = until(socket, id="second")["error"]["code"]
socket.send("hello")
heard = until(socket, event="heard")["data"]
socket.send_binary(bytes([0, 1, 254, 255]))
assert until(socket, event="heard")["attachments"] == 1
attachment = list(socket.recv())

client = connect("?session=1")
session = until(client, event="fs7:session")["data"]
send(client, event="rooms", data={"join": "lobby"}, id=1)
until(client, id=1)
client.shutdown()
for number in (1, 2):
    order = {"emit": {"room": "lobby", "name": "said", "payload": number}}
    send(socket, event="rooms", data=order, id=number)
    until(socket, id=number)

token = session["tokens"][0]
back = connect(f"?token={token}&received=0")
opening = until(back, event="fs7:session")["data"]
missed = [until(back, event="said") for _ in range(2)]

again = connect(f"?token={token}&received=0")
refusal = until(again, event="fs7:refused")["data"]
opcode, data = again.recv_data()
assert opcode == websocket.ABNF.OPCODE_CLOSE, opcode

print(
    json.dumps(
        {
            "acked": acked,
            "refused": refused,
            "heard": heard,
            "attachment": attachment,
            "missed": [[frame["data"], frame["seq"]] for frame in missed],
            "recovered": opening["recovered"],
            "used": [int.from_bytes(data[:2], "big"), refusal["code"]],
        }
    )
)
socket.close()
back.close()
