"""Reads one untrusted picture, and writes it anew without anything but its pixels, with a thumbnail.

Run as a process of its own with limits on memory, time and files; it imports nothing of ours.

    python -I image_worker.py SOURCE TARGET THUMBNAIL MAX_PIXELS MAX_SIDE

MAX_SIDE 0 keeps format and size; otherwise the target is a square WebP of at most so many pixels a side, and THUMBNAIL is `-`.
Prints one line of JSON: {"mediaType", "width", "height"} or {"error": "broken" | "pixels"}.
"""

import json
import struct
import sys
import warnings
from typing import Any

MEMORY = 1_280 * 1024 * 1024
CPU_S = 30
FILE_SIZE = 512 * 1024 * 1024
THUMBNAIL_SIDE = 680
FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
MAX_FRAMES = 2_000
ANIMATION_PIXELS = 8
"""An animation may have so many times the pixels of a still."""


def limit() -> None:
    """Take away what a decoder that was taken over could harm. Windows knows no such limits."""
    try:
        import resource
    except ImportError:
        return
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
        if max_side:
            side = min(max_side, width, height)
            square = ImageOps.fit(_plain(image), (side, side))
            square.save(target, "WEBP", quality=85)
            return {"mediaType": "image/webp", "width": square.width, "height": square.height}
        first = _plain(image)
        size = first.size
        first.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
        first.save(thumbnail, "WEBP", quality=80)
        del first
        image.seek(0)
        if frames > 1:
            _save_animation(image, target)
        else:
            _save_still(image, target, media_type)
        return {"mediaType": media_type, "width": size[0], "height": size[1]}


def _plain(image: Any) -> Any:
    """The first frame, upright, as RGB or RGBA."""
    upright = _upright(image)
    alpha = upright.has_transparency_data
    return upright.convert("RGBA" if alpha else "RGB")


def _upright(image: Any) -> Any:
    """A copy, turned as its EXIF says, if that can be read."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return image.copy()


def _save_still(image: Any, target: str, media_type: str) -> None:
    profile = image.info.get("icc_profile")
    upright = _upright(image)
    # what a format keeps in `info` goes into the new file unless it is taken out: comments, EXIF, XMP
    upright.info = {"transparency": upright.info["transparency"]} if "transparency" in upright.info else {}
    more = {"icc_profile": profile} if profile and len(profile) < 1_000_000 else {}
    if media_type == "image/jpeg":
        upright = upright if upright.mode in ("L", "RGB", "CMYK") else upright.convert("RGB")
        upright.save(target, "JPEG", quality=90, optimize=upright.width * upright.height < 8_000_000, **more)
    elif media_type == "image/png":
        upright.save(target, "PNG", **more)
    elif media_type == "image/webp":
        upright.save(target, "WEBP", quality=90, exif=b"", xmp=b"", **more)
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
        answer = {"error": "pixels" if bomb else "broken", "why": type(error).__name__}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
