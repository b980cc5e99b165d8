//! Names of people who do not exist, and of the bureau of a city that does not exist.

use super::dice::Dice;
use crate::rules::terms::{Sex, UnitKind};

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾",
    "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶", "阎", "余", "潘", "杜", "戴", "夏", "钟", "汪",
    "田", "任", "姜",
];

const OF_MEN: &[&str] = &[
    "伟", "强", "磊", "军", "勇", "涛", "斌", "刚", "浩", "鹏", "志远", "建国", "海峰", "俊杰", "文博", "国栋", "立新",
    "振华", "晓东", "思远", "嘉诚", "少华", "宏伟", "子安", "明哲", "一凡", "永康", "学文", "春生", "向阳",
];

const OF_WOMEN: &[&str] = &[
    "芳", "敏", "静", "丽", "艳", "娟", "霞", "秀英", "雪梅", "晓燕", "雨桐", "佳怡", "思琪", "文静", "海燕", "玉兰",
    "春华", "若兰", "婷婷", "晓雯", "慧敏", "梦洁", "丹", "琳", "雅楠", "欣怡",
];

/// A name.
pub fn name(dice: &mut Dice, sex: Sex) -> String {
    let given = match sex {
        Sex::Male => OF_MEN,
        Sex::Female => OF_WOMEN,
    };
    [SURNAMES, given].iter().filter_map(|list| dice.one_of(list).copied()).collect()
}

/// One unit of the bureau: code, name, kind, place of its parent in the list, people.
pub struct Unit {
    /// Code.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Kind.
    pub kind: UnitKind,
    /// Which unit of the list stands above it.
    pub parent: Option<usize>,
    /// How many people serve in it.
    pub people: usize,
    /// Of a hundred of them, how many are auxiliaries.
    pub auxiliaries: u32,
}

const fn unit(
    code: &'static str,
    name: &'static str,
    kind: UnitKind,
    parent: Option<usize>,
    people: usize,
    auxiliaries: u32,
) -> Unit {
    Unit { code, name, kind, parent, people, auxiliaries }
}

/// The personnel office.
pub const PERSONNEL: usize = 1;
/// The detectives.
pub const DETECTIVES: usize = 3;
/// The public order team.
pub const ORDER: usize = 4;
/// The traffic police.
pub const TRAFFIC: usize = 5;
/// The station in which the walk through the interface takes place.
pub const STATION: usize = 8;
/// The patrols.
pub const PATROLS: usize = 10;

/// The bureau: twelve units, parents before children.
pub const UNITS: &[Unit] = &[
    unit("990000", "安澜市公安局", UnitKind::Bureau, None, 8, 0),
    unit("990100", "政治处", UnitKind::Office, Some(0), 18, 0),
    unit("990200", "指挥中心", UnitKind::Office, Some(0), 26, 40),
    unit("990300", "刑事侦查大队", UnitKind::Team, Some(0), 34, 10),
    unit("990400", "治安管理大队", UnitKind::Team, Some(0), 28, 25),
    unit("990500", "交通警察大队", UnitKind::Team, Some(0), 44, 50),
    unit("990600", "法制科", UnitKind::Office, Some(0), 10, 0),
    unit("991000", "东城分局", UnitKind::Branch, Some(0), 16, 10),
    unit("991100", "城关派出所", UnitKind::Station, Some(7), 34, 40),
    unit("991200", "河滨派出所", UnitKind::Station, Some(7), 32, 40),
    unit("991300", "巡防中队", UnitKind::Team, Some(7), 26, 65),
    unit("992000", "新区派出所", UnitKind::Station, Some(0), 24, 40),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bureau_of_three_hundred_in_twelve_units() {
        assert_eq!(UNITS.len(), 12);
        assert_eq!(UNITS.iter().map(|unit| unit.people).sum::<usize>(), 300);
        for (place, unit) in UNITS.iter().enumerate() {
            assert!(unit.parent.is_none_or(|parent| parent < place), "{}", unit.name);
        }
    }

    #[test]
    fn everybody_has_a_name() {
        let mut dice = Dice::new(1);
        for sex in Sex::ALL {
            assert!((0..50).all(|_| (2..=3).contains(&name(&mut dice, *sex).chars().count())));
        }
    }
}
