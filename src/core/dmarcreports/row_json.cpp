#include "core/dmarcreports/row_json.hpp"

#include "sys/jsonread/jsonread.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::dmarcreports {
namespace json = boost::json;
namespace {

constexpr std::string_view stored = "a report in the store";

std::string text_of(const json::object& object, const char* name) { return json::value_to<std::string>(object.at(name)); }

dmarc::Policy policy_of(const json::object& object, const char* name)
{
    const std::string text = text_of(object, name);
    for (const auto policy : {dmarc::Policy::none, dmarc::Policy::quarantine, dmarc::Policy::reject})
        if (dmarc::format_policy(policy) == text) return policy;
    throw std::runtime_error("unknown policy");
}

dmarc::Alignment alignment_of(const json::object& object, const char* name)
{
    return text_of(object, name) == "s" ? dmarc::Alignment::strict : dmarc::Alignment::relaxed;
}

const char* format_alignment(dmarc::Alignment alignment) { return alignment == dmarc::Alignment::strict ? "s" : "r"; }

json::array list_reasons(const dmarc::ReportRow& row)
{
    json::array list;
    for (const auto& reason : row.reasons) list.push_back(json::array{reason.type, reason.comment});
    return list;
}

json::array list_dkim(const dmarc::ReportRow& row)
{
    json::array list;
    for (const auto& dkim : row.dkim) list.push_back(json::array{dkim.domain, dkim.selector, dkim.result, dkim.human_result});
    return list;
}

json::array list_spf(const dmarc::ReportRow& row)
{
    json::array list;
    for (const auto& spf : row.spf) list.push_back(json::array{spf.domain, spf.scope, spf.result});
    return list;
}

std::string item(const json::value& list, std::size_t index) { return json::value_to<std::string>(list.as_array().at(index)); }

dmarc::ReportRow read_row(const json::object& object)
{
    dmarc::ReportRow row;
    const auto source = parse_ip(text_of(object, "ip"));
    if (!source) throw std::runtime_error("no address");
    row.source = *source;
    row.disposition = policy_of(object, "disposition");
    row.dkim_aligned = object.at("dkim_aligned").as_bool();
    row.spf_aligned = object.at("spf_aligned").as_bool();
    row.envelope_to = text_of(object, "to");
    row.envelope_from = text_of(object, "from");
    row.header_from = text_of(object, "author");
    for (const auto& each : object.at("reasons").as_array()) row.reasons.push_back({item(each, 0), item(each, 1)});
    for (const auto& each : object.at("dkim").as_array())
        row.dkim.push_back({item(each, 0), item(each, 1), item(each, 2), item(each, 3)});
    for (const auto& each : object.at("spf").as_array()) row.spf.push_back({item(each, 0), item(each, 1), item(each, 2)});
    return row;
}

}  // namespace

std::string format_row(const dmarc::ReportRow& row)
{
    return json::serialize(json::object{{"ip", format_ip(row.source)},
                                        {"disposition", dmarc::format_policy(row.disposition)},
                                        {"dkim_aligned", row.dkim_aligned},
                                        {"spf_aligned", row.spf_aligned},
                                        {"to", row.envelope_to},
                                        {"from", row.envelope_from},
                                        {"author", row.header_from},
                                        {"reasons", list_reasons(row)},
                                        {"dkim", list_dkim(row)},
                                        {"spf", list_spf(row)}});
}

Result<dmarc::ReportRow> parse_row(std::string_view text)
{
    return jsonread::read_stored(text, stored, [](const json::value& value) { return read_row(value.as_object()); });
}

std::string format_policy(const dmarc::PolicyPublished& policy)
{
    return json::serialize(json::object{{"p", dmarc::format_policy(policy.policy)},
                                        {"sp", dmarc::format_policy(policy.subdomain_policy)},
                                        {"adkim", format_alignment(policy.dkim_alignment)},
                                        {"aspf", format_alignment(policy.spf_alignment)},
                                        {"pct", policy.percent},
                                        {"fo", policy.failure_options}});
}

Result<dmarc::PolicyPublished> parse_policy(std::string_view text)
{
    return jsonread::read_stored(text, stored, [](const json::value& value) {
        const auto& object = value.as_object();
        dmarc::PolicyPublished policy;
        policy.policy = policy_of(object, "p");
        policy.subdomain_policy = policy_of(object, "sp");
        policy.dkim_alignment = alignment_of(object, "adkim");
        policy.spf_alignment = alignment_of(object, "aspf");
        policy.percent = json::value_to<unsigned>(object.at("pct"));
        policy.failure_options = text_of(object, "fo");
        return policy;
    });
}

std::string format_addresses(const std::vector<dmarc::ReportAddress>& addresses)
{
    json::array list;
    for (const auto& address : addresses)
        list.push_back(json::object{{"address", address.address}, {"max_bytes", address.max_bytes}});
    return json::serialize(list);
}

Result<std::vector<dmarc::ReportAddress>> parse_addresses(std::string_view text)
{
    return jsonread::read_stored(text, stored, [](const json::value& value) {
        std::vector<dmarc::ReportAddress> addresses;
        for (const auto& each : value.as_array())
            addresses.push_back(
                {text_of(each.as_object(), "address"), json::value_to<std::uint64_t>(each.as_object().at("max_bytes"))});
        return addresses;
    });
}

std::string format_texts(const std::vector<std::string>& texts) { return json::serialize(json::value_from(texts)); }

Result<std::vector<std::string>> parse_texts(std::string_view text)
{
    return jsonread::read_stored(text, stored,
                                 [](const json::value& value) { return json::value_to<std::vector<std::string>>(value); });
}

}  // namespace sealpost::dmarcreports
