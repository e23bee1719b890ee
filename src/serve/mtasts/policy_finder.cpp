#include "serve/mtasts/policy_finder.hpp"

#include "base/text.hpp"
#include "wire/dmarc/dmarc.hpp"

#include <algorithm>

namespace sealpost::mtasts {
namespace {

using route::StsFinding;
using route::StsRecord;
using Status = StsFinding::Status;

StsFinding find_none() { return {}; }

StsFinding find_unknown(std::string problem)
{
    StsFinding finding;
    finding.status = Status::unknown;
    finding.problem = std::move(problem);
    return finding;
}

StsFinding find_problem(StsFinding::Fault fault, std::string problem)
{
    StsFinding finding;
    finding.status = Status::problem;
    finding.fault = fault;
    finding.problem = std::move(problem);
    return finding;
}

StsFinding find_policy(const KeptPolicy& kept)
{
    StsFinding finding;
    finding.status = Status::found;
    finding.id = kept.id;
    finding.policy = kept.policy;
    return finding;
}

std::string url_of(const std::string& domain, std::uint16_t port)
{
    const std::string host = "mta-sts." + domain + (port == 443 ? "" : ":" + std::to_string(port));
    return "https://" + host + "/.well-known/mta-sts.txt";
}

// RFC 8461 §3.2: "Content-Type of text/plain".
bool is_plain_text(const http::Headers& headers)
{
    const auto type = headers.find("Content-Type");
    return type && iequals(trim(type->substr(0, type->find(';'))), "text/plain");
}

StsFinding read_answer(const Result<http::ClientResponse>& answer, const std::string& url)
{
    using Kind = StsFinding::Fault;
    if (answer.has_error()) {
        const Fault fault = answer.error().fault;
        const Kind kind = fault == Fault::denied          ? Kind::certificate
                          : fault == Fault::peer_broke_it ? Kind::invalid
                                                          : Kind::fetch;
        return find_problem(kind, url + ": " + answer.error().text);
    }
    // §3.3: "HTTP 3xx redirects MUST NOT be followed"
    if (answer->status != 200) return find_problem(Kind::fetch, url + " answers " + std::to_string(answer->status));
    if (!is_plain_text(answer->headers)) return find_problem(Kind::invalid, url + " is not text/plain");
    auto policy = route::parse_sts_policy(answer->body);
    if (policy.has_error()) return find_problem(Kind::invalid, url + ": " + policy.error().text);
    StsFinding finding;
    finding.status = Status::found;
    finding.policy = std::move(*policy);
    return finding;
}

Task<StsFinding> fetch_policy(Fetching fetching, std::string domain, Deadline deadline)
{
    http::ClientRequest request;
    request.url = url_of(domain, fetching.port);
    request.headers.add("Accept", "text/plain");
    request.headers.add("Connection", "close");
    request.max_response_bytes = route::StsPolicy::max_bytes;
    const std::string url = request.url;
    auto answer = co_await fetching.client->send(std::move(request), Deadline::after(fetching.time_limit).or_sooner(deadline));
    co_return read_answer(answer, url);
}

}  // namespace

Fetching make_fetching(std::shared_ptr<const tls::ClientContext> trust, std::shared_ptr<dns::Resolver> resolver,
                       std::uint16_t port, std::function<bool(const IpAddress&)> may_connect)
{
    http::ClientOptions options;
    options.trust = std::move(trust);
    options.resolver = std::move(resolver);
    options.max_idle_per_origin = 0;
    options.may_connect = std::move(may_connect);
    Fetching fetching;
    fetching.client = std::make_shared<http::HttpClient>(std::move(options));
    fetching.port = port;
    return fetching;
}

Task<StsFinding> look_up_policy(dns::Resolver& resolver, Fetching fetching, std::string domain, Deadline deadline)
{
    const StsRecord record = co_await route::find_sts_record(resolver, domain, deadline);
    if (record.status == StsRecord::Status::temporary) co_return find_unknown(record.problem);
    if (record.status == StsRecord::Status::none) co_return find_none();
    StsFinding finding = co_await fetch_policy(std::move(fetching), domain, deadline);
    finding.id = record.id;
    co_return finding;
}

// The fetch of one who wants a policy. However it ends, it is over then, and those who wait for it hear so.
class PolicyFinder::Lead {
public:
    Lead(PolicyFinder& finder, const std::string& domain, std::shared_ptr<Fetch> fetch)
        : finder_(finder), domain_(domain), fetch_(std::move(fetch))
    {
    }
    ~Lead()
    {
        const std::lock_guard hold(finder_.lock_);
        finder_.under_way_.erase(domain_);
        fetch_->is_over = true;
        for (async::Signal* each : fetch_->waiting) each->notify_from_outside();
    }
    Lead(const Lead&) = delete;
    Lead& operator=(const Lead&) = delete;

