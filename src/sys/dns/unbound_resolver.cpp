#include "sys/dns/unbound_resolver.hpp"

#include "base/text.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/rdata.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <mutex>
#include <thread>
#include <unordered_set>

namespace sealpost::dns {
namespace {

Answer make_temporary(std::string problem)
{
    Answer answer;
    answer.problem = std::move(problem);
    return answer;
}

// Where a question and its answer, which comes on the resolver's thread, meet. The task that asked
// may have left meanwhile (deadline, cancellation): then there is no signal to give.
struct Meeting {
    std::mutex lock;
    std::optional<Answer> answer;     // under lock
    async::Signal* signal = nullptr;  // under lock

    void fulfil(Answer given)
    {
        const std::lock_guard hold(lock);
        answer = std::move(given);
        if (signal != nullptr) signal->notify_from_outside();
    }

    std::optional<Answer> leave()
    {
        const std::lock_guard hold(lock);
        signal = nullptr;
        return std::move(answer);
    }
};

// However the waiting task ends, nobody signals it afterwards.
class Departure {
public:
    explicit Departure(Meeting& meeting) : meeting_(meeting) {}
    ~Departure() { meeting_.leave(); }
    Departure(const Departure&) = delete;
    Departure& operator=(const Departure&) = delete;

private:
    Meeting& meeting_;
};

std::string canonical_name_of(const ub_result& result)
{
    if (result.canonname == nullptr || result.qname == nullptr) return {};
    const auto canonical = normalise_name(result.canonname);
    const auto asked = normalise_name(result.qname);
    return canonical && canonical != asked ? *canonical : std::string();
}

constexpr const char* v4_loopback_zone = "127.in-addr.arpa.";
constexpr const char* v6_loopback_zone = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.";
constexpr int rcode_no_error = 0;
constexpr int rcode_no_such_name = 3;

std::string describe_rcode(int rcode)
{
    switch (rcode) {
        case 1: return "FORMERR";
        case 2: return "SERVFAIL";
        case 4: return "NOTIMP";
        case 5: return "REFUSED";
        default: return "error code " + std::to_string(rcode);
    }
}

Answer read_result(int error, const ub_result* result, Type type)
{
    if (error != 0) return make_temporary(ub_strerror(error));
    if (result->bogus != 0) {
        Answer bogus = make_temporary(result->why_bogus == nullptr ? "DNSSEC validation failed" : result->why_bogus);
        bogus.bogus = true;
        return bogus;
    }
    if (result->rcode != rcode_no_error && result->rcode != rcode_no_such_name)
        return make_temporary("the resolver answered " + describe_rcode(result->rcode));
    Answer answer;
    answer.secure = result->secure != 0;
    answer.ttl = std::chrono::seconds(result->ttl);
    answer.canonical_name = canonical_name_of(*result);
    answer.status = result->nxdomain != 0 ? Status::no_such_name : Status::no_data;
    for (int i = 0; result->havedata != 0 && result->data[i] != nullptr; ++i) {
        auto record = format_rdata(type, {result->data[i], static_cast<std::size_t>(result->len[i])});
        if (!record) return make_temporary("a malformed " + std::string(format_type(type)) + " record");
        answer.records.push_back(std::move(*record));
        answer.status = Status::found;
    }
    return answer;
}

// The library reads its files with the first change, and says of no setting that it was that one.
Error refuse_settings(const UnboundOptions& options)
{
    if (options.validation == UnboundOptions::Validation::off) return {Fault::config, "the resolver refuses its settings"};
    return {Fault::config,
            "the trust anchor " + options.trust_anchor_file + " cannot be used: records DS or DNSKEY are wanted in it"};
}

}  // namespace

struct UnboundResolver::State {
    // One question under way: what Unbound hands back with the answer. Owned by the set below.
    struct Ticket {
        State& state;
        std::shared_ptr<Meeting> meeting;
        Type type;
    };

    ~State();
    Result<> configure(const UnboundOptions& options);
    Result<> choose_upstream(const UnboundOptions& options);
    Result<> add_trust(const UnboundOptions& options);
    bool set(const char* option, const char* value) { return ub_ctx_set_option(context, option, value) == 0; }
    void run();
    Result<std::pair<Ticket*, int>> ask(const std::string& name, Type type, std::shared_ptr<Meeting> meeting);
    std::unique_ptr<Ticket> take(Ticket* ticket);
    static void on_answer(void* ticket, int error, ub_result* result);

    ub_ctx* context = nullptr;
    int stop_event = -1;
    std::size_t most = 0;
    std::string anchored;  // a name that validates wherever anything does
    std::thread thread;
    std::mutex lock;
    std::unordered_set<Ticket*> under_way;  // under lock
};

UnboundResolver::State::~State()
{
    if (thread.joinable()) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = write(stop_event, &one, sizeof one);
        thread.join();
    }
    if (context != nullptr) ub_ctx_delete(context);  // joins its own thread; no callback after this
    if (stop_event >= 0) close(stop_event);
    for (Ticket* ticket : under_way) {
        ticket->meeting->fulfil(make_temporary("the resolver is shutting down"));
        delete ticket;
    }
}

