"""Accounts: registering, signing in with a password, changing it."""

import asyncio
import hashlib
import unicodedata
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from chinwag_protocol.bodies import LoginRequest, PasswordRequest, RegisterRequest, Session
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.text import (
    clean_device_name,
    clean_display_name,
    clean_name,
    clean_password,
    clean_username,
    normalise,
)
from chinwag_server.domain.errors import Conflict, Forbidden, RateLimited, Unauthorized
from chinwag_server.domain.records import Principal, UserRecord
from chinwag_server.services.limits import RateLimits
from chinwag_server.services.passwords import Passwords
from chinwag_server.services.registration import RegistrationRule
from chinwag_server.services.sessions import Sessions
from chinwag_server.storage.invites import InviteRepository
from chinwag_server.storage.sessions import SessionRepository
from chinwag_server.storage.users import UserRepository

INVITE_CODE_LENGTH: Final = 64
_NOBODY: Final = UUID(int=0)
_WRONG_PAIR: Final = "wrong user name or password"


class Accounts:
    """The ways to a session, and the password behind it."""

    def __init__(
        self,
        *,
        users: UserRepository,
        invites: InviteRepository,
        session_rows: SessionRepository,
        sessions: Sessions,
        passwords: Passwords,
        rate_limits: RateLimits,
        limits: Limits,
        registration: RegistrationRule,
    ) -> None:
        self._users = users
        self._invites = invites
        self._session_rows = session_rows
        self._sessions = sessions
        self._passwords = passwords
        self._rate_limits = rate_limits
        self._limits = limits
        self._registration = registration
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def register(self, request: RegisterRequest, *, address: str, at_this_machine: bool) -> Session:
        """Make an account and sign it in.

        Checks, in this order: the values (`TextError`), whether anybody may register (`Forbidden`), how often this
        address did (`RateLimited`), the invite (`Forbidden`), the name (`Conflict`, `username`).
        """
        username = clean_username(request.username, limits=self._limits)
        password = clean_password(request.password, limits=self._limits)
        display_name = clean_display_name(request.display_name or username, limits=self._limits)
        device_name = clean_device_name(request.device_name)
        code = _clean_code(request.invite_code)
        registration = await self._registration.for_caller(at_this_machine=at_this_machine)
        if registration == "closed":
            raise Forbidden("registration is closed")
        await self._rate_limits.registration(address)
        if registration == "invite" and code is None:
            raise Forbidden("registration needs an invite", field="inviteCode")
        if code is not None and not await self._invites.is_usable(code):
            raise Forbidden("this invite cannot be used", field="inviteCode")
        if await self._users.find_by_name(username) is not None:
            raise Conflict("this user name is taken", field="username")
        # Both were looked at to save a hash; what counts is what the transaction finds.
        session, token = self._sessions.draft(user_id=new_id(), device_name=device_name, address=address)
        user = await self._invites.register(
            username=username,
            display_name=display_name,
            password_hash=await self._passwords.hash(password),
            invite_code=code,
            session=session,
        )
        return self._sessions.answer(user, session_id=session.id, refresh_token=token)

    async def login(self, request: LoginRequest, *, address: str) -> Session:
        """Sign in with a password.

        Raises `Unauthorized` for any wrong pair, `RateLimited` after too many of them, `Forbidden` for a disabled
        user with the right password. The right password from an address that signed in to the account before is
        not refused for what others tried elsewhere. Whether there is such an account, known here or disabled,
        makes no difference to what is done for a wrong pair, so that it cannot be told by the time either.
        """
        device_name = clean_device_name(request.device_name)
        username = normalise(request.username, field="username")
        password = normalised_password(request.password)
        key = username if len(username) <= self._limits.username_max else hashlib.sha256(username.encode()).hexdigest()
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:  # one guess a name at a time, or a rush of them would be let through before it is counted
            user = await self._check_pair(username, password, key=key, address=address)
        if user.disabled:
            raise Forbidden("this account is disabled")
        if user.password_hash is not None and self._passwords.needs_rehash(user.password_hash):
            fresh = await self._passwords.hash(password)
            await self._users.rehash_password(user.id, fresh, instead_of=user.password_hash)
        return await self._sessions.open(user, device_name=device_name, address=address)

    async def change_password(self, principal: Principal, request: PasswordRequest) -> None:
        """Change the caller's password and end their other sessions.

        Raises `TextError` (`newPassword`), `RateLimited` and `Forbidden` (`currentPassword`).
        """
        new = clean_password(request.new_password, limits=self._limits, field="newPassword")
        current = normalised_password(request.current_password, field="currentPassword")
        user = await self._users.get(principal.user_id)
        async with self._turns.setdefault(user.username, asyncio.Lock()):
            if wait_ms := await self._rate_limits.guess_wait_ms(user.username, principal.address):
                raise _too_many(wait_ms)
            if not await self._passwords.verify(user.password_hash, current):
                await self._rate_limits.login_failed(user.username, principal.address)
                raise Forbidden("the current password is wrong", field="currentPassword")
        await self._users.set_password(user.id, await self._passwords.hash(new), keep_session=principal.session_id)
        self._sessions.password_changed(principal)

    async def _check_pair(self, username: str, password: str, *, key: str, address: str) -> UserRecord:
        if wait_ms := await self._rate_limits.guess_wait_ms(key, address):
            raise _too_many(wait_ms)
        wait_ms = await self._rate_limits.login_wait_ms(key, address)
        user = await self._users.find_by_name(username)
        known = not wait_ms or await self._session_rows.knows_address(user.id if user else _NOBODY, address)
        if await self._passwords.verify(user.password_hash if user else None, password) and user and known:
            return user
        await self._rate_limits.login_failed(key, address, refused=wait_ms > 0)
        raise _too_many(wait_ms) if wait_ms else Unauthorized(_WRONG_PAIR)


def normalised_password(text: str, *, field: str = "password") -> str:
    """A password as `clean_password` stores it, whatever its length: rules may have changed since it was set.

    Raises `TextError` for what no text may hold.
    """
    normalise(text, field=field)
    return unicodedata.normalize("NFC", text)


def _too_many(wait_ms: int) -> RateLimited:
    return RateLimited("too many wrong passwords", retry_after_ms=wait_ms)


def _clean_code(code: str | None) -> str | None:
    """The invite code, None when there is none. Raises `TextError` for what cannot be a code."""
    return None if code is None else clean_name(code, field="inviteCode", maximum=INVITE_CODE_LENGTH)
