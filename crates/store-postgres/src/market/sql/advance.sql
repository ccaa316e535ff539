with head as (
    update series_head
    set version = $3, bars = $4, first_time = $5, last_time = $6, gaps = $7, digest = $8, bytes = $9, updated_at = $10
    where series_id = $1 and version = $2 and zone = $24
    returning series_id
), made as (
    insert into price_commit
        (series_id, version, kind, author, reason, import_id, source_name, source_sha256,
         inserted, changed, deleted, bars, digest, committed_at, idempotency_key, payload)
    select series_id, $3, $11, $12, $13, $14, $15, $16, $17, $18, $19, $4, $8, $10, $20, $21 from head
    returning version
), retired as (
    update price_chunk c
    set retired_version = $3
    from head, unnest($22::bigint[], $23::uuid[]) as old (first_time, chunk_id)
    where c.series_id = head.series_id and c.first_time = old.first_time and c.chunk_id = old.chunk_id
      and c.retired_version is null
    returning c.chunk_id
)
select (select count(*) from made) as made, (select count(*) from retired) as retired
