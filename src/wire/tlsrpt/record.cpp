#include "wire/tlsrpt/record.hpp"

#include "base/text.hpp"
#include "wire/mail/mailto.hpp"

#include <algorithm>

namespace sealpost::tlsrpt {
namespace {

using State = Discovery::State;

constexpr std::string_view version = "v=TLSRPTv1";
constexpr std::size_t max_uri_bytes = 2000;

Error bad(std::string what) { return Error{Fault::peer_broke_it, std::move(what)}; }

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c > 32 && c < 127; });
}

// RFC 8460 §3: "mailto" and "https" are the schemes.
Result<Address> parse_address(std::string_view uri)
{
    const auto refuse = [&](std::string_view why) {
        return bad("\"" + std::string(uri.substr(0, 200)) + "\" " + std::string(why));
    };
    if (uri.empty() || uri.size() > max_uri_bytes || !is_printable(uri)) return refuse("is no URI");
    if (istarts_with(uri, "https://") && uri.size() > 8) return Address{Address::Kind::https, std::string(uri)};
    if (!istarts_with(uri, "mailto:")) return refuse("is neither a mailto: nor an https: URI");
    const auto mailbox = mail::parse_mailto(uri);
    if (mailbox.has_error()) return refuse(mailbox.error().text);
    return Address{Address::Kind::mail, mail::format_mailbox(*mailbox)};
}

void add_addresses(Record& record, std::string_view value)
{
    for (const std::string_view uri : split(value, ',')) {
        auto address = parse_address(trim(uri));
        if (address.has_error()) {
            record.problems.push_back(address.error().text);
        } else if (record.addresses.size() == max_addresses) {
            record.problems.push_back("rua= names more than " + std::to_string(max_addresses) + " addresses");
            return;
        } else if (std::ranges::find(record.addresses, *address) == record.addresses.end()) {
            record.addresses.push_back(std::move(*address));
        }
    }
}

Discovery without_record(State state, std::string problem)
{
    Discovery discovery;
    discovery.state = state;
    discovery.problem = std::move(problem);
    return discovery;
}

// RFC 8460 §3: with any number of records but one, the domain takes no reports.
Discovery choose_record(std::vector<std::string> texts)
{
    std::erase_if(texts, [](const std::string& text) { return !is_record(text); });
    if (texts.empty()) return without_record(State::none, "");
    if (texts.size() > 1)
        return without_record(State::broken, "there are " + std::to_string(texts.size()) + " TLSRPT records at one name");
    auto record = parse_record(texts.front());
    if (record.has_error()) return without_record(State::broken, record.error().text);
    Discovery discovery;
    discovery.state = State::found;
    discovery.record = std::move(*record);
    return discovery;
}

}  // namespace

bool is_record(std::string_view text)
{
    if (!text.starts_with(version)) return false;
    const std::string_view rest = trim(text.substr(version.size()));
    return rest.empty() || rest.starts_with(';');
}

Result<Record> parse_record(std::string_view text)
{
    if (text.size() > max_record_bytes) return bad("the record is longer than 8 KiB");
    if (!is_record(text)) return bad("the record does not begin with v=TLSRPTv1");
    Record record;
    bool has_rua = false;
    for (const std::string_view field : split(text.substr(version.size()), ';')) {
        const std::string_view trimmed = trim(field);
        if (!trimmed.starts_with("rua=")) continue;  // §3: other fields are extensions, which do not count
        if (has_rua) return bad("the record has more than one rua=");
        has_rua = true;
        add_addresses(record, trimmed.substr(4));
    }
    if (!has_rua) return bad("the record has no rua=");
    return record;
}

Task<Discovery> find_record(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    // A name too long for what stands in front of it has no such record.
    const auto name = dns::normalise_name("_smtp._tls." + domain);
    if (!name) co_return without_record(State::none, "");
    dns::TextAnswer answer = co_await dns::find_txt(resolver, *name, deadline);
    if (answer.status == dns::Status::temporary)
        co_return without_record(State::temporary, "the record at " + *name + ": " + answer.problem);
    co_return choose_record(std::move(answer.texts));
}

}  // namespace sealpost::tlsrpt
