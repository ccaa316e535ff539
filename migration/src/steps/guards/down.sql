drop trigger chunks_are_retired_by_commits on price_chunk;
drop function check_retired();
alter policy chunks_are_added on price_chunk with check (retired_version is null);
