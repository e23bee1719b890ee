// Evaluations of SPF a second, ours beside libspf2, on the same answers from memory; and how many DNS
// questions one evaluation takes. Each figure is the median of rounds that take turns, so that both feel
// the machine's other work alike. bench/spf/run.py prints the table; here a line is
//   scenario <tab> who <tab> state <tab> evaluations a second <tab> questions for one evaluation
//   bench_spf [RESOLVER-IP:PORT]      with a name server that serves --zone: a row through the network
//   bench_spf --zone                  the zone of all scenarios, as "NAME TYPE DATA"
#include "spf_scenarios.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/cached_resolver.hpp"
#include "sys/dns/unbound_resolver.hpp"
#include "wire/spf/evaluator.hpp"

#include "spf_libspf2.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <unordered_map>

namespace sealpost::spf {
namespace {

constexpr int rounds = 5;

// The answers of a zone, at hand.
class MemoryResolver final : public dns::Resolver, public dns::KnownAnswers {
public:
    explicit MemoryResolver(const bench::Scenario& scenario)
    {
        for (const auto& [name, type, data] : scenario.zone) {
            const auto known = type == "TXT" ? dns::Type::txt : type == "MX" ? dns::Type::mx : dns::Type::a;
            auto& answer = answers_[name][known];
            if (!answer) answer = std::make_shared<dns::Answer>();
            answer->status = dns::Status::found;
            answer->records.push_back(data);
        }
        missing_->status = dns::Status::no_such_name;
    }

    std::shared_ptr<const dns::Answer> find_known(std::string_view name, dns::Type type) override
    {
        ++asked;
        const auto owner = answers_.find(name);
        if (owner == answers_.end()) return missing_;
        const auto answer = owner->second.find(type);
        return answer == owner->second.end() ? missing_ : answer->second;
    }

    Task<dns::Answer> query(std::string name, dns::Type type, Deadline) override { co_return *find_known(name, type); }

    long asked = 0;

private:
    struct HashText {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    std::unordered_map<std::string, std::map<dns::Type, std::shared_ptr<dns::Answer>>, HashText, std::equal_to<>> answers_;
    std::shared_ptr<dns::Answer> missing_ = std::make_shared<dns::Answer>();
};

Question question_of(const bench::Scenario& scenario)
{
    return {.ip = *parse_ip(scenario.ip), .helo = "mx.example.org", .mail_from = scenario.sender, .receiver = {}};
}

// Evaluations a second during one round.
double run_round(const Evaluator& evaluator, const bench::Scenario& scenario)
{
    const Question question = question_of(scenario);
    long count = 0;
    const bench::CpuTime used;
    async::run_here([&]() -> Task<void> {
        while (count % 64 != 0 || used.seconds() < bench::round_seconds) {
            Report report = co_await evaluator.check(question, Identity::mail_from, Deadline::never());
            if (report.verdict != Verdict::pass) std::abort();
            ++count;
        }
    });
    return static_cast<double>(count) / used.seconds();
}

double median(std::vector<double> values)
{
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

long questions_for_one(const bench::Scenario& scenario)
{
    MemoryResolver resolver(scenario);
    const Evaluator evaluator(resolver);
    async::run_here([&]() -> Task<void> {
        static_cast<void>(co_await evaluator.check(question_of(scenario), Identity::mail_from, Deadline::never()));
    });
    return resolver.asked;
}

void print(const bench::Scenario& scenario, const char* who, const char* state, double speed, long questions)
{
    std::printf("%s\t%s\t%s\t%.0f\t%ld\n", scenario.name.c_str(), who, state, speed, questions);
    std::fflush(stdout);
}

void compare(const bench::Scenario& scenario)
{
    MemoryResolver resolver(scenario);
    Options lean;
    lean.keep_trace = false;
    const Evaluator warm(resolver, lean);
    const Evaluator telling(resolver);
    lean.max_cached_records = 0;
    const Evaluator cold(resolver, lean);
    const bench::Libspf2 peer(scenario, bench::Libspf2::Layers::zone);
    const bench::Libspf2 cached_peer(scenario, bench::Libspf2::Layers::cache_over_zone);
    std::vector<double> of_warm, of_telling, of_cold, of_peer, of_cached_peer;
    for (int i = 0; i < rounds; ++i) {
        of_warm.push_back(run_round(warm, scenario));
        of_cached_peer.push_back(cached_peer.run_round());
        of_telling.push_back(run_round(telling, scenario));
        of_cold.push_back(run_round(cold, scenario));
        of_peer.push_back(peer.run_round());
    }
    const long questions = questions_for_one(scenario);
    const long of_libspf2 = bench::Libspf2::questions_for_one(scenario);
    print(scenario, "sealpost", "warm", median(of_warm), questions);
    print(scenario, "sealpost, with trace", "warm", median(of_telling), questions);
    print(scenario, "libspf2", "warm", median(of_cached_peer), of_libspf2);
    print(scenario, "sealpost", "cold", median(of_cold), questions);
    print(scenario, "libspf2", "cold", median(of_peer), of_libspf2);
}

// The way that the gateway goes: a cache over libunbound, which asks the name server.
void measure_network(const bench::Scenario& scenario, const char* endpoint)
{
    dns::UnboundOptions options;
    options.forwarder = parse_endpoint(endpoint).value();
    const auto unbound = dns::UnboundResolver::make(std::move(options)).value();
    dns::CachedResolver cached(*unbound);
    Options lean;
    lean.keep_trace = false;
    const Evaluator near(cached, lean);
    const Evaluator far(*unbound, lean);
    std::vector<double> of_near, of_far;
    for (int i = 0; i < rounds; ++i) {
        of_near.push_back(run_round(near, scenario));
        of_far.push_back(run_round(far, scenario));
    }
    const long questions = questions_for_one(scenario);
    print(scenario, "sealpost, CachedResolver", "warm", median(of_near), questions);
    print(scenario, "sealpost, libunbound", "warm", median(of_far), questions);
}

}  // namespace
}  // namespace sealpost::spf

int main(int argc, char** argv)
{
    const auto scenarios = sealpost::bench::make_spf_scenarios();
    if (argc > 1 && std::string_view(argv[1]) == "--zone") {
        for (const auto& scenario : scenarios)
            for (const auto& [name, type, data] : scenario.zone)
                std::printf("%s %s %s\n", name.c_str(), type.c_str(), data.c_str());
        return 0;
    }
    for (const auto& scenario : scenarios) {
        sealpost::spf::compare(scenario);
        if (argc > 1) sealpost::spf::measure_network(scenario, argv[1]);
    }
    return 0;
}
