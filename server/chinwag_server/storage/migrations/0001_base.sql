-- The whole schema of version 1.  Plain SQL, run once by versions/0001_base.py inside one transaction.
--
-- Rules that every statement elsewhere keeps:
-- * Lock order: conversations (by id), members, messages, then the rest.
-- * seq and rev are taken only under the conversation's row lock and only for what is really stored: no sequences, no gaps.
-- * *_xid columns hold pg_current_xact_id() of the last change.  A reader's cursor is pg_snapshot_xmin of its snapshot:
--   rows with *_xid >= cursor are all that a former snapshot may not have seen, whatever committed late.
-- * No foreign keys to or from conversations, members and messages: their rows are held by the writer anyway, and the
--   checks cost as much as a third of the insert.  `chat-server doctor` looks for strays.

CREATE TABLE server_state (
    key text PRIMARY KEY,
    value text NOT NULL
);

-- ------------------------------------------------------------------------------------------------ people
CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text NOT NULL UNIQUE CHECK (username = lower(username)),
    display_name text NOT NULL,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin', 'bot')),
    password_hash text,                                  -- argon2id; NULL: nobody can sign in with a password
    disabled boolean NOT NULL DEFAULT false,
    status jsonb,                                        -- {text, until?, dnd} as on the wire
    avatar uuid,                                         -- avatars.id
    last_seen_at timestamptz(3),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id()  -- kept by the trigger below; nobody else sets it
);

CREATE FUNCTION users_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.username, NEW.display_name, NEW.role, NEW.disabled, NEW.status, NEW.avatar, NEW.last_seen_at)
       IS DISTINCT FROM (OLD.username, OLD.display_name, OLD.role, OLD.disabled, OLD.status, OLD.avatar, OLD.last_seen_at) THEN
        NEW.changed_xid := pg_current_xact_id();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_touch();

CREATE TABLE blocks (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    blocked_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, blocked_id)
);
CREATE INDEX blocks_blocked ON blocks (blocked_id);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    device_name text,
    address text NOT NULL DEFAULT '',
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
    refresh_hash bytea NOT NULL UNIQUE,                  -- SHA-256 of the token that is good now
    previous_hash bytea,                                 -- of the one before: good within the grace, later a theft
    rotated_at timestamptz(3),
    expires_at timestamptz(3) NOT NULL,
    revoked_at timestamptz(3),
    revoked_reason text
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;  -- every node looks for new ones
CREATE INDEX sessions_previous ON sessions (previous_hash) WHERE previous_hash IS NOT NULL;

CREATE TABLE invites (
    code text PRIMARY KEY,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin', 'bot')),
    uses_left integer NOT NULL CHECK (uses_left >= 0),
    expires_at timestamptz(3),
    created_at timestamptz(3) NOT NULL DEFAULT now()
);

-- ------------------------------------------------------------------------------------------------ conversations
-- One row is updated a batch: no index on a hot column and room for the new version on its page make every update HOT.
-- The hot columns stand last and together, so that WAL leaves out what they share with the old version.
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    kind text NOT NULL CHECK (kind IN ('direct', 'group')),
    history text NOT NULL DEFAULT 'all' CHECK (history IN ('all', 'joined')),
    title text,
    avatar uuid,                                         -- avatars.id
    member_count integer NOT NULL,
    first_seq bigint NOT NULL DEFAULT 1,                 -- oldest seq still stored
    members_version bigint NOT NULL DEFAULT 1,           -- grows with every joined, left, role; keys the roster caches
    rev bigint NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    last_at timestamptz(3) NOT NULL DEFAULT now()        -- createdAt of the last message; never decreases
) WITH (fillfactor = 50);

-- The one direct conversation of a pair; low = high is the one with oneself.
CREATE TABLE direct_conversations (
    low uuid NOT NULL,
    high uuid NOT NULL CHECK (low <= high),
    conversation_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (low, high)
);