Result<> UnboundResolver::State::choose_upstream(const UnboundOptions& options)
{
    if (!options.forwarder) {
        if (ub_ctx_resolvconf(context, nullptr) != 0) return Error{Fault::config, "cannot read /etc/resolv.conf"};
        return {};
    }
    const std::string upstream = format_ip(options.forwarder->address) + "@" + std::to_string(options.forwarder->port);
    if (ub_ctx_set_fwd(context, upstream.c_str()) != 0) return Error{Fault::config, "not a resolver: " + upstream};
    return {};
}

Result<> UnboundResolver::State::add_trust(const UnboundOptions& options)
{
    using Validation = UnboundOptions::Validation;
    if (options.validation == Validation::off) return {};
    for (const std::string& anchor : options.trust_anchors)
        if (ub_ctx_add_ta(context, anchor.c_str()) != 0) return Error{Fault::config, "not a trust anchor: " + anchor};
    const std::string& file = options.trust_anchor_file;
    const bool there = !file.empty() && access(file.c_str(), R_OK) == 0;
    if (there && ub_ctx_add_ta_file(context, file.c_str()) != 0)
        return Error{Fault::config, "cannot read trust anchors from " + file};
    if (!there && options.trust_anchors.empty() && options.validation == Validation::strict)
        return Error{Fault::config, "cannot read trust anchors from " + file +
                                        (file == UnboundOptions().trust_anchor_file ? " (Debian: package dns-root-data)" : "")};
    if (there || !options.trust_anchors.empty())
        anchored = there ? "." : options.trust_anchors.front().substr(0, options.trust_anchors.front().find_first_of(" \t"));
    std::vector<const char*> zones{v4_loopback_zone, v6_loopback_zone};
    // Names that the public tree proves not to exist, and that people use inside all the same. RFC 6761, 6762, 8375.
    if (options.validation == Validation::when_possible && options.trust_anchors.empty())
        for (const char* zone : {"test.", "local.", "internal.", "intranet.", "private.", "corp.", "home.", "lan.", "home.arpa."})
            zones.push_back(zone);
    for (const char* zone : zones)
        if (!set("domain-insecure:", zone)) return Error{Fault::give_up, "this libunbound lacks an option that we need"};
    return {};
}

Result<> UnboundResolver::State::configure(const UnboundOptions& options)
{
    most = options.max_queries_under_way;
    context = ub_ctx_create();
    stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (context == nullptr || stop_event < 0) return Error{Fault::retry_later, "cannot start the resolver"};
    ub_ctx_debugout(context, nullptr);
    ub_ctx_async(context, 1);
    // A forwarder that was away is asked again soon, and one on this machine is welcome.
    const bool set_all = set("do-not-query-localhost:", "no") && set("infra-host-ttl:", "30") &&
                         set("infra-keep-probing:", "yes") && set("unblock-lan-zones:", "yes") &&
                         set("insecure-lan-zones:", "yes");
    if (!set_all) return Error{Fault::give_up, "this libunbound lacks an option that we need"};
    SEALPOST_CHECK(choose_upstream(options));
    SEALPOST_CHECK(add_trust(options));
    // Unbound answers these itself; the demo's world and private networks have real data there.
    for (const char* zone : {"test.", v4_loopback_zone, v6_loopback_zone})
        if (ub_ctx_zone_remove(context, zone) != 0) return refuse_settings(options);
    thread = std::thread([this] { run(); });
    return {};
}

void UnboundResolver::State::run()
{
    pollfd watched[2] = {{ub_fd(context), POLLIN, 0}, {stop_event, POLLIN, 0}};
    for (;;) {
        const int ready = poll(watched, 2, -1);
        if (ready < 0) continue;  // a signal
        if (watched[1].revents != 0) return;
        if (watched[0].revents != 0) ub_process(context);
    }
}

// RFC 1035 §5.1: what a master file would read otherwise is written as \DDD.
std::string format_for_unbound(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        if (std::string_view(" \"();@$").find(c) == std::string_view::npos) {
            out += c;
            continue;
        }
        const auto octet = static_cast<unsigned>(c);
        out += '\\';
        for (const unsigned place : {100U, 10U, 1U}) out += static_cast<char>('0' + octet / place % 10);
    }
    return out;
}

