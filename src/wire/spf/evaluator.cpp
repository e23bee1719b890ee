#include "wire/spf/evaluator.hpp"

#include "wire/spf/record_cache.hpp"
#include "wire/spf/walk.hpp"

#include <boost/system/system_error.hpp>

namespace sealpost::spf {

namespace {

Task<void> ask_until_done(Walk& walk, dns::Resolver& resolver, Deadline deadline)
{
    do {
        if (deadline.has_passed()) {
            walk.give_up("the time allowed for the evaluation ran out");
            continue;
        }
        dns::Answer answer;
        bool cancelled = false;
        try {
            answer = co_await resolver.query(walk.wanted_name(), walk.wanted_type(), deadline);
        } catch (const boost::system::system_error&) {
            cancelled = true;  // how Asio tells a task that it was cancelled
        }
        if (cancelled) {
            walk.give_up("the evaluation was cancelled");
        } else {
            walk.take(std::move(answer));
        }
    } while (walk.run());
}

}  // namespace

std::string_view format_verdict(Verdict verdict)
{
    switch (verdict) {
        case Verdict::none: return "none";
        case Verdict::neutral: return "neutral";
        case Verdict::pass: return "pass";
        case Verdict::fail: return "fail";
        case Verdict::softfail: return "softfail";
        case Verdict::temperror: return "temperror";
        case Verdict::permerror: return "permerror";
    }
    return "";
}

std::string_view format_identity(Identity identity) { return identity == Identity::helo ? "helo" : "mailfrom"; }

struct Evaluator::State {
    dns::Resolver& resolver;
    dns::KnownAnswers* at_hand;  // the same resolver, when it has answers at hand
    Options options;
    RecordCache cache;
};

Evaluator::Evaluator(dns::Resolver& resolver, Options options)
    : state_(new State{resolver, dynamic_cast<dns::KnownAnswers*>(&resolver), options, RecordCache(options.max_cached_records)})
{
}

Evaluator::~Evaluator() = default;

Task<Report> Evaluator::check(Question question, Identity identity, Deadline deadline) const
{
    Walk walk(question, identity, state_->options, state_->cache, state_->at_hand);
    // In a task of its own, so that this one stays small: it is all that a warm evaluation needs.
    if (walk.run()) co_await ask_until_done(walk, state_->resolver, deadline);
    co_return walk.take_report();
}

}  // namespace sealpost::spf
