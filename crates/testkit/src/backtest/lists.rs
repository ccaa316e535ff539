//! The list that names every case once, and stamps them on a harness.

/// Stamps the contract of [`BacktestStore`](domain::backtest::BacktestStore) and
/// [`SweepStore`](domain::backtest::SweepStore) on a harness.
#[macro_export]
macro_rules! backtest_contract {
    ($harness:expr) => {
        $crate::stamp_cases! { $harness, backtest;
            records {
                an_unknown_backtest_is_none_and_has_no_result,
                a_backtest_is_kept_with_every_field_bit_for_bit,
                a_list_brings_every_field_too,
                a_backtest_may_have_next_to_nothing,
                failed_and_cancelled_backtests_are_kept_without_a_result,
                thousands_of_trades_come_back_in_order,
                trades_are_listed_in_pages,
                an_equity_of_300_000_points_comes_back_whole,
                an_equal_backtest_again_is_left_as_it_is,
                another_backtest_of_the_id_conflicts,
                what_has_not_ended_is_invalid,
                what_contradicts_itself_is_invalid,
                what_it_refers_to_must_be_there,
                a_removed_strategy_may_still_be_referred_to,
                of_many_that_store_one_id_all_agree_or_conflict,
                another_handle_sees_a_backtest_at_once,
            }
            editing {
                title_notes_and_tags_change_each_alone,
                title_notes_and_tags_can_be_cleared,
                lists_follow_an_edit_through_every_handle,
                an_unknown_backtest_is_not_edited,
            }
            removing {
                a_removed_backtest_is_gone_with_its_result,
                a_removed_id_can_be_used_again,
                an_unknown_backtest_is_not_removed,
                a_queued_or_running_backtest_is_not_removed,
            }
            pins {
                a_series_is_held_until_the_last_backtest_of_it_is_removed,
                a_backtest_of_any_status_holds_its_series,
                a_sweep_holds_its_series_and_so_do_its_best_runs_after_it,
                a_pin_is_seen_through_every_handle,
                a_run_of_another_document_is_refused,
                a_version_of_other_contents_is_not_pinned,
            }
            catalogue {
                an_empty_store_has_no_backtests,
                each_filter_narrows_the_list,
                filters_narrow_the_list_together,
                text_is_searched_whatever_its_case_and_taken_literally,
                every_sort_runs_both_ways_with_missing_figures_last,
                backtests_are_listed_as_they_were_made_page_by_page,
                pages_go_on_where_they_were_though_backtests_come_and_go,
                a_list_shows_how_far_each_backtest_is,
            }
            sweeps {
                a_sweep_is_kept_with_its_rows_and_its_best_runs,
                a_sweep_may_have_no_rows,
                an_unknown_sweep_is_none,
                sweeps_are_listed_newest_first_without_their_rows,
                a_list_shows_sweeps_that_wait_or_run,
                an_equal_sweep_again_is_left_as_it_is,
                another_sweep_of_the_id_conflicts,
                when_one_thing_cannot_be_stored_nothing_is,
                a_run_that_is_there_already_may_be_the_best_one,
                a_removed_sweep_is_gone_and_its_best_runs_stay,
                a_queued_or_running_sweep_is_not_removed,
            }
        }
    };
}
