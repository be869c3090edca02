INSERT INTO bug_search (url, bug_id, search_title, updated_at, resolved)
SELECT url, bug_id,
       -- No word may be longer than PostgreSQL takes.
       trim(regexp_replace(regexp_replace(lower(title), '[^[:alnum:]]+', ' ', 'g'), '([[:alnum:]]{60})[[:alnum:]]+', '\1', 'g')),
       CASE WHEN fields LIKE '%"updated":"____-%' THEN CAST(fields::jsonb ->> 'updated' AS timestamptz) END, resolved
FROM bug_details;

-- Not to_tsvector: its parser takes paths, hosts and numbers for words of their own kind, and finds nothing within them.
ALTER TABLE bug_search ADD title_words tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(NULLIF(search_title, ''), ' '))) STORED;
CREATE INDEX bug_search_words ON bug_search USING gin (title_words);
-- For beginnings, whatever the collation of the database.
CREATE INDEX bug_search_url ON bug_search (url varchar_pattern_ops);
CREATE INDEX bug_search_id ON bug_search (bug_id varchar_pattern_ops);
CREATE INDEX link_reference_execution ON link_reference (execution_id varchar_pattern_ops);
CREATE INDEX bug_details_failing ON bug_details (url) WHERE failure_reason IS NOT NULL;
CREATE INDEX details_override_unread ON details_override (url) WHERE url_key IS NULL;

-- What a script writes over is to be read again. Bugloss itself sets url_key with whatever it writes.
CREATE FUNCTION bugloss_override_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.title, NEW.fields) IS DISTINCT FROM (OLD.title, OLD.fields)
            AND (NEW.search_title, NEW.updated_at, NEW.url_key)
                IS NOT DISTINCT FROM (OLD.search_title, OLD.updated_at, OLD.url_key) THEN
        NEW.url_key := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER details_override_written BEFORE UPDATE ON details_override
    FOR EACH ROW EXECUTE FUNCTION bugloss_override_written();
