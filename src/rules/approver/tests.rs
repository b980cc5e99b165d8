use super::*;
use uuid::Uuid;

fn unit(id: u128, head: u128, deputies: &[u128], leaders: &[u128]) -> ChainUnit {
    ChainUnit {
        id: UnitId(Uuid::from_u128(id)),
        head: (head != 0).then(|| officer(head)),
        deputies: deputies.iter().map(|id| officer(*id)).collect(),
        leaders: leaders.iter().map(|id| holder(*id)).collect(),
    }
}
fn officer(id: u128) -> OfficerId {
    OfficerId(Uuid::from_u128(id))
}
/// The account of an officer has the officer's number.
fn account(id: u128) -> AccountId {
    AccountId(Uuid::from_u128(id))
}
fn holder(id: u128) -> Holder {
    Holder { account_id: account(id), officer_id: Some(officer(id)) }
}
fn chain(requester: u128, units: Vec<ChainUnit>) -> Chain {
    let (force_leaders, bureau_leaders, force_hr) = (vec![], vec![holder(80)], vec![holder(90)]);
    let delegations = Vec::new();
    Chain { requester: officer(requester), spouse: None, units, force_leaders, bureau_leaders, force_hr, delegations }
}
fn told(chain: &Chain) -> Vec<(LevelRole, Vec<AccountId>)> {
    levels(chain).0.into_iter().map(|level| (level.role, level.deciders)).collect()
}
const LEADER: LevelRole = LevelRole::Leader;

/// A team (3) in a station (2) in a bureau (1); heads 30, 20, 10.
fn house() -> Vec<ChainUnit> {
    vec![unit(3, 30, &[31], &[30, 31]), unit(2, 20, &[21], &[20, 21]), unit(1, 10, &[], &[10])]
}

#[test]
fn the_nearest_leaders_decide_and_those_above_may() {
    let levels = levels(&chain(35, house()));
    assert_eq!(levels.0.len(), 4);
    assert_eq!(levels.current_level(0).unwrap().deciders, [account(30), account(31)]);
    assert!([30, 31, 20, 21, 10].iter().all(|id| levels.may_decide(account(*id), 0)));
    assert!(!levels.may_decide(account(80), 0) && !levels.may_decide(account(90), 0));
    assert!(!levels.may_decide(account(80), 2) && levels.may_decide(account(80), 3));
    assert_eq!(levels.current_level(9).unwrap().role, LevelRole::BureauLeader);
}

#[test]
fn nobody_decides_for_themselves_or_their_spouse() {
    let mut of_deputy = chain(31, house());
    assert_eq!(told(&of_deputy)[0], (LEADER, vec![account(30)]));
    of_deputy.spouse = Some(officer(30));
    assert_eq!(told(&of_deputy)[0], (LEADER, vec![account(20), account(21)]));
    of_deputy.force_hr = vec![holder(31), holder(30)];
    of_deputy.units.clear();
    of_deputy.bureau_leaders.clear();
    assert!(levels(&of_deputy).is_empty());
}

#[test]
fn a_head_is_decided_on_above_and_never_by_the_own_deputy() {
    let mut of_head = chain(30, house());
    assert_eq!(told(&of_head)[0], (LEADER, vec![account(20), account(21)]));
    // The deputy is passed over even where they hold a role above.
    of_head.units[1].leaders = vec![holder(31)];
    of_head.bureau_leaders = vec![holder(31)];
    assert_eq!(told(&of_head), [(LEADER, vec![account(10)])]);
}

#[test]
fn the_head_of_the_root() {
    let mut of_chief = chain(10, vec![unit(1, 10, &[11], &[10, 11])]);
    assert_eq!(told(&of_chief), [(LevelRole::BureauLeader, vec![account(80)])]);
    assert!(levels(&of_chief).may_decide(account(80), 0));
    of_chief.force_leaders = vec![holder(5)];
    assert_eq!(told(&of_chief)[0], (LEADER, vec![account(5)]));
    of_chief.force_leaders.clear();
    of_chief.bureau_leaders.clear();
    assert_eq!(told(&of_chief), [(LevelRole::Hr, vec![account(90)])]);
    of_chief.force_hr.clear();
    assert!(levels(&of_chief).is_empty() && levels(&of_chief).current_level(0).is_none());
}

#[test]
fn an_account_without_an_officer_is_nobodys_relative() {
    let mut asked = chain(35, vec![unit(3, 0, &[], &[])]);
    asked.units[0].leaders = vec![Holder { account_id: account(77), officer_id: None }];
    assert_eq!(told(&asked)[0], (LEADER, vec![account(77)]));
}

fn delegated(from: u128, to: u128) -> Delegation {
    Delegation { from: account(from), to: holder(to) }
}

#[test]
fn a_delegate_counts_as_the_delegator_and_no_further() {
    let mut asked = chain(1, vec![unit(10, 2, &[3], &[2]), unit(11, 4, &[], &[4])]);
    asked.delegations = vec![delegated(2, 7), delegated(7, 8), delegated(80, 9)];
    let found = levels(&asked);
    assert_eq!(found.capacity(account(2), 0), Some(Capacity::Own));
    assert_eq!(found.capacity(account(7), 0), Some(Capacity::OnBehalfOf(account(2))));
    assert_eq!(found.capacity(account(8), 0), None, "a delegation is not handed on");
    assert_eq!(found.capacity(account(9), 0), None, "the bureau leader's turn has not come, nor the delegate's");
    assert_eq!(found.capacity(account(9), 2), Some(Capacity::OnBehalfOf(account(80))));
    assert!(found.stands_in(account(9)) && !found.stands_in(account(8)) && !found.stands_in(account(2)));
    asked.delegations = vec![delegated(2, 4)];
    assert_eq!(levels(&asked).capacity(account(4), 0), Some(Capacity::Own), "whoever may decide anyway does so");
}

#[test]
fn a_delegate_is_as_impartial_as_the_delegator() {
    let mut asked = chain(1, vec![unit(10, 2, &[3], &[2])]);
    asked.delegations = vec![delegated(2, 1)];
    assert_eq!(levels(&asked).capacity(account(1), 0), None, "never on one's own request");
    asked.delegations = vec![delegated(2, 5)];
    asked.spouse = Some(officer(5));
    assert_eq!(levels(&asked).capacity(account(5), 0), None, "nor on the spouse's");
    asked.spouse = Some(officer(2));
    assert_eq!(levels(&asked).capacity(account(5), 0), None, "nor for a delegator who may not decide");
    // The head asks: neither the head nor the deputy decides, nor whom they sent, nor the deputy for anybody.
    let mut asked = chain(2, vec![unit(10, 2, &[3], &[2, 3]), unit(11, 4, &[], &[4])]);
    asked.delegations = vec![delegated(2, 6), delegated(3, 7), delegated(4, 3), delegated(4, 8)];
    let found = levels(&asked);
    for barred in [6, 7, 3] {
        assert_eq!(found.capacity(account(barred), 9), None, "{barred}");
    }
    assert_eq!(found.capacity(account(8), 0), Some(Capacity::OnBehalfOf(account(4))));
}
