# 本服务所说的话。键：error-<代码>、field-<代码>、finding-<规则>[-<结果>]，代码中的点和下划线写作连字符。

## 拒绝

error-unreadable-body =
    .title = 请求体无法读取
    .detail = 请求体不是有效的 UTF-8 JSON，或嵌套过深。
error-unknown-parameter =
    .title = 未知的查询参数
    .detail = 该地址不识别 errors 中列出的查询参数。
error-invalid-parameter =
    .title = 查询参数无效
    .detail = errors 中列出的查询参数缺失、重复或无法读取。
error-invalid-cursor =
    .title = 翻页游标无效
    .detail = 游标不是由本列表生成的，请从第一页重新读取。
error-invalid-header =
    .title = 请求头无效
    .detail = errors 中列出的请求头无法读取。
error-body-too-large =
    .title = 请求体过大
    .detail = 请求体超过本服务允许的大小。
error-unsupported-media-type =
    .title = 不支持的内容类型
    .detail = 请求体的 Content-Type 不是该地址能读取的类型。
error-unauthenticated =
    .title = 未登录
    .detail = 缺少访问令牌，或令牌已失效，请重新登录。
error-bad-credentials =
    .title = 用户名或密码错误
    .detail = 用户名或密码不正确。
error-refresh-refused =
    .title = 刷新令牌无效
    .detail = 刷新令牌已使用、已失效或从未签发，请重新登录。
error-must-change-password =
    .title = 必须先修改密码
    .detail = 请先修改一次性密码，再进行其他操作。
error-forbidden =
    .title = 无权进行此操作
    .detail = 您的角色不允许进行此操作。
error-own-request =
    .title = 不能办理本人的申请
    .detail = 本人或配偶的申请须由他人办理。
error-own-record =
    .title = 不能更改本人的记录
    .detail = 本人或配偶的记录须由他人更改。
error-grant-conflict =
    .title = 授权冲突
    .detail = 授权超出您的范围、授予本人，或与此人已有的角色互斥。
error-floor-bound =
    .title = 低于上级设定的底线
    .detail = 在岗底线由政工（人事）部门或分管领导设定；本单位领导可以提高，不能降低。
error-not-found =
    .title = 未找到
    .detail = 没有此记录，或您无权查看。
error-method-not-allowed =
    .title = 不支持此方法
    .detail = 该地址不支持此方法，可用的方法见 Allow。
error-too-many-requests =
    .title = 尝试过多
    .detail = 尝试次数过多，请在 Retry-After 所示秒数之后再试。
error-invalid-fields =
    .title = 字段有误
    .detail = errors 中列出的字段未被接受。
error-unknown-field =
    .title = 未知字段
    .detail = 请求体中有本服务不识别的字段。
error-missing-field =
    .title = 缺少字段
    .detail = 缺少必填字段。
error-wrong-type =
    .title = 字段类型错误
    .detail = 字段的类型不正确。
error-duplicate-field =
    .title = 字段重复
    .detail = 同一字段出现了两次。
error-invalid-value =
    .title = 值无效
    .detail = 该值无法读取，或超出允许范围。
error-too-long =
    .title = 过长或过多
    .detail = 该值过长，或项目过多。
error-taken =
    .title = 已被占用
    .detail = 该值已被其他记录使用。
error-invalid-span =
    .title = 休假起止无效
    .detail = 休假起止颠倒、为空或过长。
error-kind-not-offered =
    .title = 不提供此假别
    .detail = 现行政策未向此人提供该假别。
error-not-asked =
    .title = 本人未提出
    .detail = 本人没有提出此事，或已撤回。
error-idempotency-mismatch =
    .title = 幂等键与内容不符
    .detail = 此 Idempotency-Key 已用于另一请求内容。
error-import-refused =
    .title = 导入未被接受
    .detail = 文件中有不能接受的行，未保存任何内容；逐行原因见 rejected。
error-calendar-not-published =
    .title = 日历尚未公布
    .detail = 所需年份的工作日历尚未公布，无法计算。
error-no-policy =
    .title = 无有效政策
    .detail = 该日期没有生效的政策版本。
error-policy-unreadable =
    .title = 政策文本无法读取
    .detail = 政策文本无法读取；已指明行号与原因。
error-version-exists =
    .title = 版本已存在
    .detail = 该范围自该日期起已有版本；更正须在 supersedes 中指明原版本。
error-wrong-state =
    .title = 当前状态不允许
    .detail = 记录的当前状态不允许此操作。
