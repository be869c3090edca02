-- Where the tracker says that the bug is now.
ALTER TABLE bug_details ADD moved_to VARCHAR(2048);
-- Part of the outside contract: who supplied the override; may be left out. As long as the other texts that scripts write.
ALTER TABLE details_override ADD supplied_by VARCHAR(2000);
