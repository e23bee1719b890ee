#include "sys/dns/resolver.hpp"

#include "base/text.hpp"
#include "sys/async/task_group.hpp"

#include <algorithm>

namespace sealpost::dns {
namespace {

Task<void> ask_into(Resolver& resolver, std::string name, Type type, Deadline deadline, Answer& answer)
{
    Answer given = co_await resolver.query(std::move(name), type, deadline);
    answer = std::move(given);
}

// What both families say together: any address is "found"; without one, a failure leaves it open.
Status combine(const Answer& v4, const Answer& v6)
{
    if (v4.status == Status::found || v6.status == Status::found) return Status::found;
    if (v4.status == Status::temporary || v6.status == Status::temporary) return Status::temporary;
    return v4.status == Status::no_such_name && v6.status == Status::no_such_name ? Status::no_such_name : Status::no_data;
}

void add_addresses(std::vector<IpAddress>& addresses, const Answer& answer)
{
    for (const std::string& record : answer.records)
        if (const auto address = parse_ip(record)) addresses.push_back(*address);
}

template <class Typed>
Typed begin_typed(const Answer& answer)
{
    Typed typed;
    typed.status = answer.status;
    typed.secure = answer.secure;
    typed.ttl = answer.ttl;
    typed.problem = answer.problem;
    return typed;
}

std::optional<Mx> parse_mx(std::string_view record)
{
    const std::size_t space = record.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto preference = parse_decimal(record.substr(0, space));
    if (!preference || *preference > 65535) return std::nullopt;
    return Mx{static_cast<std::uint16_t>(*preference), ascii_lower(record.substr(space + 1))};
}

// RFC 2181 §11: "Any binary string whatever can be used as the label of any resource record." Printable
// ASCII is enough for all that we ask: SPF's "%_" makes a space (RFC 7208 §7.1).
bool is_name_character(char c)
{
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f && c != '\\';
}

}  // namespace

std::string_view format_type(Type type)
{
    switch (type) {
        case Type::a: return "A";
        case Type::cname: return "CNAME";
        case Type::ptr: return "PTR";
        case Type::mx: return "MX";
        case Type::txt: return "TXT";
        case Type::aaaa: return "AAAA";
        case Type::tlsa: return "TLSA";
    }
    return "";
}

std::string_view format_status(Status status)
{
    switch (status) {
        case Status::found: return "found";
        case Status::no_data: return "no_data";
        case Status::no_such_name: return "no_such_name";
        case Status::temporary: return "temporary";
    }
    return "";
}

std::optional<std::string> normalise_name(std::string_view name)
{
    constexpr std::size_t max_name = 253;
    constexpr std::size_t max_label = 63;
    if (name == ".") return std::string(".");
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > max_name || !std::all_of(name.begin(), name.end(), is_name_character)) return std::nullopt;
    for (const std::string_view label : split(name, '.'))
        if (label.empty() || label.size() > max_label) return std::nullopt;
    return ascii_lower(name);
}

// RFC 6761 §6.3: "Name resolution APIs and libraries SHOULD recognize localhost names as special and
// SHOULD always return the IP loopback address for address queries and negative responses for all
// other query types."
std::optional<Answer> answer_localhost(std::string_view name, Type type)
{
    if (name != "localhost" && !name.ends_with(".localhost")) return std::nullopt;
    Answer answer{.status = Status::no_data,
                  .secure = false,
                  .bogus = false,
                  .unvalidated = false,
                  .records = {},
                  .canonical_name = {},
                  .ttl = {},
                  .problem = {}};
    if (type == Type::a) answer.records = {"127.0.0.1"};
    if (type == Type::aaaa) answer.records = {"::1"};
    if (!answer.records.empty()) answer.status = Status::found;
    return answer;
}

Task<Addresses> find_addresses(Resolver& resolver, std::string name, Deadline deadline)
{
    Executor executor = co_await async::this_executor();
    Answer v4;
    Answer v6;
    async::TaskGroup both(executor);
    both.spawn(ask_into(resolver, name, Type::a, deadline, v4));
    both.spawn(ask_into(resolver, name, Type::aaaa, deadline, v6));
    co_await both.join();
    Addresses found;
    found.status = combine(v4, v6);
    found.complete = v4.status != Status::temporary && v6.status != Status::temporary;
    found.secure = v4.secure && v6.secure;
    found.unvalidated = v4.unvalidated || v6.unvalidated;
    found.canonical_name = v4.canonical_name.empty() ? v6.canonical_name : v4.canonical_name;
    found.problem = v4.status == Status::temporary || v6.problem.empty() ? v4.problem : v6.problem;
    found.ttl = std::min(v4.ttl, v6.ttl);
    if (v4.status != Status::found || v6.status != Status::found) found.ttl = v4.status == Status::found ? v4.ttl : v6.ttl;
    add_addresses(found.addresses, v4);
    add_addresses(found.addresses, v6);
    co_return found;
}

Task<MxAnswer> find_mx(Resolver& resolver, std::string name, Deadline deadline)
{
    Answer answer = co_await resolver.query(std::move(name), Type::mx, deadline);
    auto typed = begin_typed<MxAnswer>(answer);
    typed.unvalidated = answer.unvalidated;
    for (const std::string& record : answer.records)
        if (auto mx = parse_mx(record)) typed.records.push_back(std::move(*mx));
    std::sort(typed.records.begin(), typed.records.end(),
              [](const Mx& a, const Mx& b) { return std::tie(a.preference, a.host) < std::tie(b.preference, b.host); });
    co_return typed;
}

Task<TextAnswer> find_txt(Resolver& resolver, std::string name, Deadline deadline)
{
    Answer answer = co_await resolver.query(std::move(name), Type::txt, deadline);
    auto typed = begin_typed<TextAnswer>(answer);
    typed.texts = std::move(answer.records);
    co_return typed;
}

Task<NameAnswer> find_ptr(Resolver& resolver, IpAddress address, Deadline deadline)
{
    Answer answer = co_await resolver.query(format_reverse_name(address), Type::ptr, deadline);
    auto typed = begin_typed<NameAnswer>(answer);
    for (const std::string& record : answer.records) typed.names.push_back(ascii_lower(record));
    co_return typed;
}

}  // namespace sealpost::dns
