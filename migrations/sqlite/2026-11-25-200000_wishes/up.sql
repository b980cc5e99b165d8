-- Who is in a couple, or is asked by somebody, is not told to whoever asks: a wish binds the one who asks, and the other
-- from their agreement on.
DROP INDEX couples_other;
CREATE UNIQUE INDEX couples_other ON couples (partner_officer_id) WHERE ended_at IS NULL AND agreed_at IS NOT NULL;