-- A member sees the conversation while (opened OR conversations.last_seq > 0).
-- On joining, both marks start at conversations.last_seq: an own message never lies above the own read_seq (unread counts rely on it).
CREATE TABLE members (
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    opened boolean NOT NULL DEFAULT true,                -- false: the other side of a direct conversation that only one has opened
    joined_at timestamptz(3) NOT NULL DEFAULT now(),
    first_seq bigint NOT NULL DEFAULT 1,                 -- seq of the system message that added them
    joined_rev bigint NOT NULL DEFAULT 1,                -- conversations.rev at which they joined
    changed_rev bigint NOT NULL DEFAULT 1,               -- … and at which their role last changed (= joined_rev at first)
    settings jsonb,                                      -- {mutedUntil?, notify?, pinned?, archived?, unreadFromSeq?} as on the wire; NULL: defaults
    settings_xid xid8,                                   -- whoever writes settings sets it: settings_xid = pg_current_xact_id()
    marks_xid xid8 NOT NULL DEFAULT pg_current_xact_id(), -- the same for the two marks
    delivered_seq bigint NOT NULL DEFAULT 0,
    read_seq bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 70);
CREATE INDEX members_user ON members (user_id, conversation_id);

-- Who left, and at which rev: /sync tells it to those who stay.  Removed again when they join again.
CREATE TABLE departures (
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    rev bigint NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

-- ------------------------------------------------------------------------------------------------ messages
-- Never partitioned: (sender, tempId) is unique for ever, and a partition enforces that only within its key.
CREATE TABLE messages (
    seq bigint NOT NULL,
    rev bigint NOT NULL,                                 -- of its last change
    created_at timestamptz(3) NOT NULL,
    body_hash bigint NOT NULL,                           -- blake2b of what was asked for; 0 for system messages
    reply_seq bigint,
    conversation_id uuid NOT NULL,
    id uuid NOT NULL,
    sender_id uuid NOT NULL,
    temp_id uuid,                                        -- NULL for system messages
    kind "char" NOT NULL CHECK (kind IN ('t', 'i', 'v', 'f', 's')),
    text text NOT NULL,                                  -- '' once deleted
    extra jsonb,                                         -- {attachments?, mentions?, mentionsAll?, forwardedFrom?, system?} as on the wire; NULL for almost all
    changed boolean NOT NULL DEFAULT false,              -- true from the first edit, deletion, reaction or pin on
    edited_at timestamptz(3),
    deleted_at timestamptz(3),
    pinned_at timestamptz(3),
    reactions jsonb,                                     -- [{emoji, userIds}] in the order of reacting; NULL when there is none
    CONSTRAINT messages_pk PRIMARY KEY (conversation_id, seq)
);
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE UNIQUE INDEX messages_temp ON messages (sender_id, temp_id);
CREATE INDEX messages_changed ON messages (conversation_id, rev) WHERE changed;
CREATE INDEX messages_uncounted ON messages (conversation_id, seq) WHERE deleted_at IS NOT NULL OR kind = 's';
CREATE INDEX messages_mentioning ON messages (conversation_id, seq) WHERE extra ? 'mentions' OR extra ? 'mentionsAll';
CREATE INDEX messages_pinned ON messages (conversation_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- ------------------------------------------------------------------------------------------------ files
CREATE TABLE attachments (
    id uuid PRIMARY KEY,
    uploader_id uuid NOT NULL REFERENCES users,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    width integer,
    height integer,
    duration_ms integer,
    waveform jsonb,                                      -- 64 integers 0..100
    blob_key text NOT NULL,
    thumbnail_key text,
    digest bytea NOT NULL,                               -- SHA-256 of the stored bytes: the strong ETag
    orphaned_at timestamptz(3),                          -- its last message was deleted
    created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX attachments_uploader ON attachments (uploader_id);

CREATE TABLE attachment_links (
    attachment_id uuid NOT NULL REFERENCES attachments,
    message_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (attachment_id, message_id)
);
CREATE INDEX attachment_links_message ON attachment_links (message_id);

CREATE TABLE avatars (
    id uuid PRIMARY KEY,
    uploader_id uuid NOT NULL REFERENCES users,
    media_type text NOT NULL,
    size bigint NOT NULL,
    digest bytea NOT NULL,
    blob_key text NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now()
);

-- The first answer to an Idempotency-Key; status is NULL while the first call is under way.
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key text NOT NULL,
    route text NOT NULL,
    body_hash bytea NOT NULL,
    status integer,
    response bytea,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz(3) NOT NULL DEFAULT now(),
    actor_id uuid,                                       -- NULL: the command line
    action text NOT NULL,
    subject text,
    details jsonb
);

-- ------------------------------------------------------------------------------------------------ the write path
-- A batch is given as arrays.  p_heads: its conversations, distinct and sorted; p_counts: messages of each;
-- for each message p_row (index into p_heads) and p_n (its number within its conversation).  Joins of the batch with
-- itself are array subscripts: a join of two CTEs runs as nested loops under a generic plan.
-- Answers are arrays in step with p_heads: seq and rev *before* the batch, createdAt, members_version.
--
-- send_batch makes no lookups, its writes are the checks: too few marks moved means that a sender is not a member (CW001), a broken
-- messages_temp means a repeat (23505).  Then nothing is stored, and the caller runs the same batch through send_checked.
-- p_marks: number of different (conversation, sender) in the batch.
CREATE FUNCTION send_batch(
    p_heads uuid[], p_counts int[], p_row int[], p_n int[], p_sender uuid[], p_temp uuid[], p_hash bigint[], p_id uuid[],
    p_text text[], p_kind text[], p_reply bigint[], p_extra jsonb[], p_marks int,
    OUT o_seqs bigint[], OUT o_revs bigint[], OUT o_ats timestamptz[], OUT o_versions bigint[]
) LANGUAGE plpgsql AS $$
DECLARE moved int;
BEGIN
    PERFORM 1 FROM conversations WHERE id = ANY (p_heads) ORDER BY id FOR NO KEY UPDATE;
    WITH h AS (
        UPDATE conversations c
        SET last_seq = last_seq + k.n, rev = rev + k.n, last_at = greatest(last_at, clock_timestamp()::timestamptz(3))
        FROM unnest(p_heads, p_counts) WITH ORDINALITY AS k (id, n, i)
        WHERE c.id = k.id
        RETURNING k.i, c.last_seq - k.n AS seq0, c.rev - k.n AS rev0, c.last_at, c.members_version)
    SELECT array_agg(seq0 ORDER BY i), array_agg(rev0 ORDER BY i), array_agg(last_at ORDER BY i), array_agg(members_version ORDER BY i)
    INTO o_seqs, o_revs, o_ats, o_versions FROM h;
    IF o_seqs IS NULL OR cardinality(o_seqs) <> cardinality(p_heads) THEN
        RAISE SQLSTATE 'CW001' USING MESSAGE = 'no such conversation';
    END IF;

    UPDATE members m
    SET read_seq = greatest(m.read_seq, o_seqs[s.row] + s.n), delivered_seq = greatest(m.delivered_seq, o_seqs[s.row] + s.n),
        marks_xid = pg_current_xact_id()
    FROM (SELECT r.row, r.sender, max(r.n) AS n FROM unnest(p_row, p_n, p_sender) AS r (row, n, sender) GROUP BY r.row, r.sender) s
    WHERE m.conversation_id = p_heads[s.row] AND m.user_id = s.sender;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> p_marks THEN
        RAISE SQLSTATE 'CW001' USING MESSAGE = 'a sender is not a member';
    END IF;

    INSERT INTO messages (seq, rev, created_at, body_hash, reply_seq, conversation_id, id, sender_id, temp_id, kind, text, extra)
    SELECT o_seqs[r.row] + r.n, o_revs[r.row] + r.n, o_ats[r.row], r.hash, r.reply, p_heads[r.row], r.id, r.sender, r.temp,
           coalesce(r.kind, 't')::"char", r.text, r.extra
    FROM unnest(p_row, p_n, p_sender, p_temp, p_hash, p_id, p_text, p_kind, p_reply, p_extra)
         AS r (row, n, sender, temp, hash, id, text, kind, reply, extra);

    IF p_extra IS NOT NULL THEN
        INSERT INTO attachment_links (attachment_id, message_id, conversation_id, seq)
        SELECT DISTINCT (a ->> 'id')::uuid, r.id, p_heads[r.row], o_seqs[r.row] + r.n
        FROM unnest(p_row, p_n, p_id, p_extra) AS r (row, n, id, extra)
        CROSS JOIN LATERAL jsonb_array_elements(r.extra -> 'attachments') AS a
        ORDER BY 1, 2;
    END IF;
END $$;

-- The same for one message, which is most batches of a quiet server.
CREATE FUNCTION send_one(
    p_conversation uuid, p_sender uuid, p_temp uuid, p_hash bigint, p_id uuid, p_text text, p_kind text, p_reply bigint, p_extra jsonb,
    OUT o_seq bigint, OUT o_rev bigint, OUT o_at timestamptz, OUT o_version bigint
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations
    SET last_seq = last_seq + 1, rev = rev + 1, last_at = greatest(last_at, clock_timestamp()::timestamptz(3))
    WHERE id = p_conversation
    RETURNING last_seq, rev, last_at, members_version INTO o_seq, o_rev, o_at, o_version;

    UPDATE members SET read_seq = o_seq, delivered_seq = o_seq, marks_xid = pg_current_xact_id()
    WHERE conversation_id = p_conversation AND user_id = p_sender;
    IF NOT FOUND THEN
        RAISE SQLSTATE 'CW001' USING MESSAGE = 'the sender is not a member';
    END IF;

    INSERT INTO messages (seq, rev, created_at, body_hash, reply_seq, conversation_id, id, sender_id, temp_id, kind, text, extra)
    VALUES (o_seq, o_rev, o_at, p_hash, p_reply, p_conversation, p_id, p_sender, p_temp, coalesce(p_kind, 't')::"char", p_text, p_extra);

    IF p_extra IS NOT NULL THEN
        INSERT INTO attachment_links (attachment_id, message_id, conversation_id, seq)
        SELECT DISTINCT (a ->> 'id')::uuid, p_id, p_conversation, o_seq FROM jsonb_array_elements(p_extra -> 'attachments') AS a ORDER BY 1;
    END IF;
END $$;

-- Looks everything up after the lock, leaves repeats, conflicts and strangers out, counts again and stores the rest.
-- o_bad: for each message left out, its number in the batch * 4 + (0 not a member, 1 a repeat, 2 another body under a used tempId).
CREATE FUNCTION send_checked(
    p_heads uuid[], p_counts int[], p_row int[], p_n int[], p_sender uuid[], p_temp uuid[], p_hash bigint[], p_id uuid[],
    p_text text[], p_kind text[], p_reply bigint[], p_extra jsonb[],
    OUT o_seqs bigint[], OUT o_revs bigint[], OUT o_ats timestamptz[], OUT o_versions bigint[], OUT o_bad int[]
) LANGUAGE plpgsql AS $$
BEGIN
    -- A statement of its own: one statement sees the database as of its beginning, so lookups beside the lock would miss the winner's rows.
    PERFORM 1 FROM conversations WHERE id = ANY (p_heads) ORDER BY id FOR NO KEY UPDATE;

    SELECT array_agg((r.ord * 4 + CASE WHEN d.body_hash IS NULL THEN 0 WHEN d.body_hash = r.hash THEN 1 ELSE 2 END)::int ORDER BY r.ord)
    INTO o_bad
    FROM unnest(p_row, p_sender, p_temp, p_hash) WITH ORDINALITY AS r (row, sender, temp, hash, ord)
    LEFT JOIN messages d ON d.sender_id = r.sender AND d.temp_id = r.temp
    LEFT JOIN members m ON m.conversation_id = p_heads[r.row] AND m.user_id = r.sender
    WHERE d.body_hash IS NOT NULL OR m.user_id IS NULL;

    IF o_bad IS NOT NULL THEN
        SELECT array_agg(CASE WHEN x.ok THEN x.n END ORDER BY x.ord) INTO p_n
        FROM (SELECT r.ord, o.ok, count(*) FILTER (WHERE o.ok) OVER (PARTITION BY r.row ORDER BY r.ord)::int AS n
              FROM unnest(p_row) WITH ORDINALITY AS r (row, ord)
              CROSS JOIN LATERAL (SELECT r.ord <> ALL (SELECT b / 4 FROM unnest(o_bad) AS b) AS ok) o) x;
        SELECT array_agg(coalesce(c.n, 0) ORDER BY h.i) INTO p_counts
        FROM generate_subscripts(p_heads, 1) AS h (i)
        LEFT JOIN (SELECT r.row, max(r.n) AS n FROM unnest(p_row, p_n) AS r (row, n) GROUP BY r.row) c ON c.row = h.i;
    END IF;

    WITH h AS (
        UPDATE conversations c
        SET last_seq = last_seq + k.n, rev = rev + k.n, last_at = greatest(last_at, clock_timestamp()::timestamptz(3))
        FROM unnest(p_heads, p_counts) WITH ORDINALITY AS k (id, n, i)
        WHERE c.id = k.id AND k.n > 0
        RETURNING k.i, c.last_seq - k.n AS seq0, c.rev - k.n AS rev0, c.last_at, c.members_version)
    SELECT array_agg(seq0 ORDER BY i), array_agg(rev0 ORDER BY i), array_agg(last_at ORDER BY i), array_agg(members_version ORDER BY i)
    INTO o_seqs, o_revs, o_ats, o_versions
    FROM (SELECT i, seq0, rev0, last_at, members_version FROM h
          UNION ALL  -- keeps the arrays in step with p_heads where nothing is left to store
          SELECT k.i, 0, 0, NULL, NULL FROM unnest(p_counts) WITH ORDINALITY AS k (n, i) WHERE k.n = 0) x;

    UPDATE members m
    SET read_seq = greatest(m.read_seq, o_seqs[s.row] + s.n), delivered_seq = greatest(m.delivered_seq, o_seqs[s.row] + s.n),
        marks_xid = pg_current_xact_id()
    FROM (SELECT r.row, r.sender, max(r.n) AS n FROM unnest(p_row, p_n, p_sender) AS r (row, n, sender)
          WHERE r.n IS NOT NULL GROUP BY r.row, r.sender) s
    WHERE m.conversation_id = p_heads[s.row] AND m.user_id = s.sender;

    INSERT INTO messages (seq, rev, created_at, body_hash, reply_seq, conversation_id, id, sender_id, temp_id, kind, text, extra)
    SELECT o_seqs[r.row] + r.n, o_revs[r.row] + r.n, o_ats[r.row], r.hash, r.reply, p_heads[r.row], r.id, r.sender, r.temp,
           coalesce(r.kind, 't')::"char", r.text, r.extra
    FROM unnest(p_row, p_n, p_sender, p_temp, p_hash, p_id, p_text, p_kind, p_reply, p_extra)
         AS r (row, n, sender, temp, hash, id, text, kind, reply, extra)
    WHERE r.n IS NOT NULL;

    IF p_extra IS NOT NULL THEN
        INSERT INTO attachment_links (attachment_id, message_id, conversation_id, seq)
        SELECT DISTINCT (a ->> 'id')::uuid, r.id, p_heads[r.row], o_seqs[r.row] + r.n
        FROM unnest(p_row, p_n, p_id, p_extra) AS r (row, n, id, extra)
        CROSS JOIN LATERAL jsonb_array_elements(r.extra -> 'attachments') AS a
        WHERE r.n IS NOT NULL
        ORDER BY 1, 2;
    END IF;
END $$;

-- A system message: takes the next rev and seq of a conversation whose row the caller has locked, moves the actor's own marks over it.
-- p_system: {type, actorId, userIds?, title?, role?} as on the wire.
CREATE FUNCTION write_system_message(
    p_conversation uuid, p_id uuid, p_actor uuid, p_system jsonb,
    OUT o_seq bigint, OUT o_rev bigint, OUT o_at timestamptz, OUT o_version bigint
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations
    SET last_seq = last_seq + 1, rev = rev + 1, last_at = greatest(last_at, clock_timestamp()::timestamptz(3))
    WHERE id = p_conversation
    RETURNING last_seq, rev, last_at, members_version INTO STRICT o_seq, o_rev, o_at, o_version;

    UPDATE members SET read_seq = o_seq, delivered_seq = o_seq, marks_xid = pg_current_xact_id()
    WHERE conversation_id = p_conversation AND user_id = p_actor;

    INSERT INTO messages (seq, rev, created_at, body_hash, conversation_id, id, sender_id, kind, text, extra)
    VALUES (o_seq, o_rev, o_at, 0, p_conversation, p_id, p_actor, 's', '', jsonb_build_object('system', p_system));
END $$;

-- A message lost its attachments (deleted): what no other message holds is not served any more, and is collected later.
CREATE FUNCTION forget_attachments(p_message uuid) RETURNS void LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM attachment_links WHERE message_id = p_message RETURNING attachment_id)
    UPDATE attachments a SET orphaned_at = now()
    FROM gone
    WHERE a.id = gone.attachment_id
      AND NOT EXISTS (SELECT FROM attachment_links l WHERE l.attachment_id = a.id AND l.message_id <> p_message);
$$;
