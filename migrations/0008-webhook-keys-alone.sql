-- Checked for every webhook, the reference cost as much as the rest of remembering its keys, and it locked the instance's
-- row each time. Keys of an instance that is gone go by their age, three days later.
alter table webhook_keys drop constraint webhook_keys_instance_id_fkey;
