-- What the lists filter and page by; the wide columns stay out of it.
CREATE INDEX ix_decisions_list ON decisions (id, at, action, target_name, verdict, outcome);
CREATE INDEX ix_authorizations_list ON authorizations (used_at, id, activity_id, target_name, result);
