"""A small picture and a small recording, for the cases that upload one."""

import io
import struct
import wave

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture in a format."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind)
    return out.getvalue()


def recording() -> bytes:
    """A tenth of a second of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(struct.pack("<800h", *[0] * 800))
    return out.getvalue()
