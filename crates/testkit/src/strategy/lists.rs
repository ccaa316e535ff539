//! The list that names every case once, and stamps them on a harness.

/// Stamps the contract of [`StrategyStore`](domain::strategy::StrategyStore) on a harness.
#[macro_export]
macro_rules! strategy_contract {
    ($harness:expr) => {
        $crate::stamp_cases! { $harness, strategy;
            saves {
                an_unknown_strategy_is_none,
                a_document_is_kept_with_every_field,
                a_changed_document_makes_the_next_version,
                the_same_document_again_makes_none_and_says_so,
                an_earlier_document_comes_back_as_a_new_version,
                an_expected_version_must_be_the_newest,
                a_stale_save_conflicts_though_it_would_change_nothing,
                a_new_strategy_is_expected_by_version_0,
                each_version_is_later_than_the_one_before,
                of_two_savers_that_expect_the_same_one_conflicts,
                of_many_savers_on_two_handles_each_gets_a_version,
                another_handle_sees_a_version_at_once,
            }
            catalogue {
                an_empty_store_has_no_strategies,
                the_newest_versions_are_listed_by_name_page_by_page,
                names_are_searched_whatever_the_case_and_taken_literally,
                versions_are_listed_newest_first_page_by_page,
                an_unknown_strategy_has_no_versions_to_list,
                a_removed_strategy_is_in_no_list_but_its_versions_are_readable,
                a_removed_name_goes_on_behind_its_last_version,
                a_strategy_that_is_not_there_is_not_removed,
                a_strategy_is_removed_in_the_expected_version_alone,
                a_removal_that_expects_what_others_replace_meanwhile_conflicts_or_comes_first,
            }
            replays {
                a_replayed_history_is_the_same,
                a_repeated_replay_changes_nothing,
                a_replay_must_follow_the_last_version,
                a_version_that_is_another_one_conflicts,
                saves_go_on_behind_a_replay_and_later_than_it,
                a_removed_strategy_takes_what_follows,
            }
        }
    };
}