error-lost-race =
    .title = 已被他人抢先
    .detail = 他人刚刚更改了相关记录，请重新读取后再试。
error-delegation-overlap =
    .title = 已有委托
    .detail = 这些日期中已将同一审批委托给同一账户。
error-unit-cycle =
    .title = 单位层级循环
    .detail = 单位不能隶属于自身或其下级。
error-stale =
    .title = 记录已更改
    .detail = 读取之后记录已被更改，请重新读取。
error-precondition-required =
    .title = 缺少 If-Match
    .detail = 修改前须用 If-Match 给出所读版本的 ETag。
error-unavailable =
    .title = 服务暂不可用
    .detail = 数据库繁忙或无法连接，请稍后再试。
error-internal =
    .title = 服务内部错误
    .detail = 服务出错；请向管理员提供 instance 中的请求编号。

refused-by-rule = 不符合规定

## 字段

# What about the state of a record forbids an act.
state-over = 已经过去，不能再这样办理。
state-not-over = 尚未结束，结束之后才能办理。
state-begun = 已经开始，不能再这样办理。
state-ended = 已经终止。
state-cancelled = 已经取消或撤回。
state-decided = 已经有了决定。
state-closed = 已经办结，不再等待答复。
state-not-duty = 这不是勤务。
state-hours-agreed = 民警与领导已就实际工时达成一致；如有出入，请双方通过实际工时（/confirm-actual）重新确认。
state-officer-confirmed = 民警已确认实际工时；如有出入，请通过实际工时（/confirm-actual）报您认可的工时。
state-in-swap = 该班次已在另一个尚未办结的换班申请中。
state-plan-changed = 申请或同意之后班次已有变动；请重新提出换班。
state-not-agreed = 对方同事尚未同意。
state-taken = 民警已确认该休息日已休。
state-ordered = 该休息日出自强制休息令。
state-no-duty = 该休息日已经过去，且当日没有勤务记录。
state-not-cancelled = 该休息日未被取消。
state-replaced = 已另行安排休息日代替。
state-asked-already = 已经提出过申请。
state-nothing-asked = 没有待处理的申请。
state-not-draft = 这不是草稿。
state-not-in-force = 目前不具约束力。
state-not-its-turn = 尚未到这一步，或这一步已经办过。
state-in-couple = 您已登记在一对双警家庭中，或已向他人提出申请；请先终止。
state-still-owed = 被占用的休息尚未补给；补休完成或按本人选择支付后自动消除。
state-wanted-as-pay = 本人选择领取加班补贴；改选补休后方可安排。
state-nothing-left = 已没有剩余。
state-not-pay = 民警没有选择发给补贴。
state-not-entered = 该额度由记录自动产生，并非人工录入，不能这样撤销。
state-not-begun = 休假尚未开始；请撤销休假，或撤销所需的部分。
state-sick-leave = 病假期间不得召回。
state-recalled-already = 这些日期（或其中一部分）已经召回过。
state-not-approved = 该请假未处于已批准、尚未开始的状态。
state-nothing-held = 没有被扣留的天数。
state-left-roll = 该人员届时已离开编制。
state-on-roll = 该人员并未离开编制。
state-too-many = 数量已达上限；请先终止旧的。
state-signs = 该密钥正在用于签名；请先生成新的密钥。
state-not-due = 该时刻没有应运行的任务，或更早的一次尚未完成。

field-missing-field = 此字段必填。
field-unknown-field = 本服务不识别此字段。
field-wrong-type = 类型不正确。
field-duplicate-field = 此字段出现了两次。
field-invalid-value = 该值无法读取，或超出允许范围。
field-too-long = 过长，或项目过多。
field-taken = 已被其他记录使用。
field-not-found = 没有此记录，或您无权查看。
field-unknown-parameter = 该地址不识别此参数。
field-invalid-parameter = 此参数缺失、重复或无法读取。
field-invalid-header = 此请求头重复或无法读取。
field-read = 读到的是：{ $read }。
field-expected = 应为：{ $expected }。
field-read-and-expected = 读到的是：{ $read }；应为：{ $expected }。

## 规则的结论

