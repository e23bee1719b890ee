// RFC 7489 §6.6.3: the author's domain is asked, then its organisational domain, also where the first does not answer.
#include "base/text.hpp"
#include "wire/dmarc/dmarc.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

using State = Discovery::State;

Discovery without_record(State state, std::string domain, std::string problem)
{
    Discovery discovery;
    discovery.state = state;
    discovery.domain = std::move(domain);
    discovery.problem = std::move(problem);
    return discovery;
}

Discovery read_records(std::vector<std::string> texts, std::string domain)
{
    std::erase_if(texts, [](const std::string& text) { return !is_dmarc_record(text); });
    if (texts.empty()) return without_record(State::none, std::move(domain), "");
    Discovery discovery = without_record(State::broken, std::move(domain), "");
    discovery.text = join(texts, "\n");
    if (texts.size() > 1) {
        discovery.problem = "there are " + std::to_string(texts.size()) + " DMARC records at one name, so none of them counts";
        return discovery;
    }
    auto record = parse_record(texts.front(), discovery.problems);
    if (record.has_error()) {
        discovery.problem = record.error().text;
        return discovery;
    }
    discovery.state = State::found;
    discovery.record = std::move(*record);
    return discovery;
}

Task<Discovery> ask(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    // A name too long for "_dmarc." in front of it has no such record.
    const auto name = dns::normalise_name("_dmarc." + domain);
    if (!name) co_return without_record(State::none, domain, "");
    dns::TextAnswer answer = co_await dns::find_txt(resolver, *name, deadline);
    if (answer.status == dns::Status::temporary)
        co_return without_record(State::temporary, domain, "the record at " + *name + ": " + answer.problem);
    co_return read_records(std::move(answer.texts), domain);
}

}  // namespace

Task<Discovery> find_record(dns::Resolver& resolver, std::string author_domain, Deadline deadline)
{
    const auto name = dns::normalise_name(author_domain);
    if (!name) co_return without_record(State::none, author_domain, "\"" + author_domain + "\" is no domain name");
    Discovery own = co_await ask(resolver, *name, deadline);
    const std::string organisation = find_organisational_domain(*name);
    const bool is_open = own.state == State::none || own.state == State::temporary;
    if (!is_open || organisation == *name) co_return own;
    Discovery inherited = co_await ask(resolver, organisation, deadline);
    if (own.state == State::none) co_return inherited;
    if (inherited.state == State::found)
        own.organisation = Discovery::Organisation{std::move(inherited.domain), std::move(inherited.record)};
    co_return own;
}

}  // namespace sealpost::dmarc
