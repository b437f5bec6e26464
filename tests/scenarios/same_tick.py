"""Connections that emit in the very moment in which they are connected, every one of which must be
answered. Arguments: URL, transport, number."""

import asyncio
import json
import sys

import socketio

url, transport, number = sys.argv[1], sys.argv[2], int(sys.argv[3])


async def one(index: int) -> bool:
    client = socketio.AsyncClient(reconnection=False)
    answer = asyncio.get_running_loop().create_future()

    @client.event
    async def connect() -> None:
        await client.emit("echo", index, callback=answer.set_result)

    await client.connect(url, transports=[transport], wait_timeout=60)
    reply = await answer
    await client.disconnect()
    return reply == index


async def main() -> None:
    answers = await asyncio.gather(*(one(index) for index in range(number)))
    print(json.dumps({"acked": sum(answers)}))


asyncio.run(main())
