"""The database and its repositories, opened."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from chinwag_server.storage.attachments import AttachmentRepository
from chinwag_server.storage.conversations import ConversationRepository
from chinwag_server.storage.database import Database
from chinwag_server.storage.facts import FactRepository
from chinwag_server.storage.invites import InviteRepository
from chinwag_server.storage.members import MemberRepository
from chinwag_server.storage.messages import MessageRepository
from chinwag_server.storage.server_state import ServerKeys, ServerState
from chinwag_server.storage.sessions import SessionRepository
from chinwag_server.storage.users import UserRepository
from chinwag_server.worker_context import WorkerContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    database: Database
    state: ServerState
    keys: ServerKeys
    users: UserRepository
    sessions: SessionRepository
    invites: InviteRepository
    conversations: ConversationRepository
    members: MemberRepository
    messages: MessageRepository
    facts: FactRepository
    attachments: AttachmentRepository


async def open_storage(context: WorkerContext, held: AsyncExitStack) -> Storage:
    database = Database(context.database_url)
    await database.open()
    held.push_async_callback(database.close)
    state = ServerState(database)
    await state.prepare()
    return Storage(
        database=database,
        state=state,
        keys=await state.keys(),
        users=UserRepository(database),
        sessions=SessionRepository(database),
        invites=InviteRepository(database),
        conversations=ConversationRepository(database),
        members=MemberRepository(database),
        messages=MessageRepository(database),
        facts=FactRepository(database),
        attachments=AttachmentRepository(database),
    )
