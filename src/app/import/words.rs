//! The words of import codes and expectations in Chinese and English.

use super::report::{Expectation, ImportCode, Language};

impl ImportCode {
    /// What the code says, in a language.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        let (zh, en) = self.words();
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::FileEmpty
            | Self::FileUnreadable
            | Self::EncodingUnreadable
            | Self::NotAWorkbook
            | Self::OldWorkbook
            | Self::WorkbookEncrypted
            | Self::WorkbookTooLarge
            | Self::TooManyRows
            | Self::TooManyColumns
            | Self::RecordTooLong
            | Self::QuoteUnclosed
            | Self::HeaderMissing => self.file_words(),
            Self::ColumnIgnored
            | Self::CellsOutsideTable
            | Self::SheetIgnored
            | Self::DateMonthOnly
            | Self::DateConflictUncertain
            | Self::JoinedBeforeService
            | Self::SpouseUnknown
            | Self::RuleWarns
            | Self::NameDiffers
            | Self::WeekdayDiffers
            | Self::RowIgnored
            | Self::LeaveNotGranted
            | Self::MoreWarnings
            | Self::MoreRejected => self.warning_words(),
            _ => self.cell_words(),
        }
    }

    const fn file_words(self) -> (&'static str, &'static str) {
        match self {
            Self::FileEmpty => ("文件为空", "the file is empty"),
            Self::FileUnreadable => ("读取文件失败", "reading the file failed"),
            Self::EncodingUnreadable => {
                ("编码无法识别：既非 UTF-8 也非 GB18030", "the encoding is neither UTF-8 nor GB18030")
            }
            Self::NotAWorkbook => ("不是 .xlsx 工作簿，或已损坏", "not an .xlsx workbook, or a damaged one"),
            Self::OldWorkbook => {
                ("旧版 .xls 或加密的工作簿，请另存为 .xlsx", "an old .xls or a protected workbook: save it as .xlsx")
            }
            Self::WorkbookEncrypted => ("工作簿有打开密码", "the workbook is under a password"),
            Self::WorkbookTooLarge => ("工作簿解压后过大", "the workbook is too large when unpacked"),
            Self::TooManyRows => ("行数过多", "too many rows"),
            Self::TooManyColumns => ("列数过多", "too many columns"),
            Self::RecordTooLong => ("一行过长，可能缺少右引号", "one record is too long: is a closing quote missing?"),
            Self::QuoteUnclosed => ("引号未闭合", "a quote is never closed"),
            _ => ("前 20 行内找不到表头", "no header within the first 20 rows"),
        }
    }

    const fn warning_words(self) -> (&'static str, &'static str) {
        match self {
            Self::ColumnIgnored => ("该列不导入", "this column is not read"),
            Self::CellsOutsideTable => ("没有表头的单元格不导入", "cells without a header above them are not read"),
            Self::SheetIgnored => ("该工作表不导入，只读取第一张有表头的表", "this further sheet is not read"),
            Self::DateMonthOnly => ("日期只精确到月，按当月 1 日计", "known to the month only; the first day is taken"),
            Self::DateConflictUncertain => {
                ("日期可能矛盾：其中一个只精确到月", "these dates may conflict: one is known to the month only")
            }
            Self::NameDiffers => (
                "警号与姓名不符，按警号导入",
                "the officer of this badge number has another name; the badge number counts",
            ),
            Self::WeekdayDiffers => {
                ("星期与日期不符，请核对月份", "the date is another day of the week: is the month right?")
            }
            Self::RowIgnored => ("该行是说明，不导入", "this row is a remark and is not read"),
            Self::LeaveNotGranted => (
                "表中为休假，但没有已批准的请假；不安排勤务",
                "leave is written here and none is granted; no duty is planned",
            ),
            Self::RuleWarns => ("休息规定提示，见 read 中的规则", "a rule of rest warns; read names it"),
            Self::JoinedBeforeService => ("入警时间早于参加工作时间", "joined before work began"),
            Self::SpouseUnknown => {
                ("配偶警号在文件和数据库中都不存在，未建立关联", "the spouse is in neither file nor database: no link")
            }
            Self::MoreWarnings => ("还有更多警告未列出", "more warnings than are listed"),
            _ => ("还有更多错误未列出", "more refusals than are listed"),
        }
    }

    const fn cell_words(self) -> (&'static str, &'static str) {
        match self {
            Self::ColumnMissing => ("缺少必需的列", "a required column is missing"),
            Self::ColumnRepeated => ("列重复", "the column stands twice"),
            Self::RowRagged => ("字段数与表头不符", "the number of fields differs from the header"),
            Self::CellError => ("公式错误", "a formula that failed"),
            Self::ValueMissing => ("必填项为空", "a required value is empty"),
            Self::ValueTooLong => ("文字过长", "too long"),
            Self::ControlCharacter => ("含有控制字符或换行", "control characters or line breaks"),
            Self::InvalidCharacters => ("含有不允许的字符", "characters that are not allowed here"),
            Self::NotText => ("应为文字，读到的是日期", "a date where text belongs"),
            Self::BadgeScientific => {
                ("警号被表格软件改成了科学计数法", "a badge number turned into scientific notation")
            }
            Self::CodeScientific => ("代码被表格软件改成了科学计数法", "a unit code turned into scientific notation"),
            Self::NumberNotWhole => ("不是整数", "not a whole number"),
            Self::BadgeRepeated => ("警号重复", "the badge number is repeated"),
            Self::CodeRepeated => ("单位代码重复", "the unit code is repeated"),
            Self::UnitUnknown => ("单位不存在", "unknown unit"),
            Self::ParentUnknown => ("上级单位不存在", "unknown parent unit"),
            Self::ParentCycle => ("单位成为自己的上级", "a unit would be its own ancestor"),
            Self::CategoryUnknown => ("人员类别无法识别", "unknown category"),
            Self::SexUnknown => ("性别无法识别", "unknown sex"),
            Self::KindUnknown => ("单位类别无法识别", "unknown kind of unit"),
            Self::DateUnreadable => ("日期无法识别", "not a date"),
            Self::DateImpossible => ("日期不存在", "there is no such day"),
            Self::DateAmbiguous => ("数值日期有歧义：1 月还是 10 月", "January, or October without its zero"),
            Self::BornInFuture => ("出生日期在今天之后", "born after today"),
            Self::ServiceBeforeBirth => ("参加工作时间早于出生日期", "work begun before birth"),
            Self::ServiceUnderAge => ("参加工作时未满 14 岁", "work begun under 14 years of age"),
            Self::JoinedBeforeBirth => ("入警时间早于出生日期", "joined before birth"),
            Self::JoinedUnderAge => ("入警时未满 14 岁", "joined under 14 years of age"),
            Self::SpouseSelf => ("配偶警号是本人", "the spouse is the officer"),
            Self::TimeUnreadable => ("时间无法识别", "not a time of day"),
            Self::MinutesUnreadable => {
                ("分钟数无法识别，或超过班次时长", "not a number of minutes, or more than the shift has")
            }
            Self::DutyKindUnknown => ("勤务类别无法识别", "neither a kind of duty nor of rest"),
            Self::RuleRefuses => ("不符合休息规定", "refused by a rule of rest"),
            Self::CodeUnknown => ("班次代码未说明", "a code that nothing explains"),
            Self::CodeAmbiguous => ("班次代码有多种含义", "a code that means more than one thing"),
            Self::MonthMissing => ("日期列没有月份", "date headings without a month"),
            Self::MonthConflicts => ("表头月份与请求的月份不一致", "the title names another month than the request"),
            Self::NameAmbiguous => ("有多人同名", "several officers have this name"),
            Self::TooManyCells => ("班次过多", "too many cells that say something"),
            Self::MissingField => ("须说明理由", "a reason is asked for"),
            Self::SpouseNotMutual => ("配偶关系不是相互的", "the spouse does not name this officer"),
            Self::OfficerUnknown
            | Self::YearUnreadable
            | Self::YearOutOfRange
            | Self::DaysUnreadable
            | Self::AsOfOutsideYear
            | Self::AsOfInFuture
            | Self::OpeningRepeated
            | Self::OpeningDiffers
            | Self::TakenExceedsOwed => self.opening_words(),
            Self::OfficerSeparated => ("该人员已离职，单位和类别不再变更", "has left the roll: unit and category stay"),
            Self::NotYours => {
                ("不在管辖范围内，或是本人、配偶的记录", "outside your reach, or your own or your spouse's record")
            }
            _ => ("文件外的同一人被两行填为配偶", "two rows name the same spouse"),
        }
    }

    const fn opening_words(self) -> (&'static str, &'static str) {
        match self {
            Self::OfficerUnknown => ("警号不存在", "no officer has this badge number"),
            Self::YearUnreadable => ("年度无法识别", "not a year"),
            Self::YearOutOfRange => ("年度既非本年也非上年", "neither this leave year nor the last"),
            Self::DaysUnreadable => ("天数无法识别", "not a number of days"),
            Self::AsOfOutsideYear => ("截至日期不在该年度内", "the date does not lie in the year"),
            Self::AsOfInFuture => ("截至日期在今天之后", "the date lies after today"),
            Self::OpeningRepeated => ("同一人同一年度重复", "the officer and year are repeated"),
            Self::OpeningDiffers => {
                ("该人员该年度已有不同的期初数据", "another opening of the officer and year is recorded")
            }
            _ => ("超过截至日期应有的天数", "more days than were owed on the date"),
        }
    }
}

