-- Bugs that a hook named and that were not asked for since: a table of its own, nearly always empty, so that what is known of a
-- bug, and when the timer asks for it, stays as it was, and versions that know nothing of hooks go on beside it.
CREATE TABLE hook_due (
    url        VARCHAR(2048) PRIMARY KEY REFERENCES bug_details (url) ON DELETE CASCADE,
    -- As in bug_details.
    lane       VARCHAR(300) NOT NULL,
    -- A question counts that is asked from then on.
    told_at    TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at     TIMESTAMP WITH TIME ZONE NOT NULL,
    -- The node that is asking; due_at is then the end of its lease.
    claimed_by VARCHAR(40),
    -- How often the source did not answer.
    tries      INTEGER DEFAULT 0 NOT NULL
);
CREATE INDEX hook_due_lane ON hook_due (lane, due_at);

-- Of each system to which a hook came.
CREATE TABLE hook_account (
    system_name VARCHAR(64) PRIMARY KEY,
    last_hook   TIMESTAMP WITH TIME ZONE,
    refused     BIGINT DEFAULT 0 NOT NULL,
    -- More was told than is kept bug by bug: all that was fetched before is to be looked after.
    missed_at   TIMESTAMP WITH TIME ZONE
);
