-- How often what somebody may do was changed. Only on a file, where one writes at a time, is it counted (and read): here
-- everybody who changes an account would wait for everybody else.
CREATE TABLE access (
    name TEXT NOT NULL PRIMARY KEY CHECK (name = 'access'),
    revision BIGINT NOT NULL CHECK (revision >= 0)
);
INSERT INTO access (name, revision) VALUES ('access', 0);
