-- Only SQLite has tables in the order of a key; see its migration of this name.
SELECT 1;