impl Expectation {
    /// What would have been understood, in words of a language.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::Zh => self.zh(),
            Language::En => self.en(),
        }
    }

    /// What would have been understood, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        let fixed = match self {
            Self::Rows(n) => return format!("至多 {n} 行"),
            Self::Columns(n) => return format!("至多 {n} 列"),
            Self::Bytes(n) => return format!("至多 {n} 字节"),
            Self::Header(names) => return format!("含有这些列的表头：{names}"),
            Self::Column(name) => return format!("列“{name}”"),
            Self::Fields(n) => return format!("{n} 个字段"),
            Self::Chars(n) => return format!("至多 {n} 个字符"),
            Self::Once(line) => return format!("每人（每单位）一行，第 {line} 行已有"),
            Self::Years(first, last) => return format!("{first} 或 {last}"),
            Self::DateIn(year) => return format!("{year} 年内的日期"),
            Self::DaysAtMost(days) => return format!("至多 {days} 天"),
            Self::File => "UTF-8 或 GB18030 的 CSV，或未加密的 .xlsx",
            Self::Quote => "成对的引号",
            Self::OneColumn => "同一含义只有一列",
            Self::Value => "非空的值",
            Self::PlainText => "一行普通文字",
            Self::Text => "文字",
            Self::Badge => "文本格式的警号，如 100000",
            Self::Code => "文本格式的单位代码，如 510000000000",
            Self::Unit => "已有单位的代码",
            Self::Parent => "文件或数据库中已有单位的代码，或留空",
            Self::NoCycle => "不属于本单位下级的上级单位",
            Self::Category => "民警、辅警、职工、退休",
            Self::Sex => "男、女",
            Self::Kind => "局、分局、派出所、大队、中队、处室、科室",
            Self::Date => "日期，如 2016-07-01、2016.07、2016年7月1日",
            Self::PastDate => "不晚于今天的日期",
            Self::AfterBirth => "晚于出生日期的日期",
            Self::OfAge => "年满 14 岁以后的日期",
            Self::OtherPerson => "另一人的警号",
            Self::MutualSpouse => "双方互填，或文件外人员的警号",
            Self::MinutesAtMost(n) => return format!("至多 {n} 分钟"),
            Self::Rule(rule) => return format!("符合规则 {rule}"),
            Self::DutyCode(known) if known.is_empty() => {
                "图例、排班模式中的代码，休、轮休、补休，或 08:00-20:00 这样的时间"
            }
            Self::DutyCode(known) => return format!("{known}，或 08:00-20:00 这样的时间；其他代码请在图例中说明"),
            Self::DutyHours => "时间（如 08:00-20:00，可加类别）、休、轮休或补休",
            Self::Month => "月份：标题中的“2026年3月”，或参数 month=2026-03",
            Self::MonthAs(month) => return format!("{month}；多个月份请由各表的标题说明"),
            Self::Cells(n) => return format!("至多 {n} 个班次"),
            Self::OneName => "警号",
            Self::Reason => "理由列，或整个文件的 override_reason",
            Self::Time => "时间，如 08:00",
            Self::Minutes => "整数分钟",
            Self::DutyKind => "勤务、值班、备勤、加班、训练、出庭、出差、休息、轮休、补休",
            Self::Officer => "管辖范围内已有人员的警号",
            Self::Days => "天数，以 0.5 天为单位，如 3 或 2.5",
            Self::SameOpening => "与已导入的期初数据一致；更正请用调整",
            Self::AsOnLeaving => "离职时的单位和类别",
            Self::Yours => "管辖范围内他人的记录；本人和配偶的记录由他人更改",
        };
        fixed.to_owned()
    }

    /// What would have been understood, in English.
    #[must_use]
    pub fn en(&self) -> String {
        let fixed = match self {
            Self::Rows(n) => return format!("at most {n} rows"),
            Self::Columns(n) => return format!("at most {n} columns"),
            Self::Bytes(n) => return format!("at most {n} bytes"),
            Self::Header(names) => return format!("a header with the columns {names}"),
            Self::Column(name) => return format!("a column `{name}`"),
            Self::Fields(n) => return format!("{n} fields"),
            Self::Chars(n) => return format!("at most {n} characters"),
            Self::Once(line) => return format!("one row each; line {line} has it already"),
            Self::Years(first, last) => return format!("{first} or {last}"),
            Self::DateIn(year) => return format!("a date in {year}"),
            Self::DaysAtMost(days) => return format!("at most {days} days"),
            Self::File => "a CSV file in UTF-8 or GB18030, or an .xlsx workbook without password",
            Self::Quote => "quotes in pairs",
            Self::OneColumn => "one column of this meaning",
            Self::Value => "a value",
            Self::PlainText => "plain text on one line",
            Self::Text => "text",
            Self::Badge => "a badge number as text, e.g. 100000",
            Self::Code => "a unit code as text, e.g. 510000000000",
            Self::Unit => "the code of a unit that exists",
            Self::Parent => "the code of a unit in the file or the database, or nothing",
            Self::NoCycle => "a parent that is not below the unit itself",
            Self::Category => "police, auxiliary, staff, retired",
            Self::Sex => "male, female",
            Self::Kind => "bureau, branch, station, team, office",
            Self::Date => "a date such as 2016-07-01, 2016.07 or 20160701",
            Self::PastDate => "a date of today or before",
            Self::AfterBirth => "a date after birth",
            Self::OfAge => "a date at the age of 14 or more",
            Self::OtherPerson => "the badge number of somebody else",
            Self::MutualSpouse => "a spouse whose row names this officer, or somebody outside the file",
            Self::MinutesAtMost(n) => return format!("at most {n} minutes"),
            Self::Rule(rule) => return format!("what the rule {rule} admits"),
            Self::DutyCode(known) if known.is_empty() => {
                "a code of the legend or of a pattern, rest, rotation, comp, or hours such as 08:00-20:00"
            }
            Self::DutyCode(known) => {
                return format!("{known}, or hours such as 08:00-20:00; the legend explains other codes");
            }
            Self::DutyHours => "hours such as 08:00-20:00, with a kind if need be, or rest, rotation, comp",
            Self::Month => "a month: `2026年3月` or `2026-03` in the title, or the parameter month=2026-03",
            Self::MonthAs(month) => return format!("{month}; leave the parameter out where titles say the month"),
            Self::Cells(n) => return format!("at most {n} cells that say something"),
            Self::OneName => "a badge number",
            Self::Reason => "a column for the reason, or override_reason for the whole file",
            Self::Time => "a time of day such as 08:00",
            Self::Minutes => "a whole number of minutes",
            Self::DutyKind => "duty, overnight, standby, overtime, training, court, travel, weekly, rotation, comp",
            Self::Officer => "the badge number of an officer within your reach",
            Self::Days => "days in steps of 0.5, e.g. 3 or 2.5",
            Self::SameOpening => "the row as it was imported; correct it by an adjustment",
            Self::AsOnLeaving => "unit and category as they were on leaving",
            Self::Yours => "a record within your reach; your own and your spouse's are for others to change",
        };
        fixed.to_owned()
    }
}
