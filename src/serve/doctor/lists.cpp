// Whether the DNS lists that the host access table asks are lists any more (RFC 5782 §5). One that is down, or that lists
// everybody because its domain has another owner, is noticed by nobody but those whose mail it touches.
#include "serve/doctor/sections.hpp"
#include "sys/async/task_group.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::doctor {
namespace {

namespace json = boost::json;

constexpr std::size_t max_lists = 32;
constexpr std::chrono::seconds list_time_limit{5};  // as long as a connection waits for all of them

// RFC 5782 §5: lists of IPv4 addresses "MUST contain an entry for 127.0.0.2" and "MUST NOT contain an entry for 127.0.0.1";
// those of IPv6 addresses likewise with ::FFFF:7F00:2 and ::FFFF:7F00:1.
struct TestEntries {
    std::string_view listed, unlisted;
};
constexpr TestEntries v4_entries{"2.0.0.127.", "1.0.0.127."};
constexpr TestEntries v6_entries{"2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.",
                                 "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."};

enum class Health { works, lists_everybody, refuses, senseless, empty, unknown };

std::string_view format_health(Health health)
{
    switch (health) {
        case Health::works: return "works";
        case Health::lists_everybody: return "lists_everybody";
        case Health::refuses: return "refuses";
        case Health::senseless: return "senseless";
        case Health::empty: return "empty";
        case Health::unknown: break;
    }
    return "unknown";
}

struct Probe {
    std::string zone;
    Health health = Health::unknown;
    std::vector<std::string> records = {};  // what the entries answered, each once
};

bool is_within(const std::string& record, bool refusal)
{
    const auto address = parse_ip(record);
    if (!address || !address->is_v4()) return false;
    const auto octets = address->v4_octets();
    // RFC 5782 §2.1 has lists answer in 127.0.0.0/8. In 127.255.255.0/24 they say that they will not.
    return octets[0] == 127 && (octets[1] == 255 && octets[2] == 255) == refusal;
}

bool has(const dns::Answer& answer, bool refusal)
{
    return std::ranges::any_of(answer.records, [&](const std::string& record) { return is_within(record, refusal); });
}

Health judge(const dns::Answer& listed, const dns::Answer& unlisted)
{
    if (listed.status == dns::Status::temporary || unlisted.status == dns::Status::temporary) return Health::unknown;
    if (has(listed, true) || has(unlisted, true)) return Health::refuses;
    if (has(unlisted, false)) return Health::lists_everybody;
    if (has(listed, false)) return Health::works;
    return listed.records.empty() ? Health::empty : Health::senseless;
}

Task<Health> ask(std::shared_ptr<dns::Resolver> resolver, TestEntries entries, Probe& probe, Deadline deadline)
{
    const auto listed = co_await resolver->query(std::string(entries.listed) + probe.zone, dns::Type::a, deadline);
    const auto unlisted = co_await resolver->query(std::string(entries.unlisted) + probe.zone, dns::Type::a, deadline);
    for (const auto* answer : {&listed, &unlisted})
        for (const auto& record : answer->records)
            if (std::ranges::count(probe.records, record) == 0) probe.records.push_back(record);
    co_return judge(listed, unlisted);
}

Task<void> look_at_list(std::shared_ptr<dns::Resolver> resolver, Probe& probe, Deadline deadline)
{
    const auto of_v4 = co_await ask(resolver, v4_entries, probe, deadline);
    probe.health = of_v4;
    if (of_v4 != Health::empty) co_return;
    const auto of_v6 = co_await ask(resolver, v6_entries, probe, deadline);
    probe.health = of_v6;
}

void find_unwell(Round& round, const Probe& probe)
{
    const auto find = [&](State state, Words what, Words fix) {
        round.find(Section::dns_lists, probe.zone, state, std::move(what), std::move(fix));
    };
    const Words take_out{"Take it out of the sender groups.", "Retirez-la des groupes d'expéditeurs."};
    switch (probe.health) {
        case Health::works:
            return find(State::good, {"lists its test entry, and not everybody", "a son entrée de test, et pas tout le monde"},
                        {});
        case Health::lists_everybody:
            return find(State::bad,
                        {"lists 127.0.0.1, which no list may: whoever connects meets the sender groups that ask it",
                         "contient 127.0.0.1, ce qu'aucune liste ne doit : quiconque se connecte rencontre les groupes "
                         "d'expéditeurs qui la consultent"},
                        take_out);
        case Health::refuses:
            return find(State::warn,
                        {"refuses to answer (127.255.255.0/24): it lists nobody for us",
                         "refuse de répondre (127.255.255.0/24) : pour nous, elle ne contient personne"},
                        {"Ask through a resolver of your own ([dns] resolver), keep its limits, or sign up with it.",
                         "Interrogez-la par votre propre résolveur ([dns] resolver), respectez ses limites, ou inscrivez-vous."});
        case Health::senseless:
            return find(State::warn,
                        {"answers as no list does: its domain may have another owner by now",
                         "répond comme aucune liste : son domaine a peut-être changé de propriétaire"},
                        take_out);
        case Health::empty:
            return find(State::warn,
                        {"has no test entry (127.0.0.2): it is no list, or none any more",
                         "n'a pas d'entrée de test (127.0.0.2) : ce n'est pas une liste, ou plus une"},
                        take_out);
        case Health::unknown: break;
    }
    find(State::unknown,
         {"does not answer: whoever connects waits for it, and meets no group because of it",
          "ne répond pas : quiconque se connecte l'attend, et ne rencontre aucun groupe à cause d'elle"},
         {"Take it out of the sender groups if it stays so.", "Retirez-la des groupes d'expéditeurs si cela dure."});
}

std::vector<Probe> list_probes(const Parts& parts)
{
    std::vector<Probe> probes;
    for (const auto& listener : parts.listeners)
        for (const auto& zone : parts.snapshot->find_wanted_facts(listener.name).dns_lists)
            if (probes.size() < max_lists && std::ranges::count(probes, zone, &Probe::zone) == 0) probes.push_back({zone});
    return probes;
}

}  // namespace

Task<void> look_at_dns_lists(Round& round)
{
    if (!round.parts.snapshot || !round.parts.snapshot->is_own_domain(round.examination.domain)) co_return;
    auto probes = list_probes(round.parts);
    if (probes.empty()) co_return;
    const auto executor = co_await async::this_executor();
    const auto deadline = round.deadline.or_sooner(Deadline::after(list_time_limit));
    async::TaskGroup questions(executor);
    for (auto& probe : probes) questions.spawn(look_at_list(round.parts.resolver, probe, deadline));
    co_await questions.join();
    json::array lists;
    for (const auto& probe : probes) {
        find_unwell(round, probe);
        json::array records(probe.records.begin(), probe.records.end());
        lists.emplace_back(
            json::object{{"zone", probe.zone}, {"state", format_health(probe.health)}, {"records", std::move(records)}});
    }
    round.examination.sections["dns_lists"] = json::object{{"lists", std::move(lists)}};
}

}  // namespace sealpost::doctor