finding-leave-no-working-day-block = 所选日期内没有工作日，无需请假。
finding-leave-no-working-day-pass = 所选日期共计 { $days } 天。
finding-leave-no-working-day = 已检查所选日期内有无工作日。
finding-leave-past-block = 休假开始日期 { $from } 已过；补录过去的休假须由政工（人事）部门办理。
finding-leave-past-warn = 休假开始日期 { $from } 已过，作为补录办理。
finding-leave-past = 已检查休假开始日期是否已过。
finding-leave-overlap-block = 与已有的休假时间重叠，同一半天不能休两次假。
finding-leave-overlap-pass = 与其他休假没有重叠。
finding-leave-overlap = 已检查与其他休假是否重叠。
finding-leave-balance-block = 申请 { $requested_days } 天，可用 { $available_days } 天，差 { $short_by_days } 天。
finding-leave-balance-pass = 申请 { $requested_days } 天，可用 { $available_days } 天。
finding-leave-balance-warn = 申请 { $requested_days } 天，可用 { $available_days } 天，请留意余额。
finding-leave-balance = 已按可用余额检查。
finding-calendar-not-published-block = { $year } 年的工作日历尚未公布，无法计算天数。
finding-calendar-not-published = 所需年份的工作日历尚未公布，无法计算天数。
finding-calendar-provisional-warn = { $years } 年的工作日历是暂定的，公布正式安排后天数可能变化。
finding-calendar-provisional = 所用的工作日历是暂定的，公布正式安排后天数可能变化。
finding-leave-recount-warn = 批准时计 { $days_before } 天，现计 { $days_after } 天。
finding-leave-recount = 所计天数与批准时不同。
finding-leave-regime-changed-warn = 自 { $from } 起人员类别变更，适用的休假规定随之变更。
finding-leave-regime-changed = 休假结束前人员类别变更，适用的休假规定随之变更。
finding-leave-separated-block = 自 { $first_date_off_roll } 起的休假日期不在在职期间。
finding-leave-separated-pass = 休假日期均在在职期间。
finding-leave-separated = 已检查休假日期是否在在职期间。
finding-leave-planned-duty-warn = 离岗期间已排勤务 { $shifts } 次（自 { $on } 起）；须另行安排。
finding-leave-absence-warn = { $kind ->
    [secondment] { $from } 至 { $to } 该人员借调在外，本就不在岗。
    [course] { $from } 至 { $to } 该人员参加培训，本就不在岗。
    [suspension] { $from } 至 { $to } 该人员停职，本就不在岗。
   *[other] { $from } 至 { $to } 该人员本就不在岗。
}
finding-leave-absence = 检查借调、培训、停职。
finding-absence-leave-warn = 离岗期间有休假申请 { $requests } 件（自 { $on } 起）；不需休的天数可撤回或销假退还。
finding-absence-leave = 检查离岗期间是否有休假。
finding-leave-planned-duty = 检查离岗期间是否已排勤务。
finding-leave-strength-pass = { $what ->
    [present] 批准后每日均不低于在岗底线；{ $on } 最紧，在岗 { $present } 人，至少须 { $present_min } 人。
    [away] 批准后每日离岗人数均不超限；{ $on } 最紧，离岗 { $away } 人，全员 { $strength } 人中最多 { $away_max } 人。
    [skill] 批准后具备“{ $skill }”的人员每日均不低于底线；{ $on } 最紧，为 { $skilled } 人，至少须 { $skilled_min } 人。
   *[heads] 批准后每日均有正职或副职在岗。
    }
finding-leave-strength-block = { $what ->
    [present] 批准后 { $on } 在岗仅 { $present } 人，至少须 { $present_min } 人；不足的日期：{ $dates }。
    [away] 批准后 { $on } 离岗 { $away } 人，全员 { $strength } 人中最多 { $away_max } 人；超限的日期：{ $dates }。
    [skill] 批准后 { $on } 具备“{ $skill }”的人员仅 { $skilled } 人，至少须 { $skilled_min } 人；不足的日期：{ $dates }。
   *[heads] 批准后正副职均不在岗的日期：{ $dates }。
    }
finding-leave-strength-warn = { $what ->
    [present] 此假别依法批准；批准后 { $on } 在岗仅 { $present } 人，至少须 { $present_min } 人，须调整勤务。日期：{ $dates }。
    [away] 此假别依法批准；批准后 { $on } 离岗 { $away } 人，全员 { $strength } 人中最多 { $away_max } 人，须调整勤务。日期：{ $dates }。
    [skill] 此假别依法批准；批准后 { $on } 具备“{ $skill }”的人员仅 { $skilled } 人，至少须 { $skilled_min } 人，须调整勤务。日期：{ $dates }。
   *[heads] 此假别依法批准；批准后正副职均不在岗，须另行安排。日期：{ $dates }。
    }
