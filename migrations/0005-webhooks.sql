-- What was set up at vendors so that they send webhooks.
create table webhook_setups (
  instance_id   bigint primary key references instances (id) on delete cascade,
  -- sealed {"secret", "basic"?}: what webhooks we set up prove themselves with
  secret        bytea not null,
  -- they must, with this one; null: nothing is set up with it
  proof         text check (proof in ('basic', 'token', 'signature')),
  state         text not null check (state in ('off', 'manual', 'set_up', 'failed')),
  reason        text,
  -- what exists at the vendor, in the order of its creation: [{"kind", "id", "name"}]
  pieces        jsonb not null default '[]',
  -- the vendor account it exists in
  tenant_id     text,
  -- SHA-256 of what was asked for: the same again needs no look at the vendor
  wanted        bytea,
  -- of the instance when it was last brought in step; another one now means that somebody died on the way
  config_version integer not null default 0,
  checked_at    timestamptz,
  next_check_at timestamptz,
  lease         uuid,
  lease_until   timestamptz
);
create index webhook_setups_due on webhook_setups (next_check_at) where next_check_at is not null;
