-- How often jobs were tried: takings, less those of workers that were stopped in order.
alter table job add column attempts bigint not null default 0 check (attempts >= 0);
update job set attempts = fence;
