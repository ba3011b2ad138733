-- When the vendor gave the credentials: a refresh token may end when it is not used for long. Null: an earlier release
-- stored them, so they are taken to be as old as the instance.
alter table instances add column credentials_at timestamptz;
