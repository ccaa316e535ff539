-- Adds the version that follows $2 and moves the end of the log to it; nothing when the log ends elsewhere.
with moved as (
    insert into strategy as s (name, version) values ($1, $2 + 1)
    on conflict (name) do update set version = excluded.version where s.version = $2
    returning name, version
)
insert into strategy_version (name, version, document, digest, author, note, saved_at)
select name, version, $3::jsonb, $4, $5, $6, $7 from moved
