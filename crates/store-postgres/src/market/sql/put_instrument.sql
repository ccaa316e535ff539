insert into instrument
    (id, venue, symbol, venue_folded, symbol_folded,
     asset_class, currency, zone, sessions_per_year, allows_nonpositive)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (venue, symbol) do update
set asset_class = excluded.asset_class, currency = excluded.currency, zone = excluded.zone,
    sessions_per_year = excluded.sessions_per_year, allows_nonpositive = excluded.allows_nonpositive
