//! What differs between two versions.

use chunks::{each_difference, plan};
use domain::market::{Bars, Changes};
use proptest::prelude::*;

use crate::memory::{Memory, asked, bars, concat, sizes, values};

proptest! {
    #[test]
    fn the_differences_are_those_of_all_bars_and_common_chunks_are_not_read(
        stored in values(400),
        cut in sizes(),
        asked in asked(),
    ) {
        let memory = Memory::new(8, 4);
        let earlier = memory.cut(&bars(&stored), &cut);
        let planned = plan(&memory, &earlier, &asked.take_in(&memory)).unwrap();
        let later = memory.carry_out(&planned);
        memory.read.borrow_mut().clear();

        let mut given = Vec::new();
        each_difference(&memory, &earlier, &later, |chunk| chunk.id, &mut |changes| {
            given.push(changes);
            true
        }).unwrap();

        let all = |part: fn(&Changes) -> &Bars| Bars::concat(given.iter().map(part)).unwrap();
        let found = Changes {
            inserted: all(|changes| &changes.inserted),
            before: all(|changes| &changes.before),
            after: all(|changes| &changes.after),
            deleted: all(|changes| &changes.deleted),
        };
        prop_assert_eq!(found, Changes::between(&concat(&earlier), &concat(&later)));
        let common = |id: &u64| [&earlier, &later].iter().all(|side| side.iter().any(|chunk| chunk.id == *id));
        prop_assert!(!memory.read.borrow().iter().any(common));
    }
}
