-- PostgreSQL finds a row by its key as it is; see the migration of this name for SQLite.
SELECT 1;
