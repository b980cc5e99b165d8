DROP TABLE leave_conflicts;
DROP TABLE kept_fingerprints;
DROP TABLE kept_texts;
DROP TABLE calendar_years;
DROP TABLE policy_versions;
DROP TABLE law;
