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

std::string_view format_told(Told told)
{
    switch (told) {
        case Told::found: return "found";
        case Told::not_found: return "not_found";
        case Told::failed: return "failed";
        case Told::senseless: return "senseless";
        case Told::given: return "given";
        case Told::not_asked: return "not_asked";
        case Told::no_source: break;
    }
    return "no_source";
}

Told told_of(Listing listing)
{
    switch (listing) {
        case Listing::listed: return Told::found;
        case Listing::not_listed: return Told::not_found;
        case Listing::failed: return Told::failed;
        case Listing::senseless: break;
    }
    return Told::senseless;
}

std::string_view name_of(const Finding& question) { return question.subject ? format_subject(*question.subject) : list_question; }

// RFC 5782 §2.1: "the DNSBL's zone contains … one or more A records … within the 127.0.0.0/8 range".
// Lists answer in 127.255.255.0/24 to say that they will not: asked too often, or through a public resolver.
bool is_listing(const std::optional<IpAddress>& address)
{
    if (!address || !address->is_v4()) return false;
    const auto octets = address->v4_octets();
    return octets[0] == 127 && !(octets[1] == 255 && octets[2] == 255);
}

}  // namespace

Options make_options(const config::NodeConfig& config)
{
    Options options;
    options.country = config.country;
    options.reputation = config.reputation;
    options.name_timeout = config.dns.timeout;
    options.list_timeout = config.dns.list_timeout;
    return options;
}

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

std::shared_ptr<const Asker> Asker::make_silent() const
{
    Options options = options_;
    options.log = log::Log::silent();
    auto silent = std::make_shared<Asker>(resolver_, std::move(options));
    const std::lock_guard guard(lock_);
    silent->country_.table = country_.table;
    silent->reputation_.table = reputation_.table;
    return silent;
}

Task<policy::ConnectionFacts> Asker::ask(std::shared_ptr<const policy::Snapshot> snapshot, std::string listener,
                                         IpAddress ip) const
{
    policy::ConnectionFacts host;
    host.listener = std::move(listener);
    host.ip = ip;
    Spared spared;
    Findings found = co_await find_out(std::move(snapshot), std::move(host), std::move(spared));
    co_return std::move(found.facts);
}

Task<Findings> Asker::find_out(std::shared_ptr<const policy::Snapshot> snapshot, policy::ConnectionFacts host,
                               Spared spared) const
{
    Findings found;
    found.questions = list_questions(snapshot->find_wanted_facts(host.listener, host.ip));
    found.facts = std::move(host);
    const Executor executor = co_await async::this_executor();
    const Deadline deadline = Deadline::after(options_.list_timeout);
    async::TaskGroup questions(executor);
    for (Finding& question : found.questions) {
        if (const auto told = find_spared(question, spared))
            question.told = *told;
        else if (question.subject)
            questions.spawn(ask_source(question, deadline, found.facts));
        else
            questions.spawn(ask_list(question, deadline, found.facts));
    }
    if (!spared.name && !spared.dns) questions.spawn(ask_name(found));
    co_await questions.join();
    std::sort(found.facts.dns_lists.begin(), found.facts.dns_lists.end());  // answers come in any order
    co_return found;
}

std::vector<Finding> Asker::list_questions(const policy::WantedFacts& wanted) const
{
    std::vector<Finding> questions;
    const auto add = [&questions](std::optional<Subject> subject, std::string source) {
        auto& question = questions.emplace_back();
        question.subject = subject;
        question.source = std::move(source);
    };
    for (const std::string& zone : wanted.dns_lists) add(std::nullopt, zone);
    for (const auto& [is_wanted, source] : {std::pair(wanted.country, &country_), std::pair(wanted.reputation, &reputation_)})
        if (is_wanted)
            add(source->subject, !source->where                ? std::string()
                                 : source->where->file.empty() ? source->where->zone
                                                               : source->where->file.string());
    return questions;
}

