DROP TRIGGER accounts_update_counts;
DROP TRIGGER accounts_delete_counts;
DROP TRIGGER grants_insert_counts;
DROP TRIGGER grants_update_counts;
DROP TRIGGER grants_delete_counts;
DROP TRIGGER sessions_update_counts;
DROP TRIGGER sessions_delete_counts;
DROP TABLE access;
