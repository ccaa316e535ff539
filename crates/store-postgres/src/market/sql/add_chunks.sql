insert into price_chunk
    (series_id, version, chunk_id, first_time, last_time, bars, bytes, digest, runs,
     time, open, high, low, close, volume)
select $1, $2, n.chunk_id, n.first_time, n.last_time, n.bars, n.bytes, n.digest, n.runs,
       coalesce(n.time, s.time), coalesce(n.open, s.open), coalesce(n.high, s.high),
       coalesce(n.low, s.low), coalesce(n.close, s.close), coalesce(n.volume, s.volume)
from unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::integer[], $8::integer[], $9::bytea[], $10::bytea[],
            $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bytea[], $16::bytea[])
     as n (chunk_id, first_time, last_time, bars, bytes, digest, runs, time, open, high, low, close, volume)
left join staged_chunk s on n.time is null and s.staging_id = $3 and s.chunk_id = n.chunk_id
