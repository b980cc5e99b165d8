-- Credit that tells the truth: until when another day is to be named and rested in the place of one that its officer asked to
-- move, and notices that lie before the entry of the rest day, which nothing but the planner's word stands for.
ALTER TABLE rest_cancellations ADD COLUMN offer_by DATE;
ALTER TABLE rest_cancellations ADD COLUMN take_by DATE;
ALTER TABLE rest_cancellations ADD COLUMN before_entry BOOLEAN NOT NULL DEFAULT FALSE;

-- Why a compensatory rest day stands although its credit covers it only in part.
ALTER TABLE rest_days ADD COLUMN override_reason TEXT CHECK (length(override_reason) BETWEEN 1 AND 1000);
