-- What the timer needs to share its work among nodes, and to send as few requests as the trackers allow.

-- Whose rows are refreshed together: a system's name, or // and the host of a page. NULL, as due_at is, where the timer
-- leaves the row alone: so the index below holds what is to be refreshed first.
ALTER TABLE bug_details ADD lane VARCHAR(300);
-- The node that is refreshing this; due_at is then the end of its lease, after which any node may take it.
ALTER TABLE bug_details ADD claimed_by VARCHAR(40);
-- The bugs about which one question tells what changed since.
ALTER TABLE bug_details ADD change_group VARCHAR(400);
-- When the source last told all of this, rather than that nothing changed.
ALTER TABLE bug_details ADD read_at TIMESTAMP WITH TIME ZONE;
-- SHA-256 of what the source told, before it was sanitised and cut.
ALTER TABLE bug_details ADD fingerprint CHAR(64);
-- By these the source tells whether what it told still holds.
ALTER TABLE bug_details ADD etag VARCHAR(300);
ALTER TABLE bug_details ADD last_modified VARCHAR(100);

UPDATE bug_details SET lane = CASE
    WHEN system_name IS NOT NULL THEN system_name
    ELSE '//' || SUBSTRING(SUBSTRING(url FROM POSITION('://' IN url) + 3)
                           FROM 1 FOR POSITION('/' IN SUBSTRING(url FROM POSITION('://' IN url) + 3)) - 1)
    END
WHERE due_at IS NOT NULL;

DROP INDEX bug_details_due;
CREATE INDEX bug_details_due ON bug_details (lane, due_at);
CREATE INDEX bug_details_change_group ON bug_details (change_group, due_at);
