-- What the first version left behind: references with and without an execution, an umlaut, details that are fresh, resolved,
-- of a page, failing and never fetched, overrides with and without an end. Plain SQL for H2 and PostgreSQL. Not to be changed.
INSERT INTO link_reference (id, execution_id, name, url, is_defect, created_on, url_key, natural_key) VALUES
    (1, 'TE-12', 'crash', 'HTTPS://GitHub.com/acme/shop/issues/7', TRUE, TIMESTAMP WITH TIME ZONE '2026-11-22 09:00:00+00:00',
     'https://github.com/acme/shop/issues/7', 'a111111111111111111111111111111111111111111111111111111111111111'),
    (2, 'TE-13', NULL, 'https://github.com/acme/shop/issues/7', TRUE, TIMESTAMP WITH TIME ZONE '2026-11-22 09:01:00+00:00',
     'https://github.com/acme/shop/issues/7', 'a222222222222222222222222222222222222222222222222222222222222222'),
    (3, NULL, 'Übersicht', 'http://wiki.example/page', FALSE, TIMESTAMP WITH TIME ZONE '2026-11-22 09:02:00+00:00',
     'http://wiki.example/page', 'a333333333333333333333333333333333333333333333333333333333333333'),
    (4, 'TE-12', NULL, 'http://bugs.example/show_bug.cgi?id=4', TRUE, TIMESTAMP WITH TIME ZONE '2026-11-22 09:03:00+00:00',
     'http://bugs.example/show_bug.cgi?id=4', 'a444444444444444444444444444444444444444444444444444444444444444');
INSERT INTO bug_details (url, tracker, system_name, bug_id, title, description, excerpt, status, resolved, fields,
                         from_open_graph, fetched_at, expires_at, failure_reason, failure_message, failure_since, retry_at,
                         failures, asked_at, due_at) VALUES
    ('https://github.com/acme/shop/issues/7', 'GitHub', 'github', '7', 'Crash when saving', '<p>twice</p>', 'twice', 'closed', TRUE,
     '{"assignee":"ann","labels":["ui"]}', FALSE, TIMESTAMP WITH TIME ZONE '2026-11-22 09:00:01+00:00',
     TIMESTAMP WITH TIME ZONE '2026-11-23 09:00:01+00:00', NULL, NULL, NULL, NULL, 0,
     TIMESTAMP WITH TIME ZONE '2026-11-22 09:00:01+00:00', TIMESTAMP WITH TIME ZONE '2026-11-23 09:00:01+00:00'),
    ('http://wiki.example/page', 'OpenGraph', NULL, NULL, 'Übersicht', '<p>text</p>', 'text', NULL, NULL, NULL, TRUE,
     TIMESTAMP WITH TIME ZONE '2026-11-22 09:02:01+00:00', TIMESTAMP WITH TIME ZONE '2026-11-22 10:02:01+00:00', 'timeout',
     'wiki.example did not answer', TIMESTAMP WITH TIME ZONE '2026-11-22 10:03:00+00:00',
     TIMESTAMP WITH TIME ZONE '2026-11-22 10:05:00+00:00', 2, TIMESTAMP WITH TIME ZONE '2026-11-22 09:02:01+00:00', NULL),
    ('http://bugs.example/show_bug.cgi?id=4', 'OpenGraph', NULL, '4', NULL, NULL, NULL, NULL, NULL, NULL, FALSE, NULL, NULL, 'connect',
     'bugs.example does not accept connections', TIMESTAMP WITH TIME ZONE '2026-11-22 09:03:01+00:00',
     TIMESTAMP WITH TIME ZONE '2026-11-22 09:04:01+00:00', 1, TIMESTAMP WITH TIME ZONE '2026-11-22 09:03:01+00:00',
     TIMESTAMP WITH TIME ZONE '2026-11-22 09:04:01+00:00');
INSERT INTO details_override (url, title, status, created_at, expires_at, blanks) VALUES
    ('https://github.com/acme/shop/issues/7', 'Known since 4.1', 'parked', TIMESTAMP WITH TIME ZONE '2026-11-22 09:10:00+00:00', NULL,
     'description'),
    ('http://never.example/1', 'Told by a script', NULL, TIMESTAMP WITH TIME ZONE '2026-11-22 09:10:00+00:00',
     TIMESTAMP WITH TIME ZONE '2026-11-23 09:10:00+00:00', NULL);
