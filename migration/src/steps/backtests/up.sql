-- Backtests, sweeps and the jobs that run them.

-- Backtests: what lists ask for in columns, and the whole as one document. Status, the time of the end, title, notes and
-- tags are told by their columns alone: they change while the document stays as it is.
create table backtest (
    id uuid primary key,
    status text not null check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
    strategy text collate "C",
    strategy_version bigint,
    sweep_id uuid,
    author text not null,
    created_at bigint not null,
    finished_at bigint,
    title text,
    notes text,
    tags text[] not null,
    -- Title, notes and strategy in lower case, for searches.
    folded text[] not null,
    -- How many trades and points of equity belong to it, so that missing ones show.
    trade_count bigint not null default 0 check (trade_count >= 0),
    point_count bigint not null default 0 check (point_count >= 0),
    -- The headline figures, for sorting.
    total_return double precision,
    cagr double precision,
    volatility double precision,
    sharpe double precision,
    sortino double precision,
    calmar double precision,
    max_drawdown double precision,
    exposure double precision,
    trades double precision,
    win_rate double precision,
    profit_factor double precision,
    expectancy double precision,
    -- Not jsonb, which keeps neither the order of metrics nor the text of numbers.
    record json not null,
    -- Texts with a NUL can be stored and never be shown.
    check (record::jsonb is not null),
    check ((strategy is null) = (strategy_version is null))
)
-- Lists walk over rows: documents lie apart, and are read for a page alone.
with (toast_tuple_target = 256);
alter table backtest add foreign key (strategy, strategy_version) references strategy_version (name, version);

-- Zeros are equal to the database, and to nobody else: the negative one comes first.
create function sign_order(number double precision) returns integer
    language sql immutable parallel safe
    return 1 - get_bit(float8send(number), 7);

create index backtest_by_total_return on backtest (total_return, sign_order(total_return), id) where total_return is not null;
create index backtest_by_cagr on backtest (cagr, sign_order(cagr), id) where cagr is not null;
create index backtest_by_volatility on backtest (volatility, sign_order(volatility), id) where volatility is not null;
create index backtest_by_sharpe on backtest (sharpe, sign_order(sharpe), id) where sharpe is not null;
create index backtest_by_sortino on backtest (sortino, sign_order(sortino), id) where sortino is not null;
create index backtest_by_calmar on backtest (calmar, sign_order(calmar), id) where calmar is not null;
create index backtest_by_max_drawdown on backtest (max_drawdown, sign_order(max_drawdown), id) where max_drawdown is not null;
create index backtest_by_exposure on backtest (exposure, sign_order(exposure), id) where exposure is not null;
create index backtest_by_trades on backtest (trades, sign_order(trades), id) where trades is not null;
create index backtest_by_win_rate on backtest (win_rate, sign_order(win_rate), id) where win_rate is not null;
create index backtest_by_profit_factor on backtest (profit_factor, sign_order(profit_factor), id) where profit_factor is not null;
create index backtest_by_expectancy on backtest (expectancy, sign_order(expectancy), id) where expectancy is not null;
create index backtest_by_strategy on backtest (strategy, id);
create index backtest_by_sweep on backtest (sweep_id, id) where sweep_id is not null;
create index backtest_to_run on backtest (id) where status in ('queued', 'running');

-- What a backtest reads; the same versions are pinned in series_pin by `backtest:<id>`.
create table backtest_input (
    backtest_id uuid not null,
    number integer not null,
    series_id uuid not null,
    version bigint not null,
    digest bytea not null check (octet_length(digest) = 16),
    primary key (backtest_id, number)
);
alter table backtest_input add foreign key (backtest_id) references backtest (id);
alter table backtest_input add foreign key (series_id) references price_series (id);
create index backtest_input_by_series on backtest_input (series_id, backtest_id);
create index series_pin_by_holder on series_pin (holder);

create table trade (
    backtest_id uuid not null,
    number bigint not null,
    side text not null check (side in ('long', 'short')),
    units double precision not null,
    entry_time bigint not null,
    entry_price double precision not null,
    exit_time bigint not null,
    exit_price double precision not null,
    exit_reason text not null,
    gross double precision not null,
    costs double precision not null,
    net double precision not null,
    net_return double precision not null,
    primary key (backtest_id, number)
);
alter table trade add foreign key (backtest_id) references backtest (id);

-- The equity at each bar's close: many points to a row, each column compressed on its own.
create table equity_chunk (
    backtest_id uuid not null,
    first_time bigint not null,
    points integer not null check (points > 0),
    time bytea not null,
    equity bytea not null,
    primary key (backtest_id, first_time)
);
alter table equity_chunk
    alter column time set storage external,
    alter column equity set storage external;
alter table equity_chunk add foreign key (backtest_id) references backtest (id);

create table reporting.equity (
    backtest_id uuid not null,
    day date not null,
    equity double precision not null,
    -- Null when the account was never worth anything.
    drawdown double precision,
    primary key (backtest_id, day)
);
alter table reporting.equity add foreign key (backtest_id) references backtest (id);

