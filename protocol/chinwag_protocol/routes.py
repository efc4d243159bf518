"""All HTTP routes, one `RouteSpec` each: documentation and contract tests walk them.

`ROUTES` is in the order of the documentation. Paths are complete; `{…}` stands for an id, unless it says otherwise.
"""

from typing import Final, Literal

import msgspec

from . import bodies
from .objects import Attachment, Conversation, Member, Message, Settings, User
from .wire import Record

API: Final = "/api/v1"

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
Auth = Literal["open", "bearer", "admin", "network"]
Content = Literal["picture", "multipart", "bytes", "metrics", "openapi"]


class QuerySpec(msgspec.Struct, frozen=True):
    """A parameter of a query string; all are optional unless `required`."""

    name: str
    meaning: str
    required: bool = False


class RouteSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    `auth`: `open` to anyone, `bearer` an access token, `admin` one of an administrator, `network` only for configured
    addresses. `request` and `response` are record types, or name other content, or None for an empty body. `statuses`
    lists the successful ones, the usual first; failures are the error object with the status of its code.
    """

    method: Method
    path: str
    auth: Auth = "bearer"
    query: tuple[QuerySpec, ...] = ()
    request: type[Record] | Content | None = None
    response: type[Record] | Content | None = None
    statuses: tuple[int, ...] = (200,)
    idempotent: bool = False
    does: str

    @property
    def status(self) -> int:
        """The usual status of success."""
        return self.statuses[0]


_LIMIT = QuerySpec("limit", "1..200, default 50")
_CURSOR = QuerySpec("cursor", "`next` of the page before")
_PAGE = (_LIMIT, _CURSOR)

SERVER_ROUTES: Final = (
    RouteSpec(
        method="GET", path=f"{API}/server", auth="open", response=bodies.ServerInfo, does="name, protocol, limits"
    ),
)

AUTH_ROUTES: Final = (
    RouteSpec(
        method="POST",
        path=f"{API}/auth/register",
        auth="open",
        request=bodies.RegisterRequest,
        response=bodies.Session,
        statuses=(201,),
        does='makes an account and signs in; a bad invite is `forbidden` before the name is looked at, a taken name `conflict` with `field: "username"`',
    ),
    RouteSpec(
        method="POST",
        path=f"{API}/auth/login",
        auth="open",
        request=bodies.LoginRequest,
        response=bodies.Session,
        does="signs in; one `unauthorized` for any wrong pair, `forbidden` for a disabled account",
    ),
    RouteSpec(
        method="POST",
        path=f"{API}/auth/refresh",
        auth="open",
        request=bodies.RefreshRequest,
        response=bodies.Session,
        does="gives new tokens; for 30 s, while its successor is unused, the old token gives the same successor again, later it revokes the session",
    ),
    RouteSpec(method="POST", path=f"{API}/auth/logout", statuses=(204,), does="ends this session"),
    RouteSpec(
        method="POST",
        path=f"{API}/auth/password",
        request=bodies.PasswordRequest,
        statuses=(204,),
        does='changes the password and revokes the other sessions; a wrong one is `forbidden` with `field: "currentPassword"`',
    ),
    RouteSpec(method="GET", path=f"{API}/auth/sessions", response=bodies.SessionList, does="the caller's sessions"),
    RouteSpec(method="DELETE", path=f"{API}/auth/sessions/{{sessionId}}", statuses=(204,), does="revokes one of them"),
)

USER_ROUTES: Final = (
    RouteSpec(
        method="GET",
        path=f"{API}/users",
        query=(QuerySpec("query", "part of a user name or display name"), *_PAGE),
        response=bodies.UserList,
        does="the directory",
    ),
    RouteSpec(method="GET", path=f"{API}/users/me", response=User, does="the caller"),
    RouteSpec(
        method="PATCH",
        path=f"{API}/users/me",
        request=bodies.ProfilePatch,
        response=User,
        does="changes the caller's profile",
    ),
    RouteSpec(
        method="PUT", path=f"{API}/users/me/avatar", request="picture", response=User, does="sets the caller's picture"
    ),
    RouteSpec(method="DELETE", path=f"{API}/users/me/avatar", statuses=(204,), does="removes it"),
    RouteSpec(
        method="GET",
        path=f"{API}/users/me/blocks",
        query=_PAGE,
        response=bodies.UserList,
        does="whom the caller blocks",
    ),
    RouteSpec(method="GET", path=f"{API}/users/{{userId}}", response=User, does="one user"),
    RouteSpec(
        method="PUT",
        path=f"{API}/users/{{userId}}/block",
        statuses=(204,),
        does="blocks: no direct messages either way, and no adding to groups",
    ),
    RouteSpec(method="DELETE", path=f"{API}/users/{{userId}}/block", statuses=(204,), does="unblocks"),
)

CONVERSATION_ROUTES: Final = (
    RouteSpec(
        method="GET",
        path=f"{API}/conversations",
        query=_PAGE,
        response=bodies.ConversationList,
        does="the caller's conversations",
    ),
    RouteSpec(
        method="POST",
        path=f"{API}/conversations",
        request=bodies.GroupRequest,
        response=Conversation,
        statuses=(201,),
        idempotent=True,
        does="makes a group (`rev` 2, `lastSeq` 1: its system message is in)",
    ),
    RouteSpec(
        method="PUT",
        path=f"{API}/conversations/direct/{{userId}}",
        response=Conversation,
        statuses=(200, 201),
        does="finds (200) or makes (201) the direct conversation with a user, oneself included",
    ),
    RouteSpec(
        method="GET", path=f"{API}/conversations/{{conversationId}}", response=Conversation, does="one conversation"
    ),
    RouteSpec(
        method="PATCH",
        path=f"{API}/conversations/{{conversationId}}",
        request=bodies.ConversationPatch,
        response=Conversation,
        does="changes a group: owner and admins",
    ),
    RouteSpec(
        method="DELETE",
        path=f"{API}/conversations/{{conversationId}}",
        statuses=(204,),
        does="leaves a group; `forbidden` for a direct one",
    ),
    RouteSpec(
        method="PATCH",
        path=f"{API}/conversations/{{conversationId}}/settings",
        request=bodies.SettingsPatch,
        response=Settings,
        does="mutes, pins, archives, marks unread: for the caller only",
    ),
    RouteSpec(
        method="PUT",
        path=f"{API}/conversations/{{conversationId}}/avatar",
        request="picture",
        response=Conversation,
        does="sets a group's picture",
    ),
    RouteSpec(
        method="DELETE", path=f"{API}/conversations/{{conversationId}}/avatar", statuses=(204,), does="removes it"
    ),
    RouteSpec(
        method="GET",
        path=f"{API}/conversations/{{conversationId}}/members",
        query=(QuerySpec("query", "part of a user name or display name"), *_PAGE),
        response=bodies.MemberList,
        does="its members",
    ),
    RouteSpec(
        method="POST",
        path=f"{API}/conversations/{{conversationId}}/members",
        request=bodies.MembersRequest,
        response=Conversation,
        does="adds members to a group, all or none; one who blocks the caller is `forbidden`",
    ),
    RouteSpec(
        method="PATCH",
        path=f"{API}/conversations/{{conversationId}}/members/{{userId}}",
        request=bodies.RolePatch,
        response=Member,
        does="changes a role: the owner only",
    ),
    RouteSpec(
        method="DELETE",
        path=f"{API}/conversations/{{conversationId}}/members/{{userId}}",
        statuses=(204,),
        does="removes a member; oneself is leaving",
    ),
)

MESSAGE_ROUTES: Final = (
    RouteSpec(
        method="GET",
        path=f"{API}/conversations/{{conversationId}}/messages",
        query=(
            QuerySpec("before", "`seq`, exclusive"),
            QuerySpec("after", "`seq`, exclusive"),
            QuerySpec("around", "`seq`, inclusive, half of `limit` on either side"),
            _LIMIT,
        ),
        response=bodies.MessagePage,
        does="history by `seq`; the newest without any of the three, `invalid` with more than one",
    ),
    RouteSpec(
        method="GET",
        path=f"{API}/conversations/{{conversationId}}/pins",
        response=bodies.MessageList,
        does="pinned messages, the newest pin first",
    ),
    RouteSpec(method="GET", path=f"{API}/messages/{{messageId}}", response=Message, does="one message, for links"),
    RouteSpec(
        method="GET",
        path=f"{API}/messages/{{messageId}}/reactions",
        query=(QuerySpec("emoji", "the reaction", required=True), *_PAGE),
        response=bodies.ReactionPage,
        does="who gave one reaction",
    ),
    RouteSpec(
        method="POST",
        path=f"{API}/sync",
        request=bodies.SyncRequest,
        response=bodies.SyncAnswer,
        does="everything the client missed",
    ),
    RouteSpec(
        method="GET",
        path=f"{API}/search",
        query=(
            QuerySpec("q", "2..256 characters, 1 if it is an ideograph", required=True),
            QuerySpec("conversationId", "in this conversation"),
            QuerySpec("senderId", "from this user"),
            QuerySpec("before", "time, exclusive"),
            QuerySpec("after", "time, exclusive"),
            QuerySpec("has", "`image`, `voice`, `file` or `link`"),
            *_PAGE,
        ),
        response=bodies.SearchAnswer,
        does="substrings of the messages that the caller may see, without regard to case and accents, newest first",
    ),
)

ATTACHMENT_ROUTES: Final = (
    RouteSpec(
        method="POST",
        path=f"{API}/attachments",
        request="multipart",
        response=Attachment,
        statuses=(201,),
        idempotent=True,
        does="uploads `file`; for voice with `durationMs` and `waveform`, a JSON array of 64 values of 0..100",
    ),
    RouteSpec(
        method="POST",
        path=f"{API}/uploads",
        request=bodies.UploadRequest,
        response=bodies.Upload,
        statuses=(201,),
        does="begins an upload in parts, which lives 24 h",
    ),
    RouteSpec(
        method="PATCH",
        path=f"{API}/uploads/{{uploadId}}",
        request="bytes",
        response=Attachment,
        statuses=(204, 201),
        does="adds a part at `Upload-Offset`: 204 with the new one, 201 with the Attachment for the last; a wrong offset is `conflict`, a wrong `sha256` `invalid` and the upload is gone",
    ),
    RouteSpec(
        method="HEAD",
        path=f"{API}/uploads/{{uploadId}}",
        does="`Upload-Offset` and `Upload-Length`",
    ),
    RouteSpec(
        method="GET",
        path=f"{API}/attachments/{{attachmentId}}",
        response="bytes",
        statuses=(200, 206, 304),
        does="the file, for its uploader and for members of a conversation it was sent in; a single `Range`, HEAD, strong ETag",
    ),
    RouteSpec(
        method="GET",
        path=f"{API}/attachments/{{attachmentId}}/thumbnail",
        response="bytes",
        statuses=(200, 206, 304),
        does="its thumbnail",
    ),
    RouteSpec(
        method="GET",
        path=f"{API}/avatars/{{avatarId}}",
        response="bytes",
        statuses=(200, 206, 304),
        does="a picture of a user or group, for anyone signed in",
    ),
)

INVITE_ROUTES: Final = (
    RouteSpec(method="GET", path=f"{API}/invites", auth="admin", response=bodies.InviteList, does="invites"),
    RouteSpec(
        method="POST",
        path=f"{API}/invites",
        auth="admin",
        request=bodies.InviteRequest,
        response=bodies.Invite,
        statuses=(201,),
        does="makes an invite",
    ),
    RouteSpec(method="DELETE", path=f"{API}/invites/{{code}}", auth="admin", statuses=(204,), does="revokes an invite"),
    RouteSpec(
        method="GET",
        path=f"{API}/invites/{{code}}",
        auth="open",
        response=bodies.InviteInfo,
        does="tells whether a code is good",
    ),
)

OPERATION_ROUTES: Final = (
    RouteSpec(method="GET", path="/healthz", auth="open", response=bodies.HealthAnswer, does="the process lives"),
    RouteSpec(
        method="GET",
        path="/readyz",
        auth="open",
        response=bodies.HealthAnswer,
        statuses=(200, 503),
        does="it serves; 503, with the same body, while the database is not reachable",
    ),
    RouteSpec(
        method="GET",
        path="/metrics",
        auth="network",
        response="metrics",
        does="Prometheus metrics, for loopback and configured addresses; 404 for others",
    ),
    RouteSpec(method="GET", path="/schema/openapi.json", auth="open", response="openapi", does="OpenAPI description"),
)

ROUTES: Final[tuple[RouteSpec, ...]] = (
    *SERVER_ROUTES,
    *AUTH_ROUTES,
    *USER_ROUTES,
    *CONVERSATION_ROUTES,
    *MESSAGE_ROUTES,
    *ATTACHMENT_ROUTES,
    *INVITE_ROUTES,
    *OPERATION_ROUTES,
)
