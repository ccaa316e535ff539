insert into trade
    (backtest_id, number, side, units, entry_time, entry_price, exit_time, exit_price, exit_reason,
     gross, costs, net, net_return)
select $1, n.*
from unnest($2::bigint[], $3::text[], $4::double precision[], $5::bigint[], $6::double precision[], $7::bigint[],
            $8::double precision[], $9::text[], $10::double precision[], $11::double precision[],
            $12::double precision[], $13::double precision[]) as n
