#include "serve/hostfacts/asker.hpp"

#include "base/text.hpp"
#include "core/policy/host_facts.hpp"
#include "serve/authcheck/report.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/verify_host.hpp"
#include "sys/files/files.hpp"

#include <algorithm>
#include <array>

namespace sealpost::hostfacts {
namespace {

constexpr std::string_view list_question = "dnslist";

std::string_view format_listing(Listing listing)
{
    switch (listing) {
        case Listing::listed: return "found";
        case Listing::not_listed: return "not_found";
        case Listing::failed: return "failed";
        case Listing::senseless: break;
    }
    return "senseless";
}

// RFC 5782 §2.1: "the DNSBL's zone contains … one or more A records … within the 127.0.0.0/8 range".
// Lists answer in 127.255.255.0/24 to say that they will not: asked too often, or through a public resolver.
bool is_listing(const std::optional<IpAddress>& address)
{
    if (!address || !address->is_v4()) return false;
    const auto octets = address->v4_octets();
    return octets[0] == 127 && !(octets[1] == 255 && octets[2] == 255);
}

}  // namespace

std::string format_listed_name(const IpAddress& address, std::string_view zone)
{
    std::string name = format_reverse_name(address);
    const std::string_view root = address.is_v4() ? "in-addr.arpa" : "ip6.arpa";
    name.resize(name.size() - root.size());
    return name + std::string(zone);
}

Listing read_listing(const dns::Answer& answer)
{
    if (answer.status == dns::Status::temporary) return Listing::failed;
    if (answer.status != dns::Status::found || answer.records.empty()) return Listing::not_listed;
    const bool any = std::any_of(answer.records.begin(), answer.records.end(),
                                 [](const std::string& record) { return is_listing(parse_ip(record)); });
    return any ? Listing::listed : Listing::senseless;
}

Asker::Asker(std::shared_ptr<dns::Resolver> resolver, Options options)
    : resolver_(std::move(resolver)),
      options_(std::move(options)),
      country_{Subject::country, options_.country, nullptr},
      reputation_{Subject::reputation, options_.reputation, nullptr}
{
}

Result<> Asker::load()
{
    SEALPOST_TRY(auto countries, read(country_));
    SEALPOST_TRY(auto scores, read(reputation_));
    const std::lock_guard guard(lock_);
    country_.table = std::move(countries);
    reputation_.table = std::move(scores);
    return {};
}

Result<std::shared_ptr<const PrefixTable>> Asker::read(const Source& source) const
{
    if (!source.where || source.where->file.empty()) return std::shared_ptr<const PrefixTable>();
    const std::string context = std::string(format_subject(source.subject)) + " source " + source.where->file.string();
    auto text = files::read_file(source.where->file, max_source_bytes);
    if (text.has_error()) return text.error().in(context);
    auto table = PrefixTable::parse(*text, source.subject);
    if (table.has_error()) return table.error().in(context);
    options_.log.info(
        "hostfacts.loaded",
        {{"source", format_subject(source.subject)}, {"file", source.where->file.string()}, {"prefixes", table->size()}});
    return std::make_shared<const PrefixTable>(std::move(*table));
}

Task<policy::ConnectionFacts> Asker::ask(std::shared_ptr<const policy::Snapshot> snapshot, std::string listener,
                                         IpAddress ip) const
{
    const policy::WantedFacts wanted = snapshot->find_wanted_facts(listener, ip);
    policy::ConnectionFacts facts;
    facts.listener = std::move(listener);
    facts.ip = ip;
    const Executor executor = co_await async::this_executor();
    const Deadline deadline = Deadline::after(options_.list_timeout);
    async::TaskGroup questions(executor);
    for (const std::string& zone : wanted.dns_lists) questions.spawn(ask_list(zone, deadline, facts));
    if (wanted.country) questions.spawn(ask_source(country_, deadline, facts));
    if (wanted.reputation) questions.spawn(ask_source(reputation_, deadline, facts));
    questions.spawn(ask_name(facts));
    co_await questions.join();
    std::sort(facts.dns_lists.begin(), facts.dns_lists.end());  // answers come in any order
    co_return facts;
}

Task<void> Asker::ask_name(policy::ConnectionFacts& facts) const
{
    dns::VerifiedHost host = co_await dns::verify_host(*resolver_, facts.ip, Deadline::after(options_.name_timeout));
    authcheck::take_host(facts, host);
    count("name", dns::format_state(host.state));
    if (host.problem.empty()) co_return;
    options_.log.info("hostfacts.name_not_known", {{"ip", format_ip(facts.ip)},
                                                   {"host_state", dns::format_state(host.state)},
                                                   {"open_hosts", join(host.open_names, " ")},
                                                   {"problem", host.problem}});
}

Task<void> Asker::ask_list(std::string zone, Deadline deadline, policy::ConnectionFacts& facts) const
{
    const dns::Answer answer = co_await resolver_->query(format_listed_name(facts.ip, zone), dns::Type::a, deadline);
    const Listing listing = read_listing(answer);
    count(list_question, format_listing(listing));
    if (listing == Listing::listed) facts.dns_lists.push_back(zone);
    if (listing == Listing::failed) tell_failure(list_question, zone, facts.ip, answer.problem);
    if (listing == Listing::senseless)
        tell_failure(list_question, zone, facts.ip, "it answers " + answer.records.front() + ", which lists nothing");
}

Task<void> Asker::ask_source(const Source& source, Deadline deadline, policy::ConnectionFacts& facts) const
{
    const std::string value = co_await find_value(source, facts.ip, deadline);
    if (value.empty()) co_return;
    if (source.subject == Subject::country)
        facts.country = value;
    else
        facts.reputation = policy::parse_score(value).value() / 100.0;
}

Task<std::string> Asker::find_value(const Source& source, IpAddress ip, Deadline deadline) const
{
    if (!source.where) co_return std::string();
    if (source.where->file.empty()) {
        std::string value = co_await find_value_in_zone(source, ip, deadline);
        co_return value;
    }
    std::shared_ptr<const PrefixTable> table;
    {
        const std::lock_guard guard(lock_);
        table = source.table;
    }
    std::string value(table ? table->find(ip) : std::string_view());
    count(format_subject(source.subject), value.empty() ? "not_found" : "found");
    co_return value;
}

Task<std::string> Asker::find_value_in_zone(const Source& source, IpAddress ip, Deadline deadline) const
{
    const std::string_view question = format_subject(source.subject);
    const std::string& zone = source.where->zone;
    const dns::Answer answer = co_await resolver_->query(format_listed_name(ip, zone), dns::Type::txt, deadline);
    if (answer.status == dns::Status::temporary) {
        count(question, "failed");
        tell_failure(question, zone, ip, answer.problem);
        co_return std::string();
    }
    if (answer.status != dns::Status::found || answer.records.empty()) {
        count(question, "not_found");
        co_return std::string();
    }
    // RFC 1035 §3.3.14 leaves the order of several records open: which one would count?
    auto value = answer.records.size() == 1 ? normalise_value(source.subject, trim(answer.records.front())) : std::nullopt;
    count(question, value ? "found" : "senseless");
    if (!value) tell_failure(question, zone, ip, "it answers with no value, or with several");
    co_return value.value_or("");
}

void Asker::count(std::string_view question, std::string_view result) const
{
    options_.log.metrics().add(log::Metric::host_questions, {question, result});
}

void Asker::tell_failure(std::string_view question, std::string_view zone, const IpAddress& ip, std::string_view problem) const
{
    options_.log.warning("hostfacts.not_known",
                         {{"question", question}, {"zone", zone}, {"ip", format_ip(ip)}, {"problem", problem}});
}

}  // namespace sealpost::hostfacts
