# What the service says. Keys: error-<code>, field-<code>, finding-<rule>[-<outcome>], with hyphens for dots and underscores.

## Refusals

error-unreadable-body =
    .title = The body cannot be read
    .detail = The body is not JSON in UTF-8, or it is nested too deeply.
error-unknown-parameter =
    .title = Unknown query parameter
    .detail = This address does not know the query parameter named in errors.
error-invalid-parameter =
    .title = Query parameter not understood
    .detail = The query parameter named in errors is missing, repeated or cannot be read.
error-invalid-cursor =
    .title = Cursor not understood
    .detail = The cursor was not made by this list; begin again with the first page.
error-invalid-header =
    .title = Header not understood
    .detail = The header named in errors cannot be read.
error-body-too-large =
    .title = Body too large
    .detail = The body is larger than this service accepts.
error-unsupported-media-type =
    .title = Content type not supported
    .detail = The Content-Type of the body is not one that this address reads.
error-unauthenticated =
    .title = Not signed in
    .detail = There is no access token, or it is no longer valid; sign in again.
error-bad-credentials =
    .title = Wrong user name or password
    .detail = The user name or the password is wrong.
error-refresh-refused =
    .title = Refresh token refused
    .detail = The refresh token was used before, has ended or was never issued; sign in again.
error-must-change-password =
    .title = Change the password first
    .detail = Change the one-time password before doing anything else.
error-forbidden =
    .title = Not allowed
    .detail = Your role may not do this.
error-own-request =
    .title = Your own request
    .detail = Your own request, or your spouse's, is for others to decide.
error-own-record =
    .title = Your own record
    .detail = Your own record, or your spouse's, is for others to change.
error-grant-conflict =
    .title = Conflicting grant
    .detail = The grant lies outside your reach, is to yourself, or excludes a role that this person already holds.
error-floor-bound =
    .title = Below what was said above
    .detail = Personnel (hr), or a bureau leader, said how many are kept present; a leader of the unit may keep more and not fewer.
error-not-found =
    .title = Not found
    .detail = There is no such record, or it is not yours to see.
error-method-not-allowed =
    .title = Method not allowed
    .detail = This address does not know the method; Allow names those that it knows.
error-too-many-requests =
    .title = Too many attempts
    .detail = Too many attempts; try again after the seconds in Retry-After.
error-invalid-fields =
    .title = Fields refused
    .detail = The fields named in errors were refused.
error-unknown-field =
    .title = Unknown field
    .detail = The body has a field that the service does not know.
error-missing-field =
    .title = Field missing
    .detail = A required field is missing.
error-wrong-type =
    .title = Wrong type
    .detail = A field has the wrong type.
error-duplicate-field =
    .title = Field repeated
    .detail = A field stands twice.
error-invalid-value =
    .title = Value not understood
    .detail = A value cannot be read, or lies outside its range.
error-too-long =
    .title = Too long
    .detail = A value is too long, or there are too many.
error-taken =
    .title = Already taken
    .detail = The value already belongs to another record.
error-invalid-span =
    .title = Span refused
    .detail = The span is reversed, empty or too long.
error-kind-not-offered =
    .title = Kind of leave not offered
    .detail = No policy in force offers this kind of leave to this person.
error-not-asked =
    .title = Not asked for
    .detail = The officer did not ask for this, or took it back.
error-idempotency-mismatch =
    .title = Key used for another body
    .detail = This Idempotency-Key was used with another body.
error-import-refused =
    .title = Import refused
    .detail = Rows of the file were refused and nothing was stored; rejected names each.
error-calendar-not-published =
    .title = Calendar not published
    .detail = No calendar is published for a year that is needed.
error-no-policy =
    .title = No policy in force
    .detail = No version of the policy is in force on the date.
error-policy-unreadable =
    .title = Policy text not readable
    .detail = The text of the policy cannot be read; the line and the reason are named.
error-version-exists =
    .title = Version exists
    .detail = A version binds this scope from this date already; a correction names it in `supersedes`.
error-wrong-state =
    .title = State does not allow this
    .detail = The record is not in a state that allows this.
