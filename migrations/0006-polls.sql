-- The last polls of each resource, for the person who looks at it: what was read, what came of it, how long it took.
-- [{"at": epoch ms, "records", "events", "durationMs", "error"?}], the latest last
alter table polled_resources add column polls jsonb not null default '[]';
