select s.timeframe
from instrument i
join price_series s on s.instrument_id = i.id
join series_head h on h.series_id = s.id
where i.venue = $1 and i.symbol = $2 and h.zone <> i.zone
order by s.timeframe_order