error-lost-race =
    .title = Somebody was faster
    .detail = Somebody else was faster; read again and repeat.
error-delegation-overlap =
    .title = Delegated already
    .detail = The same deciding is handed to the same account on some of these dates already.
error-unit-cycle =
    .title = Unit would contain itself
    .detail = A unit cannot lie below itself or below a unit under it.
error-stale =
    .title = Record has changed
    .detail = The record changed since it was read; read it again.
error-precondition-required =
    .title = If-Match required
    .detail = Give the ETag of the version you read in If-Match.
error-unavailable =
    .title = Not available
    .detail = The service is busy or its database is away; try again shortly.
error-internal =
    .title = The service failed
    .detail = The service failed; the request id in instance leads to its log.

refused-by-rule = Refused by a rule

## Fields

# What about the state of a record forbids an act.
state-over = It is over; this cannot be done any more.
state-not-over = It is not over yet; this can be done afterwards.
state-begun = It has begun; this cannot be done any more.
state-ended = It has ended.
state-cancelled = It was cancelled or withdrawn.
state-decided = It was decided already.
state-closed = It is closed and does not wait for an answer any more.
state-not-duty = This is no duty.
state-hours-agreed = Officer and leader have agreed on the hours; where both were mistaken, both say others by /confirm-actual.
state-officer-confirmed = The officer has said what was worked; say your hours by /confirm-actual.
state-in-swap = The shift is in another swap that is still open.
state-plan-changed = A shift was planned otherwise since the swap was asked for or agreed to: ask anew.
state-not-agreed = The colleague has not agreed yet.
state-taken = The officer has confirmed that the rest day was taken.
state-ordered = The rest day comes from a rest order.
state-no-duty = The rest day is over and no duty is recorded on it.
state-not-cancelled = The rest day was not cancelled.
state-replaced = Another rest day stands in its place.
state-asked-already = It was asked for already.
state-nothing-asked = Nothing is asked for.
state-not-draft = This is no draft.
state-not-in-force = It does not bind now.
state-not-its-turn = The step before has not been taken, or this one has.
state-in-couple = You are in a couple already, or have asked somebody; that is ended first.
state-still-owed = The rest that was taken away is still owed: it is made good by rest, or by pay where the officer chose it.
state-wanted-as-pay = The officer wants it as pay; rest is planned once they choose time.
state-nothing-left = Nothing of it is left.
state-not-pay = The officer has not chosen pay.
state-not-entered = It follows from the records and was not entered by anybody, so it cannot be taken back.
state-not-begun = The leave has not begun: cancel it, or the part that is needed.
state-sick-leave = Nobody is recalled from sick leave.
state-recalled-already = These dates, or some of them, were recalled before.
state-not-approved = The leave is not approved, or has begun.
state-nothing-held = No days are held.
state-left-roll = The officer has left the roll by then.
state-on-roll = The officer has not left the roll.
state-too-many = There are as many as there may be; end an old one first.
state-signs = This key signs; make another first.
state-not-due = No run is due then, or an earlier one comes first.

field-missing-field = This field is required.
field-unknown-field = The service does not know this field.
field-wrong-type = This has the wrong type.
field-duplicate-field = This field stands twice.
field-invalid-value = This value cannot be read, or lies outside its range.
field-too-long = This is too long, or there are too many.
field-taken = This already belongs to another record.
field-not-found = There is no such record, or it is not yours to see.
field-unknown-parameter = This address does not know this parameter.
field-invalid-parameter = This parameter is missing, repeated or cannot be read.
field-invalid-header = This header is repeated or cannot be read.
field-read = Read: { $read }.
field-expected = Expected: { $expected }.
field-read-and-expected = Read: { $read }; expected: { $expected }.

## What rules say