finding-leave-strength = 检查批准后的警力。
finding-leave-no-approver-block = 上级单位均没有可以审批此申请的领导。
finding-leave-no-approver-pass = 有可以审批此申请的领导。
finding-leave-no-approver = 已检查由谁审批此申请。
finding-leave-not-eligible-block = 该人员在这些日期不享有此假别。
finding-leave-not-eligible-pass = 该人员享有此假别。
finding-leave-not-eligible = 已检查是否享有此假别。
finding-leave-min-unit-block = 此假别的最小单位为 { $min_unit_days } 天。
finding-leave-min-unit = 已检查请假的最小单位。
finding-leave-carry-reason-block = 结转须因工作需要。
finding-leave-carry-reason = 已检查结转的理由。
finding-leave-carry-left-block = 只能结转上年剩余的 { $left_days } 天。
finding-leave-carry-left = 已检查上年剩余的天数。
finding-annual-leave-tier-pass = 自 { $valid_from } 起累计工作满 { $years } 年，年休假为 { $days } 天。
finding-annual-leave-tier = 年休假按累计工作年限分档。
finding-annual-leave-proration-pass = 自 { $valid_from } 起按剩余日历天数折算：{ $remaining_calendar_days } ÷ 365 × { $quota_days } 天，不足 1 天舍去，为 { $days } 天。
finding-annual-leave-proration = 年休假按剩余日历天数折算。
finding-annual-leave-regime-pass = 自 { $from } 起按{ $category ->
    [police] 民警
    [auxiliary] 辅警（劳动合同）
    [staff] 职工
    [retired] 退休人员
   *[other] { $category }
    }适用的规定计算。
finding-annual-leave-regime = 适用的规定由人员类别决定。
finding-annual-leave-service-pass = 累计工作年限自 { $adjusted_start } 起算，截至 { $as_of } 满 { $completed_years } 年。
finding-annual-leave-service-warn = 自 { $from } 起没有登记的服务期，因此没有年休假。
finding-annual-leave-service = 累计工作年限按服务期计算。
finding-annual-leave-not-yet-pass = 首档 { $days } 天自 { $valid_from } 起才有，此前为 0 天。
finding-annual-leave-not-yet = 尚未达到首档年休假。
finding-annual-leave-roll = 该人员在 { $year } 年并非全年在册。
finding-annual-leave-disqualified-personal-warn = { $year } 年保留工资的事假累计 { $days } 天，自 { $disqualified_on } 起达到 { $days_min } 天，不享受年休假。
finding-annual-leave-disqualified-personal-pass = { $year } 年保留工资的事假累计 { $days } 天，未达到 { $days_min } 天。
finding-annual-leave-disqualified-personal = 事假达到规定天数且不扣工资的，不享受当年年休假。
finding-annual-leave-disqualified-sick-warn = { $year } 年病假累计 { $calendar_days } 个日历日（{ $months } 个月），自 { $disqualified_on } 起达到 { $months_min } 个月，不享受年休假。
finding-annual-leave-disqualified-sick-pass = { $year } 年病假累计 { $calendar_days } 个日历日（{ $months } 个月），未达到 { $months_min } 个月。
finding-annual-leave-disqualified-sick = 病假达到规定月数的，不享受当年年休假。
finding-annual-leave-disqualified-next-year-warn = 上一年已休年休假 { $taken_days } 天后，于 { $disqualified_on } 出现不享受年休假的情形，{ $year } 年不享受年休假。
finding-annual-leave-disqualified-next-year = 上一年已休年休假后又出现不享受情形的，下一年不享受年休假。
finding-annual-leave-lost-warn = { $disqualified_on } 之前未休过 { $year } 年的年休假，自该日起不再享受。
finding-annual-leave-lost = 不享受当年的年休假。
finding-annual-leave-held-warn = { $disqualified_on } 之前已休 { $taken_days } 天；剩余 { $held_days } 天暂挂，由政工（人事）部门决定；{ $next_year } 年不享受年休假。
finding-annual-leave-held = 剩余天数暂挂，由政工（人事）部门决定。
finding-annual-leave-leaving-share-pass = 离职当年折算：{ $elapsed_calendar_days } ÷ 365 × { $quota_days } 天，不足 1 天舍去，减去已安排的 { $arranged_days } 天，应支付 { $payable_days } 天；已多休的不扣回。
finding-annual-leave-leaving-share = 离职当年的年休假按在职日历天数折算。
finding-leave-recall-pass = 本次休假共 { $absence_days } 天，召回 { $recalled_days } 天：合计补给 { $total_days } 天，其中退回 { $returned_days } 天，新增 { $new_days } 天。
finding-leave-recall = 已计算召回应补给的天数。
finding-leave-after-disqualification-warn = 年休假中有 { $days } 天在不享受年休假的情形出现之后，须由政工（人事）部门决定。
finding-leave-after-disqualification = 不享受年休假之后的休假须由政工（人事）部门决定。
finding-leave-adjustment-block = 无法扣减 { $days } 天：可用仅 { $available_days } 天。
finding-leave-adjustment = 已核对余额是否足以扣减。
finding-any-worked = 勤务已经开始或结束：如实记录，须说明理由。
finding-any-pass = 符合规定（{ $rule }）。
finding-any-warn = 请注意规定 { $rule }，具体数值见 measured 与 limit。
finding-any-block = 不符合规定 { $rule }，具体数值见 measured 与 limit。

