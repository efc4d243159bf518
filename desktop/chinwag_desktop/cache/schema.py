"""The tables of cache.db. It is disposable: a file of another version is thrown away and filled again by ``/sync``."""

from typing import Final

SCHEMA_VERSION: Final = 2

# Ids are their 16 bytes. Bodies are the objects of the protocol as JSON; the columns beside them are what queries need.
#
# conversations.cursor: the rev that is applied; 0 = known by name only, -1 = left over from another epoch.
# conversations.unread: what the list shows. delivered_upto, read_upto: received, read by all others up to that seq.
# messages.pinned_at: when it was pinned, as the server wrote it, which sorts; NULL while it is not.
# messages.counts: 0 for deleted and system messages, which are never unread. mentions_me: 1 if the user is meant.
# held: the runs of seq that are in messages without a hole.
# receipts: the user's own marks; acked_* is what the server has confirmed, acked_read -1 that it is to be told in any case.
SCHEMA: Final = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE people(id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE conversations(
  id BLOB PRIMARY KEY,
  cursor INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  unread INTEGER NOT NULL DEFAULT 0,
  mentions INTEGER NOT NULL DEFAULT 0,
  delivered_upto INTEGER NOT NULL DEFAULT 0,
  read_upto INTEGER NOT NULL DEFAULT 0,
  last_message BLOB,
  body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE messages(
  conversation_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  id BLOB NOT NULL,
  temp_id BLOB,
  rev INTEGER NOT NULL,
  sender_id BLOB NOT NULL,
  counts INTEGER NOT NULL,
  mentions_me INTEGER NOT NULL,
  pinned_at TEXT,
  body BLOB NOT NULL,
  PRIMARY KEY(conversation_id, seq)
) WITHOUT ROWID;
CREATE INDEX messages_id ON messages(id);
CREATE INDEX messages_temp_id ON messages(temp_id) WHERE temp_id IS NOT NULL;
CREATE INDEX messages_uncounted ON messages(conversation_id, seq) WHERE counts = 0;
CREATE INDEX messages_mentions ON messages(conversation_id, seq) WHERE mentions_me = 1;
CREATE INDEX messages_mentioning ON messages(id) WHERE mentions_me = 1;
CREATE INDEX messages_pinned ON messages(conversation_id, pinned_at) WHERE pinned_at IS NOT NULL;
CREATE TABLE held(
  conversation_id BLOB NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY(conversation_id, first)
) WITHOUT ROWID;
CREATE TABLE marks(
  conversation_id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  delivered_seq INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  PRIMARY KEY(conversation_id, user_id)
) WITHOUT ROWID;
CREATE TABLE receipts(
  conversation_id BLOB PRIMARY KEY,
  delivered_seq INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  acked_delivered INTEGER NOT NULL,
  acked_read INTEGER NOT NULL
) WITHOUT ROWID;
"""