finding-leave-no-working-day-block = There is no working day in this span, so no leave is needed.
finding-leave-no-working-day-pass = The span counts { $days } days.
finding-leave-no-working-day = Checked whether the span has a working day.
finding-leave-past-block = The leave would begin on { $from }, in the past; leave already taken is entered by personnel (hr).
finding-leave-past-warn = The leave began on { $from }, in the past; it is entered afterwards.
finding-leave-past = Checked whether the leave begins in the past.
finding-leave-overlap-block = This overlaps leave that is already booked; no half day can be taken twice.
finding-leave-overlap-pass = This overlaps no other leave.
finding-leave-overlap = Checked against other leave of the same person.
finding-leave-balance-block = Asked for { $requested_days } days with { $available_days } available: { $short_by_days } too many.
finding-leave-balance-pass = Asked for { $requested_days } days with { $available_days } available.
finding-leave-balance-warn = Asked for { $requested_days } days with { $available_days } available; mind the balance.
finding-leave-balance = Checked against the balance.
finding-calendar-not-published-block = No calendar is published for { $year }, so days cannot be counted.
finding-calendar-not-published = No calendar is published for a year that is needed, so days cannot be counted.
finding-calendar-provisional-warn = The calendar for { $years } is provisional; the number of days may change once it is official.
finding-calendar-provisional = The calendar is provisional; the number of days may change once it is official.
finding-leave-recount-warn = The leave cost { $days_before } days when it was granted and costs { $days_after } now.
finding-leave-recount = The leave costs another number of days than when it was granted.
finding-leave-regime-changed-warn = From { $from } on the category is another, and with it the rules on leave.
finding-leave-regime-changed = The category changes before the leave ends, and with it the rules on leave.
finding-leave-separated-block = From { $first_date_off_roll } on the leave does not lie within the time of service.
finding-leave-separated-pass = The leave lies within the time of service.
finding-leave-separated = Checked whether the leave lies within the time of service.
finding-leave-planned-duty-warn = Duty is planned on dates on which the officer is to be away: { $shifts } shifts, from { $on } on; it is to be planned otherwise.
finding-leave-absence-warn = { $kind ->
    [secondment] From { $from } to { $to } the officer is seconded, and away anyway.
    [course] From { $from } to { $to } the officer is on a course, and away anyway.
    [suspension] From { $from } to { $to } the officer is suspended, and away anyway.
   *[other] From { $from } to { $to } the officer is away anyway.
}
finding-leave-absence = Checked against secondment, courses and suspension.
finding-absence-leave-warn = Leave lies on the dates of the absence: { $requests } requests, from { $on } on; days that are not to be spent are given back.
finding-absence-leave = Checked against leave on the dates of the absence.
finding-leave-planned-duty = Checked against planned duty.
finding-leave-strength-pass = { $what ->
    [present] Enough stay on every date; fewest on { $on }: { $present }, where { $present_min } are needed.
    [away] No more are away on any date than may be; most on { $on }: { $away } of { $strength }, at most { $away_max }.
    [skill] Enough with the skill { $skill } stay on every date; fewest on { $on }: { $skilled }, where { $skilled_min } are needed.
   *[heads] Head or deputy is there on every date.
    }
finding-leave-strength-block = { $what ->
    [present] Only { $present } would be there on { $on }; at least { $present_min } are needed. Dates with too few: { $dates }.
    [away] { $away } of { $strength } would be away on { $on }; at most { $away_max } may be. Dates with too many: { $dates }.
    [skill] Only { $skilled } with the skill { $skill } would be there on { $on }; at least { $skilled_min } are needed. Dates with too few: { $dates }.
   *[heads] Head and deputy would both be away on: { $dates }.
    }
finding-leave-strength-warn = { $what ->
    [present] This leave is granted by law; only { $present } would be there on { $on }, where { $present_min } are needed: the roster has to make up for it. Dates: { $dates }.
    [away] This leave is granted by law; { $away } of { $strength } would be away on { $on }, where at most { $away_max } may be: the roster has to make up for it. Dates: { $dates }.
    [skill] This leave is granted by law; only { $skilled } with the skill { $skill } would be there on { $on }, where { $skilled_min } are needed: the roster has to make up for it. Dates: { $dates }.
   *[heads] This leave is granted by law; head and deputy would both be away, and somebody else has to stand in. Dates: { $dates }.
    }
