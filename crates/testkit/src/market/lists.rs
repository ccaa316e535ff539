//! The lists that name every case once, and stamp them on a harness.

/// Makes one `#[test]` per case, in a module per topic of `$part`. `$harness` is an expression that makes the harness; it names
/// what it needs by absolute paths or by what the surrounding module knows.
#[macro_export]
macro_rules! stamp_cases {
    ($harness:expr, $part:ident; $($topic:ident { $($case:ident),* $(,)? })*) => {
        $(
            mod $topic {
                use super::*;

                $(
                    #[test]
                    fn $case() {
                        $crate::harness::run_case(&$harness, $crate::$part::$topic::$case);
                    }
                )*
            }
        )*
    };
}

/// Stamps the contract of [`PriceStore`](domain::market::PriceStore) on a harness.
#[macro_export]
macro_rules! price_contract {
    ($harness:expr) => {
        $crate::stamp_cases! { $harness, market;
            commits {
                the_first_commit_makes_version_1,
                a_commit_counts_inserted_and_changed_bars,
                an_unchanged_write_makes_no_version_and_says_so,
                writing_nothing_makes_no_series,
                bars_land_before_between_and_behind_those_stored,
                replacing_a_range_leaves_the_rest_alone,
                replacing_a_range_inserts_where_nothing_was,
                replacing_a_range_with_nothing_empties_it,
                a_deleted_range_is_half_open,
                a_range_without_bounds_is_deleted_to_its_ends,
                deleting_every_bar_keeps_the_series_and_its_versions,
                an_emptied_series_is_filled_again,
                a_hundred_thousand_bars_come_in_batches,
                a_large_series_takes_small_corrections,
                a_large_range_is_replaced_by_batches,
                series_do_not_touch_each_other,
            }
            records {
                the_head_tells_what_the_series_holds,
                a_commit_keeps_who_why_and_where_from,
                commit_times_rise_though_the_clock_stands_still_or_goes_back,
                a_commit_carries_the_time_of_the_clock,
                the_instrument_appears_with_the_first_commit,
                a_known_instrument_stays_as_it_is,
            }
            refusals {
                batches_out_of_order_are_invalid,
                batches_that_share_a_time_are_invalid,
                disorder_far_into_a_stream_stores_nothing,
                an_input_that_fails_midway_stores_nothing,
                a_refused_first_write_makes_no_series,
                a_series_takes_writes_after_a_refusal,
                prices_of_zero_and_below_are_refused,
                an_instrument_can_allow_prices_of_zero_and_below,
                bars_outside_a_replaced_range_are_invalid,
                an_empty_range_takes_no_bars,
                a_deletion_that_brings_bars_is_invalid,
                version_0_is_expected_of_a_new_series,
                an_expected_version_must_be_the_head,
                a_missing_series_has_no_version_to_expect,
                a_stale_write_conflicts_though_it_would_change_nothing,
                a_refused_write_does_not_use_up_its_idempotency_key,
            }
            values {
                unknown_volumes_stay_unknown,
                an_unknown_volume_differs_from_zero,
                minus_zero_is_zero,
                floats_keep_every_bit,
                one_bit_is_a_change,
                prices_with_few_digits_change_to_ones_with_many,
                times_keep_their_microseconds,
                times_before_1970_are_kept,
                the_first_and_the_last_time_are_kept,
                any_bars_read_back_bit_for_bit,
            }
            keys {
                keys_with_odd_characters_are_told_apart,
                odd_keys_are_purged_alone,
                months_and_minutes_are_apart,
                keys_that_differ_by_case_alone_are_refused,
                a_name_in_another_case_finds_nothing,
            }
            reads {
                ranges_are_half_open,
                a_missing_bound_is_no_bound,
                a_range_without_bars_reads_nothing,
                a_limit_counts_in_the_order_of_the_read,
                a_descending_read_begins_with_the_newest,
                a_large_read_is_cut_where_it_should_be,
                a_read_brings_the_columns_that_were_asked_for,
                an_unknown_series_is_not_found,
                an_empty_read_of_an_unknown_series_is_not_found_either,
                a_read_that_has_begun_sees_one_version,
                a_read_that_is_given_up_disturbs_nothing,
                bars_at_one_microsecond_apart_are_found_by_their_range,
            }
            versions {
                each_version_stays_readable,
                an_unknown_version_is_not_found,
                a_time_means_the_last_commit_at_or_before_it,
                commit_at_returns_the_commit_of_a_state,
                an_earlier_state_is_read_with_range_limit_and_order,
                commits_are_listed_newest_first,
                commits_are_listed_page_by_page,
                a_page_goes_on_where_it_was_though_commits_were_added,
                an_unknown_series_has_no_commits,
                three_hundred_small_commits_can_all_be_read_back,
            }
            catalogue {
                an_empty_store_lists_nothing,
                keys_are_sorted_by_code_point,
                three_pages_of_equal_rank_skip_and_repeat_nothing,
                every_sort_runs_both_ways_with_missing_figures_last,
                a_page_goes_on_behind_a_series_that_went_away,
                filters_narrow_the_list,
                text_is_searched_whatever_its_case_and_taken_literally,
            }
            gaps {
                a_missing_day_is_a_gap_and_a_weekend_is_none,
                gaps_follow_every_commit,
                gaps_far_from_the_head_follow_a_commit,
                gaps_follow_the_zone_of_the_instrument,
                gaps_are_listed_page_by_page_within_a_range,
                months_have_gaps_by_the_calendar,
                an_unknown_series_has_no_gaps_to_list,
            }
            idempotency {
                a_repeated_write_returns_its_commit,
                a_write_is_repeated_after_others_and_a_restart,
                a_write_is_repeated_through_another_handle,
                every_kind_of_write_can_be_repeated,
                a_repeated_write_may_expect_what_it_expected_then,
                how_bars_are_cut_into_batches_does_not_matter,
                another_payload_under_a_key_conflicts,
                another_kind_of_write_is_another_payload,
                another_range_is_another_payload,
                each_series_has_keys_of_its_own,
                a_key_outlives_a_revert,
                a_purged_series_frees_its_keys,
                a_write_that_changed_nothing_does_not_use_up_its_key,
            }
            reverting {
                a_revert_brings_back_contents_and_digest,
                a_revert_leaves_all_versions_as_they_were,
                a_revert_to_0_empties_the_series,
                a_revert_to_equal_contents_makes_no_version,
                a_revert_expects_its_head,
                there_is_no_revert_to_what_never_was,
                writes_go_on_after_a_revert,
            }
            diffs {
                a_difference_tells_inserted_changed_and_deleted_bars,
                version_0_is_the_empty_series,
                a_version_does_not_differ_from_itself_or_its_revert,
                any_two_versions_can_be_compared,
                large_versions_can_be_compared,
                there_is_no_difference_to_what_never_was,
            }
            replaying {
                a_replayed_history_is_the_same,
                a_replayed_key_still_answers_its_repeated_write,
                a_repeated_replay_changes_nothing,
                a_replay_must_follow_the_head,
                a_version_that_is_another_commit_conflicts,
                changes_must_lead_to_the_digest,
                a_replay_whose_input_fails_stores_nothing,
                a_large_replay_comes_in_batches,
                writes_go_on_after_a_replay_and_later_than_it,
            }
            lifetimes {
                everything_is_there_after_a_restart,
                writes_go_on_after_each_restart,
                another_handle_sees_each_commit_at_once,
                another_handle_sees_a_purge_and_what_is_made_again,
                a_purged_series_is_gone,
                a_series_made_again_has_a_new_identity_and_history,
                a_purge_leaves_other_series_alone,
                a_sound_series_has_no_damages,
                a_series_without_bars_is_sound,
                many_series_live_in_one_store,
            }
            concurrency {
                of_two_writers_that_expect_the_same_one_conflicts,
                of_two_writers_on_two_handles_one_conflicts,
                sixteen_appenders_lose_nothing,
                sixteen_appenders_on_two_handles_lose_nothing,
                many_series_are_made_at_once,
                of_names_that_differ_by_case_alone_one_is_made,
                a_write_that_is_repeated_at_once_is_made_once,
                readers_see_whole_versions_while_others_write,
                writers_of_different_series_do_not_mix,
            }
        }
    };
}

