-- What a version shows is settled by the transaction that commits it: nobody adds bars to a version that others have
-- seen, and no bars leave one. The log is what is looked at, as it only grows; the head may be set back.
alter policy chunks_are_added on price_chunk with check (
    retired_version is null
    and exists (
        select from price_commit c
        where c.series_id = price_chunk.series_id and c.version = price_chunk.version
          -- Made by this very transaction; not by a savepoint within it, which has a number of its own.
          and c.xmin = pg_current_xact_id()::xid));

-- A policy would not see the commit, which is made in the same statement; what is called after it does.
create function check_retired() returns trigger
    language plpgsql as $$
begin
    perform from chandlery.price_commit c
    where c.series_id = new.series_id and c.version = new.retired_version and c.xmin = pg_current_xact_id()::xid;
    if not found then
        raise exception 'a chunk of series % is retired by the commit of version %, in its transaction, and by nothing else',
            new.series_id, new.retired_version using errcode = '42501';
    end if;
    return null;
end $$;
create trigger chunks_are_retired_by_commits after update on price_chunk
    for each row when (new.retired_version is not null and new.retired_version is distinct from old.retired_version)
    execute function check_retired();
