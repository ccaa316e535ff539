select h.kept_from, c.chunk_id, c.first_time, c.last_time, c.bars, c.bytes, c.digest
from series_head h
left join price_chunk c
    on c.series_id = h.series_id and c.version <= $2 and (c.retired_version is null or c.retired_version > $2)
    and c.last_time >= $3 and c.first_time <= $4
where h.series_id = $1
order by c.first_time
