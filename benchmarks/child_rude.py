"""Somebody rude: floods a chat-server in one way until terminated. Raw sockets, for a client of ours would not.

    child_rude.py KIND RATE HOST PORT TOKEN USER

KIND is one of `FLOODS`; RATE is how much of it a second is tried. Tells `{"ready": true}` when it begins.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable

HOST, PORT, TOKEN, USER = sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6]
HELD = 200  # sockets at once
SLICE_S = 0.002


def frame(payload: bytes, *, opcode: int = 1) -> bytes:
    """A masked WebSocket frame; the mask is zero, which is one, too."""
    length = len(payload)
    head = bytes([0x80 | opcode, 0x80 | (length if length < 126 else 126)])
    return head + (b"" if length < 126 else struct.pack("!H", length)) + bytes(4) + payload


def upgrade() -> socket.socket:
    """A WebSocket as far as the request; nobody waits for the answer."""
    made = socket.create_connection((HOST, PORT), timeout=5)
    made.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return made


def registered(*, room: int = 0) -> socket.socket:
    """A registered socket; `room` is what its kernel may take in, bytes."""
    made = upgrade()
    if room:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    auth = json.dumps({"token": TOKEN, "userId": USER, "protocol": 1})
    made.sendall(frame(f"40{auth}".encode()))
    seen = b""
    while b"40{" not in seen:
        part = made.recv(65_536)
        if not part:
            raise ConnectionError("turned away")
        seen += part
    made.sendall(frame(f'421["register-user",{{"userId":"{USER}"}}]'.encode()))
    return made


def events(rate: float) -> None:
    """So many events a second on one socket; on a new one as soon as that is closed."""
    one = frame(b'42["typing",{"conversationId":"018f0000-0000-7000-8000-000000000000","typing":true}]')
    flood_over(registered, one, rate)


def binary(rate: float) -> None:
    """So many binary packets a second."""
    flood_over(registered, frame(b'451-["typing",{"_placeholder":true,"num":0}]') + frame(b"x", opcode=2), rate)


def flood_over(connect: Callable[[], socket.socket], one: bytes, rate: float) -> None:
    batch = one * max(1, round(rate * SLICE_S))
    while True:
        with contextlib.suppress(OSError), connect() as flooding:
            while True:
                began = time.monotonic()
                flooding.sendall(batch)
                if select.select([flooding], [], [], 0)[0] and not flooding.recv(65_536):
                    break
                time.sleep(max(0.0, SLICE_S - (time.monotonic() - began)))
        time.sleep(SLICE_S)


def connections(rate: float) -> None:
    """So many new connections a second, the oldest of which are closed."""
    held: list[socket.socket] = []
    while True:
        began = time.monotonic()
        for _ in range(round(rate * SLICE_S)):
            with contextlib.suppress(OSError):
                held.append(upgrade())
        while len(held) > HELD:
            held.pop(0).close()
        time.sleep(max(0.0, SLICE_S - (time.monotonic() - began)))


def deaf(rate: float) -> None:
    """So many sockets that read nothing."""
    held = [registered(room=4096) for _ in range(round(rate))]
    while held:
        time.sleep(1)


FLOODS = {"events": events, "binary": binary, "connections": connections, "deaf": deaf}

if __name__ == "__main__":
    os.nice(10)  # the cores are the server's and the others', as on a machine of its own
    print(json.dumps({"ready": True}), flush=True)
    FLOODS[sys.argv[1]](float(sys.argv[2]))
