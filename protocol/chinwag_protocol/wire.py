"""What every record of the wire has in common, and the types its fields are made of.

A record is frozen, is built by keyword, spells its fields in camelCase on the wire, leaves out what is absent, and
ignores fields it does not know. A field without a default is required. An optional one is `X | None = None`: absent
and `null` mean the same. Only the bodies of PATCH tell them apart, with `msgspec.UNSET` for absent.
"""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

MAX_INTEGER: Final = 2**53 - 1
MAX_LIST: Final = 500


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """The base of all wire records. They hold no cycles, so the collector need not look at them.

    msgspec does not hand `kw_only` down, and type checkers not `frozen`: each subclass says both again.
    """


Timestamp = Annotated[
    str, Meta(description="RFC 3339, UTC, milliseconds, `Z`", max_length=64, extra_json_schema={"format": "date-time"})
]
Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Seq = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="number of a message within its conversation, from 1")]
Rev = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="number of a fact within its conversation, from 1")]
Milliseconds = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="milliseconds")]
Opaque = Annotated[str, Meta(max_length=512, description="opaque: give it back as it came")]
Path = Annotated[str, Meta(description="absolute path on the same server")]
Token = Annotated[str, Meta(min_length=1, max_length=4096)]
IdList = Annotated[tuple[UUID, ...], Meta(max_length=MAX_LIST)]