finding-leave-strength = Checked the strength that granting leaves.
finding-leave-no-approver-block = No unit above has anybody who may decide this request.
finding-leave-no-approver-pass = There is somebody who may decide this request.
finding-leave-no-approver = Checked who may decide this request.
finding-leave-not-eligible-block = This person is not entitled to this kind of leave on these dates.
finding-leave-not-eligible-pass = This person is entitled to this kind of leave.
finding-leave-not-eligible = Checked whether the person is entitled to this kind of leave.
finding-leave-min-unit-block = This kind of leave is taken in steps of { $min_unit_days } days.
finding-leave-min-unit = Checked against the smallest step of this kind of leave.
finding-leave-carry-reason-block = Days are carried over only for the needs of the service.
finding-leave-carry-reason = Checked the reason for carrying days over.
finding-leave-carry-left-block = Only the { $left_days } days left of the year can be carried over.
finding-leave-carry-left = Checked against the days left of the year.
finding-annual-leave-tier-pass = From { $valid_from } on, { $years } years of service give { $days } days of annual leave.
finding-annual-leave-tier = Annual leave goes by years of service.
finding-annual-leave-proration-pass = From { $valid_from } on by the calendar days that remain: { $remaining_calendar_days } ÷ 365 × { $quota_days } days, rounded down, gives { $days } days.
finding-annual-leave-proration = Annual leave goes by the calendar days that remain in the year.
finding-annual-leave-regime-pass = From { $from } on the rules for { $category ->
    [police] police officers
    [auxiliary] auxiliaries under a labour contract
    [staff] staff
    [retired] retired people
   *[other] { $category }
    } apply.
finding-annual-leave-regime = The personnel category decides which rules apply.
finding-annual-leave-service-pass = Years of service are counted from { $adjusted_start }; by { $as_of } { $completed_years } are complete.
finding-annual-leave-service-warn = From { $from } on no service period is recorded, so there is no annual leave.
finding-annual-leave-service = Years of service are counted from the service periods.
finding-annual-leave-not-yet-pass = The first { $days } days begin on { $valid_from }; before that there are none.
finding-annual-leave-not-yet = The lowest tier of annual leave is not reached yet.
finding-annual-leave-roll = This person is not on the roll for all of { $year }.
finding-annual-leave-disqualified-personal-warn = Personal leave with pay kept comes to { $days } days in { $year }; from { $disqualified_on } on it reached { $days_min }, so there is no annual leave.
finding-annual-leave-disqualified-personal-pass = Personal leave with pay kept comes to { $days } days in { $year }, below { $days_min }.
finding-annual-leave-disqualified-personal = Long personal leave with pay kept ends the right to the year.
finding-annual-leave-disqualified-sick-warn = Sick leave comes to { $calendar_days } calendar days ({ $months } months) in { $year }; from { $disqualified_on } on it reached { $months_min } months, so there is no annual leave.
finding-annual-leave-disqualified-sick-pass = Sick leave comes to { $calendar_days } calendar days ({ $months } months) in { $year }, below { $months_min } months.
finding-annual-leave-disqualified-sick = Long sick leave ends the right to the year.
finding-annual-leave-disqualified-next-year-warn = After { $taken_days } days were taken the year before, the right ended on { $disqualified_on }: { $year } has no annual leave.
finding-annual-leave-disqualified-next-year = Who loses the right after taking leave has none in the year after.
finding-annual-leave-lost-warn = No day of { $year } was taken before { $disqualified_on }: from then on the leave of the year is lost.
finding-annual-leave-lost = The leave of the year is lost.
finding-annual-leave-held-warn = { $taken_days } days were taken before { $disqualified_on }; { $held_days } days are held until personnel (hr) decides; { $next_year } has no annual leave.
finding-annual-leave-held = What is left is held until personnel (hr) decides.
finding-annual-leave-leaving-share-pass = Share of the year of leaving: { $elapsed_calendar_days } ÷ 365 × { $quota_days } days, rounded down, less the { $arranged_days } arranged, leaves { $payable_days } to be paid; nothing is taken back.
finding-annual-leave-leaving-share = In the year of leaving annual leave goes by the calendar days served.
finding-leave-recall-pass = Of an absence of { $absence_days } days { $recalled_days } are recalled: { $total_days } days in all, of which { $returned_days } come back and { $new_days } are new.
finding-leave-recall = Counted what the recall gives.
finding-leave-after-disqualification-warn = { $days } days of this leave lie after the right to the year ended; personnel (hr) decides on them.
finding-leave-after-disqualification = Leave after the right to the year ended is for personnel (hr) to decide on.
finding-leave-adjustment-block = { $days } days cannot be taken away: only { $available_days } are available.
finding-leave-adjustment = Checked whether the balance covers the adjustment.
finding-any-worked = The duty has begun or is over: it is recorded as it was, with a reason.
finding-any-pass = Within the rule ({ $rule }).
finding-any-warn = Please note the rule { $rule }; measured and limit give the values.
finding-any-block = Refused by the rule { $rule }; measured and limit give the values.

