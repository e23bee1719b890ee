#include "serve/domaintests/records.hpp"

#include "wire/mail/cut_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace sealpost::domaintests {

namespace json = boost::json;

namespace {

constexpr std::size_t most_of_a_host = 16 * 1024;
constexpr std::size_t least_of_a_host = 1536;  // what the last step of bound_host() leaves fits in
constexpr std::size_t most_of_all_hosts = 480 * 1024;
constexpr std::size_t most_of_the_rest = 32 * 1024;  // together half a MiB

struct Size {
    std::size_t text;  // octets
    std::size_t list;  // elements
};

// Between two characters of UTF-8. What it keeps takes no escapes of six octets in JSON.
void cut_text(json::string& text, std::size_t most)
{
    for (char& octet : text)
        if (static_cast<unsigned char>(octet) < 0x20 || octet == 0x7f) octet = ' ';
    if (text.size() <= most) return;
    text.resize(mail::find_cut(text, most));
    text += "...";
}

// Words of ours and what a host is known by stay whole; so does the number of certificates, which says where one is missing.
bool stays(std::string_view name) { return name == "verdict" || name == "address" || name == "status" || name == "problem"; }

void cut(json::value& value, Size most, bool is_chain = false)
{
    if (auto* text = value.if_string()) cut_text(*text, most.text);
    if (auto* list = value.if_array()) {
        if (!is_chain && list->size() > most.list) list->resize(most.list);
        for (auto& element : *list) cut(element, most);
    }
    if (auto* object = value.if_object())
        for (auto& member : *object)
            if (!stays(member.key())) cut(member.value(), most, member.key() == "chain");
}

std::size_t size_of(const json::object& object) { return json::serialize(object).size(); }

void cut_members(json::object& object, Size most)
{
    for (auto& member : object)
        if (!stays(member.key())) cut(member.value(), most, member.key() == "chain");
}

// What is kept of a test, for as long as a hundred others come.
json::object bound_report(const tlstest::DomainTestResult& result)
{
    json::object whole = tlstest::to_json(result);
    json::array hosts = std::move(whole["hosts"].as_array());
    json::object report = summarise(result);
    if (hosts.size() > most_hosts_told) hosts.resize(most_hosts_told);
    std::size_t left = most_of_all_hosts;
    std::size_t to_come = hosts.size();
    for (auto& host : hosts) {
        --to_come;
        const std::size_t room = left - std::min(left, least_of_a_host * to_come);
        const std::size_t bytes = bound_host(host.as_object(), std::min(most_of_a_host, room));
        left -= std::min(left, bytes);
    }
    report["hosts"] = std::move(hosts);
    return report;
}

}  // namespace

std::size_t bound_host(json::object& host, std::size_t most)
{
    std::size_t bytes = size_of(host);
    if (bytes <= most) return bytes;
    for (const Size smaller : {Size{1024, 100}, Size{256, 32}}) {
        cut_members(host, smaller);
        bytes = size_of(host);
        if (bytes <= most) return bytes;
    }
    host["chain"] = json::array();
    host["notes"] = json::array({"the chain is too large to be kept"});
    for (const Size smaller : {Size{256, 16}, Size{64, 4}, Size{32, 1}}) {
        bytes = size_of(host);
        if (bytes <= most) return bytes;
        cut_members(host, smaller);
    }
    return size_of(host);
}

json::object summarise(const tlstest::DomainTestResult& result)
{
    json::object report = tlstest::to_json(result);
    report.erase("hosts");
    for (const Size smaller : {Size{1024, 64}, Size{256, 32}, Size{64, 16}, Size{64, 8}}) {
        if (size_of(report) <= most_of_the_rest) break;
        cut_members(report, smaller);
    }
    return report;
}

domains::TestRecord make_record(const tlstest::DomainTestResult& result, WallTime at, domains::TestCause cause)
{
    domains::TestRecord record;
    record.at = at;
    record.ready = result.ready();
    if (result.problem != tlstest::DomainProblem::none) record.problem = tlstest::format_problem(result.problem);
    record.report = json::serialize(bound_report(result));
    record.cause = cause;
    return record;
}

std::optional<domains::TestRecord> find_record(const tlstest::DomainTestResult& result, WallTime at, domains::TestCause cause)
{
    if (result.could_not_tell()) return std::nullopt;
    return make_record(result, at, cause);
}

}  // namespace sealpost::domaintests
