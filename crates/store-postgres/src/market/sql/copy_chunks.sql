insert into price_chunk
    (series_id, version, chunk_id, first_time, last_time, bars, bytes, digest, runs,
     time, open, high, low, close, volume)
select c.series_id, $2, old.new_id, c.first_time, c.last_time, c.bars, c.bytes, c.digest, c.runs,
       c.time, c.open, c.high, c.low, c.close, c.volume
from unnest($3::bigint[], $4::uuid[], $5::uuid[]) as old (first_time, chunk_id, new_id)
join price_chunk c on c.series_id = $1 and c.first_time = old.first_time and c.chunk_id = old.chunk_id
