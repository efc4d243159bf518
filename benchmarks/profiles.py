"""Profiles of the app, made on disk by the app's own cache: so many conversations, one of them long and open at the start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sockets import User
from talk import text

from chinwag_desktop.app.config import AppConfig, prepare_profile
from chinwag_desktop.app.token_vault import TokenVault
from chinwag_desktop.cache.cache_db import CacheDb
from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.people import EPOCH, LAST_OPENED
from chinwag_desktop.core.entities import Mark
from chinwag_desktop.stores.settings_store import Account, SettingsStore
from chinwag_protocol import objects
from chinwag_protocol.objects import Conversation, Member, Message, Settings
from chinwag_protocol.times import format_time

NOWHERE = "http://127.0.0.1:9"  # the discard port: every attempt to connect is refused at once
NOW = datetime.now(UTC)
ME = UUID(int=0x01930000_0000_7000_8000_000000000001)
_SETTINGS = Settings(notify="all", pinned=False, archived=False)
SHORT = 30
"""Messages of the conversations that are not open."""
_HOLES, _PAGE = 20, 100


def cache_path(profile: Path, user_id: UUID) -> Path:
    """Where the app looks for its cache."""
    return AppConfig(profile=profile).folder_of(user_id) / "cache.db"


def write_profile(profile: Path, *, conversations: int, messages: int, holes: bool = False) -> None:
    """A signed-in profile: `conversations` direct ones, of which the first has `messages`, perhaps with holes, and was open at the end."""
    account = _keep_account(profile, NOWHERE, ME, "robin")
    asyncio.run(TokenVault(profile, keyring=False).save(account, "a token that nobody ever asks for"))
    asyncio.run(_fill(cache_path(profile, ME), conversations, messages, holes=holes))


async def write_account(profile: Path, url: str, user: User) -> None:
    """A profile that was just signed in: it holds the account and its refresh token, and nothing else."""
    account = _keep_account(profile, url, UUID(user.id), user.name)
    await TokenVault(profile, keyring=False).save(account, user.refresh_token)


def _keep_account(profile: Path, url: str, user_id: UUID, name: str) -> Account:
    prepare_profile(profile)
    account = Account(
        server_url=url,
        server_name="Benchmark",
        user_id=user_id,
        username=name,
        display_name=name.title(),
        token_place="file",
    )
    SettingsStore(profile).set_account(account)
    return account


async def remember_opened(profile: Path, user_id: UUID, conversation_id: UUID) -> None:
    """Let the next start open this conversation."""
    await _write(cache_path(profile, user_id), user_id, lambda cache: cache.meta.set(LAST_OPENED, str(conversation_id)))


async def _fill(path: Path, conversations: int, messages: int, *, holes: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def fill(cache: CacheWriter) -> None:
        for number in range(conversations):
            _add_conversation(cache, number, messages if number == 0 else SHORT, holes=holes and number == 0)
        cache.meta.set(EPOCH, "benchmark")
        cache.meta.set(LAST_OPENED, str(conversation_id(0)))

    await _write(path, ME, fill)


def holes_of(count: int) -> list[range]:
    """The pages that a profile with holes lacks, in the second half of its long conversation of `count` messages."""
    apart = count // 2 // _HOLES
    size = min(_PAGE, apart // 2)
    return [range(count // 2 + number * apart, count // 2 + number * apart + size) for number in range(_HOLES)]


def message_of(number: int, seq: int) -> Message:
    """A message of the other person in conversation `number`, as of now."""
    return _message(conversation_id(number), seq, _person_id(number), NOW)


async def _write(path: Path, user_id: UUID, work: Callable[[CacheWriter], None]) -> None:
    writer = DatabaseThread("benchmark")
    cache = CacheDb(path, me=user_id, writer=writer)
    await cache.open()
    await cache.write(work)
    await cache.close()
    await writer.close()


def _add_conversation(cache: CacheWriter, number: int, count: int, *, holes: bool) -> None:
    ident, peer = conversation_id(number), _person_id(number)
    begun = NOW - timedelta(minutes=2 * count + 10 * number)
    cache.people.put(
        [
            objects.User(
                id=peer,
                username=f"person{number}",
                display_name=f"Person {number}",
                role="member",
                disabled=False,
                online=False,
            )
        ]
    )
    members = tuple(
        Member(
            user_id=user, role="member", delivered_seq=count, read_seq=count, joined_at=format_time(begun), first_seq=1
        )
        for user in (ME, peer)
    )
    said = [
        _message(ident, seq, ME if seq % 3 == 0 else peer, begun + timedelta(minutes=2 * seq))
        for seq in range(1, count + 1)
    ]
    cache.conversations.put(
        Conversation(
            id=ident,
            kind="direct",
            history="all",
            rev=count + 1,
            last_seq=count,
            first_seq=1,
            member_count=2,
            members=members,
            created_at=format_time(begun),
            last_message=said[-1],
            unread_count=0,
            mention_count=0,
            settings=_SETTINGS,
        )
    )
    cache.conversations.set_cursor(ident, count + 1)
    missing = {seq for hole in holes_of(count) for seq in hole} if holes else set[int]()
    for first in range(0, count, _PAGE):
        cache.messages.put([one for one in said[first : first + _PAGE] if one.seq not in missing])
    for member in members:
        cache.marks.merge(Mark(conversation_id=ident, user_id=member.user_id, delivered_seq=count, read_seq=count))
    cache.refresh_upto(ident)
    cache.refresh_unread(ident)


def _message(conversation_id: UUID, seq: int, sender: UUID, when: datetime) -> Message:
    ident = UUID(int=conversation_id.int + (seq << 20))
    return Message(
        id=ident,
        conversation_id=conversation_id,
        seq=seq,
        rev=seq + 1,
        sender_id=sender,
        temp_id=ident if sender == ME else None,
        kind="text",
        text=text(seq),
        attachments=(),
        mentions=(),
        mentions_all=False,
        reactions=(),
        created_at=format_time(when),
    )


def conversation_id(number: int) -> UUID:
    return UUID(int=0x01930001_0000_7000_8000_000000000000 + number)


def _person_id(number: int) -> UUID:
    return UUID(int=0x01930002_0000_7000_8000_000000000000 + number)
