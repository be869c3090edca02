-- Plain SQL where H2 and PostgreSQL agree. Lengths are those that the code checks or cuts to.

-- Not an identity column: EclipseLink asks H2 for those with a function that H2 no longer has. One by one, so that ids
-- rise in the order of recording on all nodes, and whoever pages by id misses none.
CREATE SEQUENCE link_reference_ids START WITH 1 INCREMENT BY 1;

-- Part of the outside contract: other processes may read id, execution_id, name, url, is_defect, created_on.
-- The lengths of execution_id and name are twice 64, since H2 counts a character beyond the basic plane as two.
CREATE TABLE link_reference (
    id           BIGINT PRIMARY KEY,
    execution_id VARCHAR(128),
    name         VARCHAR(128),
    url          VARCHAR(2048) NOT NULL,
    is_defect    BOOLEAN DEFAULT FALSE NOT NULL,
    created_on   TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
    -- The canonical key of the URL: what its details are cached under. ASCII, so PostgreSQL can index it whole.
    url_key      VARCHAR(2048) NOT NULL,
    -- SHA-256 of execution_id and url: makes the same pair one row, also where execution_id is NULL.
    natural_key  CHAR(64) NOT NULL,
    CONSTRAINT link_reference_natural_key UNIQUE (natural_key)
);
CREATE INDEX link_reference_by_url ON link_reference (url_key, is_defect);
CREATE INDEX link_reference_by_execution ON link_reference (execution_id, id);

-- The cache: what is known of the bug behind each URL. Internal.
CREATE TABLE bug_details (
    url             VARCHAR(2048) PRIMARY KEY,
    tracker         VARCHAR(200) NOT NULL,
    system_name     VARCHAR(64),
    bug_id          VARCHAR(300),
    title           VARCHAR(2000),
    description     VARCHAR(200000),
    excerpt         VARCHAR(600),
    status          VARCHAR(300),
    resolved        BOOLEAN,
    image           VARCHAR(4000),
    site_name       VARCHAR(300),
    fields          VARCHAR(50000),
    from_open_graph BOOLEAN DEFAULT FALSE NOT NULL,
    fetched_at      TIMESTAMP WITH TIME ZONE,
    expires_at      TIMESTAMP WITH TIME ZONE,
    failure_reason  VARCHAR(40),
    failure_message VARCHAR(1000),
    failure_since   TIMESTAMP WITH TIME ZONE,
    retry_at        TIMESTAMP WITH TIME ZONE,
    failures        INTEGER DEFAULT 0 NOT NULL,
    -- When a caller last asked for these, give or take a quarter of bugloss.details.keep.
    asked_at        TIMESTAMP WITH TIME ZONE NOT NULL,
    -- When the timer shall refresh these; NULL where no link reference calls the URL a defect.
    due_at          TIMESTAMP WITH TIME ZONE
);
CREATE INDEX bug_details_due ON bug_details (due_at);

-- Part of the outside contract: other processes may write all columns but blanks. Only url and title must be there.
CREATE TABLE details_override (
    url         VARCHAR(2048) PRIMARY KEY,
    title       VARCHAR(2000) NOT NULL,
    description VARCHAR(1000000),
    status      VARCHAR(2000),
    resolved    BOOLEAN,
    image       VARCHAR(4000),
    fields      VARCHAR(1000000),
    created_at  TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
    expires_at  TIMESTAMP WITH TIME ZONE,
    -- Members that the REST interface was given as null: they hide what the tracker says. Internal.
    blanks      VARCHAR(200)
);
