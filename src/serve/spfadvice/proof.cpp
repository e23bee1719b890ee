#include "serve/spfadvice/proof.hpp"

#include "serve/spfadvice/overlay.hpp"
#include "sys/async/give_way.hpp"
#include "sys/async/task_group.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace sealpost::spfadvice {
namespace {

using spf::Verdict;

constexpr std::size_t random_v4 = 24;
constexpr std::size_t random_v6 = 8;
constexpr unsigned tasks_at_once = 16;
constexpr unsigned no_limit = 200;

// The neighbour above or below; absent at the end of all addresses.
std::optional<IpAddress> find_neighbour(const IpAddress& address, bool is_v4, bool above)
{
    auto octets = address.octets();
    const std::size_t first = is_v4 ? 12 : 0;
    for (std::size_t i = 16; i-- > first;) {
        octets[i] = static_cast<std::uint8_t>(above ? octets[i] + 1 : octets[i] - 1);
        if (octets[i] != (above ? 0x00 : 0xff)) return IpAddress::v6(octets);
    }
    return std::nullopt;
}

class ProbeSet {
public:
    explicit ProbeSet(std::size_t most) : most_(most) {}

    void add(const IpAddress& ip, const std::string& why)
    {
        if (seen_.contains(ip)) return;
        if (probes_.size() == most_) {
            was_cut_ = true;
            return;
        }
        seen_.insert(ip);
        probes_.push_back({ip, why});
    }
    void add_network(const Network& network, const std::string& why)
    {
        const bool is_v4 = network.address.is_v4();
        const auto first = first_of(network);
        const auto last = last_of(network);
        add(first, why);
        add(last, why);
        if (const auto below = find_neighbour(first, is_v4, false)) add(*below, why);
        if (const auto above = find_neighbour(last, is_v4, true)) add(*above, why);
    }
    void add_tree(const Node& node)
    {
        for (const auto& network : node.networks) add_network(network, node.term);
        for (const auto& child : node.inside) add_tree(child);
    }
    void add_random(std::string_view domain)
    {
        std::seed_seq seed(domain.begin(), domain.end());
        std::mt19937 random(seed);
        for (std::size_t i = 0; i < random_v4 + random_v6; ++i) {
            auto octets = IpAddress().octets();
            for (std::size_t at = i < random_v4 ? 12 : 0; at < 16; ++at) octets[at] = static_cast<std::uint8_t>(random());
            if (i >= random_v4) octets[0] = 0x20;  // in 2000::/8, where hosts are
            add(IpAddress::v6(octets), {});
        }
    }
    Probes take() { return {std::move(probes_), was_cut_}; }

private:
    std::size_t most_;
    bool was_cut_ = false;
    std::set<IpAddress> seen_;
    std::vector<Probe> probes_;
};

spf::Options quiet_options()
{
    spf::Options options;
    options.keep_trace = false;
    return options;
}

// With the limit of void lookups lifted, and that one only.
spf::Options patient_options()
{
    auto options = quiet_options();
    options.max_void_lookups = no_limit;
    return options;
}

spf::Question question_for(const IpAddress& ip, const std::string& domain, const std::string& local)
{
    spf::Question question;
    question.ip = ip;
    question.helo = "probe." + domain;
    question.mail_from = local + '@' + domain;
    return question;
}

// Evaluators over three worlds, asked about every probe by a few tasks at a time. With the answers at hand they wait for
// nothing, and thousands of evaluations would keep the worker from its connections: between two of them everybody else
// has his turn.
class Prover {
public:
    Prover(dns::Resolver& resolver, Claim claim, Deadline deadline)
        : claim_(std::move(claim)),
          deadline_(deadline),
          with_record_(resolver, claim_.domain, claim_.record),
          with_include_only_(resolver, claim_.domain, "v=spf1 include:" + claim_.include + " -all"),
          before_(resolver, quiet_options()),
          after_(with_record_, quiet_options()),
          after_with_patience_(with_record_, patient_options()),
          include_(with_include_only_, quiet_options())
    {
    }

    Task<Proof> run()
    {
        const auto executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        for (unsigned i = 0; i < tasks_at_once; ++i) group.spawn(work());
        co_await group.join();
        proof_.was_cut = claim_.probes.was_cut;
        proof_.only_adds = claim_.only_adds;
        std::sort(proof_.changed.begin(), proof_.changed.end(), comes_before);
        std::sort(proof_.worse.begin(), proof_.worse.end(), comes_before);
        co_return std::move(proof_);
    }

private:
    static bool comes_before(const Change& a, const Change& b) { return a.probe.ip < b.probe.ip; }

    Task<void> work()
    {
        const auto& probes = claim_.probes.list;
        while (next_ < probes.size() && !proof_.could_not_tell) {
            if (deadline_.has_passed()) {
                proof_.could_not_tell = proof_.out_of_time = true;
                co_return;
            }
            const Probe probe = probes[next_++];
            co_await ask(probe, "postmaster");
            if (claim_.by_sender) co_await ask(probe, "a.sender");
        }
    }