## Columns of exported lists

column-account-id = 账户编号
column-act = 动作
column-adjusted-days = 调整天数
column-after = 变更后
column-approvals = 审批
column-approved-days = 已批未休天数
column-audit-request-id = 请求编号
column-available-days = 可休天数
column-badge-no = 警号
column-before = 变更前
column-born-on = 出生日期
column-by-year = 分年天数
column-carried-in-days = 结转入天数
column-carried-out-days = 结转出天数
column-category = 人员类别
column-cause = 原因
column-cause-ref = 变更内容
column-closed-at = 处理时间
column-code = 单位代码
column-cover-officer-id = 代班人编号
column-created-at = 建立时间
column-credited-days = 补偿天数
column-days = 天数
column-days-after = 现天数
column-days-before = 原天数
column-decided-by = 处理账号
column-decision = 决定
column-deputy-officer-ids = 副职编号
column-entered-by = 录入账户编号
column-entitled-days = 应休天数
column-expires-on = 失效日期
column-findings = 规则结论
column-first-day = 首日
column-from = 开始日期
column-head-officer-id = 负责人编号
column-held-days = 待定天数
column-id = 编号
column-joined-on = 入警时间
column-kind = 类别
column-kind-group = 假别分组
column-last-day = 末日
column-leave-on = 休假日期
column-lot-id = 批次编号
column-name = 姓名
column-note = 备注
column-officer-id = 人员编号
column-parent-id = 上级单位编号
column-pay-kept = 保留工资
column-pending-days = 待批天数
column-policy-fingerprint = 政策指纹
column-post = 职务
column-quantity = 数量
column-raised-at = 列出时间
column-rank = 警衔
column-reason = 理由
column-recalls = 召回
column-recorded-at = 记录时间
column-request-id = 申请编号
column-settled-days = 已结算天数
column-sex = 性别
column-shift-worker = 轮班
column-state = 状态
column-subject-id = 对象编号
column-subject-kind = 对象类别
column-submitted-at = 提交时间
column-taken-days = 已休天数
column-to = 结束日期
column-unit = 计量单位
column-unit-id = 单位编号
column-units-name = 单位名称
column-username = 用户名
column-year = 年度

# Rest: what the rules of duty and rest find.
finding-overtime-allowance-pass = 法定节假日 { $statutory_days } 天、休息日 { $rest_days } 天未能补休，发放 { $paid_days } 天（{ $paid_minutes } 分钟），共 { $amount } { $currency }。
finding-overtime-allowance-warn = 未能补休的加班超过每月 { $cap_days } 天的上限：发放 { $paid_days } 天（{ $paid_minutes } 分钟），共 { $amount } { $currency }；其余 { $over_cap_days } 天仍须补休。
finding-overtime-allowance = 按规定核算加班补助。
finding-rest-after-overnight-block = 值班 { $duty_minutes } 分钟（夜间 { $night_minutes } 分钟）后仅休息 { $gap_minutes } 分钟；须休息 { $rest_minutes_min } 分钟，最早 { $earliest_next_duty } 再上勤。
finding-rest-after-overnight-warn = 值班 { $duty_minutes } 分钟（夜间 { $night_minutes } 分钟）后仅休息 { $gap_minutes } 分钟，应休息 { $rest_minutes_min } 分钟；经批准可例外。
finding-rest-after-overnight = 检查值班后的休息。
finding-rest-couple-block = 双警家庭双方 { $on } 同时{ $what ->
    [overnight] 值夜班
   *[holiday] 在节假日上勤
    }。
