"""The wire contract that the server and every client import: objects, events, routes, errors, limits.

It is JSON in camelCase, over HTTP under `/api/v1` and over Socket.IO. Any Socket.IO 4.x client in any language can
speak it. Absent and `null` mean the same, except in the body of a PATCH, where `null` removes an optional field, only
the fields that are there change, and an empty change is a success that changes nothing. Clients ignore fields and
events that they do not know; the server ignores unknown fields, and refuses wrong types, sizes and values of those it
knows.

There are three kinds of data, with a delivery rule each.

1. **Facts**: a message made, edited or deleted, a reaction, a pin, a membership, title or picture. Each conversation
   has a gapless counter `rev`, and a fact takes the next one; a message also has a gapless `seq`, given once. A client
   that has `rev` n applies n + 1, ignores what is n or less, and fetches what lies between with `/sync` when anything
   greater comes and the missing event does not follow within 300 ms. Objects are whole, so that applying one twice
   changes nothing. The cursor moves only by the next contiguous event or by a finished `/sync`, in one transaction
   with the rows. Clients sync on connect, on wake, on window focus and every 5 minutes; live events wait meanwhile.
2. **Marks**: `deliveredSeq` and `readSeq` of a member, `lastSeenAt` of a user. They only grow, never pass `lastSeq`,
   merge by maximum and take no `rev`. `readSeq` pulls `deliveredSeq` along, and sending moves the sender's own.
3. **Ephemera**: typing and presence. Typing is not stored and expires in the client after 5 s.

`epoch` names the history that cursors count in. It changes when the database was restored or a standby took over; a
`/sync` with another epoch counts as one without cursors. A new epoch never drops what a client has yet to send.
"""

__version__ = "0.1.0"
