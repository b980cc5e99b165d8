-- PostgreSQL holds a word against a list as it is; see the migration of this name for SQLite.
SELECT 1;
