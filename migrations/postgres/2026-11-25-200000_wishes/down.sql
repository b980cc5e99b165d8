DROP INDEX couples_other;
CREATE UNIQUE INDEX couples_other ON couples (partner_officer_id) WHERE ended_at IS NULL;
