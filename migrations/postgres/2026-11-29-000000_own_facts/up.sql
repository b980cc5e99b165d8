-- Nothing is counted here; see the migration of this name for SQLite.
SELECT 1;
