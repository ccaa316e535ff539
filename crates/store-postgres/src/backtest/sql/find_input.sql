select s.id, h.version, h.kept_from, c.digest
from instrument i
join price_series s on s.instrument_id = i.id and s.timeframe_order = $3
join series_head h on h.series_id = s.id and h.version > 0
left join price_commit c on c.series_id = s.id and c.version = $4
where i.venue = $1 and i.symbol = $2
-- Whoever prunes or purges the series waits, and finds the pin then; commits do not wait.
for key share of h
