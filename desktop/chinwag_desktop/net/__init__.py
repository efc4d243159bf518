"""The transports: HTTP, Socket.IO, TLS, the keyring.

Its modules load httpx, aiohttp and python-socketio, 0.3 s in all: nothing imports them before the first paint. The app
calls ``net.preload.load`` on a thread and constructs the clients afterwards.
"""