    void tell(const StsFinding& outcome)
    {
        const std::lock_guard hold(finder_.lock_);
        fetch_->outcome = outcome;
    }

private:
    PolicyFinder& finder_;
    const std::string& domain_;
    std::shared_ptr<Fetch> fetch_;
};

// One who waits for another's fetch. However that task ends, nobody signals it afterwards.
class PolicyFinder::Waiting {
public:
    Waiting(PolicyFinder& finder, Fetch& fetch, async::Signal& signal) : finder_(finder), fetch_(fetch), signal_(signal)
    {
        const std::lock_guard hold(finder_.lock_);
        fetch_.waiting.push_back(&signal_);
        if (fetch_.is_over) signal_.notify();
    }
    ~Waiting()
    {
        const std::lock_guard hold(finder_.lock_);
        std::erase(fetch_.waiting, &signal_);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    [[nodiscard]] std::optional<StsFinding> outcome() const
    {
        const std::lock_guard hold(finder_.lock_);
        return fetch_.outcome;
    }

private:
    PolicyFinder& finder_;
    Fetch& fetch_;
    async::Signal& signal_;
};

// RFC 8461 §5.1. While a policy is kept, nothing that fails takes it away.
Task<StsFinding> PolicyFinder::find(std::string domain, Deadline deadline)
{
    const StsRecord record = co_await route::find_sts_record(*parts_.resolver, domain, deadline);
    auto read = co_await parts_.cache->find(domain);
    if (read.has_error()) co_return find_unknown(read.error().text);
    std::optional<KeptPolicy> kept = std::move(*read);
    if (record.status == StsRecord::Status::found && (!kept || kept->id != record.id || is_stale(*kept))) {
        StsFinding renewed = co_await renew(domain, record.id, std::move(kept), deadline);
        co_return renewed;
    }
    if (kept) co_return find_policy(*kept);
    if (record.status == StsRecord::Status::temporary) co_return find_unknown(record.problem);
    co_return find_none();
}

// Fetched at a time that is yet to come, it is of a clock that was ahead and has been put right: its age is not known.
bool PolicyFinder::is_stale(const KeptPolicy& kept) const
{
    constexpr std::chrono::seconds day{std::chrono::hours(24)};
    const auto age = parts_.clock.now() - kept.fetched;
    return age < age.zero() || age >= std::min(day, kept.policy.max_age / 2);
}

Task<StsFinding> PolicyFinder::renew(std::string domain, std::string id, std::optional<KeptPolicy> kept, Deadline deadline)
{
    StsFinding fetched = co_await fetch_for_all(domain, id, deadline);
    if (fetched.status == Status::found || !kept) co_return fetched;
    StsFinding old = find_policy(*kept);
    old.fault = fetched.fault;
    old.fault_is_new = fetched.fault_is_new;
    old.problem = fetched.problem;
    co_return old;
}

// Whoever finds the policy being fetched waits for what comes of it. A fetch that was broken off, with its own order, or that
// was of a record before this one, is another's to make.
Task<StsFinding> PolicyFinder::fetch_for_all(std::string domain, std::string id, Deadline deadline)
{
    const std::string organisation = dmarc::find_organisational_domain(domain);
    for (;;) {
        std::optional<StsFinding> failed = find_failure(domain, id);
        if (failed) co_return std::move(*failed);
        const Share share = take_part(domain, id, organisation);
        if (!share.fetch) co_return find_unknown("too many policies are being fetched");
        if (share.is_ours) {
            Lead lead(*this, domain, share.fetch);
            StsFinding fetched = co_await fetch(domain, id, deadline);
            if (fetched.status != Status::unknown) lead.tell(fetched);
            fetched.fault_is_new = fetched.fault != StsFinding::Fault::none;
            co_return fetched;
        }
        std::optional<StsFinding> outcome = co_await wait_for(share.fetch, deadline);
        if (outcome && share.fetch->id == id) co_return std::move(*outcome);
        if (deadline.has_passed()) co_return find_unknown("its policy is still being fetched");
    }
}

PolicyFinder::Share PolicyFinder::take_part(const std::string& domain, const std::string& id, const std::string& organisation)
{
    const std::lock_guard hold(lock_);
    if (const auto found = under_way_.find(domain); found != under_way_.end()) return {found->second, false};
    const auto is_of_same = [&](const auto& each) { return each.second->organisation == organisation; };
    const auto others = std::ranges::count_if(under_way_, is_of_same);
    if (under_way_.size() >= parts_.max_fetches || others >= parts_.max_fetches_of_one) return {};
    auto begun = std::make_shared<Fetch>();
    begun->id = id;
    begun->organisation = organisation;
    under_way_[domain] = begun;
    return {begun, true};
}

// Absent: it was broken off, or there was no time to wait for it.
Task<std::optional<StsFinding>> PolicyFinder::wait_for(std::shared_ptr<Fetch> fetch, Deadline deadline)
{
    Executor executor = co_await async::this_executor();
    async::Signal ended(executor);
    const Waiting waiting(*this, *fetch, ended);
    [[maybe_unused]] const bool is_over = co_await ended.wait(deadline);
    co_return waiting.outcome();
}

Task<StsFinding> PolicyFinder::fetch(std::string domain, std::string id, Deadline deadline)
{
    // A fetch that ended since we looked may have brought it.
    auto known = co_await parts_.cache->find(domain);
    if (known.has_value() && *known && (*known)->id == id && !is_stale(**known)) co_return find_policy(**known);
    StsFinding fetched = co_await fetch_policy(parts_.fetching, domain, deadline);
    fetched.id = id;
    // A task that was cancelled leaves here, and one whose time is over says nothing either: its host may be a good one.
    [[maybe_unused]] const Executor executor = co_await async::this_executor();
    if (fetched.status != Status::found && deadline.has_passed()) co_return find_unknown("no time was left to fetch it");
    if (fetched.status != Status::found) {
        parts_.log.warning("mtasts.policy_problem", {{"domain", domain}, {"id", id}, {"problem", fetched.problem}});
        note_failure(domain, id, fetched);
        co_return fetched;
    }
    const auto& policy = fetched.policy;
    parts_.log.info("mtasts.policy_fetched", {{"domain", domain},
                                              {"id", id},
                                              {"mode", route::format_sts_mode(policy.mode)},
                                              {"mx", join(policy.mx, " ")},
                                              {"max_age", policy.max_age.count()}});
    KeptPolicy keep{id, policy, parts_.clock.now()};
    auto stored = co_await parts_.cache->keep(domain, std::move(keep));
    if (stored.has_error()) parts_.log.error("mtasts.not_kept", {{"domain", domain}, {"problem", stored.error().text}});
    co_return fetched;
}

std::optional<StsFinding> PolicyFinder::find_failure(const std::string& domain, const std::string& id)
{
    const std::lock_guard hold(lock_);
    const auto found = failures_.find(domain);
    if (found == failures_.end()) return std::nullopt;
    // A clock that was set back must not keep a domain without its policy for longer.
    const auto age = parts_.clock.now() - found->second.at;
    if (found->second.id == id && age >= age.zero() && age < parts_.pause_after_failure) return found->second.finding;
    failures_.erase(found);
    return std::nullopt;
}

void PolicyFinder::note_failure(const std::string& domain, const std::string& id, const StsFinding& finding)
{
    const std::lock_guard hold(lock_);
    if (failures_.size() >= max_failures) failures_.clear();
    failures_[domain] = {id, parts_.clock.now(), finding};
}

}  // namespace sealpost::mtasts
