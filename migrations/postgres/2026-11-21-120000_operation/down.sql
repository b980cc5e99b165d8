ALTER TABLE leave_decisions DROP COLUMN on_behalf_of;
DROP TABLE delegations;
DROP TABLE api_keys;
ALTER TABLE accounts DROP COLUMN kind;
DROP INDEX accounts_name_key;
ALTER TABLE accounts DROP COLUMN name_key;
