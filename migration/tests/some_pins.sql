insert into chandlery.series_pin (series_id, version, holder)
select '00000000-0000-7000-8000-000000000002', 1, holder
from unnest(array['backtest:00000000-0000-7000-8000-000000000003', 'sweep:00000000-0000-7000-8000-000000000004', 'somebody else']) as holder;