    Task<void> ask(Probe probe, std::string local)
    {
        const auto question = question_for(probe.ip, claim_.domain, local);
        co_await async::give_way();
        const auto before = co_await before_.check(question, spf::Identity::mail_from, deadline_);
        co_await async::give_way();
        const auto after = co_await after_.check(question, spf::Identity::mail_from, deadline_);
        co_await async::give_way();
        const auto include = co_await include_.check(question, spf::Identity::mail_from, deadline_);
        const Change change{std::move(probe), before.verdict, after.verdict, include.verdict == Verdict::pass};
        bool only_voids = false;
        if (may_be_voids(change)) {
            const auto patient = co_await after_with_patience_.check(question, spf::Identity::mail_from, deadline_);
            only_voids = patient.verdict == Verdict::fail;
        }
        weigh(change, only_voids);
    }

    static bool may_be_voids(const Change& change)
    {
        // Nobody who is listed: from fail, or where verifiers give up now and would have said fail.
        const bool was_refused = change.before == Verdict::fail || change.before == Verdict::permerror;
        return change.after == Verdict::permerror && was_refused && change.probe.ip.is_v6() && !change.by_include;
    }

    void weigh(Change change, bool only_voids)
    {
        ++proof_.probes;
        if (change.by_include) ++proof_.include_probes;
        if (change.after == Verdict::temperror || change.before == Verdict::temperror) proof_.could_not_tell = true;
        if (only_voids)
            ++proof_.at_void_limit;
        else if (!is_no_worse(change.before, change.after, change.by_include) || opens_to_anybody(change))
            proof_.worse.push_back(change);
        // RFC 7208 §8.2: to go from none to neutral is no change.
        const bool is_same =
            change.before == change.after || (change.before == Verdict::none && change.after == Verdict::neutral);
        if (is_same) return;
        if (change.by_include) ++proof_.changed_by_include;
        proof_.changed.push_back(std::move(change));
    }

    // From permerror anything follows that is written in the record, and hardly ever that the world passes.
    [[nodiscard]] bool opens_to_anybody(const Change& change) const
    {
        return change.before == Verdict::permerror && change.after == Verdict::pass && change.probe.why.empty() &&
               !change.by_include && !claim_.plus_all;
    }

    Claim claim_;
    Deadline deadline_;
    OverlayResolver with_record_;
    OverlayResolver with_include_only_;
    spf::Evaluator before_;
    spf::Evaluator after_;
    spf::Evaluator after_with_patience_;
    spf::Evaluator include_;
    std::size_t next_ = 0;
    Proof proof_;
};

// Somewhere outside the include that is wanted.
bool depends_on_message(const Node& node, const std::string& include)
{
    if (node.outcome == Outcome::depends) return true;
    return std::any_of(node.inside.begin(), node.inside.end(),
                       [&](const Node& child) { return child.name != include && depends_on_message(child, include); });
}

// The last of the random addresses is an IPv6 one.
std::vector<Probe> make_strangers(const std::string& domain)
{
    ProbeSet strangers(max_probes);
    strangers.add_random(domain);
    return strangers.take().list;
}

}  // namespace

Probes make_probes(const Trees& trees, const std::vector<IpAddress>& senders, std::string_view domain)
{
    const bool is_costly = depends_on_message(trees.before, trees.include.name);
    const auto most = trees.include.any(Outcome::depends) ? max_probes_of_include : max_probes;
    ProbeSet set(is_costly ? max_costly_probes : most);
    for (const auto& sender : senders) set.add_network({sender, sender.bits()}, "sender");
    std::set<std::string_view> kept;
    for (const auto& node : trees.after.inside) kept.insert(node.term);
    for (const auto& node : trees.before.inside)
        if (!kept.contains(node.term)) set.add_tree(node);
    set.add_random(domain);
    for (const Node* tree : {&trees.include, &trees.before, &trees.after}) set.add_tree(*tree);
    return set.take();
}

bool is_no_worse(Verdict before, Verdict after, bool by_include)
{
    if (after == Verdict::permerror || after == Verdict::temperror) return false;
    if (by_include) return after == Verdict::pass;
    if (before == after) return true;
    // A record that made every verifier give up has said nothing yet; whatever it says now is what is written.
    if (before == Verdict::permerror) return true;
    // RFC 7208 §8.2: a neutral result "MUST be treated exactly like the "none" result".
    return before == Verdict::none && (after == Verdict::neutral || after == Verdict::pass);
}

Task<Proof> prove(dns::Resolver& resolver, Claim claim, Deadline deadline)
{
    Prover prover(resolver, std::move(claim), deadline);
    auto proof = co_await prover.run();
    co_return proof;
}

Task<bool> fails_strangers(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    auto options = patient_options();
    options.max_lookups = no_limit;
    const spf::Evaluator evaluator(resolver, options);
    const auto question = question_for(make_strangers(domain).back().ip, domain, "postmaster");
    const auto report = co_await evaluator.check(question, spf::Identity::mail_from, deadline);
    co_return report.verdict == Verdict::fail;
}

Task<Costs> measure(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    auto options = quiet_options();
    options.max_lookups = no_limit;
    options.max_void_lookups = no_limit;
    const spf::Evaluator evaluator(resolver, options);
    Costs costs;
    const auto probes = make_strangers(domain);
    for (const auto& probe : {probes.front(), probes.back()}) {
        const auto question = question_for(probe.ip, domain, "postmaster");
        const auto report = co_await evaluator.check(question, spf::Identity::mail_from, deadline);
        costs.lookups = std::max(costs.lookups, report.lookups);
        (probe.ip.is_v4() ? costs.void_lookups : costs.void_lookups_ipv6) = report.void_lookups;
    }
    co_return costs;
}

}  // namespace sealpost::spfadvice
