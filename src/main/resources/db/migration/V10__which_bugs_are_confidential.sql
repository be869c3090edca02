-- Whether the bug is to be shown to those only who may see what its tracker marks as confidential; NULL where that was never told:
-- by no source yet, or to a version that did not ask. Of no index: it is looked at in rows that are read anyway.
ALTER TABLE bug_details ADD confidential BOOLEAN;
