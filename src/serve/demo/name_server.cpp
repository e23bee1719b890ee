#include "serve/demo/name_server.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace sealpost::demo {
namespace {

constexpr std::uint16_t type_a = 1, type_ptr = 12, type_mx = 15, type_txt = 16, type_aaaa = 28;
constexpr std::size_t header_bytes = 12;
constexpr std::uint32_t ttl_seconds = 1;  // the demo changes records while it runs

void append_u16(std::string& out, std::uint16_t value)
{
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 0xff);
}

std::uint16_t read_u16(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 | static_cast<unsigned char>(bytes[at + 1]));
}

std::string encode_name(std::string_view name)
{
    std::string out;
    for (const auto label : split(name, '.')) {
        out += static_cast<char>(label.size());
        out += label;
    }
    return out + '\0';
}

struct Question {
    std::string name;
    std::uint16_t type = 0;
    std::size_t end = 0;  // octets of header and question
};

// RFC 1035 §4.1.2; a query carries no compression pointers.
std::optional<Question> parse_question(std::string_view query)
{
    if (query.size() < header_bytes || (query[2] & 0x80) != 0 || read_u16(query, 4) != 1) return std::nullopt;
    Question question;
    std::size_t at = header_bytes;
    while (at < query.size() && query[at] != 0) {
        const auto length = static_cast<unsigned char>(query[at]);
        if (length > 63 || query.size() - at <= length) return std::nullopt;
        if (!question.name.empty()) question.name += '.';
        question.name += ascii_lower(query.substr(at + 1, length));
        at += length + 1U;
    }
    if (query.size() < 5 || at > query.size() - 5) return std::nullopt;
    question.type = read_u16(query, at + 1);
    question.end = at + 5;
    return question;
}

}  // namespace

void ZoneData::add(const std::string& name, std::uint16_t type, std::string data)
{
    records_[ascii_lower(name)].push_back({type, std::move(data)});
}

void ZoneData::add_address(const std::string& name, IpAddress address)
{
    const auto& octets = address.octets();
    if (address.is_v4())
        add(name, type_a, std::string(octets.begin() + 12, octets.end()));
    else
        add(name, type_aaaa, std::string(octets.begin(), octets.end()));
    add(format_reverse_name(address), type_ptr, encode_name(name));
}

void ZoneData::add_listed(const std::string& name) { add(name, type_a, std::string({127, 0, 0, 2})); }

void ZoneData::add_mail_host(const std::string& domain, int preference, const std::string& host)
{
    std::string data;
    append_u16(data, static_cast<std::uint16_t>(preference));
    add(domain, type_mx, data + encode_name(host));
}

void ZoneData::add_text(const std::string& name, const std::string& text)
{
    std::string data;
    for (std::size_t at = 0; at < text.size(); at += 255) {
        const std::string part = text.substr(at, 255);
        data += static_cast<char>(part.size()) + part;
    }
    add(name, type_txt, std::move(data));
}

std::string ZoneData::answer(std::string_view query) const
{
    const auto question = parse_question(query);
    if (!question) return {};
    const auto owner = records_.find(question->name);
    // A name above a name that exists exists too (RFC 8020).
    const bool exists = owner != records_.end() || std::any_of(records_.begin(), records_.end(), [&](const auto& entry) {
                            return entry.first.ends_with('.' + question->name);
                        });
    std::string records;
    std::uint16_t count = 0;
    for (const auto& record : owner == records_.end() ? std::vector<Record>() : owner->second) {
        if (record.type != question->type) continue;
        append_u16(records, 0xc000 | header_bytes);  // the question's name
        append_u16(records, record.type);
        append_u16(records, 1);
        append_u16(records, 0);
        append_u16(records, ttl_seconds);
        append_u16(records, static_cast<std::uint16_t>(record.data.size()));
        records += record.data;
        ++count;
    }
    std::string out(query.substr(0, 2));
    const std::uint16_t name_error = exists ? 0 : 3;
    append_u16(out, static_cast<std::uint16_t>(0x8480 | name_error));  // an authoritative answer
    append_u16(out, 1);
    append_u16(out, count);
    append_u16(out, 0);
    append_u16(out, 0);
    return out + std::string(query.substr(header_bytes, question->end - header_bytes)) + records;
}

Result<std::unique_ptr<NameServer>> NameServer::bind(Executor executor, Endpoint at, ZoneData zone)
{
    SEALPOST_TRY(auto socket, net::DatagramSocket::bind(executor, at));
    return std::unique_ptr<NameServer>(new NameServer(std::move(socket), std::move(zone)));
}

Task<void> NameServer::run()
{
    while (true) {
        auto query = co_await socket_->receive();
        if (query.has_error() && query.error().fault == Fault::cancelled) co_return;
        if (query.has_error()) continue;
        std::string answer = zone_.answer(query->bytes);
        if (answer.empty()) continue;
        [[maybe_unused]] auto sent = co_await socket_->send(query->from, std::move(answer));
    }
}

}  // namespace sealpost::demo