## Columns of exported lists

column-account-id = account id
column-act = act
column-adjusted-days = adjusted days
column-after = after
column-approvals = approvals
column-approved-days = approved days
column-audit-request-id = request id
column-available-days = available days
column-badge-no = badge number
column-before = before
column-born-on = born on
column-by-year = by year
column-carried-in-days = carried in days
column-carried-out-days = carried out days
column-category = category
column-cause = cause
column-cause-ref = what changed
column-closed-at = closed at
column-code = unit code
column-cover-officer-id = stand-in id
column-created-at = created at
column-credited-days = credited days
column-days = days
column-days-after = days after
column-days-before = days before
column-decided-by = decided by account
column-decision = decision
column-deputy-officer-ids = deputy officer ids
column-entered-by = entered by account
column-entitled-days = entitled days
column-expires-on = expires on
column-findings = findings
column-first-day = first day
column-from = from
column-head-officer-id = head officer id
column-held-days = held days
column-id = id
column-joined-on = joined on
column-kind = kind
column-kind-group = kind group
column-last-day = last day
column-leave-on = date of leave
column-lot-id = lot id
column-name = name
column-note = note
column-officer-id = officer id
column-parent-id = parent unit id
column-pay-kept = pay kept
column-pending-days = pending days
column-policy-fingerprint = policy fingerprint
column-post = post
column-quantity = quantity
column-raised-at = raised at
column-rank = rank
column-reason = reason
column-recalls = recalls
column-recorded-at = recorded at
column-request-id = request id
column-settled-days = settled days
column-sex = sex
column-shift-worker = shift worker
column-state = state
column-subject-id = subject id
column-subject-kind = subject kind
column-submitted-at = submitted at
column-taken-days = taken days
column-to = to
column-unit = unit of quantity
column-unit-id = unit id
column-units-name = unit name
column-username = user name
column-year = leave year

# Rest: what the rules of duty and rest find.
finding-overtime-allowance-pass = { $statutory_days } days on statutory holidays and { $rest_days } on rest days could not be given back: { $paid_days } days ({ $paid_minutes } minutes) are paid, { $amount } { $currency }.
finding-overtime-allowance-warn = More days could not be given back than the { $cap_days } a month that are paid: { $paid_days } ({ $paid_minutes } minutes) are paid, { $amount } { $currency }; the other { $over_cap_days } stay owed as rest.
finding-overtime-allowance = The overtime allowance was worked out.
finding-rest-after-overnight-block = After a duty of { $duty_minutes } minutes, { $night_minutes } of them at night, only { $gap_minutes } minutes of rest: { $rest_minutes_min } are due, so the next duty begins at { $earliest_next_duty } at the earliest.
finding-rest-after-overnight-warn = After a duty of { $duty_minutes } minutes, { $night_minutes } of them at night, only { $gap_minutes } of { $rest_minutes_min } minutes of rest, by an approved exception.
finding-rest-after-overnight = Checked the rest after an overnight or long duty.
finding-rest-couple-block = Both of a couple would be on { $what ->
    [overnight] overnight duty
   *[holiday] holiday duty
    } on { $on }.
