select s.id
from instrument i
join price_series s on s.instrument_id = i.id and s.timeframe_order = $3
where i.venue = $1 and i.symbol = $2
