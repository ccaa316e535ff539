select coalesce(h.zone, i.zone) as zone, i.allows_nonpositive,
       h.series_id, h.version, h.bars, h.first_time, h.last_time, h.gaps, h.digest, h.bytes, h.updated_at, h.kept_from
from instrument i
left join price_series s on s.instrument_id = i.id and s.timeframe_order = $3
left join series_head h on h.series_id = s.id and h.version > 0
where i.venue = $1 and i.symbol = $2
