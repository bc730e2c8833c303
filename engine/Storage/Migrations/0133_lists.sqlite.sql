-- What the lists filter and page by; a run's state, a question's plan and an entry's detail stay out of it.
CREATE INDEX runs_list ON runs (created_at, id, sub_status, definition_id, name, correlation_id);
CREATE INDEX ix_approvals_list ON approvals (id, asked_at, action, target_name, state);
CREATE INDEX ix_audit_list ON audit (sequence, at, actor, event, subject);
