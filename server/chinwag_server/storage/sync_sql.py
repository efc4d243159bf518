"""The statements of `/sync`. All of them see one snapshot; `me` is always the caller's row of members."""

from typing import Final

from chinwag_server.storage.conversation_views import VISIBLE
from chinwag_server.storage.message_rows import MESSAGE_COLUMNS

SNAPSHOT: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, clock_timestamp() AS at"
"""Every change that this snapshot may not see has a transaction id of `xmin` or above."""

HEADS: Final = f"""SELECT c.id, c.rev, c.last_seq, me.joined_rev, k.rev AS cursor,
  CASE WHEN c.history = 'joined' THEN me.first_seq ELSE 1 END AS first_seq
FROM members me JOIN conversations c ON c.id = me.conversation_id
LEFT JOIN unnest($2::uuid[], $3::bigint[]) AS k (id, rev) ON k.id = c.id
WHERE me.user_id = $1 AND {VISIBLE} ORDER BY c.id"""  # noqa: S608 - constants of ours
"""Every conversation that the caller may see, with the client's cursor: one pass, no message touched."""

# Each rev stores at most one message, so those newer than a cursor lie among the last (rev - cursor) seqs; what changed of
# older ones stands in a small partial index. There is no index by rev, which every message would pay for.
SINCE: Final = """
  (SELECT s.* FROM messages s WHERE s.conversation_id = k.id AND s.seq > k.last_seq - (k.rev - k.cursor) AND s.rev > k.cursor
     AND s.seq >= k.first_seq
   UNION ALL
   SELECT s.* FROM messages s WHERE s.conversation_id = k.id AND s.changed AND s.rev > k.cursor
     AND s.seq <= k.last_seq - (k.rev - k.cursor) AND s.seq >= k.first_seq)"""
HEADS_GIVEN: Final = """unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
  AS k (id, cursor, rev, last_seq, first_seq)"""

COUNT_SINCE: Final = f"""SELECT k.id, n.count FROM {HEADS_GIVEN}
CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT 1 FROM {SINCE} s LIMIT $6) x) n"""  # noqa: S608 - constants of ours

MESSAGES_SINCE: Final = f"""SELECT {MESSAGE_COLUMNS} FROM {HEADS_GIVEN} CROSS JOIN LATERAL {SINCE} m
LEFT JOIN messages r ON r.conversation_id = m.conversation_id AND r.seq = m.reply_seq
ORDER BY m.conversation_id, m.rev"""  # noqa: S608 - constants of ours

NEWEST_MESSAGES: Final = f"""SELECT {MESSAGE_COLUMNS} FROM unnest($1::uuid[], $2::bigint[]) AS k (id, first_seq)
CROSS JOIN LATERAL (SELECT s.* FROM messages s WHERE s.conversation_id = k.id AND s.seq >= k.first_seq
                    ORDER BY s.seq DESC LIMIT $3) m
LEFT JOIN messages r ON r.conversation_id = m.conversation_id AND r.seq = m.reply_seq
ORDER BY m.conversation_id, m.rev"""  # noqa: S608 - constants of ours

MEMBERS_SINCE: Final = """SELECT m.conversation_id, m.user_id, m.role, m.delivered_seq, m.read_seq, m.joined_at, m.first_seq,
  m.joined_rev > k.cursor AS joined
FROM unnest($1::uuid[], $2::bigint[]) AS k (id, cursor) JOIN members m ON m.conversation_id = k.id
WHERE m.joined_rev > k.cursor OR m.changed_rev > k.cursor ORDER BY m.joined_at, m.user_id"""

DEPARTED_SINCE: Final = """SELECT d.conversation_id, d.user_id
FROM unnest($1::uuid[], $2::bigint[]) AS k (id, cursor) JOIN departures d ON d.conversation_id = k.id AND d.rev > k.cursor
WHERE NOT EXISTS (SELECT FROM members m WHERE m.conversation_id = d.conversation_id AND m.user_id = d.user_id) ORDER BY d.rev"""

_MARKS: Final = f"""SELECT o.conversation_id, o.user_id, o.delivered_seq, o.read_seq
FROM members me JOIN conversations c ON c.id = me.conversation_id
JOIN members o ON o.conversation_id = me.conversation_id AND (c.member_count <= $3 OR o.user_id = me.user_id)
WHERE me.user_id = $1 AND {VISIBLE}"""  # noqa: S608 - constants of ours
MARKS_SINCE: Final = f"{_MARKS} AND o.marks_xid >= $2::text::xid8"
MARKS_OF: Final = f"{_MARKS} AND me.conversation_id = ANY ($2::uuid[])"

_SETTINGS: Final = f"""SELECT me.conversation_id, me.settings FROM members me JOIN conversations c ON c.id = me.conversation_id
WHERE me.user_id = $1 AND {VISIBLE}"""  # noqa: S608 - constants of ours
SETTINGS_SINCE: Final = f"{_SETTINGS} AND me.settings_xid >= $2::text::xid8"
SETTINGS_OF: Final = f"{_SETTINGS} AND me.settings_xid IS NOT NULL AND me.conversation_id = ANY ($2::uuid[])"

_USERS: Final = (
    """SELECT u.id, u.username, u.display_name, u.role, u.disabled, u.status, u.avatar, u.last_seen_at FROM users u"""
)
_PEERS: Final = (
    "SELECT o.user_id FROM members me JOIN members o ON o.conversation_id = me.conversation_id WHERE me.user_id = $1"
)
USERS_NAMED: Final = f"{_USERS} WHERE u.id = ANY ($1::uuid[])"
USERS_SINCE: Final = f"{_USERS} WHERE u.changed_xid >= $2::text::xid8 AND ($3 OR u.id = $1 OR u.id IN ({_PEERS}))"
USERS_OF: Final = f"{_USERS} WHERE u.id IN ({_PEERS} AND me.conversation_id = ANY ($2::uuid[]))"
FEW_USERS: Final = "SELECT count(*) <= $1 FROM (SELECT 1 FROM users LIMIT $1 + 1) x"