finding-rest-couple-warn = { $what ->
    [common_rest] 双警家庭已连续 { $days_without_common_rest } 天没有共同休息日，每 { $window_days } 天至少应有一天。
    [overnight] 经批准例外：双警家庭双方 { $on } 同时值夜班。
   *[holiday] 经批准例外：双警家庭双方 { $on } 同时在节假日上勤。
    }
finding-rest-couple = 检查双警家庭的排班。
finding-rest-daily-block = 两次勤务之间仅 { $gap_minutes } 分钟，至少须 { $gap_minutes_min } 分钟，且已低于可例外的下限。
finding-rest-daily-warn = 两次勤务之间仅 { $gap_minutes } 分钟，应有 { $gap_minutes_min } 分钟；所缺 { $short_by_minutes } 分钟应补休。
finding-rest-daily-worked = 两次勤务之间仅 { $gap_minutes } 分钟，至少须 { $gap_minutes_min } 分钟；所缺 { $short_by_minutes } 分钟予以补休。
finding-rest-daily = 检查两次勤务之间的休息。
finding-rest-fitness-limit-block = 健康限制（有效期至 { $valid_until }）不允许安排夜间勤务。
finding-rest-fitness-limit-warn = 请注意健康限制（有效期至 { $valid_until }）：{ $code ->
    [no_operational_duty] 不安排一线勤务
    [no_driving] 不安排驾驶
    [light_duty] 只安排轻便工作
   *[other] { $code }
    }。
finding-rest-fitness-limit-worked = 健康限制（有效期至 { $valid_until }）期间有夜间勤务。
finding-rest-fitness-limit = 检查健康限制。
finding-rest-length-block = 任意 24 小时内勤务 { $counted_minutes } 分钟，超过 { $counted_minutes_max } 分钟。
finding-rest-length-warn = 任意 24 小时内勤务 { $counted_minutes } 分钟，超过 { $counted_minutes_max } 分钟；属于已允许的轮班方式或经批准的例外。
finding-rest-length = 检查 24 小时内的勤务时长。
finding-rest-nights-block = 连续夜班 { $consecutive_nights } 晚，最多 { $consecutive_nights_max } 晚。
finding-rest-nights-warn = { $what ->
    [recovery] 连续夜班 { $nights } 晚后仅休息 { $recovery_minutes } 分钟，应休息 { $recovery_minutes_min } 分钟。
    [length] 含夜间的勤务共 { $night_duty_minutes } 分钟，不宜超过 { $night_duty_minutes_max } 分钟。
   *[row] 连续夜班 { $consecutive_nights } 晚，超过 { $consecutive_nights_warn_above } 晚。
    }
finding-rest-nights = 检查连续夜班及其后的休息。
finding-rest-no-policy-block = { $on } 没有适用于该人员的休息规定，不能排班。
finding-rest-no-policy = 检查适用的休息规定。
finding-rest-notice-pass = 提前 { $clear_days } 个整日通知：计入 { $credited_minutes } 分钟。
finding-rest-notice-warn = 仅提前 { $clear_days } 个整日通知，不足 { $clear_days_below } 个整日；按 { $multiplier_percent }% 计，至少计 { $minimum_minutes } 分钟：计入 { $credited_minutes } 分钟。
finding-rest-notice = 检查取消休息的通知期。
finding-rest-on-leave-block = 该人员 { $away_from } 至 { $away_to } 不在岗，不能安排勤务。
finding-rest-on-leave = 检查是否在休假或离岗期间。
finding-rest-ordered-block = 强制休息令自 { $rest_from } 至 { $rest_to } 有效，期间不能安排勤务。
finding-rest-ordered-worked = 强制休息令自 { $rest_from } 至 { $rest_to } 有效，期间有勤务。
finding-rest-ordered = 检查强制休息令。
finding-rest-overlap-block = 与同一人的另一班次自 { $on } 起重叠 { $overlap_minutes } 分钟。
finding-rest-overlap = 检查班次是否重叠。
finding-rest-protected-block = 该时段自 { $on } 起有 { $overlap_minutes } 分钟受保护，不能安排勤务。
finding-rest-protected = 检查受保护的时段。
finding-rest-leave-day-block = { $on } 该人员不在岗（{ $away_from } 至 { $away_to }）；休假或外出不作休息日。
finding-rest-leave-day = 检查是否在休假或离岗期间。
finding-rest-past-day-block = { $on } 已过；{ $from } 之前的休息日只能由政工（人事）部门补录。
finding-rest-past-day = 检查日期是否已过。
finding-overtime-not-earned-block = 该补休于 { $earned_on } 才产生：须待当日及其对应勤务结束后（{ $payable_from } 起）方可发放。
finding-overtime-not-earned = 检查补休是否已经产生。
finding-overtime-not-paid-block = { $missing ->
    [category] 加班补助只发放给执行公务员工资制度的人民警察；{ $category } 人员 { $earned_on } 产生的补休以休息偿还。
   *[origin] 加班补助只发放休息日、法定节假日加班；由 { $origin } 产生的补休以休息偿还。
    }
