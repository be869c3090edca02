-- What is searched and sorted by, apart from bug_details, whose rows are written anew with every refresh: each of these
-- indexes would then be written too, though hardly any of its values ever changes.
CREATE TABLE bug_search (
    url          VARCHAR(2048) PRIMARY KEY REFERENCES bug_details (url) ON DELETE CASCADE,
    bug_id       VARCHAR(300),
    -- The words of the title in lower case, with a space between them.
    search_title VARCHAR(4000),
    -- When the tracker says that the bug was last changed.
    updated_at   TIMESTAMP WITH TIME ZONE,
    resolved     BOOLEAN
);
CREATE INDEX bug_search_updated ON bug_search (updated_at);
CREATE INDEX bug_search_resolved ON bug_search (resolved);
CREATE INDEX bug_details_fetched ON bug_details (fetched_at);

-- The same of overrides; NULL where it is still to be found out, since a script wrote the row. An empty url_key is that of a row
-- whose url is none.
ALTER TABLE details_override ADD url_key VARCHAR(2048);
ALTER TABLE details_override ADD search_title VARCHAR(4000);
ALTER TABLE details_override ADD updated_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX details_override_key ON details_override (url_key);
