"""Reads one untrusted picture, and writes it anew without anything but its pixels, with a thumbnail.

Run as a process of its own with limits on memory, time and files; it imports nothing of ours.

    python -I image_worker.py SOURCE TARGET THUMBNAIL MAX_PIXELS MAX_SIDE

MAX_SIDE 0 keeps format and size; otherwise the target is a square WebP of at most so many pixels a side, and THUMBNAIL is `-`.
Prints one line of JSON: {"mediaType", "width", "height"} or {"error": "broken" | "pixels" | "full"}.
"""

import errno
import json
import os
import struct
import sys
import warnings
from typing import Any

MEMORY = 1_280 * 1024 * 1024
CPU_S = 15
FILE_SIZE = 512 * 1024 * 1024
THUMBNAIL_SIDE = 680
FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
MAX_FRAMES = 2_000
ANIMATION_PIXELS = 2
"""An animation may have so many times the pixels of a still."""
LARGE = 8_000_000
"""Pixels from which speed matters more than bytes."""


def limit() -> None:
    """Take away what a decoder that was taken over could harm, and let everybody else go first. Windows knows no such limits."""
    try:
        import resource
    except ImportError:
        return
    os.nice(10)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):  # macOS has no RLIMIT_AS worth the name
            continue


def convert(source: str, target: str, thumbnail: str, max_pixels: int, max_side: int) -> dict[str, object]:
    from PIL import Image, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = max_pixels
    with Image.open(source, formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
        width, height = image.size
        frames = getattr(image, "n_frames", 1) if image.format in ("GIF", "WEBP") else 1
        if (
            frames > MAX_FRAMES
            or width * height > max_pixels
            or width * height * frames > ANIMATION_PIXELS * max_pixels
        ):
            return {"error": "pixels"}
        media_type = FORMATS[image.format or ""]
        upright = _upright(image)
        if frames > 1 and not max_side:
            image.seek(0)
            _save_animation(image, target)
    del image  # and with it a decoder that holds as much again
    if max_side:
        side = min(max_side, *upright.size)
        square = _plain(ImageOps.fit(_resizable(upright), (side, side)))
        square.save(target, "WEBP", quality=85)
        return {"mediaType": "image/webp", "width": side, "height": side}
    _plain(_small(upright, THUMBNAIL_SIDE)).save(thumbnail, "WEBP", quality=80)
    if frames == 1:
        _save_still(upright, target, media_type)
    return {"mediaType": media_type, "width": upright.width, "height": upright.height}


def _small(image: Any, side: int) -> Any:
    """A copy within a square of so many pixels a side; an image that is much larger is reduced first, which is fast."""
    image = _resizable(image)
    small = image.reduce(max(1, max(image.size) // (2 * side)))
    small.thumbnail((side, side))
    return small


def _resizable(image: Any) -> Any:
    """The image in a mode whose pixels can be mixed: no palette, no colour that stands for nothing."""
    mixes = image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info
    return image if mixes else _plain(image)


def _plain(image: Any) -> Any:
    """The image as RGB or RGBA."""
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _upright(image: Any) -> Any:
    """A copy, turned as its EXIF says, if that can be read."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return image.copy()


def _save_still(upright: Any, target: str, media_type: str) -> None:
    profile = upright.info.get("icc_profile")
    large = upright.width * upright.height > LARGE
    # what a format keeps in `info` goes into the new file unless it is taken out: comments, EXIF, XMP
    upright.info = {"transparency": upright.info["transparency"]} if "transparency" in upright.info else {}
    more = {"icc_profile": profile} if profile and len(profile) < 1_000_000 else {}
    if media_type == "image/jpeg":
        upright = upright if upright.mode in ("L", "RGB", "CMYK") else upright.convert("RGB")
        upright.save(target, "JPEG", quality=90, optimize=not large, **more)
    elif media_type == "image/png":
        upright.save(target, "PNG", compress_level=1 if large else 6, **more)
    elif media_type == "image/webp":
        # large ones at 90 would outgrow what the format can hold ("encoding error 6")
        quality, method = (80, 2) if large else (90, 4)
        upright.save(target, "WEBP", quality=quality, method=method, exif=b"", xmp=b"", **more)
    else:
        upright.save(target, "GIF", comment=b"")


def _save_animation(image: Any, target: str) -> None:
    """Frames, durations and loop are kept."""
    if image.format == "GIF":
        image.save(target, "GIF", save_all=True, comment=b"")
    else:
        durations = []
        for frame in range(image.n_frames):
            image.seek(frame)
            image.load()  # only then the duration is known
            durations.append(image.info.get("duration", 100))
        image.seek(0)
        loop = image.info.get("loop", 0)
        image.save(
            target, "WEBP", save_all=True, duration=durations, loop=loop, quality=85, method=2, exif=b"", xmp=b""
        )


def main(arguments: list[str]) -> int:
    """Give 0 also for a picture that is refused: anything else is a crash."""
    limit()
    source, target, thumbnail, max_pixels, max_side = arguments
    try:
        answer = convert(source, target, thumbnail, int(max_pixels), int(max_side))
    except (MemoryError, Warning) as error:
        answer = {"error": "pixels", "why": type(error).__name__}
    except Exception as error:  # noqa: BLE001 - decoders raise anything on a hostile file
        bomb = type(error).__name__ == "DecompressionBombError"
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        answer = {"error": "pixels" if bomb else "full" if full else "broken", "why": type(error).__name__}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
