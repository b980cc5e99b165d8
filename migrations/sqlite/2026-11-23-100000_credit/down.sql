DROP TABLE rest_cancellations;
DROP TABLE comp_choices;
DROP TABLE comp_movements;
DROP TABLE comp_lots;
