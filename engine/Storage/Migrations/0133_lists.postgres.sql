-- PostgreSQL keeps wide values beside the table and limits what an index holds, so texts of people stay out of these.
CREATE INDEX runs_list ON runs (created_at, id, sub_status);
CREATE INDEX ix_approvals_list ON approvals (id, asked_at, state);
