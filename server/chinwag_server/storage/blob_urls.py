"""Where attachments may be kept, as `--blobs-url` says it. Apart from `blobs.py`, which brings the store's library along."""

import urllib.parse
from pathlib import Path
from typing import Final

import msgspec

S3_OPTIONS: Final = frozenset(
    {"region", "endpoint", "access_key_id", "secret_access_key", "session_token", "virtual_hosted_style_request"}
)
"""What the query of an `s3://` URL may name, beside `allow_http=true`."""


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """An S3 bucket; `options` are some of S3_OPTIONS."""

    name: str
    prefix: str | None
    options: dict[str, str]
    allow_http: bool


def parse_blobs_url(text: str) -> Path | Bucket:
    """Read a folder's path, `file:///…`, or `s3://bucket/prefix?region=…&endpoint=…`. Raises ValueError."""
    parts = urllib.parse.urlsplit(text)
    if "://" not in text or parts.scheme == "file":
        return Path(urllib.parse.unquote(parts.path) if parts.scheme == "file" else text)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError("must be a folder, file:///folder or s3://bucket/prefix?region=...")
    options = dict(urllib.parse.parse_qsl(parts.query))
    if unknown := options.keys() - S3_OPTIONS - {"allow_http"}:
        # values may be secrets: only names are told
        raise ValueError(f"knows no {', '.join(sorted(unknown))}, only {', '.join(sorted(S3_OPTIONS))}")
    allow_http = options.pop("allow_http", "false") == "true"
    return Bucket(name=parts.netloc, prefix=parts.path.strip("/") or None, options=options, allow_http=allow_http)