/// Stamps the contract of [`InstrumentStore`](domain::market::InstrumentStore) on a harness.
#[macro_export]
macro_rules! instrument_contract {
    ($harness:expr) => {
        $crate::stamp_cases! { $harness, market;
            instruments {
                an_unknown_instrument_is_none,
                every_field_is_kept,
                a_known_instrument_is_stored_in_its_place,
                instruments_are_listed_by_code_point_page_by_page,
                names_that_differ_by_case_alone_are_refused,
                an_instrument_outlives_its_series,
                another_handle_sees_an_instrument_at_once,
            }
        }
    };
}

/// Stamps the contract of [`ImportStore`](domain::market::ImportStore) on a harness.
#[macro_export]
macro_rules! import_contract {
    ($harness:expr) => {
        $crate::stamp_cases! { $harness, market;
            imports {
                an_unknown_import_is_none,
                an_import_is_stored_in_the_place_of_its_earlier_state,
                a_report_is_kept_with_every_field,
                imports_are_listed_newest_first_page_by_page,
                an_empty_store_has_no_imports,
                another_handle_sees_an_import_at_once,
            }
        }
    };
}

/// Stamps the comparison of a store with the [`Model`](crate::model::Model) on random operations on a harness.
#[macro_export]
macro_rules! model_contract {
    ($harness:expr) => {
        #[test]
        fn random_operations_are_answered_as_by_the_model() {
            $crate::model::run_random_sequences(&$harness);
        }
    };
}