finding-rest-couple-warn = { $what ->
    [common_rest] No common rest day of a couple for { $days_without_common_rest } days; one in every { $window_days } is due.
    [overnight] Under an approved derogation both of a couple are on overnight duty on { $on }.
   *[holiday] Under an approved derogation both of a couple are on holiday duty on { $on }.
    }
finding-rest-couple = Checked the rosters of a couple on the force.
finding-rest-daily-block = Only { $gap_minutes } minutes between two duties, where { $gap_minutes_min } are due; so little is refused.
finding-rest-daily-warn = Only { $gap_minutes } minutes between two duties, where { $gap_minutes_min } are due; the missing { $short_by_minutes } are to be given back.
finding-rest-daily-worked = Only { $gap_minutes } minutes between two duties, where { $gap_minutes_min } are due; the missing { $short_by_minutes } are given back.
finding-rest-daily = Checked the rest between two duties.
finding-rest-fitness-limit-block = A limit of fitness, valid until { $valid_until }, rules out duty at night.
finding-rest-fitness-limit-warn = Mind a limit of fitness, valid until { $valid_until }: { $code ->
    [no_operational_duty] no operational duty
    [no_driving] no driving
    [light_duty] light duty only
   *[other] { $code }
    }.
finding-rest-fitness-limit-worked = Duty at night in spite of a limit of fitness, valid until { $valid_until }.
finding-rest-fitness-limit = Checked against limits of fitness.
finding-rest-length-block = { $counted_minutes } counted minutes of duty within 24 hours; at most { $counted_minutes_max } are allowed.
finding-rest-length-warn = { $counted_minutes } counted minutes of duty within 24 hours, above { $counted_minutes_max }, in a pattern that is allowed or under an approved derogation.
finding-rest-length = Checked the hours of duty within 24 hours.
finding-rest-nights-block = { $consecutive_nights } nights of duty in a row; at most { $consecutive_nights_max } are allowed.
finding-rest-nights-warn = { $what ->
    [recovery] Only { $recovery_minutes } minutes of rest after { $nights } nights in a row, where { $recovery_minutes_min } are due.
    [length] A duty with a night in it of { $night_duty_minutes } minutes, above { $night_duty_minutes_max }.
   *[row] { $consecutive_nights } nights of duty in a row, above { $consecutive_nights_warn_above }.
    }
finding-rest-nights = Checked nights in a row and the recovery after them.
finding-rest-no-policy-block = No policy on rest binds this person on { $on }, so no duty can be planned.
finding-rest-no-policy = Checked which policy on rest applies.
finding-rest-notice-pass = Told { $clear_days } clear days before: { $credited_minutes } minutes are credited.
finding-rest-notice-warn = Told only { $clear_days } clear days before, fewer than { $clear_days_below }: credited at { $multiplier_percent } percent, { $minimum_minutes } minutes at least: { $credited_minutes } minutes.
finding-rest-notice = Checked the notice given.
finding-rest-on-leave-block = This person is away from { $away_from } to { $away_to }, so no duty can be planned.
finding-rest-on-leave = Checked against leave and other absences.
finding-rest-ordered-block = A rest order is in force from { $rest_from } to { $rest_to }; no duty lies inside it.
finding-rest-ordered-worked = A rest order was in force from { $rest_from } to { $rest_to }, with duty inside it.
finding-rest-ordered = Checked against rest orders.
finding-rest-overlap-block = This overlaps another shift of the same person by { $overlap_minutes } minutes, from { $on } on.
finding-rest-overlap = Checked against other shifts of the same person.
finding-rest-protected-block = { $overlap_minutes } minutes of this time, from { $on } on, are protected; the roster leaves them alone.
finding-rest-protected = Checked against protected time.
finding-rest-leave-day-block = On { $on } the officer is away, from { $away_from } to { $away_to }; leave and absence are no rest day.
finding-rest-leave-day = Checked against leave and other absences.
finding-rest-past-day-block = { $on } is over; only HR enters rest days before { $from }.
finding-rest-past-day = Checked that the date is not over.
finding-overtime-not-earned-block = Earned on { $earned_on } only: it can be paid when that date, and the duty that it stands for, are over (from { $payable_from }).
finding-overtime-not-earned = Checked that it is earned.
finding-overtime-not-paid-block = { $missing ->
    [category] The overtime allowance is only for police in the civil-service pay system; what somebody of the category { $category } earned on { $earned_on } is given back as rest.
   *[origin] The allowance is for rest days and statutory holidays that were worked; credit from { $origin } is given back as rest.
    }
