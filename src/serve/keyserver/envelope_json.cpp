#include "serve/keyserver/envelope_json.hpp"

#include "base/encoding.hpp"
#include "core/people/address.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::keyserver {
namespace json = boost::json;
namespace {

constexpr std::size_t max_address_bytes = 320;
constexpr std::size_t max_recipients = 1000;
constexpr std::string_view identity_prefix = "AGE-SECRET-KEY-1";

json::value format_time(const std::optional<WallTime>& time)
{
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

void read_ciphertext(http::Fields fields, keys::Policy& policy)
{
    const auto digest = parse_hex(fields.text("sha256", 64));
    if (digest.has_value() && digest->size() == policy.sha256.size())
        std::copy(digest->begin(), digest->end(), policy.sha256.begin());
    else
        fields.complain("sha256", "is not 64 hexadecimal digits");
    policy.size = fields.number("size");
}

void read_addresses(http::Fields& fields, keys::Policy& policy)
{
    auto sender = fields.object("sender");
    auto address = people::normalise_address(sender.text("address", max_address_bytes));
    if (address.has_error())
        sender.complain("address", "is no mail address");
    else
        policy.sender.address = std::move(*address);
    policy.sender.name = sender.text_or("name", 500, "");
    for (const auto& text : fields.texts("recipients", max_recipients, max_address_bytes)) {
        auto recipient = people::normalise_address(text);
        if (recipient.has_error())
            fields.complain("recipients", "holds something that is no mail address");
        else
            policy.recipients.push_back(std::move(*recipient));
    }
    if (policy.recipients.empty()) fields.complain("recipients", "names nobody");
}

void read_conditions(http::Fields& fields, keys::Policy& policy)
{
    policy.profile = fields.text_or("profile", 100, "default");
    const auto assurance = people::parse_assurance(fields.text_or("assurance", 20, "mailbox"));
    if (assurance)
        policy.assurance = *assurance;
    else
        fields.complain("assurance", "is none of low, mailbox, account, strong");
    const auto expires_at = parse_rfc3339(fields.text("expires_at", 40));
    if (expires_at.has_value())
        policy.expires_at = *expires_at;
    else
        fields.complain("expires_at", "is no RFC 3339 time in UTC");
    auto rights = fields.object("rights");
    policy.rights = {rights.flag_or("reply", false), rights.flag_or("reply_all", false), rights.flag_or("forward", false)};
    policy.receipt = fields.flag_or("receipt", false);
    policy.hosted = fields.flag_or("hosted", false);
}

json::array format_recipients(const keys::EnvelopeFacts& facts)
{
    json::array recipients;
    for (const auto& recipient : facts.recipients) {
        json::object entry;
        entry["address"] = recipient.address;
        entry["released_at"] = format_time(recipient.released_at);
        entry["assurance"] =
            recipient.assurance ? json::value(people::format_assurance(*recipient.assurance)) : json::value(nullptr);
        entry["displayed_at"] = format_time(recipient.displayed_at);
        recipients.push_back(std::move(entry));
    }
    return recipients;
}

}  // namespace

http::Checked<keys::NewEnvelope> parse_envelope(const json::object& body, keys::EnvelopeId id, keys::AccountId account)
{
    http::Fields fields(body);
    keys::NewEnvelope envelope;
    envelope.policy.id = std::move(id);
    envelope.policy.account = account;
    envelope.identity = fields.secret("identity", 100);
    if (!envelope.identity.reveal_text().starts_with(identity_prefix)) fields.complain("identity", "is no age identity");
    read_ciphertext(fields.object("ciphertext"), envelope.policy);
    read_addresses(fields, envelope.policy);
    envelope.subject = fields.text_or("subject", 16 * 1024, "");
    envelope.policy.message_id = fields.text_or("message_id", 998, "");
    read_conditions(fields, envelope.policy);
    SEALPOST_CHECK(fields.check());
    return envelope;
}

json::object format_state(const keys::EnvelopeFacts& facts)
{
    json::object state;
    state["id"] = facts.policy.id.value();
    state["state"] = keys::format_state(facts.state);
    state["recipients"] = format_recipients(facts);
    return state;
}

json::object format_row(const keys::EnvelopeFacts& facts)
{
    json::object sender;
    sender["address"] = facts.policy.sender.address;
    sender["name"] = facts.policy.sender.name;
    json::object row;
    row["id"] = facts.policy.id.value();
    row["sender"] = std::move(sender);
    row["sent_at"] = format_rfc3339(facts.sent_at);
    row["expires_at"] = format_rfc3339(facts.policy.expires_at);
    row["state"] = keys::format_state(facts.state);
    row["lock_reason"] = facts.lock_reason;
    row["locked_by"] =
        facts.state == keys::State::locked ? json::value(keys::format_locked_by(facts.locked_by)) : json::value(nullptr);
    row["recipients"] = format_recipients(facts);
    return row;
}

}  // namespace sealpost::keyserver
