-- A search for a URL, or for its beginning, read all of them: other indexes are in the order of a language.
create index bug_search_url_beginnings on bug_search (url text_pattern_ops);
-- The few that were typed otherwise than their bug's URL is written. An entry of an index can't be as long as those may be.
create index link_reference_typed_otherwise on link_reference (left(url, 200) text_pattern_ops) where url <> url_key;