finding-overtime-not-paid = 检查是否属于加班补助范围。
finding-overtime-not-worked-block = { $earned_on } 未上勤：加班补助只对已发生的加班发放，该休息仍以补休偿还。
finding-overtime-not-worked = 检查当日是否上勤。
finding-overtime-payment-block = 当月加班补助上限 { $cap_minutes } 分钟，已发放 { $paid_before_minutes } 分钟，另有 { $wanted_minutes } 分钟已选择领取、优先发放；其余仍以补休偿还。
finding-overtime-payment-warn = 发放 { $minutes } 分钟（应付 { $asked_minutes } 分钟），每月上限 { $cap_minutes } 分钟；其余仍以补休偿还。
finding-overtime-payment = 检查当月发放上限。
finding-rest-comp-credit-block = { $on } 的补休日没有补休结余：可用 { $available_minutes } 分钟，需 { $needed_minutes } 分钟。
finding-rest-comp-credit-warn = { $on } 的补休日需 { $needed_minutes } 分钟，补休结余仅 { $available_minutes } 分钟。
finding-rest-comp-credit = 检查补休结余。
finding-rest-moved-pass = 本人要求调休：计入 { $credited_minutes } 分钟；须在 { $offer_by } 前安排另一休息日，并于 { $take_by } 前休完。
finding-rest-moved = 应本人要求调整的休息日。
finding-rest-has-duty-block = { $on } 有勤务；须先调整或取消该勤务，或由双方确认实际工时。
finding-rest-has-duty = 检查已有勤务。
finding-rest-rest-day-block = { $on } 是该人员的休息日；须先取消并补休。
finding-rest-rest-day-worked = { $on } 是该人员的休息日，当日有勤务；该休息日予以取消并补休。
finding-rest-rest-day = 检查休息日。
finding-rest-rotation-pass = { $quarter } 已轮休 { $rotations } 次，共 { $days_total } 天。
finding-rest-rotation-warn = { $quarter } 轮休 { $rotations } 次、共 { $days_total } 天，应有 { $rotations_min } 次、至少 { $days_total_min } 天，还差 { $short_by_days } 天。
finding-rest-rotation = 检查季度轮休。
finding-rest-span-block = 班次为 { $shift_minutes } 分钟；须在 { $shift_minutes_min } 至 { $shift_minutes_max } 分钟之间，结束晚于开始。
finding-rest-span = 检查班次的起止时间。
finding-rest-strength-pass = { $on } 在岗警力达到底线。
finding-rest-strength-block = { $what ->
    [present] { $on } 在岗仅 { $present } 人，至少须 { $present_min } 人。
    [away] { $on } 离岗 { $away } 人，全员 { $strength } 人中最多 { $away_max } 人。
    [skill] { $on } 具备“{ $skill }”的在岗人员仅 { $skilled } 人，至少须 { $skilled_min } 人。
   *[heads] { $on } 正副职均不在岗。
    }
finding-rest-strength-warn = { $what ->
    [present] 按目前的安排，{ $on } 在岗仅 { $present } 人，至少须 { $present_min } 人，否则勤务表无法发布。
    [away] 按目前的安排，{ $on } 离岗 { $away } 人，全员 { $strength } 人中发布时最多 { $away_max } 人。
    [skill] 按目前的安排，{ $on } 具备“{ $skill }”的在岗人员仅 { $skilled } 人，至少须 { $skilled_min } 人，否则勤务表无法发布。
   *[heads] 按目前的安排，{ $on } 正副职均不在岗，勤务表无法发布。
    }
finding-rest-strength = 检查在岗警力。
finding-rest-volume-block = { $what ->
    [mean] { $mean_weeks } 周平均每周勤务 { $mean_week_minutes } 分钟，超过 { $mean_week_minutes_max } 分钟。
   *[week] 任意 7 天内勤务 { $week_minutes } 分钟，超过 { $week_minutes_max } 分钟。
    }