// The ticket, and Unbound's number for the question.
Result<std::pair<UnboundResolver::State::Ticket*, int>> UnboundResolver::State::ask(const std::string& name, Type type,
                                                                                    std::shared_ptr<Meeting> meeting)
{
    auto* ticket = new Ticket{*this, std::move(meeting), type};
    {
        const std::lock_guard hold(lock);
        under_way.insert(ticket);
        if (under_way.size() > most) {
            under_way.erase(ticket);
            delete ticket;
            return Error{Fault::retry_later, "too many DNS questions under way"};
        }
    }
    int id = 0;
    constexpr int class_internet = 1;
    const int refused = ub_resolve_async(context, format_for_unbound(name).c_str(), static_cast<int>(type), class_internet,
                                         ticket, on_answer, &id);
    if (refused == 0) return std::pair{ticket, id};
    take(ticket);
    return Error{Fault::retry_later, ub_strerror(refused)};
}

std::unique_ptr<UnboundResolver::State::Ticket> UnboundResolver::State::take(Ticket* ticket)
{
    const std::lock_guard hold(lock);
    return std::unique_ptr<Ticket>(under_way.erase(ticket) == 1 ? ticket : nullptr);
}

void UnboundResolver::State::on_answer(void* data, int error, ub_result* result)
{
    auto* raw = static_cast<Ticket*>(data);
    const auto ticket = raw->state.take(raw);
    if (ticket) ticket->meeting->fulfil(read_result(error, result, ticket->type));
    if (result != nullptr) ub_resolve_free(result);
}

UnboundResolver::UnboundResolver(std::unique_ptr<State> state, std::unique_ptr<State> plain, log::Log log)
    : state_(std::move(state)), plain_(std::move(plain)), log_(std::move(log))
{
}
UnboundResolver::~UnboundResolver() = default;

Result<std::shared_ptr<UnboundResolver>> UnboundResolver::make(UnboundOptions options)
{
    auto state = std::make_unique<State>();
    SEALPOST_CHECK(state->configure(options));
    std::unique_ptr<State> plain;
    if (options.validation == UnboundOptions::Validation::when_possible && !state->anchored.empty()) {
        options.validation = UnboundOptions::Validation::off;
        plain = std::make_unique<State>();
        SEALPOST_CHECK(plain->configure(options));
    }
    return std::make_shared<UnboundResolver>(std::move(state), std::move(plain), options.log);
}

Task<Answer> UnboundResolver::query(std::string name, Type type, Deadline deadline)
{
    const auto normal = normalise_name(name);
    if (!normal) {
        Answer refused = make_temporary("\"" + name + "\" is not a domain name");
        refused.status = Status::no_such_name;
        co_return refused;
    }
    if (auto local = answer_localhost(*normal, type)) co_return *local;
    const bool is_plain = plain_ && Deadline::Clock::now() < plain_until_.load();
    Answer answer = co_await ask(is_plain ? *plain_ : *state_, *normal, type, deadline);
    if (!is_plain) {
        if (answer.secure) has_validated_ = true;
        if (!answer.bogus || !plain_) co_return answer;
        const bool carries = co_await way_carries_signatures(deadline);
        if (carries) co_return answer;
        answer = co_await ask(*plain_, *normal, type, deadline);
    }
    answer.unvalidated = has_validated_;
    // Nobody keeps what was not validated beyond the moment when validating is tried again.
    const auto left = std::chrono::ceil<std::chrono::seconds>(plain_until_.load() - Deadline::Clock::now());
    answer.ttl = std::min(answer.ttl, std::max(left, std::chrono::seconds(0)));
    co_return answer;
}

// An answer that does not validate is an attack or a mistake, unless nothing validates: then the resolver that we ask
// keeps the signatures to itself. That is remembered for a while, and asked again. A question that got no answer (SERVFAIL,
// REFUSED, too many under way, time) proves nothing of the kind: whoever can make one fail could switch validation off.
Task<bool> UnboundResolver::way_carries_signatures(Deadline deadline)
{
    constexpr std::chrono::minutes recheck{5};
    const Answer anchor = co_await ask(*state_, state_->anchored, Type::a, deadline);
    if (!anchor.bogus) co_return true;
    const auto last = plain_until_.exchange(Deadline::Clock::now() + recheck);
    if (last == Deadline::Clock::time_point{})
        log_.warning("dns.no_validation", {{"reason", "the resolver passes no DNSSEC signatures on: " + anchor.problem}});
    co_return false;
}

Task<Answer> UnboundResolver::ask(State& state, std::string name, Type type, Deadline deadline)
{
    Executor executor = co_await async::this_executor();
    async::Signal signal(executor);
    auto meeting = std::make_shared<Meeting>();
    meeting->signal = &signal;
    const Departure departure(*meeting);
    auto asked = state.ask(name, type, meeting);
    if (!asked) co_return make_temporary(asked.error().text);
    co_await signal.wait(deadline);
    auto answer = meeting->leave();
    if (answer) co_return *answer;
    // Unbound promises no callback after a cancel that found the question; otherwise the callback
    // is under way and takes the ticket.
    if (ub_cancel(state.context, asked->second) == 0) state.take(asked->first);
    co_return make_temporary("no answer for " + name + " " + std::string(format_type(type)) + " in time");
}

}  // namespace sealpost::dns