-- Sweeps: the document without the rows of its table, which lie beside it, up to a thousand together; status and the
-- time of the end are told by their columns alone. What a sweep reads is pinned in series_pin by `sweep:<id>`.
create table sweep (
    id uuid primary key,
    status text not null check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
    finished_at bigint,
    row_count bigint not null default 0 check (row_count >= 0),
    record json not null
);

create table sweep_rows (
    sweep_id uuid not null,
    first_row bigint not null,
    rows json not null,
    primary key (sweep_id, first_row)
);
alter table sweep_rows add foreign key (sweep_id) references sweep (id);

-- What waits for a worker or is in the hands of one; what has ended has no job.
create table job (
    -- The backtest or the sweep: older ones have smaller ids.
    id uuid primary key,
    kind text not null check (kind in ('backtest', 'sweep')),
    worker text,
    -- How often it was taken.
    fence bigint not null default 0,
    -- µs since the epoch, by the clock of the program.
    lease_until bigint,
    done bigint not null default 0,
    total bigint not null default 0,
    is_cancelled boolean not null default false,
    check ((worker is null) = (lease_until is null))
) with (fillfactor = 70);

-- The only ways in which results go away, and nothing that waits for a worker or is in the hands of one does.
create function remove_backtest(backtest uuid) returns void
    language plpgsql security definer set search_path = chandlery, pg_temp as $$
begin
    perform from backtest b where b.id = $1 and b.status in ('queued', 'running') for update;
    if found then
        raise exception 'backtest % has not ended', $1 using errcode = '55006';
    end if;
    delete from series_pin p where p.holder = 'backtest:' || $1;
    delete from reporting.equity e where e.backtest_id = $1;
    delete from equity_chunk c where c.backtest_id = $1;
    delete from trade t where t.backtest_id = $1;
    delete from backtest_input i where i.backtest_id = $1;
    delete from backtest b where b.id = $1;
end $$;

create function remove_sweep(sweep uuid) returns void
    language plpgsql security definer set search_path = chandlery, pg_temp as $$
begin
    perform from sweep s where s.id = $1 and s.status in ('queued', 'running') for update;
    if found then
        raise exception 'sweep % has not ended', $1 using errcode = '55006';
    end if;
    delete from series_pin p where p.holder = 'sweep:' || $1;
    delete from sweep_rows r where r.sweep_id = $1;
    delete from sweep s where s.id = $1;
end $$;

-- What people read with SQL.
comment on table reporting.equity is
    'The last equity of each UTC day of every backtest, and how far it lies below the highest one until then (a fraction, 0 or below).';

create view reporting.backtests as
select b.id as backtest_id, b.status, b.strategy, b.strategy_version, b.sweep_id, b.title, b.notes, b.tags, b.author,
       reporting.to_time(b.created_at) as created_at,
       reporting.to_time(b.finished_at) as finished_at,
       b.record ->> 'engine' as engine,
       b.record ->> 'digest' as digest,
       b.record ->> 'failure' as failure,
       b.record -> 'inputs' as inputs,
       b.record -> 'settings' as settings,
       (b.record -> 'span' ->> 'bars')::bigint as bars,
       (b.record -> 'span' ->> 'final_equity')::double precision as final_equity,
       b.total_return, b.cagr, b.volatility, b.sharpe, b.sortino, b.calmar, b.max_drawdown,
       b.exposure, b.trades, b.win_rate, b.profit_factor, b.expectancy
from backtest b;
comment on view reporting.backtests is
    'Every backtest: what it ran, what people wrote about it, and its headline figures once it is done.';

create view reporting.backtest_metrics as
select b.id as backtest_id, m.position, m.name,
       (m.figure ->> 'value')::double precision as value,
       m.figure ->> 'basis' as basis,
       m.figure ->> 'reason' as reason
from backtest b
cross join lateral json_each(b.record -> 'metrics') with ordinality as m (name, figure, position);
comment on view reporting.backtest_metrics is
    'Every figure of every backtest that is done: its value, what it was computed from, and why it is undefined where it is.';

create view reporting.trades as
select t.backtest_id, t.number, t.side, t.units,
       reporting.to_time(t.entry_time) as entry_time, t.entry_price,
       reporting.to_time(t.exit_time) as exit_time, t.exit_price, t.exit_reason,
       t.gross, t.costs, t.net, t.net_return
from trade t;
comment on view reporting.trades is
    'Every closed trade of every backtest; prices include slippage, net is gross less costs.';

revoke execute on function remove_backtest(uuid), remove_sweep(uuid) from public;
grant execute on function remove_backtest(uuid), remove_sweep(uuid) to chandlery_app;
-- What a backtest gave is added and never changed; who it is, what it ran and who asked for it neither.
grant select, insert on backtest, backtest_input, trade, equity_chunk, reporting.equity, sweep, sweep_rows to chandlery_app;
grant update (status, finished_at, title, notes, tags, folded, trade_count, point_count,
              total_return, cagr, volatility, sharpe, sortino, calmar,
              max_drawdown, exposure, trades, win_rate, profit_factor, expectancy, record) on backtest to chandlery_app;
grant update (status, finished_at, row_count, record) on sweep to chandlery_app;
grant select, insert, update, delete on job to chandlery_app;
grant select on reporting.backtests, reporting.backtest_metrics, reporting.trades, reporting.equity
    to chandlery_reader, chandlery_app;