// What becomes of a question that is not asked.
std::optional<Told> Asker::find_spared(const Finding& question, const Spared& spared) const
{
    if (!question.subject) {
        if (std::find(spared.lists.begin(), spared.lists.end(), question.source) != spared.lists.end()) return Told::given;
        return spared.dns ? std::optional(Told::not_asked) : std::nullopt;
    }
    if (*question.subject == Subject::country ? spared.country : spared.reputation) return Told::given;
    const Source& source = source_of(*question.subject);
    if (!source.where) return Told::no_source;
    return spared.dns && source.where->file.empty() ? std::optional(Told::not_asked) : std::nullopt;
}

Task<void> Asker::ask_name(Findings& found) const
{
    const IpAddress ip = found.facts.ip;
    dns::VerifiedHost host = co_await dns::verify_host(*resolver_, ip, Deadline::after(options_.name_timeout));
    authcheck::take_host(found.facts, host);
    found.name_problem = host.problem;
    count("name", dns::format_state(host.state));
    if (host.problem.empty()) co_return;
    options_.log.info("hostfacts.name_not_known", {{"ip", format_ip(ip)},
                                                   {"host_state", dns::format_state(host.state)},
                                                   {"open_hosts", join(host.open_names, " ")},
                                                   {"problem", host.problem}});
}

Task<void> Asker::ask_list(Finding& question, Deadline deadline, policy::ConnectionFacts& facts) const
{
    const std::string name = format_listed_name(facts.ip, question.source);
    question.asked = name + " A";
    const dns::Answer answer = co_await resolver_->query(name, dns::Type::a, deadline);
    question.told = told_of(read_listing(answer));
    question.answer = join(answer.records, ", ");
    if (question.told == Told::found) facts.dns_lists.push_back(question.source);
    if (question.told == Told::failed) question.problem = answer.problem;
    if (question.told == Told::senseless) question.problem = "it answers " + answer.records.front() + ", which lists nothing";
    tell(question, facts.ip);
}

Task<void> Asker::ask_source(Finding& question, Deadline deadline, policy::ConnectionFacts& facts) const
{
    const Subject subject = question.subject.value();
    if (source_of(subject).where->file.empty())
        co_await ask_zone(question, facts.ip, deadline);
    else
        look_up(question, facts.ip);
    tell(question, facts.ip);
    if (question.told != Told::found) co_return;
    if (subject == Subject::country)
        facts.country = question.answer;
    else
        facts.reputation = policy::parse_score(question.answer).value() / 100.0;
}

void Asker::look_up(Finding& question, const IpAddress& ip) const
{
    std::shared_ptr<const PrefixTable> table;
    {
        const std::lock_guard guard(lock_);
        table = source_of(question.subject.value()).table;
    }
    question.answer = table ? table->find(ip) : std::string_view();
    question.told = question.answer.empty() ? Told::not_found : Told::found;
}

Task<void> Asker::ask_zone(Finding& question, IpAddress ip, Deadline deadline) const
{
    const std::string name = format_listed_name(ip, question.source);
    question.asked = name + " TXT";
    const dns::Answer answer = co_await resolver_->query(name, dns::Type::txt, deadline);
    if (answer.status == dns::Status::temporary) {
        question.told = Told::failed;
        question.problem = answer.problem;
        co_return;
    }
    if (answer.status != dns::Status::found || answer.records.empty()) co_return;
    // RFC 1035 §3.3.14 leaves the order of several records open: which one would count?
    const auto value =
        answer.records.size() == 1 ? normalise_value(question.subject.value(), trim(answer.records.front())) : std::nullopt;
    question.told = value ? Told::found : Told::senseless;
    question.answer = value.value_or(join(answer.records, ", "));
    if (!value) question.problem = "it answers with no value, or with several";
}

void Asker::tell(const Finding& question, const IpAddress& ip) const
{
    count(name_of(question), format_told(question.told));
    if (question.told != Told::failed && question.told != Told::senseless) return;
    options_.log.warning(
        "hostfacts.not_known",
        {{"question", name_of(question)}, {"zone", question.source}, {"ip", format_ip(ip)}, {"problem", question.problem}});
}

void Asker::count(std::string_view question, std::string_view result) const
{
    options_.log.metrics().add(log::Metric::host_questions, {question, result});
}

}  // namespace sealpost::hostfacts