finding-overtime-not-paid = Checked against whom and what the allowance is for.
finding-overtime-not-worked-block = No duty was worked on { $earned_on }: the allowance is for work that was done, and this rest stays owed as rest.
finding-overtime-not-worked = Checked that there was work to pay for.
finding-overtime-payment-block = Of the at most { $cap_minutes } minutes of the month { $paid_before_minutes } are paid and { $wanted_minutes } more that are wanted as pay go first; what is left stays owed as rest.
finding-overtime-payment-warn = { $minutes } of { $asked_minutes } minutes are paid, at most { $cap_minutes } a month; the rest stays owed as rest.
finding-overtime-payment = Checked against what a month pays.
finding-rest-comp-credit-block = There is no credit for a compensatory rest day on { $on }: { $available_minutes } of { $needed_minutes } minutes.
finding-rest-comp-credit-warn = Credit covers only { $available_minutes } of the { $needed_minutes } minutes of a compensatory rest day on { $on }.
finding-rest-comp-credit = Checked against the credit for compensatory rest.
finding-rest-moved-pass = The officer asked for another day: { $credited_minutes } minutes are credited, another day is named by { $offer_by } and rested by { $take_by }.
finding-rest-moved = A rest day that its officer asked to move.
finding-rest-has-duty-block = There is duty on { $on }; it is moved or taken back first, or the hours that were worked are said.
finding-rest-has-duty = Checked against duty.
finding-rest-rest-day-block = { $on } is a rest day of this person; it is cancelled and given back first.
finding-rest-rest-day-worked = { $on } was a rest day of this person and was worked: it is cancelled and given back.
finding-rest-rest-day = Checked against rest days.
finding-rest-rotation-pass = { $rotations } rotations in { $quarter }, { $days_total } days in all.
finding-rest-rotation-warn = { $rotations } rotations in { $quarter }, { $days_total } days in all, where { $rotations_min } of together { $days_total_min } are due: { $short_by_days } days short.
finding-rest-rotation = Checked the rotations of the quarter.
finding-rest-span-block = This shift is { $shift_minutes } minutes long; a shift ends after it begins and is { $shift_minutes_min } to { $shift_minutes_max } minutes long.
finding-rest-span = Checked the span of the shift.
finding-rest-strength-pass = Enough are on duty on { $on }.
finding-rest-strength-block = { $what ->
    [present] Only { $present } are on duty on { $on }; at least { $present_min } are needed.
    [away] { $away } of { $strength } would be away on { $on }; at most { $away_max } may be.
    [skill] Only { $skilled } with the skill { $skill } are on duty on { $on }; at least { $skilled_min } are needed.
   *[heads] Neither head nor deputy is on duty on { $on }.
    }
finding-rest-strength-warn = { $what ->
    [present] As planned, only { $present } are on duty on { $on }; at least { $present_min } are needed, or the roster cannot be published.
    [away] As planned, { $away } of { $strength } are away on { $on }; at most { $away_max } may be when the roster is published.
    [skill] As planned, only { $skilled } with the skill { $skill } are on duty on { $on }; at least { $skilled_min } are needed, or the roster cannot be published.
   *[heads] As planned, neither head nor deputy is on duty on { $on }; so the roster cannot be published.
    }
finding-rest-strength = Checked the strength on duty.
finding-rest-volume-block = { $what ->
    [mean] { $mean_week_minutes } minutes of duty a week on average over { $mean_weeks } weeks; at most { $mean_week_minutes_max } are allowed.
   *[week] { $week_minutes } minutes of duty within 168 hours; at most { $week_minutes_max } are allowed.
    }
