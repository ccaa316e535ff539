select h.version, c.chunk_id, c.first_time, c.last_time, c.bars, c.bytes, c.digest
from series_head h
left join price_chunk c
    on c.series_id = $1 and c.retired_version is null
    and c.first_time >= coalesce((
        select first_time from price_chunk
        where series_id = $1 and retired_version is null and first_time <= $2
        order by first_time desc offset $4 limit 1), -9223372036854775808)
    and c.first_time <= coalesce((
        select first_time from price_chunk
        where series_id = $1 and retired_version is null and first_time > $3
        order by first_time offset $4 - 1 limit 1), 9223372036854775807)
where h.series_id = $1
order by c.first_time
