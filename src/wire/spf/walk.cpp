#include "wire/spf/walk.hpp"

#include "wire/mail/utf8.hpp"
#include "wire/spf/name.hpp"

#include <algorithm>

namespace sealpost::spf {
namespace {

constexpr std::size_t max_explanation_bytes = 1024;

Verdict verdict_of(Qualifier qualifier)
{
    switch (qualifier) {
        case Qualifier::pass: return Verdict::pass;
        case Qualifier::fail: return Verdict::fail;
        case Qualifier::softfail: return Verdict::softfail;
        case Qualifier::neutral: return Verdict::neutral;
    }
    return Verdict::neutral;
}

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

Walk::Walk(const Question& question, Identity identity, const Options& options, RecordCache& cache, dns::KnownAnswers* at_hand)
    : question_(question), options_(options), cache_(cache), subject_(find_subject(question, identity)), inquiry_(at_hand)
{
    report_.identity = identity;
    frames_.reserve(3);  // few records are nested deeper
}

Report Walk::take_report()
{
    report_.domain = std::move(subject_.domain);
    return std::move(report_);
}

bool Walk::run()
{
    while (stage_ != Stage::done)
        if (!advance()) return true;
    return false;
}

// False: something must be asked first.
bool Walk::advance()
{
    switch (stage_) {
        case Stage::opening: return open_first();
        case Stage::walking: return walk_on();
        case Stage::explaining: return explain();
        case Stage::done: break;
    }
    return true;
}

bool Walk::open_first()
{
    if (!subject_.problem.empty()) {
        report_.problem = subject_.problem;
        decide(Verdict::none);
        return true;
    }
    Opened opened = open(subject_.domain, Counting::none);
    if (opened.state == Opened::State::waiting) return false;
    target_ = subject_.domain;
    if (opened.state == Opened::State::none) {
        report_.problem = std::move(opened.problem);
        const Frame unopened{.record = nullptr, .domain = subject_.domain, .record_steps = {}};
        note(unopened, "v=spf1", subject_.domain, "none");
        decide(Verdict::none);
        return true;
    }
    stage_ = Stage::walking;
    return settle(push(std::move(opened), no_step));
}

bool Walk::walk_on()
{
    const Frame& frame = frames_.back();
    const auto terms = frame.record->terms();
    if (frame.next == terms.size()) return end_record();
    const Term& term = terms[frame.next];
    if (!begin_term(asks_dns(term.mechanism))) return settle(Outcome::permanent);
    return settle(evaluate(term));
}

// RFC 7208 §4.7: "If none of the mechanisms match and there is no "redirect" modifier, then the
// check_host() returns a result of "neutral"".
bool Walk::end_record()
{
    const auto& redirect = frames_.back().record->redirect();
    if (!redirect) {
        if (frames_.size() == 1) report_.mechanism = "default";
        leave(Verdict::neutral);
        return true;
    }
    if (!begin_term(true)) return settle(Outcome::permanent);
    return settle(evaluate_redirect(*redirect));
}

// Counts the term under way, once. False when there are too many.
bool Walk::begin_term(bool counts)
{
    if (begun_) return true;
    begun_ = true;
    term_was_void_ = false;
    noted_ = false;
    progress_ = {};
    validation_ = {};
    target_ = {};
    detail_.clear();
    if (!counts) return true;
    // RFC 7208 §4.6.4: "SPF implementations MUST limit the total number of those terms to 10 during SPF
    // evaluation [...] If this limit is exceeded, the implementation MUST return "permerror"."
    if (report_.lookups >= options_.max_lookups) {
        detail_ = "more than " + std::to_string(options_.max_lookups) + " terms that ask DNS";
        return false;
    }
    ++report_.lookups;
    return true;
}

bool Walk::settle(Outcome outcome)
{
    if (outcome != Outcome::permanent && report_.void_lookups > options_.max_void_lookups) {
        // RFC 7208 §4.6.4: "Exceeding the limit produces a "permerror" result."
        detail_ = "more than " + std::to_string(options_.max_void_lookups) + " terms whose names have no answer";
        outcome = Outcome::permanent;
    }
    if (outcome == Outcome::waiting) return false;
    begun_ = false;
    switch (outcome) {
        case Outcome::match: {
            const Frame& frame = frames_.back();
            const Term& term = frame.record->terms()[frame.next];
            note_term(frame, term.text, outcome);
            if (frames_.size() == 1) report_.mechanism = term.text;
            leave(verdict_of(term.qualifier));
            break;
        }
        case Outcome::no_match: {
            Frame& frame = frames_.back();
            note_term(frame, frame.record->terms()[frame.next].text, outcome);
            ++frame.next;
            break;
        }
        case Outcome::temporary: fail(Verdict::temperror); break;
        case Outcome::permanent: fail(Verdict::permerror); break;
        case Outcome::entered:
        case Outcome::waiting: break;
    }
    return true;
}

// A record has its verdict. RFC 7208 §5.2: what that means for the one that includes it.
void Walk::leave(Verdict verdict)
{
    for (;;) {
        note_verdict(frames_.back(), verdict);
        if (frames_.size() == 1) {
            decide(verdict);
            return;
        }
        const std::size_t include_step = frames_.back().include_step;
        frames_.pop_back();
        Frame& including = frames_.back();
        if (verdict != Verdict::pass) {
            note_outcome(include_step, "no_match");
            ++including.next;
            return;
        }
        note_outcome(include_step, "match");
        const Term& include = including.record->terms()[including.next];
        if (frames_.size() == 1) report_.mechanism = include.text;
        verdict = verdict_of(include.qualifier);
    }
}

void Walk::decide(Verdict verdict)
{
    report_.verdict = verdict;
    validation_ = {};
    const bool explains = verdict == Verdict::fail && frames_.front().record->exp();
    stage_ = explains ? Stage::explaining : Stage::done;
}

// The whole evaluation ends at the term under way.
void Walk::fail(Verdict verdict)
{
    report_.verdict = verdict;
    report_.problem = detail_;
    stage_ = Stage::done;
    if (frames_.empty()) return;
    const auto text_of = [](const Frame& frame) -> std::string_view {
        const auto terms = frame.record->terms();
        if (frame.next < terms.size()) return terms[frame.next].text;
        return frame.record->redirect() ? frame.record->redirect()->text : std::string_view();
    };
    if (frames_.back().record->errors().empty()) {
        report_.problem = text_of(frames_.back());
        report_.problem += " in the record of " + std::string(frames_.back().domain) + ": " + detail_;
        if (!noted_) note_term(frames_.back(), text_of(frames_.back()), Outcome::permanent);
    }
    report_.mechanism = frames_.front().record->errors().empty() ? text_of(frames_.front()) : std::string_view();
    for (const Frame& frame : frames_) {
        note_verdict(frame, verdict);
        note_outcome(frame.include_step, "error");
    }
}

void Walk::give_up(std::string problem)
{
    if (stage_ == Stage::explaining) {
        // RFC 7208 §6.2: whatever goes wrong with the explanation, the result stands.
        stage_ = Stage::done;
        return;
    }
    detail_ = std::move(problem);
    fail(Verdict::temperror);
}

// RFC 7208 §4.4, §4.5: the lookup of a record, and the choice among what came.
Walk::Opened Walk::open(std::string_view domain, Counting counting)
{
    using State = Opened::State;
    const auto answer = ask(domain, dns::Type::txt, counting);
    if (answer == nullptr) return {State::waiting, nullptr, {}};
    if (answer->status == dns::Status::temporary) return {State::temporary, nullptr, "DNS: " + printable(answer->problem)};
    const std::string* chosen = nullptr;
    for (const std::string& text : answer->records) {
        if (!is_spf_record(text)) continue;
        if (chosen != nullptr) return {State::permanent, nullptr, std::string(domain) + " has more than one SPF record"};
        chosen = &text;
    }
    if (chosen == nullptr) return {State::none, nullptr, std::string(domain) + " has no SPF record"};
    return {State::found, cache_.find_or_parse(*chosen), {}};
}

// A name that a frame refers to for as long as it stands: in the record that wrote it, or kept here.
std::string_view Walk::keep_target()
{
    if (target_.data() != expanded_.data()) return target_;
    return names_.emplace_front(target_);
}

// The frame of a record goes on the stack, for the first domain or an include.
Walk::Outcome Walk::push(Opened opened, std::size_t include_step)
{
    const unsigned depth = frames_.empty() ? 0 : frames_.back().depth + 1;
    if (opened.state != Opened::State::found) {
        detail_ = std::move(opened.problem);
        const Frame unopened{.record = nullptr, .domain = target_, .depth = depth, .record_steps = {}};
        note(unopened, "v=spf1", target_, opened.state == Opened::State::temporary ? "temperror" : "permerror");
        note_outcome(include_step, "error");
        return opened.state == Opened::State::temporary ? Outcome::temporary : Outcome::permanent;
    }
    frames_.push_back({.record = std::move(opened.record),
                       .domain = keep_target(),
                       .depth = depth,
                       .record_steps = {},
                       .include_step = include_step});
    return open_frame(frames_.back());
}

// RFC 7208 §6.1: the record that a redirect names takes the place of the one that it stands in.
Walk::Outcome Walk::replace(Opened opened)
{
    Frame& frame = frames_.back();
    frame.domain = keep_target();
    replaced_.push_back(std::exchange(frame.record, std::move(opened.record)));
    frame.next = 0;
    ++frame.depth;
    return open_frame(frame);
}

// RFC 7208 §4.6: "if there are any syntax errors anywhere in the record, check_host() returns
// immediately with the result "permerror", without further interpretation or evaluation."
Walk::Outcome Walk::open_frame(Frame& frame)
{
    const auto errors = frame.record->errors();
    if (!errors.empty()) detail_ = "the record of " + std::string(frame.domain) + ", " + format_syntax_error(errors.front());
    if (options_.keep_trace && errors.empty()) detail_ = frame.record->text();
    const std::size_t step = note(frame, "v=spf1", frame.domain, {});
    if (step != no_step) frame.record_steps.push_back(step);
    return errors.empty() ? Outcome::entered : Outcome::permanent;
}

bool Walk::explain()
{
    const auto& exp = frames_.front().record->exp();
    stage_ = Stage::done;
    const Naming naming = name_target(exp->target);
    const auto answer = naming == Naming::ready ? ask(target_, dns::Type::txt, Counting::none) : nullptr;
    std::string validated_name;
    if (naming == Naming::malformed) return true;
    // RFC 7208 §6.2: "If there are any DNS processing errors (any RCODE other than 0), or if no records
    // are returned, or if more than one record is returned, or if there are syntax errors in the
    // explanation string, then proceed as if no "exp" modifier was given."
    MacroTraits traits;
    if (answer != nullptr) {
        if (answer->records.size() != 1 || check_macros(answer->records.front(), MacroUse::explanation, traits)) return true;
        if (!traits.asks_ptr || find_validated_name(frames_.front().domain, validated_name)) {
            std::string text;
            const bool whole = expand_macros(answer->records.front(), macro_values(validated_name), max_explanation_bytes, text);
            if (whole && is_printable(text)) report_.explanation = std::move(text);
            return true;
        }
    }
    stage_ = Stage::explaining;
    return false;
}

std::size_t Walk::note(const Frame& frame, std::string_view term, std::string_view asked, std::string_view outcome)
{
    if (!options_.keep_trace) return no_step;
    report_.trace.push_back({.depth = frame.depth,
                             .domain = std::string(frame.domain),
                             .term = printable(term),
                             .asked = std::string(asked),
                             .outcome = std::string(outcome),
                             .detail = detail_,
                             .lookups = report_.lookups});
    return report_.trace.size() - 1;
}

void Walk::note_verdict(const Frame& frame, Verdict verdict)
{
    for (const std::size_t step : frame.record_steps) note_outcome(step, format_verdict(verdict));
}

void Walk::note_outcome(std::size_t step, std::string_view outcome)
{
    if (step != no_step) report_.trace[step].outcome = outcome;
}

// The record that holds it ends with it: its verdict will be that of the next one.
void Walk::note_redirect(const Modifier& redirect)
{
    if (!options_.keep_trace) return;
    detail_.clear();
    note(frames_.back(), redirect.text, target_, "match");
    noted_ = true;
}

void Walk::note_term(const Frame& frame, std::string_view term, Outcome outcome)
{
    if (!options_.keep_trace) return;
    note(frame, term, target_, outcome == Outcome::match ? "match" : outcome == Outcome::no_match ? "no_match" : "error");
}

}  // namespace sealpost::spf
