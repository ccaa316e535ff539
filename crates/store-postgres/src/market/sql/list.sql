select i.venue, i.symbol, s.timeframe,
       h.series_id, h.version, h.bars, h.first_time, h.last_time, h.gaps, h.digest, h.bytes, h.updated_at
from instrument i
join price_series s on s.instrument_id = i.id
join series_head h on h.series_id = s.id
where h.version > 0
