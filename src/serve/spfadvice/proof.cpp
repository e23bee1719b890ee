#include "serve/spfadvice/proof.hpp"

#include "serve/spfadvice/overlay.hpp"
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

using Octets = std::array<std::uint8_t, 16>;

IpAddress from_octets(const Octets& octets, bool is_v4)
{
    return is_v4 ? IpAddress::v4({octets[12], octets[13], octets[14], octets[15]}) : IpAddress::v6(octets);
}

// The same address with its last bits all zero or all one.
Octets fill_low_bits(const IpAddress& address, int bits, bool ones)
{
    Octets octets = address.octets();
    const int first = (address.is_v4() ? 96 : 0) + bits;
    for (int bit = first; bit < 128; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
        auto& octet = octets[static_cast<std::size_t>(bit) / 8];
        octet = static_cast<std::uint8_t>(ones ? octet | mask : octet & ~mask);
    }
    return octets;
}

// The neighbour above or below; absent at the end of all addresses.
std::optional<IpAddress> find_neighbour(Octets octets, bool is_v4, bool above)
{
    const std::size_t first = is_v4 ? 12 : 0;
    for (std::size_t i = 16; i-- > first;) {
        octets[i] = static_cast<std::uint8_t>(above ? octets[i] + 1 : octets[i] - 1);
        if (octets[i] != (above ? 0x00 : 0xff)) return from_octets(octets, is_v4);
    }
    return std::nullopt;
}

class ProbeSet {
public:
    void add(const IpAddress& ip, const std::string& why)
    {
        if (probes_.size() < max_probes && seen_.insert(ip).second) probes_.push_back({ip, why});
    }
    void add_network(const Network& network, const std::string& why)
    {
        const bool is_v4 = network.address.is_v4();
        const auto first = fill_low_bits(network.address, network.bits, false);
        const auto last = fill_low_bits(network.address, network.bits, true);
        add(from_octets(first, is_v4), why);
        add(from_octets(last, is_v4), why);
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
            Octets octets{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
            for (std::size_t at = i < random_v4 ? 12 : 0; at < 16; ++at) octets[at] = static_cast<std::uint8_t>(random());
            if (i >= random_v4) octets[0] = 0x20;  // in 2000::/8, where hosts are
            add(from_octets(octets, i < random_v4), {});
        }
    }
    std::vector<Probe> take() { return std::move(probes_); }

private:
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

// Three evaluators over three worlds, asked about every probe by a few tasks at a time.
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
        std::sort(proof_.changed.begin(), proof_.changed.end(), comes_before);
        std::sort(proof_.worse.begin(), proof_.worse.end(), comes_before);
        co_return std::move(proof_);
    }

private:
    static bool comes_before(const Change& a, const Change& b) { return a.probe.ip < b.probe.ip; }

    Task<void> work()
    {
        while (next_ < claim_.probes.size() && !proof_.could_not_tell) {
            const Probe probe = claim_.probes[next_++];
            co_await ask(probe, "postmaster");
            if (claim_.by_sender) co_await ask(probe, "a.sender");
        }
    }

    Task<void> ask(Probe probe, std::string local)
    {
        const auto question = question_for(probe.ip, claim_.domain, local);
        const auto before = co_await before_.check(question, spf::Identity::mail_from, deadline_);
        const auto after = co_await after_.check(question, spf::Identity::mail_from, deadline_);
        const auto include = co_await include_.check(question, spf::Identity::mail_from, deadline_);
        const Change change{std::move(probe), before.verdict, after.verdict, include.verdict == Verdict::pass};
        bool only_voids = false;
        if (may_be_voids(change)) {
            const auto patient = co_await after_with_patience_.check(question, spf::Identity::mail_from, deadline_);
            // Nobody who is listed: those must pass whatever their address family.
            only_voids = patient.verdict != Verdict::pass && is_no_worse(before.verdict, patient.verdict, false);
        }
        weigh(change, only_voids);
    }

    static bool may_be_voids(const Change& change)
    {
        return change.after == Verdict::permerror && change.before != Verdict::pass && change.probe.ip.is_v6() && !change.by_include;
    }

    void weigh(Change change, bool only_voids)
    {
        ++proof_.probes;
        if (change.by_include) ++proof_.include_probes;
        if (change.after == Verdict::temperror || change.before == Verdict::temperror) proof_.could_not_tell = true;
        if (only_voids)
            ++proof_.at_void_limit;
        else if (!is_no_worse(change.before, change.after, change.by_include))
            proof_.worse.push_back(change);
        if (change.before != change.after) proof_.changed.push_back(std::move(change));
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

}  // namespace

std::vector<Probe> make_probes(const std::vector<const Node*>& trees, const std::vector<IpAddress>& senders, std::string_view domain)
{
    ProbeSet set;
    for (const auto& sender : senders) set.add_network({sender, sender.bits()}, "sender");
    set.add_random(domain);
    for (const Node* tree : trees) set.add_tree(*tree);
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

Task<Costs> measure(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    auto options = quiet_options();
    options.max_lookups = no_limit;
    options.max_void_lookups = no_limit;
    const spf::Evaluator evaluator(resolver, options);
    Costs costs;
    ProbeSet strangers;
    strangers.add_random(domain);
    const auto probes = strangers.take();
    for (const auto& probe : {probes.front(), probes.back()}) {
        const auto question = question_for(probe.ip, domain, "postmaster");
        const auto report = co_await evaluator.check(question, spf::Identity::mail_from, deadline);
        costs.lookups = std::max(costs.lookups, report.lookups);
        (probe.ip.is_v4() ? costs.void_lookups : costs.void_lookups_ipv6) = report.void_lookups;
    }
    co_return costs;
}

}  // namespace sealpost::spfadvice
