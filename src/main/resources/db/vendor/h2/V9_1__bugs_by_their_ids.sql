-- PostgreSQL has one since V7.
CREATE INDEX bug_search_id ON bug_search (bug_id);
