-- Where the bot has got to, and which node polls: the Bot API allows one.
CREATE TABLE telegram_bots (
    name TEXT PRIMARY KEY,
    next_update BIGINT NOT NULL,
    holder TEXT NULL,
    held_until BIGINT NOT NULL
);

-- Accepted = stored. What was handled stays a while, so that a second delivery is known.
CREATE TABLE telegram_updates (
    update_id BIGINT PRIMARY KEY,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at BIGINT NOT NULL,
    done_at BIGINT NULL
);
CREATE INDEX ix_telegram_updates_due ON telegram_updates (done_at, next_try_at);

-- A card is one message in one chat as it should be; a message is sent or edited until it is so.
CREATE TABLE telegram_cards (
    subject TEXT NOT NULL,
    chat BIGINT NOT NULL,
    message_id BIGINT NULL,
    thread TEXT NULL,
    follow TEXT NULL,
    content TEXT NOT NULL,
    version BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    repost INTEGER NOT NULL,
    updated_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    problem TEXT NULL,
    PRIMARY KEY (subject, chat)
);
CREATE INDEX ix_telegram_cards_due ON telegram_cards (next_try_at) WHERE shown < version;
CREATE INDEX ix_telegram_cards_follow ON telegram_cards (follow) WHERE follow IS NOT NULL;
CREATE INDEX ix_telegram_cards_message ON telegram_cards (chat, message_id);
CREATE INDEX ix_telegram_cards_thread ON telegram_cards (chat, thread);

CREATE TABLE telegram_buttons (
    id TEXT PRIMARY KEY,
    chat BIGINT NOT NULL,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    argument TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT NULL,
    used_by TEXT NULL
);
CREATE INDEX ix_telegram_buttons_made ON telegram_buttons (made_at);
