// room: wire/route wire/dmarc
//
// Whole answers of hostile name servers: each line of the input is an answer, and a question's own octets choose its
// line. Its first letter says how it came (found, none, no name, failed; a capital: validated), records follow, parted by
// "|", in the form of the wire. Whatever they say: mail hosts are names that can be asked for, in order; only an
// address that leads back verifies a host; DANE speaks only where everything was validated; and a DMARC policy stands at
// the author's domain or its organisation's, and is found with two questions.
#include "base/text.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/rdata.hpp"
#include "sys/dns/verify_host.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/route/dane.hpp"
#include "wire/route/mail_hosts.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

class HostileResolver final : public dns::Resolver {
public:
    explicit HostileResolver(std::string_view text) : lines_(split(text, '\n')) {}

    async::Task<dns::Answer> query(std::string name, dns::Type type, Deadline /*deadline*/) override
    {
        ++questions_;
        const auto asked = dns::normalise_name(name);
        dns::Answer answer;
        answer.status = dns::Status::no_such_name;
        if (asked) answer = answer_to(*asked, type);
        co_return answer;
    }

    [[nodiscard]] bool always_validated() const { return always_validated_; }
    [[nodiscard]] std::size_t questions() const { return questions_; }

private:
    dns::Answer answer_to(const std::string& name, dns::Type type)
    {
        std::size_t sum = static_cast<std::size_t>(type);
        for (const char c : name) sum = sum * 31 + static_cast<unsigned char>(c);
        const std::string_view line = lines_[sum % lines_.size()];
        const char how = line.empty() ? 't' : line.front();
        dns::Answer answer;
        answer.secure = how >= 'A' && how <= 'Z';
        always_validated_ = always_validated_ && answer.secure;
        const char kind = ascii_lower(how);
        answer.status = kind == 't' ? dns::Status::temporary : kind == 'x' ? dns::Status::no_such_name : dns::Status::no_data;
        if (kind == 't' || kind == 'x' || kind == 'n') return answer;
        for (const std::string_view rdata : split(line.substr(1), '|'))
            if (auto record = dns::format_rdata(type, rdata)) answer.records.push_back(std::move(*record));
        if (!answer.records.empty()) answer.status = dns::Status::found;
        return answer;
    }

    std::vector<std::string_view> lines_;
    bool always_validated_ = true;
    std::size_t questions_ = 0;
};

void check_hosts(const route::MailHosts& hosts)
{
    using Status = route::MailHosts::Status;
    require(hosts.has_hosts() == (hosts.status == Status::found || hosts.status == Status::implicit));
    require(hosts.has_hosts() || !hosts.problem.empty());
    const auto by_preference = [](const auto& a, const auto& b) { return a.preference < b.preference; };
    require(std::is_sorted(hosts.hosts.begin(), hosts.hosts.end(), by_preference));
    for (const auto& host : hosts.hosts)
        for (const char c : host.name) require(c > 0x20 && c < 0x7f);
}

void check_discovery(const dmarc::Discovery& discovery)
{
    using State = dmarc::Discovery::State;
    const bool is_own = discovery.domain == "mail.partner.test";
    require(is_own || discovery.domain == "partner.test");
    if (discovery.state == State::found) require(dmarc::is_dmarc_record(discovery.text));
    if (discovery.state == State::found) require(discovery.text.size() <= dmarc::max_record_bytes);
    if (discovery.state == State::temporary || discovery.state == State::broken) require(!discovery.problem.empty());
    if (discovery.state == State::none) require(discovery.text.empty());
    require(discovery.record.percent <= 100 && discovery.record.aggregate_reports.size() <= dmarc::max_report_addresses);
    require(!discovery.organisation || (is_own && discovery.state == State::temporary));
    require(!discovery.organisation || discovery.organisation->domain == "partner.test");
    dmarc::Facts facts;
    facts.author_domain = "mail.partner.test";
    const auto verdict = dmarc::evaluate(discovery, facts, 0);
    require(verdict.outcome != dmarc::Outcome::pass);  // nothing vouches
    require(discovery.state == State::found || verdict.applied == dmarc::Policy::none);
}

async::Task<void> ask_policy(std::string_view text)
{
    HostileResolver resolver(text);
    auto discovery = co_await dmarc::find_record(resolver, "mail.partner.test", Deadline::never());
    check_discovery(discovery);
    require(resolver.questions() <= 2);
}

async::Task<void> ask(std::string_view text)
{
    HostileResolver resolver(text);
    const Deadline never = Deadline::never();
    auto hosts = co_await route::find_mail_hosts(resolver, "partner.test", never);
    check_hosts(hosts);
    auto verified = co_await dns::verify_host(resolver, IpAddress::v4({97, 97, 97, 97}), never);
    if (verified.state == dns::VerifiedHost::State::verified) {
        require(dns::normalise_name(verified.name) == verified.name);
        auto forward = co_await dns::find_addresses(resolver, verified.name, never);
        const auto& found = forward.addresses;
        require(std::find(found.begin(), found.end(), IpAddress::v4({97, 97, 97, 97})) != found.end());
    }
    HostileResolver second(text);
    auto addresses = co_await dns::find_addresses(second, "mx.partner.test", never);
    auto tlsa = co_await route::find_tlsa(second, "mx.partner.test", 25, addresses, never);
    if (tlsa.demands_tls()) require(!tlsa.records.empty());
    const auto usable = tlsa.usable();
    require(usable.empty() || tlsa.status == route::TlsaSet::Status::usable);
    require(std::all_of(usable.begin(), usable.end(), route::is_usable));
    require(tlsa.status != route::TlsaSet::Status::usable || addresses.secure || second.always_validated());
    for (const auto& record : tlsa.records) require(route::parse_tlsa(route::format_tlsa(record)) == record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    async::run_here([text] { return ask(text); });
    async::run_here([text] { return ask_policy(text); });
    return 0;
}