finding-rest-volume-warn = { $what ->
    [mean] { $mean_week_minutes } minutes of duty a week on average over { $mean_weeks } weeks, above { $mean_week_minutes_max }.
   *[week] { $week_minutes } minutes of duty within 168 hours: much, and above the limit only with a leader's reason.
    }
finding-rest-volume = Checked the hours of duty of a week and their mean.
finding-rest-weekly-block = { $what ->
    [hours] No unbroken rest of { $weekly_rest_minutes_min } minutes for { $minutes_without_weekly_rest } minutes.
   *[dates] { $consecutive_days } days of duty in a row; at most { $consecutive_days_max } are allowed.
    }
finding-rest-weekly-warn = { $what ->
    [hours] No unbroken rest of { $weekly_rest_minutes_min } minutes for { $minutes_without_weekly_rest } minutes, under an approved derogation.
   *[dates] Only { $rest_days } rest days in seven, after { $consecutive_days } days of duty in a row.
    }
finding-rest-weekly = Checked the weekly rest.

# Rest: duty, rosters, swaps, rest days.
finding-rest-published-late-warn = { $what ->
    [after] The roster is published { $days_behind } days after its first day; it should be { $days_ahead_min } days ahead.
   *[before] The roster is published { $days_ahead } days ahead; it should be { $days_ahead_min }.
}
finding-rest-officer-confirmed-block = The officer has said what was worked on { $on }; a file changes nothing of it. Say other hours by /duty-shifts/…/confirm-actual.
finding-rest-skill-missing-warn = Nobody in the unit has the skill { $skill }, of which { $skilled_min } are to be on duty: no roster with duty can be published.
finding-rest-repeated-block = { $what ->
    [rest_order] A draft for this officer waits already; it is issued or discarded first.
    [derogation] The unit has a derogation for this operation on some of these dates.
   *[comp_lot] The same minutes were entered for this date already.
    }
finding-rest-taken-block = { $on } is a rest day already.
finding-rest-unit-block = On { $on } the officer is not in this unit or one under it.
finding-rest-off-roll-block = From { $from } to { $to } the officer is not on the roll throughout.
column-actual-ends-at = actual end
column-actual-minutes = actual minutes
column-actual-starts-at = actual start
column-cancel-reason = reason of cancellation
column-cancelled-at = cancelled at
column-counted-minutes = counted minutes
column-ends-at = end
column-override-reason = reason in spite of a warning
column-recorded-by = recorded by
column-replaces-id = replaces
column-source = source
column-starts-at = start
column-duty-shifts-actual = hours as said
column-duty-shifts-findings = findings

# Rest: credits and the allowance.
finding-rest-credit-pass = { $owed_minutes } minutes of compensatory rest are owed.
finding-rest-credit-warn = { $owed_minutes } minutes of compensatory rest are owed: amber from { $amber_minutes_min } on, red from { $red_minutes_min } on. Nothing of it is lost.
finding-rest-credit = Checked how much compensatory rest is owed.
column-approved-by = approved by account
column-as = as
column-available-minutes = available minutes
column-cancelled-on = cancelled rest day
column-clear-days = clear days of notice
column-earned-on = earned on
column-minutes = minutes
column-notified-at = told at
column-offer-by = offer by
column-origin = origin
column-paid = paid minutes
column-reason-code = reason code
column-reserved = reserved minutes
column-voided = minutes taken back
column-rest-day-id = rest day id
column-rest-on = rest on
column-take-by = take by
column-unit-code = unit code
column-unit-name = unit
column-used = used minutes

# Rest: violations, orders, derogations, couples, jobs.
finding-rest-derogation = Derogations last 14 days on end at the most.
finding-rest-derogation-block = From { $from } to { $to } this would be { $row_days } days on end under derogations, at most { $days_max } are possible.
column-accepted-until = accepted until
column-basis = basis
column-detected-at = detected at
column-finding = finding
column-outcome = outcome
column-rule = rule
column-days-overdue = days overdue
column-due-at = due before
column-due-on = due on
column-next-step-at = goes up at
column-paused = paused because of
column-resumes-on = goes on from
column-since = since
column-step = step of the ladder

# Rest: the end.
