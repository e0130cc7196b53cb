-- Where somebody was: domain::country::Country, 0: not known. The address it was found by is not kept.
ALTER TABLE heat_session ADD COLUMN country INTEGER NOT NULL DEFAULT 0;
ALTER TABLE track_event ADD COLUMN country INTEGER NOT NULL DEFAULT 0;
ALTER TABLE traffic_request ADD COLUMN country INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visit ADD COLUMN country INTEGER NOT NULL DEFAULT 0;
