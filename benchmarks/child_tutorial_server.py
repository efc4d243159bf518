"""The peer: a chat server as tutorials write it, on python-socketio, uvicorn and asyncpg. It inserts, then emits.

No sign-in, no membership, no order, no receipts, no repeats told apart: it does less than chat-server on every message.
Needs DATABASE_URL; tells its port in one line.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import asyncpg
import socketio
import uvicorn
from telling import tell

TABLE = """
CREATE SCHEMA IF NOT EXISTS tutorial;
CREATE TABLE IF NOT EXISTS tutorial.messages(
  id BIGSERIAL PRIMARY KEY, temp_id TEXT, sender_id TEXT NOT NULL, receiver_id TEXT NOT NULL, text TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS messages_pair ON tutorial.messages(sender_id, receiver_id, id);
"""
INSERT = """
INSERT INTO tutorial.messages(temp_id, sender_id, receiver_id, text) VALUES ($1, $2, $3, $4) RETURNING id, created_at
"""


def make_app(pool: Any) -> socketio.ASGIApp:
    """The whole server."""
    sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")

    @sio.on("register-user")  # pyright: ignore[reportUntypedFunctionDecorator, reportOptionalCall] - it has no types
    async def register(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        await sio.save_session(sid, {"user_id": data["userId"]})
        await sio.enter_room(sid, data["userId"])
        return {"userId": data["userId"]}

    @sio.on("sendMessage")  # pyright: ignore[reportUntypedFunctionDecorator, reportOptionalCall] - it has no types
    async def send_message(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        session: Any = await sio.get_session(sid)  # pyright: ignore[reportUnknownVariableType] - it has no types
        row: Any = await pool.fetchrow(INSERT, data["tempId"], session["user_id"], data["receiverId"], data["text"])
        message: dict[str, Any] = {
            "id": row["id"],
            "tempId": data["tempId"],
            "senderId": session["user_id"],
            "text": data["text"],
            "createdAt": row["created_at"].isoformat(),
        }
        await sio.emit("newMessage", message, room=data["receiverId"])
        return {"message": message}

    return socketio.ASGIApp(sio)


async def main() -> None:
    pool: Any = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10)
    await pool.execute(TABLE)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(pool), log_level="warning"))
    tell(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    await server.serve(sockets=[listener])
    await pool.close()


if __name__ == "__main__":
    loop_factory = uvicorn.Config("").get_loop_factory()  # uvloop, as the command `uvicorn` takes it
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main())
