DROP TABLE unit_staffing;
DROP TABLE shift_swaps;
DROP TABLE roster_patterns;
DROP TABLE rosters;
DROP TABLE rest_days;
DROP TABLE duty_actuals;
DROP TABLE duty_shift_history;
DROP TABLE duty_shifts;
