-- What the rules know of a bearer themselves is remembered with what they may do: it holds as long as the number in access
-- stands. So that is counted too. A person who is new on the roll was nobody's before.
CREATE TRIGGER officers_update_counts AFTER UPDATE OF joined_on ON officers BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER officers_delete_counts AFTER DELETE ON officers BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER officer_categories_insert_counts AFTER INSERT ON officer_categories BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER officer_categories_update_counts AFTER UPDATE ON officer_categories BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER officer_categories_delete_counts AFTER DELETE ON officer_categories BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER service_periods_insert_counts AFTER INSERT ON service_periods BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER service_periods_update_counts AFTER UPDATE ON service_periods BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER service_periods_delete_counts AFTER DELETE ON service_periods BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER separations_insert_counts AFTER INSERT ON separations BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER separations_update_counts AFTER UPDATE ON separations BEGIN UPDATE access SET revision = revision + 1; END;
CREATE TRIGGER separations_delete_counts AFTER DELETE ON separations BEGIN UPDATE access SET revision = revision + 1; END;
