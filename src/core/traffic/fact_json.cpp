#include "core/traffic/fact_json.hpp"

#include "base/cut_text.hpp"
#include "base/utf8.hpp"
#include "sys/jsonread/jsonread.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <array>
#include <exception>
#include <stdexcept>

namespace sealpost::traffic {
namespace json = boost::json;
namespace {

// Cut to its length. Other octets than ASCII stay only where the whole is UTF-8, as JSON is.
std::string clean(std::string_view text)
{
    std::string out(text.substr(0, find_cut(text, max_text_bytes)));
    if (is_utf8(out)) return out;
    for (char& c : out)
        if (static_cast<unsigned char>(c) >= 0x80U) c = '?';
    return out;
}

void put(json::object& object, const char* name, std::string_view text)
{
    if (!text.empty()) object[name] = clean(text);
}

void put(json::object& object, const char* name, std::uint64_t number)
{
    if (number != 0) object[name] = number;
}

void put_flag(json::object& object, const char* name, bool flag)
{
    if (flag) object[name] = true;
}

std::string text_of(const json::object& object, const char* name)
{
    const auto* found = object.if_contains(name);
    return found == nullptr ? "" : json::value_to<std::string>(*found);
}

std::uint64_t number_of(const json::object& object, const char* name)
{
    const auto* found = object.if_contains(name);
    return found == nullptr ? 0 : found->to_number<std::uint64_t>();
}

bool flag_of(const json::object& object, const char* name)
{
    const auto* found = object.if_contains(name);
    return found != nullptr && found->as_bool();
}

template <class Enum>
Enum enum_of(const json::object& object, const char* name, Enum last)
{
    const auto number = number_of(object, name);
    if (number > static_cast<std::uint64_t>(last)) throw std::runtime_error(std::string("unknown ") + name);
    return static_cast<Enum>(number);
}

template <class Enum>
void put_enum(json::object& object, const char* name, Enum value)
{
    put(object, name, static_cast<std::uint64_t>(value));
}

// --- the parts

void put_texts(json::object& object, const char* name, const std::vector<std::string>& texts)
{
    if (texts.empty()) return;
    auto& array = object[name].emplace_array();
    for (const auto& text : texts) array.emplace_back(clean(text));
}

std::vector<std::string> texts_of(const json::object& object, const char* name)
{
    std::vector<std::string> texts;
    if (const auto* array = object.if_contains(name))
        for (const auto& text : array->as_array()) texts.push_back(json::value_to<std::string>(text));
    return texts;
}

void put_host(json::object& object, const policy::ConnectionFacts& facts)
{
    put(object, "listener", facts.listener);
    object["ip"] = format_ip(facts.ip);
    object["state"] = policy::format_host_state(facts.host_state);
    put(object, "host", facts.host);
    put_texts(object, "other_hosts", facts.other_hosts);
    put_texts(object, "open_hosts", facts.open_hosts);
    put(object, "country", facts.country);
    if (facts.reputation) object["reputation"] = *facts.reputation;
    put_texts(object, "listed", facts.dns_lists);
}

policy::HostState state_of(const json::object& object)
{
    const auto word = text_of(object, "state");
    for (const auto state :
         {policy::HostState::verified, policy::HostState::none, policy::HostState::temporary, policy::HostState::mismatch})
        if (policy::format_host_state(state) == word) return state;
    throw std::runtime_error("unknown state");
}

policy::ConnectionFacts read_host(const json::object& object)
{
    policy::ConnectionFacts facts;
    facts.listener = text_of(object, "listener");
    const auto ip = parse_ip(text_of(object, "ip"));
    if (!ip) throw std::runtime_error("no address");
    facts.ip = *ip;
    facts.host_state = state_of(object);
    facts.host = text_of(object, "host");
    facts.other_hosts = texts_of(object, "other_hosts");
    facts.open_hosts = texts_of(object, "open_hosts");
    facts.country = text_of(object, "country");
    if (const auto* reputation = object.if_contains("reputation")) facts.reputation = reputation->to_number<double>();
    facts.dns_lists = texts_of(object, "listed");
    return facts;
}

void put_outcome(json::object& object, const Outcome& outcome)
{
    auto& parts = object["outcome"].emplace_array();
    parts.reserve(3);
    parts.emplace_back(policy::format_stage(outcome.stage));
    parts.emplace_back(outcome.code);
    parts.emplace_back(outcome.by_policy);
}

Outcome read_outcome(const json::object& object)
{
    const auto& parts = object.at("outcome").as_array();
    const auto stage = policy::parse_stage(json::value_to<std::string>(parts.at(0)));
    if (!stage) throw std::runtime_error("unknown stage");
    return {*stage, parts.at(1).to_number<unsigned>(), parts.at(2).as_bool()};
}

void put_recipient(json::object& out, const RecipientRecord& recipient)
{
    out["address"] = clean(recipient.address);
    put_outcome(out, recipient.outcome);
    put_enum(out, "action", static_cast<unsigned>(recipient.action));
    put(out, "from", recipient.action_from);
    put_flag(out, "by_content", recipient.by_content);
}

RecipientRecord read_recipient(const json::object& object)
{
    RecipientRecord recipient;
    recipient.address = text_of(object, "address");
    recipient.outcome = read_outcome(object);
    recipient.action = enum_of(object, "action", policy::SealAction::if_tls_fails);
    recipient.action_from = text_of(object, "from");
    recipient.by_content = flag_of(object, "by_content");
    return recipient;
}

void put_found(json::object& object, const policy::AuthFacts& found)
{
    if (found.spf) {
        json::array spf{policy::format_auth_result(found.spf->mail_from), policy::format_auth_result(found.spf->helo)};
        object["spf"] = std::move(spf);
    }
    if (found.dkim) object["dkim"] = policy::format_auth_result(*found.dkim);
    if (!found.dmarc) return;
    json::object dmarc{{"result", policy::format_auth_result(found.dmarc->result)}};
    put(dmarc, "author", found.dmarc->author_domain);
    put(dmarc, "wish", static_cast<std::uint64_t>(found.dmarc->wish));
    put(dmarc, "sealer", found.dmarc->sealer);
    put_flag(dmarc, "bad_from", found.dmarc->has_bad_from);
    object["dmarc"] = std::move(dmarc);
}

policy::AuthResult result_of(const json::value& value)
{
    const auto result = policy::parse_auth_result(json::value_to<std::string>(value));
    if (!result) throw std::runtime_error("unknown result");
    return *result;
}

policy::AuthFacts read_found(const json::object& object)
{
    policy::AuthFacts found;
    if (const auto* spf = object.if_contains("spf")) {
        found.spf.emplace();
        found.spf->mail_from = result_of(spf->as_array().at(0));
        found.spf->helo = result_of(spf->as_array().at(1));
    }
    if (const auto* dkim = object.if_contains("dkim")) found.dkim = result_of(*dkim);
    const auto* value = object.if_contains("dmarc");
    if (value == nullptr) return found;
    const auto& dmarc = value->as_object();
    found.dmarc.emplace();
    found.dmarc->result = result_of(dmarc.at("result"));
    found.dmarc->author_domain = text_of(dmarc, "author");
    found.dmarc->wish = enum_of(dmarc, "wish", policy::DmarcFacts::Wish::reject);
    found.dmarc->sealer = text_of(dmarc, "sealer");
    found.dmarc->has_bad_from = flag_of(dmarc, "bad_from");
    return found;
}

ConnectionRecord read_connection(const json::object& object)
{
    ConnectionRecord record;
    record.facts = read_host(object);
    record.outcome = read_outcome(object);
    return record;
}

MessageRecord read_message(const json::object& object)
{
    MessageRecord record;
    record.facts = read_host(object);
    record.helo = text_of(object, "helo");
    record.sender = text_of(object, "sender");
    for (const auto& recipient : object.at("recipients").as_array())
        record.recipients.push_back(read_recipient(recipient.as_object()));
    record.more_recipients = number_of(object, "more_recipients");
    record.declared_size = number_of(object, "declared_size");
    record.size = number_of(object, "size");
    record.tls = enum_of(object, "tls", TlsKind::implicit);
    record.certificate = enum_of(object, "certificate", policy::ClientCertificate::verified);
    record.certificate_asked = flag_of(object, "certificate_asked");
    record.signed_in = flag_of(object, "signed_in");
    record.number = static_cast<unsigned>(number_of(object, "number"));
    record.found = read_found(object);
    record.outcome = read_outcome(object);
    return record;
}

template <class Read>
auto parse_record(std::string_view text, Read read) -> Result<decltype(read(std::declval<const json::object&>()))>
{
    return jsonread::read_stored(text, "a record of traffic", [&](const json::value& value) { return read(value.as_object()); });
}

}  // namespace

std::string format_record(const ConnectionRecord& record)
{
    json::object out;
    put_host(out, record.facts);
    put_outcome(out, record.outcome);
    return json::serialize(out);
}

std::string format_record(const MessageRecord& record)
{
    std::array<unsigned char, 4096> room;  // for most records
    json::monotonic_resource memory(room.data(), room.size());
    json::object out(&memory);
    put_host(out, record.facts);
    put(out, "helo", record.helo);
    put(out, "sender", record.sender);
    auto& recipients = out["recipients"].emplace_array();
    for (const auto& recipient : record.recipients) put_recipient(recipients.emplace_back(nullptr).emplace_object(), recipient);
    put(out, "more_recipients", record.more_recipients);
    put(out, "declared_size", record.declared_size);
    put(out, "size", record.size);
    put_enum(out, "tls", record.tls);
    put_enum(out, "certificate", record.certificate);
    put_flag(out, "certificate_asked", record.certificate_asked);
    put_flag(out, "signed_in", record.signed_in);
    put(out, "number", std::uint64_t{record.number});
    put_found(out, record.found);
    put_outcome(out, record.outcome);
    return json::serialize(out);
}

Result<ConnectionRecord> parse_connection(std::string_view text) { return parse_record(text, read_connection); }
Result<MessageRecord> parse_message(std::string_view text) { return parse_record(text, read_message); }

}  // namespace sealpost::traffic
