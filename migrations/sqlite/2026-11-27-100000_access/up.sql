-- How often what somebody may do was changed: accounts, grants and sign-ins that were there already. What a server read of
-- the bearer of a token holds as long as this number stands.
CREATE TABLE access (
    name TEXT NOT NULL PRIMARY KEY CHECK (name = 'access'),
    revision BIGINT NOT NULL CHECK (revision >= 0)
);
INSERT INTO access (name, revision) VALUES ('access', 0);

-- An account or a sign-in that is new was nobody's before: it changes nothing that was read.
CREATE TRIGGER accounts_update_counts AFTER UPDATE ON accounts BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER accounts_delete_counts AFTER DELETE ON accounts BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER grants_insert_counts AFTER INSERT ON grants BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER grants_update_counts AFTER UPDATE ON grants BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER grants_delete_counts AFTER DELETE ON grants BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER sessions_update_counts AFTER UPDATE ON sessions BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER sessions_delete_counts AFTER DELETE ON sessions BEGIN UPDATE access SET revision = revision + 1; END;
