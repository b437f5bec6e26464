"""The same job on the stack that fs7 succeeds: FastAPI, python-socketio and Pydantic, on uvicorn with uvloop
and httptools. Listens at PORT (0: any) and prints the address as one line of JSON.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python server.py [PORT]
"""

import asyncio
import json
import socket
import sys

import socketio
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, EmailStr, ValidationError

sio = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(sio, FastAPI())


class UserSignedUp(BaseModel):
    user_id: str
    email: EmailStr


@sio.event
async def user_signed_up(sid, data):
    try:
        UserSignedUp.model_validate(data)
    except ValidationError as error:
        return {"status": "error", "code": "invalid_payload", "message": str(error)}
    ack = {"status": "success", "message": "User signed up successfully"}
    await sio.emit("user_signed_up_ack", ack, to=sid)
    return {"status": "success", "message": "user_signed_up handled successfully."}


@sio.event
async def join(sid, room):
    await sio.enter_room(sid, room)
    return {"status": "success"}


@sio.event
async def say(sid, said):
    await sio.emit("said", said, room=said["room"])
    return {"status": "success"}


async def main(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    address, port = listener.getsockname()
    print(json.dumps({"listening": f"{address}:{port}"}), flush=True)
    config = uvicorn.Config(app, log_level="warning", lifespan="off")
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    uvicorn_loop = uvicorn.Config(app).get_loop_factory()
    with asyncio.Runner(loop_factory=uvicorn_loop) as runner:
        runner.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