finding-rest-volume-warn = { $what ->
    [mean] { $mean_weeks } 周平均每周勤务 { $mean_week_minutes } 分钟，超过 { $mean_week_minutes_max } 分钟。
   *[week] 任意 7 天内勤务 { $week_minutes } 分钟，偏多；超过上限须由领导说明理由。
    }
finding-rest-volume = 检查一周及平均的勤务总量。
finding-rest-weekly-block = { $what ->
    [hours] 已 { $minutes_without_weekly_rest } 分钟没有 { $weekly_rest_minutes_min } 分钟的连续休息。
   *[dates] 连续上勤 { $consecutive_days } 天，最多 { $consecutive_days_max } 天。
    }
finding-rest-weekly-warn = { $what ->
    [hours] 已 { $minutes_without_weekly_rest } 分钟没有 { $weekly_rest_minutes_min } 分钟的连续休息；经批准可例外。
   *[dates] 7 天内仅休息 { $rest_days } 天（已连续上勤 { $consecutive_days } 天）。
    }
finding-rest-weekly = 检查每周休息。

# Rest: duty, rosters, swaps, rest days.
finding-rest-published-late-warn = { $what ->
    [after] 勤务表在首日之后 { $days_behind } 天才公布，应提前 { $days_ahead_min } 天。
   *[before] 勤务表提前 { $days_ahead } 天公布，应提前 { $days_ahead_min } 天。
}
finding-rest-officer-confirmed-block = 民警已确认 { $on } 的实际工时，文件不能改动；如有出入，请通过 /duty-shifts/…/confirm-actual 另报工时。
finding-rest-skill-missing-warn = 本单位没有具备“{ $skill }”的人员，而要求在岗 { $skilled_min } 人：有勤务的日期都无法发布勤务表。
finding-rest-repeated-block = { $what ->
    [rest_order] 该人员已有一份待处理的强制休息令草稿；请先签发或作废。
    [derogation] 该单位已有同一行动、日期重叠的豁免申请。
   *[comp_lot] 该日期已录入相同分钟数的补休额度。
    }
finding-rest-taken-block = { $on } 已安排休息日。
finding-rest-unit-block = { $on } 该人员不在此单位或其下属单位。
finding-rest-off-roll-block = { $from } 至 { $to } 该人员并非全程在册。
column-actual-ends-at = 实际结束
column-actual-minutes = 实际计时分钟
column-actual-starts-at = 实际开始
column-cancel-reason = 撤销原因
column-cancelled-at = 撤销时间
column-counted-minutes = 计时分钟
column-ends-at = 结束
column-override-reason = 强制安排理由
column-recorded-by = 录入账号
column-replaces-id = 替代
column-source = 来源
column-starts-at = 开始
column-duty-shifts-actual = 双方所报工时
column-duty-shifts-findings = 检查结果

# Rest: credits and the allowance.
finding-rest-credit-pass = 欠补休 { $owed_minutes } 分钟。
finding-rest-credit-warn = 欠补休 { $owed_minutes } 分钟，已达到提示线 { $amber_minutes_min } 分钟（红线 { $red_minutes_min } 分钟）。补休不会作废。
finding-rest-credit = 检查欠补休的数量。
column-approved-by = 批准账号
column-as = 补偿方式
column-available-minutes = 可补休分钟
column-cancelled-on = 被取消的休息日
column-clear-days = 提前通知天数
column-earned-on = 产生日期
column-minutes = 分钟
column-notified-at = 通知时间
column-offer-by = 安排期限
column-origin = 来源
column-paid = 已发补助分钟
column-reason-code = 原因代码
column-reserved = 已安排分钟
column-voided = 已收回分钟
column-rest-day-id = 休息日编号
column-rest-on = 补休日期
column-take-by = 补休期限
column-unit-code = 单位代码
column-unit-name = 单位
column-used = 已休分钟

# Rest: violations, orders, derogations, couples, jobs.
finding-rest-derogation = 豁免连续不得超过 14 天。
finding-rest-derogation-block = { $from } 至 { $to } 将连续处于豁免 { $row_days } 天，最多 { $days_max } 天。
column-accepted-until = 例外截止
column-basis = 依据
column-detected-at = 发现时间
column-finding = 检查结果
column-outcome = 程度
column-rule = 规则
column-days-overdue = 逾期天数
column-due-at = 办理时限
column-due-on = 到期日
column-next-step-at = 下一级督办时间
column-paused = 中止原因
column-resumes-on = 恢复日期
column-since = 起算时间
column-step = 督办层级

# Rest: the end.
