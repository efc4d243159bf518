"""Who is who: presence, sessions, registration, accounts."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from chinwag_server.assembly.bus import Bus
from chinwag_server.assembly.storage import Storage
from chinwag_server.config import Settings
from chinwag_server.services.accounts import Accounts
from chinwag_server.services.passwords import Passwords
from chinwag_server.services.presence import Presence
from chinwag_server.services.registration import RegistrationRule
from chinwag_server.services.sessions import Sessions
from chinwag_server.services.tokens import AccessTokens, RefreshTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    presence: Presence
    sessions: Sessions
    registration: RegistrationRule
    accounts: Accounts


async def start_people(settings: Settings, storage: Storage, bus: Bus, held: AsyncExitStack) -> People:
    presence = Presence(sink=bus.sink, leases=bus.leases, users=storage.users, has_peers=bus.has_peers)
    presence.start()
    held.push_async_callback(presence.close)
    sessions = Sessions(
        storage.sessions,
        users=storage.users,
        access=AccessTokens(storage.keys.signing, lifetime=timedelta(milliseconds=settings.access_token_ttl_ms)),
        refresh=RefreshTokens(storage.keys.refresh),
        fanout=bus.fanout,
        is_online=presence.is_online,
        lifetime=timedelta(milliseconds=settings.refresh_token_ttl_ms),
        grace=timedelta(milliseconds=settings.refresh_grace_ms),
    )
    sessions.start()
    held.push_async_callback(sessions.close)
    passwords = Passwords()
    held.callback(passwords.close)
    registration = RegistrationRule(storage.users, chosen=settings.registration, private=settings.is_private)
    accounts = Accounts(
        users=storage.users,
        invites=storage.invites,
        session_rows=storage.sessions,
        sessions=sessions,
        passwords=passwords,
        rate_limits=bus.rate_limits,
        limits=settings.limits,
        registration=registration,
    )
    return People(presence=presence, sessions=sessions, registration=registration, accounts=accounts)
